"""Free ports and patient waiting, loopback only."""

import socket
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, probe: Callable[[], T], seconds: float = 30.0, pause: float = 0.1) -> T:
    """Calls `probe` until it returns something true; what it raises counts as "not yet"."""
    end = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            value = probe()
            if value:
                return value
            last = value
        except Exception as error:  # noqa: BLE001 - any failure means "not yet"
            last = error
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:g} s (last: {last!r})")
        time.sleep(pause)
