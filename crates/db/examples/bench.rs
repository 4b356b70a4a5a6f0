//! Units of work per second of the database layer, with the raw flush rate of the moment beside them.
//! `cargo run --release -p db --example bench [seconds]`; PostgreSQL when SNODO_TEST_POSTGRES is set.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::float_arithmetic)]

use db::{Bulk, Db, DbError, DbOptions, INFRASTRUCTURE, Kind, Migration, params, testing::Scratch};
use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const TABLE: Migration = Migration {
    version: 2,
    name: "bench",
    sql: "create table position (organization_id {bigint} not null, id {bigint} not null, iuv text not null,
        amount {bigint} not null, status text not null, due {date}, at {ts} not null, note text not null,
        primary key (organization_id, id)); create unique index position_iuv on position (organization_id, iuv);",
};

db::statements! {
    /// Ten columns would be no different.
    UPSERT = "insert into position (organization_id, id, iuv, amount, status, at, note) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (organization_id, id) do update set amount = excluded.amount, status = excluded.status returning amount";
    /// By primary key.
    GET = "select iuv, amount, status from position where organization_id = $1 and id = $2";
}

static LOAD: Bulk = Bulk::new(
    "position",
    &[
        ("organization_id", Kind::Int),
        ("id", Kind::Int),
        ("iuv", Kind::Text),
        ("amount", Kind::Int),
        ("status", Kind::Text),
        ("at", Kind::Time),
        ("note", Kind::Text),
    ],
);

fn row(id: i64) -> [db::Value; 7] {
    let note = "TARI 2026 acconto, utenza domestica, via Garibaldi 12";
    params![7, id, format!("01000000{id:011}"), 12_345, "UNPAID", jiff::Timestamp::UNIX_EPOCH, note]
}

fn flushes(directory: &std::path::Path) -> f64 {
    let mut file = std::fs::File::create(directory.join("flush")).unwrap();
    let since = Instant::now();
    let mut count = 0_u32;
    while since.elapsed() < Duration::from_secs(1) {
        file.write_all(&[0; 4096]).unwrap();
        file.sync_data().unwrap();
        count += 1;
    }
    f64::from(count) / since.elapsed().as_secs_f64()
}

/// Runs `unit` in `tasks` tasks for some seconds; prints the rate and the latency.
async fn measure<F, Fut>(name: &str, tasks: u64, time: Duration, unit: F)
where
    F: Fn(u64) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), DbError>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let since = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|_| {
            let (unit, next) = (unit.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(100_000);
                while since.elapsed() < time {
                    let begun = Instant::now();
                    unit(next.fetch_add(1, Ordering::Relaxed)).await.unwrap();
                    times.push(begun.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in running {
        times.extend(task.await.unwrap());
    }
    let rate = times.len() as f64 / since.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 1000).copied().unwrap_or_default();
    println!(
        "  {name:<44} {rate:>9.0}/s   p50 {:>8.1?}  p99 {:>8.1?}  p999 {:>8.1?}",
        at(500),
        at(990),
        at(999)
    );
}

async fn run(db: Db, time: Duration) {
    println!("{:?}", db.engine());
    db.migrate(&[INFRASTRUCTURE, TABLE]).await.unwrap();
    let since = Instant::now();
    for chunk in 0..20_i64 {
        db.write(move |tx| tx.bulk(&LOAD, (0..5000).map(|i| Vec::from(row(1_000_000 + chunk * 5000 + i)))))
            .await
            .unwrap();
    }
    println!("  {:<44} {:>9.0}/s", "bulk rows, 5 000 a unit", 100_000.0 / since.elapsed().as_secs_f64());
    let writer = db.clone();
    let write = move |n: u64| {
        let db = writer.clone();
        async move {
            let id = i64::try_from(n % 200_000).unwrap_or_default();
            db.write(move |tx| tx.one(&UPSERT, &row(id), |r| r.int(0)).map(drop)).await
        }
    };
    for tasks in [1, 32, 256] {
        measure(&format!("upsert units, {tasks} tasks"), tasks, time, write.clone()).await;
    }
    let reader = db.clone();
    let read = move |n: u64| {
        let db = reader.clone();
        async move {
            let id = 1_000_000 + i64::try_from(n * 7919 % 100_000).unwrap_or_default();
            db.read(move |tx| {
                tx.one(&GET, &params![7, id], |r| Ok((r.text(0)?, r.int(1)?, r.text(2)?))).map(drop)
            })
            .await
        }
    };
    for tasks in [1, 4, 32] {
        measure(&format!("read units, {tasks} tasks"), tasks, time, read.clone()).await;
    }
    // Writing and reading at once: the log must not grow, nor its care be felt.
    let both = tokio::spawn({
        let read = read.clone();
        async move { measure("read units, 4 tasks, while writing", 4, time * 2, read).await }
    });
    measure("upsert units, 32 tasks, while reading", 32, time * 2, write).await;
    both.await.unwrap();
    let since = Instant::now();
    db.read(|tx| {
        (0..50_000_i64).try_for_each(|n| {
            let id = 1_000_000 + n * 7919 % 100_000;
            tx.one(&GET, &params![7, id], |r| Ok::<_, DbError>((r.text(0)?, r.int(1)?, r.text(2)?))).map(drop)
        })
    })
    .await
    .unwrap();
    println!("  {:<44} {:>9.0}/s", "reads, 50 000 in one unit", 50_000.0 / since.elapsed().as_secs_f64());
}

#[tokio::main]
async fn main() {
    let seconds = std::env::args().nth(1).and_then(|s| s.parse().ok()).unwrap_or(3);
    let directory = std::env::current_dir().unwrap().join("target/bench-db");
    std::fs::create_dir_all(&directory).unwrap();
    println!("raw flush of 4 KiB: {:.0}/s", flushes(&directory));
    let path = directory.join("bench.db");
    for name in ["bench.db", "bench.db-wal", "bench.db-shm"] {
        drop(std::fs::remove_file(directory.join(name)));
    }
    let db = Db::open(DbOptions::Sqlite { path, readers: 4 }).await.unwrap();
    run(db.clone(), Duration::from_secs(seconds)).await;
    let log = std::fs::metadata(directory.join("bench.db-wal")).map_or(0, |m| m.len());
    println!("  write-ahead log: {} MiB", log / 1_048_576);
    db.close().await;
    println!("raw flush of 4 KiB: {:.0}/s", flushes(&directory));
    if let Some(scratch) = Scratch::postgres_with(16, db::Limits::default()).await.unwrap() {
        run(scratch.db(), Duration::from_secs(seconds)).await;
    } else {
        println!("PostgreSQL: skipped, {} is not set", db::testing::POSTGRES);
    }
    drop(std::fs::remove_dir_all(&directory));
}
