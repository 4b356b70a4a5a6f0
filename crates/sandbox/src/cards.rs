//! Test cards of the simulated checkout.

/// What happens when a test card is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardOutcome {
    /// Paid; the receipt arrives at once.
    Success,
    /// The issuer refuses; the browser goes to `returnErrorUrl`.
    Refused,
    /// The payer leaves the strong authentication; the browser goes to `returnCancelUrl`.
    Abandoned,
    /// The authorisation does not answer; the browser goes to `returnErrorUrl`.
    Timeout,
    /// Paid; the receipt arrives 30 seconds later (by the clock of the sandbox).
    SuccessDelayed,
    /// Paid; the same receipt arrives twice.
    SuccessTwice,
}

impl CardOutcome {
    /// The name used in `sandbox.json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Refused => "REFUSED",
            Self::Abandoned => "ABANDONED",
            Self::Timeout => "TIMEOUT",
            Self::SuccessDelayed => "SUCCESS_DELAYED",
            Self::SuccessTwice => "SUCCESS_TWICE",
        }
    }

    /// What it does, in Italian, for the pages.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Success => "Pagamento riuscito, ricevuta immediata",
            Self::Refused => "Carta rifiutata dall’emittente",
            Self::Abandoned => "Autenticazione abbandonata: pagamento annullato",
            Self::Timeout => "Autorizzazione senza risposta: errore",
            Self::SuccessDelayed => "Pagamento riuscito, ricevuta dopo 30 secondi",
            Self::SuccessTwice => "Pagamento riuscito, ricevuta inviata due volte",
        }
    }
}

/// A card that the simulated checkout knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestCard {
    /// 16 digits, with a valid check digit.
    pub number: &'static str,
    /// `MM/YY`. Checkout accepts any date that is not past by the clock of the sandbox.
    pub expiry: &'static str,
    /// Security code; any three digits are accepted.
    pub cvv: &'static str,
    /// What happens.
    pub outcome: CardOutcome,
}

const fn card(number: &'static str, outcome: CardOutcome) -> TestCard {
    TestCard { number, expiry: "12/99", cvv: "123", outcome }
}

/// All test cards, for the checkout page and for `sandbox.json`.
pub const TEST_CARDS: &[TestCard] = &[
    card("4000000000000010", CardOutcome::Success),
    card("4000000000000028", CardOutcome::Refused),
    card("4000000000000036", CardOutcome::Abandoned),
    card("4000000000000044", CardOutcome::Timeout),
    card("4000000000000051", CardOutcome::SuccessDelayed),
    card("4000000000000069", CardOutcome::SuccessTwice),
];

/// The test card with this number; spaces and hyphens are ignored.
#[must_use]
pub fn find(number: &str) -> Option<&'static TestCard> {
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    TEST_CARDS.iter().find(|card| card.number == digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_pass_the_check_digit_and_differ() {
        for (i, card) in TEST_CARDS.iter().enumerate() {
            let sum: u32 = card
                .number
                .bytes()
                .enumerate()
                .map(|(at, digit)| {
                    let doubled = u32::from(digit - b'0') * if at % 2 == 0 { 2 } else { 1 };
                    doubled / 10 + doubled % 10
                })
                .sum();
            assert_eq!((card.number.len(), sum % 10), (16, 0), "{}", card.number);
            assert!(TEST_CARDS[..i].iter().all(|other| other.number != card.number));
            assert!(TEST_CARDS[..i].iter().all(|other| other.outcome != card.outcome));
        }
        assert_eq!(find("4000 0000-0000 0028").unwrap().outcome, CardOutcome::Refused);
        assert!(find("4111111111111111").is_none());
    }
}
