//! `snodo sandbox`: a whole collaudo in one process.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ::sandbox::{NodeTimeouts, Registry, Sandbox as Nation, SandboxClock, SandboxConfig};
use anyhow::{Context as _, anyhow, bail};
use db::Db;
use engine::registry::Snapshot;
use engine::{Clock, Engine};
use jiff::Timestamp;
use net::Policy;
use secrecy::SecretString;
use telemetry::{logs, metrics};
use tokio::net::TcpListener;

use crate::cli::Sandbox;
use crate::config::{AccessLog, Environment};
use crate::health::Health;
use crate::seed::file::SandboxFile;
use crate::seed::{self, data};
use crate::server::{self, Limits, Stop};
use crate::wiring::{self, Installation};
use crate::workers::Workers;
use crate::{console, random, store};

/// As in production, but quicker to stop: a developer waits.
const LIMITS: Limits =
    Limits { idle: Duration::from_secs(75), connections: 4096, drain: Duration::from_secs(20) };
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BODY: usize = 10 * 1024 * 1024;

pub async fn run(options: Sandbox) -> anyhow::Result<ExitCode> {
    let _logs = logs::init(&logs::Options { format: logs::Format::Auto, filter: "warn".to_owned() })?;
    let metrics = metrics::install()?;
    let stop = Stop::on_signals().context("signals")?;
    let _lock = take(&options.data_dir)?;
    let listener =
        TcpListener::bind(options.listen).await.with_context(|| format!("--listen {}", options.listen))?;
    let own = loopback(listener.local_addr()?);
    let public_url = public_url(&options, &own)?;

    let known = SandboxFile::read(&options.data_dir)?;
    let mut file = SandboxFile::for_start(known.as_ref(), &public_url)?;
    // Before the store: secrets that are hashed there must not be lost by a crash in between.
    file.write(&options.data_dir)?;
    let clock_file = options.data_dir.join("clock");
    let clock = Arc::new(SandboxClock::open(&clock_file)?);
    let db = open_db(&options).await?;
    store::prepare(&db, Environment::Collaudo).await?;

    let subscription_key = random::hex(16)?;
    let checkout = wiring::checkout(
        &format!("{own}/sandbox/checkout/ec/v1"),
        &SecretString::from(subscription_key.clone()),
        Policy::ANY,
    )?;
    let files = options.data_dir.join("files");
    let movable = Arc::new(MovableClock(clock.clone()));
    let engine = wiring::open_engine(&db, movable, checkout, files, Environment::Collaudo).await?;
    file.seeded = seed::apply(&engine, &file).await.context("the enti of the sandbox")?;
    file.write(&options.data_dir)?;

    let nation = Nation::new(SandboxConfig {
        base_url: public_url.clone(),
        data_dir: options.data_dir.clone(),
        control_token: file.control_token.clone(),
        subscription_key,
        clock,
        registry: nation_registry(&engine.registry.snapshot(), &own),
        timeouts: NodeTimeouts::default(),
    })?;
    let served = serve(listener, stop, &options, &file, &engine, &db, &nation, &own, metrics).await;
    engine.close().await;
    db.close().await;
    served?;
    match nation.violation_count() {
        0 => {}
        count => tracing::warn!(count, "answers of ours that broke the contract of the node; see /sandbox"),
    }
    Ok(ExitCode::SUCCESS)
}

#[allow(clippy::too_many_arguments, reason = "the parts of one process, put together once")]
async fn serve(
    listener: TcpListener,
    stop: Stop,
    options: &Sandbox,
    file: &SandboxFile,
    engine: &Engine,
    db: &Db,
    nation: &Nation,
    own: &str,
    metrics: metrics::Metrics,
) -> anyhow::Result<()> {
    let workers = Workers::new(stop.clone());
    let installation = Installation {
        environment: Environment::Collaudo,
        public_url: file.base_url.clone(),
        signing_key: SecretString::from(file.signing_key.clone()),
        node_secret: None,
        metrics_token: SecretString::default(),
        name: "Pagamenti di prova".to_owned(),
        contact_email: None,
        accessibility_declaration: None,
        behind_proxy: options.public_url.is_some(),
        policy: Policy::ANY,
        timeout: REQUEST_TIMEOUT,
        max_body: MAX_BODY,
        access_log: AccessLog::Errors,
    };
    let health = Health {
        db: db.clone(),
        workers: workers.clone(),
        stop: stop.clone(),
        metrics: metrics.clone(),
        metrics_token: SecretString::default(),
    };
    let app = wiring::router(&installation, engine, health, Some(nation.router()))?;
    let (follower, address) = (nation.clone(), own.to_owned());
    wiring::subscribe(engine, Policy::ANY)?;
    wiring::background(&workers, engine, &metrics, move |snapshot| {
        if let Err(error) = follower.set_registry(nation_registry(snapshot, &address)) {
            tracing::warn!(%error, "the nation does not take the changed registry");
        }
    });
    let node = nation.clone();
    workers.spawn("node", move |stop| {
        let node = node.clone();
        async move {
            let mut running = node.spawn_background();
            tokio::select! {
                () = stop.wait() => running.abort(),
                _ = &mut running => {}
            }
        }
    });
    summary(options, file);
    if !server::serve(listener, app, LIMITS, stop).await {
        tracing::warn!("some requests did not finish in time");
    }
    workers.finish(LIMITS.drain).await;
    Ok(())
}

/// The directory, and the lock that keeps a second process out of it. Released by the system, whatever
/// becomes of us.
fn take(data_dir: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data_dir).with_context(|| data_dir.display().to_string())?;
    let lock = File::create(data_dir.join("lock")).with_context(|| data_dir.display().to_string())?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("{} is in use by another snodo; stop it or choose another --data-dir", data_dir.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).context("the lock of the data directory"),
    }
}

async fn open_db(options: &Sandbox) -> anyhow::Result<Db> {
    let url = match options.database_url.as_ref().filter(|url| !url.is_empty()) {
        Some(url) => url.clone(),
        None => format!("sqlite:{}", store::embedded(&options.data_dir).display()),
    };
    store::open(&url, store::Connections::default()).await
}

/// Our address on this machine, for the parts of the simulated nation that call us.
fn loopback(listening: SocketAddr) -> String {
    let address = match listening.ip() {
        ip if !ip.is_unspecified() => listening,
        IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listening.port()),
    };
    format!("http://{address}")
}

fn public_url(options: &Sandbox, own: &str) -> anyhow::Result<String> {
    let Some(text) = &options.public_url else { return Ok(own.to_owned()) };
    let url = url::Url::parse(text).map_err(|error| anyhow!("--public-url {text}: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        bail!("--public-url {text}: http or https");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The clock that `/sandbox/clock` moves, for the engine.
struct MovableClock(Arc<SandboxClock>);

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// What the back office of the nation would know of us: our registry, and a body that only receives.
fn nation_registry(snapshot: &Snapshot, own: &str) -> Registry {
    let station_url = format!("{own}/pagopa/paForNode");
    let mut stations: Vec<_> = Vec::new();
    let mut organizations: Vec<_> = Vec::new();
    for organization in snapshot.organizations() {
        let profile = &organization.profile;
        let mut ibans: Vec<String> =
            [&profile.iban, &profile.postal_iban].into_iter().flatten().map(ToString::to_string).collect();
        for each in snapshot.types_of(organization.id) {
            let own = [&each.profile.iban, &each.profile.postal_iban];
            ibans.extend(own.into_iter().flatten().map(ToString::to_string));
        }
        ibans.sort();
        ibans.dedup();
        for attachment in &organization.attachments {
            let id = attachment.station.to_string();
            if stations.iter().all(|station: &::sandbox::Station| station.id != id) {
                stations.push(::sandbox::Station {
                    id,
                    url: station_url.clone(),
                    activation: ::sandbox::PrimitiveVersion::V2,
                    receipt: ::sandbox::PrimitiveVersion::V2,
                });
            }
        }
        organizations.push(::sandbox::Organization {
            fiscal_code: organization.fiscal_code.to_string(),
            name: organization.name.clone(),
            ibans,
            attachments: organization
                .attachments
                .iter()
                .map(|attachment| ::sandbox::Attachment {
                    station_id: attachment.station.to_string(),
                    segregation_code: attachment.segregation_code.to_string(),
                    broadcast: attachment.broadcast,
                })
                .collect(),
        });
    }
    let (fiscal_code, name, iban) = data::PROVINCE;
    if organizations.iter().all(|organization| organization.fiscal_code != fiscal_code) {
        organizations.push(::sandbox::Organization {
            fiscal_code: fiscal_code.to_owned(),
            name: name.to_owned(),
            ibans: vec![iban.to_owned()],
            attachments: Vec::new(),
        });
    }
    Registry { broker_id: data::BROKER.0.to_owned(), stations, organizations }
}

/// Where to go, with what: for the person who typed the command.
fn summary(options: &Sandbox, file: &SandboxFile) {
    let base = &file.base_url;
    let out = |text: String| console::line(text);
    out(format!("\nSnodo {}: collaudo pronto su {base}  (sandbox ready)\n", env!("CARGO_PKG_VERSION")));
    for (label, path) in [
        ("Portale del cittadino", "/"),
        ("Comandi della simulazione", "/sandbox"),
        ("MyPay, servizio SOAP", "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati"),
        ("  contratto (WSDL)", "/mypay4/ws/pa/PagamentiTelematiciDovutiPagati?wsdl"),
        ("Nodo, paForNode", "/pagopa/paForNode"),
        ("  contratto (WSDL)", "/pagopa/paForNode?wsdl"),
        ("Stato e metriche", "/health/ready  /metrics"),
    ] {
        out(format!("  {label:<27} {base}{path}"));
    }
    out("\nEnti e credenziali (credentials)".to_owned());
    let rows: Vec<_> = file
        .organizations
        .iter()
        .map(|o| {
            let codes: Vec<_> =
                o.debt_position_types.iter().filter(|t| t.active).map(|t| t.code.as_str()).collect();
            [
                format!("  {}", o.cod_ipa_ente),
                o.fiscal_code.clone(),
                o.mypay.password.clone(),
                codes.join(" "),
            ]
        })
        .collect();
    console::table(["  codIpaEnte", "codice fiscale", "password MyPay", "tipi dovuto"], &rows);
    out("\nCarte di prova (test cards)".to_owned());
    let rows: Vec<_> = ::sandbox::TEST_CARDS
        .iter()
        .map(|card| {
            [
                format!("  {}", card.number),
                card.expiry.to_owned(),
                card.cvv.to_owned(),
                card.outcome.describe().to_owned(),
            ]
        })
        .collect();
    console::table(["  numero", "scad.", "CVV", "esito"], &rows);
    let json = SandboxFile::path(&options.data_dir);
    out(format!("\nTutto il resto, per programmi e collaudi: {}", json.display()));
    out(format!("  token dei comandi (controlToken): {}", file.control_token));
    out("Per fermare: Ctrl-C. I dati restano; per ricominciare da zero si cancella la cartella.\n".to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nation_calls_us_on_this_machine() {
        assert_eq!(loopback("0.0.0.0:8420".parse().unwrap()), "http://127.0.0.1:8420");
        assert_eq!(loopback("[::]:8420".parse().unwrap()), "http://127.0.0.1:8420");
        assert_eq!(loopback("127.0.0.1:9".parse().unwrap()), "http://127.0.0.1:9");
        assert_eq!(loopback("[::1]:9".parse().unwrap()), "http://[::1]:9");
    }

    #[test]
    fn a_directory_belongs_to_one_process() {
        let dir = tempfile::tempdir().unwrap();
        let held = take(dir.path()).unwrap();
        assert!(take(dir.path()).unwrap_err().to_string().contains("in use"));
        drop(held);
        take(dir.path()).unwrap();
    }
}
