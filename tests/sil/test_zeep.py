"""A client generated from the WSDL that we serve (zeep), as a software house would make it."""

import base64

import pytest
import zeep
from harness.net import wait_for
from harness.web import Visit, pay
from lxml import etree
from zeep.transports import Transport

PATH = "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati"
HEAD = "{http://www.regione.veneto.it/pagamenti/ente/ppthead}intestazionePPT"


@pytest.fixture(scope="module", params=[".wsdl", "?wsdl"])
def client(request, world):
    """The stub, from both URL styles."""
    return zeep.Client(world.base + PATH + request.param, transport=Transport(timeout=30, operation_timeout=30))


def header(client, world):
    """intestazionePPT."""
    return [client.get_element(HEAD)(codIpaEnte=world.ente.ipa)]


def test_operations(client):
    """All eighteen are declared."""
    assert len(client.service._operations) == 18


def test_notice(client, world):
    """paaSILImportaDovuto, paid at a PSP, paaSILChiediPagatiConRicevuta."""
    answer = client.service.paaSILImportaDovuto(
        password=world.ente.password, dovuto=world.versamento().xml().encode(), flagGeneraIuv=True,
        _soapheaders=header(client, world))
    body = _body(answer)
    assert body.esito == "OK" and body.fault is None, body
    iuv = body.identificativoUnivocoVersamento
    world.control.pay("3" + iuv, world.ente.fiscal_code)
    paid = _body(client.service.paaSILChiediPagatiConRicevuta(
        codIpaEnte=world.ente.ipa, password=world.ente.password, identificativoUnivocoVersamento=iuv))
    assert paid.fault is None and paid.rt.lstrip().startswith(b"<")
    document = etree.fromstring(base64.b64decode(paid.pagati, validate=True))
    assert etree.QName(document).localname == "PagatiConRicevuta"


def test_immediate_payment(client, world):
    """paaSILInviaDovuti, the browser, paaSILChiediPagati."""
    body = _body(client.service.paaSILInviaDovuti(
        password=world.ente.password, dovuti=world.dovuti().xml().encode(),
        enteSILInviaRispostaPagamentoUrl="https://sil.example.org/esito", showMyPay="NONE",
        _soapheaders=header(client, world)))
    assert body.esito == "OK" and body.redirect == 1
    pay(Visit(world.base), body.url, world.card("SUCCESS"))

    def paid():
        return _body(client.service.paaSILChiediPagati(
            codIpaEnte=world.ente.ipa, password=world.ente.password, idSession=body.idSession))

    answer = wait_for("pagati", lambda: (a := paid()).fault is None and a)
    assert base64.b64decode(answer.pagati, validate=True).startswith(b"<")


def test_fault(client, world):
    """Faults are data for a stub too."""
    body = _body(client.service.paaSILVerificaAvviso(
        password=world.ente.password, identificativoUnivocoVersamento="01000000000099999",
        _soapheaders=header(client, world)))
    assert body.esito == "KO" and body.fault.faultCode == "PAA_IUV_NON_VALIDO"


def _body(answer):
    """zeep wraps the body when the operation declares headers."""
    return getattr(answer, "body", answer)
