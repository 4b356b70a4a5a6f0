//! The life of an [installment](InstallmentStatus): one table of transitions that every door uses
//! (`pagopa.md` §1.12 and §8.3, `mypay-soap.md` §10.2 and §10.6).
//!
//! There is no state "payment in progress": the node serialises attempts, and an attempt that fails
//! leaves the installment as it was (`pagopa.md` §11, trap 10).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where an installment (rata, dovuto, avviso) is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InstallmentStatus {
    /// Written, not yet offered for payment.
    Draft,
    /// Offered for payment.
    Unpaid,
    /// Proved paid, by a receipt or by the word of the ente.
    Paid,
    /// Paid, and found in a reporting flow of the PSP.
    Reported,
    /// Not paid by a due date that is binding.
    Expired,
    /// Withdrawn by the ente.
    Cancelled,
    /// Made unpayable by a rule: another payment option of its position was paid, or the ente or its
    /// kind of debt was closed.
    Invalid,
}

/// What can happen to an installment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Trigger {
    /// The ente offers it for payment.
    Publish,
    /// The ente changes its data. An expired one comes back to life: its due date may have moved, and if
    /// it has not [`payable`] still refuses it.
    Edit,
    /// The ente withdraws it.
    Cancel,
    /// Its binding due date has passed.
    Expire,
    /// A rule makes it unpayable.
    Invalidate,
    /// A receipt came. Never refused; see [`receive_receipt`].
    ReceiveReceipt,
    /// The ente says that it was paid outside pagoPA.
    RegisterPayment,
    /// A reporting flow names it. A flow that pays without receipt (code 9) is first a
    /// [`Trigger::ReceiveReceipt`].
    Report,
    /// An operator offers it again. For a paid one the engine must first see its payment undone
    /// (refunded, or registered by mistake).
    Reopen,
}

use InstallmentStatus::{Cancelled, Draft, Expired, Invalid, Paid, Reported, Unpaid};
use Trigger::{Cancel, Edit, Expire, Invalidate, Publish, ReceiveReceipt, RegisterPayment, Reopen, Report};

/// Everything that can happen; what is not here is refused.
pub const TRANSITIONS: [(InstallmentStatus, Trigger, InstallmentStatus); 26] = [
    (Draft, Publish, Unpaid),
    (Draft, Edit, Draft),
    (Draft, Cancel, Cancelled),
    (Draft, Invalidate, Invalid),
    (Draft, ReceiveReceipt, Paid),
    (Unpaid, Edit, Unpaid),
    (Unpaid, Cancel, Cancelled),
    (Unpaid, Expire, Expired),
    (Unpaid, Invalidate, Invalid),
    (Unpaid, ReceiveReceipt, Paid),
    (Unpaid, RegisterPayment, Paid),
    (Paid, ReceiveReceipt, Paid),
    (Paid, Report, Reported),
    (Paid, Reopen, Unpaid),
    (Reported, ReceiveReceipt, Reported),
    (Reported, Report, Reported),
    (Expired, Edit, Unpaid),
    (Expired, Cancel, Cancelled),
    (Expired, Invalidate, Invalid),
    (Expired, ReceiveReceipt, Paid),
    (Expired, RegisterPayment, Paid),
    (Expired, Reopen, Unpaid),
    (Cancelled, ReceiveReceipt, Paid),
    (Cancelled, Reopen, Unpaid),
    (Invalid, ReceiveReceipt, Paid),
    (Invalid, Reopen, Unpaid),
];

/// A trigger that the state of the installment does not admit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{trigger} is not possible on an installment that is {from}")]
pub struct Refused {
    /// The state it was in, and stays in.
    pub from: InstallmentStatus,
    /// What was tried.
    pub trigger: Trigger,
}

/// The state after `trigger`.
///
/// # Errors
/// [`Refused`] when the table has no such transition. Never for [`Trigger::ReceiveReceipt`].
pub fn transition(from: InstallmentStatus, trigger: Trigger) -> Result<InstallmentStatus, Refused> {
    TRANSITIONS
        .iter()
        .find(|(state, cause, _)| *state == from && *cause == trigger)
        .map(|(_, _, to)| *to)
        .ok_or(Refused { from, trigger })
}

/// What makes a receipt more than the payment of an open installment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReceiptFlag {
    /// It was paid already: money to give back.
    SecondPayment,
    /// It had been withdrawn.
    PaidWhenCancelled,
    /// It had been made unpayable; money to give back when another option of the position was paid.
    PaidWhenInvalid,
    /// It had never been offered.
    PaidWhenDraft,
    /// Paid after a binding due date.
    PaidWhenExpired,
}

/// The effect of a receipt on the installment that it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptEffect {
    /// The state after it.
    pub status: InstallmentStatus,
    /// What the ente has to be told, if anything.
    pub flag: Option<ReceiptFlag>,
}

/// The effect of a receipt, which is never refused (design §4, rule 4; `pagopa.md` §1.5).
///
/// The caller has made sure that the receipt is new: the same receipt again has no effect at all.
#[must_use]
pub fn receive_receipt(from: InstallmentStatus) -> ReceiptEffect {
    let flag = match from {
        Unpaid => None,
        Paid | Reported => Some(ReceiptFlag::SecondPayment),
        Cancelled => Some(ReceiptFlag::PaidWhenCancelled),
        Invalid => Some(ReceiptFlag::PaidWhenInvalid),
        Draft => Some(ReceiptFlag::PaidWhenDraft),
        Expired => Some(ReceiptFlag::PaidWhenExpired),
    };
    ReceiptEffect { status: transition(from, ReceiveReceipt).unwrap_or(Paid), flag }
}

/// Why an installment cannot be paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPayable {
    /// Not offered for payment (to the node: unknown).
    #[error("the installment is not published")]
    NotPublished,
    /// Already paid.
    #[error("the installment is already paid")]
    AlreadyPaid,
    /// Its binding due date has passed.
    #[error("the installment is expired")]
    Expired,
    /// Withdrawn by the ente.
    #[error("the installment is cancelled")]
    Cancelled,
    /// Made unpayable by a rule (to the node: unknown, `pagopa.md` §8.3).
    #[error("the installment is not valid")]
    Invalid,
}

/// Whether an installment can be paid on `today`, a date of Europe/Rome.
///
/// A due date binds to its end: on the day itself one can still pay. A binding date in the past refuses
/// even before the nightly job has written [`InstallmentStatus::Expired`].
///
/// # Errors
/// The reason why it cannot.
pub fn payable(
    status: InstallmentStatus,
    due_date: Option<Date>,
    due_date_binding: bool,
    today: Date,
) -> Result<(), NotPayable> {
    match status {
        Unpaid if due_date_binding && due_date.is_some_and(|due| due < today) => Err(NotPayable::Expired),
        Unpaid => Ok(()),
        Draft => Err(NotPayable::NotPublished),
        Paid | Reported => Err(NotPayable::AlreadyPaid),
        Expired => Err(NotPayable::Expired),
        Cancelled => Err(NotPayable::Cancelled),
        Invalid => Err(NotPayable::Invalid),
    }
}

/// A text that names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a status")]
pub struct UnknownStatus;

impl InstallmentStatus {
    /// All states.
    pub const ALL: [Self; 7] = [Draft, Unpaid, Paid, Reported, Expired, Cancelled, Invalid];

    /// The name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Draft => "DRAFT",
            Unpaid => "UNPAID",
            Paid => "PAID",
            Reported => "REPORTED",
            Expired => "EXPIRED",
            Cancelled => "CANCELLED",
            Invalid => "INVALID",
        }
    }

    /// Whether there is proof of payment.
    #[must_use]
    pub const fn is_paid(self) -> bool {
        matches!(self, Paid | Reported)
    }

    /// Whether its IUD and IUV may be used again: only after a withdrawal (`mypay-soap.md` §8.4).
    #[must_use]
    pub const fn frees_identifiers(self) -> bool {
        matches!(self, Cancelled)
    }
}

impl Trigger {
    /// All triggers.
    pub const ALL: [Self; 9] =
        [Publish, Edit, Cancel, Expire, Invalidate, ReceiveReceipt, RegisterPayment, Report, Reopen];

    /// The name in events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Publish => "PUBLISH",
            Edit => "EDIT",
            Cancel => "CANCEL",
            Expire => "EXPIRE",
            Invalidate => "INVALIDATE",
            ReceiveReceipt => "RECEIVE_RECEIPT",
            RegisterPayment => "REGISTER_PAYMENT",
            Report => "REPORT",
            Reopen => "REOPEN",
        }
    }
}

impl ReceiptFlag {
    /// The name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SecondPayment => "SECOND_PAYMENT",
            Self::PaidWhenCancelled => "PAID_WHEN_CANCELLED",
            Self::PaidWhenInvalid => "PAID_WHEN_INVALID",
            Self::PaidWhenDraft => "PAID_WHEN_DRAFT",
            Self::PaidWhenExpired => "PAID_WHEN_EXPIRED",
        }
    }
}

impl fmt::Display for InstallmentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for ReceiptFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for InstallmentStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

impl std::str::FromStr for ReceiptFlag {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [
            Self::SecondPayment,
            Self::PaidWhenCancelled,
            Self::PaidWhenInvalid,
            Self::PaidWhenDraft,
            Self::PaidWhenExpired,
        ]
        .into_iter()
        .find(|flag| flag.as_str() == text)
        .ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn the_table_has_no_pair_twice() {
        for (index, (from, trigger, _)) in TRANSITIONS.iter().enumerate() {
            let again = TRANSITIONS.iter().skip(index + 1).any(|(f, t, _)| f == from && t == trigger);
            assert!(!again, "{from} {trigger}");
        }
    }

    #[test]
    fn a_receipt_is_never_refused() {
        for from in InstallmentStatus::ALL {
            let effect = receive_receipt(from);
            assert_eq!(transition(from, ReceiveReceipt), Ok(effect.status));
            assert!(effect.status.is_paid());
            assert_eq!(effect.flag.is_none(), from == Unpaid);
            assert_eq!(effect.flag == Some(ReceiptFlag::SecondPayment), from.is_paid());
        }
    }

    #[test]
    fn what_is_paid_cannot_be_touched() {
        for from in [Paid, Reported] {
            for trigger in [Publish, Edit, Cancel, Expire, Invalidate, RegisterPayment] {
                assert_eq!(transition(from, trigger), Err(Refused { from, trigger }));
            }
        }
        assert_eq!(transition(Reported, Reopen), Err(Refused { from: Reported, trigger: Reopen }));
        assert_eq!(
            transition(Paid, Cancel).unwrap_err().to_string(),
            "CANCEL is not possible on an installment that is PAID"
        );
    }

    #[test]
    fn payable_today() {
        let (yesterday, today) = (date(2026, 3, 9), date(2026, 3, 10));
        assert_eq!(payable(Unpaid, None, true, today), Ok(()));
        assert_eq!(payable(Unpaid, Some(today), true, today), Ok(()), "to the end of the day");
        assert_eq!(payable(Unpaid, Some(yesterday), true, today), Err(NotPayable::Expired));
        assert_eq!(payable(Unpaid, Some(yesterday), false, today), Ok(()), "not binding");
        for (status, reason) in [
            (Draft, NotPayable::NotPublished),
            (Paid, NotPayable::AlreadyPaid),
            (Reported, NotPayable::AlreadyPaid),
            (Expired, NotPayable::Expired),
            (Cancelled, NotPayable::Cancelled),
            (Invalid, NotPayable::Invalid),
        ] {
            assert_eq!(payable(status, None, false, today), Err(reason));
        }
    }

    #[test]
    fn names_read_back() {
        for status in InstallmentStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
        for trigger in Trigger::ALL {
            assert_eq!(serde_json::to_string(&trigger).unwrap(), format!("\"{trigger}\""));
        }
        for from in InstallmentStatus::ALL {
            if let Some(flag) = receive_receipt(from).flag {
                assert_eq!(flag.as_str().parse(), Ok(flag));
                assert_eq!(serde_json::to_string(&flag).unwrap(), format!("\"{flag}\""));
            }
        }
        assert_eq!("unpaid".parse::<InstallmentStatus>(), Err(UnknownStatus));
    }

    /// What one may believe of an installment knowing only what was accepted so far.
    #[derive(Default)]
    struct Model {
        published: bool,
        paid: bool,
        reported: bool,
        closed: bool,
    }

    proptest! {
        #[test]
        fn any_history_keeps_the_promises(triggers in prop::collection::vec(prop::sample::select(&Trigger::ALL[..]), 0..40)) {
            let today = date(2026, 3, 10);
            let mut status = Draft;
            let mut model = Model::default();
            for trigger in triggers {
                let before = status;
                match transition(status, trigger) {
                    Ok(after) => {
                        status = after;
                        match trigger {
                            Publish => model.published = true,
                            ReceiveReceipt | RegisterPayment => model.paid = true,
                            Report => model.reported = true,
                            Reopen => model = Model { published: true, ..Model::default() },
                            Cancel | Expire | Invalidate => model.closed = true,
                            Edit if before == Expired => model.closed = false,
                            Edit => {}
                        }
                        // Nothing but an operator takes a payment back.
                        if before.is_paid() && !after.is_paid() {
                            prop_assert_eq!(trigger, Reopen);
                        }
                        // Nothing at all takes a reporting back.
                        if before == Reported {
                            prop_assert_eq!(after, Reported);
                        }
                    }
                    Err(refused) => {
                        prop_assert_eq!(refused, Refused { from: before, trigger });
                        prop_assert_ne!(trigger, ReceiveReceipt);
                    }
                }
                prop_assert_eq!(status.is_paid(), model.paid);
                prop_assert_eq!(status == Reported, model.reported);
                let open = model.published && !model.paid && !model.closed;
                prop_assert_eq!(payable(status, None, false, today).is_ok(), open);
            }
        }
    }
}
