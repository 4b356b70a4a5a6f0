//! The registry in memory: read by every request, replaced whole when it changes.

use std::collections::HashMap;
use std::sync::Arc;

use super::types::{Broker, DebtPositionType, Organization, Station};
use crate::ids::{OrganizationId, TypeId};

/// All of the registry at one version.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub(super) version: i64,
    pub(super) brokers: HashMap<String, Broker>,
    pub(super) stations: HashMap<String, Station>,
    pub(super) organizations: HashMap<OrganizationId, Arc<Organization>>,
    pub(super) by_ipa: HashMap<String, OrganizationId>,
    pub(super) by_fiscal_code: HashMap<String, OrganizationId>,
    pub(super) types: HashMap<(OrganizationId, TypeId), Arc<DebtPositionType>>,
    pub(super) types_by_code: HashMap<OrganizationId, HashMap<String, TypeId>>,
}

impl Snapshot {
    /// The broker with this code, if it is ours.
    #[must_use]
    pub fn broker(&self, code: &str) -> Option<&Broker> {
        self.brokers.get(code)
    }

    /// The station with this code, if it is ours.
    #[must_use]
    pub fn station(&self, code: &str) -> Option<&Station> {
        self.stations.get(code)
    }

    /// An ente by key.
    #[must_use]
    pub fn organization(&self, id: OrganizationId) -> Option<&Arc<Organization>> {
        self.organizations.get(&id)
    }

    /// An ente by `codIpaEnte`, in any case (`mypay-soap.md` Q3: stored in upper case).
    #[must_use]
    pub fn organization_by_ipa(&self, ipa_code: &str) -> Option<&Arc<Organization>> {
        let id = match self.by_ipa.get(ipa_code) {
            Some(id) => id,
            None => self.by_ipa.get(&ipa_code.to_uppercase())?,
        };
        self.organizations.get(id)
    }

    /// An ente by codice fiscale.
    #[must_use]
    pub fn organization_by_fiscal_code(&self, code: &str) -> Option<&Arc<Organization>> {
        self.organizations.get(self.by_fiscal_code.get(code)?)
    }

    /// All enti, by name.
    #[must_use]
    pub fn organizations(&self) -> Vec<Arc<Organization>> {
        let mut all: Vec<_> = self.organizations.values().cloned().collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// A type by key.
    #[must_use]
    pub fn debt_type(&self, organization: OrganizationId, id: TypeId) -> Option<&Arc<DebtPositionType>> {
        self.types.get(&(organization, id))
    }

    /// A type by code.
    #[must_use]
    pub fn debt_type_by_code(
        &self,
        organization: OrganizationId,
        code: &str,
    ) -> Option<&Arc<DebtPositionType>> {
        self.debt_type(organization, *self.types_by_code.get(&organization)?.get(code)?)
    }

    /// The types of one ente, by code.
    #[must_use]
    pub fn types_of(&self, organization: OrganizationId) -> Vec<Arc<DebtPositionType>> {
        let Some(codes) = self.types_by_code.get(&organization) else { return Vec::new() };
        let mut types: Vec<_> =
            codes.values().filter_map(|id| self.debt_type(organization, *id).cloned()).collect();
        types.sort_by(|a, b| a.code.cmp(&b.code));
        types
    }
}
