//! One history of migrations for both engines.
//!
//! A migration is SQL with placeholders for types and, where the engines differ, sections:
//!
//! | Placeholder | PostgreSQL | SQLite |
//! |---|---|---|
//! | `{pk}` | `bigint not null primary key` | `integer not null primary key` |
//! | `{identity}` | `bigint generated always as identity primary key` | `integer primary key autoincrement` |
//! | `{bigint}` `{bool}` `{text}` | `bigint` `boolean` `text` | `integer` `integer` `text` |
//! | `{ts}` `{date}` | `timestamptz` `date` | `integer` (µs UTC) `text` (ISO) |
//! | `{json}` `{blob}` | `jsonb` `bytea` | `text` `blob` |
//!
//! A line `-- @sqlite` or `-- @pg` begins a part for that engine only, a line `-- @all` ends it. Every
//! table becomes `strict` on SQLite by itself.
//!
//! Each migration is one transaction, so that a failing one leaves nothing; on PostgreSQL it runs under
//! an advisory lock, so that replicas that start together do it once. What is applied never changes: its
//! digest is kept. A later version found in the database is left alone, because replicas of two releases
//! run together during an upgrade: a migration must not break the release before it.

use crate::{
    Db, Engine, Isolation, Tx,
    error::DbError,
    params,
    statement::{fragment, quoted_length, resolve},
};
use sha2::{Digest, Sha256};

/// One step of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Position in the history, from 1, growing.
    pub version: u32,
    /// What it brings, for the log.
    pub name: &'static str,
    /// The text, before placeholders.
    pub sql: &'static str,
}

impl Migration {
    /// Digest of the text: hexadecimal SHA-256.
    #[must_use]
    pub fn digest(&self) -> String {
        use std::fmt::Write as _;
        Sha256::digest(self.sql.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Tables of the queue, the schedules and the leases ([`crate::queue`]). First in every history.
pub const INFRASTRUCTURE: Migration =
    Migration { version: 1, name: "infrastructure", sql: include_str!("infrastructure.sql") };

/// Any number, the same for all releases: who holds it migrates.
const ADVISORY_LOCK: &str = "select pg_advisory_xact_lock(5278413207)";

impl Db {
    /// Brings the schema up to date and gives the versions applied now.
    ///
    /// # Errors
    /// [`DbError::Other`] when the history is not the one applied before, or a migration fails; then that
    /// migration left nothing and those before it are kept.
    pub async fn migrate(&self, history: &[Migration]) -> Result<Vec<u32>, DbError> {
        check_order(history)?;
        let mut applied = Vec::new();
        loop {
            let history = history.to_vec();
            match self.write_at(Isolation::Statement, move |tx| next(tx, &history)).await? {
                Some(migration) => {
                    tracing::info!(version = migration.version, name = migration.name, "migration applied");
                    applied.push(migration.version);
                }
                None => return Ok(applied),
            }
        }
    }
}

fn check_order(history: &[Migration]) -> Result<(), DbError> {
    for (a, b) in history.iter().zip(history.iter().skip(1)) {
        if a.version >= b.version {
            return Err(DbError::Other(format!(
                "migration {} {} stands before {} {}: versions must grow",
                a.version, a.name, b.version, b.name
            )));
        }
    }
    Ok(())
}

/// Applies the first migration that is missing, after checking all that are there.
fn next(tx: &mut Tx<'_>, history: &[Migration]) -> Result<Option<Migration>, DbError> {
    if tx.engine() == Engine::Postgres {
        tx.script(ADVISORY_LOCK)?;
        // Waiting for the lock and building indexes may take longer than a unit of work may.
        tx.script("set local statement_timeout = 0; set local lock_timeout = 0")?;
    }
    let table = render(tx.engine(), TABLE)?;
    tx.script(&table)?;
    let applied = tx.rows(&sql::APPLIED, &[], |row| Ok((row.int(0)?, row.text(1)?, row.text(2)?)))?;
    let last = applied.last().map_or(0, |(version, _, _)| *version);
    for (version, name, digest) in &applied {
        match history.iter().find(|m| i64::from(m.version) == *version) {
            Some(known) if known.digest() == *digest => {}
            Some(known) => {
                return Err(DbError::Other(format!(
                    "migration {version} {} was changed after it was applied; add a new one instead",
                    known.name
                )));
            }
            None if history.iter().all(|m| i64::from(m.version) < *version) => {
                tracing::warn!(version, name, "the database is ahead of this release");
            }
            None => {
                return Err(DbError::Other(format!(
                    "migration {version} {name} was applied, and is missing here"
                )));
            }
        }
    }
    let missing =
        history.iter().find(|m| applied.iter().all(|(version, _, _)| i64::from(m.version) != *version));
    let Some(migration) = missing else { return Ok(None) };
    if i64::from(migration.version) < last {
        return Err(DbError::Other(format!(
            "migration {} {} comes after {last} was applied; give it a later version",
            migration.version, migration.name
        )));
    }
    let text = render(tx.engine(), migration.sql)?;
    tx.script(&text).map_err(|e| match e {
        DbError::Other(text) => {
            DbError::Other(format!("migration {} {}: {text}", migration.version, migration.name))
        }
        other => other,
    })?;
    tx.exec(&sql::RECORD, &params![migration.version, migration.name, migration.digest()])?;
    Ok(Some(*migration))
}

const TABLE: &str = "create table if not exists schema_migrations (
    version {bigint} not null primary key, name text not null, sha256 text not null, applied_at {ts} not null);";

mod sql {
    crate::statements! {
        /// What is applied, in order.
        APPLIED = "select version, name, sha256 from schema_migrations order by version";
        /// Remembers a migration, with the clock of the engine: an operational stamp, not a business time.
        RECORD = "insert into schema_migrations (version, name, sha256, applied_at) values ($1, $2, $3, {now})";
    }
}

pub(crate) use sql::STATEMENTS;

/// The text of a migration for an engine.
pub(crate) fn render(engine: Engine, text: &str) -> Result<String, DbError> {
    let mut chosen = String::with_capacity(text.len());
    let mut wanted = true;
    for line in text.lines() {
        match line.trim() {
            "-- @sqlite" => wanted = engine == Engine::Sqlite,
            "-- @pg" => wanted = engine == Engine::Postgres,
            "-- @all" => wanted = true,
            section if section.starts_with("-- @") => {
                return Err(DbError::Other(format!(
                    "unknown section {section}; known are @sqlite, @pg, @all"
                )));
            }
            _ if wanted => {
                chosen.push_str(line);
                chosen.push('\n');
            }
            _ => {}
        }
    }
    let resolved = resolve(engine, &chosen, column)?;
    Ok(if engine == Engine::Sqlite { make_strict(&resolved) } else { resolved })
}

fn column(engine: Engine, name: &str) -> Option<&'static str> {
    let (postgres, sqlite) = match name {
        "pk" => ("bigint not null primary key", "integer not null primary key"),
        "identity" => {
            ("bigint generated always as identity primary key", "integer primary key autoincrement")
        }
        "bigint" => ("bigint", "integer"),
        "bool" => ("boolean", "integer"),
        "text" => ("text", "text"),
        "ts" => ("timestamptz", "integer"),
        "date" => ("date", "text"),
        "json" => ("jsonb", "text"),
        "blob" => ("bytea", "blob"),
        other => return fragment(engine, other),
    };
    Some(if engine == Engine::Postgres { postgres } else { sqlite })
}

/// Ends every `create table … (…)` with `strict`.
fn make_strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    // The statement so far without comments, enough to know what it is and how it ends.
    let mut plain = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let quoted = quoted_length(rest);
        let (taken, after) = rest.split_at(if quoted > 0 { quoted } else { first.len_utf8() });
        if taken == ";" {
            out.push_str(strict_suffix(&plain));
            plain.clear();
        } else if quoted == 0 || first == '"' {
            plain.push_str(taken);
        }
        out.push_str(taken);
        rest = after;
    }
    if !strict_suffix(&plain).is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str(strict_suffix(&plain));
    }
    out
}

fn strict_suffix(statement: &str) -> &'static str {
    let statement = statement.trim().to_ascii_lowercase();
    let mut words = statement.split_whitespace();
    let is_table = words.next() == Some("create") && words.next() == Some("table");
    let head = statement.split('(').next().unwrap_or_default();
    if !is_table || head.split_whitespace().any(|word| word == "as") {
        ""
    } else if statement.ends_with(')') {
        " strict"
    } else if statement.ends_with("rowid") {
        ", strict"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_types() {
        let text = "create table a (id {pk}, x {json}); -- table (a);\n-- @pg\nalter table a add y int;\n-- @sqlite\nselect 1;\n-- @all\ncreate table b (x text check (x <> ');'), primary key (x)) without rowid;";
        assert_eq!(
            render(Engine::Sqlite, text).unwrap(),
            "create table a (id integer not null primary key, x text) strict; -- table (a);\nselect 1;\ncreate table b (x text check (x <> ');'), primary key (x)) without rowid, strict;\n"
        );
        assert_eq!(
            render(Engine::Postgres, text).unwrap(),
            "create table a (id bigint not null primary key, x jsonb); -- table (a);\nalter table a add y int;\ncreate table b (x text check (x <> ');'), primary key (x)) without rowid;\n"
        );
        assert!(render(Engine::Sqlite, "-- @mysql").is_err());
        assert!(render(Engine::Sqlite, "create table t (x {money})").is_err());
    }

    #[test]
    fn only_tables_become_strict() {
        let same = "create index i on t (a); create unique index u on t (b); insert into t values (1); create table c as select max(a) from t;";
        assert_eq!(make_strict(same), same);
        assert_eq!(make_strict("create table t (a text) strict;"), "create table t (a text) strict;");
        assert_eq!(make_strict("CREATE TABLE t (a text)\n"), "CREATE TABLE t (a text) strict");
    }
}
