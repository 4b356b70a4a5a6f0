//! The server engine: each connection has its own thread and event loop, so that a statement costs one
//! round trip and no hop between threads.

mod connect;
mod fault;
mod session;
pub(crate) mod types;

use crate::{
    error::{DbError, Effect, Fault},
    handle::{Isolation, Limits},
    lane::{Appetite, Lane, Mode, Unit},
    sqlite::call,
    tx::Tx,
};
use connect::Target;
use session::{Link, Open};
use std::{
    hash::{BuildHasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tokio::{
    runtime::Runtime,
    sync::{Notify, oneshot},
};

/// After a failed connection, others fail at once for this long instead of each waiting its time-out.
const PAUSE: Duration = Duration::from_millis(250);

/// What all slots share.
struct Shared {
    target: Target,
    limits: Limits,
    lane: Arc<Lane>,
    jobs: Arc<Notify>,
    down: Mutex<Option<(Instant, DbError)>>,
}

/// One connection of the pool.
struct Slot {
    number: usize,
    runtime: Runtime,
    shared: Arc<Shared>,
    link: Option<Link>,
}

/// Connects once, to tell wrong options at once, and starts the pool; other connections open when needed.
pub(crate) async fn start(
    url: &str,
    pool: usize,
    limits: Limits,
    jobs: &Arc<Notify>,
    lane: &Arc<Lane>,
) -> Result<Vec<JoinHandle<()>>, DbError> {
    let target = Target::parse(url, &limits)?;
    let shared = Arc::new(Shared {
        target,
        limits,
        lane: Arc::clone(lane),
        jobs: Arc::clone(jobs),
        down: Mutex::new(None),
    });
    let mut threads = Vec::with_capacity(pool);
    for number in 0..pool {
        let (ready, opened) = oneshot::channel();
        let shared = Arc::clone(&shared);
        // A quarter only reads: what has to wait for no flush must not queue behind what has to.
        let appetite = if number < pool - pool / 4 { Appetite::Any } else { Appetite::Reads };
        let thread = std::thread::Builder::new()
            .name(format!("db-postgres-{number}"))
            .spawn(move || serve(number, appetite, shared, ready))
            .map_err(|e| DbError::Unavailable(format!("no thread for the database: {e}")))?;
        threads.push(thread);
        let outcome =
            opened.await.unwrap_or_else(|_| Err(DbError::Other("a database thread ended at once".into())));
        if let Err(e) = outcome {
            lane.close();
            return Err(e);
        }
    }
    Ok(threads)
}

fn serve(
    number: usize,
    appetite: Appetite,
    shared: Arc<Shared>,
    ready: oneshot::Sender<Result<(), DbError>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            drop(ready.send(Err(DbError::Unavailable(format!("no event loop for the database: {e}")))));
            return;
        }
    };
    let mut slot = Slot { number, runtime, shared, link: None };
    let first = if number == 0 { slot.connect().map_err(|fault| fault.error) } else { Ok(()) };
    let failed = first.is_err();
    drop(ready.send(first));
    if failed {
        return;
    }
    let lane = Arc::clone(&slot.shared.lane);
    while let Some(unit) = lane.take(appetite) {
        // Closures are guarded by themselves; this is for a defect here or in the driver, which must cost
        // one unit and not the slot.
        if catch_unwind(AssertUnwindSafe(|| slot.unit(unit))).is_err() {
            tracing::error!(slot = number, "a panic in the database layer; its connection is replaced");
            slot.link = None;
        }
    }
    if let Some(link) = slot.link.take() {
        link.close(&slot.runtime);
    }
}

impl Slot {
    /// Runs one unit, again if need be, and answers it.
    fn unit(&mut self, mut unit: Box<dyn Unit>) {
        let mode = unit.mode();
        let mut reruns = 0_u32;
        let mut reconnected = false;
        loop {
            let fault = match self.once(mode, unit.as_mut()) {
                Ok(Done::Answer(verdict)) => return unit.answer(verdict),
                Ok(Done::Read(verdict)) => {
                    unit.answer(verdict);
                    // After the answer: the caller need not wait for the end of the snapshot.
                    return self.end("rollback");
                }
                Err(fault) => fault,
            };
            match fault.effect {
                Effect::Rerun if reruns < self.shared.limits.reruns => {
                    reruns += 1;
                    metrics::counter!("db_reruns_total").increment(1);
                    self.runtime.block_on(async { tokio::time::sleep(pause(reruns)).await });
                }
                Effect::Rerun => return unit.answer(Err(DbError::Conflict)),
                // Nothing was stored: the dead connection of an idle pool must not cost a caller its unit.
                Effect::Lost if !reconnected => reconnected = true,
                _ => return unit.answer(Err(fault.error)),
            }
        }
    }

    /// One attempt. `Err` leaves nothing of it on the server.
    fn once(&mut self, mode: Mode, unit: &mut dyn Unit) -> Result<Done, Fault> {
        self.connect()?;
        let Some(link) = self.link.as_mut() else { return Err(Fault::other("no connection")) };
        let begin = match mode {
            Mode::Read => "begin isolation level repeatable read read only",
            Mode::Write(Isolation::Statement) => "begin isolation level read committed",
            Mode::Write(Isolation::Snapshot) => "begin isolation level repeatable read",
            Mode::Write(Isolation::Serial) => "begin isolation level serializable",
        };
        let mut open = Open::new(link, &self.runtime, self.shared.limits.statement, begin);
        let mut tx = Tx::new(&mut open, self.number, &self.shared.jobs);
        let good = unit.run(&mut tx);
        let (spoiled, hooks) = tx.finish();
        let begun = open.begun();
        match spoiled {
            Some((error, effect)) if effect != Effect::Spoiled => {
                if effect == Effect::Rerun {
                    self.end("rollback");
                } else {
                    self.link = None;
                }
                Err(Fault { error, effect })
            }
            spoiled if mode == Mode::Read => Ok(Done::Read(match spoiled {
                Some((error, _)) if good => Err(error),
                _ => Ok(()),
            })),
            None if good => {
                if begun {
                    self.commit()?;
                }
                call(hooks);
                Ok(Done::Answer(Ok(())))
            }
            spoiled => {
                if begun {
                    self.end("rollback");
                }
                Ok(Done::Answer(match spoiled {
                    Some((error, _)) if good => Err(error),
                    _ => Ok(()),
                }))
            }
        }
    }

    fn commit(&mut self) -> Result<(), Fault> {
        let Some(link) = self.link.as_mut() else { return Err(Fault::other("no connection")) };
        let since = Instant::now();
        let outcome = link.control(&self.runtime, self.shared.limits.statement, "commit");
        metrics::histogram!("db_commit_seconds").record(since.elapsed());
        outcome.map_err(|fault| match fault.effect {
            // Whether it was stored is not known: running it again could double it.
            Effect::Lost | Effect::Stuck => {
                self.link = None;
                Fault { error: fault.error, effect: Effect::Stuck }
            }
            effect => {
                self.end("rollback");
                Fault { error: fault.error, effect }
            }
        })
    }

    /// Ends the transaction; a connection that cannot is dropped, which ends it too.
    fn end(&mut self, how: &str) {
        let Some(link) = self.link.as_mut() else { return };
        if !link.is_idle() && link.control(&self.runtime, self.shared.limits.statement, how).is_err() {
            self.link = None;
        }
    }

    /// Makes sure that there is a connection.
    fn connect(&mut self) -> Result<(), Fault> {
        if self.link.as_ref().is_some_and(Link::is_sound) {
            return Ok(());
        }
        self.link = None;
        let down = || self.shared.down.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, error)) = down().as_ref()
            && since.elapsed() < PAUSE
        {
            return Err(Fault { error: error.clone(), effect: Effect::Stuck });
        }
        match self.runtime.block_on(self.shared.target.connect(self.number)) {
            Ok(link) => {
                self.link = Some(link);
                *down() = None;
                Ok(())
            }
            Err(error) => {
                tracing::warn!(error = %error, "no connection to PostgreSQL");
                *down() = Some((Instant::now(), error.clone()));
                Err(Fault { error, effect: Effect::Stuck })
            }
        }
    }
}

enum Done {
    Answer(Result<(), DbError>),
    /// Answer first, then end the transaction.
    Read(Result<(), DbError>),
}

/// Pause before a re-run: random, up to 1, 2, 4 … 64 ms, so that colliding units part.
fn pause(rerun: u32) -> Duration {
    let limit = 1000_u64 << rerun.min(6);
    Duration::from_micros(RandomState::new().hash_one(rerun) % limit)
}

/// One statement on a connection of its own, outside a transaction, as `create database` wants it.
pub(crate) async fn outside_transaction(url: &str, sql: &str) -> Result<(), DbError> {
    let target = Target::parse(url, &Limits::default())?;
    target.connect(0).await?.run(sql).await
}
