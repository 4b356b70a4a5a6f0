//! Enti creditori.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use engine::Engine;
use engine::registry::{Attachment, NewOrganization, OrganizationProfile, OrganizationStatus};
use model::{Iban, IpaCode, OrganizationFiscalCode, SegregationCode, StationId};
use serde::Deserialize;

use super::{call, find, parse, read_json, yes};
use crate::cli::Store;
use crate::console;

/// `snodo admin ente`.
#[derive(Debug, Subcommand)]
pub enum Ente {
    /// Register an ente
    Create(Create),
    /// Change name, status or attributes of an ente
    Set(Change),
    /// All enti
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: Store,
    },
}

impl Ente {
    pub(super) fn store(&self) -> &Store {
        match self {
            Self::Create(create) => &create.store,
            Self::Set(change) => &change.store,
            Self::List { store, .. } => store,
        }
    }
}

/// An ente by options, or whole as JSON.
#[derive(Debug, Args)]
pub struct Create {
    /// The ente as JSON instead of options; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ipa", "fiscal_code", "name"])]
    from: Option<PathBuf>,
    /// codIpaEnte
    #[arg(long, required_unless_present = "from")]
    ipa: Option<String>,
    /// Codice fiscale, 11 digits
    #[arg(long, required_unless_present = "from")]
    fiscal_code: Option<String>,
    /// Denominazione
    #[arg(long, required_unless_present = "from")]
    name: Option<String>,
    /// Station it is attached to
    #[arg(long, value_name = "STATION", requires = "segregation_code")]
    station: Option<String>,
    /// Two digits of that attachment
    #[arg(long, value_name = "NN", requires = "station")]
    segregation_code: Option<String>,
    #[command(flatten)]
    attributes: Attributes,
    #[command(flatten)]
    store: Store,
}

/// A change of an ente.
#[derive(Debug, Args)]
pub struct Change {
    /// codIpaEnte
    ipa: String,
    /// Denominazione
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    attributes: Attributes,
    #[command(flatten)]
    store: Store,
}

/// Attributes that create and set share.
#[derive(Debug, Args)]
struct Attributes {
    /// INSERITO, PRE-ESERCIZIO or ESERCIZIO
    #[arg(long)]
    status: Option<String>,
    /// Account credited when a tipo names none
    #[arg(long)]
    iban: Option<String>,
    /// Postal account
    #[arg(long)]
    postal_iban: Option<String>,
    /// Authorisation of Poste Italiane to print the postal section
    #[arg(long)]
    postal_authorization: Option<String>,
    /// CBILL (SIA) code
    #[arg(long)]
    cbill: Option<String>,
    /// Kind of body in the taxonomy, two digits
    #[arg(long)]
    type_code: Option<String>,
    /// Where browsers go back to when a cart names no address
    #[arg(long, value_name = "URL")]
    return_url: Option<String>,
    /// An origin that return addresses may have; repeat for more
    #[arg(long = "return-origin", value_name = "ORIGIN")]
    return_origins: Vec<String>,
}

impl Attributes {
    fn status(&self) -> anyhow::Result<Option<OrganizationStatus>> {
        let Some(text) = &self.status else { return Ok(None) };
        match OrganizationStatus::parse(&text.to_uppercase()) {
            Some(status) => Ok(Some(status)),
            None => bail!("--status {text}: INSERITO, PRE-ESERCIZIO or ESERCIZIO"),
        }
    }

    fn apply(&self, profile: &mut OrganizationProfile) -> anyhow::Result<()> {
        if let Some(text) = &self.iban {
            profile.iban = Some(parse("--iban", text, Iban::parse)?);
        }
        if let Some(text) = &self.postal_iban {
            let iban = parse("--postal-iban", text, Iban::parse)?;
            if !iban.is_postal() {
                bail!("--postal-iban {text}: not an account of Poste Italiane (ABI 07601)");
            }
            profile.postal_iban = Some(iban);
        }
        for (given, place) in [
            (&self.postal_authorization, &mut profile.postal_authorization),
            (&self.cbill, &mut profile.cbill_code),
            (&self.type_code, &mut profile.type_code),
            (&self.return_url, &mut profile.return_url),
        ] {
            if given.is_some() {
                place.clone_from(given);
            }
        }
        if !self.return_origins.is_empty() {
            profile.return_origins.clone_from(&self.return_origins);
        }
        Ok(())
    }
}

/// An ente as JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    ipa_code: IpaCode,
    fiscal_code: OrganizationFiscalCode,
    name: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    stations: Vec<DocumentStation>,
    #[serde(default)]
    ibans: Vec<DocumentIban>,
    #[serde(default)]
    profile: OrganizationProfile,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DocumentStation {
    id: StationId,
    segregation_code: SegregationCode,
    #[serde(default)]
    broadcast: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DocumentIban {
    iban: Iban,
    holder: String,
}

pub async fn run(engine: &Engine, command: Ente) -> anyhow::Result<()> {
    match command {
        Ente::Create(create) => {
            let new = match &create.from {
                Some(path) => from_document(read_json(path)?)?,
                None => from_options(&create)?,
            };
            for attachment in &new.attachments {
                if engine.registry.snapshot().station(attachment.station.as_str()).is_none() {
                    bail!("no station {}: `snodo admin station create` first", attachment.station);
                }
            }
            let (ipa, name) = (new.ipa_code.clone(), new.name.clone());
            engine.registry.create_organization(&call("ente.create"), new).await?;
            console::line(format!("Ente {ipa} \"{name}\" registered."));
            Ok(())
        }
        Ente::Set(change) => {
            let found = find(engine, &change.ipa)?;
            let mut profile = found.profile.clone();
            change.attributes.apply(&mut profile)?;
            let name = change.name.as_deref().unwrap_or(&found.name);
            let status = change.attributes.status()?.unwrap_or(found.status);
            engine.registry.update_organization(&call("ente.set"), found.id, name, status, &profile).await?;
            console::line(format!("Ente {} changed.", found.ipa_code));
            Ok(())
        }
        Ente::List { json, .. } => list(engine, json),
    }
}

fn from_document(document: Document) -> anyhow::Result<NewOrganization> {
    let status = match &document.status {
        Some(text) => OrganizationStatus::parse(text),
        None => Some(OrganizationStatus::Registered),
    };
    let Some(status) = status else { bail!("status: INSERITO, PRE-ESERCIZIO or ESERCIZIO") };
    Ok(NewOrganization {
        ipa_code: document.ipa_code,
        fiscal_code: document.fiscal_code,
        name: document.name,
        status,
        profile: document.profile,
        attachments: document
            .stations
            .into_iter()
            .map(|s| Attachment {
                station: s.id,
                segregation_code: s.segregation_code,
                broadcast: s.broadcast,
            })
            .collect(),
        ibans: document.ibans.into_iter().map(|i| (i.iban, i.holder)).collect(),
    })
}

fn from_options(create: &Create) -> anyhow::Result<NewOrganization> {
    let required = |option: &'static str, text: &Option<String>| match text {
        Some(text) => Ok(text.clone()),
        None => bail!("{option} is missing"),
    };
    let name = required("--name", &create.name)?;
    let mut profile = OrganizationProfile::default();
    create.attributes.apply(&mut profile)?;
    let attachments = match (&create.station, &create.segregation_code) {
        (Some(station), Some(code)) => vec![Attachment {
            station: parse("--station", station, StationId::parse)?,
            segregation_code: parse("--segregation-code", code, SegregationCode::parse)?,
            broadcast: false,
        }],
        _ => Vec::new(),
    };
    let ibans = [&profile.iban, &profile.postal_iban].into_iter().flatten();
    Ok(NewOrganization {
        ipa_code: parse("--ipa", &required("--ipa", &create.ipa)?, IpaCode::parse)?,
        fiscal_code: parse(
            "--fiscal-code",
            &required("--fiscal-code", &create.fiscal_code)?,
            OrganizationFiscalCode::parse,
        )?,
        status: create.attributes.status()?.unwrap_or(OrganizationStatus::Registered),
        attachments,
        ibans: ibans.map(|iban| (iban.clone(), name.clone())).collect(),
        name,
        profile,
    })
}

fn list(engine: &Engine, json: bool) -> anyhow::Result<()> {
    let all = engine.registry.snapshot().organizations();
    if json {
        let documents: Vec<_> = all
            .iter()
            .map(|o| {
                serde_json::json!({
                    "ipaCode": o.ipa_code, "fiscalCode": o.fiscal_code, "name": o.name, "status": o.status.as_str(),
                    "stations": o.attachments.iter().map(|a| serde_json::json!({
                        "id": a.station, "segregationCode": a.segregation_code, "broadcast": a.broadcast,
                    })).collect::<Vec<_>>(),
                    "profile": o.profile,
                })
            })
            .collect();
        return console::json(&documents);
    }
    let rows: Vec<_> = all
        .iter()
        .map(|o| {
            let stations: Vec<_> =
                o.attachments.iter().map(|a| format!("{}/{}", a.station, a.segregation_code)).collect();
            [
                o.ipa_code.to_string(),
                o.fiscal_code.to_string(),
                o.status.as_str().to_owned(),
                stations.join(" "),
                yes(o.profile.postal_authorization.is_some()),
                o.name.clone(),
            ]
        })
        .collect();
    console::table(["IPA", "FISCAL CODE", "STATUS", "STATION/CODE", "POSTAL", "NAME"], &rows);
    Ok(())
}
