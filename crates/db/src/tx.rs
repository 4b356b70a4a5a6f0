//! What a closure sees of the database: statements inside one unit of work.

use crate::{
    Engine,
    bulk::Bulk,
    condition::Dynamic,
    error::{DbError, Effect, Fault},
    row::Row,
    statement::Statement,
    value::Value,
};
use std::sync::Arc;
use tokio::sync::Notify;

/// SQL to run, with the key under which the prepared form is kept.
#[derive(Clone, Copy)]
pub(crate) enum Sql<'s> {
    Fixed(&'static Statement),
    Dynamic(&'s str),
}

/// Steps that only one engine knows how to take.
pub(crate) trait Session {
    fn engine(&self) -> Engine;
    fn exec(&mut self, sql: Sql<'_>, params: &[Value]) -> Result<u64, Fault>;
    /// Calls `each` for every row until it returns false.
    fn query(&mut self, sql: Sql<'_>, params: &[Value], each: &mut Each<'_>) -> Result<(), Fault>;
    fn bulk(
        &mut self,
        target: &'static Bulk,
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Fault>;
    /// Runs several statements without parameters, without a limit of time.
    fn script(&mut self, sql: &str) -> Result<(), Fault>;
    /// Prepares only, and tells the shape.
    fn shape(&mut self, sql: Sql<'_>) -> Result<Shape, Fault>;
}

pub(crate) type Each<'e> = dyn FnMut(&Row<'_>) -> bool + 'e;

/// What a prepared statement takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Number of parameters.
    pub parameters: usize,
    /// Names of the columns.
    pub columns: Vec<String>,
}

/// A unit of work in progress.
///
/// The first failed statement spoils the unit, on both engines: later statements repeat its error, and
/// the unit is rolled back whatever the closure returns. To go on after an expected failure use
/// `on conflict`, or [`Tx::attempt`].
pub struct Tx<'a> {
    session: &'a mut dyn Session,
    slot: usize,
    jobs: &'a Arc<Notify>,
    spoiled: Option<(DbError, Effect)>,
    after: Vec<Hook>,
}

/// Something to do once the unit is durable.
pub(crate) type Hook = Box<dyn FnOnce() + Send>;

impl<'a> Tx<'a> {
    pub(crate) fn new(session: &'a mut dyn Session, slot: usize, jobs: &'a Arc<Notify>) -> Self {
        Self { session, slot, jobs, spoiled: None, after: Vec::new() }
    }

    /// Wakes the waiting workers of this process once the unit is durable.
    pub(crate) fn wake_workers(&mut self) {
        let jobs = Arc::clone(self.jobs);
        self.after_commit(move || jobs.notify_waiters());
    }

    /// What is left when the closure has returned: its failure if any, and the hooks.
    pub(crate) fn finish(self) -> (Option<(DbError, Effect)>, Vec<Hook>) {
        (self.spoiled, self.after)
    }

    /// The engine, for the rare text that must differ beyond the fragments.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.session.engine()
    }

    /// Number of the writer that runs this unit: 0 on SQLite, the position in the pool on PostgreSQL.
    /// Units of one slot of one process follow each other; those of a rolled-back group on SQLite may be
    /// run again in the same order. In reads it has no meaning.
    #[must_use]
    pub fn slot(&self) -> usize {
        self.slot
    }

    /// Asks for `hook` to be called once, after the unit is durable and before its caller is answered.
    /// It is dropped uncalled when the unit is rolled back. It runs on the writer's thread: keep it short.
    /// On SQLite later units of the same group have already run by then.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(hook));
    }

    fn guard<T>(&mut self, step: impl FnOnce(&mut dyn Session) -> Result<T, Fault>) -> Result<T, DbError> {
        if let Some((error, _)) = &self.spoiled {
            return Err(error.clone());
        }
        step(self.session).map_err(|fault| {
            self.spoiled = Some((fault.error.clone(), fault.effect));
            fault.error
        })
    }

    /// Runs a statement and gives the number of rows it touched (or returned).
    ///
    /// # Errors
    /// [`DbError`]; the unit is spoiled.
    pub fn exec(&mut self, statement: &'static Statement, params: &[Value]) -> Result<u64, DbError> {
        self.guard(|s| s.exec(Sql::Fixed(statement), params))
    }

    /// All rows of a statement, each through `map`. An error of `map` ends the reading and is given
    /// back; it does not spoil the unit.
    ///
    /// # Errors
    /// [`DbError`], of the statement or of `map`.
    pub fn rows<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        self.collect(Sql::Fixed(statement), params, map)
    }

    /// The row of a statement that gives at most one.
    ///
    /// # Errors
    /// [`DbError`]; more than one row is an error.
    pub fn opt<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        mut map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Option<T>, DbError> {
        let mut found = None;
        let mut count = 0_usize;
        self.visit(Sql::Fixed(statement), params, &mut |row| {
            count += 1;
            if count == 1 {
                found = Some(map(row)?);
            }
            Ok(count == 1)
        })?;
        if count > 1 {
            Err(DbError::Other(format!("{} gave more than one row", statement.name())))
        } else {
            Ok(found)
        }
    }

    /// The row of a statement that gives exactly one.
    ///
    /// # Errors
    /// [`DbError`]; no row, or more than one, is an error.
    pub fn one<T>(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.opt(statement, params, map)?
            .ok_or_else(|| DbError::Other(format!("{} gave no row", statement.name())))
    }

    /// Visits rows one by one without collecting them; `each` returns false to stop.
    ///
    /// # Errors
    /// [`DbError`], of the statement or of `each`.
    pub fn each(
        &mut self,
        statement: &'static Statement,
        params: &[Value],
        mut each: impl FnMut(&Row<'_>) -> Result<bool, DbError>,
    ) -> Result<(), DbError> {
        self.visit(Sql::Fixed(statement), params, &mut each)
    }

    /// All rows of a search made by the [condition builder](crate::condition).
    ///
    /// # Errors
    /// [`DbError`], of the statement or of `map`.
    pub fn dynamic_rows<T>(
        &mut self,
        search: &Dynamic,
        map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        self.collect(Sql::Dynamic(search.text()?), search.params(), map)
    }

    /// Runs a statement made by the [condition builder](crate::condition) and gives the rows touched.
    ///
    /// # Errors
    /// [`DbError`]; the unit is spoiled.
    pub fn dynamic_exec(&mut self, change: &Dynamic) -> Result<u64, DbError> {
        let text = change.text()?;
        self.guard(|s| s.exec(Sql::Dynamic(text), change.params()))
    }

    /// Loads rows into a table: COPY on PostgreSQL, a prepared loop on SQLite. Any refused row refuses
    /// them all. Keep to 5–10 thousand rows a unit, so that the one SQLite writer stays free for others.
    ///
    /// # Errors
    /// [`DbError`]; the unit is spoiled.
    pub fn bulk(
        &mut self,
        target: &'static Bulk,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64, DbError> {
        self.guard(|s| s.bulk(target, &mut rows.into_iter()))
    }

    /// Runs `part` so that its failure undoes only its own changes, and the unit can go on.
    ///
    /// # Errors
    /// What `part` returned. When the unit lost its connection or a serialization race it stays spoiled.
    pub fn attempt<T, E: From<DbError>>(
        &mut self,
        part: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.guard(|s| s.script("savepoint attempt"))?;
        let hooks = self.after.len();
        let outcome = part(self);
        if let Some((error, Effect::Rerun | Effect::Lost | Effect::Stuck)) = &self.spoiled {
            return Err(error.clone().into());
        }
        match (outcome, self.spoiled.take()) {
            (Ok(value), None) => {
                self.guard(|s| s.script("release savepoint attempt"))?;
                Ok(value)
            }
            (outcome, spoiled) => {
                self.after.truncate(hooks);
                self.guard(|s| s.script("rollback to savepoint attempt; release savepoint attempt"))?;
                match (outcome, spoiled) {
                    (Ok(_), Some((error, _))) => Err(error.into()),
                    (outcome, _) => outcome,
                }
            }
        }
    }

    /// Prepares a statement without running it.
    ///
    /// # Errors
    /// What the engine has against it.
    pub fn shape(&mut self, statement: &'static Statement) -> Result<Shape, DbError> {
        self.guard(|s| s.shape(Sql::Fixed(statement)))
    }

    pub(crate) fn script(&mut self, sql: &str) -> Result<(), DbError> {
        self.guard(|s| s.script(sql))
    }

    fn collect<T>(
        &mut self,
        sql: Sql<'_>,
        params: &[Value],
        mut map: impl FnMut(&Row<'_>) -> Result<T, DbError>,
    ) -> Result<Vec<T>, DbError> {
        let mut all = Vec::new();
        self.visit(sql, params, &mut |row| {
            all.push(map(row)?);
            Ok(true)
        })?;
        Ok(all)
    }

    fn visit(
        &mut self,
        sql: Sql<'_>,
        params: &[Value],
        each: &mut dyn FnMut(&Row<'_>) -> Result<bool, DbError>,
    ) -> Result<(), DbError> {
        let mut refused = None;
        self.guard(|s| {
            s.query(sql, params, &mut |row| {
                each(row).unwrap_or_else(|e| {
                    refused = Some(e);
                    false
                })
            })
        })?;
        refused.map_or(Ok(()), Err)
    }
}
