//! The runner: once, in order, all or nothing, and never a changed past.

use super::*;
use db::Migration;

const ONE: Migration = Migration { version: 1, name: "one", sql: "create table a (id {pk});" };
const TWO: Migration = Migration {
    version: 2,
    name: "two",
    sql: "-- @sqlite\ncreate table only_lite (id {pk});\n-- @pg\ncreate table only_pg (id {pk});\n-- @all\ninsert into a (id) values (2);",
};
const BROKEN: Migration = Migration {
    version: 3,
    name: "broken",
    sql: "create table half (id {pk}); insert into nowhere values (1);",
};
const FOUR: Migration = Migration { version: 4, name: "four", sql: "create table d (id {pk});" };

db::statements! {
    COUNT_A = "select count(*) from a";
    HALF = "select count(*) from half";
    APPLIED_AT = "select applied_at from schema_migrations where version = 1";
}

#[tokio::test]
async fn applies_once_and_in_order() {
    for db in Scratch::all().await.unwrap() {
        assert_eq!(db.migrate(&[ONE]).await.unwrap(), [1]);
        assert_eq!(db.migrate(&[ONE, TWO]).await.unwrap(), [2]);
        assert_eq!(db.migrate(&[ONE, TWO]).await.unwrap(), [0_u32; 0]);
        assert_eq!(db.read(|tx| tx.one(&COUNT_A, &[], |r| r.int(0))).await.unwrap(), 1);
        let at = db.read(|tx| tx.one(&APPLIED_AT, &[], |r| r.time(0))).await.unwrap();
        let age = at.duration_until(jiff::Timestamp::now());
        assert!(age.as_secs().abs() < 120, "stamped {at}");
    }
}

#[tokio::test]
async fn a_failing_one_leaves_nothing_and_keeps_those_before() {
    for db in Scratch::all().await.unwrap() {
        let e = db.migrate(&[ONE, TWO, BROKEN]).await.unwrap_err().to_string();
        assert!(e.contains("migration 3 broken"), "{e}");
        assert!(db.read(|tx| tx.one(&HALF, &[], |r| r.int(0))).await.is_err());
        assert_eq!(db.migrate(&[ONE, TWO, FOUR]).await.unwrap(), [4]);
    }
}

#[tokio::test]
async fn a_changed_history_is_refused() {
    for db in Scratch::all().await.unwrap() {
        db.migrate(&[ONE, FOUR]).await.unwrap();
        let changed = Migration { sql: "create table a (id {pk}, b text);", ..ONE };
        for (history, word) in [
            (vec![changed, FOUR], "changed"),
            (vec![FOUR], "missing"),
            (vec![ONE, TWO, FOUR], "later version"),
            (vec![FOUR, ONE], "must grow"),
            (vec![ONE, ONE], "must grow"),
        ] {
            let e = db.migrate(&history).await.unwrap_err().to_string();
            assert!(e.contains(word), "{e}");
        }
        // An older release beside a newer one.
        assert_eq!(db.migrate(&[ONE]).await.unwrap(), [0_u32; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_apply_once() {
    for db in Scratch::all().await.unwrap() {
        let mut tasks = Vec::new();
        for _ in 0..4 {
            let options = db.options();
            tasks.push(tokio::spawn(async move {
                let replica = db::Db::open(options).await?;
                let applied = replica.migrate(&[ONE, TWO, FOUR]).await;
                replica.close().await;
                applied
            }));
        }
        let mut total = Vec::new();
        for task in tasks {
            total.extend(task.await.unwrap().unwrap());
        }
        total.sort_unstable();
        assert_eq!(total, [1, 2, 4]);
    }
}
