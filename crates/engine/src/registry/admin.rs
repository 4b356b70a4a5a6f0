//! Changes of the registry: by `snodo admin`, by the sandbox's seed, later by the portals.

use db::{Tx, Value, statements};
use model::{BrokerId, Iban, IpaCode, OrganizationFiscalCode, StationId};
use serde_json::json;

use super::types::{Attachment, OrganizationProfile, OrganizationStatus, TypeProfile};
use super::{RAISE_VERSION, Registry};
use crate::call::Call;
use crate::error::{EngineError, area_error};
use crate::ids::{OrganizationId, TypeId};
use crate::journal::Entry;

statements! {
    /// Creates or renames a broker.
    SAVE_BROKER = "insert into broker (code, name, created_at) values ($1, $2, $3) \
        on conflict (code) do update set name = excluded.name";
    /// Creates a station.
    SAVE_STATION = "insert into station (code, broker_code, created_at) values ($1, $2, $3) on conflict (code) do nothing";
    /// Creates an ente.
    INSERT_ORGANIZATION = "insert into organization (id, ipa_code, fiscal_code, name, status, profile, created_at, updated_at) \
        values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict do nothing";
    /// Changes an ente.
    UPDATE_ORGANIZATION = "update organization set name = $2, status = $3, profile = $4, updated_at = $5 where id = $1";
    /// Whether a station is registered.
    STATION_EXISTS = "select code from station where code = $1";
    /// Whether an ente is registered.
    ORGANIZATION_EXISTS = "select id from organization where id = $1";
    /// Attaches an ente to a station.
    SAVE_ATTACHMENT = "insert into organization_station (organization_id, station_code, segregation_code, broadcast) \
        values ($1, $2, $3, $4) on conflict (organization_id, station_code) \
        do update set segregation_code = excluded.segregation_code, broadcast = excluded.broadcast";
    /// Registers an IBAN.
    SAVE_IBAN = "insert into organization_iban (organization_id, iban, holder, created_at) values ($1, $2, $3, $4) \
        on conflict (organization_id, iban) do update set holder = excluded.holder";
    /// Creates a type.
    INSERT_TYPE = "insert into debt_position_type (organization_id, id, code, active, profile, created_at, updated_at) \
        values ($1, $2, $3, $4, $5, $6, $6) on conflict (organization_id, code) do nothing";
    /// Changes a type.
    UPDATE_TYPE = "update debt_position_type set active = $3, profile = $4, updated_at = $5 \
        where organization_id = $1 and id = $2";
}

/// An ente to register.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// `codIpaEnte`; stored in upper case.
    pub ipa_code: IpaCode,
    /// Codice fiscale.
    pub fiscal_code: OrganizationFiscalCode,
    /// Name, at most 100 characters.
    pub name: String,
    /// State.
    pub status: OrganizationStatus,
    /// Attributes.
    pub profile: OrganizationProfile,
    /// Stations with segregation codes.
    pub attachments: Vec<Attachment>,
    /// IBANs with their holders.
    pub ibans: Vec<(Iban, String)>,
}

/// A type to create.
#[derive(Debug, Clone)]
pub struct NewType {
    /// Code without blanks, at most 64 characters.
    pub code: String,
    /// Active at once.
    pub active: bool,
    /// Rules.
    pub profile: TypeProfile,
}

/// Why a change of the registry was refused.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The IPA code or the codice fiscale already belongs to an ente.
    #[error("an ente with this IPA code or codice fiscale exists already")]
    OrganizationExists,
    /// The ente has a type with this code.
    #[error("the ente has a type {0} already")]
    TypeExists(String),
    /// No such ente or type.
    #[error("{0} does not exist")]
    NotFound(String),
    /// A field breaks a rule.
    #[error("{field}: {rule}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// The rule.
        rule: String,
    },
    /// Not the caller's doing.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
area_error!(RegistryError);

impl Registry {
    /// Creates (or renames) the broker.
    ///
    /// # Errors
    /// As the store.
    pub async fn save_broker(&self, code: &BrokerId, name: &str) -> Result<(), RegistryError> {
        let (code, name, now) = (code.as_str().to_owned(), name.to_owned(), self.core.clock.now());
        self.change(move |tx| {
            tx.exec(&SAVE_BROKER, &[code.as_str().into(), name.as_str().into(), now.into()])?;
            Ok(())
        })
        .await
    }

    /// Creates a station of the broker.
    ///
    /// # Errors
    /// As the store.
    pub async fn save_station(&self, code: &StationId, broker: &BrokerId) -> Result<(), RegistryError> {
        let (code, broker, now) =
            (code.as_str().to_owned(), broker.as_str().to_owned(), self.core.clock.now());
        self.change(move |tx| {
            tx.exec(&SAVE_STATION, &[code.as_str().into(), broker.as_str().into(), now.into()])?;
            Ok(())
        })
        .await
    }

    /// Registers an ente with its stations and IBANs.
    ///
    /// # Errors
    /// [`RegistryError::OrganizationExists`]; [`RegistryError::Invalid`] for a name over 100 characters, an
    /// unknown station, or a segregation code given twice.
    pub async fn create_organization(
        &self,
        call: &Call,
        new: NewOrganization,
    ) -> Result<OrganizationId, RegistryError> {
        check_name(&new.name)?;
        let id = OrganizationId::new(self.core.next_id());
        let (journal, now) = (self.journal.clone(), self.core.clock.now());
        let entry = Entry::event(call, now, id, "organization.created")
            .detail(&json!({ "ipaCode": new.ipa_code.as_str(), "fiscalCode": new.fiscal_code.as_str() }));
        self.change(move |tx| {
            let inserted = tx.exec(
                &INSERT_ORGANIZATION,
                &[
                    id.into(),
                    new.ipa_code.as_str().to_uppercase().into(),
                    new.fiscal_code.as_str().into(),
                    new.name.as_str().into(),
                    new.status.as_str().into(),
                    Value::Json(serde_json::to_value(&new.profile)?),
                    now.into(),
                ],
            )?;
            if inserted == 0 {
                return Err(RegistryError::OrganizationExists);
            }
            for attachment in &new.attachments {
                attach(tx, id, attachment)?;
            }
            for (iban, holder) in &new.ibans {
                tx.exec(&SAVE_IBAN, &[id.into(), iban.as_str().into(), holder.as_str().into(), now.into()])?;
            }
            Ok(journal.append(tx, std::slice::from_ref(&entry))?)
        })
        .await?;
        Ok(id)
    }

    /// Changes name, state and attributes of an ente.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`], [`RegistryError::Invalid`] for a name over 100 characters.
    pub async fn update_organization(
        &self,
        call: &Call,
        id: OrganizationId,
        name: &str,
        status: OrganizationStatus,
        profile: &OrganizationProfile,
    ) -> Result<(), RegistryError> {
        check_name(name)?;
        let (journal, now) = (self.journal.clone(), self.core.clock.now());
        let entry =
            Entry::event(call, now, id, "organization.changed").detail(&json!({ "status": status.as_str() }));
        let (name, profile) = (name.to_owned(), serde_json::to_value(profile)?);
        self.change(move |tx| {
            let values = [
                id.into(),
                name.as_str().into(),
                status.as_str().into(),
                Value::Json(profile.clone()),
                now.into(),
            ];
            if tx.exec(&UPDATE_ORGANIZATION, &values)? == 0 {
                return Err(RegistryError::NotFound(format!("ente {id}")));
            }
            Ok(journal.append(tx, std::slice::from_ref(&entry))?)
        })
        .await
    }

    /// Creates a type of debt.
    ///
    /// # Errors
    /// [`RegistryError::TypeExists`]; [`RegistryError::NotFound`] for the ente; [`RegistryError::Invalid`] for a code with blanks, a stamp without a
    /// fixed amount, or a spontaneous type with a due date (`mypay-flows.md` §5.2).
    pub async fn create_type(
        &self,
        call: &Call,
        organization: OrganizationId,
        new: NewType,
    ) -> Result<TypeId, RegistryError> {
        check_type(&new)?;
        let id = TypeId::new(self.core.next_id());
        let (journal, now) = (self.journal.clone(), self.core.clock.now());
        let entry =
            Entry::event(call, now, organization, "type.created").detail(&json!({ "code": new.code }));
        self.change(move |tx| {
            if tx.opt(&ORGANIZATION_EXISTS, &[organization.into()], |row| row.int(0))?.is_none() {
                return Err(RegistryError::NotFound(format!("ente {organization}")));
            }
            let inserted = tx.exec(
                &INSERT_TYPE,
                &[
                    organization.into(),
                    id.into(),
                    new.code.as_str().into(),
                    new.active.into(),
                    Value::Json(serde_json::to_value(&new.profile)?),
                    now.into(),
                ],
            )?;
            if inserted == 0 {
                return Err(RegistryError::TypeExists(new.code.clone()));
            }
            Ok(journal.append(tx, std::slice::from_ref(&entry))?)
        })
        .await?;
        Ok(id)
    }

    /// Changes the rules of a type, or switches it on and off.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; as [`Registry::create_type`] for the rules.
    pub async fn update_type(
        &self,
        call: &Call,
        organization: OrganizationId,
        id: TypeId,
        change: NewType,
    ) -> Result<(), RegistryError> {
        check_type(&change)?;
        let (journal, now) = (self.journal.clone(), self.core.clock.now());
        let entry = Entry::event(call, now, organization, "type.changed")
            .detail(&json!({ "code": change.code, "active": change.active }));
        self.change(move |tx| {
            let profile = Value::Json(serde_json::to_value(&change.profile)?);
            let values = [organization.into(), id.into(), change.active.into(), profile, now.into()];
            if tx.exec(&UPDATE_TYPE, &values)? == 0 {
                return Err(RegistryError::NotFound(format!("type {}", change.code)));
            }
            Ok(journal.append(tx, std::slice::from_ref(&entry))?)
        })
        .await
    }

    /// Runs a change, raises the version with it, and reads the registry again.
    async fn change<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, RegistryError> + Send + Sync + 'static,
    ) -> Result<T, RegistryError> {
        let done = self
            .core
            .db
            .write(move |tx| {
                let done = work(tx)?;
                tx.exec(&RAISE_VERSION, &[])?;
                Ok::<_, RegistryError>(done)
            })
            .await?;
        self.reload().await?;
        Ok(done)
    }
}

fn attach(tx: &mut Tx<'_>, id: OrganizationId, attachment: &Attachment) -> Result<(), RegistryError> {
    let invalid = |rule: String| RegistryError::Invalid { field: "attachments", rule };
    let station = attachment.station.as_str();
    if tx.opt(&STATION_EXISTS, &[station.into()], |row| row.text(0))?.is_none() {
        return Err(invalid(format!("station {station} is not registered")));
    }
    let code = attachment.segregation_code.as_str();
    let values = [id.into(), station.into(), code.into(), attachment.broadcast.into()];
    match tx.exec(&SAVE_ATTACHMENT, &values) {
        Ok(_) => Ok(()),
        Err(error) if error.is_unique("organization_station_segregation") => {
            Err(invalid(format!("segregation code {code} is given to two stations")))
        }
        Err(error) => Err(error.into()),
    }
}

fn check_name(name: &str) -> Result<(), RegistryError> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(RegistryError::Invalid { field: "name", rule: "1 to 100 characters".to_owned() });
    }
    Ok(())
}

fn check_type(new: &NewType) -> Result<(), RegistryError> {
    let invalid = |field, rule: &str| Err(RegistryError::Invalid { field, rule: rule.to_owned() });
    if new.code.is_empty() || new.code.chars().count() > 64 || new.code.contains(char::is_whitespace) {
        return invalid("code", "1 to 64 characters without blanks");
    }
    let profile = &new.profile;
    if profile.spontaneous && (profile.due_date_mandatory || profile.due_date_printed) {
        return invalid("spontaneous", "a spontaneous type has neither a mandatory nor a printed due date");
    }
    if profile.digital_stamp && profile.fixed_amount.is_none() {
        return invalid("fixedAmount", "a digital stamp has a fixed amount");
    }
    Ok(())
}
