//! The national node: it calls the stations as the real one does, and checks what they answer.

mod call;
mod delivery;
mod receipts;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, RwLock};

use jiff::{Span, Timestamp};

use crate::clock::SandboxClock;
use crate::config::{NodeTimeouts, PrimitiveVersion, Registry, SandboxConfig, Station};
use crate::error::SandboxError;
use crate::message::{Activation, ActivationTerms, Address, Notice, Operation, Verification};
use crate::violations::Violations;

pub use call::{CallOutcome, CallReport, CallSeen};
pub use receipts::{ReceiptState, ReceiptView};

pub(crate) use receipts::Payment;

/// How long a payment token lives unless the PSP asks for less (pagopa.md §1.4): 30 minutes.
pub(crate) const TOKEN_SECONDS: i64 = 1800;

/// How many activations are remembered for second payments.
const REMEMBERED: usize = 500;

/// The notice that the node sends to see whether a station is alive (pagopa.md §1.8).
const PROBE_NOTICE: &str = "000000000000000000";

/// Why the node refuses something to a PSP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeFault {
    /// `PPT_…`, what the PSP sees.
    pub fault_code: String,
    /// What happened.
    pub detail: String,
    /// `PAA_…`, when the fault comes from the organization.
    pub original_fault_code: Option<String>,
    /// `faultString` of the organization.
    pub original_fault_string: Option<String>,
}

impl NodeFault {
    pub(crate) fn new(code: &str, detail: impl Into<String>) -> Self {
        Self { fault_code: code.to_owned(), detail: detail.into(), ..Self::default() }
    }
}

/// An activation that holds its notice until it is closed or its token expires.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub notice: Notice,
    /// Payment token, later the `receiptId`.
    pub token: String,
    pub station: String,
    pub data: Activation,
    pub payment_note: Option<String>,
}

/// What the node knows of a notice.
#[derive(Clone, Debug, Default)]
struct Position {
    /// The token in progress and when it expires.
    paying: Option<(String, Timestamp)>,
    /// The receipt of the payment, when there was one.
    paid: Option<String>,
    /// The last good activation: a second payment from elsewhere repeats its data.
    last: Option<Attempt>,
}

/// The simulated node.
pub(crate) struct Node {
    pub(crate) clock: Arc<SandboxClock>,
    registry: RwLock<Arc<Registry>>,
    http: net::Client,
    timeouts: NodeTimeouts,
    pub(crate) violations: Violations,
    pub(crate) calls: call::CallLog,
    positions: Mutex<HashMap<Notice, Position>>,
    /// Notices whose last activation is kept, oldest first.
    remembered: Mutex<VecDeque<Notice>>,
    receipts: receipts::Store,
}

impl Node {
    pub(crate) fn new(config: &SandboxConfig) -> Result<Self, SandboxError> {
        config.registry.check()?;
        let options = net::Options::new("station", net::Policy::ANY);
        let (receipts, paid) =
            receipts::Store::open(&config.data_dir.join("receipts.jsonl"), config.clock.now())?;
        let positions = paid
            .into_iter()
            .map(|(notice, id)| (notice, Position { paid: Some(id), ..Position::default() }))
            .collect();
        Ok(Self {
            clock: Arc::clone(&config.clock),
            registry: RwLock::new(Arc::new(config.registry.clone())),
            http: net::Client::new(&options)?,
            timeouts: config.timeouts,
            violations: Violations::default(),
            calls: call::CallLog::default(),
            positions: Mutex::new(positions),
            remembered: Mutex::default(),
            receipts,
        })
    }

    /// What is registered now.
    pub(crate) fn registry(&self) -> Arc<Registry> {
        Arc::clone(&self.registry.read().unwrap_or_else(|e| e.into_inner()))
    }

    /// Replaces what is registered, after checking it.
    pub(crate) fn set_registry(&self, registry: Registry) -> Result<(), SandboxError> {
        registry.check()?;
        *self.registry.write().unwrap_or_else(|e| e.into_inner()) = Arc::new(registry);
        Ok(())
    }

    /// The station that answers for a notice.
    fn route(&self, notice: &Notice) -> Result<(Station, Address), NodeFault> {
        let registry = self.registry();
        let Some(organization) = registry.organization(&notice.fiscal_code) else {
            return Err(NodeFault::new(
                "PPT_DOMINIO_SCONOSCIUTO",
                format!("l’ente {} non è attivo sul nodo", notice.fiscal_code),
            ));
        };
        let Some(station) = registry.route(organization, &notice.number) else {
            return Err(NodeFault::new(
                "PPT_STAZIONE_INT_PA_SCONOSCIUTA",
                format!(
                    "nessuna stazione di {} ha il codice di segregazione di {}",
                    notice.fiscal_code, notice.number
                ),
            ));
        };
        let address = address(&registry, &notice.fiscal_code, station);
        Ok((station.clone(), address))
    }

    /// `verifyPaymentNotice` of a PSP: asks the organization. The notice stays open.
    pub(crate) async fn verify(
        &self,
        notice: &Notice,
        calls: &mut Vec<CallReport>,
    ) -> Result<Verification, NodeFault> {
        let (_, address) = self.route(notice)?;
        let (report, result) = self.call_verify(&address, notice).await;
        calls.push(report);
        result
    }

    /// `activatePaymentNotice` of a PSP: locks the notice and asks the organization for the
    /// data of the payment. A notice with a live token, or already paid, is refused here: the
    /// organization never has to serialise attempts (pagopa.md §11, trap 10).
    pub(crate) async fn activate(
        &self,
        notice: &Notice,
        terms: &ActivationTerms,
        token_seconds: i64,
        calls: &mut Vec<CallReport>,
    ) -> Result<Attempt, NodeFault> {
        let (station, address) = self.route(notice)?;
        let token = uuid::Uuid::new_v4().simple().to_string();
        self.lock(notice, &token, token_seconds)?;
        let mut guard = TokenGuard { node: self, notice, token: &token, armed: true };
        let operation = match station.activation {
            PrimitiveVersion::V1 => Operation::GetPayment,
            PrimitiveVersion::V2 => Operation::GetPaymentV2,
        };
        let (report, result) = self.call_activate(operation, &address, notice, terms).await;
        calls.push(report);
        let attempt = Attempt {
            notice: notice.clone(),
            token: token.clone(),
            station: station.id,
            data: result?,
            payment_note: terms.payment_note.clone(),
        };
        guard.armed = false;
        self.remember(&attempt);
        Ok(attempt)
    }

    /// Keeps the data of an activation, and lets go those of the oldest one kept.
    fn remember(&self, attempt: &Attempt) {
        let mut remembered = self.remembered.lock().unwrap_or_else(|e| e.into_inner());
        let mut positions = self.positions();
        positions.entry(attempt.notice.clone()).or_default().last = Some(attempt.clone());
        remembered.retain(|notice| *notice != attempt.notice);
        remembered.push_back(attempt.notice.clone());
        if remembered.len() > REMEMBERED
            && let Some(position) = remembered.pop_front().and_then(|n| positions.get_mut(&n))
        {
            position.last = None;
        }
    }

    fn lock(&self, notice: &Notice, token: &str, seconds: i64) -> Result<(), NodeFault> {
        let now = self.clock.now();
        let mut positions = self.positions();
        let position = positions.entry(notice.clone()).or_default();
        if let Some(receipt_id) = &position.paid {
            return Err(NodeFault::new(
                "PPT_PAGAMENTO_DUPLICATO",
                format!("già pagato, ricevuta {receipt_id}"),
            ));
        }
        if let Some((_, expires)) = position.paying.as_ref().filter(|(_, until)| *until > now) {
            return Err(NodeFault::new(
                "PPT_PAGAMENTO_IN_CORSO",
                format!("un altro tentativo è in corso, al più fino a {expires}"),
            ));
        }
        let expires = now.checked_add(Span::new().seconds(seconds)).unwrap_or(now);
        position.paying = Some((token.to_owned(), expires));
        Ok(())
    }

    /// Frees a notice held by this token (`sendPaymentOutcome` KO, or a failed activation).
    pub(crate) fn release(&self, notice: &Notice, token: &str) {
        if let Some(position) = self.positions().get_mut(notice)
            && position.paying.as_ref().is_some_and(|(held, _)| held == token)
        {
            position.paying = None;
        }
    }

    /// Lets the token of an attempt expire after this many seconds from now: the payer left,
    /// and the PSP never says how it ended.
    pub(crate) fn abandon(&self, attempt: &Attempt, seconds: i64) {
        let now = self.clock.now();
        let expires = now.checked_add(Span::new().seconds(seconds)).unwrap_or(now);
        if let Some(position) = self.positions().get_mut(&attempt.notice)
            && let Some((held, until)) = &mut position.paying
            && *held == attempt.token
        {
            *until = expires;
        }
    }

    /// Why a cart with this notice cannot be taken now, if so (`checkPosition`).
    pub(crate) fn check_position(&self, notice: &Notice) -> Result<(), NodeFault> {
        self.route(notice)?;
        let now = self.clock.now();
        match self.positions().get(notice) {
            Some(Position { paid: Some(_), .. }) => {
                Err(NodeFault::new("PPT_PAGAMENTO_DUPLICATO", "già pagato"))
            }
            Some(Position { paying: Some((_, until)), .. }) if *until > now => {
                Err(NodeFault::new("PPT_PAGAMENTO_IN_CORSO", "un pagamento è in corso"))
            }
            _ => Ok(()),
        }
    }

    /// The last good activation of a notice.
    pub(crate) fn last_attempt(&self, notice: &Notice) -> Option<Attempt> {
        self.positions().get(notice).and_then(|p| p.last.clone())
    }

    /// Sends the probe notice to a station on behalf of an organization; the right answer is
    /// KO `PAA_PAGAMENTO_SCONOSCIUTO`.
    pub(crate) async fn probe(&self, fiscal_code: &str, station: &Station) -> CallReport {
        let address = address(&self.registry(), fiscal_code, station);
        let notice = Notice { fiscal_code: fiscal_code.to_owned(), number: PROBE_NOTICE.to_owned() };
        let (mut report, _) = self.call_verify(&address, &notice).await;
        if report.outcome != CallOutcome::Error
            && report.fault_code.as_deref() != Some("PAA_PAGAMENTO_SCONOSCIUTO")
        {
            let detail = "all’avviso di 18 zeri si risponde KO PAA_PAGAMENTO_SCONOSCIUTO".to_owned();
            self.violation(Operation::Verify, &address, PROBE_NOTICE, ("probe", detail), "", "");
            report.violations = report.violations.saturating_add(1);
        }
        report
    }

    fn positions(&self) -> std::sync::MutexGuard<'_, HashMap<Notice, Position>> {
        self.positions.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Frees the notice when an activation fails or its future is dropped.
struct TokenGuard<'a> {
    node: &'a Node,
    notice: &'a Notice,
    token: &'a str,
    armed: bool,
}

impl Drop for TokenGuard<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.node.release(self.notice, self.token);
        }
    }
}

fn address(registry: &Registry, id_pa: &str, station: &Station) -> Address {
    Address {
        id_pa: id_pa.to_owned(),
        id_broker: registry.broker_id.clone(),
        id_station: station.id.clone(),
        url: station.url.clone(),
    }
}
