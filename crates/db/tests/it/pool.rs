//! Limits: waiting, withdrawing, closing, other processes.

use super::*;
use db::{Db, DbOptions, Engine, Isolation, Limits, params};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// Databases with little patience.
async fn impatient() -> Vec<Scratch> {
    let limits = Limits { patience: Duration::from_millis(150), ..Limits::default() };
    let mut all = vec![Scratch::sqlite_with(limits.clone()).await.unwrap()];
    all.extend(Scratch::postgres_with(2, limits).await.unwrap());
    for db in &all {
        prepare(db).await.unwrap();
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_too_long_is_told_and_its_unit_never_runs() {
    for db in impatient().await {
        let ran = Arc::new(AtomicUsize::new(0));
        let holders: Vec<_> = (0..2)
            .map(|_| {
                let db = db.db();
                tokio::spawn(async move {
                    db.write(|_| -> Result<(), DbError> {
                        std::thread::sleep(Duration::from_millis(600));
                        Ok(())
                    })
                    .await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let since = Instant::now();
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let (db, ran) = (db.db(), Arc::clone(&ran));
                tokio::spawn(async move {
                    db.write(move |_| -> Result<(), DbError> {
                        ran.fetch_add(1, Ordering::SeqCst);
                        Ok(())
                    })
                    .await
                })
            })
            .collect();
        for task in waiting {
            assert!(matches!(task.await.unwrap(), Err(DbError::Unavailable(_))));
        }
        assert!(since.elapsed() < Duration::from_millis(450), "{:?}", since.elapsed());
        for holder in holders {
            // On SQLite the second holder waits behind the first, and may have been told so.
            drop(holder.await.unwrap());
        }
        db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_bounded() {
    let limits = Limits { patience: Duration::from_millis(100), waiting: 3, ..Limits::default() };
    let db = Scratch::sqlite_with(limits).await.unwrap();
    let holder = db.db();
    let holding = tokio::spawn(async move {
        holder
            .write(|_| -> Result<(), DbError> {
                std::thread::sleep(Duration::from_millis(400));
                Ok(())
            })
            .await
    });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            tokio::spawn({
                let db = db.db();
                async move { db.write(|_| Ok::<_, DbError>(())).await }
            })
        })
        .collect();
    for task in tasks {
        assert!(matches!(task.await.unwrap(), Err(DbError::Unavailable(_))));
    }
    holding.await.unwrap().unwrap();
    db.write(|_| Ok::<_, DbError>(())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_withdraws_what_has_not_begun() {
    for db in all().await {
        let ran = Arc::new(AtomicUsize::new(0));
        let holders: Vec<_> = (0..4)
            .map(|_| {
                let db = db.db();
                tokio::spawn(async move {
                    db.write(|_| -> Result<(), DbError> {
                        std::thread::sleep(Duration::from_millis(200));
                        Ok(())
                    })
                    .await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let seen = Arc::clone(&ran);
        let gone = db.write(move |_| -> Result<(), DbError> {
            seen.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(20), gone).await.is_err());
        for holder in holders {
            holder.await.unwrap().unwrap();
        }
        db.write(|_| Ok::<_, DbError>(())).await.unwrap();
        assert_eq!(ran.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_finishes_what_waits_and_refuses_the_rest() {
    for scratch in all().await {
        let db = Db::open(scratch.options()).await.unwrap();
        let waiting: Vec<_> = (0..50_i64)
            .map(|i| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write(move |tx| tx.exec(&INSERT, &params![1, i, format!("c{i}"), 1])).await
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let clone = db.clone();
        db.close().await;
        let mut stored = 0;
        for task in waiting {
            match task.await.unwrap() {
                Ok(_) => stored += 1,
                Err(e) => assert!(matches!(e, DbError::Unavailable(_)), "{e}"),
            }
        }
        assert!(matches!(clone.read(|_| Ok::<_, DbError>(())).await, Err(DbError::Unavailable(_))));
        assert!(matches!(clone.write(|_| Ok::<_, DbError>(())).await, Err(DbError::Unavailable(_))));
        assert_eq!(scratch.read(|tx| tx.one(&COUNT, &[], |r| r.int(0))).await.unwrap(), stored);
    }
}

#[tokio::test]
async fn a_closed_sqlite_database_is_one_private_file() {
    let scratch = Scratch::sqlite().await.unwrap();
    let directory = scratch.directory().unwrap().to_owned();
    let db = Db::open(DbOptions::Sqlite { path: directory.join("other.db"), readers: 1 }).await.unwrap();
    prepare(&db).await.unwrap();
    db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
    db.close().await;
    let names: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|n| n.starts_with("other"))
        .collect();
    assert_eq!(names, ["other.db"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(directory.join("other.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_told() {
    let scratch = Scratch::sqlite().await.unwrap();
    let directory = scratch.directory().unwrap();
    std::fs::write(
        directory.join("text"),
        "not a database, and long enough to be looked at as one".repeat(40),
    )
    .unwrap();
    for path in [directory.join("text"), directory.join("missing/x.db"), directory.to_owned()] {
        let e = Db::open(DbOptions::Sqlite { path: path.clone(), readers: 1 }).await.err().unwrap();
        assert!(matches!(&e, DbError::Unavailable(t) if t.contains(path.to_str().unwrap())), "{e}");
    }
    let since = Instant::now();
    let nobody = DbOptions::Postgres { url: "postgres://u@127.0.0.1:1/x".into(), pool: 2 };
    assert!(matches!(Db::open(nobody).await.err().unwrap(), DbError::Unavailable(_)));
    assert!(since.elapsed() < Duration::from_secs(3));
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://u@127.0.0.1:{}/x", silent.local_addr().unwrap().port());
    let limits = Limits { connect: Duration::from_millis(200), ..Limits::default() };
    let e = Db::open_with(DbOptions::Postgres { url, pool: 1 }, limits).await.err().unwrap();
    assert!(matches!(e, DbError::Unavailable(_)), "{e}");
    assert!(since.elapsed() < Duration::from_secs(4));
}

/// Another process holds the SQLite file.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_file_is_unavailable_and_then_available() {
    let limits = Limits { lock: Duration::from_millis(100), ..Limits::default() };
    let db = Scratch::sqlite_with(limits).await.unwrap();
    prepare(&db).await.unwrap();
    let other = rusqlite::Connection::open(db.directory().unwrap().join("test.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let e = db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap_err();
    assert!(matches!(e, DbError::Unavailable(_)), "{e}");
    assert!(db.ping().await.is_err());
    // Reading goes on.
    assert_eq!(db.read(|tx| tx.one(&COUNT, &[], |r| r.int(0))).await.unwrap(), 0);
    other.execute_batch("rollback").unwrap();
    db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
    db.ping().await.unwrap();
}

/// A row held by another unit for longer than the lock may be waited for.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_locked_for_long_is_unavailable() {
    let limits = Limits { lock: Duration::from_millis(100), ..Limits::default() };
    let Some(db) = Scratch::postgres_with(4, limits).await.unwrap() else { return };
    assert_eq!(db.engine(), Engine::Postgres);
    prepare(&db).await.unwrap();
    db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
    let holder = db.db();
    let holding = tokio::spawn(async move {
        holder
            .write(|tx| {
                tx.one(&AMOUNT_LOCKED, &params![1, 1], |r| r.int(0))?;
                std::thread::sleep(Duration::from_millis(600));
                Ok::<_, DbError>(())
            })
            .await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let e = db.write_at(Isolation::Statement, |tx| tx.exec(&ADD, &params![1, 1, 1])).await.unwrap_err();
    assert!(matches!(e, DbError::Unavailable(_)), "{e}");
    holding.await.unwrap().unwrap();
    db.write(|tx| tx.exec(&ADD, &params![1, 1, 1])).await.unwrap();
}

/// Two reads that can only end together, again and again: none may wait for the thread of the other.
#[tokio::test(flavor = "multi_thread")]
async fn no_unit_waits_while_a_connection_is_free() {
    for db in all().await {
        for round in 0..300 {
            let meeting = Arc::new(std::sync::Barrier::new(2));
            let tasks: Vec<_> = (0..2)
                .map(|_| {
                    let (db, meeting) = (db.db(), Arc::clone(&meeting));
                    tokio::spawn(async move {
                        db.read(move |_| -> Result<(), DbError> {
                            meeting.wait();
                            Ok(())
                        })
                        .await
                    })
                })
                .collect();
            for task in tasks {
                let outcome = tokio::time::timeout(Duration::from_secs(4), task).await;
                assert!(matches!(outcome, Ok(Ok(Ok(())))), "round {round} on {:?}", db.engine());
            }
        }
    }
}
