//! `snodo bench`: figures of this machine, on a server of its own in a directory of its own.
//!
//! Never a gate: a disk or a neighbour can change every figure by an order of magnitude, which is why the
//! raw flush rate of the disk stands beside each durable one.
#![allow(clippy::float_arithmetic, reason = "rates and percentages; no money here")]

mod client;
mod cycle;
mod documents;
mod figures;
mod import;
mod load;
mod machine;
mod messages;
mod start;
mod target;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Verify, activate, receipt: the whole life of a payment by notice, durable
    Cycle(CycleOptions),
    /// paaSILImportaDovuto with an IUV
    Import(ImportOptions),
    /// Notices as PDF, on one core
    Documents(DocumentsOptions),
    /// Start to ready, idle memory, size of the binary
    Start(StartOptions),
}

/// Where and how.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// A directory on the disk to measure; what is made in it is removed at the end
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Measure on this PostgreSQL (an empty database) instead of the embedded one
    #[arg(long, value_name = "URL", env = "SNODO_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

/// `bench cycle`.
#[derive(Debug, Clone, Args)]
pub struct CycleOptions {
    /// Cycles measured, one notice each
    #[arg(long, default_value_t = 20_000)]
    cycles: u32,
    /// Connections
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
    clients: u32,
    /// Begin so many cycles each second, whether or not earlier ones have ended; without it each
    /// connection begins the next when it is done
    #[arg(long, value_name = "PER-SECOND", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    #[command(flatten)]
    common: Common,
}

/// `bench import`.
#[derive(Debug, Clone, Args)]
pub struct ImportOptions {
    /// Debts imported
    #[arg(long, default_value_t = 20_000)]
    count: u32,
    /// Connections
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
    clients: u32,
    #[command(flatten)]
    common: Common,
}

/// `bench documents`.
#[derive(Debug, Clone, Args)]
pub struct DocumentsOptions {
    /// Seconds
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// The result as JSON
    #[arg(long)]
    json: bool,
}

/// `bench start`.
#[derive(Debug, Clone, Args)]
pub struct StartOptions {
    /// Starts on existing data, after the first on none
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    #[command(flatten)]
    common: Common,
}

/// Measures.
pub fn run(command: BenchCommand) -> anyhow::Result<ExitCode> {
    if cfg!(debug_assertions) {
        eprintln!("snodo: this is a debug build; its figures mean nothing");
    }
    // One thread: the load must leave the other cores to the server.
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("the runtime")?;
    match command {
        BenchCommand::Cycle(options) => runtime.block_on(cycle::run(&options)),
        BenchCommand::Import(options) => runtime.block_on(import::run(&options)),
        BenchCommand::Documents(options) => documents::run(&options),
        BenchCommand::Start(options) => runtime.block_on(start::run(&options)),
    }?;
    Ok(ExitCode::SUCCESS)
}
