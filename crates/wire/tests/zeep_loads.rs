//! A strict SOAP stack loads our WSDLs and builds a request of every operation.
//!
//! Needs python3 with zeep; without, the test says that it was skipped.

use std::process::Command;

use soap::{Locations, Service};
use wire::{mypay, pa_for_node};

#[test]
fn every_operation_is_usable() {
    let python = "python3";
    let zeep = Command::new(python).args(["-c", "import zeep"]).output();
    if !zeep.is_ok_and(|out| out.status.success()) {
        eprintln!("skipped: needs python3 with zeep");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, service: &Service| {
        let address = "http://127.0.0.1:9/soap";
        let wsdl = folder.path().join(name);
        std::fs::write(&wsdl, service.wsdl(address, Locations::Relative)).unwrap();
        for file in service.schemas.iter().filter_map(|schema| schema.file) {
            let text = service.xsd(file, Locations::Relative).unwrap();
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        wsdl
    };
    for (wsdl, operations) in
        [(write("paForNode.wsdl", &pa_for_node::SERVICE), 6), (write("mypay.wsdl", &mypay::SERVICE), 18)]
    {
        let out = Command::new(python)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/zeep_loads.py"))
            .arg(&wsdl)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stdout);
        assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(said.lines().count(), operations, "{said}");
    }
}
