//! Registry: broker, stations, enti, tipi dovuto, IBANs. Small, read by every request, changed rarely:
//! kept whole in memory and read again when its version in the store moves.

pub(crate) mod admin;
mod snapshot;
mod types;

use std::sync::{Arc, PoisonError, RwLock};

use db::{Tx, statements};
use model::{BrokerId, Iban, IpaCode, OrganizationFiscalCode, SegregationCode, StationId};

use crate::core::Core;
use crate::error::EngineError;
use crate::ids::{OrganizationId, TypeId};
use crate::journal::Journal;

pub use admin::{NewOrganization, NewType, RegistryError};
pub use snapshot::Snapshot;
pub use types::{
    Attachment, BodyAddress, Broker, DebtPositionType, DueDateRefused, Organization, OrganizationProfile,
    OrganizationStatus, PushTarget, Station, TypeProfile,
};

statements! {
    /// The version of the registry.
    VERSION = "select version from registry_version where id = 1";
    /// Raises the version.
    RAISE_VERSION = "update registry_version set version = version + 1 where id = 1";
    /// All brokers.
    BROKERS = "select code, name from broker";
    /// All stations.
    STATIONS = "select code, broker_code from station";
    /// All enti.
    ORGANIZATIONS = "select id, ipa_code, fiscal_code, name, status, profile from organization";
    /// All attachments; the lowest segregation code first, because it issues.
    ATTACHMENTS = "select organization_id, station_code, segregation_code, broadcast from organization_station \
        order by organization_id, segregation_code";
    /// All types.
    TYPES = "select organization_id, id, code, active, profile from debt_position_type";
    /// Whether an IBAN is registered for an ente.
    FIND_IBAN = "select holder from organization_iban where organization_id = $1 and iban = $2";
}

/// The registry of one process.
#[derive(Clone)]
pub struct Registry {
    core: Arc<Core>,
    journal: Journal,
    current: Arc<RwLock<Arc<Snapshot>>>,
    /// Held while reading it again, so that an older reading never replaces a newer one.
    reading: Arc<tokio::sync::Mutex<()>>,
}

impl Registry {
    pub(crate) async fn open(core: Arc<Core>, journal: Journal) -> Result<Self, EngineError> {
        let registry = Self { core, journal, current: Arc::default(), reading: Arc::default() };
        registry.reload().await?;
        Ok(registry)
    }

    /// The registry as last read. Cheap: one reference count.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the registry again, whatever its version.
    ///
    /// # Errors
    /// As the store.
    pub async fn reload(&self) -> Result<(), EngineError> {
        let _reading = self.reading.lock().await;
        let fresh = self.core.db.read(load).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Reads the registry again if another replica changed it.
    ///
    /// # Errors
    /// As the store.
    pub async fn refresh(&self) -> Result<(), EngineError> {
        let version =
            self.core.db.read(|tx| Ok::<_, EngineError>(tx.one(&VERSION, &[], |row| row.int(0))?)).await?;
        if version != self.snapshot().version {
            self.reload().await?;
        }
        Ok(())
    }
}

fn load(tx: &mut Tx<'_>) -> Result<Snapshot, EngineError> {
    let mut all = Snapshot { version: tx.one(&VERSION, &[], |row| row.int(0))?, ..Snapshot::default() };
    for (code, name) in tx.rows(&BROKERS, &[], |row| Ok((row.text(0)?, row.text(1)?)))? {
        all.brokers.insert(code.clone(), Broker { code: parse("broker", &code, BrokerId::parse)?, name });
    }
    for (code, broker) in tx.rows(&STATIONS, &[], |row| Ok((row.text(0)?, row.text(1)?)))? {
        let station = Station {
            code: parse("station", &code, StationId::parse)?,
            broker: parse("broker", &broker, BrokerId::parse)?,
        };
        all.stations.insert(code, station);
    }
    load_organizations(tx, &mut all)?;
    for (organization, id, code, active, profile) in
        tx.rows(&TYPES, &[], |row| Ok((row.int(0)?, row.int(1)?, row.text(2)?, row.bool(3)?, row.json(4)?)))?
    {
        let (organization_id, id) = (OrganizationId::new(organization), TypeId::new(id));
        let profile = serde_json::from_value(profile)?;
        let found = DebtPositionType { id, organization_id, code: code.clone(), active, profile };
        all.types.insert((organization_id, id), Arc::new(found));
        all.types_by_code.entry(organization_id).or_default().insert(code, id);
    }
    Ok(all)
}

fn load_organizations(tx: &mut Tx<'_>, all: &mut Snapshot) -> Result<(), EngineError> {
    let mut attachments: std::collections::HashMap<i64, Vec<Attachment>> = std::collections::HashMap::new();
    for (organization, station, segregation, broadcast) in
        tx.rows(&ATTACHMENTS, &[], |row| Ok((row.int(0)?, row.text(1)?, row.text(2)?, row.bool(3)?)))?
    {
        attachments.entry(organization).or_default().push(Attachment {
            station: parse("station", &station, StationId::parse)?,
            segregation_code: parse("segregation code", &segregation, SegregationCode::parse)?,
            broadcast,
        });
    }
    for (id, ipa, fiscal, name, status, profile) in tx.rows(&ORGANIZATIONS, &[], |row| {
        Ok((row.int(0)?, row.text(1)?, row.text(2)?, row.text(3)?, row.text(4)?, row.json(5)?))
    })? {
        let organization = Organization {
            id: OrganizationId::new(id),
            ipa_code: parse("IPA code", &ipa, IpaCode::parse)?,
            fiscal_code: parse("fiscal code", &fiscal, OrganizationFiscalCode::parse)?,
            name,
            status: OrganizationStatus::parse(&status)
                .ok_or_else(|| EngineError::Internal(format!("stored status {status} of ente {ipa}")))?,
            profile: serde_json::from_value(profile)?,
            attachments: attachments.remove(&id).unwrap_or_default(),
        };
        all.by_ipa.insert(ipa, organization.id);
        all.by_fiscal_code.insert(fiscal, organization.id);
        all.organizations.insert(organization.id, Arc::new(organization));
    }
    Ok(())
}

/// A stored code that our own rules refuse is an internal error that names it.
pub(crate) fn parse<T, E: std::fmt::Display>(
    what: &str,
    text: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> Result<T, EngineError> {
    read(text).map_err(|error| EngineError::Internal(format!("stored {what} {text}: {error}")))
}

impl Registry {
    /// The holder of an IBAN registered for the ente, if it is.
    ///
    /// # Errors
    /// As the store.
    pub async fn iban_holder(
        &self,
        organization: OrganizationId,
        iban: &Iban,
    ) -> Result<Option<String>, EngineError> {
        let iban = iban.as_str().to_owned();
        self.core
            .db
            .read(move |tx| {
                Ok(tx.opt(&FIND_IBAN, &[organization.into(), iban.as_str().into()], |row| row.text(0))?)
            })
            .await
    }
}
