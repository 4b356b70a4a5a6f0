"""paaSILVerificaAvviso (mypay-soap.md §6.3): a notice becomes a cart."""

import datetime

import pytest
from harness.sil import assert_fault, assert_ok
from harness.web import Visit, pay

from .catalogue import VERIFICA, provokes


@provokes(VERIFICA, "PAA_ENTE_NON_VALIDO")
def test_authentication(world):
    """The common check answers with the password text, even for an unknown ente (§2.2)."""
    wrong = world.sil(world.third).as_ente(password="SBAGLIATA99")
    assert_fault(wrong.verifica_avviso("01000000000001234"), VERIFICA, "PAA_ENTE_NON_VALIDO",
                 f"Password non valida per ente [{world.third.ipa}]", ente=world.third.ipa)
    world.calm()
    unknown = world.sil().as_ente("C_NESSUNO")
    assert_fault(unknown.verifica_avviso("01000000000001234"), VERIFICA, "PAA_ENTE_NON_VALIDO", ente="C_NESSUNO")
    registered = world.registered()
    answer = world.sil(registered).verifica_avviso("01000000000001234")
    assert_fault(answer, VERIFICA, "PAA_ENTE_NON_VALIDO", "Stato Ente non valido: INSERITO", ente=registered.ipa)


@provokes(VERIFICA, "PAA_IUV_NON_VALIDO")
def test_unknown_iuv(world, sil):
    """Unknown, of another ente, or eighteen digits: not found."""
    iuv = world.own_iuv()
    text = f"Error nessun dovuto trovato per IUV [{iuv}] ed ente [{world.ente.ipa}]"
    assert_fault(sil.verifica_avviso(iuv), VERIFICA, "PAA_IUV_NON_VALIDO", text, ente=world.ente.ipa)
    foreign, notice, _ = world.notice(ente=world.neighbour)
    assert_fault(sil.verifica_avviso(foreign), VERIFICA, "PAA_IUV_NON_VALIDO")
    assert_fault(world.sil(world.neighbour).verifica_avviso(notice), VERIFICA, "PAA_IUV_NON_VALIDO")


@provokes(VERIFICA, "PAA_IUV_NON_VALIDO")
def test_paid_and_cancelled(world, sil):
    """No longer payable."""
    iuv, notice, _ = world.notice()
    world.control.pay(notice, world.ente.fiscal_code)
    assert_fault(sil.verifica_avviso(iuv), VERIFICA, "PAA_IUV_NON_VALIDO")
    iuv, _, document = world.notice()
    assert_ok(sil.importa(document.copy(action="A", iuv=iuv).xml(), None), "paaSILImportaDovuto")
    assert_fault(sil.verifica_avviso(iuv), VERIFICA, "PAA_IUV_NON_VALIDO")


def test_volatile_iuv_of_a_cart(world, sil):
    """The IUV made for a cart is not a notice of the SIL (§6.3 row 2)."""
    answer = sil.invia_dovuti(world.dovuti().xml(), "https://sil.example.org/x")
    session = answer.value("idSession")
    pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    from harness.net import wait_for
    from harness.sil import pagati, text

    document = pagati(wait_for("pagati", lambda: (a := sil.chiedi_pagati(session)).fault_code is None and a))
    iuv = text(document, "datiPagamento/identificativoUnivocoVersamento")
    assert_fault(sil.verifica_avviso(iuv), VERIFICA, "PAA_IUV_NON_VALIDO")


@pytest.mark.moves_clock
@provokes(VERIFICA, "PAA_IUV_SCADUTO")
def test_expired(world, sil):
    """Only where the due date is mandatory for the type."""
    due = (world.control.today() + datetime.timedelta(days=1)).isoformat()
    binding, _, _ = world.notice(type=world.type_of("expiring"), due=due)
    free, _, _ = world.notice(due=due)
    world.control.advance("P3D")
    assert_fault(sil.verifica_avviso(binding), VERIFICA, "PAA_IUV_SCADUTO",
                 f"alcuni dovuti sono scaduti per il dato IUV [{binding}]")
    assert_ok(sil.verifica_avviso(free), VERIFICA)


def test_payment_of_a_notice_from_the_portal(world, sil):
    """Answer as 6.1; the debt survives a cancelled attempt and is paid by the next."""
    from harness.net import wait_for
    from harness.sil import pagati, text
    from harness.web import cancel, to_checkout

    iuv, _, document = world.notice()
    answer = sil.verifica_avviso(iuv, "https://sil.example.org/avviso")
    assert_ok(answer, VERIFICA)
    assert answer.children() == ["esito", "idSession", "redirect", "url"]
    visit = Visit(world.base)
    left = cancel(visit, to_checkout(visit, answer.value("url")))
    assert left.query["esito"] == ["ERROR"], left
    assert sil.chiedi_pagati(answer.value("idSession")).fault_code == "PAA_PAGAMENTO_ANNULLATO"

    answer = sil.verifica_avviso(iuv, "https://sil.example.org/avviso")
    left = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert left.query["esito"] == ["OK"], left
    session = answer.value("idSession")
    paid = pagati(wait_for("pagati", lambda: (a := sil.chiedi_pagati(session)).fault_code is None and a))
    assert text(paid, "datiPagamento/identificativoUnivocoVersamento") == iuv
    assert text(paid, "datiPagamento/datiSingoloPagamento/identificativoUnivocoDovuto") == document.iud
