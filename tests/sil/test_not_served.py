"""Operations of the contract that are not served yet answer a business fault that names them (mypay-soap.md §21.2)."""

import pytest
from harness import xml
from harness.sil import NAMESPACES, PPT
from harness.xml import tag

WITH_ESITO = {"paaSILInviaCarrelloDovuti", "paaSILRegistraPagamento"}
LATER = [
    "paaSILInviaCarrelloDovuti", "paaSILChiediEsitoCarrelloDovuti", "paaSILAutorizzaImportFlusso",
    "paaSILChiediStatoImportFlusso", "paaSILPrenotaExportFlusso", "paaSILPrenotaExportFlussoIncrementaleConRicevuta",
    "paaSILChiediStatoExportFlusso", "paaSILPrenotaExportFlussoScaduti", "paaSILChiediStatoExportFlussoScaduti",
    "paaSILRegistraPagamento", "paaSILChiediPosizioniAperte", "paaSILChiediStoricoPagamenti", "paaSILChiediAvvisiPendenti",
]


@pytest.mark.parametrize("operation", LATER)
def test_business_fault(world, sil, operation):
    """HTTP 200, `<operation>Risposta`, PAA_SYSTEM_ERROR, the name of the operation."""
    header = f"<h:intestazionePPT>{tag('codIpaEnte', sil.ipa)}</h:intestazionePPT>"
    children = tag("codIpaEnte", sil.ipa) + tag("password", sil.password)
    answer = xml.post(sil.url, xml.envelope(f"<e:{operation}>{children}</e:{operation}>", header, NAMESPACES), operation)
    assert answer.status == 200, f"{answer.status}: {answer.text}"
    assert answer.root.tag == f"{{{PPT}}}{operation}Risposta", answer.text
    assert answer.fault_code == "PAA_SYSTEM_ERROR", answer.text
    assert operation in answer.fault_string + (answer.value("fault/description") or ""), answer.text
    assert (answer.value("esito") == "KO") == (operation in WITH_ESITO), answer.text
