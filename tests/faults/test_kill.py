"""kill -9 at random instants: what was acknowledged is there exactly once, what was in flight has one answer."""

import random
import time

import pytest
from harness.load import Load, audit
from harness.sil import assert_ok
from harness.world import World

from .store import change_journal


@pytest.fixture(scope="module")
def house(make_server):
    """An installation of its own: it will be killed."""
    server = make_server("kill").start()
    yield server
    if server.running:
        server.stop()


def test_kill_during_payments(request, house, record_property):
    """Cycles of load, SIGKILL, restart, audit; the journal holds to the end."""
    cycles = request.config.getoption("--fault-cycles")
    seed = int(time.time())
    chance = random.Random(seed)
    imports = receipts = in_flight = 0
    for cycle in range(cycles):
        world = World(house)
        load = Load(world, threads=chance.choice((2, 4, 8)), seed=seed + cycle).start()
        time.sleep(chance.uniform(0.03, 0.5))
        house.kill()
        ledger = load.stop()
        house.start()
        try:
            audit(world, ledger)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, cycle {cycle + 1} of {cycles}: {error}") from None
        imports, receipts = imports + len(ledger.imports), receipts + len(ledger.receipts)
        in_flight += len(ledger.unsure_imports) + len(ledger.unsure_receipts)
        if cycle % 10 == 9:
            house.verify_journal()
            print(f"{cycle + 1} cycles: {imports} imports, {receipts} receipts, {in_flight} in flight", flush=True)
    house.verify_journal()
    record_property("receipts", receipts)
    assert receipts >= cycles, f"only {receipts} receipts in {cycles} cycles: the load did not load"


def test_kill_during_start(house):
    """Killed while it starts, again and again: it starts in the end and the journal holds."""
    world = World(house)
    iuv, _, _ = world.notice()
    house.kill()
    for wait in (0.0, 0.01, 0.03, 0.06, 0.1, 0.2):
        try:
            house.start(seconds=wait)
        except AssertionError:
            pass
        house.kill()
    house.start()
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"
    house.verify_journal()


def test_session_survives_a_kill(house):
    """A cart that was acknowledged can be paid after the crash."""
    from harness.web import Visit, pay

    world = World(house)
    answer = world.sil().invia_dovuti(world.dovuti().xml(), "https://sil.example.org/x")
    assert_ok(answer, "paaSILInviaDovuti")
    house.kill()
    house.start()
    session = answer.value("idSession")
    assert world.sil().chiedi_pagati(session).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"
    left = pay(Visit(world.base), answer.value("url"), world.card("SUCCESS"))
    assert left.query["esito"] == ["OK"]


def test_credentials_and_clock_survive(house):
    """Secrets are generated once; the clock does not run back."""
    before = house.info
    world = World(house)
    world.control.advance("PT3H")
    now = world.control.now()
    house.kill()
    house.start()
    assert house.info == before
    assert World(house).control.now() >= now


def test_graceful_stop_under_load(house):
    """SIGTERM finishes what was begun and exits with 0."""
    world = World(house)
    load = Load(world, threads=4).start()
    time.sleep(0.5)
    status = house.stop()
    ledger = load.stop()
    assert status == 0, f"exit status {status}: {house.tail()}"
    house.start()
    audit(world, ledger)
    house.verify_journal()


def test_journal_notices_a_change(house):
    """Verification fails when the store was changed behind its back."""
    house.verify_journal()
    house.stop()
    change_journal(house)
    done = house.cli("journal", "verify")
    assert done.returncode != 0, done.stdout
    assert done.stdout or done.stderr
