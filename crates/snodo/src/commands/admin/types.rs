//! Tipi dovuto.

use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use engine::Engine;
use engine::registry::{NewType, PushTarget, TypeProfile};
use model::{Cents, Iban, TaxonomyCode};
use serde::Deserialize;

use super::{call, find, parse, read_json, yes};
use crate::cli::Store;
use crate::console;

/// `snodo admin tipo`.
#[derive(Debug, Subcommand)]
pub enum Tipo {
    /// Create a tipo dovuto
    Create(Create),
    /// Change a tipo dovuto, or switch it on and off
    Set(Change),
    /// The tipi dovuto of an ente
    List {
        /// codIpaEnte
        ipa: String,
        /// As JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        store: Store,
    },
}

impl Tipo {
    pub(super) fn store(&self) -> &Store {
        match self {
            Self::Create(create) => &create.store,
            Self::Set(change) => &change.store,
            Self::List { store, .. } => store,
        }
    }
}

/// A type by options, or whole as JSON.
#[derive(Debug, Args)]
pub struct Create {
    /// codIpaEnte
    ipa: String,
    /// The type as JSON instead of options; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "code")]
    from: Option<PathBuf>,
    /// Code, unique in the ente
    #[arg(long, required_unless_present = "from")]
    code: Option<String>,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    store: Store,
}

/// A change of a type.
#[derive(Debug, Args)]
pub struct Change {
    /// codIpaEnte
    ipa: String,
    /// Code
    code: String,
    /// Takes new debts, or not
    #[arg(long, value_name = "true|false")]
    active: Option<bool>,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    store: Store,
}

/// Rules that create and set share.
#[derive(Debug, Args)]
struct Rules {
    /// Label
    #[arg(long)]
    description: Option<String>,
    /// Taxonomy code, in any of its spellings
    #[arg(long)]
    taxonomy: Option<String>,
    /// Fixed amount, like 16.00
    #[arg(long)]
    amount: Option<String>,
    /// Offered to citizens without a notice
    #[arg(long, value_name = "true|false")]
    spontaneous: Option<bool>,
    /// Not payable after its due date
    #[arg(long, value_name = "true|false")]
    due_date_mandatory: Option<bool>,
    /// The due date is printed
    #[arg(long, value_name = "true|false")]
    due_date_printed: Option<bool>,
    /// The payer may be anonymous
    #[arg(long, value_name = "true|false")]
    anonymous: Option<bool>,
    /// Notices are not printed
    #[arg(long, value_name = "true|false")]
    print_disabled: Option<bool>,
    /// Marca da bollo digitale
    #[arg(long, value_name = "true|false")]
    stamp: Option<bool>,
    /// Account credited
    #[arg(long)]
    iban: Option<String>,
    /// Address to which outcomes are pushed
    #[arg(long, value_name = "URL")]
    push_url: Option<String>,
    /// Attempts before a push is given up
    #[arg(long, default_value_t = 20)]
    push_attempts: u32,
    /// Codice versamento on PiemontePAY
    #[arg(long)]
    payment_code: Option<String>,
    /// Chapter of the balance
    #[arg(long)]
    chapter: Option<String>,
    /// idServizio under which a PSP may ask for a new notice; needs --amount
    #[arg(long, value_name = "ID")]
    demand_service: Option<String>,
}

impl Rules {
    fn apply(&self, profile: &mut TypeProfile) -> anyhow::Result<()> {
        if let Some(text) = &self.description {
            profile.description.clone_from(text);
        }
        if let Some(text) = &self.taxonomy {
            profile.taxonomy = parse("--taxonomy", text, TaxonomyCode::parse)?;
        }
        if let Some(text) = &self.amount {
            profile.fixed_amount = Some(parse("--amount", text, Cents::parse)?);
        }
        if let Some(text) = &self.iban {
            profile.iban = Some(parse("--iban", text, Iban::parse)?);
        }
        for (given, place) in [
            (self.spontaneous, &mut profile.spontaneous),
            (self.due_date_mandatory, &mut profile.due_date_mandatory),
            (self.due_date_printed, &mut profile.due_date_printed),
            (self.anonymous, &mut profile.anonymous_allowed),
            (self.print_disabled, &mut profile.print_disabled),
            (self.stamp, &mut profile.digital_stamp),
        ] {
            if let Some(given) = given {
                *place = given;
            }
        }
        if let Some(url) = &self.push_url {
            let address = parse("--push-url", url, url::Url::parse)?;
            if !matches!(address.scheme(), "http" | "https") {
                bail!("--push-url {url}: http or https");
            }
            profile.push = Some(PushTarget { url: url.clone(), max_attempts: self.push_attempts });
        }
        if self.payment_code.is_some() {
            profile.payment_code.clone_from(&self.payment_code);
        }
        if self.chapter.is_some() {
            profile.chapter.clone_from(&self.chapter);
        }
        if self.demand_service.is_some() {
            profile.demand_service.clone_from(&self.demand_service);
        }
        Ok(())
    }

    fn new_profile(&self) -> anyhow::Result<TypeProfile> {
        let missing = |option: &str| anyhow!("{option} is missing");
        let taxonomy = self.taxonomy.as_deref().ok_or_else(|| missing("--taxonomy"))?;
        let description = self.description.clone().ok_or_else(|| missing("--description"))?;
        let mut profile = empty(description, parse("--taxonomy", taxonomy, TaxonomyCode::parse)?);
        self.apply(&mut profile)?;
        Ok(profile)
    }
}

/// A type without any rule.
pub fn empty(description: String, taxonomy: TaxonomyCode) -> TypeProfile {
    TypeProfile {
        description,
        taxonomy,
        fixed_amount: None,
        spontaneous: false,
        due_date_mandatory: false,
        due_date_printed: false,
        anonymous_allowed: false,
        print_disabled: false,
        digital_stamp: false,
        iban: None,
        postal_iban: None,
        postal_holder: None,
        sector: None,
        push: None,
        payment_code: None,
        chapter: None,
        demand_service: None,
    }
}

/// A type as JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    code: String,
    #[serde(default = "active")]
    active: bool,
    profile: TypeProfile,
}

const fn active() -> bool {
    true
}

pub async fn run(engine: &Engine, command: Tipo) -> anyhow::Result<()> {
    match command {
        Tipo::Create(create) => {
            let organization = find(engine, &create.ipa)?;
            let new = match (&create.from, create.code) {
                (Some(path), _) => {
                    let document: Document = read_json(path)?;
                    NewType { code: document.code, active: document.active, profile: document.profile }
                }
                (None, Some(code)) => NewType { code, active: true, profile: create.rules.new_profile()? },
                (None, None) => bail!("--code is missing"),
            };
            let code = new.code.clone();
            engine.registry.create_type(&call("tipo.create"), organization.id, new).await?;
            console::line(format!("Tipo dovuto {code} of {} created.", organization.ipa_code));
            Ok(())
        }
        Tipo::Set(change) => {
            let organization = find(engine, &change.ipa)?;
            let snapshot = engine.registry.snapshot();
            let Some(found) = snapshot.debt_type_by_code(organization.id, &change.code) else {
                bail!("{} has no tipo dovuto {}", organization.ipa_code, change.code);
            };
            let mut profile = found.profile.clone();
            change.rules.apply(&mut profile)?;
            let active = change.active.unwrap_or(found.active);
            let changed = NewType { code: found.code.clone(), active, profile };
            engine.registry.update_type(&call("tipo.set"), organization.id, found.id, changed).await?;
            console::line(format!("Tipo dovuto {} of {} changed.", change.code, organization.ipa_code));
            Ok(())
        }
        Tipo::List { ipa, json, .. } => list(engine, &ipa, json),
    }
}

fn list(engine: &Engine, ipa: &str, json: bool) -> anyhow::Result<()> {
    let organization = find(engine, ipa)?;
    let types = engine.registry.snapshot().types_of(organization.id);
    if json {
        let documents: Vec<_> = types
            .iter()
            .map(|t| serde_json::json!({ "code": t.code, "active": t.active, "profile": t.profile }))
            .collect();
        return console::json(&documents);
    }
    let rows: Vec<_> = types
        .iter()
        .map(|t| {
            let p = &t.profile;
            [
                t.code.clone(),
                yes(t.active),
                p.taxonomy.published(),
                p.fixed_amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string()),
                yes(p.spontaneous),
                yes(p.due_date_mandatory),
                yes(p.anonymous_allowed),
                yes(p.push.is_some()),
                p.description.clone(),
            ]
        })
        .collect();
    let headings = [
        "CODE",
        "ACTIVE",
        "TAXONOMY",
        "AMOUNT",
        "SPONTANEOUS",
        "MUST BY DATE",
        "ANONYMOUS",
        "PUSH",
        "DESCRIPTION",
    ];
    console::table(headings, &rows);
    Ok(())
}
