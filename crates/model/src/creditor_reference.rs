//! ISO 11649 creditor references (`pagopa.md` §3.3).

use crate::code::{CodeError, CodeName, CodeRule, ascii, code, grouped};
use crate::iban::mod97;
use crate::notice::Iuv;

code! {
    /// `RF`, two check digits and up to 21 letters and digits, in upper case without blanks.
    CreditorReference, check
}

fn check(text: &str) -> Result<Box<str>, CodeRule> {
    let compact: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    ascii(&compact, 5, 25, |b| b.is_ascii_alphanumeric())?;
    let (head, tail) = compact.split_at_checked(4).unwrap_or_default();
    match head.as_bytes() {
        [b'R', b'F', b'0'..=b'9', b'0'..=b'9'] => {}
        _ => return Err(CodeRule::Form("RF and two check digits first")),
    }
    // Computed checks are 02 to 98; the others are equal to one of them mod 97.
    let computed = !matches!(head.get(2..), Some("00" | "01" | "99"));
    if computed && mod97(tail.bytes().chain(head.bytes())) == Some(1) {
        Ok(compact.into())
    } else {
        Err(CodeRule::CheckDigits)
    }
}

impl CreditorReference {
    /// The reference of a text of 1 to 21 letters and digits, with its check digits computed.
    ///
    /// # Errors
    /// Names the rule that `reference` breaks.
    pub fn of(reference: &str) -> Result<Self, CodeError> {
        let error = |rule| CodeError::new(CodeName::CreditorReference, rule);
        ascii(reference, 1, 21, |b| b.is_ascii_alphanumeric()).map_err(error)?;
        let upper = reference.to_ascii_uppercase();
        match mod97(upper.bytes().chain(*b"RF00")) {
            Some(remainder) => Ok(Self(format!("RF{:02}{upper}", 98 - remainder).into())),
            None => Err(error(CodeRule::CheckDigits)),
        }
    }

    /// In groups of four, as `/RFS/` wants it.
    #[must_use]
    pub fn grouped(&self) -> String {
        grouped(self.as_str())
    }
}

impl From<CreditorReference> for Iuv {
    fn from(reference: CreditorReference) -> Self {
        Self::from_checked(reference.0)
    }
}

impl Iuv {
    /// The same identifier as an ISO 11649 reference, if it is one with right check digits.
    #[must_use]
    pub fn creditor_reference(&self) -> Option<CreditorReference> {
        CreditorReference::parse(self.as_str()).ok().filter(|found| found.as_str() == self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn worked_examples() {
        assert_eq!(CreditorReference::of("539007547034").unwrap().as_str(), "RF18539007547034");
        assert_eq!(CreditorReference::of("2025AB0001234").unwrap().as_str(), "RF892025AB0001234");
        assert_eq!(CreditorReference::parse("rf18 5390 0754 7034").unwrap().grouped(), "RF18 5390 0754 7034");
    }

    #[test]
    fn names_the_broken_rule() {
        let rule = |text: &str| CreditorReference::parse(text).unwrap_err().rule;
        assert_eq!(rule("RF19539007547034"), CodeRule::CheckDigits);
        assert_eq!(rule("XX18539007547034"), CodeRule::Form("RF and two check digits first"));
        assert_eq!(rule("RF18"), CodeRule::Length { min: 5, max: 25, found: 4 });
        assert_eq!(rule("RF18_"), CodeRule::Character { position: 5 });
        assert!(CreditorReference::of("").is_err());
        assert!(CreditorReference::of(&"1".repeat(22)).is_err());
    }

    #[test]
    fn an_iuv_knows_whether_it_is_one() {
        let iuv = |text| Iuv::parse(text).unwrap();
        assert!(iuv("RF18539007547034").creditor_reference().is_some());
        assert!(iuv("RF19539007547034").creditor_reference().is_none());
        assert!(iuv("rf18539007547034").creditor_reference().is_none(), "an IUV keeps its case");
        assert_eq!(Iuv::from(CreditorReference::of("539007547034").unwrap()).as_str(), "RF18539007547034");
    }

    proptest! {
        #[test]
        fn computed_checks_verify(reference in "[0-9A-Za-z]{1,21}", at in 4_usize..25, other in "[0-9A-Z]") {
            let good = CreditorReference::of(&reference).unwrap();
            prop_assert_eq!(CreditorReference::parse(good.as_str()), Ok(good.clone()));
            let mut bad = good.as_str().to_owned();
            if at < bad.len() {
                bad.replace_range(at..=at, &other);
                // A letter for a digit changes the length of the number, which mod 97 may miss.
                let is_digit = |text: &str| text.as_bytes()[at].is_ascii_digit();
                if is_digit(&bad) == is_digit(good.as_str()) {
                    prop_assert_eq!(CreditorReference::parse(&bad).is_ok(), bad == good.as_str());
                }
            }
        }
    }
}
