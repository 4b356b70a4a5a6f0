//! Broker and stations.

use clap::Subcommand;
use engine::Engine;
use model::{BrokerId, StationId};

use super::parse;
use crate::cli::Store;
use crate::console;

/// `snodo admin broker`.
#[derive(Debug, Subcommand)]
pub enum Broker {
    /// Register or rename the intermediary
    Set {
        /// Its codice fiscale, `idBrokerPA`
        code: String,
        /// Its name
        name: String,
        #[command(flatten)]
        store: Store,
    },
}

/// `snodo admin station`.
#[derive(Debug, Subcommand)]
pub enum Station {
    /// Register a station
    Create {
        /// `idStation`, usually `<broker>_<nn>`
        code: String,
        /// The intermediary that owns it
        #[arg(long)]
        broker: String,
        #[command(flatten)]
        store: Store,
    },
}

pub async fn broker(engine: &Engine, command: Broker) -> anyhow::Result<()> {
    let Broker::Set { code, name, .. } = command;
    let code = parse("CODE", &code, BrokerId::parse)?;
    engine.registry.save_broker(&code, &name).await?;
    console::line(format!("Broker {code} \"{name}\" registered."));
    Ok(())
}

pub async fn station(engine: &Engine, command: Station) -> anyhow::Result<()> {
    let Station::Create { code, broker, .. } = command;
    let (code, broker) =
        (parse("CODE", &code, StationId::parse)?, parse("--broker", &broker, BrokerId::parse)?);
    if engine.registry.snapshot().broker(broker.as_str()).is_none() {
        anyhow::bail!("no broker {broker}: `snodo admin broker set {broker} NAME` first");
    }
    engine.registry.save_station(&code, &broker).await?;
    console::line(format!("Station {code} of broker {broker} registered."));
    Ok(())
}
