//! `snodo journal verify`.

use std::process::ExitCode;

use super::open_store;
use crate::cli::Journal;
use crate::console;

pub async fn run(command: Journal) -> anyhow::Result<ExitCode> {
    let Journal::Verify(store) = command;
    let opened = open_store(&store).await?;
    let progress = console::spinner("Verifying the journal");
    let found = opened.engine.journal.verify().await;
    progress.finish_and_clear();
    let found = found?;
    opened.close().await;
    for fault in &found.faults {
        console::line(format!("segment {} entry {}: {}", fault.segment, fault.seq, fault.what));
    }
    let counted = format!("{} entries in {} segments", found.entries, found.segments);
    if found.faults.is_empty() {
        console::line(format!("The journal holds: {counted}."));
        return Ok(ExitCode::SUCCESS);
    }
    console::line(format!("The journal is broken in {} places: {counted}.", found.faults.len()));
    Ok(ExitCode::FAILURE)
}
