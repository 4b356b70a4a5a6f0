//! The server under measurement: this very binary, as `snodo sandbox`, in a directory that goes away.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use telemetry::process::Usage;

use super::Common;
use super::client::Connection;
use crate::console;
use crate::seed::file::SandboxFile;

const PATIENCE: Duration = Duration::from_secs(60);

/// A directory for one measurement.
pub struct Workspace(PathBuf);

impl Workspace {
    /// Makes it.
    pub fn new(parent: &Path) -> anyhow::Result<Self> {
        let path = parent.join(format!("snodo-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server.
pub struct Target {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to the first positive `/health/ready`.
    pub ready_after: Duration,
    data_dir: PathBuf,
}

impl Target {
    /// Starts a server on the data in a workspace, and waits until it is ready.
    pub async fn start(workspace: &Workspace, common: &Common) -> anyhow::Result<Self> {
        let address = free_address()?;
        let data_dir = workspace.path().join("data");
        let log_path = workspace.path().join("server.log");
        let log = std::fs::File::create(&log_path)?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("sandbox").arg("--listen").arg(address.to_string()).arg("--data-dir").arg(&data_dir);
        // Settings of the shell must not change what is measured.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("SNODO_"))
        {
            command.env_remove(name);
        }
        if let Some(url) = &common.database_url {
            command.env("SNODO_DATABASE_URL", url);
        }
        let begun = Instant::now();
        let child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("the server")?;
        let mut target = Self { child, address, ready_after: Duration::ZERO, data_dir };
        while !target.is_ready().await {
            if let Some(status) = target.child.try_wait()? {
                bail!(
                    "the server ended with {status}: {}",
                    std::fs::read_to_string(&log_path).unwrap_or_default()
                );
            }
            if begun.elapsed() > PATIENCE {
                bail!("the server is not ready after {} s", PATIENCE.as_secs());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        target.ready_after = begun.elapsed();
        Ok(target)
    }

    async fn is_ready(&self) -> bool {
        let probe =
            async { Connection::open(self.address).await?.get("/health/ready").await.map(|a| a.status) };
        let answer = tokio::time::timeout(Duration::from_secs(5), probe).await;
        matches!(answer, Ok(Ok(200)))
    }

    /// What is seeded in it.
    pub fn file(&self) -> anyhow::Result<SandboxFile> {
        SandboxFile::read(&self.data_dir)?.context("the server wrote no sandbox.json")
    }

    /// Its resources.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        telemetry::process::usage_of(self.child.id()).context("/proc tells nothing about the server")
    }

    /// Stops it in good order; tells when it does not stop so.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let sent = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status();
        if !sent.is_ok_and(|status| status.success()) {
            self.child.kill()?;
        }
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait()? {
                if !status.success() {
                    console::line(format!("note: the server ended with {status}"));
                }
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        bail!("the server does not stop");
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Already stopped in the good case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> anyhow::Result<SocketAddr> {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(probe.local_addr()?)
}
