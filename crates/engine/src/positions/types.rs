//! Positions as the rest of the engine and the dialects see them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::{Cents, Iban, InstallmentStatus, Iud, Iuv, NoticeNumber, OrganizationFiscalCode, Person};
use serde::{Deserialize, Serialize};

use crate::ids::{InstallmentId, OrganizationId, PositionId, TypeId};
use crate::registry::Organization;

/// Which door a position came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// `paaSILImportaDovuto`.
    MyPayImport,
    /// A cart of a SIL.
    Cart,
    /// Asked for by a PSP (`paDemandPaymentNotice`).
    Demand,
}

impl Origin {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MyPayImport => "MYPAY_IMPORT",
            Self::Cart => "CART",
            Self::Demand => "DEMAND",
        }
    }
}

/// Which IUV a new installment gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IuvChoice {
    /// None yet: the debt has no notice.
    None,
    /// A new one of the ente's segregation code.
    Generate,
    /// The one the SIL made.
    Given(Iuv),
}

/// Who is credited by a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransferPayee {
    /// The account that the type of debt (or else the ente) has on the day of payment.
    OwnAccount,
    /// This account, whoever holds it.
    Account {
        /// IBAN credited.
        iban: Iban,
        /// Postal alternative.
        postal_iban: Option<Iban>,
    },
    /// No account: a digital stamp (`pagopa.md` §7.1).
    Stamp {
        /// `tipoBollo`, `01`.
        kind: String,
        /// SHA-256 of the document in base64.
        hash: String,
        /// Sigla of the debtor's province.
        province: String,
    },
}

/// A part of an installment as stored: what one beneficiary gets, and for which dovuto.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferLine {
    /// IUD of the dovuto; absent on the share of a secondary beneficiary.
    pub iud: Option<Iud>,
    /// Type of debt.
    pub type_id: TypeId,
    /// Amount.
    pub amount: Cents,
    /// Codice fiscale of the beneficiary.
    pub beneficiary: OrganizationFiscalCode,
    /// Its name, when it is not the ente itself.
    pub beneficiary_name: Option<String>,
    /// Account or stamp.
    pub payee: TransferPayee,
    /// Causale as the SIL gave it, up to 1,024 characters.
    pub remittance: String,
    /// `datiSpecificiRiscossione` as the SIL gave it.
    pub category: String,
    /// Balance (bilancio): chapters and assessments.
    pub accounting: Option<model::Balance>,
}

/// What is needed to create or replace an installment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallmentContent {
    /// Door.
    pub origin: Origin,
    /// Type of debt that governs it.
    pub type_id: TypeId,
    /// Debtor.
    pub debtor: Person,
    /// Last day of payment.
    pub due_date: Option<Date>,
    /// What the payer reads, at most 140 characters and without personal data.
    pub description: String,
    /// IUV.
    pub iuv: IuvChoice,
    /// One to five, in order.
    pub transfers: Vec<TransferLine>,
    /// What only the dialect understands.
    pub dialect: Option<serde_json::Value>,
}

impl InstallmentContent {
    /// What the notice asks for.
    ///
    /// # Errors
    /// When the sum passes the largest amount.
    pub fn amount(&self) -> Result<Cents, model::AmountError> {
        Cents::sum(self.transfers.iter().map(|transfer| transfer.amount))
    }
}

/// A stored installment with its transfers.
#[derive(Debug, Clone, PartialEq)]
pub struct Installment {
    /// Owner.
    pub organization_id: OrganizationId,
    /// Key.
    pub id: InstallmentId,
    /// The position it belongs to.
    pub position_id: PositionId,
    /// State as stored; expiry by date is judged at the door ([`model::payable`]).
    pub status: InstallmentStatus,
    /// Type of debt that governs it.
    pub type_id: TypeId,
    /// IUV, once it has one.
    pub iuv: Option<Iuv>,
    /// Notice number, once it has one.
    pub notice_number: Option<NoticeNumber>,
    /// Total.
    pub amount: Cents,
    /// Last day of payment.
    pub due_date: Option<Date>,
    /// What the payer reads.
    pub description: String,
    /// Debtor.
    pub debtor: Person,
    /// Made by a cart and for it alone ("volatile").
    pub cart_only: bool,
    /// Digest of the content it was made from.
    pub content_digest: Vec<u8>,
    /// What only the dialect understands.
    pub dialect: Option<serde_json::Value>,
    /// Creation (UTC).
    pub created_at: Timestamp,
    /// Last change (UTC).
    pub updated_at: Timestamp,
    /// When the receipt says it was paid (UTC).
    pub paid_at: Option<Timestamp>,
    /// Parts, by number.
    pub transfers: Vec<TransferLine>,
}

/// An installment that can be paid now, with everything the node asks for.
#[derive(Debug, Clone)]
pub struct Due {
    /// The ente.
    pub organization: Arc<Organization>,
    /// The installment.
    pub installment: Installment,
    /// Its parts with accounts resolved.
    pub transfers: Vec<DueTransfer>,
}

impl Due {
    /// Whether every part can be credited to a postal account (`allCCP`).
    #[must_use]
    pub fn all_postal(&self) -> bool {
        !self.transfers.is_empty()
            && self
                .transfers
                .iter()
                .all(|t| matches!(&t.payee, DuePayee::Account { postal_iban: Some(_), .. }))
    }
}

/// A part with its account.
#[derive(Debug, Clone)]
pub struct DueTransfer {
    /// 1 to 5.
    pub number: u8,
    /// Amount.
    pub amount: Cents,
    /// Codice fiscale of the beneficiary.
    pub beneficiary: OrganizationFiscalCode,
    /// Its name.
    pub beneficiary_name: String,
    /// Account or stamp.
    pub payee: DuePayee,
    /// `/RFB/…` causale, at most 140 characters.
    pub remittance: String,
    /// Taxonomy code in the published form.
    pub category: String,
}

/// Account or stamp of a part.
#[derive(Debug, Clone)]
pub enum DuePayee {
    /// Credited to an account.
    Account {
        /// IBAN.
        iban: Iban,
        /// Postal alternative.
        postal_iban: Option<Iban>,
    },
    /// A digital stamp.
    Stamp {
        /// `tipoBollo`.
        kind: String,
        /// Digest of the document in base64.
        hash: String,
        /// Province.
        province: String,
    },
}
