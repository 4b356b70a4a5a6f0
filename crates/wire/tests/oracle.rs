//! Our strict reading and libxml2 with the schemas we print agree, document by document.
//!
//! Needs python3 with lxml; without, the test says that it was skipped.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use soap::{Error, Locations, Mode, Rule, SchemaFile};
use support::{Random, mutate, roots, valid};
use wire::{mypay, pa_for_node};

/// Documents of each kind per root element.
const VALID: usize = 25;
const BROKEN: usize = 75;

/// Writes the schemas of a contract, and gives the name of the one to load.
fn schemas(folder: &std::path::Path, files: &[SchemaFile]) -> BTreeMap<&'static str, String> {
    let mut named = BTreeMap::new();
    for file in files {
        let name = file.file.map_or_else(|| format!("{}.xsd", file.schema.prefix), str::to_owned);
        let printed = soap::print_xsd(file, files, Locations::Relative);
        // `\/` is how the original writes `/`; libxml2 refuses to compile it (mypay-soap.md §7.1).
        std::fs::write(folder.join(&name), printed.replace("\\/", "/")).unwrap();
        named.insert(file.schema.namespace, name);
    }
    named
}

/// Where libxml2 departs from XML Schema, and we do not follow.
fn known_deviation(ours: &Result<(), Error>, theirs: &str) -> bool {
    match ours {
        // It does not collapse the white space around a date whose type is the built-in one.
        Ok(()) => {
            let value = theirs.split('\'').nth(3).unwrap_or_default();
            theirs.contains("atomic type 'xs:date") && value.trim() != value
        }
        // It skips characters in base64 that do not belong there.
        Err(e) => {
            let alien = |c: char| !c.is_ascii_alphanumeric() && !"+/= \t\n\r".contains(c);
            *e.rule() == Rule::Type("base64Binary") && e.value().unwrap_or_default().contains(alien)
        }
    }
}

#[test]
fn strict_reading_agrees_with_libxml2() {
    let python = "python3";
    let lxml = Command::new(python).args(["-c", "import lxml"]).output();
    if !lxml.is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: needs python3 with lxml");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut named = schemas(folder.path(), pa_for_node::SERVICE.schemas);
    named.extend(schemas(folder.path(), mypay::SERVICE.schemas));

    let seed = std::env::var("ORACLE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_250_307);
    let mut random = Random::new(seed);
    let mut cases = Vec::new();
    for root in roots::all() {
        for i in 0..VALID + BROKEN {
            let mut tree = valid(&root.element, &mut random);
            if i >= VALID {
                for _ in 0..=random.below(2) {
                    mutate(&mut tree, &mut random);
                }
            }
            let text = tree.render();
            let schema = named[root.element.schema.namespace].clone();
            let ours = (root.read)(&text, Mode::Strict);
            cases.push((root.contract, schema, text, ours));
        }
    }

    let mut oracle = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle.py"))
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = oracle.stdin.take().unwrap();
    let questions: Vec<u8> =
        cases.iter().flat_map(|(_, schema, text, _)| format!("{schema}\n{text}\0").into_bytes()).collect();
    let writing = std::thread::spawn(move || input.write_all(&questions));
    let out = oracle.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(out.status.success(), "the oracle failed");
    let answers = String::from_utf8(out.stdout).unwrap();
    let answers: Vec<&str> = answers.lines().collect();
    assert_eq!(answers.len(), cases.len());

    let mut differences = Vec::new();
    let mut tally: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((contract, _, text, ours), theirs) in cases.iter().zip(answers) {
        let counts = tally.entry(contract).or_default();
        if ours.is_ok() {
            counts.0 += 1
        } else {
            counts.1 += 1
        }
        if ours.is_ok() != (theirs == "valid") && !known_deviation(ours, theirs) {
            let ours = ours.as_ref().map_or_else(ToString::to_string, |()| "valid".to_owned());
            let start: String = text.chars().take(2_000).collect();
            differences.push(format!("ours: {ours}\nlibxml2: {theirs}\n{start}\n"));
        }
    }
    for (contract, (good, bad)) in &tally {
        println!("{contract}: {good} accepted, {bad} refused by both");
        assert!(good + bad >= 500 && *good >= 100 && *bad >= 100, "{contract}: a poor corpus");
    }
    let shown = differences.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} of {}:\n{shown}", differences.len(), cases.len());
}
