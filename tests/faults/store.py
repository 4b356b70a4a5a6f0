"""Reaching behind the product: only to do damage, never to check what it says."""

import os
import sqlite3
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from harness.postgres import find_bin
from harness.server import Snodo

DAMAGE = ("update journal set outcome = 'OK ' where (segment_id, seq) = "
          "(select segment_id, seq from journal order by segment_id, seq limit 1)")


def sqlite_file(server: Snodo) -> Path:
    """The database file of an installation on SQLite."""
    for path in server.data.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                if file.read(15) == b"SQLite format 3":
                    return path
    raise AssertionError(f"no SQLite file in {server.data}")


def change_journal(server: Snodo) -> None:
    """Changes one entry of the journal, as somebody with access to the store could."""
    if server.database_url is None:
        store = sqlite3.connect(sqlite_file(server), timeout=10)
        with store:
            assert store.execute(DAMAGE).rowcount == 1
        store.close()
        return
    url = urlsplit(server.database_url)
    subprocess.run(
        [find_bin() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", url.hostname, "-p", str(url.port),
         "-U", url.username, "-d", url.path.lstrip("/"), "-c", DAMAGE],
        check=True, env={**os.environ, "PGPASSWORD": url.password}, timeout=30)
