//! Amounts of money: integer euro cents, never negative, sums checked.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in EUR cents, from 0.00 to 999,999,999.99 (`pagopa.md` §1.2, `mypay-soap.md` §7.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Cents(i64);

/// Why a number or a text is not an amount, or a sum is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// The text is not digits, a dot and exactly two digits.
    #[error("amount must be digits, a dot and exactly two digits")]
    Format,
    /// Below zero.
    #[error("amount is negative")]
    Negative,
    /// Zero where something must be paid.
    #[error("amount is zero")]
    Zero,
    /// Above the largest amount that pagoPA carries.
    #[error("amount exceeds 999999999.99")]
    TooLarge,
}

impl Cents {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that pagoPA carries: 999,999,999.99.
    pub const MAX: Self = Self(99_999_999_999);

    /// An amount of so many cents.
    ///
    /// # Errors
    /// [`AmountError::Negative`], [`AmountError::TooLarge`].
    pub const fn new(cents: i64) -> Result<Self, AmountError> {
        if cents < 0 {
            Err(AmountError::Negative)
        } else if cents > Self::MAX.0 {
            Err(AmountError::TooLarge)
        } else {
            Ok(Self(cents))
        }
    }

    /// The number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether there is nothing to pay.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Reads `\d+\.\d{2}`, the only spelling that pagoPA and MyPay 6.2.0 accept.
    ///
    /// # Errors
    /// [`AmountError::Format`], or [`AmountError::TooLarge`] for a well-written amount out of range.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let (&[ref euros @ .., b'.', tens @ b'0'..=b'9', units @ b'0'..=b'9'], true) =
            (text.as_bytes(), text.len() > 3)
        else {
            return Err(AmountError::Format);
        };
        if !euros.iter().all(u8::is_ascii_digit) {
            return Err(AmountError::Format);
        }
        let digit = |b: u8| i64::from(b - b'0');
        euros
            .iter()
            .copied()
            .chain([tens, units])
            .try_fold(0_i64, |n, b| n.checked_mul(10)?.checked_add(digit(b)))
            .ok_or(AmountError::TooLarge)
            .and_then(Self::new)
    }

    /// The same amount, if there is something to pay (`AmountNZ`, `stImportoPositivo`).
    ///
    /// # Errors
    /// [`AmountError::Zero`].
    pub const fn positive(self) -> Result<Self, AmountError> {
        if self.0 == 0 { Err(AmountError::Zero) } else { Ok(self) }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`].
    pub const fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        // Two amounts in range cannot overflow an i64.
        Self::new(self.0 + other.0)
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::Negative`].
    pub const fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        Self::new(self.0 - other.0)
    }

    /// The sum of all.
    ///
    /// # Errors
    /// [`AmountError::TooLarge`], as soon as the running sum is.
    pub fn sum<I: IntoIterator<Item = Self>>(amounts: I) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// As Italians write it: `1.234,56`.
    #[must_use]
    pub fn to_italian(self) -> String {
        let (millions, thousands, euros) =
            (self.0 / 100_000_000, self.0 / 100_000 % 1000, self.0 / 100 % 1000);
        let cents = self.0 % 100;
        match (millions, thousands) {
            (0, 0) => format!("{euros},{cents:02}"),
            (0, _) => format!("{thousands}.{euros:03},{cents:02}"),
            _ => format!("{millions}.{thousands:03}.{euros:03},{cents:02}"),
        }
    }
}

/// `1234.56`, the form of the wire.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl std::str::FromStr for Cents {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::parse(text)
    }
}

impl TryFrom<i64> for Cents {
    type Error = AmountError;

    fn try_from(cents: i64) -> Result<Self, AmountError> {
        Self::new(cents)
    }
}

impl From<Cents> for i64 {
    fn from(amount: Cents) -> Self {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_only_the_spelling_of_the_wire() {
        assert_eq!(Cents::parse("10.00").unwrap().get(), 1000);
        assert_eq!(Cents::parse("0.01").unwrap().get(), 1);
        assert_eq!(Cents::parse("007.50").unwrap().get(), 750);
        assert_eq!(Cents::parse("999999999.99").unwrap(), Cents::MAX);
        for text in [
            "",
            ".",
            ".00",
            "1",
            "1.5",
            "1,50",
            "1.500",
            "-1.00",
            "+1.00",
            " 1.00",
            "1.00 ",
            "1.0a",
            "1e2.00",
            "1.000,00",
            "１.00",
            "999999999.999",
            "0x1.00",
            "1..00",
        ] {
            assert_eq!(Cents::parse(text), Err(AmountError::Format), "{text:?}");
        }
        for text in ["1000000000.00", "99999999999999999999999999.00"] {
            assert_eq!(Cents::parse(text), Err(AmountError::TooLarge), "{text:?}");
        }
    }

    #[test]
    fn keeps_its_bounds() {
        assert_eq!(Cents::new(-1), Err(AmountError::Negative));
        assert_eq!(Cents::MAX.checked_add(Cents(1)), Err(AmountError::TooLarge));
        assert_eq!(Cents::ZERO.checked_sub(Cents(1)), Err(AmountError::Negative));
        assert_eq!(Cents::ZERO.positive(), Err(AmountError::Zero));
        assert_eq!(Cents::sum([Cents(1), Cents(2), Cents(3)]), Ok(Cents(6)));
        assert_eq!(Cents::sum([Cents::MAX, Cents(1)]), Err(AmountError::TooLarge));
        assert_eq!(serde_json::to_string(&Cents(1234)).unwrap(), "1234");
        assert!(serde_json::from_str::<Cents>("-1").is_err());
        assert!(serde_json::from_str::<Cents>("1.5").is_err());
    }

    #[test]
    fn writes_for_wire_and_for_people() {
        for (cents, wire, italian) in [
            (0, "0.00", "0,00"),
            (1, "0.01", "0,01"),
            (123_456, "1234.56", "1.234,56"),
            (100_000_000, "1000000.00", "1.000.000,00"),
            (99_999_999_999, "999999999.99", "999.999.999,99"),
        ] {
            assert_eq!(Cents(cents).to_string(), wire);
            assert_eq!(Cents(cents).to_italian(), italian);
        }
    }

    proptest! {
        #[test]
        fn every_amount_reads_back(cents in 0..=Cents::MAX.get()) {
            let amount = Cents::new(cents).unwrap();
            prop_assert_eq!(Cents::parse(&amount.to_string()), Ok(amount));
            let italian = amount.to_italian().replace('.', "").replace(',', ".");
            prop_assert_eq!(Cents::parse(&italian), Ok(amount));
            prop_assert_eq!(serde_json::from_str::<Cents>(&serde_json::to_string(&amount).unwrap()).unwrap(), amount);
        }

        #[test]
        fn parser_never_panics_and_agrees_with_the_pattern(text in "[0-9.,+ \\-]{0,14}") {
            let by_pattern = text.split_once('.').is_some_and(|(euros, cents)| {
                !euros.is_empty()
                    && cents.len() == 2
                    && euros.chars().chain(cents.chars()).all(|c| c.is_ascii_digit())
            });
            prop_assert_eq!(Cents::parse(&text) != Err(AmountError::Format), by_pattern);
        }

        #[test]
        fn parser_survives_any_text(text in "\\PC*") {
            let _ = Cents::parse(&text);
        }

        #[test]
        fn adding_and_subtracting_are_inverse(a in 0..=Cents::MAX.get(), b in 0..=Cents::MAX.get()) {
            let (a, b) = (Cents(a), Cents(b));
            match a.checked_add(b) {
                Ok(sum) => prop_assert_eq!(sum.checked_sub(b), Ok(a)),
                Err(error) => {
                    prop_assert_eq!(error, AmountError::TooLarge);
                    prop_assert!(a.get() + b.get() > Cents::MAX.get());
                }
            }
        }
    }
}
