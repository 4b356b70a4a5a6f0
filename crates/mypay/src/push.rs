//! Push of outcomes to the SIL (`mypay-soap.md` §14.4): written with the receipt, delivered until taken.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::delivery::{Listener, ReceiptAccepted};
use engine::jobs::{Handler, JobError, NewJob, Running};
use engine::journal::Entry;
use engine::{Call, Engine, EngineError, Identifiers, OrganizationId, ReceiptKey};
use jiff::SignedDuration;
use net::Client;
use serde::{Deserialize, Serialize};
use soap::write_element;

use crate::pagati;

/// Kind of the job.
pub const KIND: &str = "mypay.push-outcome";

#[derive(Serialize, Deserialize)]
struct Payload {
    organization: OrganizationId,
    receipt: ReceiptKey,
    iud: String,
}

/// Starts one delivery for each dovuto whose type has a target.
pub struct PushListener;

impl Listener for PushListener {
    fn receipt_accepted(&self, event: &ReceiptAccepted<'_>) -> Result<Vec<NewJob>, EngineError> {
        let Some(installment) = event.installment else { return Ok(Vec::new()) };
        let mut jobs = Vec::new();
        for line in &installment.transfers {
            let target = event
                .registry
                .debt_type(event.organization, line.type_id)
                .and_then(|found| found.profile.push.as_ref());
            let (Some(iud), Some(target)) = (&line.iud, target) else { continue };
            let payload =
                Payload { organization: event.organization, receipt: event.receipt, iud: iud.to_string() };
            jobs.push(NewJob {
                kind: KIND,
                key: Some(format!("{}.{iud}", event.receipt)),
                payload: serde_json::to_value(payload)?,
                max_attempts: target.max_attempts.max(1),
            });
        }
        Ok(jobs)
    }
}

/// Delivers one outcome.
pub struct PushHandler {
    engine: Engine,
    http: Client,
}

#[derive(Serialize)]
struct Message {
    /// The receipt as received, base64.
    rt: String,
    /// `Pagati` with the one item, base64 once.
    esito: String,
}

impl PushHandler {
    /// A handler over the given HTTP.
    #[must_use]
    pub fn new(engine: Engine, http: Client) -> Self {
        Self { engine, http }
    }

    async fn deliver(&self, payload: &serde_json::Value, attempt: i64) -> Result<(), JobError> {
        let payload: Payload =
            serde_json::from_value(payload.clone()).map_err(|error| JobError::GiveUp(error.to_string()))?;
        let gone = |what: &str| JobError::GiveUp(format!("{what} is no longer there"));
        let snapshot = self.engine.registry.snapshot();
        let organization = snapshot.organization(payload.organization).ok_or_else(|| gone("the ente"))?;
        let receipt = self
            .engine
            .receipts
            .by_key(payload.organization, payload.receipt)
            .await?
            .ok_or_else(|| gone("the receipt"))?;
        let installment = match receipt.installment_id {
            Some(id) => self.engine.positions.by_id(payload.organization, id).await?,
            None => None,
        };
        let installment = installment.ok_or_else(|| gone("the installment"))?;
        let line = installment
            .transfers
            .iter()
            .find(|line| line.iud.as_ref().is_some_and(|iud| iud.as_str() == payload.iud))
            .ok_or_else(|| gone("the dovuto"))?;
        // Read now, not when it was enqueued: an administrator may have mended the address since.
        let target = snapshot
            .debt_type(payload.organization, line.type_id)
            .and_then(|found| found.profile.push.clone())
            .ok_or_else(|| JobError::GiveUp("the type has no target any more".to_owned()))?;
        let document =
            pagati::plain(pagati::with_receipt(organization, &installment, &receipt, Some(&payload.iud)));
        let message =
            Message { rt: STANDARD.encode(&receipt.raw), esito: STANDARD.encode(write_element(&document)) };
        let call = Call::new("mypay", "inviaEsito", format!("job-{}-{attempt}", payload.receipt));
        let outcome = self.post(&target.url, &message).await;
        let label = outcome.as_ref().map_or("KO", |()| "OK");
        let identifiers = Identifiers {
            iud: Some(payload.iud),
            iuv: Some(receipt.content.iuv.clone()),
            receipt_id: Some(receipt.content.receipt_id.clone()),
            ..Identifiers::default()
        };
        let entry = Entry::call_out(&call, self.engine.clock().now(), Some(payload.organization), label)
            .with(identifiers);
        let entry = match &outcome {
            Ok(()) => entry,
            Err(error) => entry.error(&error.to_string()),
        };
        self.engine.journal.note(entry).await;
        outcome
    }

    /// Success: 2xx, and no `faultCode` in a JSON answer.
    async fn post(&self, url: &str, message: &Message) -> Result<(), JobError> {
        let answer = self
            .http
            .post_json(url, message, &[])
            .await
            .map_err(|error| JobError::Retry(error.to_string()))?;
        if !answer.is_success() {
            return Err(JobError::Retry(format!("HTTP {}", answer.status)));
        }
        let fault = answer
            .json::<serde_json::Value>()
            .ok()
            .and_then(|json| json.get("faultCode").and_then(|code| code.as_str()).map(str::to_owned));
        match fault.filter(|code| !code.is_empty()) {
            Some(code) => Err(JobError::Retry(format!("faultCode {code}"))),
            None => Ok(()),
        }
    }
}

impl Handler for PushHandler {
    fn run<'a>(&'a self, payload: &'a serde_json::Value, attempt: i64) -> Running<'a> {
        Box::pin(self.deliver(payload, attempt))
    }

    /// From 3 seconds, doubling: twenty attempts span about two weeks.
    fn backoff(&self) -> (SignedDuration, SignedDuration) {
        (SignedDuration::from_secs(3), SignedDuration::from_hours(36))
    }
}
