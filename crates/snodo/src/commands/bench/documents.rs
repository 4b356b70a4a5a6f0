//! `bench documents`: notices as PDF, one after another on one core.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use documents::{Creditor, Environment, Notice, Notices, OnlineChannel, Party, Payable, Plan, PostalAccount};
use model::{Cents, Iban, NoticeNumber, OrganizationFiscalCode, PersonCode, SegregationCode, iuv17};
use serde::Serialize;

use super::DocumentsOptions;
use super::figures::{HEADINGS, Spread, micros};
use super::machine::Machine;
use crate::console;
use crate::seed::data;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    kind: &'static str,
    pages: usize,
    seconds: f64,
    pages_per_second: f64,
    bytes_each: usize,
    each: Spread,
}

#[derive(Serialize)]
struct Reports {
    runs: Vec<Report>,
    machine: Machine,
}

pub fn run(options: &DocumentsOptions) -> anyhow::Result<()> {
    let renderer = Notices::new()?;
    let half = Duration::from_secs(options.seconds.into()) / 2;
    let runs = vec![
        measure(&renderer, "bank section", false, half)?,
        measure(&renderer, "bank and postal section", true, half)?,
    ];
    let reports = Reports { runs, machine: Machine::here(Path::new(".")) };
    if options.json {
        return console::json(&reports);
    }
    for report in &reports.runs {
        console::line(format!(
            "avviso, {}: {:.0} pages/s on one core, {} bytes each",
            report.kind, report.pages_per_second, report.bytes_each
        ));
        console::table(HEADINGS, &[report.each.row("one page")]);
    }
    console::line(reports.machine.line());
    console::line(format!("command: {}", reports.machine.command));
    Ok(())
}

fn measure(renderer: &Notices, kind: &'static str, postal: bool, time: Duration) -> anyhow::Result<Report> {
    let creditor = Arc::new(creditor(postal)?);
    let progress = console::spinner("Notices");
    let mut times = Vec::new();
    let mut bytes = 0;
    let begun = Instant::now();
    for number in 0.. {
        let notice = notice(&creditor, number)?;
        let started = Instant::now();
        bytes += renderer.render(&notice)?.len();
        times.push(micros(started.elapsed()));
        if begun.elapsed() >= time {
            break;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    progress.finish_and_clear();
    let pages = times.len();
    Ok(Report {
        kind,
        pages,
        seconds,
        pages_per_second: pages as f64 / seconds,
        bytes_each: bytes / pages.max(1),
        each: Spread::of(times),
    })
}

fn creditor(postal: bool) -> anyhow::Result<Creditor> {
    let seed = data::ORGANIZATIONS.first().context("no ente in the seed")?;
    let account = match seed.postal.as_ref().filter(|_| postal) {
        Some(account) => {
            Some(PostalAccount::new(&Iban::parse(account.iban)?, seed.name, account.authorization)?)
        }
        None => None,
    };
    Ok(Creditor {
        name: seed.name.to_owned(),
        fiscal_code: OrganizationFiscalCode::parse(seed.fiscal_code)?,
        department: Some(seed.sector.to_owned()),
        contacts: Some(format!("tel. {} · {}", seed.phone, seed.email)),
        cbill: Some(seed.cbill.to_owned()),
        online: OnlineChannel::Site,
        on_site: None,
        logo: None,
        postal: account,
    })
}

/// A notice like no other: number, name and amount differ, so that nothing can be remembered.
fn notice(creditor: &Arc<Creditor>, number: u64) -> anyhow::Result<Notice> {
    let iuv = iuv17(&SegregationCode::parse("01")?, number + 1)?;
    Ok(Notice {
        environment: Environment::Production,
        creditor: creditor.clone(),
        debtor: Party {
            full_name: format!("Maria Concetta D’Angelo Però {number}"),
            code: PersonCode::Anonymous,
            address: Some("Via Giosuè Carducci, 12/B - 37099 Borgo Sereno (VR)".to_owned()),
        },
        subject: format!("Tassa sui rifiuti 2026, utenza domestica {number}, acconto"),
        plan: Plan::Single(Payable {
            notice_number: NoticeNumber::parse(&format!("3{iuv}"))?,
            amount: Cents::new(10_000 + i64::try_from(number % 90_000)?)?,
            due_date: Some(jiff::civil::date(2026, 12, 16)),
        }),
        second_language: None,
    })
}
