//! The store goes away and comes back: server stopped, network silent, disk full.

use super::{server::Server, *};
use db::{Db, DbOptions, Limits, params};
use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpStream};

/// Writers under way, with what they were told.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<BTreeSet<i64>>>,
    refused: Arc<AtomicI64>,
    slowest: Arc<Mutex<Duration>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(db: &Db, first: i64) -> Self {
        let mut load = Self {
            stop: Arc::default(),
            acknowledged: Arc::default(),
            refused: Arc::default(),
            slowest: Arc::default(),
            tasks: Vec::new(),
        };
        let next = Arc::new(AtomicI64::new(first));
        for _ in 0..8 {
            let (db, stop, acknowledged, refused, slowest, next) = (
                db.clone(),
                Arc::clone(&load.stop),
                Arc::clone(&load.acknowledged),
                Arc::clone(&load.refused),
                Arc::clone(&load.slowest),
                Arc::clone(&next),
            );
            load.tasks.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let id = next.fetch_add(1, Ordering::Relaxed);
                    let since = Instant::now();
                    match db.write(move |tx| tx.exec(&INSERT, &params![1, id, "free", 1])).await {
                        Ok(_) => drop(acknowledged.lock().unwrap().insert(id)),
                        Err(DbError::Unavailable(_)) => {
                            refused.fetch_add(1, Ordering::Relaxed);
                            let took = since.elapsed();
                            {
                                let mut slowest = slowest.lock().unwrap();
                                *slowest = took.max(*slowest);
                            }
                            tokio::time::sleep(Duration::from_millis(5)).await;
                        }
                        Err(other) => panic!("{other}"),
                    }
                }
            }));
        }
        load
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    async fn grows(&self, within: Duration) {
        let before = self.count();
        let since = Instant::now();
        while self.count() < before + 20 {
            assert!(since.elapsed() < within, "not serving again after {within:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self) -> (BTreeSet<i64>, i64, Duration) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let acknowledged = std::mem::take(&mut *self.acknowledged.lock().unwrap());
        let slowest = *self.slowest.lock().unwrap();
        (acknowledged, self.refused.load(Ordering::Relaxed), slowest)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_is_unavailable_at_once_and_comes_back() {
    let Some(server) = tokio::task::spawn_blocking(|| Server::start("")).await.unwrap() else { return };
    let server = Arc::new(server);
    let db = Db::open(DbOptions::Postgres { url: server.url(), pool: 4 }).await.unwrap();
    prepare(&db).await.unwrap();
    let mut all = BTreeSet::new();
    for (round, how) in (0_i64..).zip(["fast", "immediate"]) {
        let load = Load::start(&db, round * 10_000_000);
        load.grows(Duration::from_secs(5)).await;
        let stopping = Arc::clone(&server);
        tokio::task::spawn_blocking(move || stopping.down(how)).await.unwrap();
        let refused = load.refused.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(load.refused.load(Ordering::Relaxed) > refused + 100, "refusals are quick");
        assert!(matches!(db.ping().await, Err(DbError::Unavailable(_))));
        let starting = Arc::clone(&server);
        tokio::task::spawn_blocking(move || starting.up()).await.unwrap();
        load.grows(Duration::from_secs(3)).await;
        let (acknowledged, refused, slowest) = load.end().await;
        println!(
            "{how}: {} acknowledged, {refused} refused, slowest refusal {slowest:?}",
            acknowledged.len()
        );
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
        all.extend(acknowledged);
    }
    db.ping().await.unwrap();
    let stored: BTreeSet<i64> =
        db.read(|tx| tx.rows(&LIST, &params![1], |r| r.int(0))).await.unwrap().into_iter().collect();
    assert!(
        all.is_subset(&stored),
        "acknowledged and lost: {:?}",
        all.difference(&stored).collect::<Vec<_>>()
    );
    db.close().await;
    tokio::task::spawn_blocking(move || drop(server)).await.unwrap();
}

/// Connections that died while idle cost nobody a unit.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_between_units_is_not_noticed() {
    let Some(server) = tokio::task::spawn_blocking(|| Server::start("")).await.unwrap() else { return };
    let db = Db::open(DbOptions::Postgres { url: server.url(), pool: 2 }).await.unwrap();
    prepare(&db).await.unwrap();
    for round in 0..3_i64 {
        for i in 0..10_i64 {
            db.write(move |tx| tx.exec(&INSERT, &params![1, round * 100 + i, "free", 1])).await.unwrap();
        }
        server.down("fast");
        server.up();
    }
    assert_eq!(db.read(|tx| tx.one(&COUNT, &[], |r| r.int(0))).await.unwrap(), 30);
    db.close().await;
}

/// A network that swallows everything: half-open connections.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_network_is_unavailable_in_bounded_time() {
    let Some(scratch) = Scratch::postgres().await.unwrap() else { return };
    let DbOptions::Postgres { url, .. } = scratch.options() else { return };
    let address = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let through = url.replace(&address, &listener.local_addr().unwrap().to_string());
    let silent = Arc::new(AtomicBool::new(false));
    let quiet = Arc::clone(&silent);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (address, quiet) = (address.clone(), Arc::clone(&quiet));
            tokio::spawn(async move {
                let far = TcpStream::connect(address).await.unwrap();
                let (a, b) = (Arc::new(near), Arc::new(far));
                tokio::join!(pipe(&a, &b, &quiet), pipe(&b, &a, &quiet));
            });
        }
    });
    let limits = Limits {
        statement: Duration::from_millis(300),
        connect: Duration::from_millis(300),
        patience: Duration::from_secs(1),
        ..Limits::default()
    };
    let db = Db::open_with(DbOptions::Postgres { url: through, pool: 2 }, limits).await.unwrap();
    prepare(&db).await.unwrap();
    silent.store(true, Ordering::Relaxed);
    let since = Instant::now();
    let tasks: Vec<_> = (0..6_i64)
        .map(|i| {
            let db = db.clone();
            tokio::spawn(async move { db.write(move |tx| tx.exec(&INSERT, &params![1, i, "free", 1])).await })
        })
        .collect();
    for task in tasks {
        assert!(matches!(task.await.unwrap(), Err(DbError::Unavailable(_))));
    }
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    silent.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(300)).await;
    db.write(|tx| tx.exec(&INSERT, &params![1, 100, "free", 1])).await.unwrap();
    db.close().await;
}

/// Copies until the end; what arrives while silent is swallowed.
async fn pipe(from: &TcpStream, to: &TcpStream, silent: &AtomicBool) {
    let mut buffer = vec![0; 16_384];
    loop {
        if from.readable().await.is_err() {
            return;
        }
        let n = match from.try_read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        };
        let mut rest = if silent.load(Ordering::Relaxed) { &[] } else { &buffer[..n] };
        while !rest.is_empty() {
            if to.writable().await.is_err() {
                return;
            }
            match to.try_write(rest) {
                Ok(n) => rest = &rest[n..],
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => return,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encrypted_connections_verify_the_server() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("skipped: no openssl to make certificates with");
        return;
    }
    let Some(server) = tokio::task::spawn_blocking(|| Server::start("")).await.unwrap() else { return };
    server.down("fast");
    let dir = server.directory().to_str().unwrap().to_owned();
    let script = format!(
        "cd {dir} && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem \
         && openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout data/server.key -out server.csr \
         && printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > ext \
         && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out data/server.crt \
         && chmod 600 data/server.key && echo 'ssl = on' >> data/postgresql.conf"
    );
    server.run("/bin/sh", &["-c", &script]);
    server.up();
    let open = |query: String| {
        let url = format!("{}?{query}", server.url());
        async move { Db::open(DbOptions::Postgres { url, pool: 1 }).await }
    };
    for mode in ["require", "verify-full"] {
        let db = open(format!("sslmode={mode}&sslrootcert={dir}/ca.pem")).await.unwrap();
        assert!(db.read(|tx| tx.one(&ENCRYPTED, &[], |r| r.bool(0))).await.unwrap());
        db.close().await;
    }
    let e = open("sslmode=require".into()).await.err().unwrap();
    assert!(matches!(e, DbError::Unavailable(_)), "an unknown issuer is refused: {e}");
    let db = open("sslmode=disable".into()).await.unwrap();
    assert!(!db.read(|tx| tx.one(&ENCRYPTED, &[], |r| r.bool(0))).await.unwrap());
    db.close().await;
}

static ENCRYPTED: db::Statement =
    db::Statement::new("ENCRYPTED", "select ssl from pg_stat_ssl where pid = pg_backend_pid()");

/// A disk that is really full, where a small one can be mounted.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_unavailable_and_then_available() {
    let place = std::env::temp_dir().join(format!("snodo-small-disk-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
        .arg(&place)
        .output()
        .is_ok_and(|out| out.status.success());
    if !mounted {
        eprintln!("skipped: a small disk cannot be mounted here");
        drop(std::fs::remove_dir_all(&place));
        return;
    }
    let outcome = tokio::spawn(fill(place.clone())).await;
    assert!(Command::new("umount").arg("-l").arg(&place).status().unwrap().success());
    drop(std::fs::remove_dir_all(&place));
    outcome.unwrap();
}

async fn fill(place: std::path::PathBuf) {
    let db = Db::open(DbOptions::Sqlite { path: place.join("full.db"), readers: 1 }).await.unwrap();
    prepare(&db).await.unwrap();
    let ballast = place.join("ballast");
    std::fs::write(&ballast, vec![0; 1_500_000]).unwrap();
    let mut stored = BTreeSet::new();
    let mut refused = 0;
    let write = |id: i64, size: usize| {
        let db = db.clone();
        let note = "x".repeat(size);
        async move {
            db.write(move |tx| -> Result<(), DbError> {
                tx.exec(&INSERT, &params![1, id, "free", 1])?;
                tx.exec(
                    &INSERT_FULL,
                    &params![
                        2,
                        id,
                        "free",
                        1,
                        note.as_str(),
                        None::<bool>,
                        None::<&str>,
                        None::<i64>,
                        None::<&str>,
                        None::<&str>
                    ],
                )
                .map(drop)
            })
            .await
        }
    };
    // Eight at a time, so that groups fail; one in eight is too large for any disk here.
    for round in 0..60_i64 {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                (round * 8 + n, tokio::spawn(write(round * 8 + n, if n == 7 { 6_000_000 } else { 10_000 })))
            })
            .collect();
        for (id, task) in tasks {
            match task.await.unwrap() {
                Ok(()) => assert!(stored.insert(id)),
                Err(DbError::Unavailable(_)) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    println!("{} stored, {refused} refused", stored.len());
    assert!(stored.len() > 20 && refused > 60 + 8);
    let ids: BTreeSet<i64> =
        db.read(|tx| tx.rows(&LIST, &params![1], |r| r.int(0))).await.unwrap().into_iter().collect();
    assert_eq!(ids, stored, "what was told is what is stored");
    let full = write(1_000_000, 3_000_000).await;
    assert!(matches!(full, Err(DbError::Unavailable(_))), "{full:?}");
    // Space returns.
    std::fs::remove_file(ballast).unwrap();
    write(1_000_001, 1000).await.unwrap();
    db.ping().await.unwrap();
    db.close().await;
}
