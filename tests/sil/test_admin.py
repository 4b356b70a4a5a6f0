"""An ente registered from the command line collects like the seeded ones (snodo admin, then the public protocols)."""

import os

import pytest
from harness import codes
from harness.net import wait_for
from harness.sil import Sil, assert_ok, pagati, text
from harness.web import Visit, pay
from harness.world import Ente


@pytest.fixture(scope="module")
def newcomer(world) -> Ente:
    """A school with one type, no default back URL, known to the nation too."""
    ente = Ente("ISTSC_NUOVO", codes.vat("8004455667"), "Istituto comprensivo di prova", f"P{os.urandom(6).hex()}", {}, {})
    iban, station = codes.iban("99001", "02000", "000000900900"), world.node.station
    admin = world.server.admin
    admin("ente", "create", "--ipa", ente.ipa, "--fiscal-code", ente.fiscal_code, "--name", ente.name, "--status", "ESERCIZIO",
          "--station", station, "--segregation-code", "77", "--iban", iban)
    admin("tipo", "create", ente.ipa, "--code", "RETTA", "--description", "Retta scolastica", "--taxonomy", "9/0101008SP/")
    admin("credential", "create", ente.ipa, "--kind", "mypay", "--secret-stdin", stdin=ente.password)
    answer = world.control.session.put(
        f"{world.base}/sandbox/node/organizations/{ente.fiscal_code}", timeout=10,
        json={"fiscalCode": ente.fiscal_code, "name": ente.name, "ibans": [iban],
              "attachments": [{"stationId": station, "segregationCode": "77"}]})
    assert answer.status_code == 204, answer.text
    sil = Sil(world.base, ente.ipa, ente.password)
    wait_for("the new ente", lambda: sil.chiedi_ricevuta(iud="X").fault_code == "PAA_IUD_NON_VALIDO", 60)
    return ente


def test_notice(world, newcomer):
    """Its notice carries its segregation code and is paid."""
    sil = Sil(world.base, newcomer.ipa, newcomer.password)
    document = world.versamento(type="RETTA")
    iuv = sil.importa_ok(document.xml())
    assert iuv.startswith("7700")
    paid = world.control.pay("3" + iuv, newcomer.fiscal_code)
    assert paid["outcome"] == "OK", paid
    assert text(pagati(sil.chiedi_ricevuta(iuv=iuv)), "dominio/identificativoDominio") == newcomer.fiscal_code


def test_cart_without_any_back_url(world, newcomer):
    """No address of the request, none of the ente: our own outcome page (§11.2)."""
    sil = Sil(world.base, newcomer.ipa, newcomer.password)
    cart = world.dovuti()
    cart.items[0].type = "RETTA"
    answer = sil.invia_dovuti(cart.xml())
    assert_ok(answer, "paaSILInviaDovuti")
    page = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert page.status == 200 and page.url.startswith(f"{world.base}/esito/"), page.url


def test_type_switched_off(world, newcomer):
    """A type that is switched off takes no new debts within seconds; what exists stays payable."""
    sil = Sil(world.base, newcomer.ipa, newcomer.password)
    world.server.admin("tipo", "create", newcomer.ipa, "--code", "GITA", "--description", "Gita", "--taxonomy", "9/0101008SP/")
    probe = world.versamento(type="GITA")
    iuv = wait_for("the new type", lambda: sil.importa(probe.xml()).value("identificativoUnivocoVersamento"), 60)
    world.server.admin("tipo", "set", newcomer.ipa, "GITA", "--active", "false")
    code = "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO"
    wait_for("the type off", lambda: sil.importa(world.versamento(type="GITA").xml()).fault_code == code, 60)
    assert world.control.pay("3" + iuv, newcomer.fiscal_code)["outcome"] == "OK"


def test_password_replaced(world, newcomer):
    """The old password stops working."""
    fresh = f"N{os.urandom(6).hex()}"
    world.server.admin("credential", "create", newcomer.ipa, "--kind", "mypay", "--replace", "--secret-stdin", stdin=fresh)
    wait_for("the new password", lambda: Sil(world.base, newcomer.ipa, fresh).chiedi_ricevuta(iud="X").fault_code
             == "PAA_IUD_NON_VALIDO", 30)
    newcomer.password = fresh


@pytest.mark.parametrize("arguments", [
    ("ente", "create", "--ipa", "X_1", "--fiscal-code", "123", "--name", "x"),
    ("ente", "create", "--ipa", "X_1", "--fiscal-code", codes.vat("8004455668"), "--name", "x", "--station", "NESSUNA",
     "--segregation-code", "01"),
    ("tipo", "create", "NESSUNO", "--code", "A", "--description", "a", "--taxonomy", "9/0101008SP/"),
    ("tipo", "create", "C_Z901", "--code", "A", "--description", "a", "--taxonomy", "xyz"),
    ("credential", "create", "C_Z901", "--kind", "altro"),
], ids=["fiscal code", "station", "ente", "taxonomy", "kind"])
def test_wrong_arguments_are_explained(world, arguments):
    """Exit status other than 0, and what is wrong; never a panic."""
    done = world.server.cli("admin", *arguments)
    assert done.returncode not in (0, 101), done.stdout
    assert done.stderr.strip() and "panicked" not in done.stderr, done.stderr
