//! What the nation knows about the installation under test, as the Backoffice of pagoPA would.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::SandboxClock;
use crate::error::SandboxError;

/// Settings of the simulated nation, given at start by the binary.
// No `Debug`: it holds secrets.
#[derive(Clone)]
pub struct SandboxConfig {
    /// Public address of this installation without a final slash, `http://127.0.0.1:8420`:
    /// the redirect of a cart is built on it.
    pub base_url: String,
    /// Where pending receipts and the inbox of the SIL are kept.
    pub data_dir: PathBuf,
    /// Bearer token of the JSON controls.
    pub control_token: String,
    /// Value that the carts API expects in `Ocp-Apim-Subscription-Key`.
    pub subscription_key: String,
    /// The clock shared with the installation.
    pub clock: Arc<SandboxClock>,
    /// Broker, stations and organizations.
    pub registry: Registry,
    /// How long the node waits.
    pub timeouts: NodeTimeouts,
}

/// How long the node waits for the EC side (pagopa.md §1.8).
#[derive(Clone, Copy, Debug)]
pub struct NodeTimeouts {
    /// Verification and activation: 7 s.
    pub activation: Duration,
    /// Receipt: 15 s.
    pub receipt: Duration,
    /// An answer slower than this breaks the published obligation: 2 s.
    pub obligation: Duration,
}

impl Default for NodeTimeouts {
    fn default() -> Self {
        Self {
            activation: Duration::from_secs(7),
            receipt: Duration::from_secs(15),
            obligation: Duration::from_secs(2),
        }
    }
}

/// Version of a primitive that a station speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum PrimitiveVersion {
    /// `paGetPayment`, `paSendRT`.
    V1,
    /// `paGetPaymentV2`, `paSendRTV2`; needed for digital stamps.
    #[default]
    V2,
}

/// What is registered on the national platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Registry {
    /// Fiscal code of the intermediary, `idBrokerPA`.
    pub broker_id: String,
    /// Stations of the intermediary.
    pub stations: Vec<Station>,
    /// Organizations enabled on the node, attached to our stations or not.
    pub organizations: Vec<Organization>,
}

/// A technical endpoint of the intermediary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Station {
    /// `idStation`, conventionally `<idBrokerPA>_<nn>`.
    pub id: String,
    /// Address of its paForNode service.
    pub url: String,
    /// Version of the activation that the node calls.
    #[serde(default)]
    pub activation: PrimitiveVersion,
    /// Version of the receipt that the node sends.
    #[serde(default)]
    pub receipt: PrimitiveVersion,
}

/// A public body enabled on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// Fiscal code, 11 digits.
    pub fiscal_code: String,
    /// Name.
    pub name: String,
    /// Accounts registered ("censiti") for it; an activation with another IBAN is refused.
    pub ibans: Vec<String>,
    /// Stations it is attached to; empty for a body that only receives parts of payments.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

/// The attachment of an organization to a station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// `idStation`.
    pub station_id: String,
    /// Two digits; the node routes a notice by organization and segregation code.
    pub segregation_code: String,
    /// Whether the station gets the receipts in which the organization has a part.
    #[serde(default)]
    pub broadcast: bool,
}

impl Registry {
    /// Checks codes, addresses and references.
    ///
    /// # Errors
    /// [`SandboxError::Config`] naming the field and the rule.
    pub fn check(&self) -> Result<(), SandboxError> {
        let refuse = |field: String, rule: &str| Err(SandboxError::Config { field, rule: rule.to_owned() });
        if self.broker_id.is_empty() || self.broker_id.len() > 35 {
            return refuse("brokerId".to_owned(), "1 to 35 characters");
        }
        for (i, station) in self.stations.iter().enumerate() {
            let field = |name: &str| format!("stations[{i}].{name}");
            if station.id.is_empty() || station.id.len() > 35 {
                return refuse(field("id"), "1 to 35 characters");
            }
            if self.stations.iter().skip(i.saturating_add(1)).any(|s| s.id == station.id) {
                return refuse(field("id"), "must be unique");
            }
            if !url::Url::parse(&station.url).is_ok_and(|u| matches!(u.scheme(), "http" | "https")) {
                return refuse(field("url"), "must be an absolute http or https address");
            }
        }
        for (i, organization) in self.organizations.iter().enumerate() {
            self.check_organization(organization, &format!("organizations[{i}]."))?;
            let later = self.organizations.iter().skip(i.saturating_add(1));
            if later.clone().any(|o| o.fiscal_code == organization.fiscal_code) {
                return refuse(format!("organizations[{i}].fiscalCode"), "must be unique");
            }
        }
        Ok(())
    }

    /// Checks one organization; `prefix` begins the names of fields in errors.
    pub(crate) fn check_organization(
        &self,
        organization: &Organization,
        prefix: &str,
    ) -> Result<(), SandboxError> {
        let refuse =
            |name: String, rule: String| Err(SandboxError::Config { field: format!("{prefix}{name}"), rule });
        if let Err(error) = model::OrganizationFiscalCode::parse(&organization.fiscal_code) {
            return refuse("fiscalCode".to_owned(), error.to_string());
        }
        if organization.name.is_empty() || organization.name.chars().count() > 140 {
            return refuse("name".to_owned(), "1 to 140 characters".to_owned());
        }
        for (i, iban) in organization.ibans.iter().enumerate() {
            if let Err(error) = model::Iban::parse(iban) {
                return refuse(format!("ibans[{i}]"), error.to_string());
            }
        }
        for (i, attachment) in organization.attachments.iter().enumerate() {
            if !self.stations.iter().any(|s| s.id == attachment.station_id) {
                return refuse(
                    format!("attachments[{i}].stationId"),
                    "must be the id of a station".to_owned(),
                );
            }
            let code = attachment.segregation_code.as_bytes();
            if code.len() != 2 || !code.iter().all(u8::is_ascii_digit) {
                return refuse(format!("attachments[{i}].segregationCode"), "must be two digits".to_owned());
            }
        }
        Ok(())
    }

    /// The organization with this fiscal code.
    #[must_use]
    pub fn organization(&self, fiscal_code: &str) -> Option<&Organization> {
        self.organizations.iter().find(|o| o.fiscal_code == fiscal_code)
    }

    /// The station with this id.
    #[must_use]
    pub fn station(&self, id: &str) -> Option<&Station> {
        self.stations.iter().find(|s| s.id == id)
    }

    /// The station that answers for a notice: by segregation code for aux digit 3; the older
    /// forms carry no code that we could route by, so they go to the first attachment.
    #[must_use]
    pub fn route(&self, organization: &Organization, notice_number: &str) -> Option<&Station> {
        let attachment = match notice_number.strip_prefix('3') {
            Some(rest) => organization.attachments.iter().find(|a| rest.starts_with(&a.segregation_code))?,
            None => organization.attachments.first()?,
        };
        self.station(&attachment.station_id)
    }
}
