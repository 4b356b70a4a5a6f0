//! Keeps the write-ahead log short without making callers wait for it.
//!
//! SQLite's own way copies the log back inside the commit that crosses a limit, and under steady load
//! never starts it anew, so that from then on every commit tries again. Here a thread beside copies while
//! writing goes on, and the writer starts the log anew between two groups, when little is left to copy.

use super::open;
use crate::{handle::Limits, sqlite::Role};
use rusqlite::Connection;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Pages (4 KiB) written since the last copy after which another begins.
const COPY_EVERY: i64 = 4_000;
/// Pages after which the log is started anew.
const RESTART_AT: i64 = 12_000;
/// The writer waits at most so long for readers that still use the old log.
const READERS: Duration = Duration::from_millis(20);

/// The writer's view of the log.
pub(super) struct Log {
    pages: Arc<AtomicI64>,
    copied_at: i64,
    restart_at: i64,
    copier: SyncSender<()>,
}

impl Log {
    /// `pages` is kept by the hook of the writing connection.
    pub(super) fn new(pages: Arc<AtomicI64>, copier: SyncSender<()>) -> Self {
        Self { pages, copied_at: 0, restart_at: RESTART_AT, copier }
    }

    /// Called between groups, after their callers are answered.
    pub(super) fn tend(&mut self, connection: &Connection, limits: &Limits) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.copied_at {
            // It was started anew.
            self.copied_at = 0;
            self.restart_at = RESTART_AT;
        }
        if pages >= self.restart_at {
            let since = Instant::now();
            // Failing is no harm: readers were in the way, and the log grows on until the next try.
            drop(connection.busy_timeout(READERS));
            let busy = connection.query_row("pragma wal_checkpoint(restart)", [], |row| row.get::<_, i64>(0));
            drop(connection.busy_timeout(limits.lock));
            metrics::histogram!("db_log_restart_seconds").record(since.elapsed());
            if matches!(busy, Ok(0)) {
                self.copied_at = 0;
                self.restart_at = RESTART_AT;
            } else {
                tracing::debug!(pages, "the write-ahead log is still in use");
                self.restart_at = pages + COPY_EVERY;
            }
        } else if pages >= self.copied_at + COPY_EVERY && self.copier.try_send(()).is_ok() {
            self.copied_at = pages;
        }
    }
}

/// Starts the copying thread; it ends when the writer has gone.
pub(super) fn start(path: PathBuf, limits: Limits) -> std::io::Result<(SyncSender<()>, JoinHandle<()>)> {
    let (ask, asked) = sync_channel(1);
    let thread =
        std::thread::Builder::new().name("db-log".into()).spawn(move || copy(&path, &limits, &asked))?;
    Ok((ask, thread))
}

fn copy(path: &std::path::Path, limits: &Limits, asked: &Receiver<()>) {
    let mut connection: Option<Connection> = None;
    while asked.recv().is_ok() {
        let since = Instant::now();
        let outcome = match connection.take() {
            Some(connection) => Ok(connection),
            None => open(path, Role::Copier, limits).map(|(connection, _)| connection),
        }
        .and_then(|c| c.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(())).map(|()| c));
        match outcome {
            Ok(c) => connection = Some(c),
            Err(e) => tracing::warn!(error = %e, "the write-ahead log was not copied back"),
        }
        metrics::histogram!("db_log_copy_seconds").record(since.elapsed());
    }
}
