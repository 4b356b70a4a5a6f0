"""The controls of the simulated nation: PSPs, clock, inbox of the listening SIL."""

import datetime
import re

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
        text = re.sub(r"(\.\d{6})\d+", r"\1", answer.json()["now"])
        return datetime.datetime.fromisoformat(text)

    def today(self) -> datetime.date:
        """The Italian date of the product."""
        answer = self.session.get(f"{self.base}/sandbox/clock", timeout=10)
        return datetime.date.fromisoformat(answer.json()["today"])

    def advance(self, duration: str) -> None:
        """Moves the clock forward by an ISO 8601 duration."""
        answer = self.session.post(f"{self.base}/sandbox/clock", json={"advance": duration}, timeout=30)
        assert answer.status_code == 200, f"{answer.status_code}: {answer.text}"

    def registry(self) -> dict:
        """What the simulated nation knows of us: broker, stations, attachments."""
        answer = self.session.get(f"{self.base}/sandbox/node/registry", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def inbox(self) -> list[dict]:
        """What was pushed to the listening SIL."""
        answer = self.session.get(f"{self.base}/sandbox/sil/inbox", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def clear_inbox(self) -> None:
        """Empties it."""
        assert self.session.delete(f"{self.base}/sandbox/sil/inbox", timeout=10).status_code in (200, 204)

