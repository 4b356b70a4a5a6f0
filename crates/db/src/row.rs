//! One row of a result, read by column position (from 0).

use crate::{
    error::DbError,
    postgres::types as pg,
    value::{check_date, from_micros},
};
use jiff::{Timestamp, civil::Date};
use rusqlite::types::ValueRef;

/// A row, valid while the mapping closure looks at it. A column of another kind, or an unexpected
/// `null`, is an error that names the column.
pub struct Row<'a>(pub(crate) Source<'a>);

pub(crate) enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

type Result<T> = std::result::Result<T, DbError>;

/// What a column can be read as, on each engine.
trait Cell<'r>: Sized {
    const KIND: &'static str;
    type Pg: tokio_postgres::types::FromSql<'r>;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>>;
    fn postgres(value: Self::Pg) -> Result<Self>;
}

impl<'r> Cell<'r> for i64 {
    const KIND: &'static str = "int";
    type Pg = pg::Integer;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        value.as_i64().ok().map(Ok)
    }
    fn postgres(value: pg::Integer) -> Result<Self> {
        Ok(value.0)
    }
}

impl<'r> Cell<'r> for bool {
    const KIND: &'static str = "bool";
    type Pg = bool;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        match value {
            ValueRef::Integer(0) => Some(Ok(false)),
            ValueRef::Integer(1) => Some(Ok(true)),
            _ => None,
        }
    }
    fn postgres(value: bool) -> Result<Self> {
        Ok(value)
    }
}

impl<'r> Cell<'r> for &'r str {
    const KIND: &'static str = "text";
    type Pg = &'r str;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        value.as_str().ok().map(Ok)
    }
    fn postgres(value: &'r str) -> Result<Self> {
        Ok(value)
    }
}

impl<'r> Cell<'r> for &'r [u8] {
    const KIND: &'static str = "blob";
    type Pg = &'r [u8];
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        match value {
            ValueRef::Blob(bytes) => Some(Ok(bytes)),
            _ => None,
        }
    }
    fn postgres(value: &'r [u8]) -> Result<Self> {
        Ok(value)
    }
}

impl<'r> Cell<'r> for Timestamp {
    const KIND: &'static str = "time";
    type Pg = pg::Instant;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        value.as_i64().ok().map(from_micros)
    }
    fn postgres(value: pg::Instant) -> Result<Self> {
        from_micros(value.0)
    }
}

impl<'r> Cell<'r> for Date {
    const KIND: &'static str = "date";
    type Pg = pg::Day;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        let date = value.as_str().ok()?.parse::<Date>().ok()?;
        Some(check_date(date))
    }
    fn postgres(value: pg::Day) -> Result<Self> {
        value.date()
    }
}

impl<'r> Cell<'r> for serde_json::Value {
    const KIND: &'static str = "json";
    type Pg = pg::JsonText<'r>;
    fn sqlite(value: ValueRef<'r>) -> Option<Result<Self>> {
        value.as_str().ok().map(parse_json)
    }
    fn postgres(value: pg::JsonText<'r>) -> Result<Self> {
        parse_json(value.0)
    }
}

fn parse_json(text: &str) -> Result<serde_json::Value> {
    serde_json::from_str(text).map_err(|e| DbError::Other(format!("stored json: {e}")))
}

impl<'a> Row<'a> {
    fn optional<'r, T: Cell<'r>>(&'r self, i: usize) -> Result<Option<T>> {
        match self.0 {
            Source::Sqlite(row) => {
                let value = row.get_ref(i).map_err(|e| DbError::Other(format!("column {i}: {e}")))?;
                if matches!(value, ValueRef::Null) {
                    return Ok(None);
                }
                T::sqlite(value)
                    .unwrap_or_else(|| {
                        Err(DbError::Other(format!(
                            "column {} is {}, not {}",
                            self.name(i),
                            value.data_type(),
                            T::KIND
                        )))
                    })
                    .map(Some)
            }
            Source::Postgres(row) => row
                .try_get::<_, Option<T::Pg>>(i)
                .map_err(|e| DbError::Other(format!("column {} as {}: {e}", self.name(i), T::KIND)))?
                .map(T::postgres)
                .transpose(),
        }
    }

    fn required<'r, T: Cell<'r>>(&'r self, i: usize) -> Result<T> {
        self.optional(i)?
            .ok_or_else(|| DbError::Other(format!("column {} is null, not {}", self.name(i), T::KIND)))
    }

    fn name(&self, i: usize) -> String {
        let name = match self.0 {
            Source::Sqlite(row) => row.as_ref().column_name(i).ok().map(str::to_owned),
            Source::Postgres(row) => row.columns().get(i).map(|c| c.name().to_owned()),
        };
        name.map_or_else(|| i.to_string(), |n| format!("{i} ({n})"))
    }
}

macro_rules! getters {
    ($($(#[$meta:meta])* $name:ident, $opt:ident: $get:ty => $out:ty, $conv:expr;)*) => {
        impl<'a> Row<'a> { $(
            $(#[$meta])*
            ///
            /// # Errors
            /// `null`, another kind, or no such column.
            pub fn $name(&self, i: usize) -> Result<$out> { self.required::<$get>(i).map($conv) }
            #[doc = concat!("As [`Row::", stringify!($name), "`], `None` for `null`.")]
            ///
            /// # Errors
            /// Another kind, or no such column.
            pub fn $opt(&self, i: usize) -> Result<Option<$out>> { Ok(self.optional::<$get>(i)?.map($conv)) }
        )* }
    };
}

getters! {
    /// An integer; also the sum of integers, which PostgreSQL makes a `numeric`.
    int, opt_int: i64 => i64, |v| v;
    /// A truth value.
    bool, opt_bool: bool => bool, |v| v;
    /// Text, owned.
    text, opt_text: &str => String, str::to_owned;
    /// Text, borrowed from the row.
    str, opt_str: &str => &str, |v| v;
    /// Bytes, owned.
    blob, opt_blob: &[u8] => Vec<u8>, <[u8]>::to_vec;
    /// Bytes, borrowed from the row.
    bytes, opt_bytes: &[u8] => &[u8], |v| v;
    /// An instant, to the microsecond.
    time, opt_time: Timestamp => Timestamp, |v| v;
    /// A calendar date.
    date, opt_date: Date => Date, |v| v;
    /// A JSON document.
    json, opt_json: serde_json::Value => serde_json::Value, |v| v;
}
