"""The documents a SIL embeds: Dovuti, Versamento, DovutiEntiSecondari, built as text so that tests can break them."""

import copy
import itertools
import os
from dataclasses import dataclass, field

from .xml import tag

PAY = "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/"

_counter = itertools.count(1)
_run = f"{os.getpid():x}{os.urandom(3).hex()}".upper()


def fresh_iud(prefix: str = "IUD") -> str:
    """An IUD never used before, not even by an earlier run on the same store."""
    return f"{prefix}-{_run}-{next(_counter):05d}"


@dataclass
class Payer:
    """soggettoPagatore."""

    kind: str = "F"
    code: str = "RSSMRA80A01H501U"
    name: str = "PAGATORE DI PROVA"
    address: str | None = "Via di Prova"
    number: str | None = "1"
    postal_code: str | None = "35100"
    city: str | None = "Padova"
    province: str | None = "PD"
    country: str | None = "IT"
    email: str | None = "prova@example.org"

    def xml(self) -> str:
        """The element."""
        return (
            "<soggettoPagatore><identificativoUnivocoPagatore>"
            + tag("tipoIdentificativoUnivoco", self.kind) + tag("codiceIdentificativoUnivoco", self.code)
            + "</identificativoUnivocoPagatore>" + tag("anagraficaPagatore", self.name)
            + tag("indirizzoPagatore", self.address) + tag("civicoPagatore", self.number)
            + tag("capPagatore", self.postal_code) + tag("localitaPagatore", self.city)
            + tag("provinciaPagatore", self.province) + tag("nazionePagatore", self.country)
            + tag("e-mailPagatore", self.email) + "</soggettoPagatore>"
        )


@dataclass
class Share:
    """One accertamento of the bilancio."""

    chapter: str
    amount: str
    office: str | None = None
    assessment: str | None = None

    def xml(self) -> str:
        """One capitolo with one accertamento."""
        return ("<capitolo>" + tag("codCapitolo", self.chapter) + tag("codUfficio", self.office)
                + "<accertamento>" + tag("codAccertamento", self.assessment) + tag("importo", self.amount)
                + "</accertamento></capitolo>")


def balance(shares: list[Share] | None) -> str:
    """bilancio."""
    return "" if shares is None else "<bilancio>" + "".join(s.xml() for s in shares) + "</bilancio>"


@dataclass
class Stamp:
    """datiMarcaBolloDigitale."""

    kind: str = "01"
    digest: str = "wHpFSLCGZjIvNSXxqtGbxg7275t446DRTk5ZrsdUQ6E="
    province: str = "PD"

    def xml(self) -> str:
        """The element."""
        return ("<datiMarcaBolloDigitale>" + tag("tipoBollo", self.kind) + tag("hashDocumento", self.digest)
                + tag("provinciaResidenza", self.province) + "</datiMarcaBolloDigitale>")


@dataclass
class Item:
    """datiSingoloVersamento of Dovuti."""

    type: str
    iud: str | None = field(default_factory=fresh_iud)
    amount: str = "10.00"
    reason: str = "Causale di prova"
    collection: str = "9/0101101IM/"
    commission: str | None = None
    stamp: Stamp | None = None
    shares: list[Share] | None = None

    def xml(self) -> str:
        """The element."""
        return (
            "<datiSingoloVersamento>" + tag("identificativoUnivocoDovuto", self.iud)
            + tag("importoSingoloVersamento", self.amount) + tag("commissioneCaricoPA", self.commission)
            + tag("identificativoTipoDovuto", self.type) + tag("causaleVersamento", self.reason)
            + tag("datiSpecificiRiscossione", self.collection)
            + (self.stamp.xml() if self.stamp else "") + balance(self.shares) + "</datiSingoloVersamento>"
        )


@dataclass
class Dovuti:
    """The cart of paaSILInviaDovuti."""

    items: list[Item]
    payer: Payer = field(default_factory=Payer)
    version: str = "6.2.0"
    method: str = "ALL"
    iuv: str | None = None

    def xml(self) -> str:
        """The document."""
        return (
            f'<Dovuti xmlns="{PAY}">' + tag("versioneOggetto", self.version) + self.payer.xml()
            + "<datiVersamento>" + tag("tipoVersamento", self.method)
            + tag("identificativoUnivocoVersamento", self.iuv)
            + "".join(item.xml() for item in self.items) + "</datiVersamento></Dovuti>"
        )

    def copy(self, **changes) -> "Dovuti":
        """A deep copy with changes."""
        made = copy.deepcopy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made


@dataclass
class Versamento:
    """The debt of paaSILImportaDovuto."""

    type: str
    iud: str | None = field(default_factory=fresh_iud)
    amount: str = "75.50"
    reason: str = "Retta di prova"
    collection: str = "9/0101101IM/"
    due: str | None = "2030-12-31"
    payer: Payer | None = field(default_factory=Payer)
    method: str | None = "ALL"
    iuv: str | None = None
    commission: str | None = None
    shares: list[Share] | None = None
    action: str = "I"
    version: str = "6.2.0"

    def xml(self) -> str:
        """The document."""
        return (
            f'<Versamento xmlns="{PAY}">' + tag("versioneOggetto", self.version)
            + (self.payer.xml() if self.payer else "") + "<datiVersamento>"
            + tag("dataEsecuzionePagamento", self.due) + tag("tipoVersamento", self.method)
            + tag("identificativoUnivocoVersamento", self.iuv) + tag("identificativoUnivocoDovuto", self.iud)
            + tag("importoSingoloVersamento", self.amount) + tag("commissioneCaricoPA", self.commission)
            + tag("identificativoTipoDovuto", self.type) + tag("causaleVersamento", self.reason)
            + tag("datiSpecificiRiscossione", self.collection) + balance(self.shares)
            + "</datiVersamento>" + tag("azione", self.action) + "</Versamento>"
        )

    def copy(self, **changes) -> "Versamento":
        """A deep copy with changes."""
        made = copy.deepcopy(self)
        for name, value in changes.items():
            setattr(made, name, value)
        return made


@dataclass
class Secondary:
    """DovutiEntiSecondari: the share of another body."""

    fiscal_code: str
    iban: str
    amount: str = "10.00"
    name: str = "Provincia di Prova"
    collection: str = "9/0201133IM/"
    reason: str | None = "Quota di prova"

    def xml(self) -> str:
        """The document."""
        return (
            f'<DovutiEntiSecondari xmlns="{PAY}">' + tag("versioneOggetto", "6.2.0")
            + "<datiVersamentoEntiSecondari>" + tag("codiceFiscaleBeneficiario", self.fiscal_code)
            + tag("denominazioneBeneficiario", self.name) + tag("ibanAccreditoBeneficiario", self.iban)
            + tag("nazioneBeneficiario", "IT") + tag("causaleVersamento", self.reason)
            + tag("datiSpecificiRiscossione", self.collection) + tag("importoSingoloVersamento", self.amount)
            + "</datiVersamentoEntiSecondari></DovutiEntiSecondari>"
        )
