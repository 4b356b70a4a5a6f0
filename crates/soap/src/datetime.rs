//! Dates and times of XML Schema.

use std::fmt;

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned, civil};

/// A `dateTime`: a wall-clock time, with an offset from UTC where the sender wrote one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    civil: civil::DateTime,
    offset: Option<Offset>,
}

impl DateTime {
    /// A time without offset: whose clock, the contract says (Europe/Rome throughout).
    #[must_use]
    pub fn local(civil: civil::DateTime) -> Self {
        Self { civil, offset: None }
    }

    /// A time with its offset, as it is written on the wire.
    #[must_use]
    pub fn zoned(zoned: &Zoned) -> Self {
        Self { civil: zoned.datetime(), offset: Some(zoned.offset()) }
    }

    /// The wall-clock time as written.
    #[must_use]
    pub fn civil(self) -> civil::DateTime {
        self.civil
    }

    /// The offset as written.
    #[must_use]
    pub fn offset(self) -> Option<Offset> {
        self.offset
    }

    /// The instant; `zone` tells the time where no offset was written. A time that does not exist
    /// or exists twice there (change of daylight saving) resolves as in RFC 5545.
    ///
    /// `None` beyond the range of instants.
    #[must_use]
    pub fn instant(self, zone: &TimeZone) -> Option<Timestamp> {
        match self.offset {
            Some(offset) => offset.to_timestamp(self.civil).ok(),
            None => zone.to_timestamp(self.civil).ok(),
        }
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm]`; digits beyond nanoseconds are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (text, offset) = split_offset(text)?;
        let (day, time) = text.split_once('T')?;
        let day = date(day)?;
        let (clock, fraction) = match time.split_once('.') {
            Some((clock, fraction)) => (clock, Some(fraction)),
            None => (time, None),
        };
        let bytes = clock.as_bytes();
        if bytes.len() != 8 || bytes.get(2) != Some(&b':') || bytes.get(5) != Some(&b':') {
            return None;
        }
        let part = |range| clock.get(range).and_then(|t: &str| number(t));
        let (hour, minute, second) = (part(0..2)?, part(3..5)?, part(6..8)?);
        let nanosecond = match fraction {
            Some(digits) => nanoseconds(digits)?,
            None => 0,
        };
        let narrow = |n: i32| i8::try_from(n).ok();
        let civil = if (hour, minute, second, nanosecond) == (24, 0, 0, 0) {
            day.tomorrow().ok()?.at(0, 0, 0, 0)
        } else {
            let (hour, minute, second) = (narrow(hour)?, narrow(minute)?, narrow(second)?);
            civil::DateTime::from_parts(day, civil::Time::new(hour, minute, second, nanosecond).ok()?)
        };
        Some(Self { civil, offset })
    }
}

/// Milliseconds always, finer digits where there are any, as the Java stacks of both sides print.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.civil;
        write!(f, "{:04}-{:02}-{:02}T", c.year(), c.month(), c.day())?;
        write!(f, "{:02}:{:02}:{:02}.", c.hour(), c.minute(), c.second())?;
        let nanoseconds = c.subsec_nanosecond();
        if nanoseconds % 1_000_000 == 0 {
            write!(f, "{:03}", nanoseconds / 1_000_000)?;
        } else {
            write!(f, "{nanoseconds:09}")?;
        }
        match self.offset.map(Offset::seconds) {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(seconds) => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// `YYYY-MM-DD` with an optional offset, which is dropped.
pub(crate) fn parse_date(text: &str) -> Option<civil::Date> {
    let (text, _) = split_offset(text)?;
    date(text)
}

fn date(text: &str) -> Option<civil::Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let part = |range| text.get(range).and_then(|t: &str| number(t));
    let year = i16::try_from(part(0..4)?).ok().filter(|y| *y > 0)?;
    civil::Date::new(year, i8::try_from(part(5..7)?).ok()?, i8::try_from(part(8..10)?).ok()?).ok()
}

/// The text before `Z` or `±hh:mm` (at most 14 hours), and the offset.
fn split_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    if let Some(rest) = text.strip_suffix('Z') {
        return Some((rest, Some(Offset::UTC)));
    }
    let Some(at) = text.len().checked_sub(6) else { return Some((text, None)) };
    let (Some(head), Some(tail)) = (text.get(..at), text.get(at..)) else { return Some((text, None)) };
    let negative = match tail.as_bytes().first() {
        Some(b'+') => false,
        Some(b'-') => true,
        _ => return Some((text, None)),
    };
    // `2025-01-01` also has a hyphen six from its end; only a colon tells an offset.
    let Some((hours, minutes)) = tail.get(1..).and_then(|t| t.split_once(':')) else {
        return Some((text, None));
    };
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    if minutes > 59 || hours * 60 + minutes > 14 * 60 {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    Some((head, Some(Offset::from_seconds(if negative { -seconds } else { seconds }).ok()?)))
}

fn number(digits: &str) -> Option<i32> {
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn nanoseconds(digits: &str) -> Option<i32> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    nine.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(parse_date("2025-03-07"), civil::Date::new(2025, 3, 7).ok());
        assert_eq!(parse_date("2025-03-07+01:00"), civil::Date::new(2025, 3, 7).ok());
        assert_eq!(parse_date("2024-02-29Z"), civil::Date::new(2024, 2, 29).ok());
        for bad in [
            "2025-02-29",
            "2025-3-7",
            "07/03/2025",
            "20250307",
            "",
            "2025-03-07+15:00",
            "2025-03-07T",
            "0000-01-01",
            "2025-03-07 ",
            "٢٠٢٥-٠٣-٠٧",
        ] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn date_times() {
        let rome = TimeZone::get("Europe/Rome").unwrap();
        let t = DateTime::parse("2025-03-07T10:22:31.000+01:00").unwrap();
        assert_eq!(t.to_string(), "2025-03-07T10:22:31.000+01:00");
        assert_eq!(t.instant(&rome).unwrap().to_string(), "2025-03-07T09:22:31Z");
        let local = DateTime::parse("2025-07-07T10:22:31").unwrap();
        assert_eq!(local.to_string(), "2025-07-07T10:22:31.000");
        assert_eq!(local.instant(&rome).unwrap().to_string(), "2025-07-07T08:22:31Z");
        let fine = DateTime::parse("2025-07-07T10:22:31.1234567Z").unwrap();
        assert_eq!(fine.to_string(), "2025-07-07T10:22:31.123456700Z");
        assert_eq!(DateTime::parse("2025-12-31T24:00:00").unwrap().to_string(), "2026-01-01T00:00:00.000");
        for bad in [
            "2025-03-07",
            "2025-03-07T25:00:00",
            "2025-03-07T10:22",
            "2025-03-07 10:22:31",
            "2025-03-07T10:22:31.",
            "2025-03-07T10:22:60",
            "T",
            "2025-03-07T10:22:31+1:00",
        ] {
            assert_eq!(DateTime::parse(bad), None, "{bad}");
        }
    }
}
