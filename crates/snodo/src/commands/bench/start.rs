//! `bench start`: how long until ready, how much at rest, how large on disk.

use std::time::Duration;

use serde::Serialize;

use super::StartOptions;
use super::load::mib;
use super::machine::Machine;
use super::target::{Target, Workspace};
use crate::console;

/// How long a server rests before its memory is read.
const REST: Duration = Duration::from_secs(2);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    first_start_ms: f64,
    start_ms: Vec<f64>,
    median_start_ms: f64,
    /// After the first start, which hashed the secrets of the seed.
    first_idle_resident_mib: f64,
    /// After a later one.
    idle_resident_mib: f64,
    idle_threads: u64,
    binary_mib: f64,
    machine: Machine,
}

pub async fn run(options: &StartOptions) -> anyhow::Result<()> {
    let workspace = Workspace::new(&options.common.dir)?;
    let progress = console::bar("Starts", u64::from(options.runs) + 1);
    let target = Target::start(&workspace, &options.common).await?;
    let first_start_ms = milliseconds(target.ready_after);
    tokio::time::sleep(REST).await;
    let first_idle_resident_mib = mib(target.usage()?.resident_bytes);
    target.stop()?;
    progress.inc(1);
    let mut start_ms = Vec::new();
    let mut usage = None;
    for _ in 0..options.runs {
        let target = Target::start(&workspace, &options.common).await?;
        start_ms.push(milliseconds(target.ready_after));
        tokio::time::sleep(REST).await;
        usage = Some(target.usage()?);
        target.stop()?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let mut sorted = start_ms.clone();
    sorted.sort_by(f64::total_cmp);
    let report = Report {
        first_start_ms,
        median_start_ms: sorted.get(sorted.len() / 2).copied().unwrap_or(0.0),
        start_ms,
        first_idle_resident_mib,
        idle_resident_mib: usage.map_or(0.0, |usage| mib(usage.resident_bytes)),
        idle_threads: usage.map_or(0, |usage| usage.threads),
        binary_mib: mib(std::fs::metadata(std::env::current_exe()?)?.len()),
        machine: Machine::here(workspace.path()),
    };
    if options.common.json {
        return console::json(&report);
    }
    console::line(format!("first start, with schema and seed: {:.0} ms to ready", report.first_start_ms));
    console::line(format!(
        "later starts: median {:.0} ms to ready of {} runs",
        report.median_start_ms, options.runs
    ));
    console::line(format!(
        "at rest: {:.1} MiB, {} threads ({:.1} MiB after the first start)",
        report.idle_resident_mib, report.idle_threads, report.first_idle_resident_mib
    ));
    console::line(format!("binary: {:.1} MiB", report.binary_mib));
    console::line(report.machine.line());
    console::line(format!("command: {}", report.machine.command));
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
