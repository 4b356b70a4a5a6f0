"""Bad input: a clear answer, and the store as it was (each test looks whether the IUD is still free)."""

import concurrent.futures

import pytest
import requests
from harness import xml
from harness.documents import PAY, Payer, fresh_iud
from harness.sil import NAMESPACES, PPT, assert_fault, assert_ok
from harness.xml import b64, tag

INVIA, IMPORTA = "paaSILInviaDovuti", "paaSILImportaDovuto"


def _header(sil) -> str:
    return f"<h:intestazionePPT>{tag('codIpaEnte', sil.ipa)}</h:intestazionePPT>"


def _import_body(sil, document: str) -> str:
    children = tag("password", sil.password) + tag("dovuto", b64(document)) + tag("flagGeneraIuv", True)
    return xml.envelope(f"<e:{IMPORTA}>{children}</e:{IMPORTA}>", _header(sil), NAMESPACES)


@pytest.fixture
def debt(world):
    """A valid debt whose IUD must stay free."""
    return world.versamento()


def assert_client_fault(answer, *words: str) -> None:
    """Not understood at all: a SOAP Fault that blames the client and says why."""
    assert answer.status in (400, 413, 500), f"{answer.status}: {answer.text}"
    assert answer.is_soap_fault, answer.text
    code = answer.value("faultcode")
    assert code and code.split(":")[-1] == "Client", answer.text
    reason = (answer.value("faultstring") or "") + (answer.value("detail") or "")
    assert reason.strip(), answer.text
    for word in words:
        assert word.lower() in answer.text.lower(), answer.text


@pytest.mark.parametrize("break_", [
    lambda b: b[:-20],
    lambda b: b.replace("</password>", "</passwort>"),
    lambda b: b.replace("<password>", "<password"),
    lambda b: b.replace("xmlns:e=", "xmlns:f="),
    lambda b: b + "<extra/>",
    lambda b: b.replace("<password>", "<password>&nonesiste;"),
    lambda b: b.replace("<password>", "<password a='1' a='2'>"),
    lambda b: b.replace("<password>", "<password>\x01"),
    lambda b: "",
    lambda b: "non è xml",
    lambda b: '{"password": "x"}',
], ids=["cut", "end tag", "tag", "prefix", "two roots", "entity", "attribute twice", "control character", "empty", "text",
        "json"])
def test_malformed_xml(sil, debt, break_):
    """Not well-formed."""
    assert_client_fault(xml.post(sil.url, break_(_import_body(sil, debt.xml())), IMPORTA))
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("encoding,sent", [("UTF-8", b"\xc3\x28"), ("US-ASCII", "è".encode()), ("X-NONE", b"x")])
def test_wrong_encoding(sil, debt, encoding, sent):
    """Bytes that are not what the declaration says."""
    body = _import_body(sil, debt.xml()).encode().replace(b"<password>", b"<password>" + sent)
    answer = xml.post(sil.url, f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + body, IMPORTA)
    if encoding == "US-ASCII" and answer.status == 200:
        assert_fault(answer, IMPORTA, "PAA_ENTE_NON_VALIDO")
    else:
        assert_client_fault(answer)
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("dtd", [
    "<!DOCTYPE x>",
    '<!DOCTYPE x [<!ENTITY e "valore">]>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;&b;&b;">]>',
], ids=["bare", "entity", "system", "external entity", "laughs"])
def test_dtd(sil, debt, dtd):
    """No document type declaration, in the envelope or in the document."""
    body = _import_body(sil, debt.xml())
    answer = xml.post(sil.url, f'<?xml version="1.0"?>{dtd}{body}', IMPORTA)
    assert_client_fault(answer, "DOCTYPE" if "doctype" in answer.text.lower() else "DTD")
    inner = f'<?xml version="1.0"?>{dtd}{debt.xml()}'
    assert_fault(sil.importa(inner), IMPORTA, "PAA_XML_NON_VALIDO")
    assert "root:" not in answer.text
    assert sil.iud_is_free(debt.iud)


def _nested(depth: int) -> str:
    return "<n>" * depth + "</n>" * depth


def test_nesting(sil, debt):
    """Sixty-five levels are one too many, in the envelope and in the document; a thousand kill nobody."""
    for depth in (65, 1000, 100_000):
        body = _import_body(sil, debt.xml()).replace("<password>", f"{_nested(depth)}<password>")
        assert_client_fault(xml.post(sil.url, body, IMPORTA))
    deep = debt.xml().replace("<soggettoPagatore>", f"{_nested(65)}<soggettoPagatore>", 1)
    assert_fault(sil.importa(deep), IMPORTA, "PAA_XML_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)


def test_many_attributes(sil, debt):
    """Bounded as well."""
    attributes = " ".join(f"a{i}='x'" for i in range(5000))
    body = _import_body(sil, debt.xml()).replace("<password>", f"<password {attributes}>")
    assert_client_fault(xml.post(sil.url, body, IMPORTA))
    assert sil.iud_is_free(debt.iud)


def test_eleven_mebibytes(sil, debt):
    """10 MB at most; the connection ends, the server stays."""
    body = _import_body(sil, debt.xml()).replace("<password>", f"<!--{'x' * (11 << 20)}--><password>")
    try:
        answer = xml.post(sil.url, body, IMPORTA)
    except requests.ConnectionError:
        pass  # refused while we were still sending: allowed by HTTP
    else:
        assert answer.status == 413, f"{answer.status}: {answer.text[:500]}"
    assert sil.iud_is_free(debt.iud)


def test_eleven_mebibytes_in_chunks(sil, debt):
    """The limit counts bytes, not the header that announces them."""
    body = _import_body(sil, debt.xml()).encode()

    def chunks():
        yield body[:200]
        for _ in range(11 * 16):
            yield b" " * 65536
        yield body[200:]

    try:
        status = requests.post(sil.url, data=chunks(), headers={"Content-Type": "text/xml"}, timeout=60).status_code
    except requests.ConnectionError:
        status = 413
    assert status == 413, status
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("change", [
    lambda b: b.replace(PPT + '"', PPT + 'altro/"'),
    lambda b: b.replace(f"<e:{IMPORTA}>", f"<{IMPORTA}>").replace(f"</e:{IMPORTA}>", f"</{IMPORTA}>"),
    lambda b: b.replace(IMPORTA, "paaSILNonEsiste"),
], ids=["namespace", "no namespace", "operation"])
def test_unknown_root(sil, debt, change):
    """Another namespace or name: no such operation."""
    answer = xml.post(sil.url, change(_import_body(sil, debt.xml())), IMPORTA)
    assert answer.status in (400, 404, 500), answer.status
    assert answer.is_soap_fault, answer.text
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("envelope", ["http://www.w3.org/2003/05/soap-envelope", "urn:altro"])
def test_other_envelopes(sil, debt, envelope):
    """SOAP 1.2 is another protocol: version mismatch."""
    answer = xml.post(sil.url, _import_body(sil, debt.xml()).replace(xml.SOAP, envelope), IMPORTA)
    assert answer.status in (400, 500) and answer.is_soap_fault, answer.text
    assert answer.value("faultcode").split(":")[-1] in ("VersionMismatch", "Client"), answer.text
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("body", ["", "<a/>", "<a/><b/>"], ids=["empty", "unknown", "two"])
def test_body_without_operation(sil, body):
    """Nothing, something else, two things."""
    answer = xml.post(sil.url, xml.envelope(body))
    assert answer.status in (400, 404, 500) and answer.is_soap_fault, answer.text


def test_must_understand(sil, debt):
    """A header block that must be understood and is not (SOAP 1.1 §4.2.3)."""
    body = _import_body(sil, debt.xml()).replace(
        "</soapenv:Header>", '<x:y xmlns:x="urn:x" soapenv:mustUnderstand="1"/></soapenv:Header>')
    answer = xml.post(sil.url, body, IMPORTA)
    assert answer.is_soap_fault and answer.value("faultcode").split(":")[-1] == "MustUnderstand", answer.text
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods(sil, method):
    """Only POST carries calls."""
    answer = requests.request(method, sil.url, data="x", timeout=10)
    assert answer.status_code == 405, answer.status_code


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/soap+xml"])
def test_other_content_types(sil, debt, kind):
    """Either read as XML all the same, or refused with 415; never a server error."""
    answer = xml.post(sil.url, _import_body(sil, debt.xml()), IMPORTA, headers={"Content-Type": kind})
    assert answer.status in (200, 415), f"{answer.status}: {answer.text}"


def test_missing_header(world, sil):
    """A business fault instead of a SOAP Fault (§21.2)."""
    children = tag("password", sil.password) + tag("dovuti", b64(world.dovuti().xml()))
    assert_fault(sil.send(INVIA, children), INVIA, "PAA_ENTE_NON_VALIDO")
    debt = world.versamento()
    assert_fault(sil.send(IMPORTA, tag("password", sil.password) + tag("dovuto", b64(debt.xml()))), IMPORTA, "PAA_ENTE_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)
    assert_fault(sil.send("paaSILVerificaAvviso", tag("password", sil.password)
                          + tag("identificativoUnivocoVersamento", "1")), "paaSILVerificaAvviso", "PAA_ENTE_NON_VALIDO")


def test_missing_document(sil):
    """A business fault instead of a SOAP Fault (§21.2)."""
    assert_fault(sil.invia_dovuti(None), INVIA, "PAA_XML_NON_VALIDO", "XML dei dovuti non valido")
    assert_fault(sil.importa(None), IMPORTA, "PAA_XML_NON_VALIDO", "XML dei dovuti non valido")
    assert_fault(sil.send(INVIA, tag("password", sil.password) + "<dovuti/>", header=True), INVIA, "PAA_XML_NON_VALIDO")


def test_repeated_elements(world, sil, debt):
    """The SOAP body is read as MyPay reads it: of two the last counts, never both (§1.1); documents are strict."""
    other = world.versamento()
    password = tag("password", sil.password)
    twice = tag("password", "SBAGLIATA99") + password + tag("dovuto", b64(debt.xml())) + tag("dovuto", b64(other.xml()))
    assert_ok(sil.send(IMPORTA, twice, header=True), IMPORTA)
    assert sil.iud_is_free(debt.iud) and not sil.iud_is_free(other.iud)
    repeated = debt.xml().replace("<azione>I</azione>", "<azione>I</azione><azione>A</azione>")
    assert_fault(sil.importa(repeated), IMPORTA, "PAA_XML_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("content", ["%%%", "AAA", "====", "PGE+é", "PFZlcnNhbWVudG8"], ids=str)
def test_invalid_base64(sil, content):
    """The embedded document is not base64, or cut."""
    answer = sil.send(IMPORTA, tag("password", sil.password) + f"<dovuto>{content}</dovuto>", header=True)
    assert_fault(answer, IMPORTA, "PAA_XML_NON_VALIDO")
    assert answer.value("fault/description"), answer.text
    answer = sil.send(INVIA, tag("password", sil.password) + f"<dovuti>{content}</dovuti>", header=True)
    assert_fault(answer, INVIA, "PAA_XML_NON_VALIDO")


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "1.5", "1,50", "999999999.999", "1000000000.00", "10", "1e2", "+1.00",
                                    " 1.00.", "NaN", "١.٠٠", ""])
def test_amounts(world, sil, debt, amount):
    """Digits, a dot, two digits, 0.01 to 999999999.99; the fault names the element."""
    for answer in (sil.importa(debt.copy(amount=amount).xml()), sil.invia_dovuti(world.dovuti(amount).xml())):
        assert_fault(answer, answer.name.removesuffix("Risposta"), "PAA_XML_NON_VALIDO")
        assert "importoSingoloVersamento" in answer.value("fault/description"), answer.text
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("change,element", [
    (lambda d: d.replace("<azione>I</azione>", ""), "azione"),
    (lambda d: d.replace("<azione>I</azione>", "<azione>II</azione>"), "azione"),
    (lambda d: d.replace("<azione>I</azione>", "<azione>I</azione><azione>I</azione>"), "azione"),
    (lambda d: d.replace("<tipoVersamento>", "<nuovo>1</nuovo><tipoVersamento>"), "nuovo"),
    (lambda d: d.replace("<causaleVersamento>Retta di prova</causaleVersamento>", ""), "causaleVersamento"),
    (lambda d: d.replace("Retta di prova", "x" * 1025), "causaleVersamento"),
    (lambda d: d.replace("9/0101101IM/", "7/0101101IM/"), "datiSpecificiRiscossione"),
    (lambda d: d.replace("2030-12-31", "31/12/2030"), "dataEsecuzionePagamento"),
    (lambda d: d.replace("2030-12-31", "2030-02-30"), "dataEsecuzionePagamento"),
    (lambda d: d.replace("prova@example.org", "prova"), "e-mailPagatore"),
    (lambda d: d.replace("<nazionePagatore>IT", "<nazionePagatore>it"), "nazionePagatore"),
    (lambda d: d.replace("<tipoIdentificativoUnivoco>F", "<tipoIdentificativoUnivoco>Z"), "tipoIdentificativoUnivoco"),
    (lambda d: d.replace("PAGATORE DI PROVA", "x" * 71), "anagraficaPagatore"),
    (lambda d: d.replace("PAGATORE DI PROVA", ""), "anagraficaPagatore"),
], ids=["missing", "too long", "repeated", "unknown", "missing causale", "long causale", "pattern", "date form", "date",
        "email", "country", "enumeration", "long name", "empty name"])
def test_document_against_its_schema(sil, debt, change, element):
    """The fault names element and rule."""
    answer = sil.importa(change(debt.xml()))
    assert_fault(answer, IMPORTA, "PAA_XML_NON_VALIDO", "XML dei dovuti non valido")
    assert element in answer.value("fault/description"), answer.value("fault/description")
    assert sil.iud_is_free(debt.iud)


def test_order_inside_the_document(sil, debt):
    """Embedded documents are strict: order counts."""
    document = debt.xml().replace("<azione>I</azione>", "").replace("<soggettoPagatore>", "<azione>I</azione><soggettoPagatore>", 1)
    assert_fault(sil.importa(document), IMPORTA, "PAA_XML_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("make", [
    lambda d: d.replace(PAY, "urn:altro"),
    lambda d: d.replace(f' xmlns="{PAY}"', ""),
    lambda d: d.replace("Versamento xmlns", "Dovuti xmlns").replace("</Versamento>", "</Dovuti>"),
    lambda d: "non xml",
    lambda d: d[:-5],
    lambda d: d + d,
], ids=["namespace", "no namespace", "other root", "text", "cut", "twice"])
def test_not_the_document(sil, debt, make):
    """Another root, namespace, or no XML at all."""
    assert_fault(sil.importa(make(debt.xml())), IMPORTA, "PAA_XML_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)


def test_right_root_wrong_operation(world, sil, debt):
    """A Versamento to InviaDovuti and Dovuti to ImportaDovuto: declared roots, but not these."""
    assert_fault(sil.invia_dovuti(debt.xml()), INVIA, "PAA_XML_NON_VALIDO")
    assert_fault(sil.importa(world.dovuti().xml()), IMPORTA, "PAA_XML_NON_VALIDO")
    assert sil.iud_is_free(debt.iud)


@pytest.mark.parametrize("kind,code", [
    ("F", "RSSMRA80A01H501"), ("F", "RSSMRA80A41H501U"), ("F", "RSSMRA80A32H501X"), ("F", "RSSMRA80Z01H501U"),
    ("F", "12345678901"), ("F", "anonimo"), ("F", "RSSMRA80A01H501Ù"), ("G", "0123456789"), ("G", "01234567896"),
    ("G", "ANONIMO"),
])
def test_payer_codes(sil, debt, kind, code):
    """Check characters, days, months, lengths (§8.2)."""
    answer = sil.importa(debt.copy(payer=Payer(kind=kind, code=code)).xml())
    assert answer.fault_code == ("PAA_CODICE_FISCALE_NON_VALIDO" if kind == "F" else "PAA_P_IVA_NON_VALIDO"), answer.text
    assert sil.iud_is_free(debt.iud)


def test_injection_is_text(sil, debt):
    """Quotes, markup and SQL in texts come back as text."""
    nasty = """'; drop table installment; -- <b>"&amp;"</b> {{7*7}} ${x} %s \\u0000"""
    answer = sil.importa(debt.copy(reason=nasty).xml())
    assert_ok(answer, IMPORTA)
    unknown = sil.chiedi_ricevuta(iud=nasty)
    assert unknown.fault_code in ("PAA_IUD_NON_VALIDO",), unknown.text
    assert sil.as_ente("X]<&'\"").importa(debt.xml()).fault_code == "PAA_ENTE_NON_VALIDO"


def test_one_import_among_many_at_once(world, sil):
    """Twenty clients send the same debt at the same time: one debt, one IUV for all (idempotent I)."""
    document = world.versamento().xml()
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: world.sil().importa(document), range(20)))
    for answer in answers:
        assert_ok(answer, IMPORTA)
    assert len({a.value("identificativoUnivocoVersamento") for a in answers}) == 1


def test_different_debts_with_one_iud_at_once(world):
    """Twenty different debts with one IUD: one wins, the others are duplicates."""
    iud = fresh_iud()
    documents = [world.versamento(iud=iud, amount=f"{n + 1}.00").xml() for n in range(20)]
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda d: world.sil().importa(d), documents))
    assert sorted(a.fault_code or "" for a in answers) == [""] + ["PAA_IMPORT_IUD_DUPLICATO"] * 19


@pytest.mark.moves_clock
def test_wrong_passwords_are_slowed_down(world):
    """After some wrong ones the next is not even looked at; the SIL that knew the right one is not shut out (design §4.9)."""
    right = world.sil(world.third)
    wrong = right.as_ente(password="SBAGLIATA99")
    world.control.advance("PT10M")  # whatever other tests got wrong before is over
    answers = [wrong.chiedi_ricevuta(iud="X") for _ in range(12)]
    for answer in answers:
        assert answer.fault_code == "PAA_ENTE_NON_VALIDO", answer.text
        assert answer.fault_string == f"Password non valida per ente [{world.third.ipa}]", answer.text
    assert answers[0].value("fault/description") is None
    assert "tentativi" in (answers[-1].value("fault/description") or ""), answers[-1].text
    assert right.chiedi_ricevuta(iud="X").fault_code == "PAA_IUD_NON_VALIDO", "guesses of others shut nobody out"
    assert world.sil().chiedi_ricevuta(iud="X").fault_code == "PAA_IUD_NON_VALIDO", "other enti notice nothing"
    world.control.advance("PT2M")
    assert wrong.chiedi_ricevuta(iud="X").value("fault/description") is None, "looked at again after the pause"
    assert right.chiedi_ricevuta(iud="X").fault_code == "PAA_IUD_NON_VALIDO"
