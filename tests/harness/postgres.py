"""A private PostgreSQL cluster on loopback, thrown away after the run."""

import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from .net import free_port, wait_for
from .paths import WORK


def find_bin() -> Path | None:
    """The directory with initdb and postgres: Debian's newest version, or what PATH knows."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    if found and (Path(found).resolve().parent / "postgres").exists():
        return Path(found).resolve().parent
    return None


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: the account to run it as, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
            return name
        except KeyError:
            continue
    raise RuntimeError("root cannot run PostgreSQL and there is neither a postgres nor a nobody account")


class Cluster:
    """initdb, start, stop; `url(database)` for the product."""

    def __init__(self, name: str = "main"):
        found = find_bin()
        if found is None:
            raise RuntimeError("PostgreSQL is not installed (Debian: apt-get install postgresql)")
        self.bin = found
        self.account = _unprivileged()
        self.port = free_port()
        self.password = secrets.token_urlsafe(12)
        self.home = self._home(name)
        self.data = self.home / "data"
        self.log = self.home / "postgres.log"
        self._server: subprocess.Popen[bytes] | None = None

    def _home(self, name: str) -> Path:
        """Under target/, unless the unprivileged account cannot enter it (a home directory of root)."""
        home = WORK / "postgres" / f"{name}-{os.getpid()}"
        home.mkdir(parents=True, exist_ok=True)
        if self.account is None:
            return home
        if subprocess.run([*self._as_account(), "test", "-x", str(home)], check=False).returncode != 0:
            shutil.rmtree(home, ignore_errors=True)
            home = Path(tempfile.mkdtemp(prefix="snodo-postgres-"))
        shutil.chown(home, self.account)
        return home

    def _as_account(self) -> list[str]:
        return ["runuser", "-u", self.account, "--"] if self.account else []

    def _run(self, *command: str | Path) -> str:
        done = subprocess.run(
            [*self._as_account(), *map(str, command)],
            check=False, capture_output=True, text=True, cwd=self.home, timeout=120,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stderr or done.stdout}")
        return done.stdout

    def create(self) -> "Cluster":
        """Makes the cluster and starts it."""
        secret = self.home / "password"
        secret.write_text(self.password)
        if self.account:
            shutil.chown(secret, self.account)
        self._run(self.bin / "initdb", "-D", self.data, "-U", "snodo", "-A", "scram-sha-256",
                  "--pwfile", secret, "-E", "UTF8", "--locale", "C")
        # The machine is not switched off in these tests: what a killed process leaves behind survives
        # without fsync, and the suites measure behaviour, not disks.
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(
                f"listen_addresses='127.0.0.1'\nport={self.port}\nunix_socket_directories=''\n"
                "fsync=off\nfull_page_writes=off\nmax_connections=200\nlog_min_messages=warning\n"
            )
        return self.start()

    def start(self) -> "Cluster":
        """Starts the server and waits until it answers."""
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [*self._as_account(), str(self.bin / "postgres"), "-D", str(self.data)],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.home,
            )
        wait_for("PostgreSQL", self.ready, 60)
        return self

    def ready(self) -> bool:
        """Whether it takes connections."""
        return subprocess.run(
            [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "snodo", "-d", "postgres"],
            check=False,
        ).returncode == 0

    def stop(self, mode: str = "fast") -> None:
        """Stops it: `fast` finishes, `immediate` is a crash."""
        if self._server is None:
            return
        self._run(self.bin / "pg_ctl", "-D", self.data, "-m", mode, "-w", "-t", "60", "stop")
        self._server.wait(30)
        self._server = None

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement, for the harness itself (databases, locks); never to look behind the product."""
        done = subprocess.run(
            [self.bin / "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1",
             "-p", str(self.port), "-U", "snodo", "-d", database, "-c", statement],
            check=False, capture_output=True, text=True, timeout=60, env={**os.environ, "PGPASSWORD": self.password},
        )
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def database(self, name: str) -> str:
        """Makes an empty database and returns its address."""
        name = re.sub(r"[^a-z0-9_]", "_", name.lower())
        self.sql(f"drop database if exists {name} with (force)")
        self.sql(f"create database {name}")
        return self.url(name)

    def url(self, database: str) -> str:
        """The address for SNODO_DATABASE_URL."""
        return f"postgres://snodo:{self.password}@127.0.0.1:{self.port}/{database}"

    def destroy(self) -> None:
        """Stops it and removes its files."""
        try:
            self.stop("immediate")
        except (RuntimeError, subprocess.TimeoutExpired):
            if self._server is not None:
                self._server.kill()
        shutil.rmtree(self.home, ignore_errors=True)
