//! A process that acknowledges its writes is killed at random instants; what it acknowledged is there,
//! once, with all its parts.

use super::*;
use db::{Db, DbOptions, Migration, params};
use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const WHERE: &str = "SNODO_TEST_CHILD";

/// No unique key on `id`: a write done twice would show.
const LEDGER: Migration = Migration {
    version: 2,
    name: "ledger",
    sql: "create table entry (row_id {identity}, id {bigint} not null, note text not null);
          create table half (row_id {identity}, id {bigint} not null, body {blob} not null);
          create table total (id {pk}, entries {bigint} not null);
          insert into total (id, entries) values (1, 0);",
};

db::statements! {
    ENTRY = "insert into entry (id, note) values ($1, $2)";
    HALF = "insert into half (id, body) values ($1, $2)";
    COUNT_UP = "update total set entries = entries + 1 where id = 1";
    ENTRIES = "select id, note from entry order by row_id";
    HALVES = "select id from half";
    TOTAL_ENTRIES = "select entries from total";
}

/// The child: writes for ever and says so. Run only by the tests below.
#[test]
#[ignore = "started by the crash tests"]
fn child() {
    let Ok(place) = std::env::var(WHERE) else { return };
    let (first, place) = place.split_once('|').unwrap();
    let first: i64 = first.parse().unwrap();
    let options = if place.starts_with("postgres") {
        DbOptions::Postgres { url: place.into(), pool: 4 }
    } else {
        DbOptions::Sqlite { path: place.into(), readers: 1 }
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
        let db = Db::open(options).await.unwrap();
        let mut tasks = Vec::new();
        for t in 0..8_i64 {
            let db = db.clone();
            tasks.push(tokio::spawn(async move {
                for n in 0.. {
                    let id = first + n * 8 + t;
                    let outcome = db
                        .write_at(db::Isolation::Statement, move |tx| -> Result<(), DbError> {
                            tx.exec(&ENTRY, &params![id, if n % 5 == 4 { "never" } else { "good" }])?;
                            tx.exec(&HALF, &params![id, vec![7_u8; 3000]])?;
                            tx.exec(&COUNT_UP, &[])?;
                            if n % 5 == 4 { Err(DbError::Conflict) } else { Ok(()) }
                        })
                        .await;
                    if outcome.is_ok() {
                        // One write call a line, so that a kill does not cut a line in a misleading place.
                        std::io::stdout().write_all(format!("ACK {id} .\n").as_bytes()).unwrap();
                    }
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Runs the child and kills it `after` its first acknowledgement. Gives what it acknowledged.
fn killed_run(place: &str, first: i64, after: Duration) -> Vec<i64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"])
        .env(WHERE, format!("{first}|{place}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    let mut killed = None;
    let killer = |child: &mut std::process::Child| child.kill().unwrap();
    let mut first_at: Option<Instant> = None;
    // Reading goes on while the clock runs; a helper thread does the killing.
    let pid = child.id();
    while lines.read_line(&mut line).unwrap() > 0 {
        if let Some(id) = line.strip_prefix("ACK ").and_then(|l| l.strip_suffix(" .\n")) {
            acknowledged.push(id.parse().unwrap());
            if first_at.is_none() {
                first_at = Some(Instant::now());
                killed = Some(std::thread::spawn(move || {
                    std::thread::sleep(after);
                    Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap()
                }));
            }
        }
        line.clear();
    }
    match killed {
        Some(thread) => assert!(thread.join().unwrap().success()),
        None => {
            killer(&mut child);
            panic!("the child ended without a word");
        }
    }
    child.wait().unwrap();
    acknowledged
}

async fn verify(db: &Db, acknowledged: &[i64]) -> usize {
    let (entries, halves, total) = db
        .read(|tx| -> Result<_, DbError> {
            Ok((
                tx.rows(&ENTRIES, &[], |r| Ok((r.int(0)?, r.text(1)?)))?,
                tx.rows(&HALVES, &[], |r| r.int(0))?,
                tx.one(&TOTAL_ENTRIES, &[], |r| r.int(0))?,
            ))
        })
        .await
        .unwrap();
    let mut times: BTreeMap<i64, usize> = BTreeMap::new();
    for (id, note) in &entries {
        assert_eq!(note, "good", "{id} was rolled back");
        *times.entry(*id).or_default() += 1;
    }
    assert!(times.values().all(|n| *n == 1), "something was stored twice");
    for id in acknowledged {
        assert!(times.contains_key(id), "{id} was acknowledged and is lost");
    }
    let mut parts: Vec<i64> = halves;
    parts.sort_unstable();
    assert!(parts.iter().eq(times.keys()), "half a unit was stored");
    assert_eq!(total, entries.len() as i64);
    entries.len()
}

async fn cycles(place: &str, options: DbOptions, count: u64) {
    let db = Db::open(options.clone()).await.unwrap();
    db.migrate(&[db::INFRASTRUCTURE, LEDGER]).await.unwrap();
    db.close().await;
    let mut acknowledged = Vec::new();
    let mut stored = 0;
    for cycle in 0..count {
        let after = Duration::from_micros(RandomState::new().hash_one(cycle) % 60_000);
        let place = place.to_owned();
        let first = cycle as i64 * 10_000_000;
        let said = tokio::task::spawn_blocking(move || killed_run(&place, first, after)).await.unwrap();
        acknowledged.extend(said);
        let db = Db::open(options.clone()).await.unwrap();
        if let DbOptions::Postgres { .. } = &options {
            // The server notices the death of its client a little later.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stored = verify(&db, &acknowledged).await;
        db.close().await;
    }
    println!("{count} kills, {} units acknowledged, {stored} stored", acknowledged.len());
    assert!(acknowledged.len() as u64 >= count, "the kills came too early to mean anything");
}

fn count(default: u64) -> u64 {
    std::env::var("SNODO_KILL_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[tokio::test]
async fn acknowledged_writes_survive_kills() {
    let scratch = Scratch::sqlite().await.unwrap();
    let path = scratch.directory().unwrap().join("killed.db");
    let place = path.to_str().unwrap().to_owned();
    cycles(&place, DbOptions::Sqlite { path: path.clone(), readers: 1 }, count(30)).await;
    let file = rusqlite::Connection::open(path).unwrap();
    let verdict: String = file.query_row("pragma integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(verdict, "ok");
}

#[tokio::test]
async fn acknowledged_writes_survive_kills_of_a_replica() {
    let Some(scratch) = Scratch::postgres().await.unwrap() else { return };
    let options = scratch.options();
    let DbOptions::Postgres { url, .. } = &options else { return };
    cycles(&url.clone(), options, count(30) / 3 + 1).await;
}
