//! Texts inside the codes printed on a notice: QR and Data Matrix (`pagopa.md` §3.4, §3.5).

use crate::fiscal_code::OrganizationFiscalCode;
use crate::fold::fold;
use crate::iban::Iban;
use crate::money::Cents;
use crate::notice::NoticeNumber;
use crate::person::PersonCode;

/// Why a code cannot be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeCodeError {
    /// The account is not of Poste Italiane.
    #[error("the account of a bollettino must be of Poste Italiane")]
    NotPostal,
    /// The field has ten digits of cents.
    #[error("the amount of a bollettino must not exceed 99999999.99")]
    AmountTooLarge,
}

/// Text of the QR code: `PAGOPA|002|<notice>|<fiscal code>|<cents>`, with cents of at least two digits.
#[must_use]
pub fn qr_text(notice: &NoticeNumber, organization: &OrganizationFiscalCode, amount: Cents) -> String {
    format!("PAGOPA|002|{notice}|{organization}|{:02}", amount.get())
}

/// What the bollettino postale PA of a notice says in its Data Matrix.
#[derive(Debug, Clone, Copy)]
pub struct PostalSlip<'a> {
    /// Notice number.
    pub notice: &'a NoticeNumber,
    /// Postal account of the ente.
    pub account: &'a Iban,
    /// Amount, at most 99,999,999.99.
    pub amount: Cents,
    /// Fiscal code of the ente.
    pub organization: &'a OrganizationFiscalCode,
    /// Fiscal code of the debtor, or anonymous.
    pub debtor_code: &'a PersonCode,
    /// Name of the debtor; the first 40 characters are written.
    pub debtor_name: &'a str,
    /// Causale; the first 110 characters are written.
    pub subject: &'a str,
}

/// The codeline: the 50 digits printed at the foot of the bollettino and repeated in the Data Matrix.
///
/// # Errors
/// [`NoticeCodeError`].
pub fn codeline(notice: &NoticeNumber, account: &Iban, amount: Cents) -> Result<String, NoticeCodeError> {
    let account = account.postal_account().ok_or(NoticeCodeError::NotPostal)?;
    if amount.get() > 9_999_999_999 {
        return Err(NoticeCodeError::AmountTooLarge);
    }
    Ok(format!("18{notice}12{account}10{:010}3896", amount.get()))
}

/// The 256 characters of the Data Matrix. Texts are written in capital letters without diacritics, and
/// what the code cannot carry becomes a blank.
///
/// # Errors
/// [`NoticeCodeError`].
pub fn data_matrix(slip: &PostalSlip<'_>) -> Result<String, NoticeCodeError> {
    let codeline = codeline(slip.notice, slip.account, slip.amount)?;
    Ok(format!(
        "codfase=NBPA;{codeline}1P1{}{:<16}{:<40}{:<110}{:12}A",
        slip.organization,
        slip.debtor_code,
        field(slip.debtor_name, 40),
        field(slip.subject, 110),
        ""
    ))
}

/// At most `width` characters of the alphabet of the code: `0-9 A-Z & ' , - . : _` and blank.
fn field(text: &str, width: usize) -> String {
    fold(text)
        .trim()
        .chars()
        .map(|c| match c.to_ascii_uppercase() {
            c @ ('0'..='9' | 'A'..='Z' | '&' | '\'' | ',' | '-' | '.' | ':' | '_') => c,
            _ => ' ',
        })
        .take(width)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const POSTAL: &str = "IT93L0760112000000012345678";

    fn cents(amount: i64) -> Cents {
        Cents::new(amount).unwrap()
    }

    fn notice() -> NoticeNumber {
        NoticeNumber::parse("312202500000457168").unwrap()
    }

    fn organization() -> OrganizationFiscalCode {
        OrganizationFiscalCode::parse("80007580279").unwrap()
    }

    #[test]
    fn qr_text_pads_cents() {
        for (amount, expected) in [
            (12345, "PAGOPA|002|312202500000457168|80007580279|12345"),
            (1, "PAGOPA|002|312202500000457168|80007580279|01"),
            (99_999_999_999, "PAGOPA|002|312202500000457168|80007580279|99999999999"),
        ] {
            assert_eq!(qr_text(&notice(), &organization(), cents(amount)), expected);
        }
    }

    #[test]
    fn data_matrix_of_the_example() {
        let text = data_matrix(&PostalSlip {
            notice: &notice(),
            account: &Iban::parse(POSTAL).unwrap(),
            amount: cents(12345),
            organization: &organization(),
            debtor_code: &PersonCode::parse("RSSMRA80A01H501U").unwrap(),
            debtor_name: "Rossi Mario",
            subject: "Tassa rifiuti anno 2026 rata unica",
        })
        .unwrap();
        assert_eq!(
            text,
            format!(
                "codfase=NBPA;183122025000004571681200001234567810000001234538961P180007580279RSSMRA80A01H501U{:<40}{:<110}{:12}A",
                "ROSSI MARIO", "TASSA RIFIUTI ANNO 2026 RATA UNICA", ""
            )
        );
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let bank = Iban::parse("IT60X0542811101000000123456").unwrap();
        let post = Iban::parse(POSTAL).unwrap();
        assert_eq!(codeline(&notice(), &bank, cents(1)), Err(NoticeCodeError::NotPostal));
        assert_eq!(codeline(&notice(), &post, cents(10_000_000_000)), Err(NoticeCodeError::AmountTooLarge));
        assert_eq!(codeline(&notice(), &post, cents(9_999_999_999)).map(|line| line.len()), Ok(50));
    }

    proptest! {
        #[test]
        fn always_256_plain_characters(name in "\\PC{0,60}", subject in "(?s).{0,150}", amount in 0_i64..10_000_000_000) {
            let text = data_matrix(&PostalSlip {
                notice: &notice(),
                account: &Iban::parse(POSTAL).unwrap(),
                amount: cents(amount),
                organization: &organization(),
                debtor_code: &PersonCode::Anonymous,
                debtor_name: &name,
                subject: &subject,
            }).unwrap();
            prop_assert_eq!(text.len(), 256);
            prop_assert!(text.is_ascii());
            prop_assert_eq!(text.get(77..93), Some("ANONIMO         "));
            prop_assert_eq!(text.get(255..), Some("A"));
            let written: String = text.chars().skip(93).take(150).collect();
            prop_assert!(!written.contains(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || " &',-.:_".contains(c))));
        }
    }
}
