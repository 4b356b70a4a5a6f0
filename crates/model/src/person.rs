//! Payers and debtors (`pagopa.md` §1.2 `ctSubject`, `mypay-soap.md` §8.1).

use crate::code::{CodeError, CodeName, CodeRule};
use crate::contact::{Address, Email};
use crate::fiscal_code::{FiscalCode, FiscalCodeKind};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Natural or legal person; `F` or `G` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PersonKind {
    /// Natural person (persona fisica).
    #[serde(rename = "F")]
    Natural,
    /// Legal person (persona giuridica).
    #[serde(rename = "G")]
    Legal,
}

impl PersonKind {
    /// Reads the letter of the wire.
    ///
    /// # Errors
    /// [`CodeRule::Unknown`] for anything but `F` and `G`.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        match text {
            "F" => Ok(Self::Natural),
            "G" => Ok(Self::Legal),
            _ => Err(CodeError::new(CodeName::PersonKind, CodeRule::Unknown)),
        }
    }

    /// The letter of the wire and of the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Natural => "F",
            Self::Legal => "G",
        }
    }
}

impl fmt::Display for PersonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the wire says for a person whose code is not known.
pub const ANONYMOUS: &str = "ANONIMO";

/// The code of a person, when it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PersonCode {
    /// Codice fiscale or partita IVA.
    FiscalCode(FiscalCode),
    /// Not known: `ANONIMO`. Only kinds of debt that say so admit it.
    Anonymous,
}

impl PersonCode {
    /// Reads a fiscal code in any case, or exactly `ANONIMO`.
    ///
    /// # Errors
    /// Those of [`FiscalCode::parse`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text == ANONYMOUS { Ok(Self::Anonymous) } else { FiscalCode::parse(text).map(Self::FiscalCode) }
    }

    /// The text of the wire and of the database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::FiscalCode(code) => code.as_str(),
            Self::Anonymous => ANONYMOUS,
        }
    }

    /// The fiscal code, if known.
    #[must_use]
    pub const fn fiscal_code(&self) -> Option<&FiscalCode> {
        match self {
            Self::FiscalCode(code) => Some(code),
            Self::Anonymous => None,
        }
    }

    /// Whether the code is not known.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }
}

impl fmt::Display for PersonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for PersonCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PersonCode {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::parse(&text)
    }
}

impl From<PersonCode> for String {
    fn from(code: PersonCode) -> Self {
        code.as_str().to_owned()
    }
}

impl From<FiscalCode> for PersonCode {
    fn from(code: FiscalCode) -> Self {
        Self::FiscalCode(code)
    }
}

/// Why kind, code and name do not make a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonError {
    /// The code itself is wrong.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A legal person has 11 digits, never the 16 characters of a natural one.
    #[error("a legal person needs a code of 11 digits")]
    LegalNeedsVatNumber,
    /// A legal person is never anonymous.
    #[error("a legal person cannot be anonymous")]
    LegalAnonymous,
    /// The name is blank.
    #[error("the name is blank")]
    NameBlank,
    /// The name has more than 70 characters.
    #[error("the name has {found} characters, more than 70")]
    NameTooLong {
        /// Characters found.
        found: usize,
    },
    /// The name has a control character.
    #[error("the name has a control character")]
    NameControl,
}

/// A debtor or payer. `Debug` shows kind and masked code only.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Natural or legal.
    pub kind: PersonKind,
    /// Fiscal code, or anonymous.
    pub code: PersonCode,
    /// Name and surname, or company name: 1 to 70 characters.
    pub full_name: String,
    /// Address, as far as known.
    #[serde(default)]
    pub address: Address,
    /// E-mail address, if known.
    #[serde(default)]
    pub email: Option<Email>,
}

impl Person {
    /// A person without address, once kind, code and name agree. The name is trimmed.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn new(kind: PersonKind, code: PersonCode, full_name: &str) -> Result<Self, PersonError> {
        check_code(kind, &code)?;
        let full_name = full_name.trim();
        let found = full_name.chars().count();
        if found == 0 {
            return Err(PersonError::NameBlank);
        }
        if found > 70 {
            return Err(PersonError::NameTooLong { found });
        }
        if full_name.contains(char::is_control) {
            return Err(PersonError::NameControl);
        }
        Ok(Self { kind, code, full_name: full_name.to_owned(), address: Address::default(), email: None })
    }
}

/// Whether a person of this kind may have this code (`mypay-soap.md` §8.1).
///
/// # Errors
/// [`PersonError::LegalAnonymous`], [`PersonError::LegalNeedsVatNumber`].
pub fn check_code(kind: PersonKind, code: &PersonCode) -> Result<(), PersonError> {
    match (kind, code) {
        (PersonKind::Natural, _) => Ok(()),
        (PersonKind::Legal, PersonCode::Anonymous) => Err(PersonError::LegalAnonymous),
        (PersonKind::Legal, PersonCode::FiscalCode(code)) => match code.kind() {
            FiscalCodeKind::Numeric => Ok(()),
            FiscalCodeKind::Personal => Err(PersonError::LegalNeedsVatNumber),
        },
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("kind", &self.kind).field("code", &self.code).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> PersonCode {
        PersonCode::parse(text).unwrap()
    }

    #[test]
    fn kind_and_code_must_agree() {
        let person = |kind, text| Person::new(kind, code(text), "Mario Rossi");
        assert!(person(PersonKind::Natural, "RSSMRA80A01H501U").is_ok());
        assert!(person(PersonKind::Natural, "01234567897").is_ok(), "provisional code");
        assert!(person(PersonKind::Natural, "ANONIMO").is_ok());
        assert!(person(PersonKind::Legal, "01234567897").is_ok());
        assert_eq!(person(PersonKind::Legal, "ANONIMO"), Err(PersonError::LegalAnonymous));
        assert_eq!(person(PersonKind::Legal, "RSSMRA80A01H501U"), Err(PersonError::LegalNeedsVatNumber));
    }

    #[test]
    fn name_rules() {
        let name =
            |text: &str| Person::new(PersonKind::Natural, PersonCode::Anonymous, text).map(|p| p.full_name);
        assert_eq!(name(" Mario Rossi "), Ok("Mario Rossi".to_owned()));
        assert_eq!(name("  "), Err(PersonError::NameBlank));
        assert_eq!(name(&"è".repeat(70)), Ok("è".repeat(70)));
        assert_eq!(name(&"è".repeat(71)), Err(PersonError::NameTooLong { found: 71 }));
        assert_eq!(name("a\nb"), Err(PersonError::NameControl));
    }

    #[test]
    fn anonymous_is_exact() {
        assert!(code("ANONIMO").is_anonymous());
        assert!(PersonCode::parse("anonimo").is_err());
        assert_eq!(serde_json::to_string(&PersonCode::Anonymous).unwrap(), "\"ANONIMO\"");
        assert_eq!(
            serde_json::from_str::<PersonCode>("\"rssmra80a01h501u\"").unwrap(),
            code("RSSMRA80A01H501U")
        );
        assert_eq!(PersonKind::parse("G"), Ok(PersonKind::Legal));
        assert!(PersonKind::parse("f").is_err());
    }

    #[test]
    fn debug_hides_personal_data() {
        let person = Person::new(PersonKind::Natural, code("RSSMRA80A01H501U"), "Mario Rossi").unwrap();
        let text = format!("{person:?}");
        assert!(!text.contains("Rossi") && !text.contains("80A01"), "{text}");
    }
}
