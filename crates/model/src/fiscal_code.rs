//! Codice fiscale and partita IVA (`mypay-soap.md` §8.1, §8.2).

use crate::check_letters::check_letter;
use crate::code::{CodeRule, ascii, code, digits};
use std::fmt;

code! {
    @without_debug
    /// Codice fiscale of a natural person (16 characters) or numeric code of 11 digits: the
    /// provisional one of a person, or the one of a body, which often is its VAT number.
    ///
    /// Stored in upper case. `Debug` masks the code of a person, so that a log line cannot leak it.
    FiscalCode, check_fiscal_code
}

code! {
    /// Partita IVA: 11 digits with the check digit.
    VatNumber, check_eleven_digits
}

code! {
    /// Codice fiscale of an ente creditore, its identifier on pagoPA: 11 digits with the check digit.
    OrganizationFiscalCode, check_eleven_digits
}

/// The two shapes of a fiscal code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FiscalCodeKind {
    /// 16 characters, built from name, birth and place.
    Personal,
    /// 11 digits. From the digits alone a provisional code cannot be told from a VAT number.
    Numeric,
}

impl FiscalCode {
    /// Which of the two shapes this is.
    #[must_use]
    pub fn kind(&self) -> FiscalCodeKind {
        if self.as_str().len() == 16 { FiscalCodeKind::Personal } else { FiscalCodeKind::Numeric }
    }

    /// The code with the part that tells birth and place covered, for logs and lists.
    #[must_use]
    pub fn masked(&self) -> String {
        match (self.kind(), self.as_str().get(..6)) {
            (FiscalCodeKind::Personal, Some(name)) => format!("{name}**********"),
            _ => self.as_str().to_owned(),
        }
    }

    /// The same 11 digits as a VAT number; `None` for the code of a person.
    #[must_use]
    pub fn as_vat_number(&self) -> Option<VatNumber> {
        VatNumber::parse(self.as_str()).ok()
    }
}

impl fmt::Debug for FiscalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FiscalCode").field(&self.masked()).finish()
    }
}

impl From<OrganizationFiscalCode> for FiscalCode {
    fn from(code: OrganizationFiscalCode) -> Self {
        Self(code.0)
    }
}

impl From<VatNumber> for FiscalCode {
    fn from(code: VatNumber) -> Self {
        Self(code.0)
    }
}

fn check_fiscal_code(text: &str) -> Result<Box<str>, CodeRule> {
    match text.chars().count() {
        11 => check_eleven_digits(text),
        16 => check_personal(text),
        found => Err(CodeRule::Length { min: 11, max: 16, found }),
    }
}

/// Months by letter, with the days of the longest such month.
const MONTHS: [(u8, u8); 12] = [
    (b'A', 31),
    (b'B', 29),
    (b'C', 31),
    (b'D', 30),
    (b'E', 31),
    (b'H', 30),
    (b'L', 31),
    (b'M', 31),
    (b'P', 30),
    (b'R', 31),
    (b'S', 30),
    (b'T', 31),
];

/// A digit, or the letter that replaces it when two persons would share a code (omocodia).
fn omocodia_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'L'..=b'N' => Some(byte - b'L'),
        b'P'..=b'V' => Some(byte - b'P' + 3),
        _ => None,
    }
}

fn check_personal(text: &str) -> Result<Box<str>, CodeRule> {
    ascii(text, 16, 16, |b| b.is_ascii_alphanumeric())?;
    let upper = text.to_ascii_uppercase();
    for (index, byte) in upper.bytes().enumerate() {
        let allowed = match index {
            6 | 7 | 9 | 10 | 12..=14 => omocodia_digit(byte).is_some(),
            8 => MONTHS.iter().any(|(letter, _)| *letter == byte),
            _ => byte.is_ascii_uppercase(),
        };
        if !allowed {
            return Err(CodeRule::Character { position: index + 1 });
        }
    }
    let [_, _, _, _, _, _, y1, y2, month, d1, d2, ..] = *upper.as_bytes() else {
        return Err(CodeRule::Form("16 characters"));
    };
    let two = |tens: u8, units: u8| Some(omocodia_digit(tens)? * 10 + omocodia_digit(units)?);
    let (year, day) = (two(y1, y2).unwrap_or_default(), two(d1, d2).unwrap_or_default());
    // Women have 40 added to the day. A year of two digits ending a century is taken as leap: 2000 was.
    let day = if day > 40 { day - 40 } else { day };
    let last = match month {
        b'B' if !year.is_multiple_of(4) => 28,
        _ => MONTHS.iter().find(|(letter, _)| *letter == month).map_or(0, |(_, days)| *days),
    };
    if day == 0 || day > last {
        return Err(CodeRule::BirthDate);
    }
    match upper.as_bytes() {
        [body @ .., check] if check_letter(body) == Some(*check) => Ok(upper.into()),
        _ => Err(CodeRule::CheckDigits),
    }
}

/// 11 digits, not all zero, the last of which checks the others.
fn check_eleven_digits(text: &str) -> Result<Box<str>, CodeRule> {
    digits(text, 11)?;
    if text.bytes().all(|b| b == b'0') {
        return Err(CodeRule::AllZero);
    }
    let sum: u32 = text
        .bytes()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0');
            match (index % 2, digit) {
                (0, _) => digit,
                (_, 0..=4) => 2 * digit,
                _ => 2 * digit - 9,
            }
        })
        .sum();
    // The check digit stands at an odd position, so the whole sum is a multiple of ten.
    if sum.is_multiple_of(10) { Ok(text.into()) } else { Err(CodeRule::CheckDigits) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{CodeError, CodeName};
    use proptest::prelude::*;

    fn rule(text: &str) -> CodeRule {
        FiscalCode::parse(text).unwrap_err().rule
    }

    #[test]
    fn accepts_persons_and_bodies() {
        for text in ["RSSMRA80A01H501U", "rssmra80a01h501u", "RSSMRA85T10A562S", "VRDGPP13R10B293P"] {
            let code = FiscalCode::parse(text).unwrap();
            assert_eq!(code.kind(), FiscalCodeKind::Personal);
            assert_eq!(code.as_str(), text.to_uppercase());
            assert_eq!(code.as_vat_number(), None);
        }
        let body = FiscalCode::parse("01234567897").unwrap();
        assert_eq!(body.kind(), FiscalCodeKind::Numeric);
        assert_eq!(body.as_vat_number().unwrap().as_str(), "01234567897");
        assert!(OrganizationFiscalCode::parse("80007580279").is_ok(), "Regione del Veneto");
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(rule(""), CodeRule::Length { min: 11, max: 16, found: 0 });
        assert_eq!(rule("RSSMRA80A01H501"), CodeRule::Length { min: 11, max: 16, found: 15 });
        assert_eq!(rule("RSSMRA80A01H501A"), CodeRule::CheckDigits);
        assert_eq!(rule("RSSMRA80F01H501U"), CodeRule::Character { position: 9 });
        assert_eq!(rule("RSSMRA80A0AH501U"), CodeRule::Character { position: 11 });
        assert_eq!(rule("RSSMR180A01H501U"), CodeRule::Character { position: 6 });
        assert_eq!(rule("RSSMRÀ80A01H501U"), CodeRule::Character { position: 6 });
        assert_eq!(rule("01234567890"), CodeRule::CheckDigits);
        assert_eq!(rule("00000000000"), CodeRule::AllZero);
        assert_eq!(rule("0123456789A"), CodeRule::Character { position: 11 });
        assert_eq!(
            VatNumber::parse("IT01234567897").unwrap_err(),
            CodeError::new(CodeName::VatNumber, CodeRule::Length { min: 11, max: 11, found: 13 })
        );
        assert_eq!(
            OrganizationFiscalCode::parse("80012345678").unwrap_err().to_string(),
            "fiscal code of the organization: check digits do not match"
        );
    }

    fn with_check(body: &str) -> String {
        format!("{body}{}", char::from(check_letter(body.as_bytes()).unwrap()))
    }

    #[test]
    fn knows_the_calendar() {
        for (birth, ok) in [
            ("80A01", true),
            ("80A31", true),
            ("80A32", false),
            ("80A00", false),
            ("80A40", false),
            ("80A41", true),
            ("80A71", true),
            ("80A72", false),
            ("80D31", false),
            ("80D70", true),
            ("80D71", false),
            ("80B29", true),
            ("81B29", false),
            ("81B69", false),
            ("00B29", true),
            ("80B30", false),
        ] {
            let text = with_check(&format!("RSSMRA{birth}H501"));
            let expected = if ok { None } else { Some(CodeRule::BirthDate) };
            assert_eq!(FiscalCode::parse(&text).err().map(|e| e.rule), expected, "{birth}");
        }
    }

    #[test]
    fn debug_does_not_leak_the_birth() {
        let code = FiscalCode::parse("RSSMRA80A01H501U").unwrap();
        assert_eq!(format!("{code:?}"), "FiscalCode(\"RSSMRA**********\")");
    }

    proptest! {
        #[test]
        fn omocodia_keeps_a_code_valid(mask in 0_u8..128, year in 0_u8..100, day in 1_u8..=28, place in 0_u16..1000) {
            let plain = format!("RSSMRA{year:02}H{day:02}F{place:03}");
            let mut bit = 0;
            let body: String = plain.char_indices().map(|(index, c)| {
                if index < 6 || !c.is_ascii_digit() { return c; }
                bit += 1;
                if mask & (1 << (bit - 1)) == 0 { c } else { char::from(b"LMNPQRSTUV"[c as usize - '0' as usize]) }
            }).collect();
            let code = with_check(&body);
            prop_assert!(FiscalCode::parse(&code).is_ok(), "{}", code);
        }

        #[test]
        fn one_wrong_digit_is_found(base in 1_u64..10_000_000_000, at in 0_usize..11, add in 1_u8..10) {
            let digit = (0..10).find(|d| check_eleven_digits(&format!("{base:010}{d}")).is_ok()).unwrap();
            let good = format!("{base:010}{digit}");
            prop_assert!(VatNumber::parse(&good).is_ok());
            let mut bad = good.into_bytes();
            bad[at] = b'0' + (bad[at] - b'0' + add) % 10;
            prop_assert!(VatNumber::parse(std::str::from_utf8(&bad).unwrap()).is_err());
        }

        #[test]
        fn survives_any_text(text in "\\PC{0,20}") {
            if let Ok(code) = FiscalCode::parse(&text) {
                prop_assert_eq!(FiscalCode::parse(code.as_str()), Ok(code));
            }
        }
    }
}
