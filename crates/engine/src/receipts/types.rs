//! Receipts (ricevute telematiche) as received and as kept.

use jiff::Timestamp;
use jiff::civil::Date;
use model::{Cents, NoticeNumber, PersonKind, ReceiptFlag};
use serde::{Deserialize, Serialize};

use crate::ids::{InstallmentId, OrganizationId, ReceiptKey};

/// The parsed content of a receipt (`pagopa.md` §1.5), kept as one document beside the raw message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptContent {
    /// National identifier: payment token, IUR.
    pub receipt_id: String,
    /// Notice paid.
    pub notice_number: NoticeNumber,
    /// The primary ente, also when the message is for a secondary one.
    pub primary_fiscal_code: String,
    /// IUV.
    pub iuv: String,
    /// Total paid, without the fee.
    pub amount: Cents,
    /// Causale of the notice.
    pub description: String,
    /// Name of the primary ente.
    pub company_name: String,
    /// Office.
    pub office_name: Option<String>,
    /// Debtor.
    pub debtor: Subject,
    /// Who paid, when known.
    pub payer: Option<Subject>,
    /// One to five parts.
    pub transfers: Vec<ReceiptTransfer>,
    /// PSP.
    pub psp: Psp,
    /// `paymentMethod`.
    pub payment_method: Option<String>,
    /// `paymentNote`.
    pub payment_note: Option<String>,
    /// Commission paid by the payer.
    pub fee: Option<Cents>,
    /// Legal instant of payment (UTC); the instant of reception when the message has none.
    pub paid_at: Timestamp,
    /// Day of debit.
    pub application_date: Option<Date>,
    /// Expected day of credit.
    pub transfer_date: Option<Date>,
    /// Paid in stand-in: amounts come from the central archive.
    pub stand_in: bool,
    /// The station that the message named.
    pub station: String,
}

/// A person as a receipt names it: text as received, because a receipt is never refused for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Natural or legal.
    pub kind: PersonKind,
    /// Codice fiscale, partita IVA or `ANONIMO`.
    pub code: String,
    /// Name.
    pub full_name: String,
    /// Street.
    pub street: Option<String>,
    /// Civic number.
    pub number: Option<String>,
    /// CAP.
    pub postal_code: Option<String>,
    /// Comune.
    pub city: Option<String>,
    /// Province.
    pub province: Option<String>,
    /// ISO 3166 country.
    pub country: Option<String>,
    /// E-mail.
    pub email: Option<String>,
}

/// A part of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptTransfer {
    /// 1 to 5.
    pub number: u8,
    /// Amount.
    pub amount: Cents,
    /// Beneficiary.
    pub beneficiary: String,
    /// Account credited; none for a stamp.
    pub iban: Option<String>,
    /// The digital stamp issued, as received.
    pub stamp: Option<Vec<u8>>,
    /// Causale of the part.
    pub remittance: String,
    /// Taxonomy code.
    pub category: String,
}

/// Who took the money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Psp {
    /// `idPSP`.
    pub id: String,
    /// Company name.
    pub name: String,
    /// Codice fiscale.
    pub fiscal_code: Option<String>,
    /// `idChannel`.
    pub channel: String,
    /// Description of the channel.
    pub channel_description: String,
}

/// What does not fit between a receipt and what we know. None refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Anomaly {
    /// No installment of the ente has this notice (broadcast to a secondary ente, stand-in, other station).
    UnknownNotice,
    /// The notice had been paid already: a refund is due.
    SecondPayment,
    /// The notice had been cancelled: a refund may be due.
    PaidWhenCancelled,
    /// The notice had been made unpayable: a refund may be due.
    PaidWhenInvalid,
    /// The notice had not been offered yet.
    PaidWhenDraft,
    /// Paid after a binding last day.
    PaidWhenExpired,
    /// Another amount than asked.
    AmountDiffers,
    /// Another IUV than the notice's.
    IuvDiffers,
    /// Parts that do not add up, or another number of parts.
    TransfersDiffer,
    /// Another debtor.
    DebtorDiffers,
}

impl Anomaly {
    /// Whether the ente must look whether to give the money back.
    #[must_use]
    pub const fn refund_due(self) -> bool {
        matches!(self, Self::SecondPayment | Self::PaidWhenCancelled | Self::PaidWhenInvalid)
    }
}

impl From<ReceiptFlag> for Anomaly {
    fn from(flag: ReceiptFlag) -> Self {
        match flag {
            ReceiptFlag::SecondPayment => Self::SecondPayment,
            ReceiptFlag::PaidWhenCancelled => Self::PaidWhenCancelled,
            ReceiptFlag::PaidWhenInvalid => Self::PaidWhenInvalid,
            ReceiptFlag::PaidWhenDraft => Self::PaidWhenDraft,
            ReceiptFlag::PaidWhenExpired => Self::PaidWhenExpired,
        }
    }
}

/// A stored receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The ente that received it.
    pub organization_id: OrganizationId,
    /// Key.
    pub key: ReceiptKey,
    /// The installment it pays, when it is ours.
    pub installment_id: Option<InstallmentId>,
    /// When it came (UTC).
    pub received_at: Timestamp,
    /// Whether the ente owes the money back.
    pub refund_due: bool,
    /// What did not fit.
    pub anomalies: Vec<Anomaly>,
    /// Content.
    pub content: ReceiptContent,
    /// The message, byte for byte.
    pub raw: Vec<u8>,
}

/// The answer to a receipt.
#[derive(Debug, Clone, PartialEq)]
pub enum Acceptance {
    /// Stored; on disk.
    Accepted {
        /// Key.
        key: ReceiptKey,
        /// What did not fit.
        anomalies: Vec<Anomaly>,
    },
    /// The same (ente, IUV, receiptId) was stored before; nothing changed.
    Duplicate,
}
