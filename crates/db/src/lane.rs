//! The queue between the async world and the threads that own connections.
//!
//! Callers wait for room and then for the answer; threads take units in order. A caller that waited
//! longer than the limit, or went away, withdraws its unit, unless a thread has begun it.

use crate::{error::DbError, tx::Tx};
use std::{
    any::Any,
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, oneshot};

/// How a unit is to be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write(crate::Isolation),
}

/// A closure with its place to answer to, stripped of its types.
pub(crate) trait Unit: Send {
    fn mode(&self) -> Mode;
    /// Claims the unit for running. False when its caller has withdrawn.
    fn begin(&self) -> bool;
    /// Runs the closure. True when it wants its changes kept. May be called again after a roll-back.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Answers: `Ok` gives the caller what the closure returned, `Err` replaces it.
    fn answer(self: Box<Self>, verdict: Result<(), DbError>);
}

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const WITHDRAWN: u8 = 2;

struct Typed<F, T, E> {
    mode: Mode,
    closure: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    state: Arc<AtomicU8>,
}

impl<F, T, E> Unit for Typed<F, T, E>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn mode(&self) -> Mode {
        self.mode
    }

    fn begin(&self) -> bool {
        self.state.compare_exchange(WAITING, BEGUN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx))).unwrap_or_else(|payload| {
            let text = panic_text(payload.as_ref());
            tracing::error!(panic = text, "a unit of work panicked and was rolled back");
            Err(E::from(DbError::Other(format!("panic in a unit of work: {text}"))))
        });
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn answer(self: Box<Self>, verdict: Result<(), DbError>) {
        let outcome = match verdict {
            Err(e) => Err(E::from(e)),
            Ok(()) => self.outcome.unwrap_or_else(|| {
                Err(E::from(DbError::Other("a unit of work was answered before it ran".into())))
            }),
        };
        // The caller may have gone; its work is done all the same.
        drop(self.reply.send(outcome));
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// A bounded queue with any number of consuming threads. Reading and writing units wait apart, so that
/// some threads can be kept for reading while every other waits for a flush.
pub(crate) struct Lane {
    queue: Mutex<Queue>,
    /// For threads that take anything, and for those that only read.
    filled: Condvar,
    filled_reads: Condvar,
    room_reads: Semaphore,
    room_writes: Semaphore,
    patience: Duration,
}

struct Queue {
    reads: VecDeque<Box<dyn Unit>>,
    writes: VecDeque<Box<dyn Unit>>,
    /// Threads waiting on `filled_reads`.
    idle_readers: usize,
    /// Neither kind goes before the other for ever.
    read_last: bool,
    closed: bool,
}

impl Queue {
    fn pop(&mut self, appetite: Appetite) -> Option<Box<dyn Unit>> {
        let read_first = appetite == Appetite::Reads || !self.read_last || self.writes.is_empty();
        self.read_last = read_first && !self.reads.is_empty();
        if self.read_last {
            self.reads.pop_front()
        } else if appetite == Appetite::Any {
            self.writes.pop_front()
        } else {
            None
        }
    }
}

/// What a thread takes from a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Appetite {
    Any,
    Reads,
}

impl Lane {
    /// `capacity` units of each kind may wait; a caller waits for at most `patience` until its unit begins.
    pub(crate) fn new(capacity: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue {
                reads: VecDeque::new(),
                writes: VecDeque::new(),
                idle_readers: 0,
                read_last: false,
                closed: false,
            }),
            filled: Condvar::new(),
            filled_reads: Condvar::new(),
            room_reads: Semaphore::new(capacity),
            room_writes: Semaphore::new(capacity),
            patience,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while holding it; were it so, the queue would still be whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self, mode: Mode) -> &Semaphore {
        if mode == Mode::Read { &self.room_reads } else { &self.room_writes }
    }

    /// Queues a closure and waits for its outcome.
    pub(crate) async fn submit<F, T, E>(&self, mode: Mode, closure: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let since = Instant::now();
        let room = self.room(mode);
        let permit = match room.try_acquire() {
            Ok(permit) => permit,
            Err(_) => match tokio::time::timeout(self.patience, room.acquire()).await {
                Ok(Ok(permit)) => permit,
                Ok(Err(_closed)) => return Err(closed().into()),
                Err(_elapsed) => return Err(exhausted(self.patience).into()),
            },
        };
        let (reply, mut answer) = oneshot::channel();
        let state = Arc::new(AtomicU8::new(WAITING));
        let unit = Box::new(Typed { mode, closure, outcome: None, reply, state: Arc::clone(&state) });
        {
            let mut queue = self.lock();
            if queue.closed {
                return Err(closed().into());
            }
            let line = if mode == Mode::Read { &mut queue.reads } else { &mut queue.writes };
            line.push_back(unit);
            permit.forget(); // given back when a thread takes the unit
            if mode == Mode::Read && queue.idle_readers > 0 {
                self.filled_reads.notify_one();
            } else {
                self.filled.notify_one();
            }
        }

        let withdrawal = Withdrawal(&state);
        let left = self.patience.saturating_sub(since.elapsed());
        let outcome = match tokio::time::timeout(left, &mut answer).await {
            Ok(outcome) => outcome,
            Err(_elapsed) if withdrawal.withdraw() => return Err(exhausted(self.patience).into()),
            Err(_elapsed) => answer.await,
        };
        outcome.unwrap_or_else(|_| Err(DbError::Unavailable("the database thread ended".into()).into()))
    }

    /// Waits for a unit. `None` once the lane is closed and empty.
    pub(crate) fn take(&self, appetite: Appetite) -> Option<Box<dyn Unit>> {
        let mut queue = self.lock();
        loop {
            if let Some(unit) = self.next(&mut queue, appetite) {
                return Some(unit);
            }
            if queue.closed {
                return None;
            }
            queue = if appetite == Appetite::Any {
                self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner)
            } else {
                queue.idle_readers += 1;
                let mut queue = self.filled_reads.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle_readers -= 1;
                queue
            };
        }
    }

    /// A unit that waits already, or comes within `patience`.
    pub(crate) fn take_within(&self, patience: Duration) -> Option<Box<dyn Unit>> {
        let mut queue = self.lock();
        let found = self.next(&mut queue, Appetite::Any);
        if found.is_some() || patience.is_zero() || queue.closed {
            return found;
        }
        let (mut queue, _) =
            self.filled.wait_timeout(queue, patience).unwrap_or_else(PoisonError::into_inner);
        self.next(&mut queue, Appetite::Any)
    }

    /// Units that wait, withdrawn ones included.
    pub(crate) fn waiting(&self) -> usize {
        let queue = self.lock();
        queue.reads.len() + queue.writes.len()
    }

    fn next(&self, queue: &mut Queue, appetite: Appetite) -> Option<Box<dyn Unit>> {
        while let Some(unit) = queue.pop(appetite) {
            self.room(unit.mode()).add_permits(1);
            if unit.begin() {
                if appetite == Appetite::Reads && !queue.reads.is_empty() {
                    // What was queued while this thread was waking counted on it: pass it on.
                    self.filled.notify_one();
                }
                return Some(unit);
            }
        }
        None
    }

    /// Refuses new units; what waits is still run.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.room_reads.close();
        self.room_writes.close();
        self.filled.notify_all();
        self.filled_reads.notify_all();
    }
}

/// Withdraws the unit when its caller stops waiting before it began.
struct Withdrawal<'a>(&'a AtomicU8);

impl Withdrawal<'_> {
    fn withdraw(&self) -> bool {
        self.0.compare_exchange(WAITING, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        self.withdraw();
    }
}

fn closed() -> DbError {
    DbError::Unavailable("the database is closed".into())
}

fn exhausted(patience: Duration) -> DbError {
    metrics::counter!("db_exhausted_total").increment(1);
    DbError::Unavailable(format!("no connection became free within {patience:?}"))
}
