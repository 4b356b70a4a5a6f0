//! Puts the crates together: engine, doors, background work.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Router, body::Body};
use db::Db;
use engine::carts::Checkout;
use engine::jobs::{Every, Handler, Running};
use engine::registry::Snapshot;
use engine::{Call, Clock, Engine, EngineOptions};
use http::StatusCode;
use jiff::SignedDuration;
use mypay::{MyPay, PushHandler, PushListener};
use net::{Client, Options, Policy};
use pagopa::{CartsClient, CartsConfig, PagoPa};
use portal::{PortalConfig, PortalState};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;
use telemetry::TraceId;
use telemetry::metrics::Metrics;
use tower_http::compression::CompressionLayer;
use url::Url;

use crate::config::{AccessLog, Environment};
use crate::health::{self, Health};
use crate::middleware::{Surround, TRACE_HEADER, failure, surround};
use crate::server::Stop;
use crate::workers::Workers;

/// Largest message of the node; real ones are some tens of KiB.
const NODE_BODY: usize = 1024 * 1024;
/// The header by which the proxy vouches for the node.
const NODE_SECRET_HEADER: &str = "x-snodo-node-secret";
/// How often a change of the registry by another process is looked for.
const REGISTRY_EVERY: Duration = Duration::from_secs(2);
/// How often recorded values are folded into their histograms.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// What one installation is made of.
pub struct Installation {
    /// Collaudo or esercizio.
    pub environment: Environment,
    /// Our address as the world sees it, without a final slash.
    pub public_url: String,
    /// Signs links.
    pub signing_key: SecretString,
    /// What `/pagopa` asks for; none in the sandbox, whose node speaks as the real one does.
    pub node_secret: Option<SecretString>,
    /// Bearer token of `/metrics`; empty: open.
    pub metrics_token: SecretString,
    /// Name in the header of the pages.
    pub name: String,
    /// Address of assistance.
    pub contact_email: Option<String>,
    /// Address of the declaration of accessibility.
    pub accessibility_declaration: Option<String>,
    /// Whether a proxy tells the client's address.
    pub behind_proxy: bool,
    /// Addresses that may be called.
    pub policy: Policy,
    /// Until 504.
    pub timeout: Duration,
    /// Largest body.
    pub max_body: usize,
    /// Which requests the log shows.
    pub access_log: AccessLog,
}

/// The client of the national checkout.
pub fn checkout(
    base_url: &str,
    subscription_key: &SecretString,
    policy: Policy,
) -> anyhow::Result<Arc<dyn Checkout>> {
    let http = Client::new(&Options::new("carts", policy)).context("the client of the carts API")?;
    let config = CartsConfig {
        base_url: base_url.to_owned(),
        subscription_key: subscription_key.expose_secret().to_owned(),
    };
    Ok(Arc::new(CartsClient::new(http, config)))
}

/// The engine of an installation, on a store that is migrated.
pub async fn open_engine(
    db: &Db,
    clock: Arc<dyn Clock>,
    checkout: Arc<dyn Checkout>,
    files: std::path::PathBuf,
    environment: Environment,
) -> anyhow::Result<Engine> {
    let collaudo = environment == Environment::Collaudo;
    let options = EngineOptions { db: db.clone(), clock, checkout, files, collaudo };
    Engine::open(options).await.context("the engine")
}

/// All doors, with `extra` ones (the sandbox's), surrounded by what every request needs.
pub fn router(
    installation: &Installation,
    engine: &Engine,
    health: Health,
    extra: Option<Router>,
) -> anyhow::Result<Router> {
    let mut node = pagopa::router(PagoPa::new(engine.clone(), &installation.public_url))
        .layer(DefaultBodyLimit::max(NODE_BODY));
    if let Some(secret) = installation.node_secret.clone() {
        node = node.layer(from_fn_with_state(secret, only_the_node));
    }
    let secret = installation.signing_key.expose_secret().as_bytes();
    let sil = mypay::router(MyPay::new(engine.clone(), &installation.public_url, secret))
        .layer(DefaultBodyLimit::max(installation.max_body));
    let mut app = Router::new()
        .merge(health::router(health))
        .merge(node)
        .merge(sil)
        .merge(portal(installation, engine)?.layer(CompressionLayer::new().gzip(true)));
    if let Some(extra) = extra {
        app = app.merge(extra);
    }
    let how = Surround {
        timeout: installation.timeout,
        access_log: installation.access_log,
        strict_transport: installation.public_url.starts_with("https:"),
    };
    Ok(app.layer(from_fn_with_state(Arc::new(how), surround)))
}

fn portal(installation: &Installation, engine: &Engine) -> anyhow::Result<Router> {
    let environment = match installation.environment {
        Environment::Collaudo => portal::Environment::Collaudo,
        Environment::Esercizio => portal::Environment::Esercizio,
    };
    let config = PortalConfig {
        contact_email: installation.contact_email.clone(),
        accessibility_declaration: installation.accessibility_declaration.clone(),
        behind_proxy: installation.behind_proxy,
        ..PortalConfig::new(
            Url::parse(&installation.public_url).context("the public address")?,
            installation.name.clone(),
            environment,
            installation.signing_key.expose_secret().as_bytes().to_vec(),
        )
    };
    Ok(portal::router(PortalState::new(engine.clone(), config)))
}

/// Refuses calls of the node's door that did not come through the proxy which checked its certificate:
/// a receipt is proof of payment, and the protocol itself carries no proof of who sends it.
async fn only_the_node(State(secret): State<SecretString>, request: Request<Body>, next: Next) -> Response {
    let vouched = {
        let given =
            request.headers().get(NODE_SECRET_HEADER).map(http::HeaderValue::as_bytes).unwrap_or_default();
        bool::from(given.ct_eq(secret.expose_secret().as_bytes()))
    };
    let reads_contract = request.method() == http::Method::GET;
    let trace =
        request.headers().get(TRACE_HEADER).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned();
    if vouched || reads_contract {
        return next.run(request).await;
    }
    tracing::warn!("a call of the node's door without its secret");
    failure(StatusCode::FORBIDDEN, &trace, false)
}

/// Who is told about what happens, and who carries out which work. Before [`background`].
pub fn subscribe(engine: &Engine, policy: Policy) -> anyhow::Result<()> {
    let http = Client::new(&Options::new("sil", policy)).context("the client of the SILs")?;
    engine.delivery.subscribe(Arc::new(PushListener));
    engine.jobs.register(mypay::PUSH, Arc::new(PushHandler::new(engine.clone(), http)));
    engine.jobs.register(EXPIRE_CARTS.name, Arc::new(ExpireCarts(engine.clone())));
    engine.jobs.schedule(EXPIRE_CARTS);
    Ok(())
}

/// Carts that nobody confirmed or paid in time.
const EXPIRE_CARTS: Every = Every { name: "carts.expire", period: SignedDuration::from_mins(1) };

struct ExpireCarts(Engine);

impl Handler for ExpireCarts {
    fn run<'a>(&'a self, _payload: &'a serde_json::Value, _attempt: i64) -> Running<'a> {
        Box::pin(async {
            let call = Call::new("jobs", EXPIRE_CARTS.name, TraceId::generate().to_string());
            let expired = self.0.carts.expire(&call).await?;
            if expired > 0 {
                tracing::info!(expired, "carts expired");
            }
            Ok(())
        })
    }
}

/// Starts the work that goes on behind the doors. `changed` hears of every new state of the registry.
pub fn background(
    workers: &Workers,
    engine: &Engine,
    metrics: &Metrics,
    changed: impl Fn(&Snapshot) + Clone + Send + 'static,
) {
    let jobs = engine.clone();
    workers.spawn("jobs", move |stop| {
        let engine = jobs.clone();
        async move { engine.jobs.run(worker_name(), stop.receiver()).await }
    });
    let registry = engine.registry.clone();
    workers.spawn("registry", move |stop| {
        let (registry, changed) = (registry.clone(), changed.clone());
        async move {
            let mut known = registry.snapshot();
            while pause(&stop, REGISTRY_EVERY).await {
                if let Err(error) = registry.refresh().await {
                    tracing::warn!(%error, "the registry is not read again");
                }
                let now = registry.snapshot();
                if !Arc::ptr_eq(&known, &now) {
                    changed(&now);
                    known = now;
                }
            }
        }
    });
    let metrics = metrics.clone();
    workers.spawn("metrics", move |stop| {
        let metrics = metrics.clone();
        async move {
            while pause(&stop, UPKEEP_EVERY).await {
                metrics.upkeep();
            }
        }
    });
}

/// Waits; false when the stop came first.
async fn pause(stop: &Stop, time: Duration) -> bool {
    tokio::select! {
        () = stop.wait() => false,
        () = tokio::time::sleep(time) => true,
    }
}

/// Who holds a lease, for people who look at the table.
fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), std::process::id())
}
