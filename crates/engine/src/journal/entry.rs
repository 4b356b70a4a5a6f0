//! One entry of the journal.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::json;

use crate::call::{Call, Identifiers};
use crate::ids::OrganizationId;

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A change of state, written with it.
    Event,
    /// A request that reached us.
    CallIn,
    /// A request that we made.
    CallOut,
}

impl Kind {
    /// The name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "EVENT",
            Self::CallIn => "CALL_IN",
            Self::CallOut => "CALL_OUT",
        }
    }

    /// Reads the name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Event, Self::CallIn, Self::CallOut].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One entry: who, what, how it ended. Free of secrets and personal data by construction: adapters put
/// identifiers into [`Identifiers`] and facts without persons into `detail`.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When (UTC, microseconds).
    pub at: Timestamp,
    /// Event or call.
    pub kind: Kind,
    /// The ente concerned, when known.
    pub organization: Option<OrganizationId>,
    /// The door.
    pub interface: Cow<'static, str>,
    /// Operation (calls) or name of the change (events), e.g. `receipt.accepted`.
    pub operation: String,
    /// `OK`, `KO`, or a fault code.
    pub outcome: String,
    /// Trace identifier.
    pub trace: String,
    /// What to search it by.
    pub identifiers: Identifiers,
    /// Time taken, microseconds (calls).
    pub duration_us: Option<i64>,
    /// Further facts: one JSON object as text, hashed as it stands.
    pub detail: String,
}

impl Entry {
    /// A state change made in the course of a call.
    #[must_use]
    pub fn event(call: &Call, at: Timestamp, organization: OrganizationId, name: &str) -> Self {
        Self {
            at,
            kind: Kind::Event,
            organization: Some(organization),
            interface: Cow::Borrowed(call.interface),
            operation: name.to_owned(),
            outcome: "OK".to_owned(),
            trace: call.trace.clone(),
            identifiers: Identifiers::default(),
            duration_us: None,
            detail: "{}".to_owned(),
        }
    }

    /// The end of a call in.
    #[must_use]
    pub fn call_in(call: &Call, at: Timestamp, organization: Option<OrganizationId>, outcome: &str) -> Self {
        Self {
            at,
            kind: Kind::CallIn,
            organization,
            interface: Cow::Borrowed(call.interface),
            operation: call.operation.clone(),
            outcome: outcome.to_owned(),
            trace: call.trace.clone(),
            identifiers: Identifiers::default(),
            duration_us: Some(call.elapsed_us()),
            detail: "{}".to_owned(),
        }
    }

    /// The end of a call that we made.
    #[must_use]
    pub fn call_out(call: &Call, at: Timestamp, organization: Option<OrganizationId>, outcome: &str) -> Self {
        Self { kind: Kind::CallOut, ..Self::call_in(call, at, organization, outcome) }
    }

    /// With identifiers to search by.
    #[must_use]
    pub fn with(mut self, identifiers: Identifiers) -> Self {
        self.identifiers = identifiers;
        self
    }

    /// With further facts (a JSON object).
    #[must_use]
    pub fn detail(mut self, facts: &serde_json::Value) -> Self {
        self.detail = facts.to_string();
        self
    }

    /// With one more fact: the text of an error, cut to 500 characters, with what looks like a codice fiscale
    /// or an e-mail address masked.
    #[must_use]
    pub fn error(self, text: &str) -> Self {
        let cut: String = telemetry::scrub(text).chars().take(500).collect();
        self.detail(&json!({ "error": cut }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_cut_and_hold_no_person() {
        let call = Call::new("mypay", "paaSILInviaDovuti", "trace");
        let text =
            format!("Codice fiscale non valido [RSSMRA80A01H501U] di mario@example.org {}", "x".repeat(600));
        let entry = Entry::call_in(&call, Timestamp::UNIX_EPOCH, None, "KO").error(&text);
        assert!(entry.detail.contains("Codice fiscale non valido"), "{}", entry.detail);
        assert!(
            !entry.detail.contains("RSSMRA80A01H501U") && !entry.detail.contains("mario@"),
            "{}",
            entry.detail
        );
        assert!(entry.detail.len() < 600);
    }
}
