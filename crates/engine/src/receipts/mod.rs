//! Receipts: the only truth about "paid". Never refused for our own reasons, never booked twice.

pub(crate) mod store;
mod types;

use std::sync::Arc;

use db::Tx;
use jiff::Timestamp;
use model::{Cents, InstallmentStatus, Iuv, NotPayable};
use serde_json::json;

use crate::call::{Call, Identifiers};
use crate::carts::{self, PaidCart};
use crate::core::Core;
use crate::delivery::Delivery;
use crate::error::EngineError;
use crate::ids::{InstallmentId, OrganizationId, ReceiptKey};
use crate::journal::{Entry, Journal};
use crate::positions::{self, Installment};
use crate::registry::Registry;

pub use types::{Acceptance, Anomaly, Psp, Receipt, ReceiptContent, ReceiptTransfer, Subject};

/// The receipts area.
#[derive(Clone)]
pub struct Receipts {
    core: Arc<Core>,
    journal: Journal,
    registry: Registry,
    delivery: Delivery,
}

impl Receipts {
    pub(crate) fn new(core: Arc<Core>, journal: Journal, registry: Registry, delivery: Delivery) -> Self {
        Self { core, journal, registry, delivery }
    }

    /// Stores a receipt, pays the installment, closes the cart, starts the deliveries: one transaction.
    ///
    /// An answer means that it is on disk. Unknown, late, second and inconsistent receipts are stored and
    /// flagged (`pagopa.md` §1.5, idempotency table).
    ///
    /// # Errors
    /// As the store: the node will try again.
    pub async fn accept(
        &self,
        call: &Call,
        organization: OrganizationId,
        content: ReceiptContent,
        raw: Vec<u8>,
    ) -> Result<Acceptance, EngineError> {
        let now = self.core.clock.now();
        let key = ReceiptKey::new(self.core.next_id());
        let work = Arc::new(Acceptor {
            journal: self.journal.clone(),
            registry: self.registry.clone(),
            delivery: self.delivery.clone(),
            call: call.clone(),
            organization,
            key,
            now,
            stored: serde_json::to_value(&content)?,
            content,
            raw,
        });
        let acceptance = self.core.db.write(move |tx| work.run(tx)).await?;
        if let Acceptance::Accepted { anomalies, .. } = &acceptance {
            metrics::counter!("snodo_receipts_accepted_total").increment(1);
            if anomalies.contains(&Anomaly::SecondPayment) {
                tracing::warn!(%organization, key = %key, "second payment of a notice: a refund is due");
            }
        }
        Ok(acceptance)
    }

    /// Receipts of one installment, in order of arrival.
    ///
    /// # Errors
    /// As the store.
    pub async fn of_installment(
        &self,
        organization: OrganizationId,
        installment: InstallmentId,
    ) -> Result<Vec<Receipt>, EngineError> {
        self.core
            .db
            .read(move |tx| store::find(tx, &store::BY_INSTALLMENT, organization, installment.into()))
            .await
    }

    /// One receipt by key.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_key(
        &self,
        organization: OrganizationId,
        key: ReceiptKey,
    ) -> Result<Option<Receipt>, EngineError> {
        let found =
            self.core.db.read(move |tx| store::find(tx, &store::BY_KEY, organization, key.into())).await?;
        Ok(found.into_iter().next())
    }

    /// Receipts of an IUV, in order of arrival; also those of notices that are not ours.
    ///
    /// # Errors
    /// As the store.
    pub async fn by_iuv(&self, organization: OrganizationId, iuv: &Iuv) -> Result<Vec<Receipt>, EngineError> {
        let iuv = iuv.as_str().to_owned();
        self.core.db.read(move |tx| store::find(tx, &store::BY_IUV, organization, iuv.as_str().into())).await
    }
}

/// The work of one acceptance, run again from the start when the database asks for it.
struct Acceptor {
    journal: Journal,
    registry: Registry,
    delivery: Delivery,
    call: Call,
    organization: OrganizationId,
    key: ReceiptKey,
    now: Timestamp,
    stored: serde_json::Value,
    content: ReceiptContent,
    raw: Vec<u8>,
}

impl Acceptor {
    fn run(&self, tx: &mut Tx<'_>) -> Result<Acceptance, EngineError> {
        let installment = self.installment(tx)?;
        let anomalies = self.compare(installment.as_ref());
        let refund_due = anomalies.iter().any(|anomaly| anomaly.refund_due());
        let row = store::NewReceipt {
            organization: self.organization,
            key: self.key,
            installment: installment.as_ref().map(|i| i.id),
            received_at: self.now,
            refund_due,
            anomalies: &anomalies,
            content: &self.content,
            stored: &self.stored,
            raw: &self.raw,
        };
        if !store::insert(tx, &row)? {
            return Ok(Acceptance::Duplicate);
        }
        let paid = match &installment {
            Some(installment) => self.settle(tx, installment)?,
            None => Vec::new(),
        };
        self.record(tx, installment.as_ref(), &anomalies, paid)?;
        self.delivery.receipt_accepted(
            tx,
            &self.registry,
            self.organization,
            self.key,
            installment.as_ref(),
            self.now,
        )?;
        Ok(Acceptance::Accepted { key: self.key, anomalies })
    }

    /// The installment of the notice, locked: two receipts of one notice at the same time must see each
    /// other. A notice number is unique within its ente only, so that a copy sent to a secondary ente must
    /// not pay what happens to have the same number there.
    fn installment(&self, tx: &mut Tx<'_>) -> Result<Option<Installment>, EngineError> {
        let snapshot = self.registry.snapshot();
        let ours = snapshot
            .organization(self.organization)
            .is_none_or(|own| own.fiscal_code.as_str() == self.content.primary_fiscal_code);
        if !ours {
            return Ok(None);
        }
        let notice = self.content.notice_number.as_str();
        let found =
            positions::store::find(tx, &positions::store::LOCK_BY_NOTICE, self.organization, notice.into())?;
        Ok(found.into_iter().next())
    }

    /// Pays the installment and, when they are complete, its carts; those are given back.
    fn settle(&self, tx: &mut Tx<'_>, installment: &Installment) -> Result<Vec<PaidCart>, EngineError> {
        let effect = model::receive_receipt(installment.status);
        if effect.status != installment.status {
            let paid_at = Some(self.content.paid_at);
            positions::set_status(tx, self.organization, installment.id, effect.status, paid_at, self.now)?;
        }
        if installment.status.frees_identifiers() {
            positions::reclaim(tx, self.organization, installment.id)?;
        }
        carts::settle(tx, self.organization, installment.id, self.now)
    }

    fn record(
        &self,
        tx: &mut Tx<'_>,
        installment: Option<&Installment>,
        anomalies: &[Anomaly],
        paid: Vec<PaidCart>,
    ) -> Result<(), EngineError> {
        let receipt = Entry::event(&self.call, self.now, self.organization, "receipt.accepted")
            .with(Identifiers {
                iud: installment
                    .and_then(|i| i.transfers.iter().find_map(|t| t.iud.as_ref()))
                    .map(ToString::to_string),
                iuv: Some(self.content.iuv.clone()),
                notice_number: Some(self.content.notice_number.to_string()),
                session_id: None,
                receipt_id: Some(self.content.receipt_id.clone()),
            })
            .detail(&json!({ "amount": self.content.amount.get(), "anomalies": anomalies }));
        let carts = paid.into_iter().map(|cart| {
            Entry::event(&self.call, self.now, cart.organization, "cart.paid")
                .with(Identifiers { session_id: Some(cart.session_id), ..Identifiers::default() })
        });
        self.journal.append(tx, &std::iter::once(receipt).chain(carts).collect::<Vec<_>>())
    }

    fn compare(&self, installment: Option<&Installment>) -> Vec<Anomaly> {
        let mut anomalies = Vec::new();
        let receipt = &self.content;
        let sum = Cents::sum(receipt.transfers.iter().map(|t| t.amount));
        let adds_up = sum.is_ok_and(|sum| sum == receipt.amount);
        let Some(asked) = installment else {
            anomalies.push(Anomaly::UnknownNotice);
            if !adds_up {
                anomalies.push(Anomaly::TransfersDiffer);
            }
            return anomalies;
        };
        let life = model::receive_receipt(self.judged(asked)).flag.map(Anomaly::from);
        anomalies.extend(life);
        let mut flag = |anomaly, when: bool| {
            if when {
                anomalies.push(anomaly);
            }
        };
        flag(Anomaly::AmountDiffers, asked.amount != receipt.amount);
        flag(Anomaly::IuvDiffers, asked.iuv.as_ref().map(Iuv::as_str) != Some(receipt.iuv.as_str()));
        flag(Anomaly::TransfersDiffer, !adds_up || asked.transfers.len() != receipt.transfers.len());
        flag(Anomaly::DebtorDiffers, !asked.debtor.code.as_str().eq_ignore_ascii_case(&receipt.debtor.code));
        anomalies
    }

    /// The state with expiry by date judged on the day of payment.
    fn judged(&self, asked: &Installment) -> InstallmentStatus {
        let binding = self
            .registry
            .snapshot()
            .debt_type(self.organization, asked.type_id)
            .is_some_and(|found| found.profile.due_date_mandatory);
        match model::payable(asked.status, asked.due_date, binding, model::rome_date(self.content.paid_at)) {
            Err(NotPayable::Expired) => InstallmentStatus::Expired,
            _ => asked.status,
        }
    }
}
