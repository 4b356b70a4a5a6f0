//! Background work: jobs written with the change that starts them, carried out by any replica, at least
//! once; schedules that fire once for all replicas.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use db::queue::{self, Backoff, Claim, Job};
use db::{Isolation, Tx};
use futures_util::FutureExt;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::core::Core;
use crate::error::EngineError;

/// A claim is lost after this; a handler gets a little less.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
const HANDLER_AT_MOST: Duration = Duration::from_secs(50);
/// Jobs in hand at the same time, per process.
const AT_ONCE: u32 = 8;
/// How long a worker sleeps when nothing wakes it: the clock may have been moved, another replica may
/// have enqueued.
const POLL: Duration = Duration::from_secs(1);
/// Finished jobs are kept this long, for the page that lists them.
const KEEP_DONE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A job to be written with a change.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which handler carries it out.
    pub kind: &'static str,
    /// At most one open job of the kind has this key.
    pub key: Option<String>,
    /// What the handler needs; no secrets.
    pub payload: serde_json::Value,
    /// Attempts before it is given up, loudly.
    pub max_attempts: u32,
}

impl NewJob {
    pub(crate) fn enqueue(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), EngineError> {
        let job = queue::NewJob {
            kind: self.kind,
            key: self.key.as_deref(),
            payload: self.payload.clone(),
            due_at: now,
            max_attempts: self.max_attempts,
        };
        queue::enqueue(tx, &job, now)?;
        Ok(())
    }
}

/// How a job ends when it does not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Try again later, by the handler's back-off.
    #[error("{0}")]
    Retry(String),
    /// Trying again cannot help.
    #[error("given up: {0}")]
    GiveUp(String),
}

impl From<EngineError> for JobError {
    fn from(error: EngineError) -> Self {
        Self::Retry(error.to_string())
    }
}

/// The future of a handler.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;

/// Carries out one kind of job. Must bear being run twice for the same job.
pub trait Handler: Send + Sync + 'static {
    /// Does the work, within 50 seconds.
    fn run<'a>(&'a self, payload: &'a serde_json::Value, attempt: i64) -> Running<'a>;

    /// Pauses between attempts: first, doubled each time, up to the cap.
    fn backoff(&self) -> (SignedDuration, SignedDuration) {
        (SignedDuration::from_secs(3), SignedDuration::from_hours(12))
    }
}

/// A schedule: a job enqueued every so often.
#[derive(Debug, Clone, Copy)]
pub struct Every {
    /// Name of the schedule and kind of its job.
    pub name: &'static str,
    /// Period.
    pub period: SignedDuration,
}

#[derive(Default)]
struct Table {
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    schedules: Vec<Every>,
}

/// The jobs area.
#[derive(Clone)]
pub struct Jobs {
    core: Arc<Core>,
    table: Arc<RwLock<Table>>,
}

impl Jobs {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, table: Arc::default() }
    }

    /// Names the handler of a kind; done by the wiring before [`Self::run`].
    pub fn register(&self, kind: &'static str, handler: Arc<dyn Handler>) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).handlers.insert(kind, handler);
    }

    /// Adds a schedule whose job a registered handler carries out.
    pub fn schedule(&self, every: Every) {
        self.table.write().unwrap_or_else(PoisonError::into_inner).schedules.push(every);
    }

    /// Works until told to stop, or until nobody is left to tell; jobs in hand are finished first.
    pub async fn run(&self, worker: String, mut stop: watch::Receiver<bool>) {
        let wake = self.core.db.jobs();
        let mut planned = false;
        while !*stop.borrow() {
            if !planned {
                planned = self.plan().await.is_ok();
            }
            // Listening begins before looking, so that no job enqueued in between waits for the next poll.
            let mut waked = pin!(wake.notified());
            waked.as_mut().enable();
            let worked = match self.round(&worker).await {
                Ok(worked) => worked,
                Err(error) => {
                    tracing::warn!(%error, "jobs wait for the store");
                    0
                }
            };
            if worked > 0 {
                continue;
            }
            tokio::select! {
                () = waked => {}
                () = tokio::time::sleep(POLL) => {}
                told = stop.changed() => {
                    if told.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Writes the schedules that are not there yet.
    async fn plan(&self) -> Result<(), EngineError> {
        let schedules = self.table.read().unwrap_or_else(PoisonError::into_inner).schedules.clone();
        let now = self.core.clock.now();
        self.core
            .db
            .write(move |tx| {
                for every in &schedules {
                    queue::plan(tx, every.name, now)?;
                }
                Ok::<_, EngineError>(())
            })
            .await
    }

    /// Fires schedules, claims jobs, carries them out. How many were carried out.
    async fn round(&self, worker: &str) -> Result<usize, EngineError> {
        self.fire().await?;
        let kinds: Vec<String> = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.handlers.keys().map(|kind| (*kind).to_owned()).collect()
        };
        if kinds.is_empty() {
            return Ok(0);
        }
        let claim = Claim { worker: worker.to_owned(), kinds, limit: AT_ONCE, lease: LEASE };
        let claimed = self.core.db.claim(claim, self.core.clock.now()).await?;
        let count = claimed.len();
        join_all(claimed.into_iter().map(|job| self.carry_out(job))).await;
        Ok(count)
    }

    async fn fire(&self) -> Result<(), EngineError> {
        let now = self.core.clock.now();
        let periods: HashMap<&'static str, SignedDuration> = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.schedules.iter().map(|every| (every.name, every.period)).collect()
        };
        self.core
            .db
            .write_at(Isolation::Statement, move |tx| {
                queue::fire_due(tx, now, |tx, name, _| {
                    let Some(period) = periods.get(name) else { return Ok(None) };
                    let payload = serde_json::json!({});
                    let job =
                        queue::NewJob { kind: name, key: Some(name), payload, due_at: now, max_attempts: 3 };
                    queue::enqueue(tx, &job, now)?;
                    Ok(now.checked_add(*period).ok())
                })?;
                Ok::<_, EngineError>(())
            })
            .await
    }

    async fn carry_out(&self, job: Job) {
        let handler = {
            let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
            table.handlers.get(job.kind.as_str()).cloned()
        };
        let Some(handler) = handler else { return };
        // A panic costs the attempt, not the worker.
        let running = AssertUnwindSafe(async { handler.run(&job.payload, job.attempt).await }).catch_unwind();
        let outcome = match tokio::time::timeout(HANDLER_AT_MOST, running).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_panic)) => Err(JobError::Retry("the handler panicked".to_owned())),
            Err(_elapsed) => Err(JobError::Retry("took longer than 50 s".to_owned())),
        };
        let label = if outcome.is_ok() { "ok" } else { "error" };
        metrics::counter!("snodo_jobs_total", "kind" => job.kind.clone(), "outcome" => label).increment(1);
        if let Err(error) = self.settle(job, outcome, handler.backoff()).await {
            // The lease runs out and the job is claimed again.
            tracing::warn!(%error, "the outcome of a job could not be stored");
        }
    }

    async fn settle(
        &self,
        job: Job,
        outcome: Result<(), JobError>,
        (first, cap): (SignedDuration, SignedDuration),
    ) -> Result<(), EngineError> {
        let now = self.core.clock.now();
        let random = random();
        self.core
            .db
            .write(move |tx| {
                match &outcome {
                    Ok(()) => {
                        queue::complete(tx, &job, now)?;
                    }
                    Err(JobError::GiveUp(text)) => {
                        tracing::error!(job = job.id, kind = job.kind, error = text, "job given up");
                        queue::bury(tx, &job, text, now)?;
                    }
                    Err(JobError::Retry(text)) => {
                        let backoff = Backoff { first, cap };
                        if queue::fail(tx, &job, text, &backoff, random, now)? == queue::Failed::Dead {
                            tracing::error!(
                                job = job.id,
                                kind = job.kind,
                                error = text,
                                "job given up after its last attempt"
                            );
                        }
                    }
                }
                Ok::<_, EngineError>(())
            })
            .await
    }

    /// Deletes jobs finished more than a week ago, some thousand at a time.
    ///
    /// # Errors
    /// As the store.
    pub async fn purge(&self) -> Result<u64, EngineError> {
        let before = self.core.clock.now() - KEEP_DONE;
        self.core.db.write(move |tx| Ok::<_, EngineError>(queue::purge(tx, before, 5_000)?)).await
    }

    /// Open and finished jobs by kind and state.
    ///
    /// # Errors
    /// As the store.
    pub async fn counts(&self) -> Result<Vec<(String, &'static str, i64)>, EngineError> {
        self.core
            .db
            .read(|tx| {
                let counts = queue::counts(tx)?;
                Ok::<_, EngineError>(
                    counts.into_iter().map(|(kind, state, n)| (kind, state.as_str(), n)).collect(),
                )
            })
            .await
    }
}

/// Spreads retries; nothing depends on its quality, so a failing source only means no spread.
fn random() -> u64 {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => 0,
    }
}
