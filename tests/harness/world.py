"""What the seeded installation offers to tests: enti, types, cards, the station of the node."""

import os
from dataclasses import dataclass, field

from .codes import iuv17, vat
from .control import Control
from .documents import Dovuti, Item, Payer, Versamento
from .net import wait_for
from .node import Node
from .server import Snodo
from .sil import Sil


@dataclass
class Ente:
    """One organization of `sandbox.json`."""

    ipa: str
    fiscal_code: str
    name: str
    password: str
    types: dict[str, dict] = field(repr=False)
    raw: dict = field(repr=False)


class World:
    """The installation under test, as `sandbox.json` describes it."""

    def __init__(self, server: Snodo):
        self.server = server
        self.info = server.info
        self.base = self.info["baseUrl"].rstrip("/")
        self.control = Control(self.base, self.info["controlToken"])
        self.enti = [
            Ente(o["codIpaEnte"], o["fiscalCode"], o["name"], o["mypay"]["password"],
                 {t["code"]: t for t in o["debtPositionTypes"]}, o)
            for o in self.info["organizations"]
        ]
        assert len(self.enti) >= 3, "three enti: a comune, an ASL, the region"
        nation = self.control.registry()
        self.node = Node(self.base, nation["brokerId"], nation["stations"][0]["id"])
        self._segregation: str | None = None
        self._registered: Ente | None = None
        self._own = 0

    # The comune does most of the work; the ASL is the neighbour; the region is the one with wrong passwords,
    # because wrong passwords make the product slow to answer for that ente.

    @property
    def ente(self) -> Ente:
        """The ente most tests work for."""
        return self.enti[0]

    @property
    def neighbour(self) -> Ente:
        """Another ente, which must see nothing of the first."""
        return self.enti[1]

    @property
    def third(self) -> Ente:
        """An ente whose password tests get wrong on purpose."""
        return self.enti[2]

    def card(self, outcome: str) -> dict:
        """A test card by its outcome: SUCCESS, REFUSED, ABANDONED, TIMEOUT, SUCCESS_DELAYED, SUCCESS_TWICE."""
        for card in self.info["cards"]:
            if card["outcome"].upper() == outcome:
                return card
        raise AssertionError(f"no card with outcome {outcome}: {[c['outcome'] for c in self.info['cards']]}")

    def type_of(self, role: str, ente: Ente | None = None) -> str:
        """Code of a type that plays a role in the tests (see `ROLES`)."""
        ente = ente or self.ente
        wanted = ROLES[role]
        for code in ente.types:
            if wanted(ente.types[code]):
                return code
        raise AssertionError(f"{ente.ipa} has no type for the role {role!r}")

    def sil(self, ente: Ente | None = None) -> Sil:
        """The client of an ente with its right password."""
        ente = ente or self.ente
        return Sil(self.base, ente.ipa, ente.password)

    def dovuti(self, *amounts: str, ente: Ente | None = None, **changes) -> Dovuti:
        """A valid cart, one item for each amount (one of 10.00 by default)."""
        kind = self.type_of("plain", ente)
        return Dovuti([Item(kind, amount=amount) for amount in amounts or ("10.00",)]).copy(**changes)

    def versamento(self, ente: Ente | None = None, **changes) -> Versamento:
        """A valid debt."""
        return Versamento(self.type_of("plain", ente)).copy(**changes)

    def other_plain_type(self, code: str) -> str:
        """Another plain type of the first ente."""
        for other, raw in self.ente.types.items():
            if other != code and ROLES["plain"](raw):
                return other
        raise AssertionError(f"{self.ente.ipa} has one plain type only")

    def registered(self) -> Ente:
        """An ente in state INSERITO, made with `snodo admin` on the running server."""
        if self._registered is None:
            ente = Ente("E_INSERITO", vat("8007766554"), "Ente appena inserito", f"P{os.urandom(6).hex()}", {}, {})
            self.server.admin("ente", "create", "--ipa", ente.ipa, "--fiscal-code", ente.fiscal_code, "--name", ente.name,
                              "--status", "INSERITO")
            self.server.admin("credential", "create", ente.ipa, "--kind", "mypay", "--secret-stdin", stdin=ente.password)
            probe = self.versamento().xml()
            wait_for("the new ente", lambda: self.sil(ente).importa(probe).fault_string == "Stato Ente Non Valido", 60)
            self._registered = ente
        return self._registered

    def calm(self) -> None:
        """A right password of the third ente, so that wrong ones before it do not add up."""
        self.sil(self.third).chiedi_ricevuta(iud="NESSUNO")

    def segregation(self) -> str:
        """Segregation code of the first ente, read from an IUV made for it."""
        if self._segregation is None:
            self._segregation = self.sil().importa_ok(self.versamento().xml())[:2]
        return self._segregation

    def own_iuv(self) -> str:
        """An IUV that a SIL of the first ente may choose itself: positions 3-4 are 11."""
        self._own += 1
        return iuv17(self.segregation(), int.from_bytes(os.urandom(4)) + self._own, "11")

    def company(self) -> Payer:
        """A company as payer."""
        return Payer(kind="G", code="01234567897", name="DITTA DI PROVA SRL")

    def notice(self, amount: str = "75.50", ente: Ente | None = None, **changes) -> tuple[str, str, Versamento]:
        """Imports a debt; returns IUV, notice number and the document."""
        document = self.versamento(ente, amount=amount, **changes)
        iuv = self.sil(ente).importa_ok(document.xml())
        return iuv, "3" + iuv, document


SPECIAL = ("digitalStamp", "dueDateMandatory", "dueDatePrinted", "anonymousAllowed", "printDisabled", "pushed",
           "spontaneous")

#: Roles of types in tests → how to know one in `sandbox.json`.
ROLES = {
    "plain": lambda t: t["active"] and not t["fixedAmount"] and not any(t[flag] for flag in SPECIAL),
    "stamp": lambda t: t["active"] and t["digitalStamp"],
    "expiring": lambda t: t["active"] and t["dueDateMandatory"],
    "printed": lambda t: t["active"] and t["dueDatePrinted"] and not t["dueDateMandatory"],
    "anonymous": lambda t: t["active"] and t["anonymousAllowed"],
    "pushed": lambda t: t["active"] and t["pushed"],
    "unprinted": lambda t: t["active"] and t["printDisabled"],
    "inactive": lambda t: not t["active"],
}
