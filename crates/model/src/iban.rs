//! IBAN (ISO 13616): length by country, mod 97, Italian check letter.

use crate::check_letters::check_letter;
use crate::code::{CodeRule, ascii, code};

code! {
    /// An IBAN, in upper case and without blanks, of the length that the registry gives its country.
    ///
    /// Blanks between groups, as on paper, are taken away on reading.
    Iban, check
}

/// Countries of the SWIFT IBAN registry (release 100) with the length of their IBAN.
const LENGTHS: [(&str, usize); 89] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// ABI of Poste Italiane (BancoPosta).
const POSTE: &str = "07601";

impl Iban {
    /// Country of the account.
    #[must_use]
    pub fn country(&self) -> &str {
        self.part(0, 2)
    }

    /// Whether the account is with Poste Italiane, hence payable by bollettino (`pagopa.md` §3.5).
    #[must_use]
    pub fn is_postal(&self) -> bool {
        self.abi() == Some(POSTE)
    }

    /// The postal account number: the last 12 digits of a postal IBAN; `None` for a bank.
    #[must_use]
    pub fn postal_account(&self) -> Option<&str> {
        self.is_postal()
            .then(|| self.part(15, 27))
            .filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Five-digit code of the bank; only for Italy and San Marino, which share the layout.
    #[must_use]
    pub fn abi(&self) -> Option<&str> {
        matches!(self.country(), "IT" | "SM").then(|| self.part(5, 10))
    }

    /// Whether the check letter (CIN) of an Italian or San Marino account matches; `None` elsewhere.
    ///
    /// Not part of [`Iban::parse`]: pagoPA and MyPay do not verify it, and mod 97 already covers the text.
    #[must_use]
    pub fn check_letter_ok(&self) -> Option<bool> {
        self.abi()?;
        Some(self.part(4, 5).bytes().next() == check_letter(self.part(5, 27).as_bytes()))
    }

    /// In groups of four, as on paper.
    #[must_use]
    pub fn grouped(&self) -> String {
        crate::code::grouped(self.as_str())
    }

    /// Bytes `from..to`; the parser has made sure that they are there and ASCII.
    fn part(&self, from: usize, to: usize) -> &str {
        self.as_str().get(from..to).unwrap_or_default()
    }
}

fn check(text: &str) -> Result<Box<str>, CodeRule> {
    let compact: String = text.chars().filter(|c| *c != ' ').map(|c| c.to_ascii_uppercase()).collect();
    ascii(&compact, 5, 34, |b| b.is_ascii_alphanumeric())?;
    let country = compact.get(..2).unwrap_or_default();
    let Some((_, length)) = LENGTHS.iter().find(|(code, _)| *code == country) else {
        return Err(CodeRule::Unknown);
    };
    if compact.len() != *length {
        return Err(CodeRule::Length { min: *length, max: *length, found: compact.len() });
    }
    for (index, byte) in compact.bytes().enumerate() {
        // The layout of the rest is checked only where Snodo reads inside it.
        let italian = matches!(country, "IT" | "SM");
        let allowed = match index {
            2 | 3 => byte.is_ascii_digit(),
            4 if italian => byte.is_ascii_uppercase(),
            5..15 if italian => byte.is_ascii_digit(),
            _ => true,
        };
        if !allowed {
            return Err(CodeRule::Character { position: index + 1 });
        }
    }
    let (head, tail) = compact.split_at_checked(4).unwrap_or_default();
    // 00, 01 and 99 can pass mod 97 but are never issued (ISO 13616: check digits are 02 to 98).
    let issued = !matches!(head.get(2..), Some("00" | "01" | "99"));
    if issued && mod97(tail.bytes().chain(head.bytes())) == Some(1) {
        Ok(compact.into())
    } else {
        Err(CodeRule::CheckDigits)
    }
}

/// Remainder by 97 of the number obtained with A = 10 … Z = 35 (ISO 7064); `None` on other characters.
pub(crate) fn mod97(text: impl Iterator<Item = u8>) -> Option<u32> {
    let mut remainder = 0_u32;
    for byte in text {
        remainder = match byte {
            b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
            b'A'..=b'Z' => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
            _ => return None,
        };
    }
    Some(remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(text: &str) -> CodeRule {
        Iban::parse(text).unwrap_err().rule
    }

    #[test]
    fn accepts_examples_of_the_registry() {
        for text in [
            "IT60X0542811101000000123456",
            "SM86U0322509800000000270100",
            "DE89370400440532013000",
            "FR1420041010050500013M02606",
            "GB29NWBK60161331926819",
            "MT84MALT011000012345MTLCAST001S",
            "NO9386011117947",
            "CH9300762011623852957",
            "VA59001123000012345678",
            "LC55HEMM000100010012001200023015",
        ] {
            assert_eq!(Iban::parse(text).unwrap().as_str(), text);
        }
        let paper = Iban::parse("it60 X054 2811 1010 0000 0123 456").unwrap();
        assert_eq!(paper.as_str(), "IT60X0542811101000000123456");
        assert_eq!(paper.grouped(), "IT60 X054 2811 1010 0000 0123 456");
    }

    #[test]
    fn names_the_broken_rule() {
        assert_eq!(rule(""), CodeRule::Length { min: 5, max: 34, found: 0 });
        assert_eq!(rule("US60X0542811101000000123456"), CodeRule::Unknown);
        assert_eq!(rule("IT60X054281110100000012345"), CodeRule::Length { min: 27, max: 27, found: 26 });
        assert_eq!(rule("IT61X0542811101000000123456"), CodeRule::CheckDigits);
        assert_eq!(rule("IT6AX0542811101000000123456"), CodeRule::Character { position: 4 });
        assert_eq!(rule("IT6010542811101000000123456"), CodeRule::Character { position: 5 });
        assert_eq!(rule("IT60X0542A11101000000123456"), CodeRule::Character { position: 10 });
        assert_eq!(rule("IT60-0542811101000000123456"), CodeRule::Character { position: 5 });
    }

    #[test]
    fn knows_postal_accounts_and_the_check_letter() {
        let bank = Iban::parse("IT60X0542811101000000123456").unwrap();
        assert_eq!((bank.is_postal(), bank.postal_account()), (false, None));
        assert_eq!(bank.check_letter_ok(), Some(true));
        let post = italian("07601", "12000", "000012345678");
        assert_eq!(post.postal_account(), Some("000012345678"));
        assert_eq!(post.check_letter_ok(), Some(true));
        assert_eq!(Iban::parse("DE89370400440532013000").unwrap().check_letter_ok(), None);
    }

    /// A valid Italian IBAN.
    fn italian(abi: &str, cab: &str, account: &str) -> Iban {
        let tail = format!("{abi}{cab}{account}");
        let bban = format!("{}{tail}", char::from(check_letter(tail.as_bytes()).unwrap()));
        let check = 98 - mod97(bban.bytes().chain(*b"IT00")).unwrap();
        Iban::parse(&format!("IT{check:02}{bban}")).unwrap()
    }

    proptest! {
        #[test]
        fn one_wrong_character_is_found(account in "[0-9A-Z]{12}", at in 4_usize..27, other in "[0-9A-Z]") {
            let good = italian("05428", "11101", &account);
            prop_assert_eq!(good.check_letter_ok(), Some(true));
            let mut bad = good.as_str().to_owned();
            bad.replace_range(at..=at, &other);
            // A letter for a digit changes the length of the number, which mod 97 may miss.
            let is_digit = |text: &str| text.as_bytes()[at].is_ascii_digit();
            if is_digit(&bad) == is_digit(good.as_str()) {
                prop_assert_eq!(Iban::parse(&bad).is_ok(), bad == good.as_str());
            }
        }

        #[test]
        fn survives_any_text(text in "\\PC{0,40}") {
            if let Ok(iban) = Iban::parse(&text) {
                prop_assert_eq!(Iban::parse(iban.as_str()), Ok(iban));
            }
        }
    }
}
