//! Speed of the notices: `cargo run --release -p documents --example pages [COUNT] [DIRECTORY]`.
//!
//! Prints documents per second of one core and bytes per document for each kind; with a directory, writes one file of
//! each. The time is that of the process on the processor where the system tells it (Linux), so that other work on the
//! machine does not blur the figure; elsewhere it is the time on the wall.
#![allow(clippy::print_stdout, clippy::float_arithmetic, clippy::cast_precision_loss, reason = "a benchmark")]

#[path = "../tests/it/samples.rs"]
mod samples;

use std::path::Path;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().map_or(Ok(600), |a| a.parse())?;
    let directory = arguments.next();
    let started = Instant::now();
    let documents = documents::Notices::new()?;
    println!("fonts parsed in {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    for (name, notice) in samples::all() {
        // As in a print run: the ente is the same, debtor, amount and number change.
        let run = (0..count).map(|i| {
            let mut notice = notice.clone();
            notice.debtor.full_name = format!("{} {i}", notice.debtor.full_name);
            notice
        });
        let (mut bytes, started) = (0, Watch::start());
        documents.render_many(run, |_, pdf| {
            bytes += pdf.len();
            Ok::<(), documents::DocumentError>(())
        })?;
        report(name, count, started, bytes);
        if let Some(directory) = &directory {
            std::fs::write(Path::new(directory).join(format!("{name}.pdf")), documents.render(&notice)?)?;
        }
    }
    for (name, receipt) in [("receipt", samples::receipt()), ("long-receipt", samples::long_receipt())] {
        let (mut bytes, started) = (0, Watch::start());
        for _ in 0..count {
            bytes += documents.receipt(&receipt)?.len();
        }
        report(name, count, started, bytes);
        if let Some(directory) = &directory {
            std::fs::write(Path::new(directory).join(format!("{name}.pdf")), documents.receipt(&receipt)?)?;
        }
    }
    Ok(())
}

fn report(name: &str, count: u32, watch: Watch, bytes: usize) {
    let rate = |time: Duration| f64::from(count) / time.as_secs_f64();
    let each = bytes as f64 / f64::from(count);
    println!(
        "{name:14} {:7.0} documents/s ({:.0} on the wall) {each:7.0} bytes each",
        rate(watch.processor()),
        rate(watch.wall.elapsed())
    );
}

struct Watch {
    wall: Instant,
    used: Option<Duration>,
}

impl Watch {
    fn start() -> Self {
        Self { wall: Instant::now(), used: used() }
    }

    fn processor(&self) -> Duration {
        used().zip(self.used).map_or_else(|| self.wall.elapsed(), |(now, then)| now - then)
    }
}

/// Processor time of this process, whose work is all on one thread.
fn used() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
