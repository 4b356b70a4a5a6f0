//! Background work: at least once, with back-off, loudly given up; schedules once for all replicas.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use engine::delivery::{Listener, ReceiptAccepted};
use engine::jobs::{Every, Handler, JobError, NewJob, Running};
use engine::{Engine, EngineError};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::*;

/// Does what it is told, then succeeds; remembers payloads and attempts.
#[derive(Default)]
struct Worker {
    script: Mutex<VecDeque<JobError>>,
    runs: Mutex<Vec<(Value, i64)>>,
}

impl Handler for Worker {
    fn run<'a>(&'a self, payload: &'a Value, attempt: i64) -> Running<'a> {
        Box::pin(async move {
            self.runs.lock().unwrap().push((payload.clone(), attempt));
            let told = self.script.lock().unwrap().pop_front();
            match told {
                Some(JobError::Retry(text)) if text == "panic" => panic!("a defect of the handler"),
                Some(error) => Err(error),
                None => Ok(()),
            }
        })
    }

    fn backoff(&self) -> (SignedDuration, SignedDuration) {
        (SignedDuration::from_mins(10), SignedDuration::from_hours(1))
    }
}

impl Worker {
    fn told(errors: Vec<JobError>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(errors.into()), runs: Mutex::default() })
    }

    fn attempts(&self) -> Vec<i64> {
        self.runs.lock().unwrap().iter().map(|(_, attempt)| *attempt).collect()
    }
}

fn retry(text: &str) -> JobError {
    JobError::Retry(text.to_owned())
}

/// One job of kind `push` for each receipt.
struct Push;

impl Listener for Push {
    fn receipt_accepted(&self, event: &ReceiptAccepted<'_>) -> Result<Vec<NewJob>, EngineError> {
        let payload = json!({ "receipt": event.receipt });
        Ok(vec![NewJob { kind: "push", key: None, payload, max_attempts: 3 }])
    }
}

/// A worker of the process; it ends with the sender.
fn start(engine: &Engine, name: &str) -> watch::Sender<bool> {
    let (stop, told) = watch::channel(false);
    let (jobs, name) = (engine.jobs.clone(), name.to_owned());
    tokio::spawn(async move { jobs.run(name, told).await });
    stop
}

async fn push_a_receipt(world: &World) {
    world.engine.delivery.subscribe(Arc::new(Push));
    let created = world.create(&world.ente, "IUD1", 100).await;
    world.pay(&world.ente, &created.notice_number.unwrap(), 100).await;
}

async fn reaches(engine: &Engine, state: &'static str) {
    eventually(state, || async { engine.jobs.counts().await.unwrap() == [("push".to_owned(), state, 1)] })
        .await;
}

#[tokio::test]
async fn a_job_is_tried_again_on_the_moved_clock_until_it_succeeds() {
    for world in worlds().await {
        let worker = Worker::told(vec![retry("away"), retry("panic")]);
        world.engine.jobs.register("push", worker.clone());
        push_a_receipt(&world).await;
        assert_eq!(world.engine.jobs.counts().await.unwrap(), [("push".to_owned(), "READY", 1)]);
        let stop = start(&world.engine, "w1");
        eventually("first attempt", || async { worker.attempts() == [1] }).await;
        reaches(&world.engine, "READY").await;
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(worker.attempts(), [1], "not before its time");
        world.clock.advance(600);
        eventually("second attempt, which panics", || async { worker.attempts() == [1, 2] }).await;
        reaches(&world.engine, "READY").await;
        world.clock.advance(1200);
        reaches(&world.engine, "DONE").await;
        assert_eq!(worker.attempts(), [1, 2, 3]);
        let payloads: std::collections::HashSet<_> =
            worker.runs.lock().unwrap().iter().map(|(payload, _)| payload.to_string()).collect();
        assert_eq!(payloads.len(), 1);
        assert_eq!(world.engine.jobs.purge().await.unwrap(), 0);
        world.clock.advance(8 * 24 * 3600);
        assert_eq!(world.engine.jobs.purge().await.unwrap(), 1);
        stop.send(true).unwrap();
    }
}

#[tokio::test]
async fn a_job_dies_after_its_last_attempt_or_when_it_cannot_be_helped() {
    for world in worlds().await {
        let worker = Worker::told(vec![retry("1"), retry("2"), retry("3")]);
        world.engine.jobs.register("push", worker.clone());
        push_a_receipt(&world).await;
        let _stop = start(&world.engine, "w1");
        for attempt in 1..=3 {
            eventually("an attempt", || async { worker.attempts().len() == attempt }).await;
            reaches(&world.engine, if attempt < 3 { "READY" } else { "DEAD" }).await;
            world.clock.advance(3600);
        }
        tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
        assert_eq!(worker.attempts(), [1, 2, 3]);
    }
    for world in worlds().await {
        let worker = Worker::told(vec![JobError::GiveUp("no such address".to_owned())]);
        world.engine.jobs.register("push", worker.clone());
        push_a_receipt(&world).await;
        let _stop = start(&world.engine, "w1");
        reaches(&world.engine, "DEAD").await;
        assert_eq!(worker.attempts(), [1]);
    }
}

struct Counter(Arc<AtomicUsize>);

impl Handler for Counter {
    fn run<'a>(&'a self, _: &'a Value, _: i64) -> Running<'a> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn a_schedule_fires_once_for_all_replicas() {
    for world in worlds().await {
        let count = Arc::new(AtomicUsize::new(0));
        let engines = [world.engine.clone(), world.replica().await];
        let mut stops = Vec::new();
        for (n, engine) in engines.iter().enumerate() {
            engine.jobs.register("tick", Arc::new(Counter(count.clone())));
            engine.jobs.schedule(Every { name: "tick", period: SignedDuration::from_hours(1) });
            stops.push(start(engine, &format!("w{n}")));
        }
        for expected in 1..=3 {
            eventually("a run", || async { count.load(Ordering::SeqCst) == expected }).await;
            tokio::time::sleep(std::time::Duration::from_millis(1300)).await;
            assert_eq!(count.load(Ordering::SeqCst), expected);
            world.clock.advance(3601);
        }
    }
}

#[tokio::test]
async fn workers_end_when_told_and_when_nobody_is_left_to_tell() {
    for world in worlds().await {
        for drop_it in [false, true] {
            let (stop, told) = watch::channel(false);
            let jobs = world.engine.jobs.clone();
            let running = tokio::spawn(async move { jobs.run("w".to_owned(), told).await });
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            if drop_it {
                drop(stop);
            } else {
                stop.send(true).unwrap();
            }
            tokio::time::timeout(std::time::Duration::from_secs(5), running).await.unwrap().unwrap();
        }
    }
}
