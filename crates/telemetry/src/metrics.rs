//! Metrics in the text format of Prometheus.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{TelemetryError, process};

/// Upper bounds for names that end in `_seconds`: from a statement of the store to a slow peer.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds for names that end in `_bytes`.
const BYTES: [f64; 8] = [256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 10_485_760.0];
/// Upper bounds for everything that is counted: units in a group, rows in a batch.
const COUNTS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];

/// The recorder of this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// Installs the recorder for the whole process.
///
/// # Errors
/// [`TelemetryError::Twice`] when there is one.
pub fn install() -> Result<Metrics, TelemetryError> {
    let refused = |error: metrics_exporter_prometheus::BuildError| TelemetryError::Metrics(error.to_string());
    let recorder = PrometheusBuilder::new()
        .set_buckets(&COUNTS)
        .and_then(|b| b.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS))
        .and_then(|b| b.set_buckets_for_metric(Matcher::Suffix("_bytes".to_owned()), &BYTES))
        .map_err(refused)?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|_| TelemetryError::Twice)?;
    metrics::describe_gauge!("snodo_process_resident_bytes", "Resident memory");
    metrics::describe_gauge!("snodo_process_open_files", "Open file descriptors");
    metrics::describe_gauge!("snodo_process_threads", "Threads");
    metrics::describe_counter!("snodo_process_cpu_milliseconds_total", "Processor time, user and system");
    Ok(Metrics(handle))
}

impl Metrics {
    /// All metrics as text (`text/plain; version=0.0.4`), those of the process read now.
    #[must_use]
    pub fn render(&self) -> String {
        if let Some(usage) = process::usage() {
            #[allow(clippy::cast_precision_loss, reason = "gauges are doubles")]
            {
                metrics::gauge!("snodo_process_resident_bytes").set(usage.resident_bytes as f64);
                metrics::gauge!("snodo_process_threads").set(usage.threads as f64);
                metrics::gauge!("snodo_process_open_files").set(process::open_files().unwrap_or(0) as f64);
            }
            let cpu = u64::try_from(usage.cpu.as_millis()).unwrap_or(u64::MAX);
            metrics::counter!("snodo_process_cpu_milliseconds_total").absolute(cpu);
        }
        self.0.render()
    }

    /// Folds recorded values into their buckets. Must be called every some seconds: between two calls
    /// each value of a histogram takes memory.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_follow_from_the_name() {
        let metrics = install().unwrap();
        assert!(matches!(install(), Err(TelemetryError::Twice)));
        metrics::histogram!("snodo_probe_seconds").record(0.003);
        metrics::histogram!("snodo_probe_bytes").record(2000.0);
        metrics::histogram!("snodo_probe_units").record(3.0);
        metrics.upkeep();
        let text = metrics.render();
        for line in [
            r#"snodo_probe_seconds_bucket{le="0.0025"} 0"#,
            r#"snodo_probe_seconds_bucket{le="0.005"} 1"#,
            r#"snodo_probe_bytes_bucket{le="4096"} 1"#,
            r#"snodo_probe_units_bucket{le="4"} 1"#,
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
        if cfg!(target_os = "linux") {
            assert!(text.contains("snodo_process_resident_bytes "), "{text}");
        }
    }
}
