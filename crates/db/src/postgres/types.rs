//! Binary forms of the PostgreSQL types in use. Own code because a parameter is converted to the type
//! that the server expects at that place, and refused with both names when it cannot be.

use crate::{
    error::DbError,
    value::{Value, check_date, check_text, json_text, micros},
};
use bytes::{BufMut, BytesMut};
use jiff::civil::{Date, date};
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

type Boxed = Box<dyn Error + Sync + Send>;

/// Microseconds from 1970 to 2000, PostgreSQL's epoch.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
const EPOCH: Date = date(2000, 1, 1);

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Bool(v) if *ty == Type::BOOL => out.put_u8((*v).into()),
            Self::Int(v) if *ty == Type::INT8 => out.put_i64(*v),
            Self::Int(v) if *ty == Type::INT4 => out.put_i32((*v).try_into()?),
            Self::Int(v) if *ty == Type::INT2 => out.put_i16((*v).try_into()?),
            Self::Int(v) if *ty == Type::NUMERIC => put_numeric(*v, out),
            Self::Text(v) if is_text(ty) => out.put_slice(check_text(v)?.as_bytes()),
            Self::Text(v) if *ty == Type::JSONB || *ty == Type::JSON => put_json(check_text(v)?, ty, out),
            Self::Blob(v) if *ty == Type::BYTEA => out.put_slice(v),
            Self::Time(v) if *ty == Type::TIMESTAMPTZ => out.put_i64(micros(*v) - EPOCH_MICROS),
            Self::Date(v) if *ty == Type::DATE => out.put_i32(EPOCH.until(check_date(*v)?)?.get_days()),
            Self::Json(v) if *ty == Type::JSONB || *ty == Type::JSON => put_json(&json_text(v)?, ty, out),
            Self::Json(v) if is_text(ty) => out.put_slice(json_text(v)?.as_bytes()),
            other => return Err(format!("a {} was given where {ty} is wanted", other.kind()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN)
}

fn put_json(text: &str, ty: &Type, out: &mut BytesMut) {
    if *ty == Type::JSONB {
        out.put_u8(1); // version of the binary form
    }
    out.put_slice(text.as_bytes());
}

/// `numeric`: base 10 000 digits, most significant first, with the weight of the first.
fn put_numeric(value: i64, out: &mut BytesMut) {
    let mut digits = [0_u16; 5];
    let mut count = 0_usize;
    let mut rest = value.unsigned_abs();
    for digit in &mut digits {
        if rest == 0 {
            break;
        }
        *digit = u16::try_from(rest % 10_000).unwrap_or_default();
        rest /= 10_000;
        count += 1;
    }
    let length = u16::try_from(count).unwrap_or_default();
    out.put_u16(length);
    out.put_i16(i16::try_from(count).unwrap_or_default() - 1);
    out.put_u16(if value < 0 { 0x4000 } else { 0 });
    out.put_u16(0);
    for digit in digits.iter().take(count).rev() {
        out.put_u16(*digit);
    }
}

fn fixed<const N: usize>(raw: &[u8]) -> Result<[u8; N], Boxed> {
    raw.try_into().map_err(|_| format!("{} bytes where {N} were expected", raw.len()).into())
}

/// Any whole number.
pub(crate) struct Integer(pub i64);

impl<'a> FromSql<'a> for Integer {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(match *ty {
            Type::INT8 => i64::from_be_bytes(fixed(raw)?),
            Type::INT4 => i32::from_be_bytes(fixed(raw)?).into(),
            Type::INT2 => i16::from_be_bytes(fixed(raw)?).into(),
            _ => numeric(raw)?,
        }))
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::INT2 | Type::NUMERIC)
    }
}

fn numeric(raw: &[u8]) -> Result<i64, Boxed> {
    let mut words = raw.chunks_exact(2).map(|w| fixed(w).map(i16::from_be_bytes));
    let mut next = || words.next().unwrap_or_else(|| Err("numeric cut short".into()));
    let (count, weight, sign, _scale) = (next()?, next()?, next()?, next()?);
    if sign != 0 && sign != 0x4000 {
        return Err("numeric is not a number".into());
    }
    let mut value = 0_i128;
    for position in 0..count.max(weight.saturating_add(1)) {
        let digit = if position < count { next()? } else { 0 };
        if position > weight {
            if digit != 0 {
                return Err("numeric is not a whole number".into());
            }
            continue;
        }
        value = value
            .checked_mul(10_000)
            .and_then(|v| v.checked_add(digit.into()))
            .ok_or("numeric out of range")?;
    }
    i64::try_from(if sign == 0 { value } else { -value }).map_err(|_| "numeric out of range".into())
}

/// `timestamptz` as microseconds from 1970.
pub(crate) struct Instant(pub i64);

impl<'a> FromSql<'a> for Instant {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        let micros = i64::from_be_bytes(fixed(raw)?);
        Ok(Self(micros.checked_add(EPOCH_MICROS).ok_or("infinite timestamp")?))
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

/// `date` as days from 2000.
pub(crate) struct Day(i32);

impl Day {
    pub(crate) fn date(&self) -> Result<Date, DbError> {
        EPOCH
            .checked_add(jiff::SignedDuration::from_hours(i64::from(self.0) * 24))
            .map_err(|e| DbError::Other(format!("stored date: {e}")))
            .and_then(check_date)
    }
}

impl<'a> FromSql<'a> for Day {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        Ok(Self(i32::from_be_bytes(fixed(raw)?)))
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::DATE
    }
}

/// The text of `json`, `jsonb`, or JSON kept as text.
pub(crate) struct JsonText<'a>(pub &'a str);

impl<'a> FromSql<'a> for JsonText<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
        let raw = match (ty, raw) {
            (&Type::JSONB, [1, text @ ..]) => text,
            (&Type::JSONB, _) => return Err("unknown version of jsonb".into()),
            _ => raw,
        };
        Ok(Self(std::str::from_utf8(raw)?))
    }
    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSONB | Type::JSON) || is_text(ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numeric_there_and_back() {
        for value in
            [0, 1, -1, 9_999, 10_000, -10_001, 20_000, 99_999_999_999, 1_0000_0000, i64::MAX, i64::MIN]
        {
            let mut out = BytesMut::new();
            put_numeric(value, &mut out);
            assert_eq!(numeric(&out).unwrap(), value);
        }
    }

    #[test]
    fn numeric_of_the_server() {
        // 12.00 has a trailing fraction of zero digits left out; 0.5 has one digit of weight -1.
        assert_eq!(numeric(&[0, 1, 0, 0, 0, 0, 0, 2, 0, 12]).unwrap(), 12);
        assert!(numeric(&[0, 1, 0xff, 0xff, 0, 0, 0, 1, 0x13, 0x88]).is_err());
        assert_eq!(numeric(&[0, 1, 0, 2, 0x40, 0, 0, 0, 0, 3]).unwrap(), -300_000_000);
        assert!(numeric(&[0, 0, 0, 0, 0xc0, 0, 0, 0]).is_err(), "NaN");
        assert!(numeric(&[0, 1]).is_err());
    }

    #[test]
    fn dates_there_and_back() {
        for text in ["2000-01-01", "1999-12-31", "2024-02-29", "9999-12-31", "0001-01-01"] {
            let day: Date = text.parse().unwrap();
            let mut out = BytesMut::new();
            Value::Date(day).to_sql(&Type::DATE, &mut out).unwrap();
            assert_eq!(Day::from_sql(&Type::DATE, &out).unwrap().date().unwrap(), day);
        }
    }
}
