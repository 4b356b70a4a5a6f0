//! A clock that can be moved forward, and stays forward after a restart.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use tokio::sync::watch;

use crate::error::SandboxError;

/// How far the clock may be moved in all: dates must keep four digits and stay plausible.
const MAX_OFFSET_US: i64 = 50 * 366 * 24 * 3600 * 1_000_000;

/// The time of the sandbox: the time of the machine plus an offset that only grows, kept in a
/// file so that time does not run back when the process is started again.
#[derive(Debug)]
pub struct SandboxClock {
    offset_us: AtomicI64,
    file: PathBuf,
    zone: TimeZone,
    moving: Mutex<()>,
    moved: watch::Sender<i64>,
}

/// Why the clock was not moved.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The duration is zero or negative.
    #[error("the clock only moves forward: the duration must be positive")]
    NotForward,
    /// The clock would leave the range in which dates are plausible.
    #[error("the clock cannot be more than 50 years ahead")]
    TooFar,
    /// The new offset could not be made durable; the clock did not move.
    #[error(transparent)]
    Store(#[from] SandboxError),
}

impl SandboxClock {
    /// Opens the clock whose offset is kept in `file`; a missing file means no offset.
    ///
    /// # Errors
    /// When the file cannot be read, or holds something else than an offset in microseconds
    /// that is neither negative nor beyond 50 years.
    pub fn open(file: &Path) -> Result<Self, SandboxError> {
        let offset = match std::fs::read_to_string(file) {
            Ok(text) => text
                .trim()
                .parse::<i64>()
                .ok()
                .filter(|offset| (0..=MAX_OFFSET_US).contains(offset))
                .ok_or_else(|| SandboxError::Corrupt {
                    path: file.to_owned(),
                    line: 1,
                    detail: "not an offset in microseconds".to_owned(),
                })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
            Err(source) => return Err(SandboxError::Io { path: file.to_owned(), source }),
        };
        Ok(Self {
            offset_us: AtomicI64::new(offset),
            file: file.to_owned(),
            zone: rome(),
            moving: Mutex::new(()),
            moved: watch::Sender::new(offset),
        })
    }

    /// The present instant of the sandbox (UTC, microseconds).
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let system = system_now();
        let offset = self.offset_us.load(Ordering::Acquire);
        let micros = system.as_microsecond().saturating_add(offset);
        Timestamp::from_microsecond(micros).unwrap_or(system)
    }

    /// How far ahead of the machine the clock is, in microseconds.
    #[must_use]
    pub fn offset_us(&self) -> i64 {
        self.offset_us.load(Ordering::Acquire)
    }

    /// Moves the clock forward; days, weeks, months and years are those of the calendar in
    /// Europe/Rome. Blocks on a small file.
    ///
    /// # Errors
    /// When the span is not positive, goes beyond 50 years in all, or cannot be stored.
    pub fn advance(&self, span: Span) -> Result<Timestamp, ClockError> {
        if !span.is_positive() {
            return Err(ClockError::NotForward);
        }
        let _one_at_a_time = self.moving.lock().unwrap_or_else(|e| e.into_inner());
        let from = self.now();
        let to =
            from.to_zoned(self.zone.clone()).checked_add(span).map_err(|_| ClockError::TooFar)?.timestamp();
        let forward = to.as_microsecond().saturating_sub(from.as_microsecond());
        if forward <= 0 {
            return Err(ClockError::NotForward);
        }
        let offset = self.offset_us().saturating_add(forward);
        if offset > MAX_OFFSET_US {
            return Err(ClockError::TooFar);
        }
        self.store(offset)?;
        self.offset_us.store(offset, Ordering::Release);
        self.moved.send_replace(offset);
        Ok(self.now())
    }

    /// Tells each time the clock is moved.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.moved.subscribe()
    }

    fn store(&self, offset: i64) -> Result<(), SandboxError> {
        let fresh = self.file.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&fresh)?;
            writeln!(file, "{offset}")?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.file)
        };
        write().map_err(SandboxError::io(&self.file))
    }
}

/// Europe/Rome, the zone of business dates.
pub(crate) fn rome() -> TimeZone {
    TimeZone::get("Europe/Rome").unwrap_or(TimeZone::UTC)
}

#[allow(clippy::disallowed_methods, reason = "the injected clock's own source")]
fn system_now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_forward_only_and_survives_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clock");
        let clock = SandboxClock::open(&file).unwrap();
        let before = clock.now();
        let after = clock.advance("P1DT2H".parse().unwrap()).unwrap();
        let hours = (after.as_second() - before.as_second()) / 3600;
        assert!((25..=27).contains(&hours), "{hours}");
        for span in ["-PT1S", "PT0S", "-P1D"] {
            assert!(matches!(clock.advance(span.parse().unwrap()), Err(ClockError::NotForward)));
        }
        assert!(matches!(clock.advance("P51Y".parse().unwrap()), Err(ClockError::TooFar)));
        assert!(matches!(clock.advance("P19000Y".parse().unwrap()), Err(ClockError::TooFar)));

        let again = SandboxClock::open(&file).unwrap();
        assert_eq!(again.offset_us(), clock.offset_us());
        assert!(again.now() >= after);
    }

    #[test]
    fn a_spoilt_file_is_reported_not_ignored() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("clock");
        for text in ["", "tomorrow", "-5", "9999999999999999999"] {
            std::fs::write(&file, text).unwrap();
            assert!(SandboxClock::open(&file).is_err(), "{text:?}");
        }
    }
}
