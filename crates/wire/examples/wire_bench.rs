//! How long messages take: `cargo run --release -p wire --example wire_bench`.
#![allow(clippy::print_stdout, clippy::float_arithmetic, reason = "a measurement for people")]

use std::hint::black_box;
use std::time::Instant;

use soap::{Document, Envelope, Error, Mode, envelope, read_document, write_element};
use wire::mypay_documents::Dovuti;
use wire::pa_for_node::{PaSendRtV2Request, SERVICE};

const ROUNDS: u32 = 20_000;

const RECEIPT: &str = include_str!("receipt.xml");
const DOVUTI: &str = include_str!("dovuti.xml");

fn main() -> Result<(), Error> {
    let document = Document::parse(RECEIPT)?;
    let request: PaSendRtV2Request = soap::read_element(document.root(), Mode::Strict)?;
    let message = envelope::request(&request);
    println!("paSendRTV2 in its envelope: {} bytes", message.len());
    time("  parse", || Document::parse(black_box(&message)).map(drop));
    time("  parse and read strictly", || {
        let envelope = Envelope::parse(black_box(&message), &SERVICE);
        envelope.map(|e| e.body::<PaSendRtV2Request>().map(drop))
    });
    time("  write", || envelope::request(black_box(&request)));

    let dovuti: Dovuti = read_document(DOVUTI.as_bytes(), Mode::Document)?;
    println!("Dovuti: {} bytes", DOVUTI.len());
    time("  decode, parse, read", || {
        read_document::<Dovuti>(black_box(DOVUTI.as_bytes()), Mode::Document).map(drop)
    });
    time("  write", || write_element(black_box(&dovuti)));
    Ok(())
}

/// The best of five runs, in microseconds per call.
fn time<T>(what: &str, mut run: impl FnMut() -> T) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(run());
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what}: {:.2} µs", best * 1e6 / f64::from(ROUNDS));
}
