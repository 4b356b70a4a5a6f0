//! `bench cycle`: verify → getPaymentV2 → sendRTV2 of as many notices, the load playing the node.

use std::cell::RefCell;
use std::time::Instant;

use anyhow::{Context as _, bail};
use engine::{Clock as _, SystemClock};
use serde::Serialize;

use super::CycleOptions;
use super::client::Connection;
use super::figures::micros;
use super::import::{Importer, database, print};
use super::load::{self, Load, Meter, Outcome, Spent, Work};
use super::machine::{FlushRate, Machine, flush_rate};
use super::messages::{NODE, Parties};
use super::target::{Target, Workspace};
use crate::{console, random};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    clients: u32,
    rate: Option<u32>,
    database: &'static str,
    outcome: Outcome,
    spent: Spent,
    flush_before: FlushRate,
    flush_after: FlushRate,
    machine: Machine,
}

pub async fn run(options: &CycleOptions) -> anyhow::Result<()> {
    let workspace = Workspace::new(&options.common.dir)?;
    let target = Target::start(&workspace, &options.common).await?;
    let cycles = usize::try_from(options.cycles)?;
    let warm_up = (cycles / 10).clamp(1, 1000);
    let total = warm_up + cycles;
    let load = |units, rate| Load { address: target.address, clients: options.clients, units, rate };

    let maker = Maker { importer: Importer::new(&target)?, notices: RefCell::default() };
    let progress = console::bar("Preparing notices", total as u64);
    let made = load::run(&maker, &load(0..total, None), &progress).await?;
    progress.finish_and_clear();
    if made.errors > 0 {
        bail!("{} notices could not be prepared: {}", made.errors, made.first_errors.join("; "));
    }

    let node = Node {
        parties: maker.importer.parties,
        notices: maker.notices.into_inner(),
        run: random::hex(6)?,
        paid_at: jiff::tz::TimeZone::UTC
            .to_datetime(SystemClock.now())
            .strftime("%Y-%m-%dT%H:%M:%S")
            .to_string(),
    };
    let progress = console::bar("Warm-up", warm_up as u64);
    load::run(&node, &load(0..warm_up, None), &progress).await?;
    progress.finish_and_clear();

    let flush_before = flush_rate(workspace.path())?;
    let meter = Meter::read(&target)?;
    let progress = console::bar("Cycles", cycles as u64);
    let outcome = load::run(&node, &load(warm_up..total, options.rate), &progress).await?;
    progress.finish_and_clear();
    let spent = meter.spent(&target, outcome.units)?;
    let flush_after = flush_rate(workspace.path())?;
    target.stop()?;

    let report = Report {
        clients: options.clients,
        rate: options.rate,
        database: database(&options.common),
        outcome,
        spent,
        flush_before,
        flush_after,
        machine: Machine::here(workspace.path()),
    };
    if options.common.json {
        return console::json(&report);
    }
    let how = match report.rate {
        Some(rate) => format!("begun at {rate}/s"),
        None => "each connection as fast as it goes".to_owned(),
    };
    let heading = format!(
        "verify → getPaymentV2 → sendRTV2, durable: {:.0} cycles/s, {} clients, {how}, {}",
        report.outcome.per_second, report.clients, report.database
    );
    print(
        &heading,
        &report.outcome,
        &report.spent,
        [&report.flush_before, &report.flush_after],
        &report.machine,
    );
    Ok(())
}

/// Makes the notices to be paid.
struct Maker {
    importer: Importer,
    notices: RefCell<Vec<String>>,
}

impl Work for Maker {
    const CALLS: &'static [&'static str] = &["paaSILImportaDovuto"];

    async fn run(
        &self,
        connection: &mut Connection,
        number: usize,
        _times: &mut Vec<u32>,
    ) -> anyhow::Result<()> {
        let iuv = self.importer.import(connection, number).await?;
        // Aux digit 3: seventeen digits of IUV, segregation code included.
        self.notices.borrow_mut().push(format!("3{iuv}"));
        Ok(())
    }
}

/// Pays them.
struct Node {
    parties: Parties,
    notices: Vec<String>,
    run: String,
    paid_at: String,
}

impl Work for Node {
    const CALLS: &'static [&'static str] = &["paVerifyPaymentNotice", "paGetPaymentV2", "paSendRTV2"];

    async fn run(
        &self,
        connection: &mut Connection,
        number: usize,
        times: &mut Vec<u32>,
    ) -> anyhow::Result<()> {
        let notice = self.notices.get(number).context("no notice left")?;
        call(connection, "paVerifyPaymentNotice", &self.parties.verify(notice), times).await?;
        let activation = call(connection, "paGetPaymentV2", &self.parties.activate(notice), times).await?;
        let receipt_id = format!("{}{number:020}", self.run);
        let receipt = self
            .parties
            .receipt(notice, &receipt_id, &self.paid_at, activation)
            .with_context(|| format!("an activation that cannot be paid: {activation}"))?;
        call(connection, "paSendRTV2", &receipt, times).await?;
        Ok(())
    }
}

async fn call<'a>(
    connection: &'a mut Connection,
    operation: &str,
    message: &str,
    times: &mut Vec<u32>,
) -> anyhow::Result<&'a str> {
    let started = Instant::now();
    let answer = connection.soap(NODE, operation, message).await?;
    times.push(micros(started.elapsed()));
    if answer.status != 200 || !answer.body.contains("<outcome>OK</outcome>") {
        bail!("{operation}: HTTP {}: {}", answer.status, answer.body.chars().take(600).collect::<String>());
    }
    Ok(answer.body)
}
