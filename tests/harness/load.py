"""Clients that import, activate and pay as fast as they can, and remember what was promised to them."""

import concurrent.futures
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from .documents import Versamento
from .node import Node, Receipt, fresh_receipt_id
from .sil import Sil, pagati, text
from .world import World
from .xml import Answer


@dataclass
class Ledger:
    """What the product acknowledged, and what it may or may not have done."""

    imports: dict[str, tuple[Versamento, str]] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    unsure_imports: list[Versamento] = field(default_factory=list)
    unsure_receipts: list[Receipt] = field(default_factory=list)
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def busy(self, answer: Answer) -> bool:
        """Whether the answer is an honest "not now": 503 with Retry-After."""
        if answer.status != 503:
            return False
        self.refused += 1
        if not answer.headers.get("Retry-After"):
            self.wrong.append(f"503 without Retry-After: {answer.text[:300]}")
        return True


class Load:
    """Some threads of traffic; `stop` ends them."""

    def __init__(self, world: World, threads: int = 4, seed: int = 0):
        self.world, self.ledger = world, Ledger()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(seed * 1000 + n,), daemon=True) for n in range(threads)]

    def start(self) -> "Load":
        """Begins."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> Ledger:
        """Ends, and returns what was promised."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        return self.ledger

    def _run(self, seed: int) -> None:
        chance = random.Random(seed)
        sil = self.world.sil()
        node = Node(self.world.base, self.world.node.broker, self.world.node.station)
        while not self._stop.is_set():
            try:
                self._one(sil, node, chance)
            except requests.RequestException:
                time.sleep(0.005)
            except Exception as error:  # noqa: BLE001 - what a client did not expect is a finding
                self.ledger.wrong.append(f"{type(error).__name__}: {error}"[:600])
                return

    def _one(self, sil: Sil, node: Node, chance: random.Random) -> None:
        ledger, domain = self.ledger, self.world.ente.fiscal_code
        document = self.world.versamento(amount=f"{chance.randint(1, 99999)}.{chance.randint(0, 99):02d}")
        try:
            answer = sil.importa(document.xml())
        except requests.RequestException:
            ledger.unsure_imports.append(document)
            raise
        if ledger.busy(answer):
            ledger.unsure_imports.append(document)
            time.sleep(0.02)
            return
        if answer.status != 200 or answer.value("esito") != "OK":
            ledger.wrong.append(f"import: {answer.status} {answer.text[:600]}")
            return
        iuv = answer.value("identificativoUnivocoVersamento")
        ledger.imports[document.iud] = (document, iuv)
        answer = node.activate(domain, "3" + iuv)
        if ledger.busy(answer):
            return
        if answer.value("outcome") != "OK" or answer.value("data/paymentAmount") != document.amount:
            ledger.wrong.append(f"activation of {document.amount}: {answer.text[:600]}")
            return
        receipt = Receipt("3" + iuv, domain, document.amount, [], iuv=iuv, receipt_id=fresh_receipt_id())
        receipt.transfers = [_transfer(answer)]
        for attempt in range(chance.choice((1, 1, 1, 2))):
            known = receipt.receipt_id in ledger.receipts
            try:
                answer = node.receipt(receipt, v2=chance.random() < 0.7)
            except requests.RequestException:
                if not known:
                    ledger.unsure_receipts.append(receipt)
                raise
            if ledger.busy(answer):
                if not known:
                    ledger.unsure_receipts.append(receipt)
                return
            expected = "PAA_RECEIPT_DUPLICATA" if known else None
            if answer.fault_code != expected:
                ledger.wrong.append(f"receipt (attempt {attempt}): {answer.text[:600]}")
                return
            ledger.receipts[receipt.receipt_id] = receipt


def _transfer(answer: Answer):
    from .node import Transfer

    item = answer.root.find("data/transferList/transfer")
    return Transfer(item.findtext("transferAmount"), item.findtext("fiscalCodePA"), item.findtext("IBAN"),
                    item.findtext("remittanceInformation"), item.findtext("transferCategory"))


def patient(call: Callable[[], Answer], seconds: float = 30.0) -> Answer:
    """What a real caller does with a 503: waits as told and asks again."""
    end = time.monotonic() + seconds
    while True:
        answer = call()
        if answer.status != 503 or time.monotonic() > end:
            return answer
        time.sleep(min(float(answer.headers.get("Retry-After") or 1), 1.0))


def audit(world: World, ledger: Ledger) -> None:
    """After the fault: each promise holds exactly once, each open question has one answer."""
    assert not ledger.wrong, ledger.wrong[:3]
    paid = {r.iuv: r for r in ledger.receipts.values()}

    def known_import(entry: tuple[Versamento, str]) -> str | None:
        document, iuv = entry
        found = patient(lambda: world.sil().chiedi_ricevuta(iud=document.iud))
        if found.fault_code not in (None, "PAA_PAGAMENTO_NON_INIZIATO"):
            return f"acknowledged import {document.iud} is lost: {found.text[:300]}"
        if found.fault_code is not None:
            if iuv in paid:
                return f"acknowledged receipt {paid[iuv].receipt_id} is lost: {found.text[:300]}"
            again = patient(lambda: world.sil().importa(document.xml()))
            if again.value("identificativoUnivocoVersamento") != iuv:
                return f"import {document.iud} was answered with {iuv}, now: {again.text[:300]}"
        return None

    def known_receipt(receipt: Receipt) -> str | None:
        again = patient(lambda: world.node.receipt(receipt))
        if again.fault_code != "PAA_RECEIPT_DUPLICATA":
            return f"acknowledged receipt {receipt.receipt_id} is stored again: {again.text[:300]}"
        return booked(receipt)

    def booked(receipt: Receipt) -> str | None:
        answer = patient(lambda: world.sil().chiedi_ricevuta(iuv=receipt.iuv))
        if answer.fault_code is not None:
            return f"receipt {receipt.receipt_id} is not booked: {answer.text[:300]}"
        document = pagati(answer)
        seen = (text(document, "datiPagamento/importoTotalePagato"),
                text(document, "datiPagamento/datiSingoloPagamento/identificativoUnivocoRiscossione"))
        return None if seen == (receipt.amount, receipt.receipt_id) else f"{receipt.receipt_id} {receipt.amount}: booked {seen}"

    def open_receipt(receipt: Receipt) -> str | None:
        first, second = (patient(lambda: world.node.receipt(receipt)) for _ in range(2))
        if first.fault_code not in (None, "PAA_RECEIPT_DUPLICATA") or second.fault_code != "PAA_RECEIPT_DUPLICATA":
            return f"receipt in flight {receipt.receipt_id}: {first.text[:200]} / {second.text[:200]}"
        return booked(receipt)

    def open_import(document: Versamento) -> str | None:
        answers = [patient(lambda: world.sil().importa(document.xml())) for _ in range(2)]
        ivs = {a.value("identificativoUnivocoVersamento") for a in answers}
        return None if len(ivs) == 1 and None not in ivs else f"import in flight {document.iud}: {[a.text[:200] for a in answers]}"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        work = [*((known_import, e) for e in ledger.imports.values()), *((known_receipt, r) for r in ledger.receipts.values()),
                *((open_receipt, r) for r in ledger.unsure_receipts), *((open_import, d) for d in ledger.unsure_imports)]
        faults = [f for f in pool.map(lambda pair: pair[0](pair[1]), work) if f]
    assert not faults, f"{len(faults)} broken promises:\n" + "\n".join(faults[:10])
    iuvs = [iuv for _, iuv in ledger.imports.values()]
    assert len(iuvs) == len(set(iuvs)), "an IUV was given twice"
