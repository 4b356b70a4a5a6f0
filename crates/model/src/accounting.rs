//! Bilancio: how an amount splits among chapters of the budget (`mypay-soap.md` §7.3, §8.7).

use crate::money::{AmountError, Cents};
use serde::{Deserialize, Serialize};

/// The split of an amount among chapters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Balance {
    /// Chapters, at least one.
    pub chapters: Vec<Chapter>,
}

/// A chapter of the budget (capitolo).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Chapter {
    /// Code of the chapter, 1 to 64 characters.
    pub code: String,
    /// Code of the office, 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Assessments, at least one.
    pub assessments: Vec<Assessment>,
}

/// An assessment (accertamento) of a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Assessment {
    /// Code of the assessment, 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its part of the amount; never zero.
    pub amount: Cents,
}

/// Why a bilancio does not hold. Chapters and assessments count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// No chapter.
    #[error("the balance has no chapter")]
    NoChapter,
    /// A chapter without assessment.
    #[error("chapter {chapter} has no assessment")]
    NoAssessment {
        /// The chapter.
        chapter: usize,
    },
    /// A code of chapter, office or assessment that is blank or longer than 64 characters.
    #[error("chapter {chapter}: code of {what} must have 1 to 64 characters")]
    Code {
        /// The chapter.
        chapter: usize,
        /// Which code.
        what: &'static str,
    },
    /// An assessment of nothing.
    #[error("chapter {chapter}, assessment {assessment}: {source}")]
    Amount {
        /// The chapter.
        chapter: usize,
        /// The assessment within it.
        assessment: usize,
        /// The broken rule.
        source: AmountError,
    },
    /// The parts do not add up.
    #[error("the balance adds up to {sum}, not to the amount {amount}")]
    Sum {
        /// What should come out.
        amount: Cents,
        /// What comes out.
        sum: Cents,
    },
    /// The parts add up to more than can be.
    #[error("the balance adds up to more than 999999999.99")]
    SumTooLarge,
}

impl Balance {
    /// The sum of all assessments.
    ///
    /// # Errors
    /// [`BalanceError::SumTooLarge`].
    pub fn total(&self) -> Result<Cents, BalanceError> {
        Cents::sum(self.chapters.iter().flat_map(|chapter| &chapter.assessments).map(|part| part.amount))
            .map_err(|_| BalanceError::SumTooLarge)
    }

    /// Checks that every part is well-formed and that all add up exactly to `amount`.
    ///
    /// # Errors
    /// The first broken rule.
    pub fn check(&self, amount: Cents) -> Result<(), BalanceError> {
        if self.chapters.is_empty() {
            return Err(BalanceError::NoChapter);
        }
        for (chapter, number) in self.chapters.iter().zip(1..) {
            chapter.check(number)?;
        }
        let sum = self.total()?;
        if sum == amount { Ok(()) } else { Err(BalanceError::Sum { amount, sum }) }
    }
}

impl Chapter {
    fn check(&self, chapter: usize) -> Result<(), BalanceError> {
        let code = |what, text: Option<&str>| {
            let good = text.is_none_or(|t| !t.trim().is_empty() && t.chars().count() <= 64);
            if good { Ok(()) } else { Err(BalanceError::Code { chapter, what }) }
        };
        code("chapter", Some(&self.code))?;
        code("office", self.office.as_deref())?;
        if self.assessments.is_empty() {
            return Err(BalanceError::NoAssessment { chapter });
        }
        for (part, assessment) in self.assessments.iter().zip(1..) {
            code("assessment", part.code.as_deref())?;
            part.amount.positive().map_err(|source| BalanceError::Amount { chapter, assessment, source })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(amount: i64) -> Assessment {
        Assessment { code: None, amount: Cents::new(amount).unwrap() }
    }

    fn chapter(code: &str, amounts: &[i64]) -> Chapter {
        Chapter {
            code: code.to_owned(),
            office: None,
            assessments: amounts.iter().copied().map(part).collect(),
        }
    }

    fn check(chapters: Vec<Chapter>, amount: i64) -> Result<(), BalanceError> {
        Balance { chapters }.check(Cents::new(amount).unwrap())
    }

    #[test]
    fn must_add_up_exactly() {
        assert_eq!(check(vec![chapter("A", &[1, 2]), chapter("B", &[3])], 6), Ok(()));
        assert_eq!(
            check(vec![chapter("A", &[1, 2])], 4),
            Err(BalanceError::Sum { amount: Cents::new(4).unwrap(), sum: Cents::new(3).unwrap() })
        );
        assert_eq!(check(vec![chapter("A", &[Cents::MAX.get(), 1])], 1), Err(BalanceError::SumTooLarge));
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(check(vec![], 0), Err(BalanceError::NoChapter));
        assert_eq!(
            check(vec![chapter("A", &[1]), chapter("B", &[])], 1),
            Err(BalanceError::NoAssessment { chapter: 2 })
        );
        assert_eq!(
            check(vec![chapter(" ", &[1])], 1),
            Err(BalanceError::Code { chapter: 1, what: "chapter" })
        );
        assert_eq!(
            check(vec![chapter("A", &[1, 0])], 1),
            Err(BalanceError::Amount { chapter: 1, assessment: 2, source: AmountError::Zero })
        );
        let mut long = chapter("A", &[1]);
        long.office = Some("x".repeat(65));
        assert_eq!(check(vec![long], 1), Err(BalanceError::Code { chapter: 1, what: "office" }));
        let mut blank = chapter("A", &[1]);
        blank.assessments[0].code = Some(String::new());
        assert_eq!(check(vec![blank], 1), Err(BalanceError::Code { chapter: 1, what: "assessment" }));
    }
}
