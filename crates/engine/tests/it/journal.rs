//! The journal: whole after everything; each way of falsifying it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use db::{Db, Row, Statement, Value};
use engine::journal::{Entry, Fault};
use engine::{Clock, Engine, EngineError, Identifiers};
use sha2::{Digest, Sha256};

use crate::support::*;

db::statements! {
    CALLS = "select count(*) from journal where kind = 'CALL_IN'";
    TOTAL = "select count(*) from journal";
    LONGEST = "select segment_id, count(*) from journal group by segment_id order by 2 desc, 1 limit 1";
    READ = "select seq, at, organization_id, kind, interface, operation, outcome, trace_id, iud, iuv, notice_number, \
        session_id, receipt_id, duration_us, detail, hash from journal where segment_id = $1 order by seq";
    HASH_OF = "select hash from journal where segment_id = $1 and seq = $2";
    SET_AT = "update journal set at = $3 where segment_id = $1 and seq = $2";
    SET_HASH = "update journal set hash = $3 where segment_id = $1 and seq = $2";
    SET_DETAIL = "update journal set detail = $3 where segment_id = $1 and seq = $2";
    SET_HEAD = "update journal_segment set last_seq = $2, head = $3 where id = $1";
    DELETE_ENTRY = "delete from journal where segment_id = $1 and seq = $2";
    DELETE_AFTER = "delete from journal where segment_id = $1 and seq > $2";
    DELETE_SEGMENT = "delete from journal_segment where id = $1";
    FORGE_SEGMENT = "insert into journal_segment (id, opened_at, anchors, last_seq, head) \
        select 5, opened_at, '[]', 0, head from journal_segment where id = $1";
    FORGE_ENTRY = "insert into journal (segment_id, seq, at, organization_id, kind, interface, operation, outcome, \
        trace_id, detail, hash) select segment_id, $2, at, organization_id, kind, interface, operation, outcome, \
        trace_id, detail, hash from journal where segment_id = $1 and seq = 1";
    MORE_OPERATION = "update journal set operation = operation || 'x' where segment_id = $1 and seq = $2";
    LESS_OPERATION = "update journal set operation = substr(operation, 1, length(operation) - 1) where segment_id = $1 and seq = $2";
    MORE_KIND = "update journal set kind = kind || 'x' where segment_id = $1 and seq = $2";
    LESS_KIND = "update journal set kind = substr(kind, 1, length(kind) - 1) where segment_id = $1 and seq = $2";
    OTHER_KIND = "update journal set kind = 'CALL_IN' where segment_id = $1 and seq = $2";
    SAME_KIND = "update journal set kind = 'EVENT' where segment_id = $1 and seq = $2";
    MORE_INTERFACE = "update journal set interface = interface || 'x' where segment_id = $1 and seq = $2";
    LESS_INTERFACE = "update journal set interface = substr(interface, 1, length(interface) - 1) where segment_id = $1 and seq = $2";
    MORE_OUTCOME = "update journal set outcome = outcome || 'x' where segment_id = $1 and seq = $2";
    LESS_OUTCOME = "update journal set outcome = substr(outcome, 1, length(outcome) - 1) where segment_id = $1 and seq = $2";
    MORE_TRACE = "update journal set trace_id = trace_id || 'x' where segment_id = $1 and seq = $2";
    LESS_TRACE = "update journal set trace_id = substr(trace_id, 1, length(trace_id) - 1) where segment_id = $1 and seq = $2";
    MORE_DETAIL = "update journal set detail = detail || ' ' where segment_id = $1 and seq = $2";
    LESS_DETAIL = "update journal set detail = substr(detail, 1, length(detail) - 1) where segment_id = $1 and seq = $2";
    MORE_IUV = "update journal set iuv = iuv || '1' where segment_id = $1 and seq = $2";
    LESS_IUV = "update journal set iuv = substr(iuv, 1, length(iuv) - 1) where segment_id = $1 and seq = $2";
    SWAP_IUD = "update journal set receipt_id = iud, iud = null where segment_id = $1 and seq = $2";
    SWAP_BACK = "update journal set iud = receipt_id, receipt_id = null where segment_id = $1 and seq = $2";
    EMPTY_SESSION = "update journal set session_id = '' where segment_id = $1 and seq = $2";
    NO_SESSION = "update journal set session_id = null where segment_id = $1 and seq = $2";
    SOME_DURATION = "update journal set duration_us = 0 where segment_id = $1 and seq = $2";
    NO_DURATION = "update journal set duration_us = null where segment_id = $1 and seq = $2";
    MORE_ENTE = "update journal set organization_id = organization_id + 1 where segment_id = $1 and seq = $2";
    LESS_ENTE = "update journal set organization_id = organization_id - 1 where segment_id = $1 and seq = $2";
}

/// Two writers: the longest chain of the first is anchored by the segment of the second.
struct Story {
    world: World,
    segment: i64,
    last: i64,
}

async fn stories() -> Vec<Story> {
    let mut all = Vec::new();
    for world in worlds().await {
        for n in 0..24 {
            world.create(&world.ente, &format!("IUD{n}"), 100).await;
        }
        let (segment, last) =
            world.db.read(|tx| tx.one(&LONGEST, &[], |row| Ok((row.int(0)?, row.int(1)?)))).await.unwrap();
        assert!(last >= 6);
        let replica = world.replica().await;
        replica.positions.create(&call(), world.other.id, content(&world.other, "LATER", 5)).await.unwrap();
        replica.close().await;
        world.verify().await;
        all.push(Story { world, segment, last });
    }
    all
}

impl Story {
    async fn run(&self, steps: Vec<(&'static Statement, Vec<Value>)>) {
        self.world
            .db
            .write(move |tx| {
                for (statement, values) in &steps {
                    assert!(tx.exec(statement, values)? > 0, "{} changed nothing", statement.name());
                }
                Ok::<_, db::DbError>(())
            })
            .await
            .unwrap();
    }

    async fn faults(&self) -> Vec<Fault> {
        self.world.engine.journal.verify().await.unwrap().faults
    }

    async fn entries(&self) -> Vec<Stored> {
        let segment = self.segment;
        self.world.db.read(move |tx| tx.rows(&READ, &[segment.into()], Stored::read)).await.unwrap()
    }
}

#[tokio::test]
async fn every_altered_field_is_told() {
    for story in stories().await {
        let cases: [(&'static Statement, &'static Statement); 14] = [
            (&MORE_OPERATION, &LESS_OPERATION),
            (&MORE_KIND, &LESS_KIND),
            (&OTHER_KIND, &SAME_KIND),
            (&MORE_INTERFACE, &LESS_INTERFACE),
            (&MORE_OUTCOME, &LESS_OUTCOME),
            (&MORE_TRACE, &LESS_TRACE),
            (&MORE_DETAIL, &LESS_DETAIL),
            (&MORE_IUV, &LESS_IUV),
            (&SWAP_IUD, &SWAP_BACK),
            (&EMPTY_SESSION, &NO_SESSION),
            (&SOME_DURATION, &NO_DURATION),
            (&MORE_ENTE, &LESS_ENTE),
            (&SWAP_IUD, &SWAP_BACK),
            (&MORE_OPERATION, &LESS_OPERATION),
        ];
        for (index, (alter, restore)) in cases.into_iter().enumerate() {
            // Also the last entry, that no other follows.
            let seq = if index >= 12 { story.last } else { story.last - 1 };
            let keys = vec![story.segment.into(), seq.into()];
            story.run(vec![(alter, keys.clone())]).await;
            let [fault] = &story.faults().await[..] else { panic!("{}: one fault", alter.name()) };
            assert_eq!((fault.segment, fault.seq), (story.segment, seq), "{}", alter.name());
            story.run(vec![(restore, keys)]).await;
            assert_eq!(story.faults().await, [], "{}", restore.name());
        }
        let now = story.world.clock.now();
        let moved = now + jiff::SignedDuration::from_micros(1);
        story.run(vec![(&SET_AT, vec![story.segment.into(), 2.into(), moved.into()])]).await;
        assert_eq!(story.faults().await.len(), 1, "the time of an entry");
        story.run(vec![(&SET_AT, vec![story.segment.into(), 2.into(), now.into()])]).await;
        story.run(vec![(&SET_HASH, vec![story.segment.into(), 2.into(), vec![0_u8; 32].into()])]).await;
        // Another segment may have been opened on that entry, and complains as well.
        let mut faults = story.faults().await;
        faults.retain(|fault| fault.what.contains("does not follow"));
        assert_eq!(faults.iter().map(|f| f.seq).collect::<Vec<_>>(), [2, 3], "the hash of an entry");
    }
}

#[tokio::test]
async fn missing_entries_are_told() {
    for story in stories().await {
        story.run(vec![(&DELETE_ENTRY, vec![story.segment.into(), 3.into()])]).await;
        let faults = story.faults().await;
        assert!(
            faults
                .iter()
                .any(|f| (f.segment, f.seq) == (story.segment, 4) && f.what.contains("after 2 are missing"))
        );
    }
    for story in stories().await {
        story.run(vec![(&DELETE_AFTER, vec![story.segment.into(), (story.last - 2).into()])]).await;
        let faults = story.faults().await;
        assert!(faults.iter().any(|f| f.what.starts_with("the chain ends at")), "{faults:?}");
        assert!(faults.iter().any(|f| f.what.contains("opened on an entry")), "{faults:?}");
    }
}

#[tokio::test]
async fn a_tail_cut_off_with_its_head_moved_is_told_by_a_later_segment() {
    for story in stories().await {
        let (segment, keep) = (story.segment, story.last - 2);
        let hash = story
            .world
            .db
            .read(move |tx| tx.one(&HASH_OF, &[segment.into(), keep.into()], |row| row.blob(0)));
        let hash = hash.await.unwrap();
        story
            .run(vec![
                (&DELETE_AFTER, vec![segment.into(), keep.into()]),
                (&SET_HEAD, vec![segment.into(), keep.into(), hash.into()]),
            ])
            .await;
        let faults = story.faults().await;
        assert!(
            !faults.is_empty() && faults.iter().all(|f| f.segment == segment && f.seq > keep),
            "{faults:?}"
        );
        assert!(faults[0].what.contains("opened on an entry that is no longer there"));
    }
}

#[tokio::test]
async fn a_chain_computed_anew_is_told_by_a_later_segment() {
    for story in stories().await {
        let segment = story.segment;
        let mut entries = story.entries().await;
        // This test knows the arithmetic from its description only: first see that it agrees.
        for pair in entries.windows(2) {
            assert_eq!(pair[1].next(&pair[0].hash), pair[1].hash);
        }
        entries[2].detail = r#"{"amount":1}"#.to_owned();
        let mut steps: Vec<(&'static Statement, Vec<Value>)> =
            vec![(&SET_DETAIL, vec![segment.into(), 3.into(), entries[2].detail.as_str().into()])];
        let mut previous = entries[1].hash.clone();
        for entry in entries.iter().skip(2) {
            previous = entry.next(&previous);
            steps.push((&SET_HASH, vec![segment.into(), entry.seq.into(), previous.clone().into()]));
        }
        steps.push((&SET_HEAD, vec![segment.into(), story.last.into(), previous.into()]));
        story.run(steps).await;
        let faults = story.faults().await;
        assert!(
            !faults.is_empty() && faults.iter().all(|f| f.what.contains("opened on an entry")),
            "{faults:?}"
        );
    }
}

#[tokio::test]
async fn forged_and_vanished_segments_are_told() {
    for story in stories().await {
        story.run(vec![(&FORGE_SEGMENT, vec![story.segment.into()])]).await;
        let [fault] = &story.faults().await[..] else { panic!("one fault") };
        assert_eq!(fault.segment, 5);
    }
    for story in stories().await {
        story.run(vec![(&FORGE_ENTRY, vec![story.segment.into(), (story.last + 1).into()])]).await;
        let faults = story.faults().await;
        assert!(
            faults.iter().any(|f| f.seq == story.last + 1 && f.what.contains("does not follow")),
            "{faults:?}"
        );
    }
    for story in stories().await {
        story.run(vec![(&DELETE_SEGMENT, vec![story.segment.into()])]).await;
        let faults = story.faults().await;
        assert!(faults.iter().any(|f| f.what.contains("belong to no segment")), "{faults:?}");
        story.run(vec![(&DELETE_AFTER, vec![story.segment.into(), 0.into()])]).await;
        let faults = story.faults().await;
        assert!(!faults.is_empty() && faults.iter().all(|f| f.segment == story.segment), "{faults:?}");
    }
}

/// A unit of work that rolls back after its entry was appended.
async fn rolled_back(db: &Db, engine: &Engine, entry: Entry) {
    let journal = engine.journal.clone();
    let outcome: Result<(), EngineError> = db
        .write(move |tx| {
            journal.append(tx, std::slice::from_ref(&entry))?;
            Err(EngineError::Internal("no".to_owned()))
        })
        .await;
    assert!(outcome.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_and_failures_together_leave_it_whole() {
    for world in worlds().await {
        let engines = [world.engine.clone(), world.replica().await, world.replica().await];
        let ente = world.ente.clone();
        let done = Arc::new(AtomicBool::new(false));
        let watcher = tokio::spawn({
            let (engine, done) = (world.engine.clone(), done.clone());
            async move {
                let mut rounds = 0;
                while !done.load(Ordering::SeqCst) {
                    // Whole at every moment, not only at rest.
                    assert_eq!(engine.journal.verify().await.unwrap().faults, []);
                    rounds += 1;
                }
                rounds
            }
        });
        let accepted = at_once(24, |n| {
            let (engine, ente, db) = (engines[n % 3].clone(), ente.clone(), Db::clone(&world.db));
            async move {
                let mut accepted = 0;
                for k in 0..6 {
                    let code = format!("IUD{n}-{k}");
                    let created =
                        engine.positions.create(&call(), ente.id, content(&ente, &code, 100)).await.unwrap();
                    let content = receipt(&ente, &created.notice_number.unwrap(), "R", 100);
                    let entry = Entry::call_in(&call(), engine.clock().now(), Some(ente.id), "OK");
                    engine.journal.note(entry.clone()).await;
                    if k % 2 == 0 {
                        rolled_back(&db, &engine, entry).await;
                    }
                    let outcome = engine.receipts.accept(&call(), ente.id, content, vec![1]).await;
                    accepted += i64::from(outcome.is_ok());
                }
                accepted
            }
        })
        .await;
        done.store(true, Ordering::SeqCst);
        assert!(watcher.await.unwrap() > 0);
        for engine in &engines {
            engine.journal.flush().await;
        }
        let accepted: i64 = accepted.iter().sum();
        assert_eq!(accepted, 144);
        assert_eq!(world.events("receipt.accepted").await, accepted);
        assert_eq!(world.events("installment.created").await, 144);
        assert_eq!(world.db.read(|tx| tx.one(&CALLS, &[], |row| row.int(0))).await.unwrap(), 144);
        world.verify().await;
        let verification = world.engine.journal.verify().await.unwrap();
        let total = world.db.read(|tx| tx.one(&TOTAL, &[], |row| row.int(0))).await.unwrap();
        assert_eq!(i64::try_from(verification.entries).unwrap(), total);
        assert!(verification.segments >= 3);
    }
}

#[tokio::test]
async fn noted_calls_are_written_at_closing() {
    for world in worlds().await {
        for n in 0..1500 {
            let identifiers = Identifiers { iud: Some(format!("IUD{n}")), ..Identifiers::default() };
            let entry = Entry::call_in(&call(), world.clock.now(), None, "OK").with(identifiers);
            world.engine.journal.note(entry).await;
        }
        world.engine.clone().close().await;
        let db = db::Db::open(world.db.options()).await.unwrap();
        assert_eq!(db.read(|tx| tx.one(&CALLS, &[], |row| row.int(0))).await.unwrap(), 1500);
        db.close().await;
        let again = world.replica().await;
        assert_eq!(again.journal.verify().await.unwrap().faults, []);
    }
}

#[tokio::test]
async fn an_entry_that_no_store_takes_does_not_hold_up_the_others() {
    for world in worlds().await {
        for n in 0..100 {
            let outcome = if n == 37 || n == 80 { "with a \0" } else { "OK" };
            world.engine.journal.note(Entry::call_in(&call(), world.clock.now(), None, outcome)).await;
        }
        tokio::time::timeout(std::time::Duration::from_secs(10), world.engine.journal.flush()).await.unwrap();
        assert_eq!(world.db.read(|tx| tx.one(&CALLS, &[], |row| row.int(0))).await.unwrap(), 98);
        world.verify().await;
    }
}

struct Stored {
    seq: i64,
    at: i64,
    organization: Option<i64>,
    texts: [String; 5],
    identifiers: [Option<String>; 5],
    duration: Option<i64>,
    detail: String,
    hash: Vec<u8>,
}

impl Stored {
    fn read(row: &Row<'_>) -> Result<Self, db::DbError> {
        Ok(Self {
            seq: row.int(0)?,
            at: row.time(1)?.as_microsecond(),
            organization: row.opt_int(2)?,
            texts: [row.text(3)?, row.text(4)?, row.text(5)?, row.text(6)?, row.text(7)?],
            identifiers: [
                row.opt_text(8)?,
                row.opt_text(9)?,
                row.opt_text(10)?,
                row.opt_text(11)?,
                row.opt_text(12)?,
            ],
            duration: row.opt_int(13)?,
            detail: row.text(14)?,
            hash: row.blob(15)?,
        })
    }

    /// SHA-256 over the hash before and the fields, each with its length in eight bytes; those that may
    /// be absent after a byte that tells.
    fn next(&self, previous: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        field(&mut hash, previous);
        field(&mut hash, &self.at.to_be_bytes());
        optional(&mut hash, self.organization.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
        for text in &self.texts {
            field(&mut hash, text.as_bytes());
        }
        for text in &self.identifiers {
            optional(&mut hash, text.as_deref().map(str::as_bytes));
        }
        optional(&mut hash, self.duration.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
        field(&mut hash, self.detail.as_bytes());
        hash.finalize().to_vec()
    }
}

fn field(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

fn optional(hash: &mut Sha256, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            hash.update([1]);
            field(hash, bytes);
        }
        None => hash.update([0]),
    }
}
