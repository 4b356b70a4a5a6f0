//! Distributions of times.

use std::time::Duration;

use serde::Serialize;

/// The spread of some times, microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Spread {
    pub count: usize,
    pub p50_us: u32,
    pub p95_us: u32,
    pub p99_us: u32,
    pub p999_us: u32,
    pub max_us: u32,
}

impl Spread {
    /// Of these times; the value at p is the smallest that at least p of them do not exceed.
    pub fn of(mut times: Vec<u32>) -> Self {
        times.sort_unstable();
        let at = |per_mille: usize| {
            let rank = (times.len() * per_mille).div_ceil(1000).max(1);
            times.get(rank - 1).copied().unwrap_or(0)
        };
        Self {
            count: times.len(),
            p50_us: at(500),
            p95_us: at(950),
            p99_us: at(990),
            p999_us: at(999),
            max_us: times.last().copied().unwrap_or(0),
        }
    }

    /// A row for people, in milliseconds.
    pub fn row(&self, name: &str) -> [String; 6] {
        let shown = |us: u32| format!("{}.{:02}", us / 1000, us % 1000 / 10);
        [
            name.to_owned(),
            shown(self.p50_us),
            shown(self.p95_us),
            shown(self.p99_us),
            shown(self.p999_us),
            shown(self.max_us),
        ]
    }
}

/// Headings of [`Spread::row`].
pub const HEADINGS: [&str; 6] = ["ms", "p50", "p95", "p99", "p99.9", "max"];

/// Whole microseconds.
pub fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let spread = Spread::of((1..=1000).rev().collect());
        assert_eq!((spread.p50_us, spread.p95_us, spread.p99_us, spread.p999_us), (500, 950, 990, 999));
        assert_eq!((spread.count, spread.max_us), (1000, 1000));
        assert_eq!(Spread::of(vec![7]).p50_us, 7);
        assert_eq!(Spread::of(vec![7]).p999_us, 7);
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
