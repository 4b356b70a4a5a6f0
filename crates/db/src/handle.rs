//! The handle that the rest of the product holds.

use crate::{
    error::DbError,
    lane::{Lane, Mode},
    postgres, sqlite,
    tx::Tx,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::Notify;

/// The engine behind a [`Db`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, one file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Where the data are.
#[derive(Debug, Clone)]
pub enum DbOptions {
    /// A file, made when missing.
    Sqlite {
        /// The file; its directory must exist.
        path: PathBuf,
        /// Connections for reading, at least 1.
        readers: usize,
    },
    /// A server.
    Postgres {
        /// `postgres://user:password@host:port/database?sslmode=…`, also the key=value form. With
        /// `sslmode=require`, `verify-ca` or `verify-full` the connection is encrypted and the server's
        /// certificate verified, against `sslrootcert=FILE` when given, else the system's roots.
        url: String,
        /// Connections, at least 1.
        pool: usize,
    },
}

/// Limits that keep a sick database from making its callers sick.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Units that may wait in each queue.
    pub waiting: usize,
    /// How long a unit waits to begin before [`DbError::Unavailable`].
    pub patience: Duration,
    /// How long a connection to PostgreSQL may take to open.
    pub connect: Duration,
    /// How long one statement may take on PostgreSQL.
    pub statement: Duration,
    /// How long a lock may be waited for: rows on PostgreSQL, the file (held by another process) on SQLite.
    pub lock: Duration,
    /// A unit on the SQLite writer that takes longer is logged: everyone else waits for it.
    pub slow_unit: Duration,
    /// Units committed together on SQLite, at most; a group is also closed after 10 ms of running.
    pub group: usize,
    /// Re-runs of a unit that PostgreSQL refused to serialize.
    pub reruns: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            waiting: 2048,
            patience: Duration::from_secs(5),
            connect: Duration::from_secs(3),
            statement: Duration::from_secs(60),
            lock: Duration::from_secs(5),
            slow_unit: Duration::from_millis(250),
            group: 256,
            reruns: 20,
        }
    }
}

/// How much a writing unit is kept apart from concurrent ones on PostgreSQL. SQLite, with its one
/// writer, always gives the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// `repeatable read`: the unit sees one snapshot. Changing a row that another changed meanwhile is
    /// not a lost update but a re-run. What must not happen on *different* rows at once needs a unique
    /// index, or a common row that both units update (locking alone is not enough: the snapshot may be
    /// older than the lock).
    #[default]
    Snapshot,
    /// `read committed`: each statement sees what is committed when it begins. For hot rows taken by
    /// single `update … returning`, and for `{skip_locked}`.
    Statement,
    /// `serializable`: as if units ran one after another. Costs re-runs under contention.
    Serial,
}

/// A database, open. Cheap to clone; see the [crate](crate) for what it promises.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Engine,
    writers: Arc<Lane>,
    readers: Arc<Lane>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    jobs: Arc<Notify>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.writers.close();
        self.readers.close();
    }
}

impl Db {
    /// Opens the database with the default [`Limits`].
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it cannot be reached or opened, [`DbError::Other`] for wrong options.
    pub async fn open(options: DbOptions) -> Result<Self, DbError> {
        Self::open_with(options, Limits::default()).await
    }

    /// Opens the database.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(options: DbOptions, limits: Limits) -> Result<Self, DbError> {
        let writers = Lane::new(limits.waiting, limits.patience);
        let jobs = Arc::new(Notify::new());
        let (engine, readers, threads) = match options {
            DbOptions::Sqlite { path, readers } => {
                let lane = Lane::new(limits.waiting, limits.patience);
                let threads = sqlite::start(path, readers.max(1), limits, &jobs, &writers, &lane).await?;
                (Engine::Sqlite, lane, threads)
            }
            DbOptions::Postgres { url, pool } => {
                let threads = postgres::start(&url, pool.max(1), limits, &jobs, &writers).await?;
                (Engine::Postgres, Arc::clone(&writers), threads)
            }
        };
        Ok(Self { shared: Arc::new(Shared { engine, writers, readers, threads: Mutex::new(threads), jobs }) })
    }

    /// The engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.shared.engine
    }

    /// Runs a unit of work that changes data, at [`Isolation::Snapshot`]. `Ok` only after its commit is
    /// durable; `Err` leaves nothing behind. `unit` is run again when it met a concurrent one, or when
    /// the connection turned out to be dead. Dropping the future before the unit begins withdraws it;
    /// afterwards it runs to its end.
    ///
    /// # Errors
    /// What the closure returned, or a [`DbError`] made into it.
    pub async fn write<T, E>(
        &self,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.write_at(Isolation::Snapshot, unit).await
    }

    /// [`Db::write`] at a chosen isolation.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_at<T, E>(
        &self,
        isolation: Isolation,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.shared.writers.submit(Mode::Write(isolation), unit).await
    }

    /// Runs a unit that only reads, on one snapshot. The engine refuses changes.
    ///
    /// # Errors
    /// What the closure returned, or a [`DbError`] made into it.
    pub async fn read<T, E>(
        &self,
        unit: impl Fn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.shared.readers.submit(Mode::Read, unit).await
    }

    /// Tells whether the database can serve: a reading unit answers and, on SQLite, a writing one too.
    ///
    /// # Errors
    /// [`DbError::Unavailable`].
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read(|tx| tx.exec(&sql::PING, &[])).await?;
        if self.engine() == Engine::Sqlite {
            self.write(|tx| tx.exec(&sql::PING, &[])).await?;
        }
        Ok(())
    }

    /// Notified, in this process only, after each commit that made a job due. A worker waits for it and
    /// polls besides, for what other processes enqueue.
    #[must_use]
    pub fn jobs(&self) -> Arc<Notify> {
        Arc::clone(&self.shared.jobs)
    }

    /// Refuses new units, finishes those that wait, and closes every connection. Other clones answer
    /// [`DbError::Unavailable`] from then on. After it a SQLite database is one file, with no log beside.
    pub async fn close(self) {
        self.shared.writers.close();
        self.shared.readers.close();
        let threads =
            std::mem::take(&mut *self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let joined = tokio::task::spawn_blocking(move || threads.into_iter().all(|t| t.join().is_ok())).await;
        if !joined.unwrap_or(false) {
            tracing::error!("a database thread ended by a panic");
        }
    }
}

mod sql {
    crate::statements! {
        /// The least that shows a working connection.
        PING = "select 1";
    }
}

pub(crate) use sql::STATEMENTS;
