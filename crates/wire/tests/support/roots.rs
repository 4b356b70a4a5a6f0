//! Every root element of the contracts, so that tests can run over all of them.

use soap::{Document, Element, Error, GlobalElement, Mode, read_element, write_element};

/// A root element, with its reading and its round trip.
pub struct Root {
    pub contract: &'static str,
    pub element: GlobalElement,
    pub read: fn(&str, Mode) -> Result<(), Error>,
    pub round_trip: fn(&str),
}

const fn root<E: Element + PartialEq + std::fmt::Debug>(contract: &'static str) -> Root {
    Root { contract, element: E::ELEMENT, read: read::<E>, round_trip: round_trip::<E> }
}

fn read<E: Element>(text: &str, mode: Mode) -> Result<(), Error> {
    let document = Document::parse(text)?;
    read_element::<E>(document.root(), mode).map(|_| ())
}

/// Reads a valid document, writes it, reads it again: the same.
fn round_trip<E: Element + PartialEq + std::fmt::Debug>(text: &str) {
    let first = of::<E>(text);
    let written = write_element(&first);
    let second = of::<E>(&written);
    assert_eq!(first, second, "{written}");
    assert_eq!(written, write_element(&second));
    soap::check(&second).unwrap();
}

fn of<E: Element>(text: &str) -> E {
    let document = Document::parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    read_element::<E>(document.root(), Mode::Strict).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// All of them.
pub fn all() -> Vec<Root> {
    use wire::{mypay, mypay_documents, pa_for_node};
    vec![
        root::<pa_for_node::PaVerifyPaymentNoticeReq>("pa_for_node"),
        root::<pa_for_node::PaVerifyPaymentNoticeRes>("pa_for_node"),
        root::<pa_for_node::PaDemandPaymentNoticeRequest>("pa_for_node"),
        root::<pa_for_node::PaDemandPaymentNoticeResponse>("pa_for_node"),
        root::<pa_for_node::PaGetPaymentReq>("pa_for_node"),
        root::<pa_for_node::PaGetPaymentRes>("pa_for_node"),
        root::<pa_for_node::PaGetPaymentV2Request>("pa_for_node"),
        root::<pa_for_node::PaGetPaymentV2Response>("pa_for_node"),
        root::<pa_for_node::PaSendRtReq>("pa_for_node"),
        root::<pa_for_node::PaSendRtRes>("pa_for_node"),
        root::<pa_for_node::PaSendRtV2Request>("pa_for_node"),
        root::<pa_for_node::PaSendRtV2Response>("pa_for_node"),
        root::<mypay::PaaSilInviaDovuti>("mypay"),
        root::<mypay::PaaSilInviaDovutiRisposta>("mypay"),
        root::<mypay::PaaSilInviaCarrelloDovuti>("mypay"),
        root::<mypay::PaaSilInviaCarrelloDovutiRisposta>("mypay"),
        root::<mypay::PaaSilVerificaAvviso>("mypay"),
        root::<mypay::PaaSilVerificaAvvisoRisposta>("mypay"),
        root::<mypay::PaaSilAutorizzaImportFlusso>("mypay"),
        root::<mypay::PaaSilAutorizzaImportFlussoRisposta>("mypay"),
        root::<mypay::PaaSilChiediStatoImportFlusso>("mypay"),
        root::<mypay::PaaSilChiediStatoImportFlussoRisposta>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlusso>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlussoRisposta>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlussoIncrementaleConRicevuta>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlussoIncrementaleConRicevutaRisposta>("mypay"),
        root::<mypay::PaaSilChiediStatoExportFlusso>("mypay"),
        root::<mypay::PaaSilChiediStatoExportFlussoRisposta>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlussoScaduti>("mypay"),
        root::<mypay::PaaSilPrenotaExportFlussoScadutiRisposta>("mypay"),
        root::<mypay::PaaSilChiediStatoExportFlussoScaduti>("mypay"),
        root::<mypay::PaaSilChiediStatoExportFlussoScadutiRisposta>("mypay"),
        root::<mypay::PaaSilChiediPagati>("mypay"),
        root::<mypay::PaaSilChiediPagatiRisposta>("mypay"),
        root::<mypay::PaaSilChiediPagatiConRicevuta>("mypay"),
        root::<mypay::PaaSilChiediPagatiConRicevutaRisposta>("mypay"),
        root::<mypay::PaaSilChiediEsitoCarrelloDovuti>("mypay"),
        root::<mypay::PaaSilChiediEsitoCarrelloDovutiRisposta>("mypay"),
        root::<mypay::PaaSilImportaDovuto>("mypay"),
        root::<mypay::PaaSilImportaDovutoRisposta>("mypay"),
        root::<mypay::PaaSilRegistraPagamento>("mypay"),
        root::<mypay::PaaSilRegistraPagamentoRisposta>("mypay"),
        root::<mypay::PaaSilChiediPosizioniAperte>("mypay"),
        root::<mypay::PaaSilChiediPosizioniAperteRisposta>("mypay"),
        root::<mypay::PaaSilChiediStoricoPagamenti>("mypay"),
        root::<mypay::PaaSilChiediStoricoPagamentiRisposta>("mypay"),
        root::<mypay::PaaSilChiediAvvisiPendenti>("mypay"),
        root::<mypay::PaaSilChiediAvvisiPendentiRisposta>("mypay"),
        root::<mypay::IntestazionePpt>("mypay"),
        root::<mypay_documents::Dovuti>("mypay_documents"),
        root::<mypay_documents::DovutiEntiSecondari>("mypay_documents"),
        root::<mypay_documents::Versamento>("mypay_documents"),
        root::<mypay_documents::Pagati>("mypay_documents"),
        root::<mypay_documents::PagatiConRicevuta>("mypay_documents"),
        root::<mypay_documents::Bilancio>("mypay_documents"),
    ]
}
