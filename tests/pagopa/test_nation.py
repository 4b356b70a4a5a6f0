"""The simulated nation itself: it is strict, it serialises, it reports what it did."""

import concurrent.futures

import pytest
import requests
from harness.sil import pagati, text


def test_every_call_is_reported(world):
    """Operation, milliseconds, outcome of each call, and the receiptId."""
    _, notice, _ = world.notice()
    result = world.control.pay(notice, world.ente.fiscal_code)
    assert len(result["receiptId"]) <= 35
    for call in result["calls"]:
        assert call["operation"].startswith("pa") and call["outcome"] in ("OK", "KO"), call
        assert call["milliseconds"] >= 0, call


def test_unknown_notice_at_a_psp(world):
    """The PSP sees the fault of the ente."""
    result = world.control.pay("3" + world.own_iuv(), world.ente.fiscal_code)
    assert "PAA_PAGAMENTO_SCONOSCIUTO" in str(result)
    assert not result.get("receiptId")


def test_the_same_notice_at_many_counters(world):
    """The node serialises activations: many PSPs at once, one payment."""
    iuv, notice, _ = world.notice()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: world.control.pay(notice, world.ente.fiscal_code), range(8)))
    paid = {r["receiptId"] for r in results if r.get("receiptId")}
    assert len(paid) == 1, results
    seen = text(pagati(world.sil().chiedi_ricevuta(iuv=iuv)), "datiPagamento/datiSingoloPagamento/identificativoUnivocoRiscossione")
    assert {seen} == paid


@pytest.mark.parametrize("body,field", [
    ({}, "noticeNumber"), ({"noticeNumber": "1", "fiscalCode": "80061122331", "outcome": "OK"}, "noticeNumber"),
    ({"noticeNumber": "3" * 18, "fiscalCode": "80061122331", "outcome": "FORSE"}, "ABANDON"),
], ids=["empty", "notice", "outcome"])
def test_controls_say_what_is_wrong(world, body, field):
    """Bad requests name the field, or what it may be."""
    answer = world.control.session.post(f"{world.base}/sandbox/psp/pay", json=body, timeout=10)
    assert answer.status_code in (400, 422) and field in answer.text, f"{answer.status_code}: {answer.text}"


def test_no_violation_of_the_contract_so_far(world):
    """The nation reports every answer of ours that breaks the contract; nothing in this suite did."""
    answer = world.control.session.get(f"{world.base}/sandbox/node/violations", timeout=10)
    assert answer.status_code == 200, answer.text
    assert answer.json() == [], answer.text


def test_openapi_of_the_controls(world):
    """Described in OpenAPI."""
    answer = requests.get(world.base + "/sandbox/openapi.json", timeout=10)
    assert answer.status_code == 200, answer.text
    assert {"/sandbox/psp/pay", "/sandbox/clock", "/sandbox/sil/inbox"} <= set(answer.json()["paths"])


def test_clock_only_goes_forward(world):
    """A duration backwards, or no duration, is refused with a reason."""
    for wrong in ("-PT1H", "ieri", "", "P1M2"):
        answer = world.control.session.post(f"{world.base}/sandbox/clock", json={"advance": wrong}, timeout=10)
        assert answer.status_code in (400, 422), f"{wrong}: {answer.status_code} {answer.text}"
