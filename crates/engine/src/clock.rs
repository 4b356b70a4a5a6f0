//! The one source of time. Injected, so that tests and the sandbox can move it.

use jiff::Timestamp;
use jiff::civil::Date;

/// Tells the time. Instants are UTC and cut to microseconds, the precision both databases keep.
pub trait Clock: Send + Sync + 'static {
    /// The present instant (UTC, microseconds).
    fn now(&self) -> Timestamp;

    /// The business date in Europe/Rome.
    fn today(&self) -> Date {
        model::rome_date(self.now())
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the injected clock's own source")]
    fn now(&self) -> Timestamp {
        to_microseconds(Timestamp::now())
    }
}

/// Cuts an instant to the precision of the store, so that what is hashed is what is read back.
#[must_use]
pub fn to_microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
