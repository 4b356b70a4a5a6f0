//! Fresh databases for tests of this crate and of those above.
//!
//! SQLite in a new directory always; PostgreSQL when `SNODO_TEST_POSTGRES` is the address of a server on
//! which databases may be created (`postgres://postgres@127.0.0.1:54329/postgres`). Dropping a
//! [`Scratch`] removes its database.

use crate::{Db, DbError, DbOptions, Engine, Limits, Statement, tx::Shape};
use std::{
    hash::{BuildHasher, RandomState},
    ops::Deref,
    path::{Path, PathBuf},
};

/// The variable with the address of a server for tests.
pub const POSTGRES: &str = "SNODO_TEST_POSTGRES";

/// A database of its own, with nothing in it. It derefs to its [`Db`].
pub struct Scratch {
    db: Db,
    place: Place,
}

enum Place {
    Directory(PathBuf),
    Server { admin: String, name: String, url: String },
}

impl Deref for Scratch {
    type Target = Db;
    fn deref(&self) -> &Db {
        &self.db
    }
}

impl Scratch {
    /// SQLite in a new directory.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn sqlite() -> Result<Self, DbError> {
        Self::sqlite_with(Limits::default()).await
    }

    /// SQLite with other limits.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn sqlite_with(limits: Limits) -> Result<Self, DbError> {
        let directory = std::env::temp_dir().join(unique_name());
        std::fs::create_dir_all(&directory)
            .map_err(|e| DbError::Other(format!("{}: {e}", directory.display())))?;
        let options = DbOptions::Sqlite { path: directory.join("test.db"), readers: 2 };
        let db = Db::open_with(options, limits).await?;
        Ok(Self { db, place: Place::Directory(directory) })
    }

    /// PostgreSQL, when there is a server for tests.
    ///
    /// # Errors
    /// [`DbError`] when there is one and it does not serve.
    pub async fn postgres() -> Result<Option<Self>, DbError> {
        Self::postgres_with(4, Limits::default()).await
    }

    /// PostgreSQL with another pool and other limits.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn postgres_with(pool: usize, limits: Limits) -> Result<Option<Self>, DbError> {
        let Ok(admin) = std::env::var(POSTGRES) else { return Ok(None) };
        let name = unique_name();
        crate::postgres::outside_transaction(&admin, &format!("create database {name}")).await?;
        let url = with_database(&admin, &name);
        let db = Db::open_with(DbOptions::Postgres { url: url.clone(), pool }, limits).await?;
        Ok(Some(Self { db, place: Place::Server { admin, name, url } }))
    }

    /// Every engine that can be tested here, for tests that must hold on both.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn all() -> Result<Vec<Self>, DbError> {
        let mut all = vec![Self::sqlite().await?];
        all.extend(Self::postgres().await?);
        Ok(all)
    }

    /// A handle to keep.
    #[must_use]
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// How to open it once more.
    #[must_use]
    pub fn options(&self) -> DbOptions {
        match &self.place {
            Place::Directory(directory) => DbOptions::Sqlite { path: directory.join("test.db"), readers: 2 },
            Place::Server { url, .. } => DbOptions::Postgres { url: url.clone(), pool: 4 },
        }
    }

    /// The directory of a SQLite database.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match &self.place {
            Place::Directory(directory) => Some(directory),
            Place::Server { .. } => None,
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        match &self.place {
            Place::Directory(directory) => drop(std::fs::remove_dir_all(directory)),
            Place::Server { admin, name, .. } => {
                let (admin, drop_it) =
                    (admin.clone(), format!("drop database if exists {name} with (force)"));
                // A thread of its own, because the test's event loop may be the one that drops.
                let dropping = std::thread::spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    runtime.map(|r| r.block_on(crate::postgres::outside_transaction(&admin, &drop_it)))
                });
                if !matches!(dropping.join(), Ok(Ok(Ok(())))) {
                    tracing::warn!(name, "a test database was left behind");
                }
            }
        }
    }
}

fn unique_name() -> String {
    let random = RandomState::new().hash_one(std::process::id());
    format!("snodo_test_{}_{random:016x}", std::process::id())
}

/// The address with another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) =
        url.split_once('?').map_or((url, String::new()), |(base, query)| (base, format!("?{query}")));
    let scheme = base.find("://").map_or(0, |i| i + 3);
    let (scheme, rest) = base.split_at(scheme);
    let server = rest.split('/').next().unwrap_or_default();
    format!("{scheme}{server}/{name}{query}")
}

/// Prepares statements and tells their shapes, or every complaint. Compare the shapes of both engines.
///
/// # Errors
/// All statements that the engine refuses, one per line.
pub async fn shapes(
    db: &Db,
    statements: &[&'static Statement],
) -> Result<Vec<(&'static str, Shape)>, DbError> {
    let mut shapes = Vec::with_capacity(statements.len());
    let mut complaints = Vec::new();
    for statement in statements {
        let statement: &'static Statement = statement;
        // Each in a unit of its own, because a refusal spoils the unit.
        match db.read(move |tx| tx.shape(statement)).await {
            Ok(shape) => shapes.push((statement.name(), shape)),
            Err(e) => complaints.push(format!("{}: {e}", statement.name())),
        }
    }
    if complaints.is_empty() { Ok(shapes) } else { Err(DbError::Other(complaints.join("\n"))) }
}

/// What differs between the shapes of the two engines: parameters and numbers of columns.
#[must_use]
pub fn differences(a: &[(&'static str, Shape)], b: &[(&'static str, Shape)]) -> Vec<String> {
    a.iter()
        .zip(b)
        .filter(|((an, a), (bn, b))| {
            an != bn || a.parameters != b.parameters || a.columns.len() != b.columns.len()
        })
        .map(|(a, b)| format!("{a:?} against {b:?}"))
        .collect()
}

/// True when tests run on this engine too.
#[must_use]
pub fn available(engine: Engine) -> bool {
    engine == Engine::Sqlite || std::env::var_os(POSTGRES).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_an_address_is_replaced() {
        assert_eq!(
            with_database("postgres://u:p@h:1/a?sslmode=require", "b"),
            "postgres://u:p@h:1/b?sslmode=require"
        );
        assert_eq!(with_database("postgres://h", "b"), "postgres://h/b");
    }
}
