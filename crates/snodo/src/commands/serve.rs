//! `snodo serve`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use engine::SystemClock;
use net::Policy;
use telemetry::{logs, metrics};
use tokio::net::TcpListener;

use super::{connections, load_settings, log_options};
use crate::cli::Settings;
use crate::config::{Config, Environment};
use crate::health::Health;
use crate::server::{self, Limits, Stop};
use crate::wiring::{self, Installation};
use crate::workers::Workers;
use crate::{console, store};

pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = load_settings(&settings)?.checked()?;
    let environment = config.environment.context("environment")?;
    let _logs = logs::init(&log_options(&config))?;
    let metrics = metrics::install()?;
    let stop = Stop::on_signals().context("signals")?;
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.with_context(|| format!("server.listen {listen}"))?;

    let db = store::open(&config.database.url, connections(&config)).await?;
    store::require_current(&db).await?;
    store::belongs_to(&db, environment).await?;
    let installation = installation(&config, environment);
    let checkout =
        wiring::checkout(&config.pagopa.carts_url, &config.pagopa.subscription_key, installation.policy)?;
    let files = config.files.directory.clone();
    let engine = wiring::open_engine(&db, Arc::new(SystemClock), checkout, files, environment).await?;
    let workers = Workers::new(stop.clone());
    let health = Health {
        db: db.clone(),
        workers: workers.clone(),
        stop: stop.clone(),
        metrics: metrics.clone(),
        metrics_token: installation.metrics_token.clone(),
    };
    let app = wiring::router(&installation, &engine, health, None)?;
    wiring::subscribe(&engine, installation.policy)?;
    wiring::background(&workers, &engine, &metrics, |_| {});

    tracing::info!(%listen, environment = environment.as_str(), public_url = installation.public_url, "serving");
    console::line(format!("snodo {} serves {} on {listen}", env!("CARGO_PKG_VERSION"), environment.as_str()));
    let limits = limits(&config);
    if !server::serve(listener, app, limits, stop).await {
        tracing::warn!("some requests did not finish in time");
    }
    workers.finish(limits.drain).await;
    engine.close().await;
    db.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn limits(config: &Config) -> Limits {
    Limits {
        idle: seconds(config.server.idle_timeout_seconds),
        connections: usize::try_from(config.server.max_connections).unwrap_or(usize::MAX),
        drain: seconds(config.server.shutdown_seconds),
    }
}

fn seconds(number: u32) -> Duration {
    Duration::from_secs(number.into())
}

fn installation(config: &Config, environment: Environment) -> Installation {
    let given = |text: &String| (!text.is_empty()).then(|| text.clone());
    Installation {
        environment,
        public_url: config.server.public_url.clone(),
        signing_key: config.secrets.signing_key.clone(),
        node_secret: Some(config.pagopa.node_secret.clone()),
        metrics_token: config.telemetry.metrics_token.clone(),
        name: config.portal.name.clone(),
        contact_email: given(&config.portal.contact_email),
        accessibility_declaration: given(&config.portal.accessibility_declaration),
        behind_proxy: config.server.behind_proxy,
        policy: Policy { allow_private: config.outbound.allow_private_addresses },
        timeout: seconds(config.server.request_timeout_seconds),
        max_body: usize::try_from(config.server.max_body_bytes).unwrap_or(usize::MAX),
        access_log: config.telemetry.access_log,
    }
}
