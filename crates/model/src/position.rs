//! A debt position as the sum of its payment options and installments (`pagopa.md` §8.3).

use crate::lifecycle::InstallmentStatus::{self, Cancelled, Draft, Expired, Invalid, Paid, Reported, Unpaid};
use crate::lifecycle::UnknownStatus;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a payment option settles the debt at once or in parts. Options of one position are
/// alternatives: paying into one makes the others unpayable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PaymentOptionKind {
    /// One installment for the whole.
    Single,
    /// Two or more installments.
    Plan,
}

impl PaymentOptionKind {
    /// The kind of an option of so many installments; `None` for none.
    #[must_use]
    pub const fn of(installments: usize) -> Option<Self> {
        match installments {
            0 => None,
            1 => Some(Self::Single),
            _ => Some(Self::Plan),
        }
    }
}

/// State of a whole position, or of one of its options, always derived from the installments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PositionStatus {
    /// Nothing is offered yet.
    Draft,
    /// Something can be paid, nothing is.
    Unpaid,
    /// Something is paid, something not yet.
    PartiallyPaid,
    /// All is paid.
    Paid,
    /// All is paid and found in reporting flows.
    Reported,
    /// All that is left has expired.
    Expired,
    /// All is withdrawn.
    Cancelled,
    /// All is unpayable by rule.
    Invalid,
}

impl PositionStatus {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Unpaid,
        Self::PartiallyPaid,
        Self::Paid,
        Self::Reported,
        Self::Expired,
        Self::Cancelled,
        Self::Invalid,
    ];

    /// The name in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Unpaid => "UNPAID",
            Self::PartiallyPaid => "PARTIALLY_PAID",
            Self::Paid => "PAID",
            Self::Reported => "REPORTED",
            Self::Expired => "EXPIRED",
            Self::Cancelled => "CANCELLED",
            Self::Invalid => "INVALID",
        }
    }
}

impl fmt::Display for PositionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for PositionStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// The state of installments taken together. Withdrawn and invalid ones count only when there is
/// nothing else; no installment at all is a draft.
///
/// Give it the installments of one option, or of a position whose options are not alternatives; for
/// alternatives use [`status_of_options`].
#[must_use]
pub fn position_status(installments: &[InstallmentStatus]) -> PositionStatus {
    let has = |status| installments.contains(&status);
    let open = has(Draft) || has(Unpaid) || has(Expired);
    match () {
        () if open && (has(Paid) || has(Reported)) => PositionStatus::PartiallyPaid,
        () if has(Unpaid) => PositionStatus::Unpaid,
        () if has(Expired) => PositionStatus::Expired,
        () if has(Draft) => PositionStatus::Draft,
        () if has(Paid) => PositionStatus::Paid,
        () if has(Reported) => PositionStatus::Reported,
        () if has(Cancelled) => PositionStatus::Cancelled,
        () if has(Invalid) => PositionStatus::Invalid,
        () => PositionStatus::Draft,
    }
}

/// The option that the debtor has chosen by paying into it: the first with a paid installment.
#[must_use]
pub fn chosen_option<O: AsRef<[InstallmentStatus]>>(options: &[O]) -> Option<usize> {
    options.iter().position(|option| option.as_ref().iter().any(|status| status.is_paid()))
}

/// Whether installments of option `option` may still be paid as far as the other options go.
#[must_use]
pub fn option_open<O: AsRef<[InstallmentStatus]>>(options: &[O], option: usize) -> bool {
    chosen_option(options).is_none_or(|chosen| chosen == option)
}

/// The state of a position with alternative options: that of the chosen one, or of all together while
/// none is.
#[must_use]
pub fn status_of_options<O: AsRef<[InstallmentStatus]>>(options: &[O]) -> PositionStatus {
    match chosen_option(options).and_then(|chosen| options.get(chosen)) {
        Some(chosen) => position_status(chosen.as_ref()),
        None => {
            let all: Vec<InstallmentStatus> =
                options.iter().flat_map(|option| option.as_ref()).copied().collect();
            position_status(&all)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sums_up() {
        for (installments, expected) in [
            (&[][..], PositionStatus::Draft),
            (&[Draft], PositionStatus::Draft),
            (&[Draft, Unpaid], PositionStatus::Unpaid),
            (&[Expired, Unpaid], PositionStatus::Unpaid),
            (&[Expired, Draft], PositionStatus::Expired),
            (&[Paid, Unpaid], PositionStatus::PartiallyPaid),
            (&[Reported, Expired], PositionStatus::PartiallyPaid),
            (&[Paid, Reported], PositionStatus::Paid),
            (&[Reported, Reported], PositionStatus::Reported),
            (&[Paid, Cancelled], PositionStatus::Paid),
            (&[Cancelled, Invalid], PositionStatus::Cancelled),
            (&[Invalid], PositionStatus::Invalid),
        ] {
            assert_eq!(position_status(installments), expected, "{installments:?}");
        }
    }

    #[test]
    fn options_are_alternatives() {
        let single = vec![Paid];
        let plan = vec![Unpaid, Unpaid];
        let options = [single, plan];
        assert_eq!(chosen_option(&options), Some(0));
        assert!(option_open(&options, 0) && !option_open(&options, 1));
        assert_eq!(status_of_options(&options), PositionStatus::Paid);
        let options = [vec![Unpaid], vec![Paid, Unpaid]];
        assert_eq!(status_of_options(&options), PositionStatus::PartiallyPaid);
        let options = [vec![Unpaid], vec![Draft]];
        assert!(option_open(&options, 0) && option_open(&options, 1));
        assert_eq!(status_of_options(&options), PositionStatus::Unpaid);
        assert_eq!(PaymentOptionKind::of(1), Some(PaymentOptionKind::Single));
        assert_eq!(PaymentOptionKind::of(3), Some(PaymentOptionKind::Plan));
        assert_eq!(PaymentOptionKind::of(0), None);
    }

    #[test]
    fn names_read_back() {
        for status in PositionStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("\"{status}\""));
        }
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_paid_means_paid(
            mut installments in prop::collection::vec(prop::sample::select(&InstallmentStatus::ALL[..]), 1..8),
        ) {
            let status = position_status(&installments);
            let live: Vec<_> = installments.iter().filter(|s| !matches!(s, Cancelled | Invalid)).collect();
            let all_paid = !live.is_empty() && live.iter().all(|s| s.is_paid());
            prop_assert_eq!(matches!(status, PositionStatus::Paid | PositionStatus::Reported), all_paid);
            installments.reverse();
            prop_assert_eq!(position_status(&installments), status);
        }
    }
}
