//! MyPay's interface for local systems, `pa-per-ente.wsdl` (`mypay-soap.md` §1–§6).
//!
//! Only wrappers and the header are qualified. Read requests leniently, as MyPay does. Fields that
//! the schema requires and MyPay nevertheless misses in its own words, or leaves out beside a
//! `fault`, are optional here.

mod carts;
mod flows;
mod outcomes;
mod positions;
mod types;

pub use carts::*;
pub use flows::*;
pub use outcomes::*;
pub use positions::*;
use soap::{Element, Operation, PartNames, Schema, SchemaFile, Service};
pub use types::*;

use crate::mypay_documents;

/// The schema of the messages.
pub static SCHEMA: Schema = Schema {
    namespace: "http://www.regione.veneto.it/pagamenti/ente/",
    prefix: "ppt",
    qualified: false,
    version: None,
};

/// The schema of the header.
pub static HEADER_SCHEMA: Schema = Schema {
    namespace: "http://www.regione.veneto.it/pagamenti/ente/ppthead",
    prefix: "ppthead",
    qualified: false,
    version: None,
};

/// The service with its eighteen operations.
pub static SERVICE: Service = Service {
    name: "PagamentiTelematiciDovutiPagatiService",
    port: "PagamentiTelematiciDovutiPagatiPort",
    binding: "PagamentiTelematiciDovutiPagatiBinding",
    port_type: "PagamentiTelematiciDovutiPagati",
    namespace: "http://www.regione.veneto.it/pagamenti/ente/PagamentiTelematiciDovutiPagati",
    parts: PartNames {
        request_suffix: "",
        response_suffix: "Response",
        header: "header",
        request: "bodyrichiesta",
        response: "bodyrisposta",
    },
    addressing: Some("http://www.regione.veneto.it/pagamenti/ente/PPT/"),
    schemas: &[
        mypay_documents::SCHEMA_FILE,
        SchemaFile { file: None, schema: &HEADER_SCHEMA, elements: &[IntestazionePpt::ELEMENT] },
        SchemaFile {
            file: None,
            schema: &SCHEMA,
            elements: &[
                PaaSilInviaDovuti::ELEMENT,
                PaaSilInviaDovutiRisposta::ELEMENT,
                PaaSilInviaCarrelloDovuti::ELEMENT,
                PaaSilInviaCarrelloDovutiRisposta::ELEMENT,
                PaaSilVerificaAvviso::ELEMENT,
                PaaSilVerificaAvvisoRisposta::ELEMENT,
                PaaSilChiediPagati::ELEMENT,
                PaaSilChiediPagatiRisposta::ELEMENT,
                PaaSilChiediPagatiConRicevuta::ELEMENT,
                PaaSilChiediPagatiConRicevutaRisposta::ELEMENT,
                PaaSilChiediEsitoCarrelloDovuti::ELEMENT,
                PaaSilChiediEsitoCarrelloDovutiRisposta::ELEMENT,
                PaaSilImportaDovuto::ELEMENT,
                PaaSilImportaDovutoRisposta::ELEMENT,
                PaaSilRegistraPagamento::ELEMENT,
                PaaSilRegistraPagamentoRisposta::ELEMENT,
                PaaSilAutorizzaImportFlusso::ELEMENT,
                PaaSilAutorizzaImportFlussoRisposta::ELEMENT,
                PaaSilChiediStatoImportFlusso::ELEMENT,
                PaaSilChiediStatoImportFlussoRisposta::ELEMENT,
                PaaSilPrenotaExportFlusso::ELEMENT,
                PaaSilPrenotaExportFlussoRisposta::ELEMENT,
                PaaSilPrenotaExportFlussoIncrementaleConRicevuta::ELEMENT,
                PaaSilPrenotaExportFlussoIncrementaleConRicevutaRisposta::ELEMENT,
                PaaSilChiediStatoExportFlusso::ELEMENT,
                PaaSilChiediStatoExportFlussoRisposta::ELEMENT,
                PaaSilPrenotaExportFlussoScaduti::ELEMENT,
                PaaSilPrenotaExportFlussoScadutiRisposta::ELEMENT,
                PaaSilChiediStatoExportFlussoScaduti::ELEMENT,
                PaaSilChiediStatoExportFlussoScadutiRisposta::ELEMENT,
                PaaSilChiediAvvisiPendenti::ELEMENT,
                PaaSilChiediAvvisiPendentiRisposta::ELEMENT,
                PaaSilChiediPosizioniAperte::ELEMENT,
                PaaSilChiediPosizioniAperteRisposta::ELEMENT,
                PaaSilChiediStoricoPagamenti::ELEMENT,
                PaaSilChiediStoricoPagamentiRisposta::ELEMENT,
            ],
        },
    ],
    operations: &[
        headed::<PaaSilInviaDovuti, PaaSilInviaDovutiRisposta>(),
        headed::<PaaSilInviaCarrelloDovuti, PaaSilInviaCarrelloDovutiRisposta>(),
        headed::<PaaSilVerificaAvviso, PaaSilVerificaAvvisoRisposta>(),
        bare::<PaaSilChiediPagati, PaaSilChiediPagatiRisposta>(),
        bare::<PaaSilChiediPagatiConRicevuta, PaaSilChiediPagatiConRicevutaRisposta>(),
        headed::<PaaSilImportaDovuto, PaaSilImportaDovutoRisposta>(),
        bare::<PaaSilRegistraPagamento, PaaSilRegistraPagamentoRisposta>(),
        headed::<PaaSilAutorizzaImportFlusso, PaaSilAutorizzaImportFlussoRisposta>(),
        headed::<PaaSilChiediStatoImportFlusso, PaaSilChiediStatoImportFlussoRisposta>(),
        headed::<PaaSilPrenotaExportFlusso, PaaSilPrenotaExportFlussoRisposta>(),
        headed::<PaaSilPrenotaExportFlussoScaduti, PaaSilPrenotaExportFlussoScadutiRisposta>(),
        headed::<
            PaaSilPrenotaExportFlussoIncrementaleConRicevuta,
            PaaSilPrenotaExportFlussoIncrementaleConRicevutaRisposta,
        >(),
        headed::<PaaSilChiediStatoExportFlusso, PaaSilChiediStatoExportFlussoRisposta>(),
        headed::<PaaSilChiediStatoExportFlussoScaduti, PaaSilChiediStatoExportFlussoScadutiRisposta>(),
        bare::<PaaSilChiediAvvisiPendenti, PaaSilChiediAvvisiPendentiRisposta>(),
        bare::<PaaSilChiediEsitoCarrelloDovuti, PaaSilChiediEsitoCarrelloDovutiRisposta>(),
        bare::<PaaSilChiediPosizioniAperte, PaaSilChiediPosizioniAperteRisposta>(),
        bare::<PaaSilChiediStoricoPagamenti, PaaSilChiediStoricoPagamentiRisposta>(),
    ],
};

/// An operation is called as its request element.
const fn bare<I: Element, O: Element>() -> Operation {
    Operation { name: I::ELEMENT.name, header: None, input: I::ELEMENT, output: O::ELEMENT }
}

/// An operation whose caller is named by the header (`mypay-soap.md` §1.5).
const fn headed<I: Element, O: Element>() -> Operation {
    let header = Some(IntestazionePpt::ELEMENT);
    Operation { name: I::ELEMENT.name, header, input: I::ELEMENT, output: O::ELEMENT }
}
