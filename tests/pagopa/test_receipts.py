"""paSendRT and paSendRTV2 (pagopa.md §1.5): a receipt is never refused for our own reasons, and never booked twice."""

import concurrent.futures

import pytest
from harness.documents import fresh_iud
from harness.node import Receipt, Transfer, assert_outcome, fresh_receipt_id
from harness.sil import assert_ok, pagati, text

VERSIONS = pytest.mark.parametrize("v2", [True, False], ids=["V2", "V1"])
UNKNOWN = "301998888888888888"


def total(world, iuv: str) -> str:
    """Amount paid, as the SIL sees it."""
    return text(pagati(world.sil().chiedi_ricevuta(iuv=iuv)), "datiPagamento/importoTotalePagato")


def receipt_id(world, iuv: str) -> str:
    """The receipt that the SIL sees."""
    return text(pagati(world.sil().chiedi_ricevuta(iuv=iuv)),
                "datiPagamento/datiSingoloPagamento/identificativoUnivocoRiscossione")


@VERSIONS
def test_receipt(world, v2):
    """Activated, paid: OK, and the SIL sees it."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    answer = world.node.receipt(receipt, v2=v2)
    assert_outcome(answer, "OK")
    assert answer.children() == ["outcome"]
    assert total(world, iuv) == "75.50" and receipt_id(world, iuv) == receipt.receipt_id


def test_versions_can_be_mixed(world):
    """Activation V1 and receipt V2, and the other way round (§1.4)."""
    for v2 in (True, False):
        iuv, notice, _ = world.notice()
        assert_outcome(world.node.activate(world.ente.fiscal_code, notice, v2=v2), "OK")
        assert_outcome(world.node.receipt(world.node.receipt_for(world.ente.fiscal_code, notice), v2=not v2), "OK")
        assert total(world, iuv) == "75.50"


@VERSIONS
def test_duplicate(world, v2):
    """Same EC, IUV, receiptId: PAA_RECEIPT_DUPLICATA, one payment."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    assert_outcome(world.node.receipt(receipt, v2=v2), "OK")
    for again in (v2, not v2):
        assert_outcome(world.node.receipt(receipt, v2=again), "KO", "PAA_RECEIPT_DUPLICATA")
    assert total(world, iuv) == "75.50"


def test_concurrent_duplicates(world):
    """Twenty copies at once: one OK, nineteen duplicates, one payment."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: world.node.receipt(receipt, ), range(20)))
    assert sorted(a.value("outcome") for a in answers) == ["KO"] * 19 + ["OK"], [a.text for a in answers]
    assert {a.fault_code for a in answers if a.value("outcome") == "KO"} == {"PAA_RECEIPT_DUPLICATA"}
    assert total(world, iuv) == "75.50"


def test_trap_7_receipt_without_activation(world):
    """Stand-in, broadcast, another station: nobody asked us before."""
    iuv, notice, _ = world.notice()
    receipt = Receipt(notice, world.ente.fiscal_code, "75.50", [Transfer("75.50", world.ente.fiscal_code)], stand_in=True)
    assert_outcome(world.node.receipt(receipt), "OK")
    assert receipt_id(world, iuv) == receipt.receipt_id


def test_trap_8_second_payment(world):
    """Another receiptId for a paid notice is a second payment: accepted, the first stays the SIL's answer."""
    iuv, notice, _ = world.notice()
    first = world.node.receipt_for(world.ente.fiscal_code, notice)
    second = world.node.receipt_for(world.ente.fiscal_code, notice)
    assert first.receipt_id != second.receipt_id
    assert_outcome(world.node.receipt(first), "OK")
    assert_outcome(world.node.receipt(second), "OK")
    assert_outcome(world.node.receipt(second), "KO", "PAA_RECEIPT_DUPLICATA")
    assert receipt_id(world, iuv) == first.receipt_id and total(world, iuv) == "75.50"


def test_concurrent_second_payments(world):
    """Two different receipts at once are two payments, one of them closes the position."""
    iuv, notice, _ = world.notice()
    receipts = [world.node.receipt_for(world.ente.fiscal_code, notice) for _ in range(5)]
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(world.node.receipt, receipts))
    assert [a.value("outcome") for a in answers] == ["OK"] * 5, [a.text for a in answers]
    assert receipt_id(world, iuv) in {r.receipt_id for r in receipts}


def test_trap_9_receipt_for_a_secondary_ente(world):
    """idPA is the secondary, receipt/fiscalCode stays the primary; the primary may be nobody we know."""
    stranger = "77777777777"
    shares = [Transfer("70.00", stranger), Transfer("5.50", world.neighbour.fiscal_code)]
    receipt = Receipt(UNKNOWN, stranger, "75.50", shares)
    assert_outcome(world.node.receipt(receipt, domain=world.neighbour.fiscal_code), "OK")
    assert_outcome(world.node.receipt(receipt, domain=world.neighbour.fiscal_code), "KO", "PAA_RECEIPT_DUPLICATA")


def test_broadcast_to_two_enti(world):
    """The same receipt goes to primary and secondary: each stores its own (§1.5 key: receiving EC)."""
    from harness import codes
    from harness.documents import Secondary

    secondary = Secondary(world.neighbour.fiscal_code, codes.iban(account="000000777777"), amount="10.00").xml()
    iuv = world.sil().importa_ok(world.versamento().xml(), [secondary])
    receipt = world.node.receipt_for(world.ente.fiscal_code, codes.nav_of(iuv))
    assert_outcome(world.node.receipt(receipt, domain=world.neighbour.fiscal_code), "OK")
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO", "the copy closes nothing here"
    assert_outcome(world.node.receipt(receipt), "OK")
    for domain in (world.ente.fiscal_code, world.neighbour.fiscal_code):
        assert_outcome(world.node.receipt(receipt, domain=domain), "KO", "PAA_RECEIPT_DUPLICATA")
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code is None
    assert world.sil(world.neighbour).chiedi_ricevuta(iuv=iuv).fault_code == "PAA_IUV_NON_VALIDO"


def test_unknown_notice(world):
    """A receipt for a notice nobody imported is stored and answered OK (design §4.4)."""
    receipt = Receipt("3" + world.own_iuv(), world.ente.fiscal_code, "12.00", [Transfer("12.00", world.ente.fiscal_code)])
    assert_outcome(world.node.receipt(receipt), "OK")
    assert_outcome(world.node.receipt(receipt), "KO", "PAA_RECEIPT_DUPLICATA")


def test_same_receipt_id_for_another_notice(world):
    """The key has the IUV in it: the same receiptId elsewhere is another receipt."""
    _, one, _ = world.notice()
    _, two, _ = world.notice()
    shared = fresh_receipt_id()
    for notice in (one, two):
        receipt = world.node.receipt_for(world.ente.fiscal_code, notice, receipt_id=shared)
        assert_outcome(world.node.receipt(receipt), "OK")


def test_other_amount(world):
    """Paid is what the receipt says; the difference is flagged, not refused."""
    iuv, notice, _ = world.notice("75.50")
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    receipt.amount = receipt.transfers[0].amount = "70.00"
    assert_outcome(world.node.receipt(receipt), "OK")
    assert total(world, iuv) == "70.00"


def test_inconsistent_content(world):
    """Another debtor, another number of transfers, a sum that does not hold: stored, accepted, flagged (§1.5)."""
    for change in (
        lambda r: setattr(r, "debtor", "BNCLRA85B41F205Y"),
        lambda r: r.transfers.append(Transfer("0.50", world.ente.fiscal_code)),
        lambda r: setattr(r, "amount", "80.00"),
        lambda r: setattr(r, "iuv", world.own_iuv()),
        lambda r: setattr(r, "description", "Altro"),
    ):
        _, notice, _ = world.notice()
        receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
        change(receipt)
        assert_outcome(world.node.receipt(receipt), "OK")
        assert_outcome(world.node.receipt(receipt), "KO", "PAA_RECEIPT_DUPLICATA")


def test_cancelled_notice(world):
    """Paid at a counter in the minute it was cancelled: the money is there, so is the receipt."""
    iuv, notice, document = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    assert_ok(world.sil().importa(document.copy(action="A", iuv=iuv).xml(), None), "paaSILImportaDovuto")
    assert_outcome(world.node.receipt(receipt), "OK")
    assert_outcome(world.node.receipt(receipt), "KO", "PAA_RECEIPT_DUPLICATA")


def test_modified_between_activation_and_receipt(world):
    """The payer paid the amount of the activation."""
    iuv, notice, document = world.notice("75.50")
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    assert_ok(world.sil().importa(document.copy(action="M", iuv=iuv, amount="90.00").xml(), False), "paaSILImportaDovuto")
    assert_outcome(world.node.receipt(receipt), "OK")
    assert total(world, iuv) == "75.50"


def test_outcome_ko(world):
    """No receipt is sent for failures, but the contract can carry one: it pays nothing."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice, outcome="KO")
    answer = world.node.receipt(receipt)
    assert answer.status == 200 and not answer.is_soap_fault
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"
    assert_outcome(world.node.activate(world.ente.fiscal_code, notice), "OK")


@pytest.mark.parametrize("length", [1, 35])
def test_receipt_ids_of_any_length(world, length):
    """1 to 35 characters in practice."""
    _, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice, receipt_id=fresh_iud("R").rjust(35, "x")[-length:])
    assert_outcome(world.node.receipt(receipt), "OK")


def test_trap_6_psp_company_name(world):
    """PSPCompanyName, capital; the SIL reads it as istituto attestante."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    assert_outcome(world.node.receipt(receipt), "OK")
    document = pagati(world.sil().chiedi_ricevuta(iuv=iuv))
    assert text(document, "istitutoAttestante/denominazioneAttestante") == "Banca di Prova"
    assert text(document, "istitutoAttestante/identificativoUnivocoAttestante/codiceIdentificativoUnivoco") == receipt.psp


def test_rt_is_the_message_byte_for_byte(world):
    """What the SIL downloads is what the node sent (§4.1: unchanged archiving)."""
    iuv, notice, _ = world.notice()
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice, description="Perché sì & no")
    assert_outcome(world.node.receipt(receipt), "OK")
    raw = world.sil().chiedi_ricevuta(iuv=iuv).bytes64("rt").decode()
    assert receipt.xml() in raw, raw


@pytest.mark.moves_clock
def test_late_receipt(world):
    """Months later, for a notice whose due date is binding and past."""
    import datetime

    due = (world.control.today() + datetime.timedelta(days=2)).isoformat()
    iuv, notice, _ = world.notice(type=world.type_of("expiring"), due=due)
    receipt = world.node.receipt_for(world.ente.fiscal_code, notice)
    world.control.advance("P60D")
    assert_outcome(world.node.receipt(receipt), "OK")
    assert receipt_id(world, iuv) == receipt.receipt_id
