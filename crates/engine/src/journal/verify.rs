//! Recomputation of every chain, segment by segment, in constant memory.

use std::borrow::Cow;
use std::collections::HashMap;

use db::{Db, Row, Tx, Value, statements};

use super::FIND_HEAD;
use super::chain::{self, Anchor};
use super::entry::{Entry, Kind};
use crate::call::Identifiers;
use crate::error::EngineError;
use crate::ids::OrganizationId;

statements! {
    /// All segments in order of opening.
    SEGMENTS = "select id, opened_at, anchors from journal_segment order by id";
    /// A page of a segment.
    PAGE = "select seq, at, organization_id, kind, interface, operation, outcome, trace_id, iud, iuv, notice_number, \
        session_id, receipt_id, duration_us, detail, hash from journal where segment_id = $1 and seq > $2 \
        order by seq limit 1000";
    /// The hash of one entry, to check an anchor.
    HASH_AT = "select hash from journal where segment_id = $1 and seq = $2";
    /// Entries that belong to no segment.
    ORPHANS = "select count(*) from journal j where not exists (select 1 from journal_segment s where s.id = j.segment_id)";
}

/// The answer of a verification.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// Segments read.
    pub segments: u64,
    /// Entries read.
    pub entries: u64,
    /// What is broken; empty when the journal is whole.
    pub faults: Vec<Fault>,
}

/// One broken place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The segment.
    pub segment: i64,
    /// The entry at or after which the chain does not hold.
    pub seq: i64,
    /// What is wrong.
    pub what: String,
}

struct Segment {
    id: i64,
    opened_at: jiff::Timestamp,
    anchors: String,
}

/// One entry as stored: its number, its content unless it is not even readable, its hash.
type Stored = (i64, Option<Entry>, Vec<u8>);

pub(super) async fn verify(db: &Db) -> Result<Verification, EngineError> {
    let segments: Vec<Segment> = db
        .read(|tx| {
            Ok::<_, EngineError>(tx.rows(&SEGMENTS, &[], |row| {
                Ok(Segment { id: row.int(0)?, opened_at: row.time(1)?, anchors: row.text(2)? })
            })?)
        })
        .await?;
    let mut answer =
        Verification { segments: u64::try_from(segments.len()).unwrap_or(0), ..Verification::default() };
    let mut zero: HashMap<i64, String> = HashMap::new();
    for segment in &segments {
        let genesis = chain::genesis(segment.id, segment.opened_at, &segment.anchors);
        zero.insert(segment.id, chain::hex(&genesis));
        walk(db, segment, genesis.to_vec(), &mut answer).await?;
    }
    for segment in &segments {
        check_anchors(db, segment, &zero, &mut answer).await?;
    }
    let orphans = db.read(|tx| Ok::<_, EngineError>(tx.one(&ORPHANS, &[], |row| row.int(0))?)).await?;
    if orphans > 0 {
        answer.faults.push(Fault {
            segment: 0,
            seq: 0,
            what: format!("{orphans} entries belong to no segment"),
        });
    }
    Ok(answer)
}

async fn walk(
    db: &Db,
    segment: &Segment,
    genesis: Vec<u8>,
    answer: &mut Verification,
) -> Result<(), EngineError> {
    let id = segment.id;
    let (mut seq, mut hash) = (0, genesis);
    loop {
        let after = seq;
        // One snapshot for page and head: the journal may be growing meanwhile.
        let (page, head) = db.read(move |tx| read_page(tx, id, after)).await?;
        if page.is_empty() {
            if head.as_ref() != Some(&(seq, hash)) {
                let said = head.map_or_else(|| "nothing".to_owned(), |(last, _)| last.to_string());
                let what = format!("the chain ends at {seq}, the segment says {said}");
                answer.faults.push(Fault { segment: id, seq, what });
            }
            return Ok(());
        }
        for (found, entry, stored) in page {
            answer.entries += 1;
            if found != seq + 1 {
                answer.faults.push(Fault {
                    segment: id,
                    seq: found,
                    what: format!("entries after {seq} are missing"),
                });
            }
            if entry.is_none_or(|entry| stored != chain::next(&hash, &entry)) {
                answer.faults.push(Fault {
                    segment: id,
                    seq: found,
                    what: "the hash does not follow".to_owned(),
                });
            }
            // Go on from what is stored, so that one altered entry is reported once.
            (seq, hash) = (found, stored);
        }
    }
}

/// Entries after a number, and the head of their segment at the same moment.
#[allow(clippy::type_complexity, reason = "named nowhere else")]
fn read_page(
    tx: &mut Tx<'_>,
    segment: i64,
    after: i64,
) -> Result<(Vec<Stored>, Option<(i64, Vec<u8>)>), EngineError> {
    let page = tx.rows(&PAGE, &[segment.into(), after.into()], read_entry)?;
    let head = tx.opt(&FIND_HEAD, &[segment.into()], |row| Ok((row.int(0)?, row.blob(1)?)))?;
    Ok((page, head))
}

async fn check_anchors(
    db: &Db,
    segment: &Segment,
    zero: &HashMap<i64, String>,
    answer: &mut Verification,
) -> Result<(), EngineError> {
    let Ok(anchors) = serde_json::from_str::<Vec<Anchor>>(&segment.anchors) else {
        let what = "its anchors cannot be read".to_owned();
        answer.faults.push(Fault { segment: segment.id, seq: 0, what });
        return Ok(());
    };
    for anchor in anchors {
        let (other, seq) = (anchor.segment, anchor.seq);
        let found = if seq == 0 {
            zero.get(&other).cloned()
        } else {
            db.read(move |tx| {
                Ok::<_, EngineError>(
                    tx.opt(&HASH_AT, &[Value::Int(other), Value::Int(seq)], |row| row.blob(0))?,
                )
            })
            .await?
            .map(|hash| chain::hex(&hash))
        };
        if found.as_ref() != Some(&anchor.hash) {
            let what = format!("segment {} was opened on an entry that is no longer there", segment.id);
            answer.faults.push(Fault { segment: other, seq, what });
        }
    }
    Ok(())
}

fn read_entry(row: &Row<'_>) -> Result<Stored, db::DbError> {
    let Some(kind) = Kind::parse(row.str(3)?) else { return Ok((row.int(0)?, None, row.blob(15)?)) };
    let entry = Entry {
        at: row.time(1)?,
        organization: row.opt_int(2)?.map(OrganizationId::new),
        kind,
        interface: Cow::Owned(row.text(4)?),
        operation: row.text(5)?,
        outcome: row.text(6)?,
        trace: row.text(7)?,
        identifiers: Identifiers {
            iud: row.opt_text(8)?,
            iuv: row.opt_text(9)?,
            notice_number: row.opt_text(10)?,
            session_id: row.opt_text(11)?,
            receipt_id: row.opt_text(12)?,
        },
        duration_us: row.opt_int(13)?,
        detail: row.text(14)?,
    };
    Ok((row.int(0)?, Some(entry), row.blob(15)?))
}
