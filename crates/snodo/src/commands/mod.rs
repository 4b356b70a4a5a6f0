//! One module a command.

pub mod admin;
pub mod bench;
mod journal;
mod migrate;
mod sandbox;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use db::Db;
use engine::carts::{Checkout, CheckoutError, CheckoutRequest};
use engine::{Engine, EngineOptions, SystemClock};
use telemetry::logs;

use crate::cli::{Cli, Command, Settings, Store};
use crate::config::{Config, LogFormat};
use crate::store;

/// Carries out a command.
pub fn run(arguments: Cli) -> anyhow::Result<ExitCode> {
    // Commands that serve set up their logs by their settings; the others only speak up when something is wrong.
    match arguments.command {
        Command::Sandbox(options) => runtime()?.block_on(sandbox::run(options)),
        Command::Serve(settings) => runtime()?.block_on(serve::run(settings)),
        Command::Bench(command) => bench::run(command),
        Command::Migrate(settings) => quietly(migrate::run(settings)),
        Command::Admin(command) => quietly(admin::run(command)),
        Command::Journal(command) => quietly(journal::run(command)),
    }
}

fn quietly(command: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let _logs = logs::init(&logs::Options { format: logs::Format::Human, filter: "warn".to_owned() })?;
    runtime()?.block_on(command)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime")
}

/// The settings of `--config`, or of `snodo.toml` when it is there, or of the environment alone.
fn load_settings(settings: &Settings) -> anyhow::Result<Config> {
    let default = Path::new("snodo.toml");
    let path = settings.config.as_deref().or_else(|| default.is_file().then_some(default));
    let mut config = Config::load(path)?;
    if let Some(url) = std::env::var("SNODO_DATABASE_URL").ok().filter(|url| !url.is_empty()) {
        config.database.url = url;
    }
    Ok(config)
}

fn connections(config: &Config) -> store::Connections {
    let count = |number| usize::try_from(number).unwrap_or(1);
    store::Connections { readers: count(config.database.readers), pool: count(config.database.connections) }
}

fn log_options(config: &Config) -> logs::Options {
    let format = match config.telemetry.log_format {
        LogFormat::Auto => logs::Format::Auto,
        LogFormat::Human => logs::Format::Human,
        LogFormat::Json => logs::Format::Json,
    };
    logs::Options { format, filter: config.telemetry.log.clone() }
}

/// What a command on an existing installation works with.
struct Opened {
    engine: Engine,
    db: Db,
}

impl Opened {
    async fn close(self) {
        self.engine.close().await;
        self.db.close().await;
    }
}

/// Opens the database that the options name; its schema must be current.
async fn open_store(options: &Store) -> anyhow::Result<Opened> {
    let (url, connections, files) = locate(options)?;
    let db = store::open(&url, connections).await?;
    store::require_current(&db).await?;
    let options = EngineOptions {
        db: db.clone(),
        clock: Arc::new(SystemClock),
        checkout: Arc::new(NoCheckout),
        files,
        collaudo: true,
    };
    Ok(Opened { engine: Engine::open(options).await?, db })
}

fn locate(options: &Store) -> anyhow::Result<(String, store::Connections, PathBuf)> {
    let default = Path::new("snodo.toml");
    let file = options.config.as_deref();
    let file = file.or_else(|| (options.data_dir.is_none() && default.is_file()).then_some(default));
    let config = match file {
        Some(path) => Some(Config::load(Some(path))?),
        None => None,
    };
    let data_dir = options.data_dir.clone().unwrap_or_else(|| PathBuf::from("./snodo-data"));
    let files =
        config.as_ref().map_or_else(|| data_dir.join("files"), |config| config.files.directory.clone());
    let connections = config.as_ref().map(connections).unwrap_or_default();
    if let Some(url) = &options.database_url {
        return Ok((url.clone(), connections, files));
    }
    if let Some(config) = config {
        return Ok((config.database.url, connections, files));
    }
    let database = store::embedded(&data_dir);
    if !database.is_file() {
        bail!("no database at {}: name one with --config, --data-dir or --database-url", database.display());
    }
    Ok((format!("sqlite:{}", database.display()), connections, files))
}

/// For commands that open no carts.
struct NoCheckout;

impl Checkout for NoCheckout {
    fn open<'a>(
        &'a self,
        _request: &'a CheckoutRequest,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<String, CheckoutError>> + Send + 'a>> {
        Box::pin(async { Err(CheckoutError::Unavailable("the command line opens no carts".to_owned())) })
    }
}
