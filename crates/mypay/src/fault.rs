//! Faults of MyPay: codes and texts on which clients depend (`mypay-soap.md` §4, §9).

use engine::EngineError;
use wire::mypay::FaultBean;

/// `faultCode` values that this crate answers.
pub mod code {
    /// Unknown ente, wrong password, wrong state where the original says so.
    pub const ENTE: &str = "PAA_ENTE_NON_VALIDO";
    /// State of the ente, in the operations that have a code of its own.
    pub const STATO_ENTE: &str = "PAA_STATO_ENTE_NON_VALIDO";
    /// Embedded document.
    pub const XML: &str = "PAA_XML_NON_VALIDO";
    /// IUV.
    pub const IUV: &str = "PAA_IUV_NON_VALIDO";
    /// Due date passed.
    pub const IUV_SCADUTO: &str = "PAA_IUV_SCADUTO";
    /// IUD.
    pub const IUD: &str = "PAA_IUD_NON_VALIDO";
    /// IUD in use.
    pub const IUD_DUPLICATO: &str = "PAA_IUD_DUPLICATO";
    /// `tipoVersamento`.
    pub const TIPO_VERSAMENTO: &str = "PAA_TIPO_VERSAMENTO_NON_VALIDO";
    /// Codice fiscale of the payer.
    pub const CODICE_FISCALE: &str = "PAA_CODICE_FISCALE_NON_VALIDO";
    /// Partita IVA of the payer.
    pub const P_IVA: &str = "PAA_P_IVA_NON_VALIDO";
    /// Tipo dovuto unknown.
    pub const TIPO_DOVUTO: &str = "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_VALIDO";
    /// Tipo dovuto inactive.
    pub const TIPO_DOVUTO_NON_ABILITATO: &str = "PAA_IDENTIFICATIVO_TIPO_DOVUTO_NON_ABILITATO";
    /// Tipo dovuto missing.
    pub const TIPO_DOVUTO_ASSENTE: &str = "PAA_IDENT_TIPO_DOVUTO_NON_PRESENTE";
    /// No payer.
    pub const SOGGETTO_PAGATORE: &str = "PAA_SOGG_PAG_NON_VALORIZZATO";
    /// `azione`.
    pub const AZIONE: &str = "PAA_AZIONE_NON_VALIDO";
    /// Causale missing.
    pub const CAUSALE: &str = "PAA_CAUSALE_NON_PRESENTE";
    /// `datiSpecificiRiscossione`.
    pub const DATI_SPECIFICI: &str = "PAA_DATI_SPECIFICI_RISCOSSIONE_NON_VALIDO";
    /// Amount.
    pub const IMPORTO: &str = "PAA_IMPORTO_SINGOLO_VERSAMENTO_NON_VALIDO";
    /// Balance that does not add up.
    pub const BILANCIO: &str = "PAA_IMPORTO_BILANCIO_NON_VALIDO";
    /// Amount of a digital stamp.
    pub const IMPORTO_BOLLO: &str = "PAA_IMPORTO_MARCA_BOLLO_DIGITALE_NON_VALIDA";
    /// Data of a digital stamp.
    pub const BOLLO: &str = "PAA_MARCA_BOLLO_DIGITALE_NON_VALIDA";
    /// Data of the payer when the payment is transparent.
    pub const ANAGRAFICA: &str = "PAA_ANAGRAFICA_NON_VALIDA";
    /// More than one secondary beneficiary.
    pub const TROPPI_SECONDARI: &str = "PAA_LIMITAZIONE_ENTI_SECONDARI_ERROR";
    /// Data of a secondary beneficiary.
    pub const ENTE_SECONDARIO: &str = "PAA_ENTE_SECONDARIO_NON_VALIDO";
    /// Session.
    pub const ID_SESSION: &str = "PAA_ID_SESSION_NON_VALIDO";
    /// State: not begun.
    pub const NON_INIZIATO: &str = "PAA_PAGAMENTO_NON_INIZIATO";
    /// State: being paid.
    pub const IN_CORSO: &str = "PAA_PAGAMENTO_IN_CORSO";
    /// State: given up.
    pub const ANNULLATO: &str = "PAA_PAGAMENTO_ANNULLATO";
    /// State: expired.
    pub const SCADUTO: &str = "PAA_PAGAMENTO_SCADUTO";
    /// Anything else.
    pub const SYSTEM: &str = "PAA_SYSTEM_ERROR";
    /// Import: no or past due date.
    pub const IMPORT_SCADENZA: &str = "PAA_IMPORT_DATA_SCADENZA_PAGAMENTO_OBBLIGATORIA";
    /// Import: IUD in use.
    pub const IMPORT_IUD_DUPLICATO: &str = "PAA_IMPORT_IUD_DUPLICATO";
    /// Import: IUV in use, or changed.
    pub const IMPORT_IUV_DUPLICATO: &str = "PAA_IMPORT_IUV_DUPLICATO";
    /// Import: IUV removed.
    pub const IMPORT_IUV_NO_NULLABLE: &str = "PAA_IMPORT_IUV_NO_NULLABLE";
    /// Import: type changed.
    pub const IMPORT_TIPO_DOVUTO: &str = "PAA_IMPORT_TIPO_DOVUTO_NON_MODIFICABILE";
}

/// A business fault: travels inside the response with HTTP 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `faultCode`.
    pub code: &'static str,
    /// `faultString`, Italian.
    pub text: String,
    /// `description`.
    pub description: Option<String>,
    /// `serial`.
    pub serial: Option<i32>,
}

impl Fault {
    /// A fault with code and text.
    pub fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), description: None, serial: None }
    }

    /// With a description.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// With a serial number, in the two faults that have one.
    #[must_use]
    pub const fn serial(mut self, serial: i32) -> Self {
        self.serial = Some(serial);
        self
    }

    /// As the wire wants it; `id` is the `codIpaEnte` of the request.
    #[must_use]
    pub fn bean(&self, id: &str) -> FaultBean {
        let mut bean = FaultBean::new(self.code, self.text.clone(), id);
        bean.description = self.description.clone();
        bean.serial = self.serial;
        bean
    }
}

/// How an operation ends when it does not succeed.
#[derive(Debug)]
pub enum Failure {
    /// Answered as a fault, or as a state.
    Fault(Fault),
    /// The store does not answer: HTTP 503.
    Unavailable(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Unavailable(text) => Self::Unavailable(text),
            EngineError::Internal(text) => {
                tracing::error!(error = %text, "internal error");
                Self::Fault(Fault::new(code::SYSTEM, "PAA SYSTEM ERROR").describe("Errore interno"))
            }
        }
    }
}

/// The result of an operation.
pub type Outcome<T> = Result<T, Failure>;
