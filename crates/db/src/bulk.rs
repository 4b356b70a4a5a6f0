//! Targets of bulk loading.

use crate::{error::DbError, value::Value};
use std::sync::OnceLock;

/// Kind of a column in a bulk load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Bool`].
    Bool,
    /// [`Value::Int`], into a `{bigint}` column.
    Int,
    /// [`Value::Text`].
    Text,
    /// [`Value::Blob`].
    Blob,
    /// [`Value::Time`].
    Time,
    /// [`Value::Date`].
    Date,
    /// [`Value::Json`].
    Json,
}

/// A table with the columns to fill; kept in a `static`.
///
/// ```
/// static TRANSFERS: db::Bulk = db::Bulk::new("transfer", &[("organization_id", db::Kind::Int), ("remittance", db::Kind::Text)]);
/// ```
#[derive(Debug)]
pub struct Bulk {
    table: &'static str,
    columns: &'static [(&'static str, Kind)],
    insert: OnceLock<String>,
    copy: OnceLock<String>,
}

impl Bulk {
    /// Declares a target.
    #[must_use]
    pub const fn new(table: &'static str, columns: &'static [(&'static str, Kind)]) -> Self {
        Self { table, columns, insert: OnceLock::new(), copy: OnceLock::new() }
    }

    /// The columns, in the order of the cells.
    #[must_use]
    pub fn columns(&self) -> &'static [(&'static str, Kind)] {
        self.columns
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn address(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// For SQLite.
    pub(crate) fn insert(&self) -> &str {
        self.insert.get_or_init(|| {
            let marks = (1..=self.columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
            format!("insert into {} ({}) values ({marks})", self.table, self.names())
        })
    }

    /// For PostgreSQL.
    pub(crate) fn copy(&self) -> &str {
        self.copy.get_or_init(|| format!("copy {} ({}) from stdin binary", self.table, self.names()))
    }

    /// Refuses a row whose cells do not fit the columns.
    pub(crate) fn check(&self, row: &[Value]) -> Result<(), DbError> {
        if row.len() != self.columns.len() {
            let (got, want) = (row.len(), self.columns.len());
            return Err(DbError::Other(format!("bulk {}: {got} cells for {want} columns", self.table)));
        }
        for (value, (name, kind)) in row.iter().zip(self.columns) {
            let fits = matches!(
                (value, kind),
                (Value::Null, _)
                    | (Value::Bool(_), Kind::Bool)
                    | (Value::Int(_), Kind::Int)
                    | (Value::Text(_), Kind::Text)
                    | (Value::Blob(_), Kind::Blob)
                    | (Value::Time(_), Kind::Time)
                    | (Value::Date(_), Kind::Date)
                    | (Value::Json(_), Kind::Json)
            );
            if !fits {
                let given = value.kind();
                return Err(DbError::Other(format!(
                    "bulk {}.{name}: a {given} for a {kind:?} column",
                    self.table
                )));
            }
        }
        Ok(())
    }
}
