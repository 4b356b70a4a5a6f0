//! `DIR/sandbox.json`: what programs need to know about a sandbox, and the only place where its secrets
//! are in clear.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use engine::access::{CredentialKind, Role};
use serde::{Deserialize, Serialize};

use super::data::{self, Rule};
use crate::commands::admin::credential;
use crate::random;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SandboxFile {
    /// Address of the installation.
    pub base_url: String,
    /// Bearer token of the controls under `/sandbox`.
    pub control_token: String,
    /// Signs links to notices and outcomes.
    pub signing_key: String,
    /// The intermediary.
    pub broker: Broker,
    /// The enti.
    pub organizations: Vec<Organization>,
    /// Test cards of the simulated checkout.
    pub cards: Vec<Card>,
    /// People, one for each role and ente.
    pub users: Vec<User>,
    /// Addresses to begin from.
    pub endpoints: BTreeMap<String, String>,
    /// Keys of the enti in the database that these secrets were put into; none until all are there.
    #[serde(default)]
    pub seeded: BTreeMap<String, i64>,
}

/// The intermediary and its stations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Broker {
    /// `idBrokerPA`.
    pub fiscal_code: String,
    /// Name.
    pub name: String,
    /// `idStation`; the first makes notice numbers.
    pub stations: Vec<String>,
}

/// One ente.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// `codIpaEnte`.
    pub cod_ipa_ente: String,
    /// Codice fiscale.
    pub fiscal_code: String,
    /// Name.
    pub name: String,
    /// Segregation code of its notice numbers.
    pub segregation_code: String,
    /// Account credited when a type names none.
    pub iban: String,
    /// For MyPay.
    pub mypay: Password,
    /// For MyPivot.
    pub mypivot: Password,
    /// For PiemontePAY.
    pub piemontepay: Basic,
    /// For Snodo's own REST.
    pub api_key: String,
    /// Its types.
    pub debt_position_types: Vec<Type>,
}

/// A password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Password {
    /// In clear.
    pub password: String,
}

/// Name and password.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basic {
    /// Name.
    pub username: String,
    /// In clear.
    pub password: String,
}

/// One tipo dovuto.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    /// Code on MyPay.
    pub code: String,
    /// Code on PiemontePAY.
    pub codice_versamento: String,
    /// Label.
    pub name: String,
    /// Taxonomy code as published.
    pub taxonomy: String,
    /// Takes new debts.
    pub active: bool,
    /// Offered to citizens without a notice.
    pub spontaneous: bool,
    /// Fixed amount in euro, `16.00`.
    pub fixed_amount: Option<String>,
    /// Not payable after its due date.
    pub due_date_mandatory: bool,
    /// The due date is printed.
    pub due_date_printed: bool,
    /// The payer may be anonymous.
    pub anonymous_allowed: bool,
    /// Notices are not printed.
    pub print_disabled: bool,
    /// Marca da bollo digitale.
    pub digital_stamp: bool,
    /// Outcomes are pushed to the listening SIL of the sandbox.
    pub pushed: bool,
    /// `idServizio` under which a PSP may ask for a new notice.
    pub demand_service: Option<String>,
}

/// A test card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// 16 digits.
    pub number: String,
    /// `MM/YY`.
    pub expiry: String,
    /// Three digits.
    pub cvv: String,
    /// What happens.
    pub outcome: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Role.
    pub role: String,
    /// Login name.
    pub username: String,
    /// In clear.
    pub password: String,
    /// The ente, for roles of an ente.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cod_ipa_ente: Option<String>,
}

impl SandboxFile {
    /// Where it is.
    pub fn path(data_dir: &Path) -> PathBuf {
        data_dir.join("sandbox.json")
    }

    /// The file as left by an earlier start; none at the first.
    pub fn read(data_dir: &Path) -> anyhow::Result<Option<Self>> {
        let path = Self::path(data_dir);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let file = serde_json::from_str(&text).with_context(|| {
            format!("{} is not what a sandbox writes; remove it to have new secrets made", path.display())
        })?;
        Ok(Some(file))
    }

    /// Writes it whole or not at all, readable by its owner only.
    pub fn write(&self, data_dir: &Path) -> anyhow::Result<()> {
        let path = Self::path(data_dir);
        let fresh = path.with_extension("json.new");
        let write = || -> anyhow::Result<()> {
            // Removed first: the mode counts only for a file that is made.
            let _ = std::fs::remove_file(&fresh);
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
            serde_json::to_writer_pretty(&mut file, self)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&fresh, &path)?;
            Ok(())
        };
        write().with_context(|| path.display().to_string())
    }

    /// The file for this start: secrets of `known` kept, what is missing generated, the rest as it is now.
    pub fn for_start(known: Option<&Self>, base_url: &str) -> anyhow::Result<Self> {
        let organizations = data::ORGANIZATIONS
            .iter()
            .map(|seed| {
                let before =
                    known.and_then(|file| file.organizations.iter().find(|o| o.cod_ipa_ente == seed.ipa));
                organization(seed, before)
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Self {
            base_url: base_url.to_owned(),
            control_token: match known {
                Some(file) => file.control_token.clone(),
                None => random::hex(32)?,
            },
            signing_key: match known {
                Some(file) => file.signing_key.clone(),
                None => random::hex(32)?,
            },
            broker: Broker {
                fiscal_code: data::BROKER.0.to_owned(),
                name: data::BROKER.1.to_owned(),
                stations: vec![data::STATION.to_owned(), data::BROADCAST_STATION.to_owned()],
            },
            organizations,
            cards: sandbox::TEST_CARDS
                .iter()
                .map(|card| Card {
                    number: card.number.to_owned(),
                    expiry: card.expiry.to_owned(),
                    cvv: card.cvv.to_owned(),
                    outcome: card.outcome.as_str().to_owned(),
                })
                .collect(),
            users: users(known)?,
            endpoints: endpoints(base_url),
            seeded: known.map(|file| file.seeded.clone()).unwrap_or_default(),
        })
    }
}

fn organization(seed: &data::Organization, before: Option<&Organization>) -> anyhow::Result<Organization> {
    let keep = |old: Option<String>, kind| match old {
        Some(secret) => Ok(secret),
        None => credential::generate(kind),
    };
    let old = |pick: fn(&Organization) -> &String| before.map(pick).cloned();
    Ok(Organization {
        cod_ipa_ente: seed.ipa.to_owned(),
        fiscal_code: seed.fiscal_code.to_owned(),
        name: seed.name.to_owned(),
        segregation_code: seed.stations.first().map(|(_, code, _)| (*code).to_owned()).unwrap_or_default(),
        iban: seed.iban.to_owned(),
        mypay: Password { password: keep(old(|o| &o.mypay.password), CredentialKind::MyPay)? },
        mypivot: Password { password: keep(old(|o| &o.mypivot.password), CredentialKind::MyPivot)? },
        piemontepay: Basic {
            username: seed.fiscal_code.to_owned(),
            password: keep(old(|o| &o.piemontepay.password), CredentialKind::PiemontePay)?,
        },
        api_key: keep(old(|o| &o.api_key), CredentialKind::ApiKey)?,
        debt_position_types: seed.types.iter().map(described).collect(),
    })
}

fn described(seed: &data::Type) -> Type {
    Type {
        code: seed.code.to_owned(),
        codice_versamento: payment_code(seed.code),
        name: seed.description.to_owned(),
        taxonomy: seed.taxonomy.to_owned(),
        active: !seed.has(Rule::Inactive),
        spontaneous: seed.has(Rule::Spontaneous),
        fixed_amount: seed.fixed_cents().map(|cents| format!("{}.{:02}", cents / 100, cents % 100)),
        due_date_mandatory: seed.has(Rule::MustBeInTime),
        due_date_printed: seed.has(Rule::DueDatePrinted),
        anonymous_allowed: seed.has(Rule::Anonymous),
        print_disabled: seed.has(Rule::NotPrinted),
        digital_stamp: seed.has(Rule::Stamp),
        pushed: seed.has(Rule::Pushed),
        demand_service: seed.demand_service().map(str::to_owned),
    }
}

/// Codice versamento: four characters in PiemontePAY, made of the first letters of the words.
pub fn payment_code(code: &str) -> String {
    let words: Vec<&str> = code.split('_').collect();
    let each = 4 / words.len().clamp(1, 4);
    let letters: String = words.iter().flat_map(|word| word.chars().take(each)).take(4).collect();
    format!("{letters:X<4}")
}

fn users(known: Option<&SandboxFile>) -> anyhow::Result<Vec<User>> {
    let mut wanted: Vec<(Role, String, Option<&str>)> = Vec::new();
    for seed in data::ORGANIZATIONS {
        let short = seed.ipa.to_lowercase();
        wanted.push((Role::Operator, format!("operatore.{short}"), Some(seed.ipa)));
        wanted.push((Role::OrganizationAdmin, format!("amministratore.{short}"), Some(seed.ipa)));
    }
    wanted.push((Role::IntermediaryAdmin, "intermediario".to_owned(), None));
    wanted.push((Role::Support, "assistenza".to_owned(), None));
    wanted
        .into_iter()
        .map(|(role, username, ipa)| {
            let before = known.and_then(|file| file.users.iter().find(|user| user.username == username));
            let password = match before {
                Some(user) => user.password.clone(),
                None => random::capitals(16)?,
            };
            let cod_ipa_ente = ipa.map(str::to_owned);
            Ok(User { role: role.as_str().to_owned(), username, password, cod_ipa_ente })
        })
        .collect()
}

fn endpoints(base: &str) -> BTreeMap<String, String> {
    [
        ("mypay", "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati"),
        ("mypayWsdl", "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati.wsdl"),
        ("paForNode", "/pagopa/paForNode"),
        ("paForNodeWsdl", "/pagopa/paForNode?wsdl"),
        ("portal", "/"),
        ("sandbox", "/sandbox"),
        ("sandboxOpenapi", "/sandbox/openapi.json"),
    ]
    .into_iter()
    .map(|(name, path)| (name.to_owned(), format!("{base}{path}")))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_are_kept_and_the_address_is_new() {
        let dir = tempfile::tempdir().unwrap();
        assert!(SandboxFile::read(dir.path()).unwrap().is_none());
        let first = SandboxFile::for_start(None, "http://127.0.0.1:8420").unwrap();
        first.write(dir.path()).unwrap();
        let mode = std::fs::metadata(SandboxFile::path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = SandboxFile::read(dir.path()).unwrap().unwrap();
        assert_eq!(read, first);
        let second = SandboxFile::for_start(Some(&read), "http://127.0.0.1:9000").unwrap();
        assert_eq!((&second.organizations, &second.users), (&first.organizations, &first.users));
        assert_eq!(second.control_token, first.control_token);
        assert_eq!(second.base_url, "http://127.0.0.1:9000");
        assert_ne!(SandboxFile::for_start(None, "x").unwrap().control_token, first.control_token);
        // As issue and clients know it.
        let json = serde_json::to_value(&first).unwrap();
        assert_eq!(json["organizations"][0]["codIpaEnte"], "C_Z901");
        assert_eq!(json["organizations"][0]["mypay"]["password"].as_str().unwrap().len(), 12);
        assert_eq!(json["organizations"][0]["debtPositionTypes"][0]["codiceVersamento"], "TARI");
    }

    #[test]
    fn a_spoilt_file_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(SandboxFile::path(dir.path()), "{").unwrap();
        let error = SandboxFile::read(dir.path()).unwrap_err().to_string();
        assert!(error.contains("sandbox.json"), "{error}");
    }

    #[test]
    fn payment_codes_have_four_characters_and_differ_in_an_ente() {
        for seed in data::ORGANIZATIONS {
            let codes: std::collections::HashSet<_> =
                seed.types.iter().map(|t| payment_code(t.code)).collect();
            assert_eq!(codes.len(), seed.types.len());
            assert!(codes.iter().all(|code| code.len() == 4), "{codes:?}");
        }
    }
}
