//! What the registry knows: broker, stations, enti, their types of debt.

use jiff::civil::Date;
use model::{
    BrokerId, Cents, Iban, IpaCode, OrganizationFiscalCode, SegregationCode, StationId, TaxonomyCode,
};
use serde::{Deserialize, Serialize};

use crate::ids::{OrganizationId, TypeId};

/// Life of an ente on the platform (`mypay-flows.md` §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganizationStatus {
    /// `INSERITO`: registered; may not call most operations.
    Registered,
    /// `PRE-ESERCIZIO`: integration tests.
    PreProduction,
    /// `ESERCIZIO`: shown to citizens.
    Production,
}

impl OrganizationStatus {
    /// The word on the wire and in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "INSERITO",
            Self::PreProduction => "PRE-ESERCIZIO",
            Self::Production => "ESERCIZIO",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Registered, Self::PreProduction, Self::Production].into_iter().find(|s| s.as_str() == text)
    }
}

/// An ente creditore.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Key.
    pub id: OrganizationId,
    /// `codIpaEnte`, upper case.
    pub ipa_code: IpaCode,
    /// Codice fiscale: its name (`idPA`) towards pagoPA.
    pub fiscal_code: OrganizationFiscalCode,
    /// Denominazione.
    pub name: String,
    /// Registered, in tests, or in production.
    pub status: OrganizationStatus,
    /// Everything else.
    pub profile: OrganizationProfile,
    /// The stations it is attached to; the first makes its notice numbers.
    pub attachments: Vec<Attachment>,
}

impl Organization {
    /// The attachment whose segregation code goes into new notice numbers.
    #[must_use]
    pub fn issuing_attachment(&self) -> Option<&Attachment> {
        self.attachments.first()
    }

    /// Whether the station is one of its own.
    #[must_use]
    pub fn attached_to(&self, station: &str) -> bool {
        self.attachments.iter().any(|a| a.station.as_str() == station)
    }
}

/// The attributes of an ente that no query filters on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrganizationProfile {
    /// Two-digit kind of body in the taxonomy.
    pub type_code: Option<String>,
    /// CBILL (SIA) code, five characters.
    pub cbill_code: Option<String>,
    /// Account credited when a type names none.
    pub iban: Option<Iban>,
    /// Postal account used when the payer pays by bollettino.
    pub postal_iban: Option<Iban>,
    /// `AUT. DB/… DEL …`: without it no postal section is printed.
    pub postal_authorization: Option<String>,
    /// Where the browser goes back to when a cart names no address.
    pub return_url: Option<String>,
    /// Origins (`https://host[:port]`) a return address may have; empty: any.
    pub return_origins: Vec<String>,
    /// Postal address and contacts of the body.
    pub address: BodyAddress,
    /// Sector printed under the name on notices.
    pub sector: Option<String>,
    /// Second language of notices: `en`, `de`, `fr`, `sl`.
    pub additional_language: Option<String>,
    /// Key of the logo in the file store (PNG or JPEG).
    pub logo: Option<String>,
}

/// Address and contacts of a body, printed on notices and receipts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BodyAddress {
    /// Street.
    pub street: Option<String>,
    /// Civic number.
    pub number: Option<String>,
    /// CAP.
    pub postal_code: Option<String>,
    /// Comune.
    pub city: Option<String>,
    /// Sigla of the province.
    pub province: Option<String>,
    /// ISO 3166 country.
    pub country: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Web site.
    pub web: Option<String>,
}

/// An ente on a station (`pagopa.md` §3.1: the segregation code belongs to the pair).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The station.
    pub station: StationId,
    /// Two digits that open every IUV made for this pair.
    pub segregation_code: SegregationCode,
    /// Whether the station wants every receipt that concerns the ente.
    pub broadcast: bool,
}

/// A station of the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// `idStation`.
    pub code: StationId,
    /// `idBrokerPA` that owns it.
    pub broker: BrokerId,
}

/// The intermediary itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// `idBrokerPA`, a codice fiscale.
    pub code: BrokerId,
    /// Name.
    pub name: String,
}

/// A tipo dovuto: a kind of revenue and its rules (`mypay-flows.md` §5.2).
#[derive(Debug, Clone)]
pub struct DebtPositionType {
    /// Key.
    pub id: TypeId,
    /// The ente that owns it.
    pub organization_id: OrganizationId,
    /// Code, unique in the ente.
    pub code: String,
    /// Inactive types take no new debts.
    pub active: bool,
    /// Everything else.
    pub profile: TypeProfile,
}

/// The rules of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeProfile {
    /// Label.
    pub description: String,
    /// Taxonomy code.
    pub taxonomy: TaxonomyCode,
    /// Fixed amount.
    #[serde(default)]
    pub fixed_amount: Option<Cents>,
    /// Offered to citizens without a notice.
    #[serde(default)]
    pub spontaneous: bool,
    /// A debt past its due date can no longer be paid.
    #[serde(default)]
    pub due_date_mandatory: bool,
    /// The due date is printed (and so must be given).
    #[serde(default)]
    pub due_date_printed: bool,
    /// The payer may be `ANONIMO`.
    #[serde(default)]
    pub anonymous_allowed: bool,
    /// Notices are not printed.
    #[serde(default)]
    pub print_disabled: bool,
    /// Marca da bollo digitale: no IBAN, fixed amount, only in carts.
    #[serde(default)]
    pub digital_stamp: bool,
    /// Account credited; the ente's own when absent.
    #[serde(default)]
    pub iban: Option<Iban>,
    /// Postal account; the ente's own when absent.
    #[serde(default)]
    pub postal_iban: Option<Iban>,
    /// Holder of the postal account, as printed.
    #[serde(default)]
    pub postal_holder: Option<String>,
    /// Sector of the ente, as printed.
    #[serde(default)]
    pub sector: Option<String>,
    /// Where outcomes are pushed (`mypay-soap.md` §14.4).
    #[serde(default)]
    pub push: Option<PushTarget>,
    /// `idServizio` of the national catalogue under which a PSP may ask for a new notice of this type
    /// (`paDemandPaymentNotice`, `pagopa.md` §1.6); needs a fixed amount.
    #[serde(default)]
    pub demand_service: Option<String>,
    /// Codice versamento on PiemontePAY.
    #[serde(default)]
    pub payment_code: Option<String>,
    /// Chapter of the balance by default.
    #[serde(default)]
    pub chapter: Option<String>,
}

/// A target of pushed outcomes, registered by an administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushTarget {
    /// Absolute address.
    pub url: String,
    /// Attempts before the delivery is given up (20 in MyPay).
    pub max_attempts: u32,
}

/// Why a due date does not suit a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DueDateRefused {
    /// The type binds or prints it, so it must be given.
    #[error("the type of debt needs a due date")]
    Missing,
    /// It binds and has passed: nobody could pay.
    #[error("the due date has passed")]
    Passed,
}

impl DebtPositionType {
    /// Whether a debt of this type may be created or changed with this due date (`mypay-soap.md` §6.7).
    /// `today` is a date of Europe/Rome.
    ///
    /// # Errors
    /// [`DueDateRefused`].
    pub fn check_due_date(&self, due_date: Option<Date>, today: Date) -> Result<(), DueDateRefused> {
        let profile = &self.profile;
        match due_date {
            None if profile.due_date_mandatory || profile.due_date_printed => Err(DueDateRefused::Missing),
            Some(date) if profile.due_date_mandatory && date < today => Err(DueDateRefused::Passed),
            _ => Ok(()),
        }
    }

    /// The account to credit now.
    #[must_use]
    pub fn iban<'a>(&'a self, organization: &'a Organization) -> Option<&'a Iban> {
        self.profile.iban.as_ref().or(organization.profile.iban.as_ref())
    }

    /// The postal account to credit now, if any.
    #[must_use]
    pub fn postal_iban<'a>(&'a self, organization: &'a Organization) -> Option<&'a Iban> {
        self.profile.postal_iban.as_ref().or(organization.profile.postal_iban.as_ref())
    }
}
