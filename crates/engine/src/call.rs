//! The context of one call, handed from the protocol adapter down to the journal.

use std::time::Instant;

use serde::Serialize;

/// One call in or out: which door, which operation, which trace.
#[derive(Debug, Clone)]
pub struct Call {
    /// Identifier of the trace, shown in every error and log line.
    pub trace: String,
    /// The door: `mypay`, `pagopa`, `portal`, `jobs`, `admin`…
    pub interface: &'static str,
    /// The operation in the door's own vocabulary, e.g. `paSendRTV2`.
    pub operation: String,
    /// When it began, for the time taken.
    pub started: Instant,
}

impl Call {
    /// A call that begins now.
    pub fn new(interface: &'static str, operation: impl Into<String>, trace: impl Into<String>) -> Self {
        Self { trace: trace.into(), interface, operation: operation.into(), started: Instant::now() }
    }

    /// Microseconds since it began.
    #[must_use]
    pub fn elapsed_us(&self) -> i64 {
        i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// The identifiers a journal entry can be searched by. Secrets and personal data have no place here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identifiers {
    /// IUD.
    pub iud: Option<String>,
    /// IUV.
    pub iuv: Option<String>,
    /// Notice number.
    pub notice_number: Option<String>,
    /// `idSession` of a cart.
    pub session_id: Option<String>,
    /// National `receiptId`.
    pub receipt_id: Option<String>,
}
