"""The store goes away under load: locked, full, stopped. 503 with Retry-After, nothing lost, recovers by itself."""

import contextlib
import os
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from harness.load import Load, audit
from harness.net import wait_for
from harness.server import Snodo
from harness.sil import assert_ok
from harness.world import World

from .store import sqlite_file


@pytest.fixture
def server(make_server, request):
    """A fresh installation for each test."""
    made = make_server(request.node.name.split("[")[0].removeprefix("test_")).start()
    yield made
    if made.running:
        made.stop()


@pytest.fixture
def on_sqlite(engine):
    """Collected only with --db sqlite (see pytest_collection_modifyitems in conftest)."""
    assert engine == "sqlite"


@pytest.fixture
def on_postgres(engine, cluster):
    """Collected only with --db postgres."""
    assert engine == "postgres"
    return cluster


@pytest.mark.engine("postgres")
@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_postgres_stops_during_load(on_postgres, server, mode):
    """Crash or orderly stop of PostgreSQL: not ready, still alive, 503, then everything goes on."""
    world = World(server)
    load = Load(world, threads=6).start()
    time.sleep(0.7)
    on_postgres.stop(mode)
    try:
        time.sleep(1.5)
        assert server.get("/health/live").status_code == 200
        wait_for("not ready", lambda: server.get("/health/ready").status_code == 503, 15)
        seen = load.ledger.refused
        time.sleep(2)
        assert load.ledger.refused > seen, "calls are answered with 503 while the store is away"
    finally:
        on_postgres.start()
    wait_for("ready again", lambda: server.get("/health/ready").status_code == 200, 30)
    before = len(load.ledger.receipts)
    wait_for("payments again", lambda: len(load.ledger.receipts) > before + 5, 30)
    audit(world, load.stop())
    server.verify_journal()


@pytest.mark.engine("postgres")
def test_postgres_connections_are_cut(on_postgres, server):
    """An administrator ends every connection, again and again: retried or answered honestly."""
    world = World(server)
    load = Load(world, threads=4).start()
    for _ in range(10):
        time.sleep(0.2)
        on_postgres.sql("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                        "where pid <> pg_backend_pid() and datname like 'snodo%'")
    time.sleep(0.5)
    ledger = load.stop()
    assert ledger.receipts
    audit(world, ledger)
    server.verify_journal()


@pytest.mark.engine("postgres")
def test_start_without_postgres(on_postgres, server):
    """With the store away it does not pretend: exits saying why, or waits not ready; with the store back it serves."""
    server.stop()
    on_postgres.stop()
    try:
        with pytest.raises(AssertionError):
            server.start(seconds=3)
        assert server.tail()
        server.kill()
    finally:
        on_postgres.start()
    server.start()
    World(server).notice()


@pytest.mark.engine("sqlite")
def test_sqlite_locked_by_another_process(on_sqlite, server):
    """Somebody holds the write lock: 503 within bounds, reading goes on, and then all is as before."""
    world = World(server)
    iuv, notice, _ = world.notice()
    document = world.versamento()
    other = sqlite3.connect(sqlite_file(server), isolation_level=None, timeout=10)
    other.execute("begin immediate")
    try:
        begun = time.monotonic()
        answer = world.sil().importa(document.xml())
        took = time.monotonic() - begun
        assert answer.status == 503, f"{answer.status}: {answer.text}"
        assert answer.headers.get("Retry-After"), answer.headers
        assert took < 20, took
        assert server.get("/health/live").status_code == 200
    finally:
        other.execute("rollback")
        other.close()
    wait_for("writes again", lambda: world.sil().importa(document.xml()).value("esito") == "OK", 20)
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"
    world.control.pay(notice, world.ente.fiscal_code)
    server.verify_journal()


@pytest.mark.engine("sqlite")
def test_sqlite_locked_for_moments_during_load(on_sqlite, server):
    """Short locks (a backup, a shell) are waited for, or refused honestly."""
    world = World(server)
    load = Load(world, threads=4).start()
    other = sqlite3.connect(sqlite_file(server), isolation_level=None, timeout=10)
    for _ in range(8):
        time.sleep(0.1)
        other.execute("begin immediate")
        time.sleep(0.15)
        other.execute("rollback")
    other.close()
    ledger = load.stop()
    assert ledger.receipts
    audit(world, ledger)
    server.verify_journal()


@contextlib.contextmanager
def small_disk(directory: Path, megabytes: int):
    """A file system of that size at the directory: tmpfs, for which one must be root."""
    directory.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", directory],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here ({done.stderr.strip() or 'mount failed'})")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", directory], check=False)


@pytest.mark.engine("sqlite")
def test_disk_full(on_sqlite, make_server):
    """No space left: honest refusals, nothing half written; with space again it goes on by itself."""
    if os.geteuid() != 0:
        pytest.skip("a small file system can be mounted by root only")
    server = make_server("disk_full")
    with small_disk(server.data, 48):
        server.start()
        try:
            world = World(server)
            world.notice()
            free = os.statvfs(server.data)
            filler = server.data / "filler"
            filler.write_bytes(b"\0" * (free.f_bavail * free.f_frsize - (1 << 20)))
            load = Load(world, threads=4).start()
            wait_for("refusals", lambda: load.ledger.refused > 20 or load.ledger.wrong, 120)
            assert server.get("/health/live").status_code == 200
            filler.unlink()
            before = len(load.ledger.receipts)
            wait_for("payments again", lambda: len(load.ledger.receipts) > before + 5 or load.ledger.wrong, 60)
            audit(world, load.stop())
            server.verify_journal()
        finally:
            server.kill()


@pytest.mark.engine("sqlite")
def test_second_process_on_the_same_directory(on_sqlite, server):
    """Two servers on one directory would be two clocks and two nations: the second says no, the first goes on."""
    second = Snodo(server.home)
    second.data = server.data
    try:
        second.start(seconds=5)
    except AssertionError:
        pass
    else:
        second.stop()
        pytest.fail("a second process served the same directory")
    finally:
        second.kill()
    assert_ok(World(server).sil().importa(World(server).versamento().xml()), "paaSILImportaDovuto")
