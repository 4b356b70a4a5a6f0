//! Fills a sandbox: enti, types, credentials, people. Safe to repeat, also after a crash half-way: what is
//! there is left, what is missing is added, and secrets are those of `sandbox.json`.

pub mod data;
pub mod file;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;
use engine::access::{AccessError, CredentialKind, NewUser, Role, Verdict};
use engine::registry::{
    Attachment, BodyAddress, NewOrganization, NewType, Organization, OrganizationProfile, OrganizationStatus,
    PushTarget, RegistryError, TypeProfile,
};
use engine::{Call, Engine, OrganizationId};
use futures_util::TryStreamExt as _;
use model::{
    BrokerId, Cents, Iban, IpaCode, OrganizationFiscalCode, SegregationCode, StationId, TaxonomyCode,
};
use telemetry::TraceId;

use crate::commands::admin::types;
use data::Rule;
use file::SandboxFile;

/// Password hashes made at the same time: each takes 19 MiB and a core.
const AT_ONCE: usize = 2;
/// Attempts of a push, as in MyPay.
const PUSH_ATTEMPTS: u32 = 20;

/// Brings the store to what `file` says. Answers the keys of the enti, for [`SandboxFile::seeded`].
pub async fn apply(engine: &Engine, file: &SandboxFile) -> anyhow::Result<BTreeMap<String, i64>> {
    let call = Call::new("admin", "sandbox.seed", TraceId::generate().to_string());
    stations(engine).await.context("broker and stations")?;
    let mut keys = BTreeMap::new();
    let mut work = Vec::new();
    for (seed, described) in data::ORGANIZATIONS.iter().zip(&file.organizations) {
        let (organization, new) =
            organization(engine, &call, seed, &file.base_url).await.context(seed.ipa)?;
        for each in seed.types {
            debt_type(engine, &call, &organization, each, &file.base_url).await.context(each.code)?;
        }
        keys.insert(seed.ipa.to_owned(), organization.id.get());
        for (kind, username, secret) in credentials(described) {
            work.push(Secret::Credential { organization: organization.id, kind, username, secret, new });
        }
    }
    // The same keys mean the same database: its secrets are those of the file, and hashing all of them
    // again to see it would take longer than the whole start.
    if file.seeded != keys {
        work.extend(file.users.iter().map(Secret::User));
        futures_util::stream::iter(work.into_iter().map(Ok::<_, anyhow::Error>))
            .try_for_each_concurrent(AT_ONCE, |secret| secret.store(engine, &keys))
            .await?;
    }
    Ok(keys)
}

async fn stations(engine: &Engine) -> anyhow::Result<()> {
    let (code, name) = data::BROKER;
    let code = BrokerId::parse(code)?;
    let snapshot = engine.registry.snapshot();
    if snapshot.broker(code.as_str()).is_none() {
        engine.registry.save_broker(&code, name).await?;
    }
    for station in [data::STATION, data::BROADCAST_STATION] {
        if snapshot.station(station).is_none() {
            engine.registry.save_station(&StationId::parse(station)?, &code).await?;
        }
    }
    Ok(())
}

/// The ente, and whether it was made now.
async fn organization(
    engine: &Engine,
    call: &Call,
    seed: &data::Organization,
    base_url: &str,
) -> anyhow::Result<(Arc<Organization>, bool)> {
    let find = || engine.registry.snapshot().organization_by_ipa(seed.ipa).cloned();
    let return_url = format!("{base_url}{RETURN_PATH}");
    if let Some(found) = find() {
        let moved =
            found.profile.return_url.as_deref().is_some_and(|url| stale(url, RETURN_PATH, &return_url));
        if moved {
            let profile = OrganizationProfile { return_url: Some(return_url), ..found.profile.clone() };
            engine.registry.update_organization(call, found.id, &found.name, found.status, &profile).await?;
        }
        return Ok((found, false));
    }
    let new = new_organization(seed, return_url)?;
    match engine.registry.create_organization(call, new).await {
        Ok(_) | Err(RegistryError::OrganizationExists) => {}
        Err(error) => return Err(error.into()),
    }
    Ok((find().context("just registered, and not there")?, true))
}

/// Where the listening SIL of the sandbox takes browsers back.
const RETURN_PATH: &str = "/sandbox/sil/ritorno";
/// Where it takes pushed outcomes.
const PUSH_PATH: &str = "/sandbox/sil/notifiche/";

/// Whether a stored address is the sandbox's own at another base address, from a start with another
/// `--listen`. An address that someone typed is left alone.
fn stale(stored: &str, path: &str, wanted: &str) -> bool {
    stored != wanted && url::Url::parse(stored).is_ok_and(|url| url.path().starts_with(path))
}

fn new_organization(seed: &data::Organization, return_url: String) -> anyhow::Result<NewOrganization> {
    let [street, number, postal_code, city, province] = seed.address.map(|part| Some(part.to_owned()));
    let iban = Iban::parse(seed.iban)?;
    let postal_iban = seed.postal.as_ref().map(|postal| Iban::parse(postal.iban)).transpose()?;
    let mut ibans = vec![(iban.clone(), seed.name.to_owned())];
    ibans.extend(postal_iban.clone().map(|iban| (iban, seed.name.to_owned())));
    for each in seed.types {
        if let Some(iban) = each.iban {
            ibans.push((Iban::parse(iban)?, seed.name.to_owned()));
        }
    }
    let profile = OrganizationProfile {
        type_code: Some(seed.type_code.to_owned()),
        cbill_code: Some(seed.cbill.to_owned()),
        iban: Some(iban),
        postal_iban,
        postal_authorization: seed.postal.as_ref().map(|postal| postal.authorization.to_owned()),
        return_url: Some(return_url),
        return_origins: Vec::new(),
        address: BodyAddress {
            street,
            number,
            postal_code,
            city,
            province,
            country: Some("IT".to_owned()),
            phone: Some(seed.phone.to_owned()),
            email: Some(seed.email.to_owned()),
            web: Some(seed.web.to_owned()),
        },
        sector: Some(seed.sector.to_owned()),
        additional_language: None,
        logo: None,
    };
    let attachments = seed
        .stations
        .iter()
        .map(|(station, code, broadcast)| {
            Ok(Attachment {
                station: StationId::parse(station)?,
                segregation_code: SegregationCode::parse(code)?,
                broadcast: *broadcast,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(NewOrganization {
        ipa_code: IpaCode::parse(seed.ipa)?,
        fiscal_code: OrganizationFiscalCode::parse(seed.fiscal_code)?,
        name: seed.name.to_owned(),
        status: OrganizationStatus::Production,
        profile,
        attachments,
        ibans,
    })
}

async fn debt_type(
    engine: &Engine,
    call: &Call,
    organization: &Organization,
    seed: &data::Type,
    base_url: &str,
) -> anyhow::Result<()> {
    let push_url = format!("{base_url}{PUSH_PATH}{}", organization.ipa_code);
    let snapshot = engine.registry.snapshot();
    if let Some(found) = snapshot.debt_type_by_code(organization.id, seed.code) {
        let moved = found.profile.push.as_ref().is_some_and(|push| stale(&push.url, PUSH_PATH, &push_url));
        if moved {
            let push = found.profile.push.as_ref().map(|push| PushTarget { url: push_url, ..push.clone() });
            let profile = TypeProfile { push, ..found.profile.clone() };
            let change = NewType { code: found.code.clone(), active: found.active, profile };
            engine.registry.update_type(call, organization.id, found.id, change).await?;
        }
        return Ok(());
    }
    let profile = TypeProfile {
        fixed_amount: seed.fixed_cents().map(Cents::new).transpose()?,
        spontaneous: seed.has(Rule::Spontaneous),
        due_date_mandatory: seed.has(Rule::MustBeInTime),
        due_date_printed: seed.has(Rule::DueDatePrinted),
        anonymous_allowed: seed.has(Rule::Anonymous),
        print_disabled: seed.has(Rule::NotPrinted),
        digital_stamp: seed.has(Rule::Stamp),
        iban: seed.iban.map(Iban::parse).transpose()?,
        push: seed.has(Rule::Pushed).then_some(PushTarget { url: push_url, max_attempts: PUSH_ATTEMPTS }),
        payment_code: Some(file::payment_code(seed.code)),
        chapter: Some(seed.chapter.to_owned()),
        demand_service: seed.demand_service().map(str::to_owned),
        ..types::empty(seed.description.to_owned(), TaxonomyCode::parse(seed.taxonomy)?)
    };
    let new = NewType { code: seed.code.to_owned(), active: !seed.has(Rule::Inactive), profile };
    match engine.registry.create_type(call, organization.id, new).await {
        Ok(_) | Err(RegistryError::TypeExists(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Kind, name and secret of each credential of an ente.
fn credentials(described: &file::Organization) -> [(CredentialKind, Option<&str>, &str); 4] {
    let basic = &described.piemontepay;
    [
        (CredentialKind::MyPay, None, &described.mypay.password),
        (CredentialKind::MyPivot, None, &described.mypivot.password),
        (CredentialKind::PiemontePay, Some(&basic.username), &basic.password),
        (CredentialKind::ApiKey, None, &described.api_key),
    ]
}

/// A secret of the file that must work in the store.
enum Secret<'a> {
    Credential {
        organization: OrganizationId,
        kind: CredentialKind,
        username: Option<&'a str>,
        secret: &'a str,
        /// Whether the ente was made now, and so has none.
        new: bool,
    },
    User(&'a file::User),
}

impl Secret<'_> {
    async fn store(self, engine: &Engine, keys: &BTreeMap<String, i64>) -> anyhow::Result<()> {
        match self {
            Self::Credential { organization, kind, username, secret, new } => {
                let works =
                    !new && granted(&engine.access.verify(organization, kind, username, secret).await?);
                if !works {
                    engine.access.create_credential(organization, kind, username, secret, true).await?;
                }
                Ok(())
            }
            Self::User(user) => {
                let role = Role::parse(&user.role).with_context(|| format!("role {}", user.role))?;
                let organization = user
                    .cod_ipa_ente
                    .as_ref()
                    .and_then(|ipa| keys.get(ipa))
                    .map(|key| OrganizationId::new(*key));
                let new = NewUser {
                    username: user.username.clone(),
                    password: user.password.clone(),
                    role,
                    organization,
                };
                match engine.access.create_user(new).await {
                    Ok(()) => Ok(()),
                    Err(AccessError::UserExists(_)) => {
                        if !granted(&engine.access.verify_user(&user.username, &user.password).await?) {
                            // The database is older than sandbox.json, which someone removed.
                            tracing::warn!(
                                username = user.username,
                                "keeps another password than sandbox.json has"
                            );
                        }
                        Ok(())
                    }
                    Err(error) => Err(error).with_context(|| user.username.clone()),
                }
            }
        }
    }
}

fn granted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Granted(_))
}
