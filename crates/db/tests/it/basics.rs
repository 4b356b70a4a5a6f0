//! Values, rows, errors, savepoints, bulk loading, dynamic searches: the same on both engines.

use super::*;
use db::{Bulk, Dynamic, Kind, Value, params};
use jiff::{Timestamp, civil::date};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

fn sample(id: i64, code: &str) -> Vec<Value> {
    vec![
        Value::Int(7),
        Value::Int(id),
        code.into(),
        Value::Int(99_999_999_999),
        "è l'ora \"giusta\" 💶".into(),
        true.into(),
        date(2024, 2, 29).into(),
        Timestamp::from_microsecond(1_700_000_000_123_456).unwrap().into(),
        serde_json::json!({"b": [1, 2.5, null], "a": "x\ty"}).into(),
        vec![0_u8, 255, 0].into(),
    ]
}

#[tokio::test]
async fn every_kind_of_value_comes_back() {
    for db in all().await {
        db.write(|tx| -> Result<(), DbError> {
            tx.exec(&INSERT_FULL, &sample(1, "a"))?;
            let mut nulls = sample(2, "b");
            for cell in &mut nulls[4..] {
                *cell = Value::Null;
            }
            tx.exec(&INSERT_FULL, &nulls).map(drop)
        })
        .await
        .unwrap();
        let rows = db
            .read(|tx| {
                tx.rows(&SELECT_FULL, &params![7], |r| {
                    Ok::<_, DbError>((
                        (r.int(0)?, r.int(1)?, r.text(2)?, r.int(3)?, r.opt_text(4)?, r.opt_bool(5)?),
                        (r.opt_date(6)?, r.opt_time(7)?, r.opt_json(8)?, r.opt_blob(9)?),
                    ))
                })
            })
            .await
            .unwrap();
        let s = sample(1, "a");
        let ((_, _, code, amount, note, active), (due, at, extra, raw)) = &rows[0];
        let back: Vec<Value> = vec![
            7.into(),
            1.into(),
            code.into(),
            (*amount).into(),
            note.clone().into(),
            (*active).into(),
            (*due).into(),
            (*at).into(),
            extra.clone().into(),
            raw.clone().into(),
        ];
        assert_eq!(back, s);
        assert_eq!(rows[1].0.4, None);
        assert_eq!(rows[1].1, (None, None, None, None));
    }
}

#[tokio::test]
async fn wrong_kinds_are_told_with_the_column() {
    for db in all().await {
        db.write(|tx| tx.exec(&INSERT_FULL, &sample(1, "a"))).await.unwrap();
        let e = db.read(|tx| tx.one(&SELECT_FULL, &params![7], |r| r.int(2))).await.unwrap_err().to_string();
        assert!(e.contains("code") && e.contains("int"), "{e}");
        let e =
            db.read(|tx| tx.one(&SELECT_FULL, &params![7], |r| r.text(99))).await.unwrap_err().to_string();
        assert!(e.contains("99"), "{e}");
        let e = db.write(|tx| tx.exec(&INSERT, &params![7, 2, "b"])).await.unwrap_err().to_string();
        assert!(e.contains("INSERT") && e.contains("3 parameters for 4"), "{e}");
        for bad in [params![7, 2, "nul\0", 1], params![7, 2, vec![1_u8], 1], params![7, 2, "b", "one"]] {
            let e = db.write(move |tx| tx.exec(&INSERT, &bad)).await;
            assert!(matches!(e, Err(DbError::Other(_))), "{:?}: {e:?}", db.engine());
        }
        assert_eq!(count(&db).await.0, 1);
    }
}

async fn count(db: &db::Db) -> (i64, Option<i64>) {
    db.read(|tx| tx.one(&COUNT, &[], |r| Ok::<_, DbError>((r.int(0)?, r.opt_int(1)?)))).await.unwrap()
}

#[tokio::test]
async fn errors_have_the_same_names() {
    for db in all().await {
        db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
        let e = db.write(|tx| tx.exec(&INSERT, &params![1, 1, "b", 1])).await.unwrap_err();
        assert_eq!(e, DbError::Unique { constraint: "item_pkey".into() });
        let e = db.write(|tx| tx.exec(&INSERT, &params![1, 2, "a", 1])).await.unwrap_err();
        assert!(e.is_unique("item_code"), "{e}");
        db.write(|tx| tx.exec(&INSERT, &params![1, 2, "free", 1])).await.unwrap();
        db.write(|tx| tx.exec(&INSERT, &params![1, 3, "free", 1])).await.unwrap();
        db.write(|tx| tx.exec(&OPEN_ACCOUNT, &params![1, 1])).await.unwrap();
        let e = db.write(|tx| tx.exec(&OPEN_ACCOUNT, &params![1, 1])).await.unwrap_err();
        assert!(e.is_unique("account_pkey"), "{e}");
        let e = db.write(|tx| tx.exec(&OPEN_ACCOUNT, &params![2, -1])).await.unwrap_err();
        assert!(matches!(e, DbError::Other(_)), "{e}");
        // A foreign key checked at the commit.
        let e = db.write(|tx| tx.exec(&CHILD, &params![1, 1, 77])).await.unwrap_err();
        assert!(matches!(e, DbError::Other(_)), "{e}");
        let e = db.read(|tx| tx.one(&AMOUNT, &params![9, 9], |r| r.int(0))).await.unwrap_err().to_string();
        assert!(e.contains("AMOUNT") && e.contains("no row"), "{e}");
        let e = db.read(|tx| tx.opt(&LIST, &params![1], |r| r.int(0))).await.unwrap_err().to_string();
        assert!(e.contains("more than one row"), "{e}");
        let e = db.read(|tx| tx.exec(&INSERT, &params![5, 5, "r", 1])).await.unwrap_err();
        assert!(matches!(e, DbError::Other(_)), "reading units cannot write: {e}");
    }
}

#[tokio::test]
async fn a_failed_statement_spoils_the_unit_whatever_the_closure_says() {
    for db in all().await {
        let again = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&again);
        let e = db
            .write(move |tx| -> Result<(), DbError> {
                tx.exec(&INSERT, &params![1, 1, "a", 1])?;
                assert!(tx.exec(&INSERT, &params![1, 1, "z", 1]).is_err());
                if tx.exec(&INSERT, &params![1, 2, "b", 1]).is_err() {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
            .await
            .unwrap_err();
        assert!(e.is_unique("item_pkey"), "{e}");
        assert_eq!(again.load(Ordering::Relaxed), 1);
        assert_eq!(count(&db).await.0, 0);
    }
}

#[tokio::test]
async fn an_attempt_undoes_only_itself() {
    for db in all().await {
        let hooks = Arc::new(AtomicUsize::new(0));
        let hook = Arc::clone(&hooks);
        let inner = db
            .write(move |tx| -> Result<_, DbError> {
                tx.exec(&INSERT, &params![1, 1, "a", 1])?;
                let hook = Arc::clone(&hook);
                let inner = tx.attempt(|tx| {
                    tx.after_commit(move || {
                        hook.fetch_add(100, Ordering::Relaxed);
                    });
                    tx.exec(&INSERT, &params![1, 2, "b", 1])?;
                    // Nested, and caught.
                    assert!(tx.attempt(|tx| tx.exec(&INSERT, &params![1, 2, "c", 1])).is_err());
                    tx.exec(&INSERT, &params![1, 1, "z", 1])
                });
                tx.attempt(|tx| tx.exec(&INSERT, &params![1, 3, "d", 1]))?;
                Ok(inner)
            })
            .await
            .unwrap();
        assert!(inner.unwrap_err().is_unique("item_pkey"));
        let ids = db.read(|tx| tx.rows(&LIST, &params![1], |r| r.int(0))).await.unwrap();
        assert_eq!(ids, [1, 3]);
        assert_eq!(hooks.load(Ordering::Relaxed), 0);
    }
}

#[tokio::test]
async fn hooks_run_once_and_only_after_a_commit() {
    for db in all().await {
        let calls = Arc::new(AtomicUsize::new(0));
        for (fails, expected) in [(false, 1), (true, 1), (false, 2)] {
            let seen = Arc::clone(&calls);
            let outcome = db
                .write(move |tx| -> Result<(), DbError> {
                    let seen = Arc::clone(&seen);
                    tx.after_commit(move || {
                        seen.fetch_add(1, Ordering::SeqCst);
                    });
                    if fails { Err(DbError::Conflict) } else { Ok(()) }
                })
                .await;
            assert_eq!(outcome.is_err(), fails);
            assert_eq!(calls.load(Ordering::SeqCst), expected);
        }
    }
}

static ITEMS: Bulk = Bulk::new(
    "item",
    &[
        ("organization_id", Kind::Int),
        ("id", Kind::Int),
        ("code", Kind::Text),
        ("amount", Kind::Int),
        ("note", Kind::Text),
        ("active", Kind::Bool),
        ("due", Kind::Date),
        ("at", Kind::Time),
        ("extra", Kind::Json),
        ("raw", Kind::Blob),
    ],
);

#[tokio::test]
async fn bulk_loads_all_or_nothing() {
    for db in all().await {
        let n = db.write(|tx| tx.bulk(&ITEMS, (0..2000).map(|i| sample(i, &format!("c{i}"))))).await.unwrap();
        assert_eq!(n, 2000);
        let e = db
            .write(|tx| {
                tx.bulk(&ITEMS, (2000..2500).map(|i| sample(i, if i == 2400 { "c7" } else { "free" })))
            })
            .await
            .unwrap_err();
        assert!(e.is_unique("item_code"), "{e}");
        let e = db.write(|tx| tx.bulk(&ITEMS, [vec![Value::Null]])).await.unwrap_err().to_string();
        assert!(e.contains("1 cells for 10 columns"), "{e}");
        let mut wrong = sample(3000, "w");
        wrong[6] = "2024-02-29".into();
        let e = db.write(move |tx| tx.bulk(&ITEMS, [wrong.clone()])).await.unwrap_err().to_string();
        assert!(e.contains("item.due") && e.contains("text"), "{e}");
        // The connection is as good as before.
        assert_eq!(count(&db).await, (2000, Some(2000 * 99_999_999_999)));
    }
}

#[tokio::test]
async fn dynamic_searches() {
    for db in all().await {
        db.write(|tx| tx.bulk(&ITEMS, (0..100).map(|i| sample(i, &format!("c{i:02}"))))).await.unwrap();
        let ids = db
            .read(|tx| {
                let mut search = Dynamic::new("select id from item where organization_id = ?", params![7]);
                search.and("id > ?", params![10]).and_in("code", ["c05", "c20", "c30"]);
                search.and_some("active = ?", Some(true)).and_some("note = ?", None::<&str>);
                search.and_any([("id = ?", params![20]), ("id = ?", params![5])]);
                search.push("order by id desc limit ?", params![10]);
                tx.dynamic_rows(&search, |r| r.int(0))
            })
            .await
            .unwrap();
        assert_eq!(ids, [20]);
        let n = db
            .write(|tx| {
                let mut change = Dynamic::new("delete from item where organization_id = ?", params![7]);
                change.and_in("id", [1, 2, 3]);
                tx.dynamic_exec(&change)
            })
            .await
            .unwrap();
        assert_eq!(n, 3);
        // More texts than are kept prepared.
        for n in 1..300_i64 {
            let found = db
                .read(move |tx| {
                    let mut search =
                        Dynamic::new("select id from item where organization_id = ?", params![7]);
                    search.and_in("id", 1..=n);
                    tx.dynamic_rows(&search, |r| r.int(0))
                })
                .await
                .unwrap();
            assert_eq!(found.len() as i64, (n - 3).clamp(0, 96));
        }
    }
}

#[tokio::test]
async fn reading_units_see_one_snapshot() {
    for db in all().await {
        db.write(|tx| tx.exec(&INSERT, &params![1, 1, "a", 1])).await.unwrap();
        let (entered, wait_entered) = std::sync::mpsc::channel();
        let (go, wait_go) = std::sync::mpsc::channel::<()>();
        let wait_go = std::sync::Mutex::new(wait_go);
        let reader = tokio::spawn({
            let db = db.db();
            async move {
                db.read(move |tx| {
                    let before = tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))?;
                    entered.send(()).unwrap();
                    wait_go.lock().unwrap().recv().unwrap();
                    Ok::<_, DbError>((before, tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))?))
                })
                .await
            }
        });
        tokio::task::spawn_blocking(move || wait_entered.recv().unwrap()).await.unwrap();
        db.write(|tx| tx.exec(&ADD, &params![1, 1, 5])).await.unwrap();
        go.send(()).unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), (1, 1));
        assert_eq!(db.read(|tx| tx.one(&AMOUNT, &params![1, 1], |r| r.int(0))).await.unwrap(), 6);
    }
}

#[tokio::test]
async fn ping_answers() {
    for db in all().await {
        db.ping().await.unwrap();
    }
}
