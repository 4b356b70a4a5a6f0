//! Values that go into statements, and the single place where their storage form is decided.
//!
//! | `Value` | PostgreSQL | SQLite |
//! |---|---|---|
//! | `Bool` | `boolean` | integer 0/1 |
//! | `Int` | `bigint` (also `integer`, `smallint`, `numeric`) | integer |
//! | `Text` | `text` | text |
//! | `Blob` | `bytea` | blob |
//! | `Time` | `timestamptz` | integer, microseconds from 1970 UTC |
//! | `Date` | `date` | text `YYYY-MM-DD` |
//! | `Json` | `jsonb` | text |
//!
//! What one engine would refuse is refused on both: NUL in text, years outside 1..=9999.

use crate::error::DbError;
use jiff::{Timestamp, civil::Date};
use std::borrow::Cow;

/// A parameter of a statement or a cell of a bulk load.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL `null`, of any type.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer; money in cents.
    Int(i64),
    /// Text without NUL.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// An instant, kept to the microsecond (finer digits are cut off, towards the past).
    Time(Timestamp),
    /// A calendar date, years 1 to 9999.
    Date(Date),
    /// A JSON document.
    Json(serde_json::Value),
}

impl Value {
    /// Name of the kind, for error messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Text(_) => "text",
            Self::Blob(_) => "blob",
            Self::Time(_) => "time",
            Self::Date(_) => "date",
            Self::Json(_) => "json",
        }
    }
}

/// Microseconds from 1970 UTC, rounded towards the past so that order is kept.
pub(crate) fn micros(at: Timestamp) -> i64 {
    let whole = at.as_microsecond();
    // `as_microsecond` cuts towards zero; before 1970 that would be towards the future.
    if at.as_nanosecond() < i128::from(whole) * 1000 { whole - 1 } else { whole }
}

/// The instant of a number of microseconds.
pub(crate) fn from_micros(micros: i64) -> Result<Timestamp, DbError> {
    Timestamp::from_microsecond(micros).map_err(|e| DbError::Other(format!("stored instant {micros}: {e}")))
}

/// Refuses years that text order or PostgreSQL would not carry.
pub(crate) fn check_date(date: Date) -> Result<Date, DbError> {
    if date.year() >= 1 {
        Ok(date)
    } else {
        Err(DbError::Other(format!("date {date} is outside years 1..=9999")))
    }
}

/// Refuses NUL, which PostgreSQL cannot store.
pub(crate) fn check_text(text: &str) -> Result<&str, DbError> {
    if text.as_bytes().contains(&0) {
        Err(DbError::Other("text holds a NUL character".into()))
    } else {
        Ok(text)
    }
}

/// The JSON text of a document, refusing NUL inside strings and keys (`jsonb` cannot store it).
pub(crate) fn json_text(document: &serde_json::Value) -> Result<String, DbError> {
    let text = document.to_string();
    // The escape is rare: look at the document itself only when the text may hold one.
    if text.contains("\\u0000") && has_nul(document) {
        return Err(DbError::Other("json holds a NUL character".into()));
    }
    Ok(text)
}

fn has_nul(document: &serde_json::Value) -> bool {
    match document {
        serde_json::Value::String(s) => s.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields.iter().any(|(k, v)| k.contains('\0') || has_nul(v)),
        _ => false,
    }
}

macro_rules! from {
    ($($t:ty => |$v:ident| $e:expr;)*) => { $(
        impl From<$t> for Value { fn from($v: $t) -> Self { $e } }
    )* };
}

from! {
    bool => |v| Self::Bool(v);
    i64 => |v| Self::Int(v);
    i32 => |v| Self::Int(v.into());
    i16 => |v| Self::Int(v.into());
    u8 => |v| Self::Int(v.into());
    u16 => |v| Self::Int(v.into());
    u32 => |v| Self::Int(v.into());
    &str => |v| Self::Text(v.to_owned());
    &String => |v| Self::Text(v.clone());
    String => |v| Self::Text(v);
    Cow<'_, str> => |v| Self::Text(v.into_owned());
    Vec<u8> => |v| Self::Blob(v);
    &[u8] => |v| Self::Blob(v.to_vec());
    &Vec<u8> => |v| Self::Blob(v.clone());
    Timestamp => |v| Self::Time(v);
    Date => |v| Self::Date(v);
    serde_json::Value => |v| Self::Json(v);
    &serde_json::Value => |v| Self::Json(v.clone());
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(v: [u8; N]) -> Self {
        Self::Blob(v.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Value {
    fn from(v: &[u8; N]) -> Self {
        Self::Blob(v.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

/// Parameters of a statement from anything that becomes a [`Value`]: `params![organization, "IUV", None::<i64>]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::Value::from($value)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_their_order_to_the_microsecond() {
        for nanos in [-1_500_i64, -1_000, -1, 0, 1, 999, 1_000, 1_700_000_000_123_456_789] {
            let at = Timestamp::from_nanosecond(i128::from(nanos)).unwrap();
            assert_eq!(micros(at), nanos.div_euclid(1000), "{nanos}");
            assert_eq!(micros(from_micros(micros(at)).unwrap()), micros(at));
        }
    }

    #[test]
    fn nul_is_refused_only_when_really_there() {
        assert!(check_text("a\0b").is_err());
        assert!(json_text(&serde_json::json!({"a": ["x\0"]})).is_err());
        assert!(json_text(&serde_json::json!({"a\0": 1})).is_err());
        assert_eq!(json_text(&serde_json::json!("\\u0000")).unwrap(), r#""\\u0000""#);
    }

    #[test]
    fn options_become_null() {
        assert_eq!(Value::from(None::<&str>), Value::Null);
        assert_eq!(Value::from(Some(3)), Value::Int(3));
    }
}
