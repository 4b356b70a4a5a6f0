//! Trace identifiers: 16 bytes, the format of W3C Trace Context.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names one call, from the door through journal and logs to the answer. Never all zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// A fresh identifier: unique in the process, and, by its random seed, between processes. It is a
    /// name, not a secret: knowing some tells the others.
    #[must_use]
    pub fn generate() -> Self {
        static SEED: OnceLock<[u64; 2]> = OnceLock::new();
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let [high, low] = *SEED.get_or_init(seed);
        let count = NEXT.fetch_add(1, Ordering::Relaxed);
        // A bijection of the counter under each half of the seed: no two calls share a half.
        let halves =
            (u128::from(mix(high.wrapping_add(count))) << 64) | u128::from(mix(low ^ count.rotate_left(32)));
        Self(halves.max(1).to_be_bytes())
    }

    /// The trace of a `traceparent` header (`00-<32 hex>-<16 hex>-<2 hex>`), so that a caller's own
    /// tracing and ours speak of the same call; none when it is not one.
    #[must_use]
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let hex = |text: &str, length| text.len() == length && text.bytes().all(is_lower_hex);
        let known = hex(version, 2) && version != "ff" && hex(parent, 16) && hex(flags, 2);
        if !known || (version == "00" && parts.next().is_some()) || parent.bytes().all(|b| b == b'0') {
            return None;
        }
        Self::parse(trace)
    }

    /// Reads 32 lower-case hexadecimal digits, not all zero.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.bytes().all(is_lower_hex) {
            return None;
        }
        let value = u128::from_str_radix(text, 16).ok()?;
        (value != 0).then(|| Self(value.to_be_bytes()))
    }
}

/// 32 lower-case hexadecimal digits.
impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Random; without a source of randomness at least different between processes that live together.
fn seed() -> [u64; 2] {
    let mut bytes = [0; 16];
    if getrandom::fill(&mut bytes).is_err() {
        let here =
            u128::from(std::process::id()) | (u128::from(std::ptr::from_ref(&bytes).addr() as u64) << 64);
        bytes = here.to_be_bytes();
    }
    let both = u128::from_be_bytes(bytes);
    [(both >> 64) as u64, both as u64]
}

/// The finalizer of SplitMix64: a bijection whose output looks random.
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn identifiers_differ_and_have_32_digits() {
        let all: HashSet<String> = (0..50_000).map(|_| TraceId::generate().to_string()).collect();
        assert_eq!(all.len(), 50_000);
        assert!(all.iter().all(|id| id.len() == 32 && TraceId::parse(id).is_some()));
    }

    #[test]
    fn a_good_traceparent_is_taken_over() {
        let id =
            TraceId::from_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        // A later version may have more parts.
        assert!(
            TraceId::from_traceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x").is_some()
        );
    }

    #[test]
    fn a_bad_traceparent_is_ignored() {
        for bad in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            "00-0af7651916cd43dd8448eb211c8031\r\n-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceId::from_traceparent(bad), None, "{bad}");
        }
    }
}
