//! Sending receipts: at once, later, and again (pagopa.md §1.5).

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use jiff::Span;

use super::call::CallReport;
use super::receipts::{MAX_ATTEMPTS, Message};
use super::{Node, NodeFault, address};
use crate::error::SandboxError;
use crate::message::Notice;

/// How many receipts are sent at the same time by the queue.
const AT_ONCE: usize = 8;
/// The queue looks at the clock at least this often.
const TICK: Duration = Duration::from_secs(1);

impl Node {
    /// Sends a claimed receipt now and records how it went.
    pub(super) async fn send(&self, message: &Message) -> Option<CallReport> {
        let registry = self.registry();
        let notice =
            Notice { fiscal_code: message.fiscal_code.clone(), number: message.notice_number.clone() };
        let Some(station) = registry.station(&message.id_station) else {
            let fault = NodeFault::new("PPT_STAZIONE_INT_PA_SCONOSCIUTA", "stazione rimossa");
            self.settle(message, fault.fault_code, true).await;
            return None;
        };
        let to = address(&registry, &message.id_pa, station);
        let report = self.call_receipt(message.operation, &to, &notice, message.envelope.clone()).await;
        let outcome = report.fault_code.clone().unwrap_or_else(|| "OK".to_owned());
        // A well-formed KO is final, except the one that says "I could not keep it".
        let again = !report.answered() || outcome == "PAA_SYSTEM_ERROR";
        self.settle(message, outcome, again).await;
        Some(report)
    }

    async fn settle(&self, message: &Message, outcome: String, again: bool) {
        let now = self.clock.now();
        let retry_at = again.then(|| now.checked_add(Span::new().hours(1)).unwrap_or(now));
        if again && message.attempts.saturating_add(1) >= MAX_ATTEMPTS {
            tracing::warn!(
                receipt_id = message.receipt_id,
                station = message.id_station,
                "all attempts to send a receipt are used"
            );
        }
        if let Err(error) = self.receipts.settle(message, outcome, retry_at).await {
            tracing::error!(%error, "the state of a receipt was not kept; it will be sent again");
        }
    }

    /// Sends all that is due, and what becomes due meanwhile.
    pub(crate) async fn deliver_due(&self) {
        loop {
            let due = self.receipts.due(self.clock.now());
            if due.is_empty() {
                return;
            }
            futures_util::stream::iter(due)
                .for_each_concurrent(AT_ONCE, |id| async move {
                    if let Some((message, _claim)) = self.receipts.claim(id) {
                        self.send(&message).await;
                    }
                })
                .await;
        }
    }

    /// Waits until all that is due now was sent, with a limit: whoever moves the clock sees
    /// its effects when the answer comes.
    pub(crate) async fn settled(&self, patience: Duration) {
        let quiet = async {
            while self.receipts.is_busy(self.clock.now()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(patience, quiet).await.is_err() {
            tracing::debug!("receipts are still being sent");
        }
    }

    /// Asks to send a stuck or waiting receipt again, as support would. False when there is
    /// no such receipt to send.
    pub(crate) async fn resend(&self, id: u64) -> Result<bool, SandboxError> {
        self.receipts.restart(id, self.clock.now()).await
    }

    /// Sends receipts as they become due, for ever: woken when one is queued and when the
    /// clock is moved.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut moved = self.clock.subscribe();
        loop {
            self.deliver_due().await;
            let now = self.clock.now();
            let wait = self
                .receipts
                .next_due()
                .and_then(|due| Duration::try_from(due.duration_since(now)).ok())
                .map_or(TICK, |d| d.clamp(Duration::from_millis(5), TICK));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.receipts.wake.notified() => {}
                _ = moved.changed() => {}
            }
        }
    }
}
