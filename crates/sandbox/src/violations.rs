//! What the node found wrong in our answers.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// How many violations are kept; the oldest go first.
const KEPT: usize = 500;
/// How much of a message is kept beside a violation, in characters.
const EXCERPT: usize = 6000;

/// What kind of rule was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ViolationKind {
    /// The answer is not what the contract or the checks of the node want: in production the
    /// payment would fail.
    Contract,
    /// The answer is right but late with respect to the published obligation of 2 seconds.
    ServiceLevel,
}

/// A rule of the national platform that an answer of ours broke.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// Progressive number since the start.
    pub id: u64,
    /// When, by the clock of the sandbox.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Kind of rule.
    pub kind: ViolationKind,
    /// Operation, `paGetPaymentV2` for instance.
    pub operation: String,
    /// `idPA` of the request.
    pub id_pa: String,
    /// `idStation` of the request.
    pub id_station: String,
    /// Notice number, where the request has one.
    pub notice_number: String,
    /// Short stable name of the rule, `transfers-sum` for instance.
    pub rule: String,
    /// What was found.
    pub detail: String,
    /// The request, cut at 6000 characters.
    pub request: String,
    /// The answer, cut at 6000 characters; empty when there was none.
    pub response: String,
}

/// The violations found since the start or since they were cleared.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    kept: VecDeque<Violation>,
}

impl Violations {
    /// Records a violation; its `id` is given here.
    pub(crate) fn record(&self, mut violation: Violation) {
        cut(&mut violation.request);
        cut(&mut violation.response);
        tracing::warn!(
            operation = violation.operation,
            rule = violation.rule,
            detail = violation.detail,
            "the simulated node found a violation"
        );
        let mut inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        inner.next = inner.next.saturating_add(1);
        violation.id = inner.next;
        inner.kept.push_back(violation);
        while inner.kept.len() > KEPT {
            inner.kept.pop_front();
        }
    }

    /// All kept violations, oldest first.
    pub(crate) fn list(&self) -> Vec<Violation> {
        let inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        inner.kept.iter().cloned().collect()
    }

    /// How many are kept.
    pub(crate) fn count(&self) -> usize {
        self.inner.lock().unwrap_or_else(|e| e.into_inner()).kept.len()
    }

    /// Forgets all, and says how many they were.
    pub(crate) fn clear(&self) -> usize {
        let mut inner = self.inner.lock().unwrap_or_else(|e| e.into_inner());
        std::mem::take(&mut inner.kept).len()
    }
}

fn cut(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(EXCERPT) {
        text.truncate(at);
        text.push('…');
    }
}
