"""paaSILImportaDovuto (mypay-soap.md §6.7): every fault in the order of the checks, and azioni I, M, A, S."""

import datetime
import io
import zipfile

import pytest
from harness import codes
from harness.documents import Payer, Secondary, Share, fresh_iud
from harness.sil import assert_fault, assert_ok
from harness.web import Visit

from .catalogue import IMPORTA, provokes
from .defects import IMPORTA_DEFECTS, Import, pairs

for _defect in IMPORTA_DEFECTS:
    provokes(IMPORTA, _defect.code)


@pytest.fixture
def request_(world):
    """A valid request of the first ente."""
    return Import(world, world.sil(), world.versamento())


def _ente_for(defect, request, world):
    if "password" in defect.touches:
        request.sil = world.sil(world.third)


@pytest.mark.parametrize("defect", IMPORTA_DEFECTS, ids=lambda d: d.name)
def test_fault(world, request_, defect):
    """One defect: its code and text, and nothing is stored."""
    _ente_for(defect, request_, world)
    iud = request_.document.iud
    defect.apply(request_)
    answer = request_.send()
    assert_fault(answer, IMPORTA, defect.code, defect.text and defect.text(request_), ente=request_.sil.ipa)
    world.calm()
    assert world.sil().iud_is_free(iud)


@pytest.mark.parametrize("first,second", pairs(IMPORTA_DEFECTS), ids=lambda d: d.name)
def test_order_of_checks(world, request_, first, second):
    """With two defects the earlier check answers; the document even before the ente."""
    _ente_for(first, request_, world)
    _ente_for(second, request_, world)
    second.apply(request_)
    first.apply(request_)
    assert_fault(request_.send(), IMPORTA, first.code, first.text and first.text(request_))
    world.calm()


def test_state_fault_has_serial_zero(world, request_):
    """§4.2: serial 0 in the "stato ente" fault."""
    registered = world.registered()
    request_.sil = request_.sil.as_ente(registered.ipa, registered.password)
    answer = request_.send()
    assert_fault(answer, IMPORTA, "PAA_ENTE_NON_VALIDO", "Stato Ente Non Valido")
    assert answer.value("fault/serial") == "0"


@provokes(IMPORTA, "PAA_IUV_NON_VALIDO")
@pytest.mark.parametrize("make", [
    lambda seg: "001234567890123",                       # 15, may not start with 00
    lambda seg: "101234567890123",                       # 15, no longer for new debts since 30/04/2024
    lambda seg: codes.iuv17(seg, 4242),                  # 17, positions 3-4 are ours
    lambda seg: codes.iuv17("99" if seg != "99" else "98", 4242, "11"),  # 17, foreign segregation code
    lambda seg: "RF23567483937849450550875",             # 25, not ending with 0000 … see next test
    lambda seg: "1" * 18,
], ids=["15 with 00", "15 too late", "17 reserved", "17 foreign", "25", "18"])
def test_iuv_given_by_the_sil(world, request_, make):
    """Syntax of IUVs (§8.5); only the twenty-five characters are free."""
    iuv = make(world.segregation())
    request_.flag, request_.document.iuv = False, iuv
    answer = request_.send()
    if len(iuv) == 25 and not iuv.endswith("0000"):
        assert_ok(answer, IMPORTA)
        return
    assert_fault(answer, IMPORTA, "PAA_IUV_NON_VALIDO",
                 f"IdentificativoUnivocoVersamento non valido [{iuv}] per ente [{request_.sil.ipa}]")
    assert world.sil().iud_is_free(request_.document.iud)


def test_own_iuv17_is_accepted_and_not_echoed(world, request_):
    """Segregation code of the ente, positions 3-4 not 00; the answer names only generated IUVs (§6.7)."""
    iuv = world.own_iuv()
    request_.flag, request_.document.iuv = False, iuv
    answer = request_.send()
    assert_ok(answer, IMPORTA)
    assert answer.value("identificativoUnivocoVersamento") is None
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code == "PAA_PAGAMENTO_NON_INIZIATO"


def test_generated_iuv(world, request_):
    """Seventeen digits: segregation code, 00, progressive, mod 93 (§8.5); each one new."""
    first = request_.send()
    assert_ok(first, IMPORTA)
    assert first.children() == ["esito", "identificativoUnivocoVersamento", "urlFileAvviso"], first.text
    iuv = first.value("identificativoUnivocoVersamento")
    assert len(iuv) == 17 and iuv.isdigit() and iuv[2:4] == "00" and codes.check_digits_ok(iuv), iuv
    second = world.sil().importa_ok(world.versamento().xml())
    assert second != iuv and second[:4] == iuv[:4]


def test_notice_pdf_behind_the_link(world, request_):
    """urlFileAvviso opens the notice without logging in; a broken signature does not."""
    answer = request_.send()
    url = answer.value("urlFileAvviso")
    assert url.startswith(f"{world.base}/mypay4/public/landing/avviso?id="), url
    assert "securityToken=" in url
    import requests

    pdf = requests.get(url, timeout=30)
    assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF-"), pdf.headers
    head, token = url.split("securityToken=")
    forged = requests.get(f"{head}securityToken={'A' + token[1:] if token[0] != 'A' else 'B' + token[1:]}", timeout=30)
    assert forged.status_code in (400, 401, 403, 404), forged.status_code
    foreign = world.sil().importa(world.versamento().xml()).value("urlFileAvviso").split("securityToken=")[0]
    swapped = requests.get(f"{foreign}securityToken={token}", timeout=30)
    assert swapped.status_code in (400, 401, 403, 404), "a token belongs to one notice"


def test_without_flag_no_iuv(world, request_):
    """A debt without IUV is stored; M with the flag adds one (§6.7 M)."""
    request_.flag = False
    answer = request_.send()
    assert_ok(answer, IMPORTA)
    assert answer.children() == ["esito"], answer.text
    request_.document.action, request_.flag = "M", True
    answer = request_.send()
    assert_ok(answer, IMPORTA)
    assert len(answer.value("identificativoUnivocoVersamento")) == 17


def _import_fault(answer, code: str, reason: str, iud: str) -> None:
    """`paaSILImportaDovuto: Errore import dovuto IUV [x] e IUD [y]: reason`."""
    assert_fault(answer, IMPORTA, code)
    text = answer.fault_string
    assert text.startswith("paaSILImportaDovuto: Errore import dovuto IUV ["), text
    assert f"] e IUD [{iud}]: " in text, text
    assert text.endswith(reason), text


@provokes(IMPORTA, "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA")
def test_due_date_wanted_by_the_type(world, request_):
    """A type with mandatory due date wants one, and not a past one."""
    request_.document.type, request_.document.due = world.type_of("expiring"), None
    _import_fault(request_.send(), "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA",
                  "dataScadenzaPagamento deve essere valorizzata per questo tipo dovuto", request_.document.iud)
    request_.document.due = (world.control.today() - datetime.timedelta(days=1)).isoformat()
    _import_fault(request_.send(), "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA",
                  "dataScadenzaPagamento deve essere maggiore uguale alla data attuale per questo tipo dovuto",
                  request_.document.iud)
    request_.document.due = world.control.today().isoformat()
    assert_ok(request_.send(), IMPORTA)
    printed = world.versamento(type=world.type_of("printed"), due=None)
    _import_fault(world.sil().importa(printed.xml()), "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA",
                  "dataScadenzaPagamento deve essere valorizzata per questo tipo dovuto", printed.iud)


def test_identical_repetition_gives_the_same_iuv(world, request_):
    """A lost answer can be asked again (§21.2): same data, same IUV, one debt."""
    first, again = request_.send(), request_.send()
    assert_ok(first, IMPORTA)
    assert_ok(again, IMPORTA)
    assert (again.value("identificativoUnivocoVersamento") == first.value("identificativoUnivocoVersamento")), again.text


@provokes(IMPORTA, "PAA_IMPORT_IUD_DUPLICATO")
@pytest.mark.parametrize("change", [{"amount": "75.51"}, {"reason": "Altra causale"}, {"due": "2030-12-30"},
                                    {"payer": Payer(name="ALTRO PAGATORE")}], ids=lambda c: next(iter(c)))
def test_repetition_with_other_data_is_a_duplicate(world, request_, change):
    """Same IUD, other data."""
    assert_ok(request_.send(), IMPORTA)
    request_.document = request_.document.copy(**change)
    _import_fault(request_.send(), "PAA_IMPORT_IUD_DUPLICATO",
                  "IUD attivo presente nel database, non si accettano dovuti duplicati", request_.document.iud)


@provokes(IMPORTA, "PAA_IMPORT_IUV_DUPLICATO")
def test_same_iuv_twice(world, request_):
    """An IUV given by the SIL belongs to one debt."""
    request_.flag, request_.document.iuv = False, world.own_iuv()
    assert_ok(request_.send(), IMPORTA)
    request_.document = request_.document.copy(iud=fresh_iud())
    _import_fault(request_.send(), "PAA_IMPORT_IUV_DUPLICATO",
                  "IUV attivo presente nel database, non si accettano dovuti duplicati", request_.document.iud)
    assert world.sil().iud_is_free(request_.document.iud)


def test_modify(world, request_):
    """M replaces the data; the same twice is fine (§18)."""
    iuv = request_.send().value("identificativoUnivocoVersamento")
    request_.document = request_.document.copy(action="M", iuv=iuv, amount="80.00", reason="Importo corretto")
    request_.flag = False
    for _ in range(2):
        answer = request_.send()
        assert_ok(answer, IMPORTA)
        assert answer.value("identificativoUnivocoVersamento") is None
    answer = world.node.verify(world.ente.fiscal_code, codes.nav_of(iuv))
    assert answer.value("paymentList/paymentOptionDescription/amount") == "80.00", answer.text


@provokes(IMPORTA, "PAA_IMPORT_IUV_DUPLICATO", "PAA_IMPORT_IUV_NO_NULLABLE", "PAA_IMPORT_TIPO_DOVUTO_NON_MODIFICABILE")
def test_what_modify_may_not_change(world, request_):
    """IUV and type stay (§6.7, database codes)."""
    iuv = request_.send().value("identificativoUnivocoVersamento")
    iud = request_.document.iud
    request_.flag = False
    base = request_.document.copy(action="M", iuv=iuv)
    request_.document = base.copy(iuv=None)
    _import_fault(request_.send(), "PAA_IMPORT_IUV_NO_NULLABLE", "Non è possibile azzerare il codice iuv di un dovuto", iud)
    request_.document = base.copy(iuv=world.own_iuv())
    _import_fault(request_.send(), "PAA_IMPORT_IUV_DUPLICATO", "Non è possibile modificare il codice iuv di un dovuto", iud)
    request_.document = base.copy(type=world.other_plain_type(base.type))
    _import_fault(request_.send(), "PAA_IMPORT_TIPO_DOVUTO_NON_MODIFICABILE",
                  "Non è possibile modificare il tipo dovuto di un dovuto", iud)


@provokes(IMPORTA, "PAA_IMPORT_IUV_DUPLICATO")
def test_modify_may_not_take_anothers_iuv(world, request_):
    """A debt without IUV cannot get one that is in use."""
    taken = world.own_iuv()
    request_.flag = False
    request_.document.iuv = taken
    assert_ok(request_.send(), IMPORTA)
    request_.document = request_.document.copy(iud=fresh_iud(), iuv=None)
    assert_ok(request_.send(), IMPORTA)
    request_.document = request_.document.copy(action="M", iuv=taken)
    _import_fault(request_.send(), "PAA_IMPORT_IUV_DUPLICATO",
                  "IUV duplicato nel database, non si accettano dovuti duplicati", request_.document.iud)


@provokes(IMPORTA, "PAA_SYSTEM_ERROR")
def test_modify_what_does_not_exist(world, request_):
    """The text says what is the matter (§21.2: accurate text, same code)."""
    request_.document.action = "M"
    answer = request_.send()
    assert_fault(answer, IMPORTA, "PAA_SYSTEM_ERROR")
    assert (f"Dovuto non trovato per IUD [{request_.document.iud}] e codice IPA Ente [{world.ente.ipa}]"
            in answer.fault_string), answer.text
    assert world.sil().iud_is_free(request_.document.iud)


@provokes(IMPORTA, "PAA_SYSTEM_ERROR")
def test_cancel(world, request_):
    """A: gone for payers, its IUD free again, a second A fails (§6.7, §18)."""
    iuv = request_.send().value("identificativoUnivocoVersamento")
    request_.document, request_.flag = request_.document.copy(action="A", iuv=iuv), None
    answer = request_.send()
    assert_ok(answer, IMPORTA)
    assert answer.children() == ["esito"]
    assert_fault(request_.send(), IMPORTA, "PAA_SYSTEM_ERROR")
    assert world.node.verify(world.ente.fiscal_code, codes.nav_of(iuv)).fault_code == "PAA_PAGAMENTO_ANNULLATO"
    assert world.sil().verifica_avviso(iuv).fault_code == "PAA_IUV_NON_VALIDO"
    again = request_.document.copy(action="I", iuv=None)
    assert world.sil().importa_ok(again.xml()) != iuv


@provokes(IMPORTA, "PAA_SYSTEM_ERROR")
@pytest.mark.parametrize("action", ["M", "A"])
def test_what_is_paid_cannot_be_changed(world, action):
    """Nothing paid can be altered or cancelled (design §4.5)."""
    iuv, notice, document = world.notice()
    world.control.pay(notice, world.ente.fiscal_code)
    answer = world.sil().importa(document.copy(action=action, iuv=iuv, amount="1.00").xml(), False)
    assert_fault(answer, IMPORTA, "PAA_SYSTEM_ERROR")
    assert world.sil().chiedi_ricevuta(iuv=iuv).fault_code is None


def test_print(world, request_):
    """S: the notice as the only entry of a ZIP (§6.7 S)."""
    iuv = request_.send().value("identificativoUnivocoVersamento")
    answer = world.sil().importa(request_.document.copy(action="S", iuv=iuv).xml(), None)
    assert_ok(answer, IMPORTA)
    assert answer.children() == ["esito", "base64ZipAvviso"], answer.text[:500]
    archive = zipfile.ZipFile(io.BytesIO(answer.bytes64("base64ZipAvviso")))
    assert archive.namelist() == [f"avviso_{world.ente.fiscal_code}_{iuv}.pdf"]
    assert archive.read(archive.namelist()[0]).startswith(b"%PDF-")


@provokes(IMPORTA, "PAA_SYSTEM_ERROR", "PAA_IUV_NON_VALIDO")
def test_print_needs_an_iuv_and_no_flag(world, request_):
    """The two faults of S."""
    rule = "Errore richiesta azione 'S' prevede presenza di 'IUV' e assenza 'flag_genera_iuv'"
    iuv = request_.send().value("identificativoUnivocoVersamento")
    for document, flag in ((request_.document.copy(action="S"), None), (request_.document.copy(action="S", iuv=iuv), True)):
        answer = world.sil().importa(document.xml(), flag)
        assert_fault(answer, IMPORTA, "PAA_SYSTEM_ERROR")
        assert answer.fault_string.endswith(rule), answer.fault_string
    unknown = world.own_iuv()
    answer = world.sil().importa(request_.document.copy(action="S", iuv=unknown).xml(), None)
    assert_fault(answer, IMPORTA, "PAA_IUV_NON_VALIDO",
                 f"Error nessun dovuto trovato per IUV [{unknown}] ed ente [{world.ente.ipa}]")


def _secondary(world, **changes) -> str:
    return Secondary(world.neighbour.fiscal_code, codes.iban(account="000000777777"), **changes).xml()


def test_secondary_beneficiary(world, request_):
    """The payer owes the sum of both amounts (§7.7); two transfers go to the node."""
    request_.document.amount = "75.50"
    iuv = world.sil().importa_ok(request_.document.xml(), [_secondary(world, amount="10.00")])
    answer = world.node.activate(world.ente.fiscal_code, codes.nav_of(iuv))
    data = answer.root.find("data")
    assert data.findtext("paymentAmount") == "85.50", answer.text
    shares = {(t.findtext("fiscalCodePA"), t.findtext("transferAmount")) for t in data.iterfind("transferList/transfer")}
    assert shares == {(world.ente.fiscal_code, "75.50"), (world.neighbour.fiscal_code, "10.00")}, answer.text


@provokes(IMPORTA, "PAA_LIMITAZIONE_ENTI_SECONDARI_ERROR", "PAA_XML_NON_VALIDO", "PAA_ENTE_SECONDARIO_NON_VALIDO",
          "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO")
def test_faults_of_the_secondary_beneficiary(world, request_):
    """One at most, a valid document, body and account that the node will take, a taxonomy code (§6.7 I)."""
    request_.secondary = [_secondary(world), _secondary(world)]
    assert_fault(request_.send(), IMPORTA, "PAA_LIMITAZIONE_ENTI_SECONDARI_ERROR",
                 "XML dei dovuti Enti secondari supera il limite consentito da PagoPA.")
    request_.secondary = ["<nonValido/>"]
    assert_fault(request_.send(), IMPORTA, "PAA_XML_NON_VALIDO", "XML dei dovuti Enti secondari non valido")
    request_.secondary = [Secondary("00000000000", codes.iban()).xml()]
    assert_fault(request_.send(), IMPORTA, "PAA_ENTE_SECONDARIO_NON_VALIDO")
    request_.secondary = [Secondary(world.neighbour.fiscal_code, "IT00A0000000000000000000000").xml()]
    assert_fault(request_.send(), IMPORTA, "PAA_ENTE_SECONDARIO_NON_VALIDO")
    request_.secondary = [_secondary(world, collection="9/0201133ÉÉ/")]
    answer = request_.send()
    assert_fault(answer, IMPORTA, "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO")
    assert answer.fault_string == ("paaSILImportaDovuto codice tassonomico dati specifici riscossione Ente Secondario "
                                   "non valido: [9/0201133ÉÉ/]"), answer.fault_string
    assert world.sil().iud_is_free(request_.document.iud)


def test_bilancio_that_adds_up(request_):
    """Sum of the shares equals the amount."""
    request_.document.shares = [Share("CAP1", "75.00", "UFF1", "ACC1"), Share("CAP2", "0.50")]
    assert_ok(request_.send(), IMPORTA)


def test_lower_case_codice_fiscale(world, request_):
    """The payer code is upper-cased first (§6.7 check 16)."""
    request_.document.payer.code = "rssmra80a01h501u"
    iuv = world.sil().importa_ok(request_.document.xml())
    answer = world.node.activate(world.ente.fiscal_code, codes.nav_of(iuv))
    assert answer.value("data/debtor/uniqueIdentifier/entityUniqueIdentifierValue") == "RSSMRA80A01H501U"


def test_address_is_cleaned_silently(world, request_):
    """Diacritics become plain letters, odd characters blanks (§8.9): no fault."""
    payer = request_.document.payer
    payer.address, payer.postal_code, payer.province = "Via Càorle § 4 — «x»", "ABC", "XX"
    iuv = world.sil().importa_ok(request_.document.xml())
    debtor = world.node.activate(world.ente.fiscal_code, codes.nav_of(iuv)).root.find("data/debtor")
    street = debtor.findtext("streetName")
    assert street is None or street == "Via Caorle 4 x", street
    assert debtor.findtext("postalCode") is None and debtor.findtext("stateProvinceRegion") is None


@pytest.mark.parametrize("amount", ["0.01", "999999.99"])
def test_extreme_amounts(world, request_, amount):
    """One cent, and nearly a million: the notice can be printed."""
    request_.document.amount = amount
    url = request_.send().value("urlFileAvviso")
    page = Visit(world.base).session.get(url, timeout=30)
    assert page.content.startswith(b"%PDF-")
