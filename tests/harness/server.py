"""The real binary as a process: start, stop, kill, start again on the same data."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import requests

from .net import free_port, wait_for
from .paths import binary


class Snodo:
    """One `snodo sandbox` process on its own port and directory."""

    def __init__(self, home: Path, database_url: str | None = None, env: dict[str, str] | None = None):
        self.home = home
        self.data = home / "data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.database_url = database_url
        self.log = home / "snodo.log"
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        """The environment of the process: ours, without settings of the product that happen to be there."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("SNODO_")}
        env.update(self._env)
        if self.database_url:
            env["SNODO_DATABASE_URL"] = self.database_url
        return env

    def start(self, seconds: float = 60.0, preexec=None) -> "Snodo":
        """Starts it and waits for `/health/ready`."""
        command = [str(binary()), "sandbox", "--listen", f"127.0.0.1:{self.port}", "--data-dir", str(self.data)]
        with self.log.open("ab") as log:
            log.write(f"\n--- {' '.join(command)}\n".encode())
            log.flush()
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=self.environment(), cwd=self.home, start_new_session=True, preexec_fn=preexec,
            )
        wait_for(f"{command[0]} ready (log: {self.log})", self._ready, seconds, 0.02)
        return self

    def _ready(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError(f"exited with {self._process.returncode}: {self.tail()}")
        return self.get("/health/ready", timeout=2).status_code == 200

    def tail(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM, and waits; returns the exit status."""
        return self._end(signal.SIGTERM, seconds)

    def _end(self, sig: signal.Signals, seconds: float = 10.0) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(sig)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
            raise AssertionError(f"did not stop within {seconds:g} s of {sig.name}: {self.tail()}") from None

    @property
    def info(self) -> dict:
        """`sandbox.json`: addresses and credentials for programs."""
        return json.loads((self.data / "sandbox.json").read_text())

    def get(self, path: str, **kw) -> requests.Response:
        """GET of a path below the base address."""
        kw.setdefault("timeout", 30)
        kw.setdefault("allow_redirects", False)
        return requests.get(self.base + path, **kw)

    def cli(self, *arguments: str, stdin: str = "", seconds: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Another command of the same binary on the same data."""
        return subprocess.run(
            [str(binary()), *arguments, "--data-dir", str(self.data)], input=stdin,
            env=self.environment(), cwd=self.home, capture_output=True, text=True, timeout=seconds, check=False,
        )

    def admin(self, *arguments: str, stdin: str = "") -> str:
        """`snodo admin …`, which must succeed."""
        done = self.cli("admin", *arguments, stdin=stdin)
        assert done.returncode == 0, f"admin {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def verify_journal(self) -> str:
        """`snodo journal verify`; fails the test when the chain does not hold."""
        done = self.cli("journal", "verify")
        assert done.returncode == 0, f"journal verify: {done.stdout}\n{done.stderr}"
        return done.stdout

    def metric(self, name: str) -> float:
        """Sum of a metric over its labels."""
        text = self.get("/metrics").text
        found = re.findall(rf"^{re.escape(name)}(?:\{{[^}}]*\}})? ([0-9.eE+-]+)$", text, re.MULTILINE)
        return sum(float(value) for value in found)

    def wait_port_closed(self) -> None:
        """Until nothing answers on the port any more (after a kill)."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                self.get("/health/live", timeout=0.5)
            except requests.RequestException:
                return
            time.sleep(0.02)
