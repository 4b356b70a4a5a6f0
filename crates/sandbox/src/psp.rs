//! The payment service providers, and a payment made at their counter.

use std::sync::Arc;

use model::{Cents, NoticeNumber, OrganizationFiscalCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::SandboxError;
use crate::message::{ActivationTerms, Notice, TransferKind};
use crate::node::{Attempt, CallReport, Node, NodeFault, Payment, TOKEN_SECONDS};
use crate::problem::Problem;

/// Longest delay of a receipt: 60 days.
pub(crate) const MAX_DELAY_SECONDS: u32 = 60 * 24 * 3600;
/// Most copies of a receipt.
pub(crate) const MAX_COPIES: u32 = 20;

/// An invented payment service provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Psp {
    /// `idPSP`.
    pub id: &'static str,
    /// Fiscal code and VAT number.
    pub fiscal_code: &'static str,
    /// Name.
    pub name: &'static str,
    /// `idChannel`.
    pub channel: &'static str,
    /// `channelDescription`.
    pub channel_description: &'static str,
    /// Fee of a payment, in cents.
    pub fee_cents: i64,
}

/// The bank with counters.
pub(crate) const COUNTER: &Psp = &Psp {
    id: "ABI99001",
    fiscal_code: "01990000018",
    name: "Banca di Isola Ferma S.p.A.",
    channel: "01990000018_01",
    channel_description: "Sportello",
    fee_cents: 150,
};

/// The acquirer of the checkout.
pub(crate) const ACQUIRER: &Psp = &Psp {
    id: "ABI99002",
    fiscal_code: "01990000026",
    name: "Istituto Pagamenti del Levante S.p.A.",
    channel: "01990000026_02",
    channel_description: "Pagamento con carta",
    fee_cents: 100,
};

/// The PSPs of the simulated nation.
pub const PSPS: &[Psp] = &[*COUNTER, *ACQUIRER];

/// How a payment at a PSP ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Paid: a receipt follows.
    Ok,
    /// Activated, then refused: no receipt follows.
    Ko,
    /// Activated, then nothing more is heard: no receipt follows.
    Abandon,
}

/// Body of `POST /sandbox/psp/pay`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PayOrder {
    /// 18 digits.
    pub notice_number: String,
    /// Fiscal code of the organization, 11 digits.
    pub fiscal_code: String,
    /// How the payment ends.
    pub outcome: Outcome,
    /// Seconds until the receipt is sent, by the clock of the sandbox; 0 sends it within the
    /// call. At most 60 days.
    #[serde(default)]
    pub receipt_delay_seconds: u32,
    /// How many times the same receipt is sent, 1 to 20.
    #[serde(default = "one")]
    pub receipt_copies: u32,
    /// `idPSP`; the bank with counters when missing.
    #[serde(default)]
    pub psp: Option<String>,
    /// Euro cents: pays another amount than the activated one, so that the receipt differs.
    #[serde(default)]
    pub amount: Option<i64>,
    /// Sends a receipt with a new `receiptId` and the data of the last activation, without
    /// verifying or activating: what arrives after a payment through another station, or a
    /// second payment of the same notice.
    #[serde(default)]
    pub without_activation: bool,
    /// With `ABANDON`, seconds during which the token keeps the notice busy; 0 frees it at
    /// once. At most 1800.
    #[serde(default)]
    pub token_validity_seconds: u32,
    /// Activates with `transferType` `POSTAL`, as a payment by bollettino.
    #[serde(default)]
    pub postal: bool,
}

const fn one() -> u32 {
    1
}

/// Answer of `POST /sandbox/psp/pay`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayReport {
    /// How it ended: `KO` also when the node or the organization refused.
    pub outcome: Outcome,
    /// `receiptId`, when paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<String>,
    /// Amount activated, in euro cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// `PPT_…`, what the PSP sees when the node refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_code: Option<String>,
    /// What happened then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// `PAA_…`, when the refusal comes from the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_fault_code: Option<String>,
    /// `faultString` of the organization.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_fault_string: Option<String>,
    /// Calls that the node made, in order. With a delay, the receipts are sent later.
    pub calls: Vec<CallReport>,
}

/// What [`PayOrder`] means, once checked.
struct Checked {
    notice: Notice,
    psp: &'static Psp,
    amount: Option<Cents>,
}

impl PayOrder {
    fn check(&self) -> Result<Checked, Problem> {
        let notice = parse_notice(&self.fiscal_code, &self.notice_number)?;
        let psp = match &self.psp {
            None => COUNTER,
            Some(id) => PSPS.iter().find(|p| p.id == id).ok_or_else(|| {
                let known: Vec<&str> = PSPS.iter().map(|p| p.id).collect();
                Problem::field("psp", &format!("must be one of {}", known.join(", ")))
            })?,
        };
        let amount = match self.amount {
            None => None,
            Some(cents) if cents > 0 => {
                Some(Cents::new(cents).map_err(|e| Problem::field("amount", &e.to_string()))?)
            }
            Some(_) => return Err(Problem::field("amount", "must be at least 1 cent")),
        };
        if !(1..=MAX_COPIES).contains(&self.receipt_copies) {
            return Err(Problem::field("receiptCopies", "must be between 1 and 20"));
        }
        if self.receipt_delay_seconds > MAX_DELAY_SECONDS {
            return Err(Problem::field("receiptDelaySeconds", "must be at most 5184000 (60 days)"));
        }
        if i64::from(self.token_validity_seconds) > TOKEN_SECONDS {
            return Err(Problem::field("tokenValiditySeconds", "must be at most 1800"));
        }
        if self.without_activation && self.outcome != Outcome::Ok {
            return Err(Problem::field("withoutActivation", "only with outcome OK"));
        }
        Ok(Checked { notice, psp, amount })
    }
}

/// Checks the two codes of a notice.
pub(crate) fn parse_notice(fiscal_code: &str, number: &str) -> Result<Notice, Problem> {
    OrganizationFiscalCode::parse(fiscal_code).map_err(|e| Problem::field("fiscalCode", &e.to_string()))?;
    NoticeNumber::parse(number).map_err(|e| Problem::field("noticeNumber", &e.to_string()))?;
    Ok(Notice { fiscal_code: fiscal_code.to_owned(), number: number.to_owned() })
}

/// Pays a notice at a PSP: verification, activation, outcome, receipt.
pub(crate) async fn pay(node: &Arc<Node>, order: PayOrder) -> Result<PayReport, Problem> {
    let checked = order.check()?;
    let node = Arc::clone(node);
    // On its own task: a caller that goes away does not stop a payment half way.
    match tokio::spawn(async move { run(&node, &order, checked).await }).await {
        Ok(result) => result,
        Err(stopped) => Err(Problem::internal(&stopped.to_string())),
    }
}

async fn run(node: &Node, order: &PayOrder, checked: Checked) -> Result<PayReport, Problem> {
    let mut report = PayReport {
        outcome: order.outcome,
        receipt_id: None,
        amount: None,
        fault_code: None,
        detail: None,
        original_fault_code: None,
        original_fault_string: None,
        calls: Vec::new(),
    };
    let attempt = if order.without_activation {
        let Some(last) = node.last_attempt(&checked.notice) else {
            return Err(Problem::conflict(
                "withoutActivation: the node has not seen an activation of this notice since it \
                 was started, so it has no data for a receipt",
            ));
        };
        Attempt { token: uuid::Uuid::new_v4().simple().to_string(), ..last }
    } else {
        match reach(node, order, &checked, &mut report.calls).await {
            Ok(attempt) => attempt,
            Err(fault) => {
                report.outcome = Outcome::Ko;
                report.fault_code = Some(fault.fault_code);
                report.detail = Some(fault.detail);
                report.original_fault_code = fault.original_fault_code;
                report.original_fault_string = fault.original_fault_string;
                return Ok(report);
            }
        }
    };
    report.amount = Some(attempt.data.amount.get());
    match order.outcome {
        Outcome::Ko => node.release(&checked.notice, &attempt.token),
        Outcome::Abandon => node.abandon(&attempt, i64::from(order.token_validity_seconds)),
        Outcome::Ok => {
            let payment = Payment {
                psp: checked.psp,
                method: if order.postal { "BP" } else { "cash" },
                fee: fee(checked.psp),
                amount: checked.amount,
                delay_seconds: i64::from(order.receipt_delay_seconds),
                copies: order.receipt_copies,
            };
            report.receipt_id = Some(attempt.token.clone());
            node.conclude(&attempt, &payment, &mut report.calls).await.map_err(not_kept)?;
        }
    }
    Ok(report)
}

async fn reach(
    node: &Node,
    order: &PayOrder,
    checked: &Checked,
    calls: &mut Vec<CallReport>,
) -> Result<Attempt, NodeFault> {
    let verified = node.verify(&checked.notice, calls).await?;
    let terms = ActivationTerms {
        amount: verified.option.map(|option| option.amount),
        payment_note: None,
        transfer_kind: order.postal.then_some(TransferKind::Postal),
    };
    node.activate(&checked.notice, &terms, TOKEN_SECONDS, calls).await
}

/// The fee of a PSP.
pub(crate) fn fee(psp: &Psp) -> Cents {
    Cents::new(psp.fee_cents).unwrap_or(Cents::ZERO)
}

/// The receipts could not be kept on disk: the payment did not happen.
pub(crate) fn not_kept(error: SandboxError) -> Problem {
    tracing::error!(%error, "receipts not kept");
    Problem::internal(&error.to_string())
}
