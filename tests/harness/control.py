"""The controls of the simulated nation: PSPs, clock, inbox of the listening SIL."""

import datetime
import re
from collections.abc import Iterator

import requests


class Control:
    """JSON controls under `/sandbox`, with the bearer token of `sandbox.json`."""

    def __init__(self, base: str, token: str):
        self.base = base
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def pay(self, notice: str, fiscal_code: str, outcome: str = "OK", **more) -> dict:
        """A PSP of the simulator verifies, activates and pays a notice."""
        body = {"noticeNumber": notice, "fiscalCode": fiscal_code, "outcome": outcome, **more}
        answer = self.session.post(f"{self.base}/sandbox/psp/pay", json=body, timeout=60)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"
        return answer.json()

    def now(self) -> datetime.datetime:
        """The time of the product."""
        answer = self.session.get(f"{self.base}/sandbox/clock", timeout=10)
        assert answer.status_code == 200, answer.text
        found = next(_instants(answer.json()), None)
        assert found is not None, f"no instant in {answer.text}"
        return found

    def today(self) -> datetime.date:
        """The Italian date of the product."""
        from zoneinfo import ZoneInfo

        return self.now().astimezone(ZoneInfo("Europe/Rome")).date()

    def advance(self, duration: str) -> None:
        """Moves the clock forward by an ISO 8601 duration."""
        answer = self.session.post(f"{self.base}/sandbox/clock", json={"advance": duration}, timeout=30)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"

    def inbox(self) -> list[dict]:
        """What was pushed to the listening SIL."""
        answer = self.session.get(f"{self.base}/sandbox/sil/inbox", timeout=10)
        assert answer.status_code == 200, answer.text
        content = answer.json()
        return content if isinstance(content, list) else next(v for v in content.values() if isinstance(v, list))

    def clear_inbox(self) -> None:
        """Empties it."""
        assert self.session.delete(f"{self.base}/sandbox/sil/inbox", timeout=10).status_code in (200, 204)


def _instants(value: object) -> Iterator[datetime.datetime]:
    """The instants in a JSON value, a field called `now` first."""
    if isinstance(value, dict):
        for _, item in sorted(value.items(), key=lambda pair: pair[0] != "now"):
            yield from _instants(item)
    elif isinstance(value, str):
        text = re.sub(r"\[[^]]*\]$", "", value)
        text = re.sub(r"(\.\d{6})\d+", r"\1", text)
        try:
            found = datetime.datetime.fromisoformat(text)
        except ValueError:
            return
        if found.tzinfo is not None:
            yield found
