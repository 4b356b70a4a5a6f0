"""The main job, end to end, in both ways that a SIL pays (mypay-soap.md §15), and what the browser sees on the way."""

import shutil
import subprocess
import tempfile

import pytest
from harness.documents import Item, Stamp
from harness.net import wait_for
from harness.sil import assert_ok, pagati, pay as q, text
from harness.web import Visit, card_form, pay, pay_card, settle, to_checkout

BACK = "https://sil.example.org/esito?pratica=77"


def test_immediate_payment(world, sil, schema):
    """SIL → landing → recap → checkout → back with the outcome → pagati with the receipt."""
    cart = world.dovuti("258.00", "1.50")
    answer = sil.invia_dovuti(cart.xml(), BACK, "SHORT")
    assert_ok(answer, "paaSILInviaDovuti")
    session = answer.value("idSession")

    visit = Visit(world.base)
    recap = visit.open(answer.value("url"))
    assert recap.hops and recap.hops[0][0] == 303, recap.hops
    assert recap.status == 200 and card_form(recap) is None
    assert world.ente.name.lower() in recap.text.lower()
    assert "258,00" in recap.text and "259,50" in recap.text, "amounts in Italian form, with the total"

    left = pay(visit, answer.value("url"), world.card("SUCCESS"))
    assert left.outside and left.hops[-1][0] == 303, left
    assert left.url.startswith("https://sil.example.org/esito?pratica=77&"), "the target keeps its own query"
    assert left.query["pratica"] == ["77"]
    assert left.query["idSession"] == [session] and left.query["esito"] == ["OK"]
    assert len(left.query["pollingToken"]) == 1 and left.query["pollingToken"][0].count(".") == 2, "a JWT"

    paid = wait_for("pagati", lambda: (a := sil.chiedi_pagati(session)).fault_code is None and a)
    assert paid.children() == ["pagati"]
    tree = pagati(paid)
    schema.assertValid(tree)
    assert tree.tag == q("Pagati") and text(tree, "versioneOggetto") == "6.2.0"
    assert text(tree, "datiPagamento/importoTotalePagato") == "259.50"
    singles = tree.findall(f"{q('datiPagamento')}/{q('datiSingoloPagamento')}")
    assert [text(s, "identificativoUnivocoDovuto") for s in singles] == [i.iud for i in cart.items]
    assert [text(s, "singoloImportoPagato") for s in singles] == ["258.00", "1.50"]

    full = sil.chiedi_ricevuta(session_id=session)
    schema.assertValid(pagati(full))
    assert full.bytes64("rt").lstrip().startswith(b"<")
    for item in cart.items:
        assert sil.chiedi_ricevuta(iud=item.iud).fault_code is None


def test_notice(world, sil):
    """SIL → notice → a PSP verifies, activates, pays → receipt → SIL."""
    iuv, notice, document = world.notice("75.50")
    result = world.control.pay(notice, world.ente.fiscal_code)
    first, *copies = [c for c in result["calls"] if c["operation"] == "paSendRTV2"]
    assert [c["operation"] for c in result["calls"]][:2] == ["paVerifyPaymentNotice", "paGetPaymentV2"], result
    assert all(c["outcome"] == "OK" and not c["violations"] for c in [*result["calls"][:2], first]), result
    # The broadcast station of the same ente gets a copy: the same receipt, stored once.
    assert all(c["outcome"] == "OK" or c["faultCode"] == "PAA_RECEIPT_DUPLICATA" for c in copies), result
    tree = pagati(sil.chiedi_ricevuta(iuv=iuv))
    assert text(tree, "datiPagamento/datiSingoloPagamento/identificativoUnivocoDovuto") == document.iud
    again = world.control.pay(notice, world.ente.fiscal_code)
    assert "PAA_PAGAMENTO_DUPLICATO" in str(again), "a paid notice is not payable again"


@pytest.mark.parametrize("outcome", ["KO", "ABANDON"])
def test_failed_attempt_leaves_the_notice_payable(world, sil, outcome):
    """A refused or abandoned attempt changes nothing."""
    iuv, notice, _ = world.notice()
    world.control.pay(notice, world.ente.fiscal_code, outcome)
    assert sil.chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"
    world.control.pay(notice, world.ente.fiscal_code)
    assert sil.chiedi_ricevuta(iuv=iuv).fault_code is None


def test_late_and_repeated_receipts(world, sil):
    """The receipt arrives later, three times: one payment."""
    iuv, notice, _ = world.notice()
    result = world.control.pay(notice, world.ente.fiscal_code, receiptDelaySeconds=1, receiptCopies=3)
    wait_for("receipt", lambda: sil.chiedi_ricevuta(iuv=iuv).fault_code is None, 30)
    tree = pagati(sil.chiedi_ricevuta(iuv=iuv))
    assert text(tree, "datiPagamento/importoTotalePagato") == "75.50"
    assert result["receiptId"] == text(tree, "datiPagamento/datiSingoloPagamento/identificativoUnivocoRiscossione")


def test_show_none_goes_straight_to_checkout(world, sil):
    """MyPay is transparent: no page of ours between landing and checkout (§6.1)."""
    cart = world.dovuti()
    cart.items[0].reason = f"Causale {cart.items[0].iud}"
    answer = sil.invia_dovuti(cart.xml(), BACK, "NONE")
    assert_ok(answer, "paaSILInviaDovuti")
    visit = Visit(world.base)
    page = visit.open(answer.value("url"))
    assert card_form(page) is not None, page.text
    assert any(status == 303 for status, _ in page.hops)
    left = settle(visit, pay_card(visit, page, world.card("SUCCESS")))
    assert left.query["esito"] == ["OK"], left


def test_show_none_asks_before_a_repetition(world, sil):
    """Same payer, type and causale paid within a day: the payer decides, on a page (§11.1)."""
    cart = world.dovuti()
    cart.items[0].reason = reason = f"Causale {cart.items[0].iud}"
    answer = sil.invia_dovuti(cart.xml(), BACK, "NONE")
    check = f"{world.base}/mypay4/public/landing/inviaDovutiReplicaCheck"
    visit = Visit(world.base)
    asked = visit.session.get(check, params={"idSession": answer.value("idSession")}, timeout=10)
    assert asked.json()["replica"] == "NO_REPLICA", asked.text
    pay(visit, answer.value("url"), world.card("SUCCESS"))
    again = world.dovuti()
    again.items[0].reason = reason
    answer = sil.invia_dovuti(again.xml(), BACK, "NONE")
    asked = visit.session.get(check, params={"idSession": answer.value("idSession")}, timeout=10)
    assert asked.json()["replica"] == "DOVUTO_ELAB", asked.text
    page = visit.open(answer.value("url"))
    assert page.status == 200 and card_form(page) is None, page.url
    unknown = visit.session.get(check, params={"idSession": "nessuna"}, timeout=10)
    assert unknown.status_code == 400 and unknown.text == "idSession not valid: nessuna"


def test_stamp_is_paid(world, sil):
    """A digital stamp goes through the cart; its transfer has no IBAN."""
    cart = world.dovuti()
    cart.items = [Item(world.type_of("stamp"), amount="16.00", stamp=Stamp())]
    answer = sil.invia_dovuti(cart.xml(), BACK)
    left = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert left.query["esito"] == ["OK"], left
    session = answer.value("idSession")
    tree = pagati(wait_for("pagati", lambda: (a := sil.chiedi_ricevuta(session_id=session)).fault_code is None and a))
    assert text(tree, "datiPagamento/importoTotalePagato") == "16.00"


@pytest.mark.parametrize("back,start", [
    ("https://sil.example.org/esito", "https://sil.example.org/esito?idSession="),
    ("https://sil.example.org/esito?a=%C3%A8&b=", "https://sil.example.org/esito?a=%C3%A8&b=&idSession="),
    ("https://sil.example.org/esito?a=1#pagina", "https://sil.example.org/esito?a=1&idSession="),
], ids=["plain", "query", "fragment"])
def test_back_url(world, sil, back, start):
    """Parameters are appended before a fragment, what is there stays (§11.2)."""
    answer = sil.invia_dovuti(world.dovuti().xml(), back)
    left = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert left.url.startswith(start), left.url
    assert left.url.endswith("#pagina") == back.endswith("#pagina"), left.url


@pytest.mark.parametrize("back", [None, "", "non un indirizzo", "javascript:alert(1)", "//sil.example.org/x"])
def test_without_a_usable_back_url(world, sil, back):
    """The default of the ente: in the sandbox, the page of the listening SIL (§11.2)."""
    answer = sil.invia_dovuti(world.dovuti().xml(), back)
    session = answer.value("idSession")
    page = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert page.url.startswith(f"{world.base}/sandbox/sil/ritorno?"), page.url
    assert page.query["idSession"] == [session] and page.query["esito"] == ["OK"] and "javascript:" not in page.body


def test_landing_link_is_signed(world, sil):
    """An unknown id: HTTP 400 with the text clients know (§11.1)."""
    page = Visit(world.base).open("/mypay4/public/landing/inviaDovuti?id=7c0d1f52-0000-4a11-8a55-0b4f6a1d2e33")
    assert page.status == 400 and "Id not valid: 7c0d1f52-0000-4a11-8a55-0b4f6a1d2e33" in page.body


def test_two_sessions_for_one_debt_are_paid_once(world, sil):
    """The first checkout wins; the second finds the IUD used and cannot pay (§18)."""
    cart = world.dovuti()
    first, second = (sil.invia_dovuti(cart.xml(), BACK) for _ in range(2))
    pay(Visit(world.base), first.value("url"), world.card("SUCCESS"))
    try:
        page = to_checkout(Visit(world.base), second.value("url"))
        reached = card_form(page) is not None
    except AssertionError:
        reached = False
    assert not reached, "a second checkout for the same IUD"
    assert sil.chiedi_pagati(second.value("idSession")).fault_code is not None


def test_concurrent_landings_of_one_session(world, sil):
    """Opening the link many times does not make two payments."""
    answer = sil.invia_dovuti(world.dovuti().xml(), BACK)
    pages = [to_checkout(Visit(world.base), answer.value("url")) for _ in range(2)]
    assert all(card_form(page) is not None for page in pages)
    visit = Visit(world.base)
    left = pay(visit, answer.value("url"), world.card("SUCCESS"))
    assert left.query["esito"] == ["OK"]
    tree = pagati(wait_for("pagati", lambda: (a := sil.chiedi_pagati(answer.value("idSession"))).fault_code is None and a))
    assert len(tree.findall(f"{q('datiPagamento')}/{q('datiSingoloPagamento')}")) == 1


def test_text_of_the_notice(world, sil):
    """The PDF carries notice number, amount, name, in text that can be read."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (Debian: apt-get install poppler-utils)")
    answer = sil.importa(world.versamento(amount="1234.56").xml())
    pdf = Visit(world.base).session.get(answer.value("urlFileAvviso"), timeout=30).content
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        seen = subprocess.run(["pdftotext", "-layout", file.name, "-"], capture_output=True, text=True, check=True).stdout
    notice = "3" + answer.value("identificativoUnivocoVersamento")
    assert notice in seen.replace(" ", ""), seen
    assert "1.234,56" in seen and world.ente.name.lower() in seen.lower() and "PAGATORE DI PROVA" in seen


def test_outcome_is_pushed_to_the_sil(world, sil):
    """A type with a registered address: the SIL is told, once, with esito and receipt (§14.4)."""
    world.control.clear_inbox()
    iuv, notice, document = world.notice(type=world.type_of("pushed"), due="2031-01-31")
    world.control.pay(notice, world.ente.fiscal_code, receiptCopies=2)

    def mine():
        return [n for n in world.control.inbox() if document.iud in (n.get("esito") or "")]

    wait_for("push", mine, 30)
    (pushed,) = mine()
    assert pushed["ipa"] == world.ente.ipa
    assert iuv in pushed["esito"] and "<Pagati" in pushed["esito"] and iuv in pushed["rt"]


def test_type_that_is_not_printed(world, sil):
    """No link to a notice that nobody may print; the debt itself is fine."""
    answer = sil.importa(world.versamento(type=world.type_of("unprinted")).xml())
    assert_ok(answer, "paaSILImportaDovuto")
    url = answer.value("urlFileAvviso")
    assert url is None or Visit(world.base).session.get(url, timeout=30).status_code == 404
