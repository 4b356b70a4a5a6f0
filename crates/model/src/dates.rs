//! Dates of the wire and of business: strict reading, days of Europe/Rome.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// The time zone of business dates, compiled in.
const ROME: TimeZone = jiff::tz::get!("Europe/Rome");

/// Why a text is not a date or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not written as the standard wants.
    #[error("must be written as {0}")]
    Form(&'static str),
    /// Well written, but there is no such day.
    #[error("there is no such day")]
    NoSuchDay,
    /// Well written, but there is no such time or offset.
    #[error("there is no such time of day or offset")]
    NoSuchTime,
}

const DATE_FORM: DateError = DateError::Form("YYYY-MM-DD");
const DATE_TIME_FORM: DateError = DateError::Form("YYYY-MM-DDThh:mm:ss with optional fraction and offset");

/// Reads an `xsd:date`: `YYYY-MM-DD`, optionally with an offset (`Z`, `+01:00`), which some clients of
/// MyPay write (`mypay-soap.md` §7.8) and which does not move the day.
///
/// # Errors
/// [`DateError`].
pub fn parse_date(text: &str) -> Result<Date, DateError> {
    let (date, rest) = take_date(text.as_bytes()).ok_or(DATE_FORM)?;
    if !rest.is_empty() {
        take_offset(rest).ok_or(DATE_FORM)??;
    }
    date
}

/// Reads an `xsd:dateTime`. Without offset it is a time of Europe/Rome: in the hour that comes twice the
/// first one, in the hour that does not exist the same distance after the gap.
///
/// # Errors
/// [`DateError`].
pub fn parse_date_time(text: &str) -> Result<Timestamp, DateError> {
    let (date, rest) = take_date(text.as_bytes()).ok_or(DATE_TIME_FORM)?;
    let (&b'T', rest) = rest.split_first().ok_or(DATE_TIME_FORM)? else {
        return Err(DATE_TIME_FORM);
    };
    let (time, rest) = take_time(rest).ok_or(DATE_TIME_FORM)?;
    let offset = match rest {
        [] => None,
        _ => Some(take_offset(rest).ok_or(DATE_TIME_FORM)??),
    };
    let (date, time) = (date?, time?);
    let (time, next_day) = match time {
        TimeOfDay::At(time) => (time, false),
        TimeOfDay::Midnight => (Time::midnight(), true),
    };
    let date = if next_day { date.tomorrow().map_err(|_| DateError::NoSuchDay)? } else { date };
    let local = DateTime::from_parts(date, time);
    match offset {
        Some(offset) => offset.to_timestamp(local),
        None => ROME.to_timestamp(local),
    }
    .map_err(|_| DateError::NoSuchDay)
}

/// The day of Europe/Rome at an instant: what "today" means for due dates.
#[must_use]
pub fn rome_date(instant: Timestamp) -> Date {
    rome(instant).date()
}

/// The clock of Europe/Rome at an instant.
#[must_use]
pub fn rome(instant: Timestamp) -> Zoned {
    instant.to_zoned(ROME)
}

/// The instant when a day of Europe/Rome begins.
///
/// # Errors
/// [`DateError::NoSuchDay`] at the very ends of the calendar.
pub fn rome_start_of_day(date: Date) -> Result<Timestamp, DateError> {
    ROME.to_timestamp(date.to_datetime(Time::midnight())).map_err(|_| DateError::NoSuchDay)
}

/// The instant when a day of Europe/Rome is over: the beginning of the next.
///
/// # Errors
/// [`DateError::NoSuchDay`] at the very end of the calendar.
pub fn rome_end_of_day(date: Date) -> Result<Timestamp, DateError> {
    rome_start_of_day(date.tomorrow().map_err(|_| DateError::NoSuchDay)?)
}

/// An instant as `xsd:dateTime` of Europe/Rome with milliseconds and offset:
/// `2025-03-07T10:22:31.000+01:00` (`mypay-soap.md` §7.8).
#[must_use]
pub fn format_date_time(instant: Timestamp) -> String {
    let local = rome(instant);
    // From 1893 on the offset of Rome is whole minutes; before, the seconds are dropped as everyone does.
    let minutes = local.offset().seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.abs();
    let (date, time) = (local.date(), local.time());
    format!(
        "{date}T{:02}:{:02}:{:02}.{:03}{sign}{:02}:{:02}",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond(),
        minutes / 60,
        minutes % 60
    )
}

/// A date as Italians write it: `07/03/2025`.
#[must_use]
pub fn italian_date(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

/// A time of day, or the midnight at its end (`24:00:00`).
enum TimeOfDay {
    At(Time),
    Midnight,
}

/// Reads `YYYY-MM-DD`. `None` if it is not written so; the inner result is about the calendar.
fn take_date(text: &[u8]) -> Option<(Result<Date, DateError>, &[u8])> {
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = text.split_first_chunk()? else {
        return None;
    };
    let year = i16::from(two(y1, y2)?) * 100 + i16::from(two(y3, y4)?);
    let (month, day) = (two(m1, m2)?, two(d1, d2)?);
    // XML Schema 1.0 has no year zero.
    let date = match year {
        0 => Err(DateError::NoSuchDay),
        _ => Date::new(year, month, day).map_err(|_| DateError::NoSuchDay),
    };
    Some((date, rest))
}

/// Reads `hh:mm:ss` and a fraction of any length, of which nanoseconds are kept.
fn take_time(text: &[u8]) -> Option<(Result<TimeOfDay, DateError>, &[u8])> {
    let (&[h1, h2, b':', m1, m2, b':', s1, s2], mut rest) = text.split_first_chunk()? else {
        return None;
    };
    let (hour, minute, second) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    let mut nanosecond = 0_i32;
    let mut fraction = false;
    if let [b'.', digits @ ..] = rest {
        let length = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, after) = digits.split_at_checked(length)?;
        if digits.is_empty() {
            return None;
        }
        for place in 0..9 {
            nanosecond = nanosecond * 10 + digits.get(place).map_or(0, |b| i32::from(b - b'0'));
        }
        fraction = digits.iter().any(|b| *b != b'0');
        rest = after;
    }
    let time = match (hour, minute, second) {
        (24, 0, 0) if !fraction => Ok(TimeOfDay::Midnight),
        _ => {
            Time::new(hour, minute, second, nanosecond).map(TimeOfDay::At).map_err(|_| DateError::NoSuchTime)
        }
    };
    Some((time, rest))
}

/// Reads the whole of an offset: `Z`, or sign, hours and minutes up to 14:00.
fn take_offset(text: &[u8]) -> Option<Result<Offset, DateError>> {
    let (sign, h1, h2, m1, m2) = match *text {
        [b'Z'] => return Some(Ok(Offset::UTC)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => (sign, h1, h2, m1, m2),
        _ => return None,
    };
    let (hours, minutes) = (i32::from(two(h1, h2)?), i32::from(two(m1, m2)?));
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return Some(Err(DateError::NoSuchTime));
    }
    let seconds = (hours * 60 + minutes) * 60;
    let seconds = if sign == b'-' { -seconds } else { seconds };
    Some(Offset::from_seconds(seconds).map_err(|_| DateError::NoSuchTime))
}

/// The number written by two digits.
fn two(tens: u8, units: u8) -> Option<i8> {
    let digit = |b: u8| b.is_ascii_digit().then(|| b.cast_signed() - b'0'.cast_signed());
    Some(digit(tens)? * 10 + digit(units)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Span;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn reads_dates() {
        assert_eq!(parse_date("2026-03-31"), Ok(date(2026, 3, 31)));
        assert_eq!(parse_date("2024-02-29"), Ok(date(2024, 2, 29)));
        assert_eq!(parse_date("2022-11-23+01:00"), Ok(date(2022, 11, 23)));
        assert_eq!(parse_date("2022-11-23Z"), Ok(date(2022, 11, 23)));
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01", "2026-01-00"] {
            assert_eq!(parse_date(text), Err(DateError::NoSuchDay), "{text}");
        }
        for text in [
            "",
            "2026-3-31",
            "26-03-31",
            "20260331",
            "2026/03/31",
            "31/03/2026",
            " 2026-03-31",
            "2026-03-31 ",
            "-026-03-31",
            "+2026-03-31",
            "2026-03-31T00:00:00",
            "12026-03-31",
            "2026-03-31+1:00",
            "2026-03-31z",
            "２026-03-31",
        ] {
            assert_eq!(parse_date(text), Err(DATE_FORM), "{text}");
        }
        assert_eq!(parse_date("2026-03-31+14:01"), Err(DateError::NoSuchTime));
    }

    #[test]
    fn reads_instants() {
        let instant = |text: &str| parse_date_time(text).map(|t| t.to_string());
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(instant("2025-03-07T10:22:31.000+01:00"), ok("2025-03-07T09:22:31Z"));
        assert_eq!(instant("2025-03-07T10:22:31Z"), ok("2025-03-07T10:22:31Z"));
        assert_eq!(instant("2025-03-07T10:22:31"), ok("2025-03-07T09:22:31Z"), "winter in Rome");
        assert_eq!(instant("2025-07-07T10:22:31"), ok("2025-07-07T08:22:31Z"), "summer in Rome");
        assert_eq!(instant("2025-07-07T24:00:00"), ok("2025-07-07T22:00:00Z"));
        assert_eq!(instant("2025-12-31T24:00:00Z"), ok("2026-01-01T00:00:00Z"));
        assert_eq!(instant("2025-03-30T02:30:00"), ok("2025-03-30T01:30:00Z"), "hour that does not exist");
        assert_eq!(instant("2025-10-26T02:30:00"), ok("2025-10-26T00:30:00Z"), "hour that comes twice");
        assert_eq!(instant("2025-03-07T10:22:31.1234567899Z"), ok("2025-03-07T10:22:31.123456789Z"));
        for text in [
            "2025-03-07T24:00:01",
            "2025-03-07T25:00:00",
            "2025-03-07T10:60:00",
            "2025-03-07T10:00:60",
            "2025-03-07T24:00:00.1",
            "2025-03-07T10:00:00+15:00",
            "2025-03-07T10:00:00+01:60",
        ] {
            assert_eq!(parse_date_time(text), Err(DateError::NoSuchTime), "{text}");
        }
        assert_eq!(parse_date_time("2025-02-30T10:00:00"), Err(DateError::NoSuchDay));
        for text in [
            "",
            "2025-03-07",
            "2025-03-07 10:00:00",
            "2025-03-07T10:00",
            "2025-03-07T10:00:00.",
            "2025-03-07T10:00:00+0100",
            "2025-03-07T10:00:00 Z",
            "2025-03-07T10:00:00ZZ",
            "2025-03-07t10:00:00z",
            "2025-03-07T1:00:00",
            "2025-03-07T10:00:00,5",
        ] {
            assert_eq!(parse_date_time(text), Err(DATE_TIME_FORM), "{text}");
        }
    }

    #[test]
    fn days_of_rome() {
        let at = |text: &str| rome_date(text.parse().unwrap());
        assert_eq!(at("2026-01-31T22:59:59Z"), date(2026, 1, 31));
        assert_eq!(at("2026-01-31T23:00:00Z"), date(2026, 2, 1));
        assert_eq!(at("2026-07-31T22:00:00Z"), date(2026, 8, 1));
        let day = date(2026, 3, 29);
        let hours = rome_end_of_day(day).unwrap().duration_since(rome_start_of_day(day).unwrap()).as_hours();
        assert_eq!(hours, 23, "the day when clocks go forward");
        assert_eq!(italian_date(date(2025, 3, 7)), "07/03/2025");
        assert_eq!(
            format_date_time("2025-03-07T09:22:31Z".parse().unwrap()),
            "2025-03-07T10:22:31.000+01:00"
        );
    }

    proptest! {
        #[test]
        fn every_date_reads_back(days in 0_i32..2_000_000) {
            let day = date(1, 1, 1).checked_add(Span::new().days(days)).unwrap();
            prop_assert_eq!(parse_date(&day.to_string()), Ok(day));
        }

        #[test]
        fn every_instant_reads_back(millis in -2_000_000_000_000_i64..8_000_000_000_000) {
            let instant = Timestamp::from_millisecond(millis).unwrap();
            prop_assert_eq!(parse_date_time(&instant.to_string()), Ok(instant));
            prop_assert_eq!(parse_date_time(&format_date_time(instant)), Ok(instant));
            let day = rome_date(instant);
            prop_assert!(rome_start_of_day(day).unwrap() <= instant && instant < rome_end_of_day(day).unwrap());
        }

        #[test]
        fn what_looks_like_a_date_is_one_or_is_refused(y in 0_u16..10_000, m in 0_u8..20, d in 0_u8..40) {
            let text = format!("{y:04}-{m:02}-{d:02}");
            let expected = if y == 0 { None } else { Date::new(y as i16, m as i8, d as i8).ok() };
            prop_assert_eq!(parse_date(&text).ok(), expected);
        }

        #[test]
        fn survives_any_text(text in "[0-9TZ:.+ -]{0,30}|\\PC{0,30}") {
            let _ = parse_date(&text);
            let _ = parse_date_time(&text);
        }
    }
}
