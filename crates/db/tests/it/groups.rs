//! Group commit: units share a commit and nothing else.

use super::*;
use db::{Isolation, params};
use std::{sync::Arc, time::Duration};
use tokio::sync::Barrier;

/// Holds the writer so that what follows waits and is committed together.
async fn hold(db: &db::Db) -> std::sync::mpsc::Sender<()> {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (entered, inside) = std::sync::mpsc::channel();
    let wait = std::sync::Mutex::new(wait);
    let holder = db.clone();
    tokio::spawn(async move {
        holder
            .write(move |_| -> Result<(), DbError> {
                entered.send(()).unwrap();
                let _ = wait.lock().unwrap().recv();
                Ok(())
            })
            .await
    });
    tokio::task::spawn_blocking(move || inside.recv().unwrap()).await.unwrap();
    go
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_units_among_good_ones_take_nothing_with_them() {
    for db in all().await {
        db.write(|tx| tx.exec(&INSERT, &params![1, 1000, "taken", 0])).await.unwrap();
        let go = if db.engine() == db::Engine::Sqlite { Some(hold(&db).await) } else { None };
        let mut tasks = Vec::new();
        for i in 0..60_i64 {
            let db = db.db();
            tasks.push(tokio::spawn(async move {
                db.write(move |tx| -> Result<i64, DbError> {
                    tx.exec(&INSERT, &params![1, i, format!("u{i}"), i])?;
                    match i % 6 {
                        1 => Err(DbError::Other("changed its mind".into())),
                        2 => panic!("on purpose"),
                        3 => tx.exec(&INSERT, &params![1, 2000 + i, "taken", 0]).map(|_| i),
                        // Refused only at the commit.
                        4 => tx.exec(&CHILD, &params![i, 1, 99_999]).map(|_| i),
                        _ => Ok(i),
                    }
                })
                .await
            }));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(go);
        for (i, task) in (0_i64..).zip(tasks) {
            let outcome = task.await.unwrap();
            match i % 6 {
                1 => assert_eq!(outcome, Err(DbError::Other("changed its mind".into()))),
                2 => assert!(outcome.unwrap_err().to_string().contains("on purpose")),
                3 => assert!(outcome.unwrap_err().is_unique("item_code")),
                4 => assert!(matches!(outcome, Err(DbError::Other(_))), "{outcome:?}"),
                _ => assert_eq!(outcome, Ok(i)),
            }
        }
        let ids = db.read(|tx| tx.rows(&LIST, &params![1], |r| r.int(0))).await.unwrap();
        let expected: Vec<i64> = (0..60).filter(|i| matches!(i % 6, 0 | 5)).chain([1000]).collect();
        assert_eq!(ids, expected, "{:?}", db.engine());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_a_group_may_fail() {
    let db = Scratch::sqlite().await.unwrap();
    prepare(&db).await.unwrap();
    let go = hold(&db).await;
    let waiting: Vec<_> = (0..4_i64)
        .map(|i| {
            let db = db.db();
            tokio::spawn(async move {
                db.write(move |tx| {
                    tx.exec(&INSERT, &params![1, i, format!("u{i}"), i])?;
                    if i < 2 { Err(DbError::Conflict) } else { Ok(()) }
                })
                .await
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(30)).await;
    drop(go);
    let mut good = 0;
    for task in waiting {
        good += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(good, 2);
    assert_eq!(db.read(|tx| tx.rows(&LIST, &params![1], |r| r.int(0))).await.unwrap(), [2, 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_writer_survives_panics() {
    for db in all().await {
        for _ in 0..20 {
            let e = db.write(|_| -> Result<(), DbError> { panic!("boom {}", 1) }).await.unwrap_err();
            assert!(e.to_string().contains("boom 1"), "{e}");
            let e = db.read(|_| -> Result<(), DbError> { panic!("boom") }).await.unwrap_err();
            assert!(e.to_string().contains("boom"), "{e}");
        }
        db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
        assert_eq!(db.read(|tx| tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_are_serial() {
    for db in all().await {
        let inside = Arc::new([const { std::sync::atomic::AtomicBool::new(false) }; 64]);
        let tasks: Vec<_> = (0..200_i64)
            .map(|i| {
                let (db, inside) = (db.db(), Arc::clone(&inside));
                tokio::spawn(async move {
                    db.write(move |tx| -> Result<usize, DbError> {
                        let slot = tx.slot();
                        let was = inside[slot].swap(true, std::sync::atomic::Ordering::SeqCst);
                        assert!(!was, "two units at once in slot {slot}");
                        tx.exec(&UPSERT, &params![slot as i64, i, format!("s{i}"), i])?;
                        inside[slot].store(false, std::sync::atomic::Ordering::SeqCst);
                        Ok(slot)
                    })
                    .await
                })
            })
            .collect();
        let mut slots = std::collections::BTreeSet::new();
        for task in tasks {
            slots.insert(task.await.unwrap().unwrap());
        }
        match db.engine() {
            db::Engine::Sqlite => assert_eq!(slots.into_iter().collect::<Vec<_>>(), [0]),
            db::Engine::Postgres => assert!(slots.iter().all(|s| *s < 4), "{slots:?}"),
        }
    }
}

/// Two units read, wait for each other, and write what they read: one must be run again.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_update_becomes_a_rerun() {
    let Some(db) = Scratch::postgres().await.unwrap() else {
        eprintln!("skipped: {} is not set", db::testing::POSTGRES);
        return;
    };
    prepare(&db).await.unwrap();
    for isolation in [Isolation::Snapshot, Isolation::Serial] {
        db.write(|tx| tx.exec(&UPSERT, &params![1, 1, "a", 0])).await.unwrap();
        let meeting = Arc::new(std::sync::Barrier::new(2));
        let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let start = Arc::new(Barrier::new(2));
        let tasks: Vec<_> = (0..2)
            .map(|_| {
                let (db, meeting, runs, start) =
                    (db.db(), Arc::clone(&meeting), Arc::clone(&runs), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    db.write_at(isolation, move |tx| -> Result<(), DbError> {
                        let amount = tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))?;
                        if runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 {
                            meeting.wait();
                        }
                        tx.exec(&SET_AMOUNT, &params![1, 1, amount + 1]).map(drop)
                    })
                    .await
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(runs.load(std::sync::atomic::Ordering::SeqCst), 3);
        assert_eq!(db.read(|tx| tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))).await.unwrap(), 2);
    }
}

/// Each waits for the row of the other.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_becomes_a_rerun() {
    let Some(db) = Scratch::postgres().await.unwrap() else { return };
    prepare(&db).await.unwrap();
    db.write(|tx| {
        tx.exec(&INSERT, &params![1, 1, "a", 0])?;
        tx.exec(&INSERT, &params![1, 2, "b", 0])
    })
    .await
    .unwrap();
    let meeting = Arc::new(std::sync::Barrier::new(2));
    let runs = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let tasks: Vec<_> = [(1, 2), (2, 1)]
        .map(|(first, second)| {
            let (db, meeting, runs) = (db.db(), Arc::clone(&meeting), Arc::clone(&runs));
            tokio::spawn(async move {
                db.write_at(Isolation::Statement, move |tx| -> Result<(), DbError> {
                    tx.one(&AMOUNT_LOCKED, &params![1, first], |r| r.int(0))?;
                    if runs.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < 2 {
                        meeting.wait();
                    }
                    tx.exec(&ADD, &params![1, second, 1]).map(drop)
                })
                .await
            })
        })
        .into_iter()
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(db.read(|tx| tx.one(&COUNT, &[], |r| r.int(1))).await.unwrap(), 2);
}

/// Money moves between a few accounts under contention; none is made or lost.
#[tokio::test(flavor = "multi_thread")]
async fn contended_transfers_keep_the_sum() {
    for db in all().await {
        db.write(|tx| (0..4).try_for_each(|i| tx.exec(&OPEN_ACCOUNT, &params![i, 1000]).map(drop)))
            .await
            .unwrap();
        let tasks: Vec<_> = (0..16_i64)
            .map(|t| {
                let db = db.db();
                tokio::spawn(async move {
                    for n in 0..20_i64 {
                        let (from, to, sum) = ((t + n) % 4, (t * 3 + n * 7 + 1) % 4, (t + n) % 50);
                        if from == to {
                            continue;
                        }
                        db.write(move |tx| -> Result<(), DbError> {
                            let a = tx.one(&BALANCE, &params![from], |r| r.int(0))?;
                            let b = tx.one(&BALANCE, &params![to], |r| r.int(0))?;
                            if a >= sum {
                                tx.exec(&SET_BALANCE, &params![from, a - sum])?;
                                tx.exec(&SET_BALANCE, &params![to, b + sum])?;
                            }
                            Ok(())
                        })
                        .await
                        .unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(db.read(|tx| tx.one(&TOTAL, &[], |r| r.int(0))).await.unwrap(), 4000);
    }
}
