//! A PostgreSQL server of a test's own, to be stopped at will.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub struct Server {
    bin: PathBuf,
    dir: PathBuf,
    pub port: u16,
    settings: String,
}

impl Server {
    /// `None`, with a word about it, when there are no server programs here.
    pub fn start(settings: &str) -> Option<Self> {
        let Some(bin) = programs() else {
            eprintln!("skipped: no PostgreSQL server programs found");
            return None;
        };
        let dir = std::env::temp_dir().join(format!("snodo-outage-{}-{:x}", std::process::id(), free_port()));
        std::fs::create_dir_all(&dir).unwrap();
        if is_root() {
            assert!(Command::new("chown").arg("postgres").arg(&dir).status().unwrap().success());
        }
        let server = Self { bin, dir, port: free_port(), settings: settings.to_owned() };
        let data = server.data();
        server.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        );
        server.up();
        Some(server)
    }

    fn data(&self) -> String {
        self.dir.join("data").to_str().unwrap().to_owned()
    }

    pub fn directory(&self) -> &Path {
        &self.dir
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub fn up(&self) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} {}",
            self.port,
            self.dir.display(),
            self.settings
        );
        let log = self.dir.join("data/log");
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-l", log.to_str().unwrap(), "-o", &options, "start"]);
    }

    pub fn down(&self, how: &str) {
        self.run("pg_ctl", &["-D", &self.data(), "-w", "-m", how, "stop"]);
    }

    /// Runs a program as the user that PostgreSQL wants to be.
    pub fn run(&self, program: &str, args: &[&str]) {
        let path = if program.contains('/') { PathBuf::from(program) } else { self.bin.join(program) };
        let mut command = if is_root() {
            let mut c = Command::new("runuser");
            c.args(["-u", "postgres", "--"]).arg(path);
            c
        } else {
            Command::new(path)
        };
        let out =
            command.args(args).current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(out.success(), "{program} {args:?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        if self.dir.join("data/postmaster.pid").exists() {
            self.run("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]);
        }
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n")
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|e| Some(e.ok()?.path().join("bin")))
        .chain(std::env::split_paths(&std::env::var_os("PATH")?))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}
