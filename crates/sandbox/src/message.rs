//! The messages of paForNode as the node thinks of them: one shape for both versions.

use jiff::civil::{Date, DateTime};
use model::Cents;
use wire::pa_for_node::{AmountOption, CtMetadata, CtSubject};

/// A primitive that the node calls on a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub enum Operation {
    /// `paVerifyPaymentNotice`
    #[serde(rename = "paVerifyPaymentNotice")]
    Verify,
    /// `paGetPayment`
    #[serde(rename = "paGetPayment")]
    GetPayment,
    /// `paGetPaymentV2`
    #[serde(rename = "paGetPaymentV2")]
    GetPaymentV2,
    /// `paSendRT`
    #[serde(rename = "paSendRT")]
    SendRt,
    /// `paSendRTV2`
    #[serde(rename = "paSendRTV2")]
    SendRtV2,
}

/// Faults of the EC domain allowed before a payment (pagopa.md §1.7).
const BEFORE_PAYMENT: &[&str] = &[
    "PAA_SINTASSI_EXTRAXSD",
    "PAA_ID_DOMINIO_ERRATO",
    "PAA_ID_INTERMEDIARIO_ERRATO",
    "PAA_STAZIONE_INT_ERRATA",
    "PAA_PAGAMENTO_SCONOSCIUTO",
    "PAA_PAGAMENTO_DUPLICATO",
    "PAA_PAGAMENTO_IN_CORSO",
    "PAA_PAGAMENTO_SCADUTO",
    "PAA_PAGAMENTO_ANNULLATO",
    "PAA_SEMANTICA",
    "PAA_SYSTEM_ERROR",
];

/// Faults of the EC domain allowed for receipts (pagopa.md §1.7).
const ON_RECEIPT: &[&str] = &[
    "PAA_SINTASSI_EXTRAXSD",
    "PAA_ID_DOMINIO_ERRATO",
    "PAA_ID_INTERMEDIARIO_ERRATO",
    "PAA_STAZIONE_INT_ERRATA",
    "PAA_RECEIPT_DUPLICATA",
    "PAA_SEMANTICA",
    "PAA_SYSTEM_ERROR",
];

impl Operation {
    /// Name of the operation, which is also its `SOAPAction`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Verify => "paVerifyPaymentNotice",
            Self::GetPayment => "paGetPayment",
            Self::GetPaymentV2 => "paGetPaymentV2",
            Self::SendRt => "paSendRT",
            Self::SendRtV2 => "paSendRTV2",
        }
    }

    /// The fault codes that the EC may answer.
    pub(crate) const fn allowed_faults(self) -> &'static [&'static str] {
        match self {
            Self::Verify | Self::GetPayment | Self::GetPaymentV2 => BEFORE_PAYMENT,
            Self::SendRt | Self::SendRtV2 => ON_RECEIPT,
        }
    }
}

/// To whom a call goes.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The organization that the call is for.
    pub id_pa: String,
    pub id_broker: String,
    pub id_station: String,
    pub url: String,
}

/// A notice, as read from its QR code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Notice {
    /// Fiscal code of the organization that issued it.
    pub fiscal_code: String,
    /// 18 digits.
    pub number: String,
}

/// `transferType` of an activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransferKind {
    Postal,
    PagoPa,
}

/// What an activation asks beside the notice.
#[derive(Clone, Debug, Default)]
pub(crate) struct ActivationTerms {
    pub amount: Option<Cents>,
    /// For carts, the `idCart` of the EC.
    pub payment_note: Option<String>,
    pub transfer_kind: Option<TransferKind>,
}

/// A fault of the EC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: String,
    pub string: String,
    pub id: String,
    pub description: Option<String>,
}

/// The payment option of a verification.
#[derive(Clone, Debug)]
pub(crate) struct PaymentOption {
    pub amount: Cents,
    pub options: AmountOption,
    pub due_date: Option<Date>,
    pub detail_description: Option<String>,
}

/// Content of an OK verification, before the checks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verification {
    pub option: Option<PaymentOption>,
    pub payment_description: Option<String>,
    pub fiscal_code_pa: Option<String>,
    pub company_name: Option<String>,
    pub office_name: Option<String>,
}

/// Where the money of a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payee {
    Iban(String),
    /// A digital stamp to buy: hash of the document.
    Stamp {
        hash: Vec<u8>,
    },
}

/// One of the 1 to 5 parts of a payment.
#[derive(Clone, Debug)]
pub(crate) struct TransferPart {
    pub id: i32,
    pub amount: Cents,
    pub fiscal_code: String,
    pub company_name: Option<String>,
    pub payee: Payee,
    pub remittance: String,
    pub category: String,
    pub metadata: Option<CtMetadata>,
}

/// Content of an OK activation.
#[derive(Clone, Debug)]
pub(crate) struct Activation {
    pub creditor_reference: String,
    pub amount: Cents,
    pub description: String,
    pub company_name: Option<String>,
    pub office_name: Option<String>,
    pub debtor: CtSubject,
    pub transfers: Vec<TransferPart>,
    pub metadata: Option<CtMetadata>,
}

/// A receipt as the node sends it.
#[derive(Clone, Debug)]
pub(crate) struct Receipt {
    pub receipt_id: String,
    pub notice: Notice,
    pub activation: Activation,
    /// Name of the primary organization on the platform, for activations that give none.
    pub company_name: String,
    pub psp: &'static crate::psp::Psp,
    pub payment_method: &'static str,
    pub payment_note: Option<String>,
    pub fee: Cents,
    /// Europe/Rome.
    pub paid_at: DateTime,
    /// For each transfer with a stamp, its id and the XML of the stamp.
    pub stamps: Vec<(i32, Vec<u8>)>,
}

/// What an answer says, schema already checked.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub ok: bool,
    pub fault: Option<Fault>,
    pub content: Content,
}

/// The part of an answer that depends on the operation.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Verification(Verification),
    Activation(Option<Activation>),
    None,
}
