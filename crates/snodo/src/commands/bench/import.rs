//! `bench import`: debts one by one, each with its IUV.

use std::time::Instant;

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::client::{Connection, between};
use super::figures::{HEADINGS, micros};
use super::load::{self, Load, Meter, Outcome, Spent, Work};
use super::machine::{FlushRate, Machine, flush_rate};
use super::messages::{Parties, SIL};
use super::target::{Target, Workspace};
use super::{Common, ImportOptions};
use crate::{console, random};

/// What is imported before the measurement, so that caches and the password are warm.
const WARM_UP: usize = 500;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    clients: u32,
    database: &'static str,
    outcome: Outcome,
    spent: Spent,
    flush_before: FlushRate,
    flush_after: FlushRate,
    machine: Machine,
}

pub async fn run(options: &ImportOptions) -> anyhow::Result<()> {
    let workspace = Workspace::new(&options.common.dir)?;
    let target = Target::start(&workspace, &options.common).await?;
    let importer = Importer::new(&target)?;
    let count = usize::try_from(options.count)?;
    let load = |units| Load { address: target.address, clients: options.clients, units, rate: None };
    let progress = console::bar("Warm-up", WARM_UP as u64);
    load::run(&importer, &load(0..WARM_UP), &progress).await?;
    progress.finish_and_clear();

    let flush_before = flush_rate(workspace.path())?;
    let meter = Meter::read(&target)?;
    let progress = console::bar("paaSILImportaDovuto", count as u64);
    let outcome = load::run(&importer, &load(WARM_UP..WARM_UP + count), &progress).await?;
    progress.finish_and_clear();
    let spent = meter.spent(&target, outcome.units)?;
    let flush_after = flush_rate(workspace.path())?;
    target.stop()?;
    let report = Report {
        clients: options.clients,
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
    let heading = format!(
        "paaSILImportaDovuto with IUV: {:.0}/s, {} clients, {}",
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

/// The engine under the server.
pub fn database(common: &Common) -> &'static str {
    if common.database_url.is_some() { "PostgreSQL" } else { "SQLite" }
}

/// A result of load for people.
pub fn print(heading: &str, outcome: &Outcome, spent: &Spent, flush: [&FlushRate; 2], machine: &Machine) {
    console::line(heading);
    console::line(format!("{} done, {} errors, {:.1} s", outcome.units, outcome.errors, outcome.seconds));
    for error in &outcome.first_errors {
        console::line(format!("  error: {error}"));
    }
    let mut rows: Vec<_> = outcome.calls.iter().map(|(name, spread)| spread.row(name)).collect();
    if rows.len() > 1 {
        rows.push(outcome.unit.row("together"));
    }
    rows.extend(outcome.begun_late.as_ref().map(|late| late.row("(begun late)")));
    console::table(HEADINGS, &rows);
    console::line(format!(
        "server: {:.1} CPU s ({:.0} µs each), {:.0} MiB; load generator: {:.1} CPU s",
        spent.server_cpu_seconds,
        spent.server_cpu_us_per_unit,
        spent.server_resident_mib,
        spent.client_cpu_seconds
    ));
    let [before, after] = flush;
    console::line(format!("disk before: {}; after: {}", before.line(), after.line()));
    console::line(machine.line());
    console::line(format!("command: {}", machine.command));
}

/// Imports debts of the first ente.
pub struct Importer {
    /// Whom the load speaks for.
    pub parties: Parties,
    run: String,
}

impl Importer {
    /// For the enti of a server.
    pub fn new(target: &Target) -> anyhow::Result<Self> {
        let file = target.file()?;
        let ente = file.organizations.first().context("no ente")?;
        let kind = ente.debt_position_types.first().context("no tipo dovuto")?;
        let parties = Parties {
            broker: file.broker.fiscal_code.clone(),
            station: file.broker.stations.first().context("no station")?.clone(),
            fiscal_code: ente.fiscal_code.clone(),
            ipa: ente.cod_ipa_ente.clone(),
            password: ente.mypay.password.clone(),
            kind: kind.code.clone(),
            taxonomy: kind.taxonomy.clone(),
        };
        Ok(Self { parties, run: random::hex(6)? })
    }

    /// Imports one debt; answers its IUV.
    pub async fn import(&self, connection: &mut Connection, number: usize) -> anyhow::Result<String> {
        let message = self.parties.import(&format!("BENCH{}{number:010}", self.run));
        let answer = connection.soap(SIL, "paaSILImportaDovuto", &message).await?;
        let tag = "identificativoUnivocoVersamento";
        match between(answer.body, &format!("<{tag}>"), &format!("</{tag}>")) {
            Some(iuv) if answer.status == 200 => Ok(iuv.to_owned()),
            _ => bail!("HTTP {}: {}", answer.status, answer.body.chars().take(600).collect::<String>()),
        }
    }
}

impl Work for Importer {
    const CALLS: &'static [&'static str] = &["paaSILImportaDovuto"];

    async fn run(
        &self,
        connection: &mut Connection,
        number: usize,
        times: &mut Vec<u32>,
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        self.import(connection, number).await?;
        times.push(micros(started.elapsed()));
        Ok(())
    }
}
