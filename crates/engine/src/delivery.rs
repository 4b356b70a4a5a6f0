//! Delivery: what must be told to others about what happened here. Listeners turn an event into jobs,
//! which are written with the event (transactional outbox) and carried out by any replica.

use std::sync::{Arc, PoisonError, RwLock};

use db::Tx;
use jiff::Timestamp;

use crate::error::EngineError;
use crate::ids::{OrganizationId, ReceiptKey};
use crate::jobs::NewJob;
use crate::positions::Installment;
use crate::registry::{Registry, Snapshot};

/// A receipt was accepted.
pub struct ReceiptAccepted<'a> {
    /// The ente that received it.
    pub organization: OrganizationId,
    /// The receipt.
    pub receipt: ReceiptKey,
    /// The installment it pays, when it is ours, as it was before.
    pub installment: Option<&'a Installment>,
    /// Configuration.
    pub registry: &'a Snapshot,
}

/// Someone to be told. Pure: it only says which jobs an event starts.
pub trait Listener: Send + Sync + 'static {
    /// Jobs that tell about a receipt.
    ///
    /// # Errors
    /// When a payload cannot be written.
    fn receipt_accepted(&self, event: &ReceiptAccepted<'_>) -> Result<Vec<NewJob>, EngineError>;
}

/// The listeners of one process.
#[derive(Clone, Default)]
pub struct Delivery {
    listeners: Arc<RwLock<Vec<Arc<dyn Listener>>>>,
}

impl Delivery {
    /// Adds a listener; done by the wiring before the first request.
    pub fn subscribe(&self, listener: Arc<dyn Listener>) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Starts the deliveries of a receipt in the transaction that stores it.
    pub(crate) fn receipt_accepted(
        &self,
        tx: &mut Tx<'_>,
        registry: &Registry,
        organization: OrganizationId,
        receipt: ReceiptKey,
        installment: Option<&Installment>,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let listeners = self.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        if listeners.is_empty() {
            return Ok(());
        }
        let snapshot = registry.snapshot();
        let event = ReceiptAccepted { organization, receipt, installment, registry: &snapshot };
        for listener in listeners {
            match listener.receipt_accepted(&event) {
                Ok(jobs) => {
                    for job in jobs {
                        job.enqueue(tx, now)?;
                    }
                }
                // A receipt is never refused for our own reasons; what was not told is loud in the log.
                Err(error) => {
                    metrics::counter!("snodo_deliveries_not_started_total").increment(1);
                    tracing::error!(%error, %receipt, "a listener failed: nobody is told of this receipt");
                }
            }
        }
        Ok(())
    }
}
