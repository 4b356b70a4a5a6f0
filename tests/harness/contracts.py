"""Served contracts, saved with all that they import, and as schemas to validate answers with."""

from pathlib import Path
from urllib.parse import urljoin

import requests
from lxml import etree

WSDL = "http://schemas.xmlsoap.org/wsdl/"
XS = "http://www.w3.org/2001/XMLSchema"


def save(url: str, directory: Path, name: str, seen: dict[str, str] | None = None) -> Path:
    """Saves a contract with all it imports, references rewritten to the saved names."""
    seen = {} if seen is None else seen
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    assert "xml" in answer.headers["Content-Type"], answer.headers
    root = etree.fromstring(answer.content)
    for reference in [*root.iter(f"{{{XS}}}import"), *root.iter(f"{{{XS}}}include"), *root.iter(f"{{{WSDL}}}import")]:
        attribute = "location" if reference.get("location") else "schemaLocation"
        target = reference.get(attribute)
        if not target:
            continue
        absolute = urljoin(url, target)
        if absolute not in seen:
            seen[absolute] = f"part{len(seen)}.xsd"
            save(absolute, directory, seen[absolute], seen)
        reference.set(attribute, seen[absolute])
    path = directory / name
    path.write_bytes(etree.tostring(root))
    return path


def schema_of(wsdl: Path) -> etree.XMLSchema:
    """One schema of all schemas inside a saved WSDL."""
    root = etree.parse(wsdl).getroot()
    files: dict[str, str] = {}
    inline = list(root.iter(f"{{{XS}}}schema"))
    for number, schema in enumerate(inline):
        if schema.get("targetNamespace"):
            files[schema.get("targetNamespace")] = f"inline{number}.xsd"
    for number, schema in enumerate(inline):
        for reference in schema.iter(f"{{{XS}}}import"):
            if not reference.get("schemaLocation") and reference.get("namespace") in files:
                reference.set("schemaLocation", files[reference.get("namespace")])
        (wsdl.parent / f"inline{number}.xsd").write_bytes(etree.tostring(schema))
    master = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    for namespace, file in files.items():
        etree.SubElement(master, f"{{{XS}}}import", namespace=namespace, schemaLocation=file)
    for schema in inline:
        if not schema.get("targetNamespace"):
            for reference in schema.iter(f"{{{XS}}}import"):
                etree.SubElement(master, f"{{{XS}}}import", dict(reference.attrib))
    path = wsdl.parent / "all.xsd"
    path.write_bytes(etree.tostring(master))
    return etree.XMLSchema(etree.parse(path))
