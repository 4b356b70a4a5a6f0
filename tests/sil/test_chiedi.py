"""paaSILChiediPagati and paaSILChiediPagatiConRicevuta (mypay-soap.md §6.4, §6.5, §10): states, keys, documents."""

import datetime
import uuid

import pytest
from harness import xml
from harness.net import wait_for
from harness.sil import assert_fault, assert_ok, pagati, pay, text
from harness.web import Visit, cancel, pay_card, settle, to_checkout

from .catalogue import PAGATI, RICEVUTA, provokes

BACK = "https://sil.example.org/esito"


@pytest.fixture
def session(world, sil):
    """A fresh session and its landing link."""
    answer = sil.invia_dovuti(world.dovuti().xml(), BACK)
    return answer.value("idSession"), answer.value("url")


def both(sil, session_id):
    """The two operations with their answers."""
    return ((PAGATI, sil.chiedi_pagati(session_id)), (RICEVUTA, sil.chiedi_ricevuta(session_id=session_id)))


def assert_state(sil, session_id, code, message):
    """Both operations give the same state; there is no `esito`."""
    for operation, answer in both(sil, session_id):
        assert_fault(answer, operation, code, message, ente=sil.ipa, with_esito=False)
        assert answer.children() == ["fault"], answer.text


@provokes(PAGATI, "PAA_ENTE_NON_VALIDO")
@provokes(RICEVUTA, "PAA_ENTE_NON_VALIDO")
def test_authentication(world, sil, session):
    """Wrong password and unknown ente."""
    wrong = world.sil(world.third).as_ente(password="SBAGLIATA99")
    for operation, answer in both(wrong, session[0]):
        assert_fault(answer, operation, "PAA_ENTE_NON_VALIDO", f"Password non valida per ente [{world.third.ipa}]",
                     ente=world.third.ipa, with_esito=False)
    world.calm()
    unknown = sil.as_ente("C_NESSUNO")
    assert_fault(unknown.chiedi_ricevuta(session_id=session[0]), RICEVUTA, "PAA_ENTE_NON_VALIDO",
                 "codice IPA Ente [C_NESSUNO] non valido o password errata", with_esito=False)
    assert_fault(unknown.chiedi_pagati(session[0]), PAGATI, "PAA_ENTE_NON_VALIDO", with_esito=False)


def test_no_password(world, sil, session):
    """Passwords are always required (§21.2)."""
    for operation, answer in both(sil.as_ente(password=None), session[0]):
        assert_fault(answer, operation, "PAA_ENTE_NON_VALIDO", with_esito=False)
    for operation, answer in both(sil.as_ente(password=" "), session[0]):
        assert_fault(answer, operation, "PAA_ENTE_NON_VALIDO", with_esito=False)


def test_password_is_trimmed(sil, session):
    """Leading and trailing blanks do not count (§1.1)."""
    padded = sil.as_ente(password=f" {sil.password} ")
    assert padded.chiedi_pagati(session[0]).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"


@provokes(PAGATI, "PAA_PAGAMENTO_NON_INIZIATO", "PAA_PAGAMENTO_IN_CORSO")
@provokes(RICEVUTA, "PAA_PAGAMENTO_NON_INIZIATO", "PAA_PAGAMENTO_IN_CORSO")
def test_life_of_a_session(world, sil, session):
    """Before the redirect, while paying, paid."""
    session_id, url = session
    assert_state(sil, session_id, "PAA_PAGAMENTO_NON_INIZIATO",
                 f"Pagamento non iniziato per l'idSession specificato [{session_id}]")
    visit = Visit(world.base)
    checkout = to_checkout(visit, url)
    assert_state(sil, session_id, "PAA_PAGAMENTO_IN_CORSO", f"Pagamento in corso per idSession specificato [{session_id}]")
    settle(visit, pay_card(visit, checkout, world.card("SUCCESS")))
    wait_for("pagati", lambda: sil.chiedi_pagati(session_id).fault_code is None)
    for _, answer in both(sil, session_id):
        assert text(pagati(answer), "datiPagamento/codiceEsitoPagamento") == "0"


@provokes(PAGATI, "PAA_PAGAMENTO_ANNULLATO")
@provokes(RICEVUTA, "PAA_PAGAMENTO_ANNULLATO")
def test_cancelled(world, sil, session):
    """The payer gives up on the checkout (§21.2)."""
    session_id, url = session
    visit = Visit(world.base)
    left = cancel(visit, to_checkout(visit, url))
    assert left.outside and left.query["esito"] == ["ERROR"] and left.query["idSession"] == [session_id]
    assert_state(sil, session_id, "PAA_PAGAMENTO_ANNULLATO", f"Pagamento annullato per idSession specificato [{session_id}]")


def test_refused_card(world, sil, session):
    """The bank says no: the browser comes back with ERROR, nothing is paid."""
    session_id, url = session
    visit = Visit(world.base)
    left = settle(visit, pay_card(visit, to_checkout(visit, url), world.card("REFUSED")))
    assert left.outside and left.query["esito"] == ["ERROR"], left
    assert sil.chiedi_pagati(session_id).fault_code == "PAA_PAGAMENTO_ANNULLATO"


@provokes(PAGATI, "PAA_ID_SESSION_NON_VALIDO")
@provokes(RICEVUTA, "PAA_ID_SESSION_NON_VALIDO")
def test_unknown_and_foreign_sessions(world, sil, session):
    """Invented, and another ente's: the same answer (§21.2)."""
    invented = str(uuid.uuid4())[:24] + "ffffffffffff"
    assert_state(sil, invented, "PAA_ID_SESSION_NON_VALIDO", f"idSession [{invented}] non valido per l Ente specificato")
    neighbour = world.sil(world.neighbour)
    assert_state(neighbour, session[0], "PAA_ID_SESSION_NON_VALIDO",
                 f"idSession [{session[0]}] non valido per l Ente specificato")
    assert sil.chiedi_pagati(session[0]).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"


@provokes(PAGATI, "PAA_PAGAMENTO_SCADUTO")
@provokes(RICEVUTA, "PAA_PAGAMENTO_SCADUTO")
def test_invented_session_with_an_old_time(sil):
    """The time inside the id tells expired from never existed (§10.4)."""
    old = f"{str(uuid.uuid4())[:24]}{int('250307101530123'):x}"
    assert_state(sil, old, "PAA_PAGAMENTO_SCADUTO", f"Pagamento scaduto per l'idSession specificato [{old}]")


@pytest.mark.moves_clock
@provokes(PAGATI, "PAA_PAGAMENTO_SCADUTO")
def test_expired_session(world, sil, session):
    """An hour later the cart is gone: the link says so, the session is expired for ever (§10.4)."""
    session_id, url = session
    world.control.advance("PT1H10M")
    assert sil.chiedi_pagati(session_id).fault_code == "PAA_PAGAMENTO_SCADUTO"
    world.control.advance("PT1H")
    for _, answer in both(sil, session_id):
        assert answer.fault_code == "PAA_PAGAMENTO_SCADUTO", answer.text
    page = Visit(world.base).open(url)
    assert page.status == 400 and "Id not valid" in page.body, (page.status, page.body[:500])


@provokes(RICEVUTA, "PAA_SYSTEM_ERROR")
def test_exactly_one_key(world, sil):
    """None, or more than one (§6.5)."""
    many = ("Errore, è stato specificato più di un paramero tra idSession, identificativoUnivocoVersamento e "
            "identificativoUnivocoDovuto.")
    none = ("Nessun campo di input (idSession, identificativoUnivocoVersamento, identificativoUnivocoDovuto) "
            f"valorizzato per ente [ {world.ente.ipa} ].")
    for answer, description in ((sil.chiedi_ricevuta(), none), (sil.chiedi_ricevuta(" ", "", " "), none),
                                (sil.chiedi_ricevuta(iuv="1", iud="2"), many),
                                (sil.chiedi_ricevuta("s", "1", "2"), many)):
        assert_fault(answer, RICEVUTA, "PAA_SYSTEM_ERROR", "PAA SYSTEM ERROR", with_esito=False)
        assert answer.value("fault/description") == description, answer.text


@provokes(RICEVUTA, "PAA_IUV_NON_VALIDO", "PAA_IUD_NON_VALIDO")
def test_unknown_keys(world, sil):
    """Unknown, and cancelled."""
    assert_fault(sil.chiedi_ricevuta(iuv="01000000000099999"), RICEVUTA, "PAA_IUV_NON_VALIDO",
                 f"IUV non valido per ente [ {world.ente.ipa} ]", with_esito=False)
    assert_fault(sil.chiedi_ricevuta(iud="MAI-VISTO"), RICEVUTA, "PAA_IUD_NON_VALIDO",
                 f"IUD non valido per ente [ {world.ente.ipa} ].", with_esito=False)
    iuv, _, document = world.notice()
    assert_ok(sil.importa(document.copy(action="A", iuv=iuv).xml(), None), "paaSILImportaDovuto")
    assert sil.chiedi_ricevuta(iuv=iuv).fault_code == "PAA_IUV_NON_VALIDO"


@provokes(RICEVUTA, "PAA_PAGAMENTO_NON_INIZIATO")
def test_open_debt(world, sil):
    """By IUV and by IUD; mind the blanks in the brackets (§6.5)."""
    iuv, _, document = world.notice()
    ipa = world.ente.ipa
    assert_fault(sil.chiedi_ricevuta(iuv=iuv), RICEVUTA, "PAA_PAGAMENTO_NON_INIZIATO",
                 f"Pagamento non iniziato per ente [ {ipa} ], IUV [{iuv}]", with_esito=False)
    answer = sil.chiedi_ricevuta(iud=document.iud)
    assert_fault(answer, RICEVUTA, "PAA_PAGAMENTO_NON_INIZIATO", with_esito=False)
    assert answer.fault_string.startswith(f"Pagamento non iniziato per ente [ {ipa} ], IUD ["), answer.text


@pytest.mark.moves_clock
@provokes(RICEVUTA, "PAA_SYSTEM_ERROR")
def test_expired_debt(world, sil):
    """With a mandatory due date that passed: an odd code that clients know (§6.5 1a)."""
    due = (world.control.today() + datetime.timedelta(days=1)).isoformat()
    iuv, _, _ = world.notice(type=world.type_of("expiring"), due=due)
    world.control.advance("P3D")
    answer = sil.chiedi_ricevuta(iuv=iuv)
    assert_fault(answer, RICEVUTA, "PAA_SYSTEM_ERROR", with_esito=False)
    assert answer.value("fault/description") == f"Dovuto scaduto per ente [ {world.ente.ipa} ], IUV [ {iuv} ]"


def test_paid_notice_by_every_key(world, sil, schema):
    """The document validates, the amounts are right, `rt` is the receipt as it came."""
    iuv, notice, document = world.notice("75.50")
    paid = world.control.pay(notice, world.ente.fiscal_code)
    for answer in (sil.chiedi_ricevuta(iuv=iuv), sil.chiedi_ricevuta(iud=document.iud)):
        assert answer.children()[0] == "pagati" and answer.children()[-1] == "rt", answer.children()
        tree = pagati(answer)
        schema.assertValid(tree)
        assert tree.tag == pay("PagatiConRicevuta")
        assert text(tree, "dominio/identificativoDominio") == world.ente.fiscal_code
        assert text(tree, "datiPagamento/codiceEsitoPagamento") == "0"
        assert text(tree, "datiPagamento/importoTotalePagato") == "75.50"
        assert text(tree, "datiPagamento/identificativoUnivocoVersamento") == iuv
        single = tree.find(f"{pay('datiPagamento')}/{pay('datiSingoloPagamento')}")
        assert text(single, "identificativoUnivocoDovuto") == document.iud
        assert text(single, "singoloImportoPagato") == "75.50"
        assert text(single, "identificativoUnivocoRiscossione") == paid["receiptId"]
        assert text(single, "datiSpecificiRiscossione") == document.collection
        receipt = xml.parse(answer.bytes64("rt"))
        assert paid["receiptId"] in [e.text for e in receipt.iter() if e.tag == "receiptId"], "rt is the message as received"


def test_dates_of_pagati(world, sil):
    """Plain dates without offset, milliseconds and offset in the timestamp (§7.8)."""
    import re

    iuv, notice, _ = world.notice()
    world.control.pay(notice, world.ente.fiscal_code)
    tree = pagati(sil.chiedi_ricevuta(iuv=iuv))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", text(tree, "dataOraMessaggioRicevuta"))
    for path in ("riferimentoDataRichiesta", "datiPagamento/datiSingoloPagamento/dataEsitoSingoloPagamento"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", text(tree, path)), text(tree, path)


def test_receipt_twice_is_one_payment(world, sil):
    """The checkout card whose receipt arrives twice: pagati once, item once."""
    answer = sil.invia_dovuti(world.dovuti("3.00", "4.00").xml(), BACK)
    visit = Visit(world.base)
    settle(visit, pay_card(visit, to_checkout(visit, answer.value("url")), world.card("SUCCESS_TWICE")))
    session_id = answer.value("idSession")
    tree = pagati(wait_for("pagati", lambda: (a := sil.chiedi_pagati(session_id)).fault_code is None and a))
    singles = tree.findall(f"{pay('datiPagamento')}/{pay('datiSingoloPagamento')}")
    assert [text(s, "singoloImportoPagato") for s in singles] == ["3.00", "4.00"]
    assert text(tree, "datiPagamento/importoTotalePagato") == "7.00"
