//! Faults of the ente's domain (`pagopa.md` §1.7).

use engine::EngineError;
use engine::positions::PayError;
use model::NotPayable;
use wire::pa_for_node::CtFaultBean;

/// The codes that paForNode may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The request breaks its schema.
    ExtraXsd,
    /// The document of a catalogue service breaks its schema.
    Xsd,
    /// `idBrokerPA` is not ours.
    Broker,
    /// `idStation` is not ours, or not of that broker.
    Station,
    /// `idPA` is not attached to the station.
    Domain,
    /// No such notice, or not yet payable.
    Unknown,
    /// Paid.
    Paid,
    /// Past its last day.
    Expired,
    /// Cancelled or made unpayable.
    Cancelled,
    /// This receipt was stored before.
    DuplicateReceipt,
    /// Anything else that is the caller's doing.
    Semantic,
    /// Anything else that is our doing.
    System,
}

impl Code {
    /// Every code, for the completeness test.
    pub const ALL: [Self; 12] = [
        Self::ExtraXsd,
        Self::Xsd,
        Self::Broker,
        Self::Station,
        Self::Domain,
        Self::Unknown,
        Self::Paid,
        Self::Expired,
        Self::Cancelled,
        Self::DuplicateReceipt,
        Self::Semantic,
        Self::System,
    ];

    /// `faultCode`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExtraXsd => "PAA_SINTASSI_EXTRAXSD",
            Self::Xsd => "PAA_SINTASSI_XSD",
            Self::Broker => "PAA_ID_INTERMEDIARIO_ERRATO",
            Self::Station => "PAA_STAZIONE_INT_ERRATA",
            Self::Domain => "PAA_ID_DOMINIO_ERRATO",
            Self::Unknown => "PAA_PAGAMENTO_SCONOSCIUTO",
            Self::Paid => "PAA_PAGAMENTO_DUPLICATO",
            Self::Expired => "PAA_PAGAMENTO_SCADUTO",
            Self::Cancelled => "PAA_PAGAMENTO_ANNULLATO",
            Self::DuplicateReceipt => "PAA_RECEIPT_DUPLICATA",
            Self::Semantic => "PAA_SEMANTICA",
            Self::System => "PAA_SYSTEM_ERROR",
        }
    }

    /// `faultString`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::ExtraXsd => "Errore di sintassi extra XSD.",
            Self::Xsd => "Errore di sintassi XSD.",
            Self::Broker => "Identificativo intermediario non corrispondente.",
            Self::Station => "Stazione intermediario non corrispondente.",
            Self::Domain => "La PAA non corrisponde al Dominio indicato.",
            Self::Unknown => "Pagamento in attesa risulta sconosciuto all'Ente Creditore.",
            Self::Paid => "Pagamento in attesa risulta concluso all'Ente Creditore.",
            Self::Expired => "Pagamento in attesa risulta scaduto all'Ente Creditore.",
            Self::Cancelled => "Pagamento in attesa risulta annullato all'Ente Creditore.",
            Self::DuplicateReceipt => "La ricevuta risulta gia' acquisita dall'Ente Creditore.",
            Self::Semantic => "Errore semantico.",
            Self::System => "Errore generico.",
        }
    }
}

/// A refusal: code and what is wrong in this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Code.
    pub code: Code,
    /// In this case.
    pub description: String,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: Code, description: impl Into<String>) -> Self {
        Self { code, description: description.into() }
    }

    /// As the wire wants it; `id` names the emitter, the ente.
    #[must_use]
    pub fn bean(&self, id: &str) -> CtFaultBean {
        CtFaultBean::new(self.code.as_str(), self.code.text(), id).with_description(self.description.clone())
    }
}

/// How a call ends when it does not succeed: with a refusal, or with nothing the node may take as final.
#[derive(Debug)]
pub enum Failure {
    /// Answered as `KO`.
    Refused(Refusal),
    /// The store does not answer: HTTP 503, the node tries again.
    Unavailable(String),
}

impl Failure {
    /// Shorthand for a refusal.
    pub fn refused(code: Code, description: impl Into<String>) -> Self {
        Self::Refused(Refusal::new(code, description))
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Unavailable(text) => Self::Unavailable(text),
            EngineError::Internal(text) => {
                tracing::error!(error = %text, "internal error");
                Self::refused(Code::System, "errore interno")
            }
        }
    }
}

impl From<PayError> for Failure {
    fn from(error: PayError) -> Self {
        let refused = Self::refused;
        match error {
            PayError::Unknown => refused(Code::Unknown, "avviso non presente"),
            PayError::NotPayable(reason) => match reason {
                NotPayable::NotPublished => refused(Code::Unknown, "avviso non ancora pagabile"),
                NotPayable::AlreadyPaid => refused(Code::Paid, "avviso gia' pagato"),
                NotPayable::Expired => refused(Code::Expired, "termine di pagamento superato"),
                NotPayable::Cancelled => refused(Code::Cancelled, "avviso annullato"),
                NotPayable::Invalid => refused(Code::Cancelled, "avviso non piu' valido"),
            },
            PayError::NoAccount(code) => {
                tracing::error!(code, "no account to credit");
                refused(Code::System, "conto di accredito non configurato")
            }
            PayError::Engine(error) => error.into(),
        }
    }
}
