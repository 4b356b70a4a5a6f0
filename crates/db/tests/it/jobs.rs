//! Queue, schedules, leases.

use super::*;
use db::{
    Isolation,
    queue::{self, Backoff, Claim, Failed, JobState, NewJob},
};
use jiff::{SignedDuration, Timestamp};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

const LEASE: SignedDuration = SignedDuration::from_secs(30);
const BACKOFF: Backoff = Backoff { first: SignedDuration::from_secs(10), cap: SignedDuration::from_secs(60) };

fn job(kind: &'static str, key: Option<&'static str>, due: i64) -> NewJob<'static> {
    NewJob { kind, key, payload: serde_json::json!({"n": due}), due_at: at(due), max_attempts: 3 }
}

fn any(worker: &str, limit: u32) -> Claim {
    Claim { worker: worker.into(), kinds: vec![], limit, lease: LEASE }
}

async fn enqueue(db: &db::Db, new: NewJob<'static>, now: i64) -> Option<i64> {
    db.write(move |tx| queue::enqueue(tx, &new, at(now))).await.unwrap()
}

async fn state(db: &db::Db, id: i64) -> JobState {
    db.read(move |tx| queue::find(tx, id)).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_job_is_claimed_when_due_and_done_once() {
    for db in all().await {
        let id = enqueue(&db, job("mail", None, 10), 0).await.unwrap();
        assert_eq!(db.read(queue::next_due).await.unwrap(), Some(at(10)));
        assert!(db.claim(any("w", 5), at(9)).await.unwrap().is_empty());
        let claimed = db.claim(any("w", 5), at(10)).await.unwrap();
        assert_eq!(claimed.len(), 1);
        let job = claimed[0].clone();
        assert_eq!((job.id, job.attempt, job.payload["n"].as_i64()), (id, 1, Some(10)));
        assert!(db.claim(any("v", 5), at(11)).await.unwrap().is_empty());
        let done = job.clone();
        assert!(db.write(move |tx| queue::complete(tx, &done, at(12))).await.unwrap());
        assert!(!db.write(move |tx| queue::complete(tx, &job, at(12))).await.unwrap(), "only once");
        assert_eq!(state(&db, id).await, JobState::Done);
        assert_eq!(db.read(queue::counts).await.unwrap(), [("mail".to_owned(), JobState::Done, 1)]);
        assert_eq!(db.write(|tx| queue::purge(tx, at(12), 10)).await.unwrap(), 0);
        assert_eq!(db.write(|tx| queue::purge(tx, at(13), 10)).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn enqueueing_goes_with_its_unit() {
    for db in all().await {
        let e = db
            .write(|tx| -> Result<(), DbError> {
                queue::enqueue(tx, &job("mail", None, 0), at(0))?;
                Err(DbError::Conflict)
            })
            .await;
        assert!(e.is_err());
        assert!(db.claim(any("w", 5), at(100)).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_key_is_open_once_and_a_running_job_is_told_to_run_again() {
    for db in all().await {
        let id = enqueue(&db, job("push", Some("k"), 0), 0).await.unwrap();
        assert_eq!(enqueue(&db, job("push", Some("k"), 0), 0).await, None);
        assert!(enqueue(&db, job("other", Some("k"), 500), 0).await.is_some());
        let claimed = db.claim(any("w", 1), at(1)).await.unwrap().remove(0);
        assert_eq!(claimed.id, id);
        // Asked for again while running: the worker may have looked before the change.
        assert_eq!(enqueue(&db, job("push", Some("k"), 1), 1).await, None);
        assert!(db.write(move |tx| queue::complete(tx, &claimed, at(2))).await.unwrap());
        let again = db.claim(any("w", 1), at(2)).await.unwrap().remove(0);
        assert_eq!((again.id, again.attempt), (id, 1));
        assert!(db.write(move |tx| queue::complete(tx, &again, at(3))).await.unwrap());
        assert_eq!(state(&db, id).await, JobState::Done);
        // Closed: the key is free.
        assert!(enqueue(&db, job("push", Some("k"), 5), 5).await.is_some());
    }
}

#[tokio::test]
async fn a_lost_lease_fences_the_late_worker() {
    for db in all().await {
        let id = enqueue(&db, job("mail", None, 0), 0).await.unwrap();
        let first = db.claim(any("a", 1), at(0)).await.unwrap().remove(0);
        let beat = first.clone();
        assert!(db.write(move |tx| queue::heartbeat(tx, &beat, LEASE, at(20))).await.unwrap());
        assert!(db.claim(any("b", 1), at(49)).await.unwrap().is_empty(), "the heartbeat lengthened it");
        let second = db.claim(any("b", 1), at(50)).await.unwrap().remove(0);
        assert_eq!((second.id, second.attempt), (id, 2));
        let late = first.clone();
        assert!(!db.write(move |tx| queue::complete(tx, &late, at(51))).await.unwrap());
        let late = first.clone();
        assert!(!db.write(move |tx| queue::heartbeat(tx, &late, LEASE, at(51))).await.unwrap());
        let failed = db.write(move |tx| queue::fail(tx, &first, "late", &BACKOFF, 0, at(51))).await.unwrap();
        assert_eq!(failed, Failed::Lost);
        assert!(db.write(move |tx| queue::complete(tx, &second, at(51))).await.unwrap());
    }
}

#[tokio::test]
async fn failures_back_off_until_death_and_an_operator_revives() {
    for db in all().await {
        let id = enqueue(&db, job("mail", Some("k"), 0), 0).await.unwrap();
        let mut now = 0;
        for attempt in 1..=3 {
            let claimed = db.claim(any("w", 1), at(now)).await.unwrap().remove(0);
            assert_eq!(claimed.attempt, attempt);
            let outcome = db
                .write(move |tx| queue::fail(tx, &claimed, "no route", &BACKOFF, u64::MAX, at(now)))
                .await
                .unwrap();
            match outcome {
                Failed::RetryAt(t) if attempt < 3 => {
                    assert!(db.claim(any("w", 1), at(now)).await.unwrap().is_empty());
                    now = t.as_second() - at(0).as_second() + 1;
                }
                Failed::Dead => assert_eq!(attempt, 3),
                other => panic!("{other:?}"),
            }
        }
        let dead = db.read(move |tx| queue::dead(tx, at(now + 1), 10)).await.unwrap();
        assert_eq!(dead[0].last_error.as_deref(), Some("no route"));
        assert!(db.write(move |tx| queue::retry(tx, id, at(now))).await.unwrap());
        assert!(!db.write(move |tx| queue::retry(tx, id, at(now))).await.unwrap());
        let claimed = db.claim(any("w", 1), at(now)).await.unwrap().remove(0);
        assert_eq!(claimed.attempt, 1);
        // Given back on a graceful stop: the attempt does not count.
        assert!(db.write(move |tx| queue::release(tx, &claimed, at(now))).await.unwrap());
        assert_eq!(db.claim(any("w", 1), at(now)).await.unwrap().remove(0).attempt, 1);
    }
}

#[tokio::test]
async fn a_job_that_kills_its_workers_is_buried() {
    for db in all().await {
        let id = enqueue(&db, job("mail", None, 0), 0).await.unwrap();
        for n in 0..3 {
            assert_eq!(db.claim(any("w", 1), at(n * 31)).await.unwrap().len(), 1);
        }
        assert!(db.claim(any("w", 1), at(3 * 31)).await.unwrap().is_empty());
        assert_eq!(state(&db, id).await, JobState::Dead);
    }
}

#[tokio::test]
async fn kinds_are_kept_apart() {
    for db in all().await {
        enqueue(&db, job("a", None, 0), 0).await;
        enqueue(&db, job("b", None, 0), 0).await;
        let claim = Claim { kinds: vec!["b".into(), "c".into()], ..any("w", 5) };
        let claimed = db.claim(claim, at(0)).await.unwrap();
        assert_eq!(claimed.iter().map(|j| j.kind.as_str()).collect::<Vec<_>>(), ["b"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_workers_do_every_job_once() {
    for db in all().await {
        db.write(|tx| (0..300).try_for_each(|_| queue::enqueue(tx, &job("mail", None, 0), at(0)).map(drop)))
            .await
            .unwrap();
        let done: Arc<Mutex<BTreeMap<i64, usize>>> = Arc::default();
        let workers: Vec<_> = (0..6)
            .map(|w| {
                let (db, done) = (db.db(), Arc::clone(&done));
                tokio::spawn(async move {
                    loop {
                        let jobs = db.claim(any(&format!("w{w}"), 7), at(0)).await.unwrap();
                        if jobs.is_empty() {
                            return;
                        }
                        for job in jobs {
                            let id = job.id;
                            assert!(db.write(move |tx| queue::complete(tx, &job, at(1))).await.unwrap());
                            *done.lock().unwrap().entry(id).or_default() += 1;
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let done = done.lock().unwrap();
        assert_eq!(done.len(), 300);
        assert!(done.values().all(|n| *n == 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_worker_wakes_at_the_commit() {
    for db in all().await {
        let jobs = db.jobs();
        let woken = jobs.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        // A unit that is rolled back wakes nobody.
        let _ = db
            .write(|tx| -> Result<(), DbError> {
                queue::enqueue(tx, &job("mail", None, 0), at(0))?;
                Err(DbError::Conflict)
            })
            .await;
        assert!(tokio::time::timeout(Duration::from_millis(50), woken.as_mut()).await.is_err());
        enqueue(&db, job("mail", None, 0), 0).await;
        tokio::time::timeout(Duration::from_secs(5), woken).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_fire_once_among_replicas() {
    for db in all().await {
        db.write(|tx| {
            queue::plan(tx, "nightly", at(100))?;
            queue::plan(tx, "nightly", at(5))?;
            queue::plan(tx, "of another release", at(50))
        })
        .await
        .unwrap();
        let fire = |now: i64| {
            let db = db.db();
            async move {
                db.write_at(Isolation::Statement, move |tx| {
                    queue::fire_due(tx, at(now), |tx, name, planned| {
                        if name != "nightly" {
                            return Ok(None);
                        }
                        queue::enqueue(tx, &job("nightly", None, 0), planned)?;
                        planned
                            .checked_add(SignedDuration::from_secs(60))
                            .map(Some)
                            .map_err(|e| DbError::Other(e.to_string()))
                    })
                })
                .await
            }
        };
        assert_eq!(fire(99).await.unwrap(), 0);
        let runs: Vec<_> = (0..8).map(|_| tokio::spawn(fire(101))).collect();
        let mut total = 0;
        for run in runs {
            total += run.await.unwrap().unwrap();
        }
        assert_eq!(total, 1);
        // The next time would not be after now: told, and nothing enqueued.
        assert!(fire(500).await.is_err());
        assert!(db.write(|tx| queue::replan(tx, "nightly", at(490))).await.unwrap());
        assert_eq!(fire(500).await.unwrap(), 1);
        assert_eq!(db.claim(any("w", 10), at(500)).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn leases_have_one_holder_and_growing_tokens() {
    for db in all().await {
        let hold = |who: &'static str, now: i64| {
            let db = db.db();
            async move { db.write(move |tx| queue::hold(tx, "leader", who, LEASE, at(now))).await.unwrap() }
        };
        assert_eq!(hold("a", 0).await, Some(1));
        assert_eq!(hold("b", 10).await, None);
        assert_eq!(hold("a", 20).await, Some(1), "lengthened, same token");
        assert_eq!(hold("b", 49).await, None);
        assert_eq!(hold("b", 50).await, Some(2));
        assert_eq!(hold("a", 51).await, None);
        assert!(!db.write(|tx| queue::let_go(tx, "leader", "a", at(52))).await.unwrap());
        assert!(db.write(|tx| queue::let_go(tx, "leader", "b", at(52))).await.unwrap());
        assert_eq!(hold("b", 52).await, Some(3), "let go and taken again is another term");
    }
}
