//! The contracts we publish are those in `contracts/`, and those are the originals.
//!
//! `UPDATE_CONTRACTS=1 cargo test -p wire --test contracts` writes them anew.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use soap::{Locations, Service};
use wire::{mypay, mypay_documents, pa_for_node};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// File name and text of every contract.
fn published() -> Vec<(&'static str, String)> {
    let wsdl = |service: &Service, path: &str| {
        service.wsdl(&format!("https://pagamenti.example.it/{path}"), Locations::Relative)
    };
    let documents = mypay_documents::SCHEMA_FILE.file.unwrap();
    vec![
        ("paForNode.wsdl", wsdl(&pa_for_node::SERVICE, "pagopa/paForNode")),
        (
            pa_for_node::SCHEMA_FILE,
            pa_for_node::SERVICE.xsd(pa_for_node::SCHEMA_FILE, Locations::Relative).unwrap(),
        ),
        ("PagamentiTelematiciDovutiPagati.wsdl", wsdl(&mypay::SERVICE, "mypay4/ws/pa/")),
        (documents, mypay::SERVICE.xsd(documents, Locations::Relative).unwrap()),
    ]
}

#[test]
fn snapshots_are_current() {
    let folder = root().join("contracts");
    let update = std::env::var_os("UPDATE_CONTRACTS").is_some();
    for (file, text) in published() {
        let path = folder.join(file);
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stored == text,
            "contracts/{file} is not what the declarations print; \
             if the wire is meant to change, run with UPDATE_CONTRACTS=1 and review the difference"
        );
    }
}

#[test]
fn same_as_the_originals() {
    let (root, python) = (root(), "python3");
    let tool = root.join("../shared/tools/contract-facts");
    let lxml = Command::new(python).args(["-c", "import lxml"]).output();
    if !tool.exists() || !lxml.is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: needs ../shared and python3 with lxml");
        return;
    }
    for (original, ours) in [
        ("pagopa-paForNode.json", "paForNode.wsdl"),
        ("mypay-pa-per-ente.json", "PagamentiTelematiciDovutiPagati.wsdl"),
        ("mypay-PagInf_Dovuti_Pagati_6_2_0.json", "PagInf_Dovuti_Pagati_6_2_0.xsd"),
    ] {
        let out = Command::new(python)
            .arg(&tool)
            .arg("--diff")
            .arg(root.join("../shared/contracts").join(original))
            .arg(root.join("contracts").join(ours))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stdout);
        let problems = String::from_utf8_lossy(&out.stderr);
        assert_eq!(said.trim(), "same contract", "{ours} against {original}\n{problems}");
    }
}

#[test]
fn both_address_styles_carry_the_public_address() {
    let address = "https://pay.example.org/mypay4/ws/pa/PagamentiTelematiciDovutiPagati";
    let by_file = mypay::SERVICE.wsdl(address, Locations::Relative);
    assert!(by_file.contains(&format!("<soap:address location=\"{address}\"/>")));
    assert!(by_file.contains("schemaLocation=\"PagInf_Dovuti_Pagati_6_2_0.xsd\""));
    let by_query = mypay::SERVICE.wsdl(address, Locations::Query(address));
    let location = format!("schemaLocation=\"{address}?xsd=PagInf_Dovuti_Pagati_6_2_0.xsd\"");
    assert_eq!(by_query.matches(&location).count(), 2, "once in types, once in the schema");
    assert!(!by_query.contains("schemaLocation=\"PagInf"));
}
