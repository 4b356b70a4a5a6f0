//! Receipts: who gets them, and the durable queue they wait in until delivered.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Mutex;

use jiff::{Span, Timestamp};
use model::Cents;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Attempt, CallReport, Node, address};
use crate::config::PrimitiveVersion;
use crate::contract;
use crate::error::SandboxError;
use crate::lines::Lines;
use crate::message::{Notice, Operation, Payee, Receipt};
use crate::psp::Psp;
use crate::stamp::stamp_xml;

/// How often the node tries to send a receipt before leaving it to support (pagopa.md §1.5).
pub(super) const MAX_ATTEMPTS: u32 = 48;
/// How many delivered receipts are kept for the pages.
const KEPT_DONE: usize = 300;

/// A receipt on its way to one station.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message {
    pub id: u64,
    pub receipt_id: String,
    pub operation: Operation,
    pub id_pa: String,
    pub id_station: String,
    pub fiscal_code: String,
    pub notice_number: String,
    /// The request, sent again as it is at each attempt.
    pub envelope: String,
    pub created_at: Timestamp,
    pub due_at: Timestamp,
    pub attempts: u32,
}

/// A line of the file of receipts.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase")]
pub(super) enum Line {
    Paid { fiscal_code: String, notice_number: String, receipt_id: String },
    Message(Message),
    Attempt { id: u64, attempts: u32, due_at: Timestamp },
    Done { id: u64 },
}

/// Where a receipt is, in the words of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptState {
    /// Generated, to be sent at `dueAt`.
    NoticeGenerated,
    /// Sent without success, to be sent again at `dueAt`.
    NoticePending,
    /// All attempts used: it waits until somebody asks to send it again.
    NoticeStuck,
    /// Delivered.
    Notified,
}

/// A receipt and where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// Number of the message: one receipt goes to several stations.
    pub id: u64,
    /// `receiptId` (payment token, IUR).
    pub receipt_id: String,
    /// Primitive it is sent with.
    pub operation: Operation,
    /// Organization that the message is for.
    #[serde(rename = "idPA")]
    pub id_pa: String,
    /// Station it goes to.
    pub id_station: String,
    /// Organization that issued the notice.
    pub fiscal_code: String,
    /// Notice number.
    pub notice_number: String,
    /// Where it is.
    pub state: ReceiptState,
    /// Attempts made.
    pub attempts: u32,
    /// When it was generated (clock of the sandbox, UTC).
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When the next attempt is due, unless delivered or stuck.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// How the last attempt ended: `OK`, a fault code, or an error of the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<String>,
}

#[derive(Debug)]
struct Entry {
    message: Message,
    done: bool,
    last_outcome: Option<String>,
}

/// The queue of receipts. What is appended to its file is on disk before anything is sent,
/// so that a kill loses none; a message being sent when killed is sent again.
pub(super) struct Store {
    lines: Lines,
    state: Mutex<State>,
    /// Wakes the delivery loop when something new is due.
    pub(super) wake: tokio::sync::Notify,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    entries: BTreeMap<u64, Entry>,
    in_flight: HashSet<u64>,
}

impl Store {
    /// Opens the file, gives back which notices are paid and by which receipt, and makes what
    /// was waiting for a new attempt due now.
    pub(super) fn open(path: &Path, now: Timestamp) -> Result<(Self, Vec<(Notice, String)>), SandboxError> {
        let (lines, read) = Lines::open::<Line>(path)?;
        let mut state = State::default();
        let mut paid = Vec::new();
        for line in read {
            match line {
                Line::Paid { fiscal_code, notice_number, receipt_id } => {
                    paid.push((Notice { fiscal_code, number: notice_number }, receipt_id));
                }
                Line::Message(message) => {
                    state.next_id = state.next_id.max(message.id);
                    let entry = Entry { message, done: false, last_outcome: None };
                    state.entries.insert(entry.message.id, entry);
                }
                Line::Attempt { id, attempts, due_at } => {
                    if let Some(entry) = state.entries.get_mut(&id) {
                        entry.message.attempts = attempts;
                        entry.message.due_at = due_at;
                    }
                }
                Line::Done { id } => {
                    state.entries.remove(&id);
                }
            }
        }
        for entry in state.entries.values_mut().filter(|e| e.message.attempts > 0) {
            entry.message.due_at = entry.message.due_at.min(now);
        }
        let compact: Vec<Line> = paid
            .iter()
            .map(|(notice, receipt_id)| paid_line(notice, receipt_id))
            .chain(state.entries.values().map(|e| Line::Message(e.message.clone())))
            .collect();
        lines.rewrite(&compact)?;
        let store = Self { lines, state: Mutex::new(state), wake: tokio::sync::Notify::new() };
        Ok((store, paid))
    }

    /// Makes a payment and its messages durable, numbers the messages and queues them; with
    /// `claim` they are already taken by the caller, who sends them.
    pub(super) async fn add(
        &self,
        (notice, receipt_id): (&Notice, &str),
        mut messages: Vec<Message>,
        claim: bool,
    ) -> Result<Vec<(Message, Claim<'_>)>, SandboxError> {
        {
            let mut state = self.state();
            for message in &mut messages {
                state.next_id = state.next_id.saturating_add(1);
                message.id = state.next_id;
            }
        }
        let lines: Vec<Line> = std::iter::once(paid_line(notice, receipt_id))
            .chain(messages.iter().cloned().map(Line::Message))
            .collect();
        self.lines.append(&lines).await?;
        let mut claimed = Vec::new();
        let mut state = self.state();
        for message in messages {
            let id = message.id;
            let entry = Entry { message: message.clone(), done: false, last_outcome: None };
            state.entries.insert(id, entry);
            if claim {
                state.in_flight.insert(id);
                claimed.push((message, Claim { store: self, id }));
            }
        }
        drop(state);
        self.wake.notify_one();
        Ok(claimed)
    }

    /// Takes a message to send it, unless it is delivered or another task is sending it. The
    /// claim ends when the returned guard is dropped.
    pub(super) fn claim(&self, id: u64) -> Option<(Message, Claim<'_>)> {
        let mut state = self.state();
        let message = state.entries.get(&id).filter(|e| !e.done)?.message.clone();
        state.in_flight.insert(id).then_some((message, Claim { store: self, id }))
    }

    /// Records how an attempt ended. The memory changes first: when the file cannot be
    /// written the message is not sent in a loop, only once more after a restart, which is
    /// what the real node does when in doubt.
    pub(super) async fn settle(
        &self,
        message: &Message,
        outcome: String,
        retry_at: Option<Timestamp>,
    ) -> Result<(), SandboxError> {
        let attempts = message.attempts.saturating_add(1);
        let line = match retry_at {
            Some(due_at) => Line::Attempt { id: message.id, attempts, due_at },
            None => Line::Done { id: message.id },
        };
        {
            let mut state = self.state();
            if let Some(entry) = state.entries.get_mut(&message.id) {
                entry.message.attempts = attempts;
                entry.last_outcome = Some(outcome);
                match retry_at {
                    Some(due_at) => entry.message.due_at = due_at,
                    None => entry.done = true,
                }
            }
            state.forget_old();
        }
        self.lines.append(&[line]).await
    }

    /// Messages to send now, oldest first.
    pub(super) fn due(&self, now: Timestamp) -> Vec<u64> {
        let state = self.state();
        let waiting = |e: &&Entry| e.waiting() && !state.in_flight.contains(&e.message.id);
        let due = state.entries.values().filter(waiting).filter(|e| e.message.due_at <= now);
        due.map(|e| e.message.id).collect()
    }

    /// Whether something is being sent, or should be.
    pub(super) fn is_busy(&self, now: Timestamp) -> bool {
        let state = self.state();
        let due = |e: &Entry| e.waiting() && e.message.due_at <= now;
        !state.in_flight.is_empty() || state.entries.values().any(due)
    }

    /// When the next message is due.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let state = self.state();
        let waiting = |e: &&Entry| e.waiting() && !state.in_flight.contains(&e.message.id);
        state.entries.values().filter(waiting).map(|e| e.message.due_at).min()
    }

    /// All messages kept, newest first.
    pub(super) fn list(&self) -> Vec<ReceiptView> {
        self.state().entries.values().rev().map(Entry::view).collect()
    }

    /// Makes a message due now with all its attempts before it, as support would. False when
    /// there is no such message, or it is delivered.
    pub(super) async fn restart(&self, id: u64, now: Timestamp) -> Result<bool, SandboxError> {
        if self.state().entries.get(&id).is_none_or(|e| e.done) {
            return Ok(false);
        }
        self.lines.append(&[Line::Attempt { id, attempts: 0, due_at: now }]).await?;
        if let Some(entry) = self.state().entries.get_mut(&id) {
            entry.message.attempts = 0;
            entry.message.due_at = now;
        }
        self.wake.notify_one();
        Ok(true)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// The right to send a message, until dropped.
pub(super) struct Claim<'a> {
    store: &'a Store,
    id: u64,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.store.state().in_flight.remove(&self.id);
    }
}

impl State {
    /// Keeps the delivered messages to a number fit for a page.
    fn forget_old(&mut self) {
        let done = self.entries.values().filter(|e| e.done).count();
        let excess = done.saturating_sub(KEPT_DONE);
        let done = self.entries.iter().filter(|(_, e)| e.done).map(|(id, _)| *id);
        let oldest: Vec<u64> = done.take(excess).collect();
        for id in oldest {
            self.entries.remove(&id);
        }
    }
}

impl Entry {
    fn waiting(&self) -> bool {
        !self.done && self.message.attempts < MAX_ATTEMPTS
    }

    fn view(&self) -> ReceiptView {
        let m = &self.message;
        let state = match (self.done, m.attempts) {
            (true, _) => ReceiptState::Notified,
            (false, 0) => ReceiptState::NoticeGenerated,
            (false, MAX_ATTEMPTS..) => ReceiptState::NoticeStuck,
            (false, _) => ReceiptState::NoticePending,
        };
        ReceiptView {
            id: m.id,
            receipt_id: m.receipt_id.clone(),
            operation: m.operation,
            id_pa: m.id_pa.clone(),
            id_station: m.id_station.clone(),
            fiscal_code: m.fiscal_code.clone(),
            notice_number: m.notice_number.clone(),
            state,
            attempts: m.attempts,
            created_at: m.created_at,
            due_at: self.waiting().then_some(m.due_at),
            last_outcome: self.last_outcome.clone(),
        }
    }
}

fn paid_line(notice: &Notice, receipt_id: &str) -> Line {
    Line::Paid {
        fiscal_code: notice.fiscal_code.clone(),
        notice_number: notice.number.clone(),
        receipt_id: receipt_id.to_owned(),
    }
}

/// A payment that a PSP concluded.
pub(crate) struct Payment {
    pub psp: &'static Psp,
    pub method: &'static str,
    pub fee: Cents,
    /// For tests: another amount than the one activated.
    pub amount: Option<Cents>,
    /// Seconds until the receipt is sent.
    pub delay_seconds: i64,
    /// How many times the receipt is sent.
    pub copies: u32,
}

impl Node {
    /// `sendPaymentOutcome` OK: the notice is paid, and the receipt is queued for the station
    /// that activated it and for each broadcast station of each organization with a part
    /// (pagopa.md §1.5), durably. Without a delay it is also sent, once, before returning. On an error
    /// nothing was paid, and the notice is free.
    pub(crate) async fn conclude(
        &self,
        attempt: &Attempt,
        payment: &Payment,
        calls: &mut Vec<CallReport>,
    ) -> Result<(), SandboxError> {
        let messages = self.messages(attempt, payment);
        let at_once = payment.delay_seconds <= 0;
        let paid = (&attempt.notice, attempt.token.as_str());
        let claimed = match self.receipts.add(paid, messages, at_once).await {
            Ok(claimed) => claimed,
            Err(error) => {
                self.release(&attempt.notice, &attempt.token);
                return Err(error);
            }
        };
        {
            let mut positions = self.positions();
            let position = positions.entry(attempt.notice.clone()).or_default();
            position.paid = Some(attempt.token.clone());
            position.paying = None;
        }
        for (message, _claim) in claimed {
            calls.extend(self.send(&message).await);
        }
        Ok(())
    }

    fn messages(&self, attempt: &Attempt, payment: &Payment) -> Vec<Message> {
        let now = self.clock.now();
        let due_at = now.checked_add(Span::new().seconds(payment.delay_seconds)).unwrap_or(now);
        let registry = self.registry();
        let receipt = self.receipt(attempt, payment, now);
        let mut messages = Vec::new();
        for _ in 0..payment.copies.max(1) {
            for (id_pa, station) in self.recipients(attempt) {
                let operation = match station.receipt {
                    PrimitiveVersion::V1 => Operation::SendRt,
                    PrimitiveVersion::V2 => Operation::SendRtV2,
                };
                let to = address(&registry, &id_pa, &station);
                messages.push(Message {
                    id: 0,
                    receipt_id: attempt.token.clone(),
                    operation,
                    envelope: contract::receipt_request(operation, &to, &receipt),
                    id_pa,
                    id_station: station.id,
                    fiscal_code: attempt.notice.fiscal_code.clone(),
                    notice_number: attempt.notice.number.clone(),
                    created_at: now,
                    due_at,
                    attempts: 0,
                });
            }
        }
        messages
    }

    fn recipients(&self, attempt: &Attempt) -> Vec<(String, crate::config::Station)> {
        let registry = self.registry();
        let mut found = Vec::new();
        let mut add = |id_pa: &str, station_id: &str| {
            let new =
                |(pa, station): &(String, crate::config::Station)| pa != id_pa || station.id != station_id;
            if let Some(station) = registry.station(station_id)
                && found.iter().all(new)
            {
                found.push((id_pa.to_owned(), station.clone()));
            }
        };
        add(&attempt.notice.fiscal_code, &attempt.station);
        for transfer in &attempt.data.transfers {
            let organization = registry.organization(&transfer.fiscal_code);
            for attachment in organization.iter().flat_map(|o| &o.attachments) {
                if attachment.broadcast {
                    add(&transfer.fiscal_code, &attachment.station_id);
                }
            }
        }
        found
    }

    fn receipt(&self, attempt: &Attempt, payment: &Payment, now: Timestamp) -> Receipt {
        let paid_at = now.to_zoned(crate::clock::rome()).datetime();
        // Whole seconds, as the node writes them.
        let paid_at = paid_at.with().subsec_nanosecond(0).build().unwrap_or(paid_at);
        let mut activation = attempt.data.clone();
        if let Some(amount) = payment.amount {
            change_amount(&mut activation, amount);
        }
        let stamps = activation
            .transfers
            .iter()
            .filter_map(|transfer| match &transfer.payee {
                Payee::Stamp { hash, .. } => {
                    let xml =
                        stamp_xml(payment.psp, &attempt.token, transfer.id, hash, transfer.amount, paid_at);
                    Some((transfer.id, xml))
                }
                Payee::Iban(_) => None,
            })
            .collect();
        let registry = self.registry();
        let organization = registry.organization(&attempt.notice.fiscal_code);
        Receipt {
            receipt_id: attempt.token.clone(),
            notice: attempt.notice.clone(),
            company_name: organization.map(|o| o.name.clone()).unwrap_or_default(),
            activation,
            psp: payment.psp,
            payment_method: payment.method,
            payment_note: attempt.payment_note.clone(),
            fee: payment.fee,
            paid_at,
            stamps,
        }
    }

    /// All receipts kept, newest first.
    pub(crate) fn receipt_list(&self) -> Vec<ReceiptView> {
        self.receipts.list()
    }
}

/// Makes the total another one and, where the first transfer can absorb the difference,
/// keeps the parts adding up to it.
fn change_amount(activation: &mut crate::message::Activation, amount: Cents) {
    let others = Cents::sum(activation.transfers.iter().skip(1).map(|t| t.amount));
    if let (Some(first), Ok(others)) = (activation.transfers.first_mut(), others)
        && let Ok(rest) = amount.checked_sub(others)
    {
        first.amount = rest;
    }
    activation.amount = amount;
}
