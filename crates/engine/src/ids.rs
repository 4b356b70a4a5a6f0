//! Identifiers made by the application: no round trip, ordered by time, the same on both databases.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Takes a key read from the store or made by [`IdGenerator`].
            #[must_use]
            pub const fn new(key: i64) -> Self {
                Self(key)
            }

            /// The key as stored.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl From<$name> for db::Value {
            fn from(id: $name) -> Self {
                db::Value::Int(id.0)
            }
        }
    )*};
}

ids! {
    /// An ente: the tenant that owns everything below it.
    OrganizationId,
    /// A tipo dovuto of one ente.
    TypeId,
    /// A posizione debitoria.
    PositionId,
    /// A rata: what one notice asks for.
    InstallmentId,
    /// A carrello.
    CartId,
    /// A stored ricevuta (not the national `receiptId`, which is text).
    ReceiptKey,
    /// A credential of a machine client.
    CredentialId,
}

/// 2025-01-01T00:00:00Z, in milliseconds of Unix time: the epoch of our identifiers.
const EPOCH_MS: i64 = 1_735_689_600_000;
const REPLICA_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

/// Makes 63-bit keys: 41 bits of milliseconds, 10 of replica, 12 of sequence.
///
/// Strictly increasing within a process, also when the clock stands still or more than 4,096 keys are
/// asked for in one millisecond (the sequence then runs into the time bits). Two processes differ by
/// their replica tag, handed out by the database at start; the primary keys are the last guard.
#[derive(Debug)]
pub struct IdGenerator {
    replica: i64,
    last: AtomicI64,
}

impl IdGenerator {
    /// A generator for the given replica tag (only its low 10 bits count).
    #[must_use]
    pub fn new(replica: i64) -> Self {
        Self { replica: replica & ((1 << REPLICA_BITS) - 1), last: AtomicI64::new(0) }
    }

    /// The next key.
    pub fn next(&self, now: Timestamp) -> i64 {
        let tick = (now.as_millisecond() - EPOCH_MS).max(0) << SEQUENCE_BITS;
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = tick.max(last + 1);
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return self.place(next),
                Err(seen) => last = seen,
            }
        }
    }

    /// Puts the replica tag between time and sequence, so that keys stay ordered by time.
    fn place(&self, tick: i64) -> i64 {
        let sequence = tick & ((1 << SEQUENCE_BITS) - 1);
        let milliseconds = tick >> SEQUENCE_BITS;
        (milliseconds << (REPLICA_BITS + SEQUENCE_BITS)) | (self.replica << SEQUENCE_BITS) | sequence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_increase_within_and_across_milliseconds() {
        let ids = IdGenerator::new(1023);
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let keys: Vec<i64> = (0..10_000).map(|_| ids.next(now)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
        let later = ids.next(now + jiff::SignedDuration::from_secs(1));
        assert!(later > keys[9_999]);
    }

    #[test]
    fn replicas_never_make_the_same_key() {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let (a, b) = (IdGenerator::new(1), IdGenerator::new(2));
        let of_a: std::collections::HashSet<i64> = (0..5_000).map(|_| a.next(now)).collect();
        assert!((0..5_000).all(|_| !of_a.contains(&b.next(now))));
    }
}
