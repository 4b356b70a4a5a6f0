"""Broker, station, domain, probe, syntax: the checks before the position (pagopa.md §1.7), on every primitive."""

import itertools
import time

import pytest
from harness import xml
from harness.documents import fresh_iud
from harness.node import NS, ROOTS, Receipt, Transfer, assert_outcome
from harness.xml import tag

PROBE = "0" * 18
UNKNOWN = "3" + "01" + "99" * 7 + "9"
CALLS = ["verify", "activate", "activate_v1", "receipt", "receipt_v1", "demand"]


def call(world, name: str, domain: str, notice: str = UNKNOWN, **who):
    """Any primitive by its short name."""
    node = world.node
    if name == "verify":
        return node.verify(domain, notice, **who)
    if name.startswith("activate"):
        return node.activate(domain, notice, v2=name == "activate", **who)
    if name == "demand":
        return node.demand(domain, **who)
    receipt = Receipt(notice, domain, "1.00", [Transfer("1.00", domain)], receipt_id=fresh_iud("R"))
    return node.receipt(receipt, v2=name == "receipt", **who)


@pytest.mark.parametrize("name", CALLS)
def test_unknown_broker(world, name):
    """PAA_ID_INTERMEDIARIO_ERRATO."""
    assert_outcome(call(world, name, world.ente.fiscal_code, broker="99999999999"), "KO", "PAA_ID_INTERMEDIARIO_ERRATO")


@pytest.mark.parametrize("name", CALLS)
def test_unknown_station(world, name):
    """PAA_STAZIONE_INT_ERRATA."""
    assert_outcome(call(world, name, world.ente.fiscal_code, station=f"{world.node.broker}_99"), "KO", "PAA_STAZIONE_INT_ERRATA")


@pytest.mark.parametrize("name", CALLS)
def test_unknown_domain(world, name):
    """PAA_ID_DOMINIO_ERRATO."""
    assert_outcome(call(world, name, "99999999990"), "KO", "PAA_ID_DOMINIO_ERRATO")


@pytest.mark.parametrize("name", CALLS)
def test_order_broker_station_domain(world, name):
    """Intermediary, then station, then domain, then the notice."""
    wrong = {"broker": "99999999999", "station": "99999999999_99"}
    assert_outcome(call(world, name, "99999999990", **wrong), "KO", "PAA_ID_INTERMEDIARIO_ERRATO")
    assert_outcome(call(world, name, "99999999990", station=wrong["station"]), "KO", "PAA_STAZIONE_INT_ERRATA")
    assert_outcome(call(world, name, "99999999990", notice=PROBE), "KO", "PAA_ID_DOMINIO_ERRATO")


@pytest.mark.parametrize("name", ["verify", "activate", "activate_v1"])
def test_unknown_notice(world, name):
    """PAA_PAGAMENTO_SCONOSCIUTO, with the domain as emitter."""
    answer = call(world, name, world.ente.fiscal_code)
    assert_outcome(answer, "KO", "PAA_PAGAMENTO_SCONOSCIUTO")
    assert answer.value("fault/id") in (world.ente.fiscal_code, world.node.broker), answer.text


@pytest.mark.parametrize("name", ["verify", "activate"])
def test_foreign_notice(world, name):
    """A notice of the neighbour asked with our domain is unknown."""
    _, notice, _ = world.notice(ente=world.neighbour)
    assert_outcome(call(world, name, world.ente.fiscal_code, notice), "KO", "PAA_PAGAMENTO_SCONOSCIUTO")


def test_trap_15_probe_of_eighteen_zeros(world):
    """Answered with SCONOSCIUTO, and quickly: it brings the station back from stand-in (§1.8)."""
    begun = time.monotonic()
    for _ in range(20):
        assert_outcome(world.node.verify(world.ente.fiscal_code, PROBE), "KO", "PAA_PAGAMENTO_SCONOSCIUTO")
    assert time.monotonic() - begun < 2


def test_domain_and_qr_code_disagree(world):
    """idPA of one ente, qrCode of another: refused, whatever the fault of the caller is called."""
    _, notice, _ = world.notice()
    answer = world.node.send("paVerifyPaymentNoticeReq", world.node.who(world.neighbour.fiscal_code)
                             + world.node.qr(world.ente.fiscal_code, notice))
    assert_outcome(answer, "KO")
    assert answer.fault_code in ("PAA_SEMANTICA", "PAA_ID_DOMINIO_ERRATO", "PAA_PAGAMENTO_SCONOSCIUTO"), answer.text


SYNTAX = [
    ("no qrCode", lambda c: c[:c.index("<qrCode>")]),
    ("notice of 17 digits", lambda c: c.replace("</noticeNumber>", "</noticeNumber>").replace(UNKNOWN, UNKNOWN[:-1])),
    ("notice with a letter", lambda c: c.replace(UNKNOWN, UNKNOWN[:-1] + "A")),
    ("empty idPA", lambda c: "<idPA/>" + c[c.index("<idBrokerPA>"):]),
    ("wrong order", lambda c: c[c.index("<qrCode>"):] + c[:c.index("<qrCode>")]),
    ("repeated", lambda c: c + c[c.index("<qrCode>"):]),
    ("unknown element", lambda c: c + "<altro>1</altro>"),
    ("fiscal code of 10 digits", lambda c: c.replace("<fiscalCode>", "<fiscalCode>x")),
]


@pytest.mark.parametrize("root", ["paVerifyPaymentNoticeReq", "paGetPaymentReq", "paGetPaymentV2Request"])
@pytest.mark.parametrize("change", [c for _, c in SYNTAX], ids=[n for n, _ in SYNTAX])
def test_requests_against_the_schema(world, root, change):
    """PAA_SINTASSI_EXTRAXSD in the normal response element, HTTP 200; the description says what and where."""
    children = world.node.who(world.ente.fiscal_code) + world.node.qr(world.ente.fiscal_code, UNKNOWN)
    answer = world.node.send(root, change(children))
    assert_outcome(answer, "KO", "PAA_SINTASSI_EXTRAXSD")
    assert answer.value("fault/description") or len(answer.fault_string) > 10, answer.text


@pytest.mark.parametrize("change", [
    lambda r: r.replace("<idTransfer>1<", "<idTransfer>6<"),
    lambda r: r.replace("<paymentAmount>1.00<", "<paymentAmount>1,00<"),
    lambda r: r.replace("<paymentAmount>1.00<", "<paymentAmount>1.0<"),
    lambda r: r.replace("<paymentAmount>1.00<", "<paymentAmount>-1.00<"),
    lambda r: r.replace("<outcome>OK<", "<outcome>FORSE<"),
    lambda r: r[:r.index("<transferList>")] + r[r.index("<idPSP>"):],
    lambda r: r.replace("<PSPCompanyName>", "<pspCompanyName>").replace("</PSPCompanyName>", "</pspCompanyName>"),
    lambda r: r.replace("<paymentDateTime>", "<paymentDateTime>ieri "),
    lambda r: r.replace("<receiptId>", "<receiptIdX>").replace("</receiptId>", "</receiptIdX>"),
], ids=["transfer 6", "comma", "one decimal", "negative", "outcome", "no transfers", "pspCompanyName", "date", "no id"])
def test_receipts_against_the_schema(world, change):
    """A receipt that is none is not stored: sent right afterwards it is new."""
    receipt = Receipt(UNKNOWN, world.ente.fiscal_code, "1.00", [Transfer("1.00", world.ente.fiscal_code)])
    children = world.node.who(world.ente.fiscal_code) + receipt.xml()
    assert_outcome(world.node.send("paSendRTV2Request", change(children)), "KO", "PAA_SINTASSI_EXTRAXSD")
    assert_outcome(world.node.receipt(receipt), "OK")


def test_trap_1_qualified_children(world):
    """A default xmlns on the root qualifies the children: syntax (§1.1)."""
    children = world.node.who(world.ente.fiscal_code) + world.node.qr(world.ente.fiscal_code, UNKNOWN)
    body = xml.envelope(f'<paVerifyPaymentNoticeReq xmlns="{NS}">{children}</paVerifyPaymentNoticeReq>')
    assert_outcome(xml.post(world.node.url, body, "paVerifyPaymentNotice"), "KO", "PAA_SINTASSI_EXTRAXSD")


def test_trap_4_root_names(world, schema):
    """Two naming styles; a root of the other style is no operation."""
    children = world.node.who(world.ente.fiscal_code) + world.node.qr(world.ente.fiscal_code, UNKNOWN)
    for wrong in ("paVerifyPaymentNoticeRequest", "paGetPaymentV2Req", "paGetPayment", "paDemandPaymentNoticeReq"):
        answer = xml.post(world.node.url, xml.envelope(f"<p:{wrong}>{children}</p:{wrong}>", "", f' xmlns:p="{NS}"'), wrong)
        assert answer.is_soap_fault or answer.status == 404, answer.text
    assert len({response for response, _ in ROOTS.values()}) == 6


@pytest.mark.parametrize("body", [
    "", "non è xml", "<a", '<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>', "<x>" * 65 + "</x>" * 65,
], ids=["empty", "text", "cut", "DTD", "nesting"])
def test_unparseable(world, body):
    """A SOAP Fault of the client, or the syntax fault."""
    answer = xml.post(world.node.url, body, "paVerifyPaymentNotice")
    if answer.status == 200:
        assert answer.fault_code == "PAA_SINTASSI_EXTRAXSD", answer.text
    else:
        assert answer.status in (400, 500) and answer.is_soap_fault, f"{answer.status}: {answer.text}"


def test_any_soapaction(world):
    """Dispatch is by the root of the body."""
    _, notice, _ = world.notice()
    children = world.node.who(world.ente.fiscal_code) + world.node.qr(world.ente.fiscal_code, notice)
    for action in ("", "paSendRT"):
        assert_outcome(world.node.send("paVerifyPaymentNoticeReq", children, action=action), "OK")


def test_demand_is_answered(world):
    """No catalogue service here: a fault of the allowed list (§1.6, §1.7)."""
    answer = world.node.demand(world.ente.fiscal_code, service="ZZZZZ")
    assert_outcome(answer, "KO")
    assert answer.fault_code in ("PAA_SEMANTICA", "PAA_SYSTEM_ERROR", "PAA_PAGAMENTO_SCONOSCIUTO"), answer.text
    children = world.node.who(world.ente.fiscal_code) + tag("idServizio", "1") + tag("idSoggettoServizio", "00001")
    broken = world.node.send("paDemandPaymentNoticeRequest", children)
    assert broken.fault_code in ("PAA_SINTASSI_EXTRAXSD", "PAA_SINTASSI_XSD"), broken.text


def test_allowed_faults_only(world):
    """Each primitive answers only faults of its row (§1.7): no receipt fault at a verify, no IN_CORSO at all."""
    seen = {call(world, name, domain, notice).fault_code for name, domain, notice in itertools.product(
        ["verify", "activate"], [world.ente.fiscal_code, "99999999990"], [UNKNOWN, PROBE])}
    assert seen <= {"PAA_ID_DOMINIO_ERRATO", "PAA_PAGAMENTO_SCONOSCIUTO"}, seen
