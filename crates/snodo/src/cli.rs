//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use crate::commands::admin::AdminCommand;
pub use crate::commands::bench::BenchCommand;

/// Open multi-tenant intermediary towards pagoPA.
#[derive(Debug, Parser)]
#[command(name = "snodo", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A whole collaudo on this machine: three invented enti, the simulated nation, test cards
    Sandbox(Sandbox),
    /// Serve with the settings of a file
    Serve(Settings),
    /// Bring the schema of the database up to date
    Migrate(Settings),
    /// Register enti, tipi dovuto, credentials
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The journal of events
    #[command(subcommand)]
    Journal(Journal),
    /// Measure, on a server of its own in a temporary directory
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// `snodo sandbox`.
#[derive(Debug, Clone, Args)]
pub struct Sandbox {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8420")]
    pub listen: SocketAddr,
    /// Where everything is kept
    #[arg(long, value_name = "DIR", default_value = "./snodo-data")]
    pub data_dir: PathBuf,
    /// A PostgreSQL instead of the embedded database: postgres://user:password@host:port/database
    #[arg(long, value_name = "URL", env = "SNODO_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// The address that others use, when it is not that of --listen
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

/// Where the settings are.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The settings; without it snodo.toml if there is one, and the environment
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Which database a command works on.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// That of these settings
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    pub config: Option<PathBuf>,
    /// That of a sandbox
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// That at this address, whatever the others say
    #[arg(long, value_name = "URL", env = "SNODO_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// `snodo journal`.
#[derive(Debug, Subcommand)]
pub enum Journal {
    /// Recompute every hash chain; exit status 1 and a list when one does not hold
    Verify(Store),
}
