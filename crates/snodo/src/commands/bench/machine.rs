//! On what the figures were obtained.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::store::shown;

/// The machine and the command.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_mib: u64,
    pub kernel: String,
    pub file_system: String,
    pub snodo: String,
    pub build: &'static str,
    pub command: String,
}

impl Machine {
    /// This machine, with the file system of a directory.
    pub fn here(dir: &Path) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let value = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':'))
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let memory = value(&read("/proc/meminfo"), "MemTotal");
        let kib: u64 = memory.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        Self {
            cpu: value(&read("/proc/cpuinfo"), "model name"),
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_mib: kib / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(&read("/proc/mounts"), dir),
            snodo: env!("CARGO_PKG_VERSION").to_owned(),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            command: command(),
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let Self { cpu, cores, memory_mib, kernel, file_system, snodo, build, .. } = self;
        format!(
            "{cpu}, {cores} cores, {memory_mib} MiB, Linux {kernel}, {file_system}; snodo {snodo} ({build})"
        )
    }
}

fn command() -> String {
    let mut words = vec!["snodo".to_owned()];
    words.extend(std::env::args().skip(1).map(|word| match word.split_once("://") {
        Some(_) => shown(&word),
        None => word,
    }));
    words.join(" ")
}

/// Type of the file system of a directory: of its longest mount point.
fn file_system(mounts: &str, dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let mounted = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let longest = mounted.filter(|(at, _)| dir.starts_with(at)).max_by_key(|(at, _)| at.len());
    longest.map(|(_, kind)| kind.to_owned()).unwrap_or_default()
}

/// How fast a disk makes 4 KiB durable, one after another.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlushRate {
    pub per_second: f64,
    pub median_us: u32,
    pub p99_us: u32,
}

/// Measures the flush rate of the disk under a directory, for a second.
pub fn flush_rate(dir: &Path) -> anyhow::Result<FlushRate> {
    let path = dir.join("flush-probe");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let page = [0x5a_u8; 4096];
    let mut times = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        let started = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(super::figures::micros(started.elapsed()));
    }
    let seconds = begun.elapsed().as_secs_f64();
    drop(file);
    std::fs::remove_file(&path)?;
    let spread = super::figures::Spread::of(times);
    Ok(FlushRate {
        per_second: spread.count as f64 / seconds,
        median_us: spread.p50_us,
        p99_us: spread.p99_us,
    })
}

impl FlushRate {
    /// One line for people.
    pub fn line(&self) -> String {
        format!("{:.0} flushes/s (median {} µs, p99 {} µs)", self.per_second, self.median_us, self.p99_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_counts() {
        let mounts = "a / ext4 rw 0 0\nb /data xfs rw 0 0\nc /database tmpfs rw 0 0";
        assert_eq!(file_system(mounts, Path::new("/data/x")), "xfs");
        assert_eq!(file_system(mounts, Path::new("/elsewhere")), "ext4");
    }

    #[test]
    fn the_flush_rate_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let rate = flush_rate(dir.path()).unwrap();
        assert!(rate.per_second > 1.0, "{rate:?}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
