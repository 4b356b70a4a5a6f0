//! The arithmetic of a chain: `hash(n) = SHA-256(hash(n-1) ‖ fields of entry n, each with its length)`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::entry::Entry;

/// Where a segment stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub segment: i64,
    pub seq: i64,
    pub hash: Vec<u8>,
}

/// The place of one entry in its chain.
pub(super) struct Link {
    pub seq: i64,
    pub hash: [u8; 32],
}

/// The head of another segment at the moment a segment was opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Anchor {
    pub segment: i64,
    pub seq: i64,
    pub hash: String,
}

/// Hash number zero of a segment: it binds the segment to the ones before it.
pub(super) fn genesis(segment: i64, opened_at: Timestamp, anchors: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    field(&mut hash, b"snodo journal segment 1");
    field(&mut hash, &segment.to_be_bytes());
    field(&mut hash, &opened_at.as_microsecond().to_be_bytes());
    field(&mut hash, anchors.as_bytes());
    hash.finalize().into()
}

/// The links that follow a head.
pub(super) fn link(head: &Head, entries: &[Entry]) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::with_capacity(entries.len());
    for entry in entries {
        let (seq, previous) =
            links.last().map_or((head.seq, head.hash.as_slice()), |l| (l.seq, l.hash.as_slice()));
        let hash = next(previous, entry);
        links.push(Link { seq: seq + 1, hash });
    }
    links
}

/// The hash of an entry that follows `previous`.
pub(super) fn next(previous: &[u8], entry: &Entry) -> [u8; 32] {
    let mut hash = Sha256::new();
    field(&mut hash, previous);
    field(&mut hash, &entry.at.as_microsecond().to_be_bytes());
    optional(&mut hash, entry.organization.map(|o| o.get().to_be_bytes()).as_ref().map(<[u8; 8]>::as_slice));
    for text in [entry.kind.as_str(), &entry.interface, &entry.operation, &entry.outcome, &entry.trace] {
        field(&mut hash, text.as_bytes());
    }
    let ids = &entry.identifiers;
    for text in [&ids.iud, &ids.iuv, &ids.notice_number, &ids.session_id, &ids.receipt_id] {
        optional(&mut hash, text.as_deref().map(str::as_bytes));
    }
    optional(&mut hash, entry.duration_us.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    field(&mut hash, entry.detail.as_bytes());
    hash.finalize().into()
}

fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

/// Absent and empty must differ.
fn optional(hash: &mut Sha256, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            hash.update([1]);
            field(hash, bytes);
        }
        None => hash.update([0]),
    }
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
