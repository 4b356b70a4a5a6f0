//! Causale of the credit transfer (`pagopa.md` §5.2).

use crate::contact::one_line;
use crate::money::Cents;
use crate::notice::Iuv;
use crate::transfer::MAX_REMITTANCE;
use std::fmt::Write as _;

/// `/RFB/<IUV>/<amount>` or, for an ISO 11649 reference, `/RFS/<IUV in groups of four>/<amount>`, followed
/// by `/TXT/<text>` if there is a text; cut at 140 characters. Control characters of the text become
/// blanks. The caller keeps personal data out of the text.
#[must_use]
pub fn remittance(iuv: &Iuv, amount: Cents, text: Option<&str>) -> String {
    let mut line = match iuv.creditor_reference() {
        Some(reference) => format!("/RFS/{}/{amount}", reference.grouped()),
        None => format!("/RFB/{iuv}/{amount}"),
    };
    // At most 5 + 35 + 1 + 12 characters so far, so there is always room for some text.
    if let Some(text) = text {
        let room = MAX_REMITTANCE.saturating_sub(line.chars().count() + "/TXT/".len());
        let text = one_line(text, room);
        if !text.is_empty() {
            let _ = write!(line, "/TXT/{text}");
        }
    }
    line
}

/// The part of a causale that counts when two are compared: all before `/TXT/`.
#[must_use]
pub fn comparable(remittance: &str) -> &str {
    remittance.split_once("/TXT/").map_or(remittance, |(head, _)| head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn iuv(text: &str) -> Iuv {
        Iuv::parse(text).unwrap()
    }

    #[test]
    fn writes_both_forms() {
        let amount = Cents::new(25_800).unwrap();
        assert_eq!(
            remittance(&iuv("01000000001234519"), amount, Some("Accreditamento evento di prova")),
            "/RFB/01000000001234519/258.00/TXT/Accreditamento evento di prova"
        );
        assert_eq!(remittance(&iuv("RF18539007547034"), amount, None), "/RFS/RF18 5390 0754 7034/258.00");
        assert_eq!(remittance(&iuv("RF19539007547034"), amount, Some(" ")), "/RFB/RF19539007547034/258.00");
        assert_eq!(remittance(&iuv("1"), amount, Some("a\r\nb")), "/RFB/1/258.00/TXT/a  b");
        assert_eq!(comparable("/RFB/1/258.00/TXT/abc/TXT/d"), "/RFB/1/258.00");
        assert_eq!(comparable("/RFB/1/258.00"), "/RFB/1/258.00");
    }

    proptest! {
        #[test]
        fn always_fits_and_compares(code in "[0-9A-Z]{1,35}", amount in 0..=Cents::MAX.get(), text in "(?s).{0,200}") {
            let (code, amount) = (iuv(&code), Cents::new(amount).unwrap());
            let line = remittance(&code, amount, Some(&text));
            prop_assert!(line.chars().count() <= MAX_REMITTANCE);
            prop_assert!(!line.contains(char::is_control));
            prop_assert_eq!(comparable(&line), remittance(&code, amount, None));
        }
    }
}
