"""SOAP 1.1 by hand: what a client really puts on the wire, and what really comes back."""

import base64
import re
from dataclasses import dataclass

import requests
from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def escape(text: str) -> str:
    """Text as XML character data."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def b64(data: str | bytes) -> str:
    """Base64 of text or bytes."""
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def parse(data: str | bytes) -> etree._Element:
    """Strict parsing, no DTD, no entities."""
    return etree.fromstring(data.encode() if isinstance(data, str) else data, PARSER)


def tag(name: str, value: object) -> str:
    """`<name>value</name>`, or nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f"<{name}>{escape(str(value))}</{name}>"


@dataclass
class Answer:
    """One HTTP answer with a SOAP body."""

    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    text: str
    request: str

    @property
    def envelope(self) -> etree._Element:
        """The parsed envelope."""
        root = parse(self.text)
        assert root.tag == f"{{{SOAP}}}Envelope", root.tag
        return root

    @property
    def root(self) -> etree._Element:
        """The first child of the Body."""
        body = self.envelope.find(f"{{{SOAP}}}Body")
        assert body is not None and len(body) == 1, f"one element in the Body, not: {self.text}"
        return body[0]

    @property
    def name(self) -> str:
        """Local name of the root."""
        return etree.QName(self.root).localname

    @property
    def is_soap_fault(self) -> bool:
        """Whether the body is a SOAP Fault."""
        return self.root.tag == f"{{{SOAP}}}Fault"

    def value(self, path: str) -> str | None:
        """Text of an unqualified descendant: `fault/faultCode`."""
        found = self.root.find(path)
        return None if found is None else (found.text or "")

    def children(self) -> list[str]:
        """Names of the children of the root as they stand, qualified if they are."""
        return [child.tag for child in self.root]

    @property
    def fault_code(self) -> str | None:
        """`fault/faultCode`."""
        return self.value("fault/faultCode")

    @property
    def fault_string(self) -> str | None:
        """`fault/faultString`."""
        return self.value("fault/faultString")

    def bytes64(self, path: str, times: int = 1) -> bytes:
        """Content decoded from base64, so many times."""
        text = self.value(path)
        assert text, f"{path} is missing: {self.text}"
        data = text.encode()
        for _ in range(times):
            data = base64.b64decode(re.sub(rb"\s", b"", data), validate=True)
        return data


def envelope(body: str, header: str = "", namespaces: str = "") -> str:
    """An envelope around a body written as text."""
    head = f"<soapenv:Header>{header}</soapenv:Header>" if header else ""
    return (f'<soapenv:Envelope xmlns:soapenv="{SOAP}"{namespaces}>{head}'
            f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>")


def post(url: str, body: str | bytes, action: str = "", session: requests.Session | None = None,
         timeout: float = 30.0, headers: dict[str, str] | None = None) -> Answer:
    """Sends an envelope."""
    sent = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', **(headers or {})}
    data = body.encode() if isinstance(body, str) else body
    answer = (session or requests).post(url, data=data, headers=sent, timeout=timeout, allow_redirects=False)
    answer.encoding = "utf-8"
    shown = data[:4000].decode(errors="replace")
    return Answer(answer.status_code, answer.headers, answer.text, shown)
