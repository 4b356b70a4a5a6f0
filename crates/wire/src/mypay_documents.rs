//! The XML documents that travel inside MyPay's messages as base64 (`mypay-soap.md` §7).
//!
//! Every element is in the namespace. Read them with [`soap::Mode::Document`], as MyPay does:
//! validated in full, then trimmed.

mod input;
mod output;
mod types;

pub use input::*;
pub use output::*;
use soap::{Element, Schema, SchemaFile};
pub use types::*;

/// The schema `PagInf_Dovuti_Pagati_6_2_0`; its `version` was never raised by its authors.
pub static SCHEMA: Schema = Schema {
    namespace: "http://www.regione.veneto.it/schemas/2012/Pagamenti/Ente/",
    prefix: "pay_i",
    qualified: true,
    version: Some("6.0.1"),
};

/// The schema file beside the WSDL.
pub const SCHEMA_FILE: SchemaFile = SchemaFile {
    file: Some("PagInf_Dovuti_Pagati_6_2_0.xsd"),
    schema: &SCHEMA,
    elements: &[
        Dovuti::ELEMENT,
        DovutiEntiSecondari::ELEMENT,
        Pagati::ELEMENT,
        PagatiConRicevuta::ELEMENT,
        Versamento::ELEMENT,
        Bilancio::ELEMENT,
    ],
};
