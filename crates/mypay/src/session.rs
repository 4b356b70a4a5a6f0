//! `idSession`: a UUID whose last group is the hexadecimal form of its local time `yyMMddHHmmssSSS`
//! (`mypay-soap.md` §6.1). Clients treat it as opaque; we can tell an expired one from an invented one.

use jiff::Timestamp;
use jiff::civil::DateTime;
use uuid::Uuid;

/// A session unknown to us is "expired" when its own time is older than this (§10.4).
const KNOWN_FOR_S: i64 = 3600 + 300;

/// A new session id; 36 characters until 2028, 37 after.
pub fn new_id(now: Timestamp) -> String {
    let local = model::dates::rome(now);
    let stamp = format!(
        "{:02}{:02}{:02}{:02}{:02}{:02}{:03}",
        local.year().rem_euclid(100),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond()
    );
    let stamp: u64 = stamp.parse().unwrap_or_default();
    let random = Uuid::new_v4().hyphenated().to_string();
    let head = random.rsplit_once('-').map_or(random.as_str(), |(head, _)| head);
    format!("{head}-{stamp:012x}")
}

/// Whether an id that we do not know carries a time so old that it has expired.
pub fn has_expired(id: &str, now: Timestamp) -> bool {
    made_at(id).is_some_and(|made| now.duration_since(made).as_secs() > KNOWN_FOR_S)
}

fn made_at(id: &str) -> Option<Timestamp> {
    let (_, group) = id.rsplit_once('-')?;
    let number = u64::from_str_radix(group, 16).ok()?;
    let stamp = format!("{number:015}");
    if stamp.len() != 15 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| stamp.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let small = |range| part(range).and_then(|n| i8::try_from(n).ok());
    let milliseconds = i32::from(part(12..15)?);
    let local = DateTime::new(
        2000 + part(0..2)?,
        small(2..4)?,
        small(4..6)?,
        small(6..8)?,
        small(8..10)?,
        small(10..12)?,
        milliseconds * 1_000_000,
    )
    .ok()?;
    local.in_tz("Europe/Rome").ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let at: Timestamp = "2025-03-07T10:15:30.123+01:00".parse().unwrap();
        let id = new_id(at);
        assert!(id.ends_with("-e3a729df180b"), "{id}");
        assert_eq!(id.len(), 36);
        assert_eq!(made_at(&id), Some(at));
    }

    #[test]
    fn expired_and_invented() {
        let made: Timestamp = "2025-03-07T10:15:30.123+01:00".parse().unwrap();
        let id = new_id(made);
        assert!(!has_expired(&id, made + jiff::SignedDuration::from_secs(3900)));
        assert!(has_expired(&id, made + jiff::SignedDuration::from_secs(3902)));
        assert!(!has_expired("5b1f0c77-2f6e-4a7b-9c0d-ffffffffffff", made));
        assert!(!has_expired("nonsense", made));
    }

    #[test]
    fn after_2028_it_has_37_characters() {
        let at: Timestamp = "2029-01-01T00:00:00+01:00".parse().unwrap();
        let id = new_id(at);
        assert_eq!(id.len(), 37);
        assert_eq!(made_at(&id), Some(at));
    }
}
