"""Requests with one defect each, in the order in which the contract checks them; two defects together prove the order."""

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.documents import Dovuti, Payer, Share, Stamp, Versamento
from harness.sil import Sil
from harness.world import World
from harness.xml import Answer


@dataclass
class Cart:
    """One paaSILInviaDovuti about to be sent."""

    world: World
    sil: Sil
    document: Dovuti
    show: str | None = None
    back: str | None = "https://sil.example.org/esito?pratica=77"

    def send(self) -> Answer:
        """Sends it."""
        return self.sil.invia_dovuti(self.document.xml(), self.back, self.show)

    @property
    def item(self):
        """The first item."""
        return self.document.items[0]


@dataclass
class Import:
    """One paaSILImportaDovuto about to be sent."""

    world: World
    sil: Sil
    document: Versamento
    flag: bool | None = True
    secondary: list[str] | None = None

    def send(self) -> Answer:
        """Sends it."""
        return self.sil.importa(self.document.xml(), self.flag, self.secondary)

    item = property(lambda self: self.document)


Request = Cart | Import


@dataclass
class Defect:
    """What is wrong, and what the contract says to it."""

    name: str
    row: int
    code: str
    apply: Callable[[Request], None]
    text: Callable[[Request], str] | None = None
    #: What it writes to: two defects that write to the same thing are not combined.
    touches: set[str] = field(default_factory=set)


def _set(path: str, value) -> Callable[[Request], None]:
    """Sets an attribute at a dotted path of the request; a callable value is called with the request."""
    def apply(request: Request) -> None:
        target = request
        *steps, last = path.split(".")
        for step in steps:
            target = getattr(target, step)
        setattr(target, last, value(request) if callable(value) else value)
    return apply


def _all(*parts: Callable[[Request], None]) -> Callable[[Request], None]:
    def apply(request: Request) -> None:
        for part in parts:
            part(request)
    return apply


def _role(role: str) -> Callable[[Request], str]:
    return lambda request: request.world.type_of(role)


def _used_iud(request: Request) -> str:
    """An IUD that an imported debt holds."""
    document = request.world.versamento()
    request.world.sil().importa_ok(document.xml())
    assert document.iud
    return document.iud


def _wrong_password(request: Request) -> None:
    request.sil = request.sil.as_ente(request.sil.ipa, "SBAGLIATA99")


def _unknown_ente(request: Request) -> None:
    request.sil = request.sil.as_ente("C_NESSUNO")


def _registered_ente(request: Request) -> None:
    registered = request.world.registered()
    request.sil = request.sil.as_ente(registered.ipa, registered.password)


def _code(kind: str, code: str) -> Callable[[Request], None]:
    return _all(_set("document.payer.kind", kind), _set("document.payer.code", code))


BAD_CF = "RSSMRA80A01H501X"
BAD_VAT = "01234567890"
ANONYMOUS = "Funzionalita CF ANONIMO non valida"

INVIA_DEFECTS = [
    Defect("unknown ente", 1, "PAA_ENTE_NON_VALIDO", _unknown_ente, lambda r: "codice IPA Ente [C_NESSUNO] non valido", {"sil"}),
    Defect("ente INSERITO", 2, "PAA_STATO_ENTE_NON_VALIDO", _registered_ente, lambda r: "Stato Ente Non Valido", {"sil"}),
    Defect("wrong password", 3, "PAA_ENTE_NON_VALIDO", _wrong_password, lambda r: f"Password non valida per ente [{r.sil.ipa}]", {"password"}),
    Defect("schema", 4, "PAA_XML_NON_VALIDO", _set("document.version", None), lambda r: "XML dei dovuti non valido", {"version"}),
    Defect("IUV given", 6, "PAA_IUV_NON_VALIDO", _set("document.iuv", "01000000000000099"), lambda r: "l'inserimento dello IUV è deprecato", {"iuv"}),
    Defect("tipoVersamento", 7, "PAA_TIPO_VERSAMENTO_NON_VALIDO", _set("document.method", "BONIFICO"), lambda r: "Tipo versamento non valido [BONIFICO]", {"method"}),
    Defect("tipoVersamento ALL with another", 7, "PAA_TIPO_VERSAMENTO_NON_VALIDO", _set("document.method", "ALL|BBT"), lambda r: "Tipo versamento non valido [ALL|BBT]", {"method"}),
    Defect("codice fiscale", 8, "PAA_CODICE_FISCALE_NON_VALIDO", _code("F", BAD_CF), lambda r: f"Codice fiscale non valido [{BAD_CF}]", {"payer"}),
    Defect("partita IVA", 8, "PAA_P_IVA_NON_VALIDO", _code("G", BAD_VAT), lambda r: f"P.IVA non valida [{BAD_VAT}]", {"payer"}),
    Defect("person as company", 8, "PAA_P_IVA_NON_VALIDO", _code("G", "RSSMRA80A01H501U"), lambda r: "P.IVA non valida [RSSMRA80A01H501U]", {"payer"}),
    Defect("ANONIMO where not allowed", 8, "PAA_CODICE_FISCALE_NON_VALIDO", _code("F", "ANONIMO"), lambda r: ANONYMOUS, {"payer"}),
    Defect("reserved IUD", 9, "PAA_IUD_NON_VALIDO", _set("item.iud", "000ABC"), lambda r: "IdentificativoUnivocoDovuto non valido [000ABC]", {"iud"}),
    Defect("IUD used", 10, "PAA_IUD_DUPLICATO", _set("item.iud", _used_iud), lambda r: f"IUD [{r.item.iud}] già inviato", {"iud"}),
    Defect("type unknown", 11, "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO", _set("item.type", "NON_ESISTE"), lambda r: "identificativoTipoDovuto [NON_ESISTE] non valido", {"type"}),
    Defect("type inactive", 12, "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_ABILITATO", _set("item.type", _role("inactive")), lambda r: f"identificativoTipoDovuto [{r.item.type}] non abilitato", {"type"}),
    Defect("stamp data on another type", 13, "PAA_MARCA_BOLLO_DIGITALE_NON_VALIDA", _set("item.stamp", lambda r: Stamp()), lambda r: "dati marca da bollo non supportati su tipo dovuto diverso da marca da bollo", {"stamp"}),
    Defect("stamp without data", 13, "PAA_MARCA_BOLLO_DIGITALE_NON_VALIDA", _all(_set("item.type", _role("stamp")), _set("item.amount", "16.00")), lambda r: "dati marca da bollo mancanti o non validi", {"type", "amount", "stamp"}),
    Defect("stamp with another amount", 13, "PAA_IMPORTO_MARCA_BOLLO_DIGITALE_NON_VALIDA", _all(_set("item.type", _role("stamp")), _set("item.amount", "15.99"), _set("item.stamp", lambda r: Stamp())), lambda r: "importoSingoloVersamento non valido per tipo dovuto MARCA_BOLLO_DIGITALE", {"type", "amount", "stamp"}),
    Defect("bilancio", 16, "PAA_IMPORTO_BILANCIO_NON_VALIDO", _set("item.shares", lambda r: [Share("CAP1", "9.99", "UFF1", "ACC1")]), lambda r: f"Importo bilancio non congruente per dovuto con importo [{r.item.amount}]", {"shares"}),
    Defect("blank causale", 17, "PAA_CAUSALE_NON_PRESENTE", _set("item.reason", "  "), lambda r: "Causale versamento obbligatoria mancante", {"reason"}),
    Defect("NONE without e-mail", 18, "PAA_ANAGRAFICA_NON_VALIDA", _all(_set("show", "NONE"), _set("document.payer.email", None)), None, {"payer.email"}),
]

_P = "paaSILImportaDovuto: "
IMPORTA_DEFECTS = [
    Defect("schema", 1, "PAA_XML_NON_VALIDO", _set("document.version", None), lambda r: "XML dei dovuti non valido", {"version"}),
    Defect("unknown ente", 2, "PAA_ENTE_NON_VALIDO", _unknown_ente, lambda r: "codice IPA Ente [C_NESSUNO] non valido", {"sil"}),
    Defect("ente INSERITO", 2, "PAA_ENTE_NON_VALIDO", _registered_ente, lambda r: "Stato Ente Non Valido", {"sil"}),
    Defect("wrong password", 2, "PAA_ENTE_NON_VALIDO", _wrong_password, lambda r: f"Password non valida per ente [{r.sil.ipa}]", {"password"}),
    Defect("azione", 3, "PAA_AZIONE_NON_VALIDO", _set("document.action", "X"), lambda r: "azione non valida [X]", {"action"}),
    Defect("azione 9", 3, "PAA_AZIONE_NON_VALIDO", _set("document.action", "9"), lambda r: "azione non valida [9]", {"action"}),
    Defect("IUV of another length", 4, "PAA_IUV_NON_VALIDO", _all(_set("document.iuv", "123456"), _set("flag", False)), lambda r: f"IdentificativoUnivocoVersamento non valido [123456] per ente [{r.sil.ipa}]", {"iuv"}),
    Defect("bilancio", 7, "PAA_IMPORTO_BILANCIO_NON_VALIDO", _set("document.shares", lambda r: [Share("CAP1", "75.51")]), lambda r: f"Importo bilancio non congruente per dovuto con importo [{r.document.amount}]", {"shares"}),
    Defect("blank type", 8, "PAA_IDENT_TIPO_DOVUTO_NON_PRESENTE", _set("document.type", " "), lambda r: _P + "identificativoTipoDovuto non specificato ", {"type"}),
    Defect("type unknown", 9, "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO", _set("document.type", "NON_ESISTE"), lambda r: f"Error tipo dovuto [NON_ESISTE] non censito per ente [{r.sil.ipa}]", {"type"}),
    Defect("type inactive", 9, "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO", _set("document.type", _role("inactive")), lambda r: f"Error tipo dovuto [{r.document.type}] non censito per ente [{r.sil.ipa}]", {"type"}),
    Defect("stamp", 10, "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO", _set("document.type", _role("stamp")), lambda r: f"Error tipo dovuto [{r.document.type}] non abilitato per funzione di import", {"type"}),
    Defect("no payer", 11, "PAA_SOGG_PAG_NON_VALORIZZATO", _set("document.payer", None), lambda r: _P + "soggettoPagatore non valorizzato. ", {"payer"}),
    Defect("tipoVersamento", 12, "PAA_TIPO_VERSAMENTO_NON_VALIDO", _set("document.method", "BONIFICO"), lambda r: _P + "Tipo versamento non valido: BONIFICO", {"method"}),
    Defect("reserved IUD", 13, "PAA_IUD_NON_VALIDO", _set("document.iud", "000ABC"), lambda r: _P + "IdentificativoUnivocoDovuto non valido: 000ABC", {"iud"}),
    Defect("blank causale", 14, "PAA_CAUSALE_NON_PRESENTE", _set("document.reason", "  "), lambda r: _P + "causaleVersamento non specificato ", {"reason"}),
    Defect("codice fiscale", 16, "PAA_CODICE_FISCALE_NON_VALIDO", _code("F", BAD_CF), lambda r: _P + f"Codice fiscale non valido [{BAD_CF}]", {"payer"}),
    Defect("partita IVA", 16, "PAA_P_IVA_NON_VALIDO", _code("G", BAD_VAT), lambda r: _P + f"P.IVA non valida [{BAD_VAT}]", {"payer"}),
    Defect("ANONIMO where not allowed", 16, "PAA_CODICE_FISCALE_NON_VALIDO", _code("F", "ANONIMO"), lambda r: _P + ANONYMOUS + " [ANONIMO]", {"payer"}),
]


def pairs(defects: list[Defect]) -> list[tuple[Defect, Defect]]:
    """Each defect with the next one of a later row that can stand beside it."""
    found = []
    for number, first in enumerate(defects):
        for second in defects[number + 1:]:
            if second.row > first.row and not first.touches & second.touches and not (
                    first.touches & {"sil", "password"} and second.touches & {"sil", "password"} and first.name == "ente INSERITO"):
                found.append((first, second))
                break
    return found
