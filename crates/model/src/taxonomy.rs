//! Taxonomy of collection services and `transferCategory` (`pagopa.md` §6).

use crate::code::{CodeRule, code, visible};

code! {
    /// Code of the taxonomy: the 9 significant characters, as `0101101IM`: kind of ente (2 digits), macro
    /// area (2), service (3), legal reason (2 letters).
    ///
    /// Reads any of the spellings in use: with or without a prefix `6/` to `9/`, with or without final slash.
    TaxonomyCode, check
}

code! {
    /// `transferCategory` (also `datiSpecificiRiscossione`) as it goes on the wire: 1 to 140 characters
    /// without blanks. Usually, not always, a taxonomy code.
    TransferCategory, check_category
}

fn check(text: &str) -> Result<Box<str>, CodeRule> {
    let bare = without_prefix(text);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    significant(bare).filter(|code| code.len() == bare.len()).map(Into::into).ok_or(CodeRule::Form(
        "seven digits and two capital letters, with optional prefix 6/ to 9/ and final slash",
    ))
}

fn check_category(text: &str) -> Result<Box<str>, CodeRule> {
    let category = visible(text, 140)?;
    match category.chars().position(char::is_whitespace) {
        Some(index) => Err(CodeRule::Character { position: index + 1 }),
        None => Ok(category),
    }
}

fn without_prefix(text: &str) -> &str {
    match text.as_bytes() {
        [b'6'..=b'9', b'/', ..] => text.get(2..).unwrap_or_default(),
        _ => text,
    }
}

/// The first nine characters, if they have the form of a code.
fn significant(text: &str) -> Option<&str> {
    let code = text.get(..9)?;
    let well_formed = code.bytes().enumerate().all(|(index, byte)| match index {
        0..7 => byte.is_ascii_digit(),
        _ => byte.is_ascii_uppercase(),
    });
    well_formed.then_some(code)
}

impl TaxonomyCode {
    /// As the published list writes it, with the normal prefix: `9/0101101IM/`.
    #[must_use]
    pub fn published(&self) -> String {
        format!("9/{self}/")
    }

    /// The code at the beginning of a text that may go on after its slash with free data, as in
    /// `datiSpecificiRiscossione`: `9/0101101IM/abc` (`mypay-soap.md` §8.6, §8.11).
    #[must_use]
    pub fn leading(text: &str) -> Option<Self> {
        let bare = without_prefix(text);
        let code = significant(bare)?;
        matches!(bare.as_bytes().get(9), None | Some(b'/')).then(|| Self(code.into()))
    }
}

impl TransferCategory {
    /// The taxonomy code in this category, if there is one.
    #[must_use]
    pub fn taxonomy_code(&self) -> Option<TaxonomyCode> {
        TaxonomyCode::leading(self.as_str())
    }

    /// Whether the prefix keeps the payment out of SEPA requests to pay (`6/`, `7/`, `8/`; `pagopa.md` §6.2).
    #[must_use]
    pub fn excluded_from_request_to_pay(&self) -> bool {
        matches!(self.as_str().as_bytes(), [b'6'..=b'8', b'/', ..])
    }
}

impl From<&TaxonomyCode> for TransferCategory {
    fn from(code: &TaxonomyCode) -> Self {
        Self(code.published().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn takes_all_spellings() {
        for text in ["0101101IM", "0101101IM/", "9/0101101IM", "9/0101101IM/", "7/0101101IM/"] {
            let code = TaxonomyCode::parse(text).unwrap();
            assert_eq!(code.as_str(), "0101101IM");
            assert_eq!(code.published(), "9/0101101IM/");
        }
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "9/",
            "/0101101IM",
            "5/0101101IM/",
            "9/0101101IM//",
            "9/0101101IMX",
            "9/0101101im/",
            "9/010110IM/",
            "9/0101101I1/",
            "9/9/0101101IM/",
            " 0101101IM",
            "9/0101101Ìm",
        ] {
            assert!(TaxonomyCode::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn finds_the_code_in_a_category() {
        let category = |text| TransferCategory::parse(text).unwrap();
        let code = TaxonomyCode::parse("0101101IM").unwrap();
        assert_eq!(category("9/0101101IM/data").taxonomy_code(), Some(code.clone()));
        assert_eq!(category("6/0101101IM").taxonomy_code(), Some(code.clone()));
        assert_eq!(category("9/0101101IMdata").taxonomy_code(), None);
        assert_eq!(category("1/abc").taxonomy_code(), None);
        assert_eq!(TransferCategory::from(&code).as_str(), "9/0101101IM/");
        assert!(category("8/0101101IM/").excluded_from_request_to_pay());
        assert!(!category("9/0101101IM/").excluded_from_request_to_pay());
        assert!(TransferCategory::parse("9/a b").is_err());
        assert!(TransferCategory::parse("").is_err());
        assert!(TransferCategory::parse(&"x".repeat(141)).is_err());
    }

    proptest! {
        #[test]
        fn spelling_does_not_matter(code in "[0-9]{7}[A-Z]{2}", prefix in "([6-9]/)?", slash in "/?") {
            let parsed = TaxonomyCode::parse(&format!("{prefix}{code}{slash}")).unwrap();
            prop_assert_eq!(parsed.as_str(), code);
        }

        #[test]
        fn survives_any_text(text in "\\PC{0,14}") {
            let _ = TaxonomyCode::parse(&text);
            let _ = TaxonomyCode::leading(&text);
        }
    }
}
