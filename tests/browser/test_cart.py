"""The cart of a SIL: recap, checkout, outcome, every page audited, with and without JavaScript."""

import re

import pytest
from harness.net import wait_for
from harness.sil import pagati, text

from .walk import BACK

AT_SIL = "https://sil.example.org/esito?pratica=77"


@pytest.fixture
def cart(world, sil):
    """A cart of two items: session, landing link."""
    def make(back: str | None = AT_SIL, show: str = "SHORT") -> tuple[str, str]:
        answer = sil.invia_dovuti(world.dovuti("258.00", "1.50").xml(), back, show)
        return answer.value("idSession"), answer.value("url")
    return make


def to_checkout(walk, url: str, audit: bool = True):
    """Landing and recap."""
    walk.open(url)
    for step in range(4):
        if walk.at_checkout:
            return walk.check("checkout") if audit else walk
        if audit:
            walk.check(f"carrello-{step}")
        walk.fill().press()
    raise AssertionError(f"no checkout: {walk.page.url}: {walk.text()[:500]}")


def test_paid_and_back_to_the_sil(walk, world, sil, cart):
    """The whole walk."""
    session, url = cart()
    to_checkout(walk, url)
    assert "259,50" in walk.text()
    walk.card(world.card("SUCCESS")).press()
    walk.page.wait_for_url(re.compile(r"^https://sil\.example\.org/esito\?pratica=77&"))
    assert "esito=OK" in walk.page.url and f"idSession={session}" in walk.page.url
    answer = wait_for("pagati", lambda: (a := sil.chiedi_pagati(session)).fault_code is None and a)
    assert text(pagati(answer), "datiPagamento/importoTotalePagato") == "259.50"


def test_recap_shows_what_is_paid(walk, world, cart):
    """Ente, causale, single amounts, total, payer."""
    _, url = cart()
    walk.open(url)
    seen = walk.text()
    assert world.ente.name.lower() in seen.lower()
    for part in ("258,00", "1,50", "259,50", "Causale di prova"):
        assert part in seen, seen


@pytest.mark.parametrize("outcome", ["REFUSED", "ABANDONED"])
def test_not_paid(walk, world, sil, cart, outcome):
    """Refused and abandoned come back with ERROR."""
    session, url = cart()
    to_checkout(walk, url, audit=False)
    walk.card(world.card(outcome)).press()
    walk.page.wait_for_url(re.compile(r"^https://sil\.example\.org/"))
    assert "esito=ERROR" in walk.page.url
    assert sil.chiedi_pagati(session).fault_code == "PAA_PAGAMENTO_ANNULLATO"


def test_cancel_on_the_checkout(walk, world, sil, cart):
    """The button of the checkout that gives up."""
    session, url = cart()
    to_checkout(walk, url, audit=False)
    walk.press(BACK)
    walk.page.wait_for_url(re.compile(r"^https://sil\.example\.org/"))
    assert "esito=ERROR" in walk.page.url
    assert sil.chiedi_pagati(session).fault_code == "PAA_PAGAMENTO_ANNULLATO"


def test_delayed_receipt(walk, world, sil, cart):
    """The browser is back before the receipt: in progress, then paid."""
    session, url = cart()
    to_checkout(walk, url, audit=False)
    walk.card(world.card("SUCCESS_DELAYED")).press()
    walk.page.wait_for_load_state("load")
    assert sil.chiedi_pagati(session).fault_code == "PAA_PAGAMENTO_IN_CORSO"
    world.control.advance("PT1M")
    wait_for("receipt", lambda: sil.chiedi_pagati(session).fault_code is None, 30)


def test_wrong_card_is_explained(walk, world, cart):
    """The checkout's own error page is accessible too."""
    _, url = cart()
    to_checkout(walk, url, audit=False)
    walk.card({"number": "4111111111111111", "expiry": "13/30", "cvv": "1"}).press()
    assert walk.at_checkout
    walk.check("checkout-errori")


def test_back_button_after_payment(walk, world, cart):
    """Opening the link of a paid cart again does not offer a second payment."""
    _, url = cart()
    to_checkout(walk, url, audit=False)
    walk.card(world.card("SUCCESS")).press()
    walk.page.wait_for_url(re.compile(r"^https://sil\.example\.org/"))
    walk.open(url)
    assert not walk.at_checkout
    if walk.page.url.startswith(world.base):
        walk.check("carrello-pagato")


def test_on_a_phone(phone, world, cart):
    """Recap and checkout at 320 pixels."""
    _, url = cart()
    phone.open(url).check("carrello").narrow()
    phone.fill().press()
    assert phone.at_checkout
    phone.check("checkout").narrow()
