//! One call of the node to a station: timing, transport, schema, checks, violations.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Node, NodeFault};
use crate::check::{Finding, check};
use crate::contract;
use crate::message::{
    Activation, ActivationTerms, Address, Content, Notice, Operation, Reply, TransferKind, Verification,
};
use crate::violations::{Violation, ViolationKind};

/// How a call of the node ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum CallOutcome {
    /// The station answered OK.
    Ok,
    /// The station answered KO with a fault.
    Ko,
    /// No answer, or an answer that the node refuses.
    Error,
}

/// A call of the node to a station.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallReport {
    /// The primitive called.
    pub operation: Operation,
    /// Organization that the call is for.
    #[serde(rename = "idPA")]
    pub id_pa: String,
    /// Station called.
    pub id_station: String,
    /// Time until the last byte of the answer, in milliseconds.
    pub milliseconds: u64,
    /// How it ended.
    pub outcome: CallOutcome,
    /// `PAA_…` when the station answered KO, `PPT_…` when the node made the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault_code: Option<String>,
    /// `faultString` of the station, or what went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// How many rules the answer broke; see `/sandbox/node/violations`.
    pub violations: usize,
}

/// A call of the node, as listed by `/sandbox/node/calls`.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CallSeen {
    /// When it ended (clock of the sandbox, UTC).
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Notice number.
    pub notice_number: String,
    /// The call.
    #[serde(flatten)]
    pub report: CallReport,
}

/// The last calls of the node.
#[derive(Debug, Default)]
pub(crate) struct CallLog(Mutex<VecDeque<CallSeen>>);

impl CallLog {
    /// How many calls are kept.
    const KEPT: usize = 200;

    fn push(&self, call: CallSeen) {
        let mut kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if kept.len() >= Self::KEPT {
            kept.pop_front();
        }
        kept.push_back(call);
    }

    /// The kept calls, newest first.
    pub(crate) fn list(&self) -> Vec<CallSeen> {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).iter().rev().cloned().collect()
    }
}

impl CallReport {
    /// Whether the node got an answer it accepts, OK or KO.
    pub(super) fn answered(&self) -> bool {
        self.outcome != CallOutcome::Error
    }
}

impl Node {
    pub(super) async fn call_verify(
        &self,
        address: &Address,
        notice: &Notice,
    ) -> (CallReport, Result<Verification, NodeFault>) {
        let request = contract::verify_request(address, notice);
        let limit = self.timeouts.activation;
        let (report, result) = self.call(Operation::Verify, address, notice, None, request, limit).await;
        let content = result.map(|reply| match reply.content {
            Content::Verification(content) => content,
            Content::Activation(_) | Content::None => Verification::default(),
        });
        (report, content)
    }

    pub(super) async fn call_activate(
        &self,
        operation: Operation,
        address: &Address,
        notice: &Notice,
        terms: &ActivationTerms,
    ) -> (CallReport, Result<Activation, NodeFault>) {
        let request = contract::activation_request(operation, address, notice, terms);
        let limit = self.timeouts.activation;
        let (report, result) =
            self.call(operation, address, notice, terms.transfer_kind, request, limit).await;
        let content = result.and_then(|reply| match reply.content {
            Content::Activation(Some(content)) => Ok(content),
            _ => Err(NodeFault::new(ERROR_RESPONSE, "mancano i dati del pagamento")),
        });
        (report, content)
    }

    pub(super) async fn call_receipt(
        &self,
        operation: Operation,
        address: &Address,
        notice: &Notice,
        request: String,
    ) -> CallReport {
        let limit = self.timeouts.receipt;
        self.call(operation, address, notice, None, request, limit).await.0
    }

    async fn call(
        &self,
        operation: Operation,
        address: &Address,
        notice: &Notice,
        transfer_kind: Option<TransferKind>,
        request: String,
        limit: Duration,
    ) -> (CallReport, Result<Reply, NodeFault>) {
        let started = std::time::Instant::now();
        let answer = self
            .http
            .with_timeout(limit)
            .post_xml(&address.url, operation.name(), request.clone(), &[])
            .await;
        let elapsed = answer.as_ref().map_or_else(|_| started.elapsed(), |a| a.elapsed);
        let (response, findings, result) = match answer {
            Err(error) => (String::new(), Vec::new(), Err(transport_fault(&error))),
            Ok(answer) => {
                let (findings, result) = self.read(operation, notice, transfer_kind, &answer);
                (String::from_utf8_lossy(&answer.body).into_owned(), findings, result)
            }
        };
        let mut violations = findings.len();
        for finding in findings {
            self.violation(operation, address, &notice.number, finding, &request, &response);
        }
        if elapsed > self.timeouts.obligation {
            violations = violations.saturating_add(1);
            let detail = format!(
                "{} ms: il 98% delle risposte di un mese deve stare entro {} ms",
                elapsed.as_millis(),
                self.timeouts.obligation.as_millis()
            );
            self.violation(operation, address, &notice.number, (SLOW, detail), &request, &response);
        }
        let (outcome, fault_code, detail) = match &result {
            Ok(_) => (CallOutcome::Ok, None, None),
            Err(fault) => match &fault.original_fault_code {
                Some(code) => (CallOutcome::Ko, Some(code.clone()), fault.original_fault_string.clone()),
                None => (CallOutcome::Error, Some(fault.fault_code.clone()), Some(fault.detail.clone())),
            },
        };
        let report = CallReport {
            operation,
            id_pa: address.id_pa.clone(),
            id_station: address.id_station.clone(),
            milliseconds: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            outcome,
            fault_code,
            detail,
            violations,
        };
        self.calls.push(CallSeen {
            at: self.clock.now(),
            notice_number: notice.number.clone(),
            report: report.clone(),
        });
        (report, result)
    }

    /// Reads an answer as strictly as the node: transport, schema, then meaning. With any
    /// finding the answer is refused, even where part of it could be understood.
    fn read(
        &self,
        operation: Operation,
        notice: &Notice,
        transfer_kind: Option<TransferKind>,
        answer: &net::Answer,
    ) -> (Vec<Finding>, Result<Reply, NodeFault>) {
        let mut findings = Vec::new();
        if answer.status != 200 {
            let detail = format!("stato HTTP {}: anche un KO si risponde con 200", answer.status);
            findings.push(("http-status", detail));
        }
        let content_type = answer.header("content-type").unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("text/xml") {
            findings.push(("content-type", format!("Content-Type «{content_type}», non text/xml")));
        }
        let reply = match contract::read(operation, &answer.body) {
            Ok(reply) => reply,
            Err(error) => {
                // An error page is one violation, not two.
                if findings.is_empty() {
                    findings.push(("schema", error));
                }
                let fault = error_response(&findings);
                return (findings, Err(fault));
            }
        };
        let registry = self.registry();
        findings.extend(check(operation, notice, transfer_kind, &registry, &reply));
        if !findings.is_empty() {
            let fault = error_response(&findings);
            return (findings, Err(fault));
        }
        let result = match &reply.fault {
            Some(fault) if !reply.ok => Err(NodeFault {
                fault_code: "PPT_ERRORE_EMESSO_DA_PAA".to_owned(),
                detail: fault.description.clone().unwrap_or_else(|| fault.string.clone()),
                original_fault_code: Some(fault.code.clone()),
                original_fault_string: Some(fault.string.clone()),
            }),
            _ => Ok(reply),
        };
        (findings, result)
    }

    pub(super) fn violation(
        &self,
        operation: Operation,
        address: &Address,
        notice_number: &str,
        (rule, detail): Finding,
        request: &str,
        response: &str,
    ) {
        self.violations.record(Violation {
            id: 0,
            at: self.clock.now(),
            kind: if rule == SLOW { ViolationKind::ServiceLevel } else { ViolationKind::Contract },
            operation: operation.name().to_owned(),
            id_pa: address.id_pa.clone(),
            id_station: address.id_station.clone(),
            notice_number: notice_number.to_owned(),
            rule: rule.to_owned(),
            detail,
            request: request.to_owned(),
            response: response.to_owned(),
        });
    }
}

/// Name of the rule on response times (pagopa.md §1.8).
const SLOW: &str = "response-time";

/// What a PSP sees when our answer is not valid (pagopa.md §1.7).
const ERROR_RESPONSE: &str = "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE";

fn error_response(findings: &[Finding]) -> NodeFault {
    let detail: Vec<String> = findings.iter().map(|(rule, detail)| format!("{rule}: {detail}")).collect();
    NodeFault::new(ERROR_RESPONSE, detail.join("; "))
}

fn transport_fault(error: &net::NetError) -> NodeFault {
    let (code, detail) = match error {
        net::NetError::Timeout { limit_ms } => {
            ("PPT_STAZIONE_INT_PA_TIMEOUT", format!("nessuna risposta entro {limit_ms} ms"))
        }
        net::NetError::TooLarge { limit } => (ERROR_RESPONSE, format!("risposta più lunga di {limit} byte")),
        other => ("PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE", other.to_string()),
    };
    NodeFault::new(code, detail)
}
