//! The embedded engine: one writing thread with group commit, and reading threads beside it.

mod log;
mod names;
mod reader;
mod session;
mod writer;

pub(crate) use session::Address;
pub(crate) use writer::call;

use crate::{
    error::DbError,
    handle::Limits,
    lane::{Appetite, Lane},
};
use rusqlite::Connection;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc::SyncSender,
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// What every thread of the engine knows.
#[derive(Clone)]
struct Context {
    path: PathBuf,
    limits: Limits,
    jobs: Arc<Notify>,
    lane: Arc<Lane>,
    /// Asks for the log to be copied back; the writer's only.
    copier: Option<SyncSender<()>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    Reader(usize),
    Copier,
}

/// Why a thread stopped serving with its connection.
enum End {
    /// The lane is closed and empty.
    Closed,
    /// The connection met an error it may not recover from; another one is to be opened.
    Broken,
}

/// Opens the file and starts the threads. The writer goes first: it makes the file.
pub(crate) async fn start(
    path: PathBuf,
    readers: usize,
    limits: Limits,
    jobs: &Arc<Notify>,
    writer_lane: &Arc<Lane>,
    reader_lane: &Arc<Lane>,
) -> Result<Vec<JoinHandle<()>>, DbError> {
    let (copier, thread) = log::start(path.clone(), limits.clone())
        .map_err(|e| DbError::Unavailable(format!("no thread for the database: {e}")))?;
    let mut copier = Some(copier);
    let mut threads = Vec::with_capacity(readers + 2);
    threads.push(thread);
    for role in std::iter::once(Role::Writer).chain((0..readers).map(Role::Reader)) {
        let lane = if role == Role::Writer { writer_lane } else { reader_lane };
        let context = Context {
            path: path.clone(),
            limits: limits.clone(),
            jobs: Arc::clone(jobs),
            lane: Arc::clone(lane),
            copier: copier.take(),
        };
        let (ready, opened) = oneshot::channel();
        let name = match role {
            Role::Writer => "db-writer".to_owned(),
            Role::Copier => "db-log".to_owned(),
            Role::Reader(n) => format!("db-reader-{n}"),
        };
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn(move || keep_open(&context, role, ready))
            .map_err(|e| DbError::Unavailable(format!("no thread for the database: {e}")))?;
        threads.push(thread);
        let outcome =
            opened.await.unwrap_or_else(|_| Err(DbError::Other("a database thread ended at once".into())));
        if let Err(e) = outcome {
            writer_lane.close();
            reader_lane.close();
            return Err(e);
        }
    }
    Ok(threads)
}

/// Serves with a connection, and with another one when it breaks, until the lane is closed.
fn keep_open(context: &Context, role: Role, ready: oneshot::Sender<Result<(), DbError>>) {
    let mut ready = Some(ready);
    loop {
        match open(&context.path, role, &context.limits) {
            Ok((connection, pages)) => {
                if let Some(ready) = ready.take() {
                    drop(ready.send(Ok(())));
                }
                // Closures are guarded by themselves; this is for a defect here or in the driver, which must
                // cost its units and not the thread.
                let end = catch_unwind(AssertUnwindSafe(|| match role {
                    Role::Reader(slot) => reader::serve(&connection, context, slot),
                    Role::Writer => writer::serve(&connection, context, pages),
                    Role::Copier => End::Closed, // serves nobody: see `log`
                }));
                match end {
                    Ok(End::Closed) => return,
                    Err(_) => tracing::error!("a panic in the database layer; its connection is replaced"),
                    Ok(End::Broken) => {
                        tracing::warn!(path = %context.path.display(), "database connection reopened")
                    }
                }
            }
            Err(error) => {
                let error = DbError::Unavailable(format!("{}: {error}", context.path.display()));
                if let Some(ready) = ready.take() {
                    drop(ready.send(Err(error)));
                    return;
                }
                let Some(unit) = context.lane.take(Appetite::Any) else { return };
                unit.answer(Err(error.clone()));
                while let Some(unit) = context.lane.take_within(Duration::ZERO) {
                    unit.answer(Err(error.clone()));
                }
            }
        }
    }
}

/// Cache sizes, in KiB.
const WRITER_CACHE: i64 = 65_536;
const READER_CACHE: i64 = 16_384;

/// Opens the file for a role. The number beside is that of the pages in the log, kept by the writer.
fn open(path: &Path, role: Role, limits: &Limits) -> rusqlite::Result<(Connection, Arc<AtomicI64>)> {
    if role == Role::Writer {
        keep_private(path);
    }
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(limits.lock.max(Duration::from_millis(1)))?;
    connection.set_prepared_statement_cache_capacity(0);
    if role == Role::Writer {
        let mode: String = connection.query_row("pragma journal_mode = wal", [], |row| row.get(0))?;
        if !mode.eq_ignore_ascii_case("wal") {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                Some(format!("journal mode is {mode}; the file system must support a write-ahead log")),
            ));
        }
    }
    let cache = if role == Role::Writer { WRITER_CACHE } else { READER_CACHE };
    // `fullfsync` matters on macOS only, where fsync alone does not reach the disk.
    connection.execute_batch(&format!(
        "pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on; \
         pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -{cache}; \
         pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864; \
         pragma trusted_schema = off;"
    ))?;
    let pages = Arc::new(AtomicI64::new(0));
    if role == Role::Writer {
        let count = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            count.store(pages.into(), Ordering::Relaxed);
            Ok(())
        }))?;
    }
    if let Role::Reader(_) = role {
        connection.execute_batch("pragma query_only = on")?;
    }
    // Touches the file: tells now when it is not a database or is encrypted.
    connection.query_row("select count(*) from sqlite_schema", [], |_| Ok(()))?;
    Ok((connection, pages))
}

/// The file holds personal data: make it readable by its owner only. The log beside inherits it.
#[cfg(unix)]
fn keep_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;
    // An error here shows again, with a better message, when SQLite opens the file.
    drop(std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path));
}

#[cfg(not(unix))]
fn keep_private(_: &Path) {}
