//! Structured logs, metrics and trace identifiers: the one place that knows the libraries behind them.
//!
//! * [`logs::init`] once, at the start of the binary; its guard flushes what is left at the end.
//! * [`metrics::install`] once; `render` is what `/metrics` answers. Names begin with `snodo_` and end with
//!   their unit (`_seconds`, `_bytes`, `_total`), from which the buckets of histograms follow.
//! * [`TraceId`] names one call through logs, journal and answers.
//! * [`Masked`] keeps personal data out of all of them (design §4 rules 9 and 12).

pub mod logs;
pub mod metrics;
pub mod process;

mod mask;
mod trace;

pub use mask::{Masked, mask, mask_email, mask_fiscal_code, scrub};
pub use trace::TraceId;

/// Why logs or metrics could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter of logs is not in the syntax of `SNODO_LOG`.
    #[error(
        "log filter `{filter}`: {reason}; write a level (error, warn, info, debug, trace) or `info,db=debug`"
    )]
    Filter {
        /// The text that was given.
        filter: String,
        /// What the parser says.
        reason: String,
    },
    /// Set up twice in one process.
    #[error("logs or metrics are set up already in this process")]
    Twice,
    /// The thread that writes logs could not be started.
    #[error("the thread that writes logs: {0}")]
    Thread(#[source] std::io::Error),
    /// A bucket list was refused.
    #[error("metrics: {0}")]
    Metrics(String),
}
