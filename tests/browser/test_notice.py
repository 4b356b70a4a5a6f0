"""Paying a notice without an account: its number, the ente, the codice fiscale of the debtor."""

import re

import pytest
from harness.net import wait_for

from .walk import ON, Walk

NUMBER = re.compile(r"^codice avviso", re.IGNORECASE)
ENTE = re.compile(r"^ente creditore", re.IGNORECASE)
DEBTOR = re.compile(r"^codice fiscale o partita iva", re.IGNORECASE)
PAYER = "RSSMRA80A01H501U"


def write(walk, number: str, fiscal_code: str, debtor: str = PAYER) -> None:
    """Fills the form of /paga/avviso; the ente is a list while there are few."""
    main = walk.page.locator("main")
    main.get_by_label(NUMBER).first.fill(number)
    ente = main.get_by_label(ENTE).first
    if main.locator("select").count():
        ente.select_option(fiscal_code.strip())
    else:
        ente.fill(fiscal_code)
    main.get_by_label(DEBTOR).first.fill(debtor)


def ask(walk, number: str, fiscal_code: str, debtor: str = PAYER):
    """Looks for a notice."""
    walk.open("/paga/avviso")
    write(walk, number, fiscal_code, debtor)
    return walk.press()


def test_pay_a_notice(walk, world, sil):
    """Number, recap, checkout, our outcome page."""
    iuv, notice, _ = world.notice("75.50")
    ask(walk, notice, world.ente.fiscal_code)
    for step in range(4):
        if walk.at_checkout:
            break
        walk.check(f"avviso-{step}")
        assert "75,50" in walk.text(), walk.text()
        walk.fill().press()
    assert walk.at_checkout, walk.page.url
    walk.card(world.card("SUCCESS")).press()
    wait_for("paid", lambda: sil.chiedi_ricevuta(iuv=iuv).fault_code is None)
    assert walk.page.url.startswith(f"{world.base}/esito/"), walk.page.url
    walk.page.reload()
    walk.check("avviso-esito")
    assert "75,50" in walk.text()
    address = walk.page.get_by_role("link", name=re.compile("ricevuta", re.IGNORECASE)).first.get_attribute("href")
    pdf = walk.context.request.get(address if address.startswith("http") else world.base + address)
    assert pdf.status == 200 and pdf.body().startswith(b"%PDF-")


def test_outcome_is_live(browser, world, sil, screens):
    """With scripts the page tells by itself when the receipt arrives; without, it refreshes itself."""
    _, notice, _ = world.notice("75.50")
    walk = Walk(browser, world.base, screens)
    ask(walk, notice, world.ente.fiscal_code)
    while not walk.at_checkout:
        walk.fill().press()
    walk.card(world.card("SUCCESS_DELAYED")).press()
    walk.page.wait_for_url(re.compile("/esito/"))
    walk.check("avviso-esito-in-corso")
    assert walk.page.get_by_role("link", name=re.compile("ricevuta", re.IGNORECASE)).count() == 0
    world.control.advance("PT1M")
    walk.page.get_by_role("link", name=re.compile("ricevuta", re.IGNORECASE)).first.wait_for(timeout=45_000)
    walk.close()


def test_spaces_in_the_number(walk, world):
    """As printed on paper, in groups of four."""
    _, notice, _ = world.notice("75.50")
    ask(walk, " ".join(re.findall(r".{1,4}", notice)), f" {world.ente.fiscal_code} ")
    assert "75,50" in walk.text(), walk.text()


@pytest.mark.parametrize("number,debtor", [("", ""), ("123", PAYER), ("3" * 17 + "A", "X"), ("301009999999999999", PAYER)],
                         ids=["empty", "short", "letters", "unknown"])
def test_wrong_input_is_explained(walk, world, number, debtor):
    """The form comes back with what is wrong, accessibly."""
    ask(walk, number, world.ente.fiscal_code, debtor)
    assert not walk.at_checkout
    assert walk.page.locator("main form").get_by_label(NUMBER).count() == 1, walk.text()
    walk.check(f"avviso-errore-{number[:3] or 'vuoto'}")


def test_right_number_wrong_debtor(walk, world):
    """A notice is shown only to who knows the debtor; the answer does not say what is wrong."""
    _, notice, _ = world.notice("75.50")
    ask(walk, notice, world.ente.fiscal_code, "BNCLRA85B41F205Y")
    assert "75,50" not in walk.text() and "PAGATORE DI PROVA" not in walk.text()


def test_paid_notice(walk, world):
    """Says that it is paid, offers no second payment."""
    _, notice, _ = world.notice()
    world.control.pay(notice, world.ente.fiscal_code)
    ask(walk, notice, world.ente.fiscal_code)
    assert "pagat" in walk.text().lower() and walk.page.locator("main").get_by_role("button", name=ON).count() == 0
    walk.check("avviso-pagato")


def test_cancelled_notice(walk, world):
    """Says that it was cancelled, offers nothing to press."""
    iuv, notice, document = world.notice()
    world.sil().importa(document.copy(action="A", iuv=iuv).xml(), None)
    ask(walk, notice, world.ente.fiscal_code)
    assert "annullat" in walk.text().lower() and walk.page.locator("main").get_by_role("button", name=ON).count() == 0
    walk.check("avviso-annullato")


def test_keyboard_only(walk, world):
    """The form works with Tab and Enter."""
    _, notice, _ = world.notice("75.50")
    walk.open("/paga/avviso")
    walk.page.locator("main").get_by_label(NUMBER).first.focus()
    walk.page.keyboard.type(notice)
    walk.page.keyboard.press("Tab")
    walk.page.keyboard.type(world.ente.name.split()[0] if walk.page.locator("main select").count() else world.ente.fiscal_code)
    walk.page.keyboard.press("Tab")
    walk.page.keyboard.type(PAYER)
    with walk.page.expect_navigation():
        walk.page.keyboard.press("Enter")
    assert "75,50" in walk.text(), walk.text()
