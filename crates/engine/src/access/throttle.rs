//! Slows down guessing: after some wrong secrets for one credential, nobody is answered for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

/// Wrong secrets allowed before the first pause.
const FREE: u32 = 5;
/// The longest pause.
const PAUSE_MAX_S: i64 = 60;
/// Keys remembered at most; the oldest failures are forgotten first.
const KEYS: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// Counts wrong secrets by key.
#[derive(Debug)]
pub(super) struct Throttle<K>(Mutex<HashMap<K, Failures>>);

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash + Clone> Throttle<K> {
    /// Seconds to wait before the next try counts; zero when it may be made now.
    pub fn wait_s(&self, key: &K, now: Timestamp) -> i64 {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failures) = all.get(key) else { return 0 };
        let Some(over) = failures.count.checked_sub(FREE) else { return 0 };
        let pause = 1i64.checked_shl(over.min(10)).unwrap_or(PAUSE_MAX_S).min(PAUSE_MAX_S);
        let passed = now.duration_since(failures.last).as_secs();
        (pause - passed).max(0)
    }

    /// One more wrong secret.
    pub fn failed(&self, key: K, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEYS && !all.contains_key(&key) {
            let horizon = now - SignedDuration::from_secs(PAUSE_MAX_S);
            all.retain(|_, failures| failures.last > horizon);
            if all.len() >= KEYS
                && let Some(oldest) = all.iter().min_by_key(|(_, f)| f.last).map(|(key, _)| key.clone())
            {
                all.remove(&oldest);
            }
        }
        let failures = all.entry(key).or_insert(Failures { count: 0, last: now });
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    /// A right secret clears the account.
    pub fn succeeded(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_a_success_clears_them() {
        let throttle = Throttle::default();
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for _ in 0..4 {
            throttle.failed("x", now);
        }
        assert_eq!(throttle.wait_s(&"x", now), 0);
        throttle.failed("x", now);
        assert_eq!(throttle.wait_s(&"x", now), 1);
        for _ in 0..20 {
            throttle.failed("x", now);
        }
        assert_eq!(throttle.wait_s(&"x", now), 60);
        assert_eq!(throttle.wait_s(&"x", now + SignedDuration::from_secs(61)), 0);
        assert_eq!(throttle.wait_s(&"y", now), 0);
        throttle.succeeded(&"x");
        assert_eq!(throttle.wait_s(&"x", now), 0);
    }
}
