"""The contracts we serve: both URL styles, complete, and equal to the written ones where those are at hand."""

import subprocess
import sys

import pytest
import requests
from harness.contracts import WSDL, save
from harness.paths import SHARED
from lxml import etree

MYPAY = "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati"
NODE = "/pagopa/paForNode"


@pytest.mark.parametrize("path", [MYPAY + ".wsdl", MYPAY + "?wsdl", NODE + ".wsdl", NODE + "?wsdl", MYPAY + "?WSDL"])
def test_served(world, path, tmp_path):
    """Both styles, with all imports, and the public address written in."""
    saved = save(world.base + path, tmp_path, "main.wsdl")
    addresses = [a.get("location") for a in etree.parse(saved).getroot().iter("{http://schemas.xmlsoap.org/wsdl/soap/}address")]
    assert addresses and all(a.startswith(world.base + "/") for a in addresses), addresses


def test_both_styles_are_one_contract(world, tmp_path):
    """Equal but for the addresses of their imports."""
    for path in (MYPAY, NODE):
        one, two = (etree.tostring(etree.parse(save(world.base + path + style, tmp_path, "main.wsdl")), method="c14n")
                    for style in (".wsdl", "?wsdl"))
        assert one == two


def test_names_of_the_wsdl(world):
    """Stubs depend on service, port and part names (mypay-soap.md §1.2)."""
    root = etree.fromstring(requests.get(world.base + MYPAY + ".wsdl", timeout=10).content)
    assert root.get("targetNamespace") == "http://www.regione.veneto.it/pagamenti/ente/PagamentiTelematiciDovutiPagati"
    one = lambda name: root.find(f".//{{{WSDL}}}{name}").get("name")  # noqa: E731
    assert one("service") == "PagamentiTelematiciDovutiPagatiService"
    assert root.find(f".//{{{WSDL}}}service/{{{WSDL}}}port").get("name") == "PagamentiTelematiciDovutiPagatiPort"
    assert one("portType") == "PagamentiTelematiciDovutiPagati"
    parts = {m.get("name"): {p.get("name") for p in m} for m in root.iter(f"{{{WSDL}}}message")}
    assert parts["paaSILInviaDovuti"] == {"bodyrichiesta", "header"}, parts
    assert parts["paaSILInviaDovutiResponse"] == {"bodyrisposta"}
    assert parts["paaSILChiediPagati"] == {"bodyrichiesta"}


CONTRACTS = [
    (MYPAY + ".wsdl", "mypay-pa-per-ente.json"),
    ("/mypay4/ws/pa/PagInf_Dovuti_Pagati_6_2_0.xsd", "mypay-PagInf_Dovuti_Pagati_6_2_0.json"),
    (NODE + ".wsdl", "pagopa-paForNode.json"),
]


@pytest.mark.parametrize("path,contract", CONTRACTS, ids=[c for _, c in CONTRACTS])
def test_equal_to_the_written_contract(world, path, contract, tmp_path):
    """`contract-facts --diff`, where ../shared is present."""
    tool, want = SHARED / "tools" / "contract-facts", SHARED / "contracts" / contract
    if not tool.exists():
        pytest.skip("../shared is not here: the contracts to compare with are kept beside the repository")
    saved = save(world.base + path, tmp_path, "main" + path[-5:])
    done = subprocess.run([sys.executable, tool, "--diff", want, saved], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_unknown_schema(world):
    """A schema that is not there is 404."""
    assert requests.get(world.base + MYPAY + "?xsd=altro.xsd", timeout=10).status_code == 404
    assert requests.get(world.base + "/mypay4/ws/pa/altro.xsd", timeout=10).status_code == 404
