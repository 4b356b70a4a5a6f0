//! Statements on one SQLite connection.

use super::names::fault;
use crate::{
    Engine,
    bulk::Bulk,
    error::{DbError, Fault},
    row::{Row, Source},
    tx::{Each, Session, Shape, Sql},
    value::{Value, check_date, check_text, json_text, micros},
};
use rusqlite::{
    Connection, Statement,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Prepared statements kept for dynamic texts; beyond, all are dropped and made again.
const DYNAMIC: usize = 128;

/// A connection with its prepared statements.
pub(super) struct Prepared<'c> {
    connection: &'c Connection,
    fixed: HashMap<usize, Statement<'c>, BuildHasherDefault<Address>>,
    dynamic: HashMap<String, Statement<'c>>,
    begin: Statement<'c>,
    commit: Statement<'c>,
    rollback: Statement<'c>,
    savepoint: Statement<'c>,
    release: Statement<'c>,
    undo: Statement<'c>,
}

/// Steps around units.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Begin,
    Commit,
    Rollback,
    Savepoint,
    Release,
    /// Back to the savepoint; it remains.
    Undo,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(connection: &'c Connection, begin: &str) -> Result<Self, Fault> {
        let prepare = |sql: &str| connection.prepare(sql).map_err(|e| fault(connection, sql, &e));
        Ok(Self {
            connection,
            fixed: HashMap::default(),
            dynamic: HashMap::new(),
            begin: prepare(begin)?,
            commit: prepare("commit")?,
            rollback: prepare("rollback")?,
            savepoint: prepare("savepoint unit")?,
            release: prepare("release unit")?,
            undo: prepare("rollback to unit")?,
        })
    }

    pub(super) fn step(&mut self, step: Step) -> Result<(), Fault> {
        let (name, statement) = match step {
            Step::Begin => ("begin", &mut self.begin),
            Step::Commit => ("commit", &mut self.commit),
            Step::Rollback => ("rollback", &mut self.rollback),
            Step::Savepoint => ("savepoint", &mut self.savepoint),
            Step::Release => ("release", &mut self.release),
            Step::Undo => ("rollback to savepoint", &mut self.undo),
        };
        statement.raw_execute().map(drop).map_err(|e| fault(self.connection, name, &e))
    }

    /// False once SQLite has rolled the transaction back by itself, as it does for some errors.
    pub(super) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    fn find(&mut self, sql: Sql<'_>) -> Result<(&'static str, &mut Statement<'c>), Fault> {
        let connection = self.connection;
        let prepare =
            |name: &str, text: &str| connection.prepare(text).map_err(|e| fault(connection, name, &e));
        match sql {
            Sql::Fixed(statement) => {
                let name = statement.name();
                let entry = match self.fixed.entry(statement.address()) {
                    std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        let text = statement.text(Engine::Sqlite).map_err(Fault::spoiled)?;
                        entry.insert(prepare(name, text)?)
                    }
                };
                Ok((name, entry))
            }
            Sql::Dynamic(text) => {
                if !self.dynamic.contains_key(text) {
                    if self.dynamic.len() >= DYNAMIC {
                        self.dynamic.clear();
                    }
                    let numbered =
                        crate::statement::resolve(Engine::Sqlite, text, crate::statement::fragment)
                            .map_err(Fault::spoiled)?;
                    let prepared = prepare("dynamic", &numbered)?;
                    self.dynamic.insert(text.to_owned(), prepared);
                }
                let prepared =
                    self.dynamic.get_mut(text).ok_or_else(|| Fault::other("dynamic statement vanished"))?;
                Ok(("dynamic", prepared))
            }
        }
    }
}

fn bind(name: &str, statement: &mut Statement<'_>, params: &[Value]) -> Result<(), BindError> {
    let wanted = statement.parameter_count();
    if wanted != params.len() {
        return Err(
            DbError::Other(format!("{name}: {} parameters for {wanted} placeholders", params.len())).into()
        );
    }
    for (i, value) in params.iter().enumerate() {
        statement.raw_bind_parameter(i + 1, stored(value)?)?;
    }
    Ok(())
}

/// A value as SQLite keeps it.
fn stored(value: &Value) -> Result<ToSqlOutput<'_>, DbError> {
    Ok(match value {
        Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
        Value::Bool(v) => ToSqlOutput::Borrowed(ValueRef::Integer((*v).into())),
        Value::Int(v) => ToSqlOutput::Borrowed(ValueRef::Integer(*v)),
        Value::Text(v) => ToSqlOutput::Borrowed(ValueRef::Text(check_text(v)?.as_bytes())),
        Value::Blob(v) => ToSqlOutput::Borrowed(ValueRef::Blob(v)),
        Value::Time(v) => ToSqlOutput::Borrowed(ValueRef::Integer(micros(*v))),
        Value::Date(v) => ToSqlOutput::Owned(rusqlite::types::Value::Text(check_date(*v)?.to_string())),
        Value::Json(v) => ToSqlOutput::Owned(rusqlite::types::Value::Text(json_text(v)?)),
    })
}

enum BindError {
    Ours(DbError),
    Theirs(rusqlite::Error),
}

impl From<DbError> for BindError {
    fn from(e: DbError) -> Self {
        Self::Ours(e)
    }
}

impl From<rusqlite::Error> for BindError {
    fn from(e: rusqlite::Error) -> Self {
        Self::Theirs(e)
    }
}

impl BindError {
    fn fault(self, connection: &Connection, name: &str) -> Fault {
        match self {
            Self::Ours(e) => Fault::spoiled(e),
            Self::Theirs(e) => fault(connection, name, &e),
        }
    }
}

impl Session for Prepared<'_> {
    fn engine(&self) -> Engine {
        Engine::Sqlite
    }

    fn exec(&mut self, sql: Sql<'_>, params: &[Value]) -> Result<u64, Fault> {
        let connection = self.connection;
        let (name, statement) = self.find(sql)?;
        let run = |statement: &mut Statement<'_>| -> Result<u64, BindError> {
            bind(name, statement, params)?;
            if statement.column_count() == 0 {
                return Ok(statement.raw_execute()? as u64);
            }
            let mut rows = statement.raw_query();
            let mut count = 0;
            while rows.next()?.is_some() {
                count += 1;
            }
            Ok(count)
        };
        let outcome = run(statement);
        statement.clear_bindings();
        outcome.map_err(|e| e.fault(connection, name))
    }

    fn query(&mut self, sql: Sql<'_>, params: &[Value], each: &mut Each<'_>) -> Result<(), Fault> {
        let connection = self.connection;
        let (name, statement) = self.find(sql)?;
        let mut run = |statement: &mut Statement<'_>| -> Result<(), BindError> {
            bind(name, statement, params)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                if !each(&Row(Source::Sqlite(row))) {
                    break;
                }
            }
            Ok(())
        };
        let outcome = run(statement);
        statement.clear_bindings();
        outcome.map_err(|e| e.fault(connection, name))
    }

    fn bulk(
        &mut self,
        target: &'static Bulk,
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Fault> {
        let connection = self.connection;
        let statement = match self.fixed.entry(target.address()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let text = target.insert();
                entry.insert(connection.prepare(text).map_err(|e| fault(connection, text, &e))?)
            }
        };
        let run = |statement: &mut Statement<'_>| -> Result<u64, BindError> {
            let mut count = 0;
            for row in rows {
                target.check(&row)?;
                bind("bulk", statement, &row)?;
                statement.raw_execute()?;
                count += 1;
            }
            Ok(count)
        };
        let outcome = run(statement);
        statement.clear_bindings();
        outcome.map_err(|e| e.fault(connection, target.insert()))
    }

    fn script(&mut self, sql: &str) -> Result<(), Fault> {
        self.connection.execute_batch(sql).map_err(|e| fault(self.connection, "script", &e))
    }

    fn shape(&mut self, sql: Sql<'_>) -> Result<Shape, Fault> {
        let (_, statement) = self.find(sql)?;
        Ok(Shape {
            parameters: statement.parameter_count(),
            columns: statement.column_names().map(str::to_owned).collect(),
        })
    }
}

/// Addresses are spread well enough by one multiplication.
#[derive(Default)]
pub(crate) struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    fn write_usize(&mut self, address: usize) {
        let mixed = (address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}
