"""A SIL that speaks to MyPay: the five operations with hand-written envelopes."""

import requests
from lxml import etree

from . import xml
from .xml import Answer, b64, tag

PPT = "http://www.regione.veneto.it/pagamenti/ente/"
HEAD = "http://www.regione.veneto.it/pagamenti/ente/ppthead"
PATH = "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati"
NAMESPACES = f' xmlns:h="{HEAD}" xmlns:e="{PPT}"'


class Sil:
    """The client of one ente."""

    def __init__(self, base: str, ipa: str, password: str | None):
        self.url = base + PATH
        self.ipa = ipa
        self.password = password
        self.session = requests.Session()

    def as_ente(self, ipa: str | None = None, password: str | None = "") -> "Sil":
        """The same client with another name or password ("" keeps it)."""
        other = Sil("", self.ipa if ipa is None else ipa, self.password if password == "" else password)
        other.url, other.session = self.url, self.session
        return other

    def send(self, operation: str, children: str, header: bool = False, action: str | None = None) -> Answer:
        """Sends one operation; `children` are the unqualified children of the wrapper."""
        head = f"<h:intestazionePPT>{tag('codIpaEnte', self.ipa)}</h:intestazionePPT>" if header else ""
        body = xml.envelope(f"<e:{operation}>{children}</e:{operation}>", head, NAMESPACES)
        return xml.post(self.url, body, operation if action is None else action, self.session)

    def invia_dovuti(self, document: str | bytes | None, back: str | None = None, show: str | None = None) -> Answer:
        """6.1 paaSILInviaDovuti."""
        children = (tag("password", self.password) + tag("dovuti", None if document is None else b64(document))
                    + tag("enteSILInviaRispostaPagamentoUrl", back) + tag("showMyPay", show))
        return self.send("paaSILInviaDovuti", children, header=True)

    def verifica_avviso(self, iuv: str, back: str | None = None) -> Answer:
        """6.3 paaSILVerificaAvviso."""
        return self.send("paaSILVerificaAvviso", tag("password", self.password)
                         + tag("identificativoUnivocoVersamento", iuv)
                         + tag("enteSILInviaRispostaPagamentoUrl", back), header=True)

    def chiedi_pagati(self, session_id: str) -> Answer:
        """6.4 paaSILChiediPagati."""
        return self.send("paaSILChiediPagati", tag("codIpaEnte", self.ipa) + tag("password", self.password)
                         + tag("idSession", session_id))

    def chiedi_ricevuta(self, session_id: str | None = None, iuv: str | None = None, iud: str | None = None) -> Answer:
        """6.5 paaSILChiediPagatiConRicevuta."""
        return self.send("paaSILChiediPagatiConRicevuta", tag("codIpaEnte", self.ipa) + tag("password", self.password)
                         + tag("idSession", session_id) + tag("identificativoUnivocoVersamento", iuv)
                         + tag("identificativoUnivocoDovuto", iud))

    def importa(self, document: str | bytes | None, flag: bool | None = True,
                secondary: list[str] | None = None) -> Answer:
        """6.7 paaSILImportaDovuto."""
        lists = "" if secondary is None else (
            "<listaDovutiEntiSecondari>" + "".join(
                "<elementoListaDovutiEntiSecondari>" + tag("dovutiEntiSecondari", b64(s))
                + "</elementoListaDovutiEntiSecondari>" for s in secondary) + "</listaDovutiEntiSecondari>")
        children = (tag("password", self.password) + tag("dovuto", None if document is None else b64(document))
                    + tag("flagGeneraIuv", flag) + lists)
        return self.send("paaSILImportaDovuto", children, header=True)

    # What tests mostly need of an answer.

    def importa_ok(self, document: str, secondary: list[str] | None = None) -> str:
        """Imports with an IUV and returns it."""
        answer = self.importa(document, True, secondary)
        assert_ok(answer, "paaSILImportaDovuto")
        iuv = answer.value("identificativoUnivocoVersamento")
        assert iuv, answer.text
        return iuv

    def iud_is_free(self, iud: str) -> bool:
        """Whether the store knows nothing of the IUD: a refused call must leave it so."""
        return self.chiedi_ricevuta(iud=iud).fault_code == "PAA_IUD_NON_VALIDO"


def assert_ok(answer: Answer, operation: str) -> None:
    """A positive answer of an operation with `esito`."""
    assert answer.status == 200, f"{answer.status}: {answer.text}"
    assert answer.root.tag == f"{{{PPT}}}{operation}Risposta", answer.text
    assert answer.value("esito") == "OK", f"{answer.text}\n{answer.request}"
    assert answer.value("fault") is None, answer.text


def assert_fault(answer: Answer, operation: str, code: str, text: str | None = None, *, ente: str | None = None,
                 with_esito: bool = True) -> None:
    """A business fault: HTTP 200, unqualified children, fault before esito, esito KO (mypay-soap.md §4)."""
    assert answer.status == 200, f"business faults are HTTP 200, not {answer.status}: {answer.text}"
    assert not answer.is_soap_fault, f"a business fault, not a SOAP Fault: {answer.text}"
    assert answer.root.tag == f"{{{PPT}}}{operation}Risposta", answer.text
    assert answer.fault_code == code, f"expected {code}: {answer.text}\n{answer.request}"
    children = answer.children()
    assert children[0] == "fault", f"fault comes first, unqualified: {children}"
    if with_esito:
        assert children[1:2] == ["esito"] and answer.value("esito") == "KO", answer.text
    else:
        assert "esito" not in children, answer.text
    order = [child.tag for child in answer.root.find("fault")]
    known = ["faultCode", "faultString", "id", "description", "serial",
             "originalFaultCode", "originalFaultString", "originalDescription"]
    assert order == sorted(order, key=known.index), f"order of the fault: {order}"
    assert answer.fault_string, "faultString is mandatory"
    if text is not None:
        # Trailing blanks of the original texts are trimmed on the wire (§1.1); either is fine for clients.
        assert answer.fault_string.strip() == text.strip(), f"{answer.fault_string!r} != {text!r}"
    if ente is not None:
        assert answer.value("fault/id") == ente, answer.text


def pagati(answer: Answer) -> etree._Element:
    """The document in `pagati`, which is base64 twice (mypay-soap.md §7.8)."""
    assert answer.fault_code is None, answer.text
    outer = answer.bytes64("pagati")
    assert not outer.lstrip().startswith(b"<"), "pagati must be base64 twice: clients decode twice"
    return xml.parse(answer.bytes64("pagati", 2))


def pay(name: str) -> str:
    """A name in the namespace of the documents."""
    from .documents import PAY

    return f"{{{PAY}}}{name}"


def text(document: etree._Element, path: str) -> str | None:
    """Text at a path of names of the documents' namespace: `datiPagamento/codiceEsitoPagamento`."""
    return document.findtext("/".join(pay(part) for part in path.split("/")))
