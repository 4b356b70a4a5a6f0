//! `snodo admin`: the registry and its credentials from the command line.
//!
//! A running server reads the registry again within some seconds of a change.

pub mod credential;
mod organization;
mod registry;
pub mod types;
mod user;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::Subcommand;
use engine::registry::Organization;
use engine::{Call, Engine};
use telemetry::TraceId;

use super::open_store;
use crate::cli::Store;

/// What can be administered.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// The intermediary itself
    #[command(subcommand)]
    Broker(registry::Broker),
    /// Stations of the intermediary
    #[command(subcommand)]
    Station(registry::Station),
    /// Enti creditori
    #[command(subcommand)]
    Ente(organization::Ente),
    /// Tipi dovuto of an ente
    #[command(subcommand)]
    Tipo(types::Tipo),
    /// Credentials of the systems of an ente
    #[command(subcommand)]
    Credential(credential::Credential),
    /// People
    #[command(subcommand)]
    User(user::User),
}

/// Carries out a command.
pub async fn run(command: AdminCommand) -> anyhow::Result<ExitCode> {
    let opened = open_store(command.store()).await?;
    let engine = &opened.engine;
    match command {
        AdminCommand::Broker(command) => registry::broker(engine, command).await?,
        AdminCommand::Station(command) => registry::station(engine, command).await?,
        AdminCommand::Ente(command) => organization::run(engine, command).await?,
        AdminCommand::Tipo(command) => types::run(engine, command).await?,
        AdminCommand::Credential(command) => credential::run(engine, command).await?,
        AdminCommand::User(command) => user::run(engine, command).await?,
    }
    opened.close().await;
    Ok(ExitCode::SUCCESS)
}

impl AdminCommand {
    fn store(&self) -> &Store {
        match self {
            Self::Broker(registry::Broker::Set { store, .. })
            | Self::Station(registry::Station::Create { store, .. })
            | Self::Credential(credential::Credential::Create { store, .. })
            | Self::User(user::User::Create { store, .. }) => store,
            Self::Ente(command) => command.store(),
            Self::Tipo(command) => command.store(),
        }
    }
}

/// The call that the journal records.
fn call(operation: &str) -> Call {
    Call::new("admin", operation, TraceId::generate().to_string())
}

fn find(engine: &Engine, ipa: &str) -> anyhow::Result<Arc<Organization>> {
    let snapshot = engine.registry.snapshot();
    let found = snapshot.organization_by_ipa(ipa).cloned();
    found.ok_or_else(|| {
        let known: Vec<_> = snapshot.organizations().iter().map(|o| o.ipa_code.to_string()).collect();
        match known.as_slice() {
            [] => anyhow!("there is no ente yet: `snodo admin ente create`"),
            known => anyhow!("no ente {ipa}; there are {}", known.join(", ")),
        }
    })
}

/// The text of a file, or of standard input for `-`.
fn read_document(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// A document in JSON; errors name the place.
fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    serde_json::from_str(&read_document(path)?).with_context(|| path.display().to_string())
}

/// A value that a rule of the model reads, with the option's name in its errors.
fn parse<T, E: std::fmt::Display>(
    option: &str,
    text: &str,
    read: impl Fn(&str) -> Result<T, E>,
) -> anyhow::Result<T> {
    read(text).map_err(|error| anyhow!("{option} {text}: {error}"))
}

fn yes(value: bool) -> String {
    if value { "yes" } else { "-" }.to_owned()
}
