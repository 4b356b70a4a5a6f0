"""One server for a suite and a database; every test makes its own identifiers."""

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.paths import WORK, binary  # noqa: E402
from harness.postgres import Cluster, find_bin  # noqa: E402
from harness.server import Snodo  # noqa: E402
from harness.world import World  # noqa: E402


def pytest_addoption(parser):
    """Options of the suites; `tests/run` passes them on."""
    parser.addoption("--db", choices=("sqlite", "postgres"), default="sqlite", help="database engine under the product")
    parser.addoption("--fault-cycles", type=int, default=50, help="kill -9 cycles of tests/faults")


def pytest_collection_modifyitems(config, items):
    """Tests of the other engine are left out; tests that move the clock go last in their suite."""
    engine = config.getoption("--db")
    other = [item for item in items if any(mark.args[0] != engine for mark in item.iter_markers("engine"))]
    if other:
        config.hook.pytest_deselected(items=other)
        items[:] = [item for item in items if item not in other]
    items.sort(key=lambda item: item.get_closest_marker("moves_clock") is not None)


def pytest_configure(config):
    """Markers."""
    config.addinivalue_line("markers", "engine(name): concerns only `sqlite` or only `postgres`")
    config.addinivalue_line("markers", "moves_clock: moves the clock of the sandbox; runs after the others")


@pytest.fixture(scope="session")
def engine(request) -> str:
    """`sqlite` or `postgres`."""
    return request.config.getoption("--db")


@pytest.fixture(scope="session")
def home(request, engine) -> Path:
    """Directory of this run: data, logs, screenshots. Emptied at the start."""
    suite = Path(str(request.config.args[0])).resolve()
    name = (suite.parent if suite.is_file() else suite).name
    made = WORK / f"{name}-{engine}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    return made


@pytest.fixture(scope="session")
def cluster(engine):
    """The PostgreSQL cluster of this run; None on SQLite."""
    if engine == "sqlite":
        yield None
        return
    if find_bin() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    made = Cluster().create()
    yield made
    made.destroy()


@pytest.fixture(scope="session")
def make_server(home, cluster):
    """Makes further installations, each with its own directory and database."""
    made: list[Snodo] = []

    def make(name: str, **kw) -> Snodo:
        if not os.access(binary(), os.X_OK):
            pytest.exit(f"{binary()} does not exist: cargo build --release", returncode=3)
        directory = home / name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        server = Snodo(directory, cluster.database(f"snodo_{name}") if cluster else None, **kw)
        made.append(server)
        return server

    yield make
    for server in made:
        if server.running:
            server.kill()


@pytest.fixture(scope="session")
def snodo(make_server):
    """The server of the suite."""
    server = make_server("main").start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def world(snodo) -> World:
    """What is seeded in it."""
    return World(snodo)


@pytest.fixture(scope="session")
def control(world):
    """The controls of the simulated nation."""
    return world.control


@pytest.fixture(scope="session")
def node(world):
    """The national node, by hand."""
    return world.node


@pytest.fixture
def sil(world):
    """The client of the first ente."""
    return world.sil()
