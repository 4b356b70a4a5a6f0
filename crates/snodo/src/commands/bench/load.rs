//! Many connections doing the same work until there is none left.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use serde::Serialize;
use telemetry::process::Usage;

use super::client::Connection;
use super::figures::{Spread, micros};
use super::target::Target;

/// Shown at most, so that a thousand equal failures are one line.
const FAILURES_SHOWN: usize = 5;

/// One unit of work on one connection: a time for each of its calls.
pub trait Work {
    /// Names of its calls.
    const CALLS: &'static [&'static str];

    /// Does the unit with this number; writes the time of each call.
    async fn run(
        &self,
        connection: &mut Connection,
        number: usize,
        times: &mut Vec<u32>,
    ) -> anyhow::Result<()>;
}

/// How to load.
pub struct Load {
    /// Where.
    pub address: SocketAddr,
    /// Connections.
    pub clients: u32,
    /// Units.
    pub units: std::ops::Range<usize>,
    /// Units begun each second; none: as fast as they end.
    pub rate: Option<u32>,
}

/// What came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    pub units: usize,
    pub errors: usize,
    pub first_errors: Vec<String>,
    pub seconds: f64,
    pub per_second: f64,
    /// Each call by name.
    pub calls: Vec<(&'static str, Spread)>,
    /// All calls of a unit together.
    pub unit: Spread,
    /// With a rate: how late units were begun, because all connections were busy or a timer was coarse.
    pub begun_late: Option<Spread>,
}

struct Shared<'a, W> {
    work: &'a W,
    next: Cell<usize>,
    end: usize,
    begun: Instant,
    rate: Option<u32>,
    first: usize,
    calls: RefCell<Vec<Vec<u32>>>,
    units: RefCell<Vec<u32>>,
    late: RefCell<Vec<u32>>,
    errors: Cell<usize>,
    first_errors: RefCell<Vec<String>>,
    progress: &'a ProgressBar,
}

/// Carries the load.
pub async fn run<W: Work>(work: &W, load: &Load, progress: &ProgressBar) -> anyhow::Result<Outcome> {
    let mut connections = Vec::new();
    for _ in 0..load.clients {
        connections.push(Connection::open(load.address).await?);
    }
    let shared = Rc::new(Shared {
        work,
        next: Cell::new(load.units.start),
        end: load.units.end,
        begun: Instant::now(),
        rate: load.rate,
        first: load.units.start,
        calls: RefCell::new(vec![Vec::with_capacity(load.units.len()); W::CALLS.len()]),
        units: RefCell::new(Vec::with_capacity(load.units.len())),
        late: RefCell::default(),
        errors: Cell::new(0),
        first_errors: RefCell::default(),
        progress,
    });
    futures_util::future::join_all(
        connections.into_iter().map(|connection| client(shared.clone(), connection)),
    )
    .await;
    let seconds = shared.begun.elapsed().as_secs_f64();
    let units = Spread::of(shared.units.take());
    let calls =
        W::CALLS.iter().zip(shared.calls.take()).map(|(name, times)| (*name, Spread::of(times))).collect();
    Ok(Outcome {
        units: units.count,
        errors: shared.errors.get(),
        first_errors: shared.first_errors.take(),
        seconds,
        per_second: units.count as f64 / seconds,
        calls,
        unit: units,
        begun_late: load.rate.map(|_| Spread::of(shared.late.take())),
    })
}

async fn client<W: Work>(shared: Rc<Shared<'_, W>>, mut connection: Connection) {
    let mut times = Vec::with_capacity(W::CALLS.len());
    loop {
        let number = shared.next.get();
        if number >= shared.end {
            return;
        }
        shared.next.set(number + 1);
        if let Some(rate) = shared.rate {
            let due =
                shared.begun + Duration::from_secs_f64((number - shared.first) as f64 / f64::from(rate));
            tokio::time::sleep_until(due.into()).await;
            shared.late.borrow_mut().push(micros(Instant::now().saturating_duration_since(due)));
        }
        times.clear();
        let started = Instant::now();
        match shared.work.run(&mut connection, number, &mut times).await {
            Ok(()) => {
                shared.units.borrow_mut().push(micros(started.elapsed()));
                for (all, time) in shared.calls.borrow_mut().iter_mut().zip(&times) {
                    all.push(*time);
                }
            }
            Err(error) => {
                shared.errors.set(shared.errors.get() + 1);
                let mut shown = shared.first_errors.borrow_mut();
                if shown.len() < FAILURES_SHOWN {
                    shown.push(format!("{error:#}"));
                }
            }
        }
        shared.progress.inc(1);
    }
}

/// Resources spent by server and load generator.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spent {
    pub server_cpu_seconds: f64,
    pub client_cpu_seconds: f64,
    pub server_cpu_us_per_unit: f64,
    pub server_resident_mib: f64,
}

/// Both processes at one instant.
pub struct Meter {
    server: Usage,
    client: Option<Usage>,
}

impl Meter {
    /// Now.
    pub fn read(target: &Target) -> anyhow::Result<Self> {
        Ok(Self { server: target.usage()?, client: telemetry::process::usage() })
    }

    /// From then to now.
    pub fn spent(self, target: &Target, units: usize) -> anyhow::Result<Spent> {
        let now = Self::read(target)?;
        let server = now.server.cpu.saturating_sub(self.server.cpu).as_secs_f64();
        let client = now.client.zip(self.client).map_or(Duration::ZERO, |(b, a)| b.cpu.saturating_sub(a.cpu));
        Ok(Spent {
            server_cpu_seconds: server,
            client_cpu_seconds: client.as_secs_f64(),
            server_cpu_us_per_unit: server * 1e6 / units.max(1) as f64,
            server_resident_mib: mib(now.server.resident_bytes),
        })
    }
}

/// MiB of bytes.
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
