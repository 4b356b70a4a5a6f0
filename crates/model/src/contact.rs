//! Addresses and e-mail of payers (`mypay-soap.md` §7.2, §8.9, §8.11).

use crate::code::{CodeRule, code};
use crate::country::Country;
use crate::fold::fold;
use crate::province::Province;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

code! {
    /// E-mail address by the pattern of MyPay (`stEMail`), at most 256 characters.
    Email, check_email
}

fn check_email(text: &str) -> Result<Box<str>, CodeRule> {
    let found = text.chars().count();
    if found == 0 || found > 256 {
        return Err(CodeRule::Length { min: 1, max: 256, found });
    }
    let Some((local, domain)) = text.split_once('@') else {
        return Err(CodeRule::Form("one @ between mailbox and domain"));
    };
    let in_local = |b: u8| b.is_ascii_alphanumeric() || b"_!#$%&'*+/=?`{|}~^.-".contains(&b);
    let in_domain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    if local.is_empty() || domain.is_empty() {
        return Err(CodeRule::Form("mailbox and domain must not be empty"));
    }
    let wrong = local.chars().position(|c| !u8::try_from(c).is_ok_and(&in_local)).or_else(|| {
        let before = local.chars().count() + 1;
        domain.chars().position(|c| !u8::try_from(c).is_ok_and(&in_domain)).map(|at| before + at)
    });
    match wrong {
        Some(index) => Err(CodeRule::Character { position: index + 1 }),
        None => Ok(text.into()),
    }
}

impl Email {
    /// Whether the narrower pattern of paForNode takes it too (`pagopa.md` §1.2). If not, leave it out of
    /// what goes to the node, which would refuse the whole message.
    #[must_use]
    pub fn accepted_by_node(&self) -> bool {
        let Some((local, domain)) = self.as_str().split_once('@') else { return false };
        local.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.+-".contains(&b))
            && domain.split('.').all(|label| !label.is_empty())
    }
}

/// Postal address of a payer. Absent parts are `None`, never empty: the node refuses empty elements.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Address {
    /// Street, at most 70 characters.
    pub street: Option<String>,
    /// House number (civico), at most 16 characters.
    pub number: Option<String>,
    /// Postal code (CAP): five digits in Italy, 1 to 16 letters and digits elsewhere.
    pub postal_code: Option<String>,
    /// Town, at most 35 characters.
    pub city: Option<String>,
    /// Province, only in Italy.
    pub province: Option<Province>,
    /// Country.
    pub country: Option<Country>,
}

/// The parts of an address as a client wrote them; blank is the same as absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct AddressInput<'a> {
    /// Street.
    pub street: Option<&'a str>,
    /// House number.
    pub number: Option<&'a str>,
    /// Postal code.
    pub postal_code: Option<&'a str>,
    /// Town.
    pub city: Option<&'a str>,
    /// Sigla of the province.
    pub province: Option<&'a str>,
    /// Country.
    pub country: Option<&'a str>,
}

/// Which part of an address is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an ISO 3166-1 alpha-2 code.
    #[error("country is not an ISO 3166-1 alpha-2 code")]
    Country,
    /// A postal code or province without its country.
    #[error("country is missing, and the postal code or province needs it")]
    CountryMissing,
    /// Not five digits in Italy, or not 1 to 16 letters and digits elsewhere.
    #[error("postal code must be 5 digits in Italy, 1 to 16 letters and digits elsewhere")]
    PostalCode,
    /// Not a province, or given for another country than Italy.
    #[error("province is not one of Italy")]
    Province,
    /// Nothing is left of street or number when unwritable characters are taken away.
    #[error("street or number has no character that can be written")]
    Street,
}

impl Address {
    /// The address with all that is wrong left out, as positions are imported (`mypay-soap.md` §6.7).
    #[must_use]
    pub fn lenient(input: AddressInput<'_>) -> Self {
        let country = given(input.country).and_then(|text| Country::parse(text).ok());
        let italy = country.as_ref().is_some_and(Country::is_italy);
        Self {
            street: cleaned(input.street, 70),
            number: cleaned(input.number, 16),
            postal_code: given(input.postal_code)
                .filter(|code| country.as_ref().is_some_and(|c| postal_code_ok(c, code)))
                .map(str::to_owned),
            city: given(input.city).map(|city| cut(city, 35).to_owned()),
            province: given(input.province).filter(|_| italy).and_then(|text| Province::parse(text).ok()),
            country,
        }
    }

    /// The address, if all that is given is right.
    ///
    /// # Errors
    /// The first wrong part, in the order country, postal code, province, street and number.
    pub fn strict(input: AddressInput<'_>) -> Result<Self, AddressError> {
        let country = given(input.country)
            .map(|text| Country::parse(text).map_err(|_| AddressError::Country))
            .transpose()?;
        if let Some(code) = given(input.postal_code) {
            check_postal_code(country.as_ref(), code)?;
        }
        if let Some(text) = given(input.province) {
            match &country {
                None => return Err(AddressError::CountryMissing),
                Some(c) if c.is_italy() && Province::parse(text).is_ok() => {}
                Some(_) => return Err(AddressError::Province),
            }
        }
        let address = Self::lenient(input);
        let lost = |raw: Option<&str>, kept: &Option<String>| given(raw).is_some() && kept.is_none();
        if lost(input.street, &address.street) || lost(input.number, &address.number) {
            return Err(AddressError::Street);
        }
        Ok(address)
    }
}

/// Checks a postal code against its country (`mypay-soap.md` §8.9).
///
/// # Errors
/// [`AddressError::CountryMissing`] or [`AddressError::PostalCode`].
pub fn check_postal_code(country: Option<&Country>, code: &str) -> Result<(), AddressError> {
    match country {
        None => Err(AddressError::CountryMissing),
        Some(country) if postal_code_ok(country, code) => Ok(()),
        Some(_) => Err(AddressError::PostalCode),
    }
}

fn postal_code_ok(country: &Country, code: &str) -> bool {
    if country.is_italy() {
        code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit())
    } else {
        (1..=16).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric())
    }
}

/// Cleans a street or a house number: letters lose their diacritics, and each run of characters outside
/// `a-z A-Z 0-9 . , ( ) / ' &`, blanks included, becomes one blank (`mypay-soap.md` §8.9).
#[must_use]
pub fn clean_address(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in fold(text).chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | ',' | '(' | ')' | '/' | '\'' | '&') {
            clean.push(c);
        } else if !clean.is_empty() && !clean.ends_with(' ') {
            clean.push(' ');
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// The text cut to `max` characters, without a blank left at its end.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    match text.char_indices().nth(max) {
        Some((at, _)) => text.get(..at).unwrap_or_default().trim_end(),
        None => text,
    }
}

/// A visible text of at most `max` characters on one line: blanks around go, control characters become
/// blanks, the rest is cut.
#[must_use]
pub(crate) fn one_line(text: &str, max: usize) -> String {
    let line: Cow<'_, str> = if text.contains(char::is_control) {
        text.replace(char::is_control, " ").into()
    } else {
        text.into()
    };
    cut(line.trim(), max).to_owned()
}

fn given(part: Option<&str>) -> Option<&str> {
    part.map(str::trim).filter(|text| !text.is_empty())
}

fn cleaned(part: Option<&str>, max: usize) -> Option<String> {
    let clean = clean_address(given(part)?);
    let clean = cut(&clean, max);
    (!clean.is_empty()).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn email_patterns() {
        for (text, by_node) in [
            ("mario.rossi@example.it", true),
            ("a+b_c-d@sub.example.it", true),
            ("a@localhost", true),
            ("o'brien@example.it", false),
            ("a@example..it", false),
            ("a@.it", false),
        ] {
            assert_eq!(Email::parse(text).unwrap().accepted_by_node(), by_node, "{text}");
        }
        for text in ["", "a", "@b", "a@", "a b@c", "a@b@c", "à@b", "a@b_c"] {
            assert!(Email::parse(text).is_err(), "{text}");
        }
        assert_eq!(Email::parse("ab@c_d").unwrap_err().rule, CodeRule::Character { position: 5 });
        assert!(Email::parse(&format!("{}@example.it", "a".repeat(250))).is_err());
    }

    #[test]
    fn cleans_addresses() {
        assert_eq!(clean_address("Via Università, 12/A"), "Via Universita, 12/A");
        assert_eq!(clean_address("Piazza «Dante» #*3"), "Piazza Dante 3");
        assert_eq!(clean_address("Calle dell'Ascensione"), "Calle dell'Ascensione");
        assert_eq!(clean_address("東京"), "");
    }

    #[test]
    fn strict_and_lenient() {
        let input = AddressInput {
            street: Some(" Via Forlì "),
            number: Some("5"),
            postal_code: Some("30121"),
            city: Some("Venezia"),
            province: Some("VE"),
            country: Some("IT"),
        };
        let address = Address::strict(input).unwrap();
        assert_eq!(address, Address::lenient(input));
        assert_eq!(address.street.as_deref(), Some("Via Forli"));
        assert_eq!(address.province.as_ref().map(Province::name), Some("Venezia"));
        for (input, error) in [
            (AddressInput { country: Some("Italia"), ..input }, AddressError::Country),
            (AddressInput { country: None, ..input }, AddressError::CountryMissing),
            (AddressInput { postal_code: Some("3012"), ..input }, AddressError::PostalCode),
            (AddressInput { province: Some("XX"), ..input }, AddressError::Province),
            (AddressInput { country: Some("FR"), ..input }, AddressError::Province),
            (AddressInput { street: Some("東京"), ..input }, AddressError::Street),
        ] {
            assert_eq!(Address::strict(input), Err(error));
        }
        let kept =
            Address::lenient(AddressInput { country: Some("FR"), postal_code: Some("75 001"), ..input });
        assert_eq!((kept.province, kept.postal_code), (None, None));
        let blank = AddressInput { street: Some("  "), city: Some(""), ..AddressInput::default() };
        assert_eq!(Address::strict(blank), Ok(Address::default()));
    }

    proptest! {
        #[test]
        fn lenient_output_is_always_strict(
            street in "\\PC{0,90}", number in "\\PC{0,20}", cap in "[0-9A-Z ]{0,6}",
            city in "\\PC{0,40}", province in "(VE|XX|)", country in "(IT|FR|ZZ|)",
        ) {
            let address = Address::lenient(AddressInput {
                street: Some(&street), number: Some(&number), postal_code: Some(&cap),
                city: Some(&city), province: Some(&province), country: Some(&country),
            });
            let again = Address::strict(AddressInput {
                street: address.street.as_deref(), number: address.number.as_deref(),
                postal_code: address.postal_code.as_deref(), city: address.city.as_deref(),
                province: address.province.as_ref().map(Province::as_str),
                country: address.country.as_ref().map(Country::as_str),
            });
            prop_assert_eq!(again, Ok(address.clone()));
            prop_assert!(address.street.is_none_or(|s| s.len() <= 70 && s.bytes().all(|b| (32..=126).contains(&b))));
        }
    }
}
