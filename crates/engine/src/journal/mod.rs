//! The journal (giornale degli eventi): what happened, append-only, hash-chained, verifiable.
//!
//! Two kinds of entries share it. *Events* are written by use cases in the same transaction as the
//! state change they record ([`Journal::append`]). *Calls* record every request in and out; they change
//! no state, so they are gathered and written in batches ([`Journal::note`]) instead of costing a flush
//! each: a crash can lose the last fraction of a second of them, never an event.
//!
//! Chains: each writer slot of each run of a process owns a segment (`db::Tx::slot` is serial), so
//! appending never waits for another slot, tenant or replica. The head of a segment lives in its row and
//! moves in the same transaction; the copy in memory is only a guess that the conditional update checks.

mod chain;
mod entry;
pub(crate) mod verify;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use db::{Bulk, Kind as Column, Tx, Value, statements};
use tokio::sync::{mpsc, oneshot};

use crate::core::Core;
use crate::error::EngineError;
use chain::{Head, genesis};
pub use entry::{Entry, Kind};
pub use verify::{Fault, Verification};

statements! {
    /// Opens a segment.
    INSERT_SEGMENT = "insert into journal_segment (id, opened_at, anchors, last_seq, head) values ($1, $2, $3, 0, $4)";
    /// Heads of the most recent segments, to anchor a new one.
    RECENT_HEADS = "select id, last_seq, head from journal_segment order by id desc limit 64";
    /// The head of one segment.
    FIND_HEAD = "select last_seq, head from journal_segment where id = $1";
    /// Moves a head, if it is still where we think.
    MOVE_HEAD = "update journal_segment set last_seq = $3, head = $4 where id = $1 and last_seq = $2";
    /// One entry.
    INSERT_ENTRY = "insert into journal (segment_id, seq, at, organization_id, kind, interface, operation, outcome, \
        trace_id, iud, iuv, notice_number, session_id, receipt_id, duration_us, detail, hash) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
}

/// Waiting calls at most; beyond, the caller waits (nothing is dropped).
const QUEUE: usize = 16_384;
/// Calls written in one transaction at most: some milliseconds of the only writer.
const BATCH: usize = 256;
/// How long calls are gathered before they are written: what a crash can lose of them. Without it every
/// call of a quiet server would cost a flush of its own.
const GATHER: Duration = Duration::from_millis(40);
/// From so many entries on they are loaded in bulk, one round trip on PostgreSQL.
const BULK: usize = 8;

/// Entries in bulk, in the order of [`cells`].
static ENTRIES: Bulk = Bulk::new(
    "journal",
    &[
        ("segment_id", Column::Int),
        ("seq", Column::Int),
        ("at", Column::Time),
        ("organization_id", Column::Int),
        ("kind", Column::Text),
        ("interface", Column::Text),
        ("operation", Column::Text),
        ("outcome", Column::Text),
        ("trace_id", Column::Text),
        ("iud", Column::Text),
        ("iuv", Column::Text),
        ("notice_number", Column::Text),
        ("session_id", Column::Text),
        ("receipt_id", Column::Text),
        ("duration_us", Column::Int),
        ("detail", Column::Text),
        ("hash", Column::Blob),
    ],
);
/// How long closing waits for a store that does not take the last calls.
const CLOSING: Duration = Duration::from_secs(10);
/// Pauses between attempts to write calls while the store is away.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// The journal of one process.
#[derive(Clone)]
pub struct Journal {
    chains: Arc<Chains>,
    queue: mpsc::Sender<Queued>,
}

/// The chains this process appends to, by writer slot. The background writer holds only this, so that it
/// ends when the last [`Journal`] is gone.
struct Chains {
    core: Arc<Core>,
    heads: Mutex<HashMap<usize, Head>>,
    closing: AtomicBool,
}

enum Queued {
    Entry(Box<Entry>),
    Flush(oneshot::Sender<()>),
}

impl Journal {
    /// Starts the journal and its background writer (needs a tokio runtime).
    pub(crate) fn start(core: Arc<Core>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let chains = Arc::new(Chains { core, heads: Mutex::default(), closing: AtomicBool::new(false) });
        tokio::spawn(chains.clone().write_calls(waiting));
        Self { chains, queue }
    }

    /// Appends events to the chain of this transaction's slot. They commit or roll back with it.
    ///
    /// # Errors
    /// As the store.
    pub fn append(&self, tx: &mut Tx<'_>, entries: &[Entry]) -> Result<(), EngineError> {
        self.chains.append(tx, entries)
    }

    /// Records a call: written soon, in a batch. Waits only when the queue is full.
    pub async fn note(&self, entry: Entry) {
        if self.queue.send(Queued::Entry(Box::new(entry))).await.is_err() {
            tracing::error!("the journal's writer has stopped; a call was not recorded");
        }
    }

    /// Waits until all calls noted before are in the store.
    pub async fn flush(&self) {
        let (done, wait) = oneshot::channel();
        if self.queue.send(Queued::Flush(done)).await.is_ok() {
            let _ = wait.await;
        }
    }

    /// [`Self::flush`], but gives up after some seconds when the store is away: what then waits is lost.
    pub(crate) async fn close(&self) {
        if tokio::time::timeout(CLOSING, self.flush()).await.is_err() {
            tracing::error!("the store is away at closing: the last calls are not in the journal");
        }
        self.chains.closing.store(true, Ordering::Relaxed);
    }

    /// Recomputes every chain and checks every anchor.
    ///
    /// # Errors
    /// As the store; a broken chain is not an error but part of the answer.
    pub async fn verify(&self) -> Result<Verification, EngineError> {
        verify::verify(&self.chains.core.db).await
    }
}

impl Chains {
    fn append(&self, tx: &mut Tx<'_>, entries: &[Entry]) -> Result<(), EngineError> {
        if entries.is_empty() {
            return Ok(());
        }
        let slot = tx.slot();
        let known = self.heads.lock().unwrap_or_else(PoisonError::into_inner).get(&slot).cloned();
        let mut head = match known {
            Some(head) => head,
            None => self.open_segment(tx)?,
        };
        let mut links = chain::link(&head, entries);
        if !move_head(tx, &head, &links)? {
            // The guess was wrong: the transaction that moved the head rolled back.
            head = match tx
                .opt(&FIND_HEAD, &[Value::Int(head.segment)], |row| Ok((row.int(0)?, row.blob(1)?)))?
            {
                Some((seq, hash)) => Head { segment: head.segment, seq, hash },
                None => self.open_segment(tx)?,
            };
            links = chain::link(&head, entries);
            if !move_head(tx, &head, &links)? {
                return Err(EngineError::Internal(format!(
                    "journal segment {} has two writers",
                    head.segment
                )));
            }
        }
        let rows = entries.iter().zip(&links).map(|(entry, link)| cells(head.segment, entry, link));
        if entries.len() < BULK {
            for row in rows {
                tx.exec(&INSERT_ENTRY, &row)?;
            }
        } else {
            tx.bulk(&ENTRIES, rows.map(Vec::from))?;
        }
        if let Some(last) = links.last() {
            let moved = Head { segment: head.segment, seq: last.seq, hash: last.hash.to_vec() };
            self.heads.lock().unwrap_or_else(PoisonError::into_inner).insert(slot, moved);
        }
        Ok(())
    }

    fn open_segment(&self, tx: &mut Tx<'_>) -> Result<Head, EngineError> {
        let now = self.core.clock.now();
        let segment = self.core.ids.next(now);
        let anchors = tx.rows(&RECENT_HEADS, &[], |row| {
            Ok(chain::Anchor { segment: row.int(0)?, seq: row.int(1)?, hash: chain::hex(&row.blob(2)?) })
        })?;
        let anchors = serde_json::to_string(&anchors)?;
        let hash = genesis(segment, now, &anchors).to_vec();
        tx.exec(&INSERT_SEGMENT, &[segment.into(), now.into(), anchors.into(), hash.clone().into()])?;
        Ok(Head { segment, seq: 0, hash })
    }

    async fn write_calls(self: Arc<Self>, mut waiting: mpsc::Receiver<Queued>) {
        let mut received = Vec::with_capacity(BATCH);
        while waiting.recv_many(&mut received, BATCH).await > 0 {
            gather(&mut waiting, &mut received).await;
            let mut entries = Vec::with_capacity(received.len());
            let mut flushed = Vec::new();
            for queued in received.drain(..) {
                match queued {
                    Queued::Entry(entry) => entries.push(*entry),
                    Queued::Flush(done) => flushed.push(done),
                }
            }
            self.write_batch(entries).await;
            for done in flushed {
                let _ = done.send(());
            }
        }
    }

    /// Writes one batch, however long the store is away: calls wait in the queue meanwhile. An entry that
    /// the store will never take must not hold up the others: the batch is halved until it stands alone.
    async fn write_batch(self: &Arc<Self>, entries: Vec<Entry>) {
        let mut parts = vec![entries];
        while let Some(mut part) = parts.pop() {
            let whole = Arc::new(part);
            let outcome = self.write_part(whole.clone()).await;
            part = Arc::try_unwrap(whole).unwrap_or_else(|shared| shared.as_ref().clone());
            let Err(error) = outcome else { continue };
            if part.len() > 1 {
                let rest = part.split_off(part.len() / 2);
                parts.extend([rest, part]);
            } else {
                let operation = part.first().map(|entry| entry.operation.as_str());
                tracing::error!(%error, operation, "a call could not be recorded");
            }
        }
    }

    /// Gives back only errors that waiting does not mend.
    async fn write_part(self: &Arc<Self>, entries: Arc<Vec<Entry>>) -> Result<(), EngineError> {
        let mut pause = PAUSE.0;
        loop {
            let (chains, batch) = (self.clone(), entries.clone());
            match self.core.db.write(move |tx| chains.append(tx, &batch)).await {
                Err(error) if error.is_unavailable() && !self.closing.load(Ordering::Relaxed) => {
                    tracing::warn!(%error, calls = entries.len(), "journal of calls waits for the store");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE.1);
                }
                outcome => return outcome,
            }
        }
    }
}

fn move_head(tx: &mut Tx<'_>, from: &Head, links: &[chain::Link]) -> Result<bool, EngineError> {
    let Some(last) = links.last() else { return Ok(true) };
    let moved = tx.exec(
        &MOVE_HEAD,
        &[from.segment.into(), from.seq.into(), last.seq.into(), last.hash.to_vec().into()],
    )?;
    Ok(moved == 1)
}

/// Waits a little for more calls, unless someone waits for what there is.
async fn gather(waiting: &mut mpsc::Receiver<Queued>, received: &mut Vec<Queued>) {
    let until = tokio::time::Instant::now() + GATHER;
    let mut seen = 0;
    loop {
        let hurry = received.iter().skip(seen).any(|queued| matches!(queued, Queued::Flush(_)));
        seen = received.len();
        let Some(room) = BATCH.checked_sub(seen).filter(|room| *room > 0 && !hurry) else { return };
        match tokio::time::timeout_at(until, waiting.recv_many(received, room)).await {
            Ok(more) if more > 0 => {}
            // Time is up, or every sender is gone.
            _ => return,
        }
    }
}

/// An entry as a row.
fn cells(segment: i64, entry: &Entry, link: &chain::Link) -> [Value; 17] {
    let ids = &entry.identifiers;
    [
        segment.into(),
        link.seq.into(),
        entry.at.into(),
        entry.organization.into(),
        entry.kind.as_str().into(),
        entry.interface.as_ref().into(),
        entry.operation.as_str().into(),
        entry.outcome.as_str().into(),
        entry.trace.as_str().into(),
        ids.iud.clone().into(),
        ids.iuv.clone().into(),
        ids.notice_number.clone().into(),
        ids.session_id.clone().into(),
        ids.receipt_id.clone().into(),
        entry.duration_us.into(),
        entry.detail.as_str().into(),
        link.hash.to_vec().into(),
    ]
}
