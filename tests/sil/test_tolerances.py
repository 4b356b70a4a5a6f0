"""What real clients send and must go on sending (mypay-soap.md §21.1, §21.3, §19)."""

import pytest
from harness import xml
from harness.documents import PAY, Secondary
from harness.sil import HEAD, NAMESPACES, PPT, assert_fault, assert_ok
from harness.xml import b64, tag

INVIA, IMPORTA = "paaSILInviaDovuti", "paaSILImportaDovuto"


def _children(sil, document: str) -> str:
    return tag("password", sil.password) + tag("dovuti", b64(document))


def _header(sil, name: str = "h:intestazionePPT") -> str:
    return f"<{name}>{tag('codIpaEnte', sil.ipa)}</{name}>"


@pytest.mark.parametrize("action", ["paaSILInviaDovuti", "", "tutt'altro"])
def test_any_soapaction(world, sil, action):
    """Dispatch is by the root of the body only (§1.1)."""
    body = xml.envelope(f"<e:{INVIA}>{_children(sil, world.dovuti().xml())}</e:{INVIA}>", _header(sil), NAMESPACES)
    assert_ok(xml.post(sil.url, body, action), INVIA)
    without = xml.post(sil.url, body, headers={"SOAPAction": None})
    assert_ok(without, INVIA)


def test_default_namespace_on_the_wrapper_only(world, sil):
    """`xmlns` on the wrapper, undone with `xmlns=""` on each child."""
    children = _children(sil, world.dovuti().xml()).replace("<password>", '<password xmlns="">').replace(
        "<dovuti>", '<dovuti xmlns="">')
    header = f'<intestazionePPT xmlns="{HEAD}"><codIpaEnte xmlns="">{sil.ipa}</codIpaEnte></intestazionePPT>'
    assert_ok(xml.post(sil.url, xml.envelope(f'<{INVIA} xmlns="{PPT}">{children}</{INVIA}>', header)), INVIA)


def test_default_namespace_spilling_over_the_children(world, sil):
    """Then they are unknown, as if absent: the password is missing (§1.4)."""
    body = xml.envelope(f'<{INVIA} xmlns="{PPT}">{_children(sil, world.dovuti().xml())}</{INVIA}>', _header(sil), NAMESPACES)
    assert_fault(xml.post(sil.url, body), INVIA, "PAA_ENTE_NON_VALIDO", f"Password non valida per ente [{sil.ipa}]")


def test_declaration_comments_and_blanks(world, sil):
    """XML declaration, pretty printing, comments, processing blanks between elements."""
    children = _children(sil, world.dovuti().xml()).replace("><", ">\n  <!-- commento -->\n  <")
    body = xml.envelope(f"<e:{INVIA}>\n{children}\n</e:{INVIA}>", _header(sil), NAMESPACES)
    assert_ok(xml.post(sil.url, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'), INVIA)


def test_order_and_unknown_elements(world, sil):
    """The order of children is not enforced and unknown ones are ignored (§1.1)."""
    children = (tag("altro", "x") + tag("showMyPay", "SHORT") + tag("dovuti", b64(world.dovuti().xml()))
                + tag("password", sil.password))
    assert_ok(sil.send(INVIA, children, header=True), INVIA)


def test_unknown_show_my_pay_is_short(world, sil):
    """An unknown value counts as absent (§1.1)."""
    assert_ok(sil.invia_dovuti(world.dovuti().xml(), None, "MAYBE"), INVIA)


def test_legacy_document(world, sil):
    """Prefix `pay_i:`, declaration, pretty printing: old Axis clients (§19)."""
    document = world.dovuti().xml().replace(f'<Dovuti xmlns="{PAY}">', "<Dovuti>")
    document = document.replace("</", "\0").replace("<", "<pay_i:").replace("\0", "</pay_i:").replace("><", ">\n\t<")
    document = document.replace("<pay_i:Dovuti>", f'<pay_i:Dovuti xmlns:pay_i="{PAY}">', 1)
    assert_ok(sil.invia_dovuti(f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{document}'), INVIA)


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16"])
def test_declared_encodings(world, sil, encoding):
    """The encoding of the document is the declared one (§7.1)."""
    cart = world.dovuti()
    cart.payer.name = "NICOLÒ D'ARÈ"
    document = f'<?xml version="1.0" encoding="{encoding}"?>{cart.xml()}'
    answer = sil.invia_dovuti(document.encode(encoding))
    if encoding == "UTF-16" and answer.value("esito") == "KO":
        assert_fault(answer, INVIA, "PAA_XML_NON_VALIDO")
        return
    assert_ok(answer, INVIA)


@pytest.mark.parametrize("version", ["6.0", "6.0.1", "6.1.0", "6.2.0", "1.0"])
def test_any_version(world, sil, version):
    """versioneOggetto is compared with nothing (§7.1)."""
    assert_ok(sil.invia_dovuti(world.dovuti(version=version).xml()), INVIA)


def test_double_base64(world, sil):
    """Base64 of base64 is decoded twice; three levels are refused (§7.1, §21.2)."""
    document = world.dovuti()
    assert_ok(sil.invia_dovuti(b64(document.xml())), INVIA)
    assert_fault(sil.invia_dovuti(b64(b64(document.xml()))), INVIA, "PAA_XML_NON_VALIDO")
    debt = world.versamento()
    assert_ok(sil.importa(b64(debt.xml())), IMPORTA)


def test_base64_in_lines(world, sil):
    """Line breaks and blanks inside base64."""
    text = b64(world.dovuti().xml())
    lines = "\r\n  ".join(text[i:i + 76] for i in range(0, len(text), 76))
    assert_ok(sil.send(INVIA, tag("password", sil.password) + f"<dovuti>\n{lines}\n</dovuti>", header=True), INVIA)


def test_document_in_cdata(world, sil):
    """CDATA is text."""
    text = b64(world.dovuti().xml())
    assert_ok(sil.send(INVIA, tag("password", sil.password) + f"<dovuti><![CDATA[{text}]]></dovuti>", header=True), INVIA)


@pytest.mark.parametrize("value,generated", [("true", True), ("1", True), ("false", False), ("0", False), (None, False)])
def test_booleans(world, sil, value, generated):
    """true, 1, false, 0, absent (§4.3)."""
    children = (tag("password", sil.password) + tag("dovuto", b64(world.versamento().xml())) + tag("flagGeneraIuv", value))
    answer = sil.send(IMPORTA, children, header=True)
    assert_ok(answer, IMPORTA)
    assert (answer.value("identificativoUnivocoVersamento") is not None) == generated


def test_empty_optional_elements(world, sil):
    """Empty means absent (§4.3)."""
    children = (_children(sil, world.dovuti().xml()) + "<enteSILInviaRispostaPagamentoUrl/><showMyPay></showMyPay>")
    assert_ok(sil.send(INVIA, children, header=True), INVIA)
    iuv, _, _ = world.notice()
    answer = sil.send("paaSILChiediPagatiConRicevuta", tag("codIpaEnte", sil.ipa) + tag("password", sil.password)
                      + "<idSession/>" + tag("identificativoUnivocoVersamento", f"  {iuv} ")
                      + "<identificativoUnivocoDovuto></identificativoUnivocoDovuto>")
    assert answer.fault_code == "PAA_PAGAMENTO_NON_INIZIATO", answer.text


def test_lower_case_province(world, sil):
    """Upper-cased by the server (§6.1 row after 4)."""
    cart = world.dovuti()
    cart.payer.province = "pd"
    assert_ok(sil.invia_dovuti(cart.xml()), INVIA)


def test_extra_headers(world, sil):
    """Other header blocks are ignored (§1.5)."""
    header = _header(sil) + '<x:Security xmlns:x="urn:x"><x:Token>1</x:Token></x:Security>'
    body = xml.envelope(f"<e:{INVIA}>{_children(sil, world.dovuti().xml())}</e:{INVIA}>", header, NAMESPACES)
    assert_ok(xml.post(sil.url, body), INVIA)


def test_method_list(world, sil):
    """Tokens in any case, separated by bars, with blanks (§8.3)."""
    assert_ok(sil.invia_dovuti(world.dovuti(method="bbt| cp |OBEP").xml()), INVIA)


@pytest.mark.parametrize("path", ["/mypay4/ws/pa/", "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati", "/mypay4/ws/altro"])
def test_any_path_below_the_mount(world, sil, path):
    """The path is not looked at (§1.3)."""
    body = xml.envelope(f"<e:{INVIA}>{_children(sil, world.dovuti().xml())}</e:{INVIA}>", _header(sil), NAMESPACES)
    assert_ok(xml.post(world.base + path, body), INVIA)


def test_children_stand_literally(world, sil):
    """Clients search for `<esito>` in the text: no prefix, no attribute (§19)."""
    answer = sil.invia_dovuti(world.dovuti().xml())
    for literal in ("<esito>OK</esito>", "<idSession>", "<redirect>1</redirect>", "<url>"):
        assert literal in answer.text, answer.text
    refused = sil.as_ente("C_NESSUNO").invia_dovuti(world.dovuti().xml())
    assert "<esito>KO</esito>" in refused.text and "<faultString>" in refused.text
    assert refused.text.index("<fault>") < refused.text.index("<esito>")
    assert answer.headers["Content-Type"].startswith("text/xml")


def test_secondary_list_may_be_empty(world, sil):
    """An empty list is no list."""
    children = (tag("password", sil.password) + tag("dovuto", b64(world.versamento().xml())) + tag("flagGeneraIuv", True)
                + "<listaDovutiEntiSecondari/>")
    assert_ok(sil.send(IMPORTA, children, header=True), IMPORTA)


def test_secondary_document_twice_encoded(world, sil):
    """The tolerance holds for the secondary document too."""
    from harness import codes

    document = Secondary(world.neighbour.fiscal_code, codes.iban(account="000000777777")).xml()
    assert_ok(sil.importa(world.versamento().xml(), True, [b64(document)]), IMPORTA)
