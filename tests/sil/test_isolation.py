"""Tenants never see each other (design §4.6): every operation with another ente's identifiers."""

import pytest
from harness.sil import assert_ok
from harness.web import Visit


@pytest.fixture
def foreign(world):
    """A debt of the first ente, and the client of its neighbour."""
    iuv, notice, document = world.notice()
    return iuv, notice, document, world.sil(world.neighbour)


def test_lookups(world, foreign):
    """Sessions, IUV and IUD of another ente do not exist."""
    iuv, _, document, neighbour = foreign
    session = world.sil().invia_dovuti(world.dovuti().xml()).value("idSession")
    assert neighbour.chiedi_pagati(session).fault_code == "PAA_ID_SESSION_NON_VALIDO"
    assert neighbour.chiedi_ricevuta(session_id=session).fault_code == "PAA_ID_SESSION_NON_VALIDO"
    assert neighbour.chiedi_ricevuta(iuv=iuv).fault_code == "PAA_IUV_NON_VALIDO"
    assert neighbour.chiedi_ricevuta(iud=document.iud).fault_code == "PAA_IUD_NON_VALIDO"
    assert neighbour.verifica_avviso(iuv).fault_code == "PAA_IUV_NON_VALIDO"


def test_lookups_of_what_is_paid(world, foreign):
    """The same once it is paid."""
    iuv, notice, document, neighbour = foreign
    world.control.pay(notice, world.ente.fiscal_code)
    assert neighbour.chiedi_ricevuta(iuv=iuv).fault_code == "PAA_IUV_NON_VALIDO"
    assert neighbour.chiedi_ricevuta(iud=document.iud).fault_code == "PAA_IUD_NON_VALIDO"


@pytest.mark.parametrize("action", ["M", "A"])
def test_changes(world, foreign, action):
    """Another ente cannot change or cancel, and learns nothing."""
    iuv, _, document, neighbour = foreign
    own_type = world.type_of("plain", world.neighbour)
    answer = neighbour.importa(document.copy(action=action, iuv=iuv, type=own_type).xml(), True)
    assert answer.fault_code in ("PAA_SYSTEM_ERROR", "PAA_IUV_NON_VALIDO"), answer.text
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"


def test_print(world, foreign):
    """No notice of another ente's IUV."""
    iuv, _, document, neighbour = foreign
    own_type = world.type_of("plain", world.neighbour)
    answer = neighbour.importa(document.copy(action="S", iuv=iuv, type=own_type).xml(), None)
    assert answer.fault_code == "PAA_IUV_NON_VALIDO", answer.text
    assert answer.value("base64ZipAvviso") is None


def test_same_iud_in_two_enti(world, foreign):
    """The IUD of another ente is free here."""
    iuv, _, document, neighbour = foreign
    own = world.versamento(world.neighbour, iud=document.iud)
    answer = neighbour.importa(own.xml())
    assert_ok(answer, "paaSILImportaDovuto")
    assert answer.value("identificativoUnivocoVersamento") != iuv


def test_password_of_another_ente(world):
    """A right password of somebody else is wrong."""
    mixed = world.sil().as_ente(world.neighbour.ipa)
    assert mixed.chiedi_ricevuta(iud="X").fault_code == "PAA_ENTE_NON_VALIDO"
    assert world.sil(world.neighbour).chiedi_ricevuta(iud="X").fault_code == "PAA_IUD_NON_VALIDO"


def test_notice_page_wants_the_right_ente(world, foreign):
    """Number of one ente with another ente finds nothing, and does not say why."""
    _, notice, document, _ = foreign
    visit = Visit(world.base)
    page = visit.open("/paga/avviso")
    form = next(f for f in page.forms() if f.xpath(".//input[@name='avviso']"))
    typed = {"avviso": notice, "ente": world.neighbour.fiscal_code, "debitore": document.payer.code}
    page = visit.submit(page, form, typed)
    assert page.status == 404, page.status
    assert document.payer.name not in page.body and "75,50" not in page.body
    page = visit.submit(page, form, {**typed, "ente": world.ente.fiscal_code})
    assert page.status == 200 and "75,50" in page.text


@pytest.mark.parametrize("path", ["/sandbox/clock", "/sandbox/sil/inbox"])
def test_controls_need_the_token(world, path):
    """The controls of the sandbox are for the holder of the token."""
    import requests

    for headers in ({}, {"Authorization": "Bearer sbagliato"}):
        assert requests.get(world.base + path, headers=headers, timeout=10).status_code == 401
        assert requests.post(world.base + "/sandbox/psp/pay", json={}, headers=headers, timeout=10).status_code == 401
