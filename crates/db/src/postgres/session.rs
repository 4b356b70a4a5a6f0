//! Statements on one PostgreSQL connection.

use super::fault::fault;
use crate::{
    Engine,
    bulk::{Bulk, Kind},
    error::{DbError, Effect, Fault},
    row::{Row, Source},
    sqlite::Address,
    tx::{Each, Session, Shape, Sql},
    value::Value,
};
use futures_util::{StreamExt as _, future::join};
use std::{collections::HashMap, future::Future, hash::BuildHasherDefault, pin::pin, time::Duration};
use tokio::{runtime::Runtime, task::JoinHandle};
use tokio_postgres::{Client, Error, Statement, binary_copy::BinaryCopyInWriter, types::Type};

/// Prepared statements kept for dynamic texts; beyond, all are dropped and made again.
const DYNAMIC: usize = 128;

/// A live connection with its prepared statements.
pub(super) struct Link {
    client: Client,
    driver: JoinHandle<()>,
    fixed: HashMap<usize, Statement, BuildHasherDefault<Address>>,
    dynamic: HashMap<String, Statement>,
    in_transaction: bool,
}

impl Link {
    pub(super) fn new(client: Client, driver: JoinHandle<()>) -> Self {
        Self { client, driver, fixed: HashMap::default(), dynamic: HashMap::new(), in_transaction: false }
    }

    pub(super) fn is_sound(&self) -> bool {
        !self.client.is_closed() && !self.in_transaction
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.in_transaction
    }

    /// Ends the transaction.
    pub(super) fn control(&mut self, runtime: &Runtime, limit: Duration, sql: &str) -> Result<(), Fault> {
        let work = self.client.batch_execute(sql);
        let outcome = runtime.block_on(async { tokio::time::timeout(limit, work).await });
        match outcome {
            Ok(Ok(())) => {
                self.in_transaction = false;
                Ok(())
            }
            Ok(Err(e)) => {
                // A refused commit has ended the transaction as well.
                self.in_transaction = false;
                Err(fault(sql, &e))
            }
            Err(_) => Err(stuck(sql, limit)),
        }
    }

    /// Runs SQL outside any unit.
    pub(super) async fn run(&self, sql: &str) -> Result<(), DbError> {
        self.client.batch_execute(sql).await.map_err(|e| fault(sql, &e).error)
    }

    /// Says good-bye to the server.
    pub(super) fn close(self, runtime: &Runtime) {
        drop(self.client);
        // The server need not answer.
        drop(runtime.block_on(async { tokio::time::timeout(Duration::from_secs(1), self.driver).await }));
    }
}

fn stuck(what: &str, limit: Duration) -> Fault {
    let error = DbError::Unavailable(format!("{what}: PostgreSQL did not answer within {limit:?}"));
    Fault { error, effect: Effect::Stuck }
}

/// A connection with a unit on it. The transaction begins together with the first statement, in one trip.
pub(super) struct Open<'s> {
    link: &'s mut Link,
    runtime: &'s Runtime,
    limit: Duration,
    begin: Option<&'static str>,
}

impl<'s> Open<'s> {
    pub(super) fn new(
        link: &'s mut Link,
        runtime: &'s Runtime,
        limit: Duration,
        begin: &'static str,
    ) -> Self {
        // The server's own limit comes first; ours is for a server that does not answer at all.
        Self { link, runtime, limit: limit + Duration::from_secs(1), begin: Some(begin) }
    }

    pub(super) fn begun(&self) -> bool {
        self.link.in_transaction
    }
}

/// Runs `work` behind the pending `begin`, if any, within the limit. Both are sent before either answers.
fn drive<T>(
    runtime: &Runtime,
    limit: Option<Duration>,
    begin: Option<impl Future<Output = Result<(), Error>>>,
    what: &str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    let both = async {
        match begin {
            None => work.await,
            Some(begin) => {
                let (begun, worked) = join(begin, work).await;
                begun.and(worked)
            }
        }
    };
    let outcome = match limit {
        None => runtime.block_on(both),
        Some(limit) => match runtime.block_on(async { tokio::time::timeout(limit, both).await }) {
            Ok(outcome) => outcome,
            Err(_) => return Err(stuck(what, limit)),
        },
    };
    outcome.map_err(|e| fault(what, &e))
}

/// Splits an open unit into what the futures need.
macro_rules! parts {
    ($self:ident => $client:ident, $begin:ident) => {
        let begin = $self.begin.take();
        if begin.is_some() {
            $self.link.in_transaction = true;
        }
        let $client = &$self.link.client;
        let $begin = begin.map(|sql| $client.batch_execute(sql));
    };
}

impl Open<'_> {
    /// The prepared form, with whatever name it has in messages.
    fn prepared(&mut self, sql: Sql<'_>) -> Result<(&'static str, Statement), Fault> {
        let (name, known) = match sql {
            Sql::Fixed(statement) => (statement.name(), self.link.fixed.get(&statement.address())),
            Sql::Dynamic(text) => ("dynamic", self.link.dynamic.get(text)),
        };
        if let Some(known) = known {
            return Ok((name, known.clone()));
        }
        let resolved;
        let text = match sql {
            Sql::Fixed(statement) => statement.text(Engine::Postgres).map_err(Fault::spoiled)?,
            Sql::Dynamic(text) => {
                resolved = crate::statement::resolve(Engine::Postgres, text, crate::statement::fragment)
                    .map_err(Fault::spoiled)?;
                &resolved
            }
        };
        parts!(self => client, begin);
        let prepared = drive(self.runtime, Some(self.limit), begin, name, client.prepare(text))?;
        match sql {
            Sql::Fixed(statement) => {
                self.link.fixed.insert(statement.address(), prepared.clone());
            }
            Sql::Dynamic(text) => {
                if self.link.dynamic.len() >= DYNAMIC {
                    self.link.dynamic.clear();
                }
                self.link.dynamic.insert(text.to_owned(), prepared.clone());
            }
        }
        Ok((name, prepared))
    }
}

fn check_count(name: &str, statement: &Statement, params: &[Value]) -> Result<(), Fault> {
    let wanted = statement.params().len();
    if wanted == params.len() {
        Ok(())
    } else {
        Err(Fault::other(format!("{name}: {} parameters for {wanted} placeholders", params.len())))
    }
}

impl Session for Open<'_> {
    fn engine(&self) -> Engine {
        Engine::Postgres
    }

    fn exec(&mut self, sql: Sql<'_>, params: &[Value]) -> Result<u64, Fault> {
        let (name, statement) = self.prepared(sql)?;
        check_count(name, &statement, params)?;
        parts!(self => client, begin);
        drive(self.runtime, Some(self.limit), begin, name, client.execute_raw(&statement, params))
    }

    fn query(&mut self, sql: Sql<'_>, params: &[Value], each: &mut Each<'_>) -> Result<(), Fault> {
        let (name, statement) = self.prepared(sql)?;
        check_count(name, &statement, params)?;
        parts!(self => client, begin);
        let work = async {
            let mut rows = pin!(client.query_raw(&statement, params).await?);
            while let Some(row) = rows.next().await {
                if !each(&Row(Source::Postgres(&row?))) {
                    break;
                }
            }
            Ok(())
        };
        drive(self.runtime, Some(self.limit), begin, name, work)
    }

    fn bulk(
        &mut self,
        target: &'static Bulk,
        rows: &mut dyn Iterator<Item = Vec<Value>>,
    ) -> Result<u64, Fault> {
        let types: Vec<Type> = target
            .columns()
            .iter()
            .map(|(_, kind)| match kind {
                Kind::Bool => Type::BOOL,
                Kind::Int => Type::INT8,
                Kind::Text => Type::TEXT,
                Kind::Blob => Type::BYTEA,
                Kind::Time => Type::TIMESTAMPTZ,
                Kind::Date => Type::DATE,
                Kind::Json => Type::JSONB,
            })
            .collect();
        parts!(self => client, begin);
        let mut refused = None;
        let work = async {
            let sink = client.copy_in(target.copy()).await?;
            let mut writer = pin!(BinaryCopyInWriter::new(sink, &types));
            for row in rows {
                if let Err(e) = target.check(&row) {
                    refused = Some(e);
                    // Dropping the writer unfinished makes the server forget the rows.
                    return Ok(0);
                }
                writer.as_mut().write_raw(&row).await?;
            }
            writer.finish().await
        };
        let count = drive(self.runtime, None, begin, target.copy(), work)?;
        refused.map_or(Ok(count), |e| Err(Fault::spoiled(e)))
    }

    fn script(&mut self, sql: &str) -> Result<(), Fault> {
        parts!(self => client, begin);
        drive(self.runtime, None, begin, "script", client.batch_execute(sql))
    }

    fn shape(&mut self, sql: Sql<'_>) -> Result<Shape, Fault> {
        let (_, statement) = self.prepared(sql)?;
        Ok(Shape {
            parameters: statement.params().len(),
            columns: statement.columns().iter().map(|c| c.name().to_owned()).collect(),
        })
    }
}
