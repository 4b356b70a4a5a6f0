//! Notice numbers (NAV) and IUV: layouts, check digits, generation (`pagopa.md` §3.1–3.2,
//! `mypay-soap.md` §8.5, `mypay-flows.md` §5.7).

use crate::code::{CodeError, CodeName, CodeRule, ascii, code, digits, grouped, number};

code! {
    /// Notice number (numero avviso, NAV): 18 digits.
    ///
    /// Reading does not verify the check digits, as PSPs and MyPay do not: see
    /// [`NoticeNumber::check_digits_ok`].
    NoticeNumber, check_notice
}

code! {
    /// IUV, on the wire `creditorReferenceId`: 1 to 35 visible ASCII characters without blanks.
    Iuv, check_iuv
}

code! {
    /// Two digits that pagoPA gives to each pair of ente and intermediary (aux digit 3).
    ///
    /// The application code of the old aux digit 0 has the same shape and the same origin, and uses
    /// this type too.
    SegregationCode, check_segregation
}

/// The largest progressive of a generated IUV: 11 digits.
pub const MAX_PROGRESSIVE: u64 = 99_999_999_999;

fn check_notice(text: &str) -> Result<Box<str>, CodeRule> {
    digits(text, 18).map(|()| text.into())
}

fn check_iuv(text: &str) -> Result<Box<str>, CodeRule> {
    ascii(text, 1, 35, |b| b.is_ascii_graphic()).map(|()| text.into())
}

fn check_segregation(text: &str) -> Result<Box<str>, CodeRule> {
    digits(text, 2).map(|()| text.into())
}

/// The two check digits of the digits before them: their number mod 93, 00 to 92.
fn mod93(digits: &str) -> u64 {
    number(digits) % 93
}

impl NoticeNumber {
    /// The first digit, which tells the layout of the others.
    #[must_use]
    pub fn aux_digit(&self) -> u8 {
        self.as_str().bytes().next().unwrap_or(b'0') - b'0'
    }

    /// The IUV inside: the last 15 digits for aux digit 0, the last 17 for all others.
    #[must_use]
    pub fn iuv(&self) -> Iuv {
        let from = if self.aux_digit() == 0 { 3 } else { 1 };
        Iuv(self.as_str().get(from..).unwrap_or_default().into())
    }

    /// Whether the last two digits match the 16 before them. RAV notices (aux digit 1) have no check
    /// and always pass; digits from 4 on are no known layout and never do.
    #[must_use]
    pub fn check_digits_ok(&self) -> bool {
        match (self.aux_digit(), self.as_str().split_at_checked(16)) {
            (1, _) => true,
            (0 | 2 | 3, Some((base, check))) => mod93(base) == number(check),
            _ => false,
        }
    }

    /// The segregation code, only for aux digit 3.
    #[must_use]
    pub fn segregation_code(&self) -> Option<SegregationCode> {
        (self.aux_digit() == 3).then(|| self.second_and_third())
    }

    /// The application code, only for aux digit 0.
    #[must_use]
    pub fn application_code(&self) -> Option<SegregationCode> {
        (self.aux_digit() == 0).then(|| self.second_and_third())
    }

    fn second_and_third(&self) -> SegregationCode {
        SegregationCode(self.as_str().get(1..3).unwrap_or_default().into())
    }

    /// Whether this is the probe of 18 zeros that the node sends to see if a station is alive; it must
    /// be answered quickly as an unknown payment (`pagopa.md` §11, trap 15).
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.as_str().bytes().all(|b| b == b'0')
    }

    /// In groups of four digits, as printed on the notice: `3122 0250 0000 4571 68`.
    #[must_use]
    pub fn grouped(&self) -> String {
        grouped(self.as_str())
    }
}

impl Iuv {
    /// A text already known to be an IUV.
    pub(crate) const fn from_checked(text: Box<str>) -> Self {
        Self(text)
    }

    /// The notice number of this IUV: `3` before 17 digits, `0` and the application code before 15.
    ///
    /// # Errors
    /// [`CodeRule::ApplicationCode`] for 15 digits without it, [`CodeRule::Form`] when the IUV has not
    /// the shape of a notice (then it is paid without one).
    pub fn notice_number(
        &self,
        application_code: Option<&SegregationCode>,
    ) -> Result<NoticeNumber, CodeError> {
        let error = |rule| CodeError::new(CodeName::NoticeNumber, rule);
        let all_digits = self.as_str().bytes().all(|b| b.is_ascii_digit());
        match (self.as_str().len(), application_code) {
            (17, _) if all_digits => Ok(NoticeNumber(format!("3{self}").into())),
            (15, Some(code)) if all_digits => Ok(NoticeNumber(format!("0{code}{self}").into())),
            (15, None) if all_digits => Err(error(CodeRule::ApplicationCode)),
            _ => Err(error(CodeRule::Form("only an IUV of 17 or 15 digits has a notice number"))),
        }
    }

    /// Whether this is a 17-digit IUV of the range that [`iuv17`] generates: third and fourth digit `00`.
    #[must_use]
    pub fn in_generated_range(&self) -> bool {
        self.as_str().len() == 17
            && self.as_str().bytes().all(|b| b.is_ascii_digit())
            && self.as_str().get(2..4) == Some("00")
    }
}

/// The IUV of a progressive: segregation code, `00`, 11 digits of progressive, two check digits.
///
/// # Errors
/// [`CodeRule::Progressive`] above [`MAX_PROGRESSIVE`].
pub fn iuv17(segregation: &SegregationCode, progressive: u64) -> Result<Iuv, CodeError> {
    if progressive > MAX_PROGRESSIVE {
        return Err(CodeError::new(CodeName::Iuv, CodeRule::Progressive));
    }
    Ok(generated(segregation, progressive))
}

/// The IUVs of `count` progressives from `first` on, as allocated by one statement for a whole file.
///
/// # Errors
/// [`CodeRule::Progressive`] if the last one does not fit; then none is given.
pub fn iuv17_block(
    segregation: &SegregationCode,
    first: u64,
    count: u64,
) -> Result<impl Iterator<Item = Iuv> + use<>, CodeError> {
    let end = first
        .checked_add(count)
        .filter(|end| *end <= MAX_PROGRESSIVE + 1)
        .ok_or(CodeError::new(CodeName::Iuv, CodeRule::Progressive))?;
    let segregation = segregation.clone();
    Ok((first..end).map(move |progressive| generated(&segregation, progressive)))
}

/// The IUV of a progressive known to fit.
fn generated(segregation: &SegregationCode, progressive: u64) -> Iuv {
    // '3', two digits, "00" and 11 digits: 3_SS_00_PPPPPPPPPPP as one number.
    let check =
        (3_000_000_000_000_000 + number(segregation.as_str()) * 10_000_000_000_000 + progressive) % 93;
    Iuv(format!("{segregation}00{progressive:011}{check:02}").into())
}

/// How an IUV chosen by the client comes in: what decides which rules apply to it.
#[derive(Debug, Clone, Copy)]
pub struct ImportedIuv<'a> {
    /// Segregation code of the ente.
    pub segregation: &'a SegregationCode,
    /// Whether the client asks for a generated IUV as well (`flagGeneraIuv`): then a 17-character one is
    /// the repetition of an IUV generated earlier and is not checked.
    pub generation_asked: bool,
    /// Whether a 15-digit IUV may still come in: always for changes, until the cut-over date for new ones.
    pub fifteen_allowed: bool,
}

/// Why an IUV chosen by the client is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IuvRefused {
    /// Not 15, 17 or 25 characters.
    #[error("imported IUV must have 15, 17 or 25 characters")]
    Length,
    /// 15 or 17 characters, not all digits.
    #[error("imported IUV of 15 or 17 characters must be all digits")]
    Digits,
    /// 15 digits beginning with `00`.
    #[error("imported IUV of 15 digits must not begin with 00")]
    FifteenPrefix,
    /// 15 digits after the date they were abolished.
    #[error("IUV of 15 digits are no longer accepted for new debts")]
    FifteenAbolished,
    /// 17 digits that do not begin with the segregation code of the ente.
    #[error("imported IUV of 17 digits must begin with the segregation code of the organization")]
    Segregation,
    /// 17 digits in the range of generated ones.
    #[error("imported IUV has digits 3 and 4 equal to 00, reserved to generated ones")]
    Reserved,
    /// 25 characters ending in `0000`, as generated ones, without `99` as seventh and eighth.
    #[error("imported IUV of 25 characters that ends with 0000 must have 99 as characters 7 and 8")]
    TwentyFive,
}

/// Checks an IUV that the client chose (`mypay-soap.md` §8.5; the check digits are not verified).
///
/// MyPay accepts letters in 17 characters when generation is asked; here digits are always required,
/// because such an IUV could never become a notice.
///
/// # Errors
/// The rule that it breaks.
pub fn check_imported_iuv(iuv: &Iuv, import: ImportedIuv<'_>) -> Result<(), IuvRefused> {
    let text = iuv.as_str();
    let all_digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        15 | 17 if !all_digits => Err(IuvRefused::Digits),
        15 if text.starts_with("00") => Err(IuvRefused::FifteenPrefix),
        15 if !import.fifteen_allowed => Err(IuvRefused::FifteenAbolished),
        17 if import.generation_asked => Ok(()),
        17 if !text.starts_with(import.segregation.as_str()) => Err(IuvRefused::Segregation),
        17 if iuv.in_generated_range() => Err(IuvRefused::Reserved),
        25 if text.ends_with("0000") && text.get(6..8) != Some("99") => Err(IuvRefused::TwentyFive),
        15 | 17 | 25 => Ok(()),
        _ => Err(IuvRefused::Length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn nav(text: &str) -> NoticeNumber {
        NoticeNumber::parse(text).unwrap()
    }

    fn seg(text: &str) -> SegregationCode {
        SegregationCode::parse(text).unwrap()
    }

    #[test]
    fn worked_examples_of_mod_93() {
        for (notice, iuv, segregation) in [
            ("307000000000012334", "07000000000012334", Some("07")),
            ("312202500000457168", "12202500000457168", Some("12")),
            ("312202500000003900", "12202500000003900", Some("12")),
            ("001000000000012370", "000000000012370", None),
        ] {
            let notice = nav(notice);
            assert!(notice.check_digits_ok(), "{notice}");
            assert_eq!(notice.iuv().as_str(), iuv);
            assert_eq!(notice.segregation_code().as_ref().map(SegregationCode::as_str), segregation);
            assert_eq!(notice.iuv().notice_number(notice.application_code().as_ref()), Ok(notice));
        }
        assert!(!nav("307000000000012335").check_digits_ok());
    }

    #[test]
    fn generates_the_example_of_mypay() {
        let iuv = iuv17(&seg("01"), 12345).unwrap();
        assert_eq!(iuv.as_str(), "01000000001234519");
        assert!(iuv.in_generated_range());
        assert_eq!(iuv17(&seg("01"), MAX_PROGRESSIVE + 1).unwrap_err().rule, CodeRule::Progressive);
        assert!(iuv17_block(&seg("01"), MAX_PROGRESSIVE, 2).is_err());
        assert!(iuv17_block(&seg("01"), u64::MAX, 2).is_err());
        assert_eq!(iuv17_block(&seg("01"), MAX_PROGRESSIVE, 1).unwrap().count(), 1);
        assert_eq!(iuv17_block(&seg("01"), 5, 0).unwrap().count(), 0);
    }

    #[test]
    fn reads_old_layouts_and_the_probe() {
        assert!(nav("112345678901234567").check_digits_ok(), "RAV has no check digits");
        assert_eq!(nav("112345678901234567").iuv().as_str(), "12345678901234567");
        assert_eq!(nav("200000000000012331").aux_digit(), 2);
        assert_eq!(nav("200000000000012331").segregation_code(), None);
        assert!(!nav("400000000000000000").check_digits_ok());
        assert!(nav("000000000000000000").is_probe());
        assert!(!nav("000000000000000001").is_probe());
        assert_eq!(nav("312202500000457168").grouped(), "3122 0250 0000 4571 68");
    }

    #[test]
    fn refuses_what_is_not_a_notice() {
        for text in
            ["", "31220250000045716", "3122025000004571688", "31220250000045716A", "３12202500000457168"]
        {
            assert!(NoticeNumber::parse(text).is_err(), "{text}");
        }
        let notice = |iuv: &str, code: Option<&SegregationCode>| {
            Iuv::parse(iuv).unwrap().notice_number(code).map_err(|e| e.rule)
        };
        assert_eq!(notice("000000000012370", None), Err(CodeRule::ApplicationCode));
        assert!(matches!(notice("RF18539007547034", None), Err(CodeRule::Form(_))));
        assert!(matches!(notice("0700000000001233A", None), Err(CodeRule::Form(_))));
        assert!(Iuv::parse("with blank").is_err());
        assert!(Iuv::parse("").is_err());
        assert!(Iuv::parse(&"1".repeat(36)).is_err());
        assert!(SegregationCode::parse("1").is_err());
    }

    #[test]
    fn imported_iuv_rules() {
        let segregation = seg("01");
        let check = |iuv: &str, generation_asked, fifteen_allowed| {
            check_imported_iuv(
                &Iuv::parse(iuv).unwrap(),
                ImportedIuv { segregation: &segregation, generation_asked, fifteen_allowed },
            )
        };
        assert_eq!(check("010000000012370", false, true), Ok(()));
        assert_eq!(check("010000000012370", false, false), Err(IuvRefused::FifteenAbolished));
        assert_eq!(check("000000000012370", false, true), Err(IuvRefused::FifteenPrefix));
        assert_eq!(check("01990000001234500", false, true), Ok(()), "check digits are not verified");
        assert_eq!(check("02990000001234500", false, true), Err(IuvRefused::Segregation));
        assert_eq!(check("01000000001234519", false, true), Err(IuvRefused::Reserved));
        assert_eq!(check("01000000001234519", true, true), Ok(()));
        assert_eq!(check("0100000000123451A", true, true), Err(IuvRefused::Digits));
        assert_eq!(check("RF9501990000000000000AAAA", false, true), Ok(()));
        assert_eq!(check("RF95019900000000000000000", false, true), Ok(()));
        assert_eq!(check("RF95010000000000000000000", false, true), Err(IuvRefused::TwentyFive));
        assert_eq!(check("123", false, true), Err(IuvRefused::Length));
        assert_eq!(check("1234567890123456", false, true), Err(IuvRefused::Length));
    }

    proptest! {
        #[test]
        fn generated_iuvs_are_good_notices(code in 0_u8..100, first in 0..MAX_PROGRESSIVE - 50, count in 0_u64..50) {
            let segregation = seg(&format!("{code:02}"));
            let block: Vec<Iuv> = iuv17_block(&segregation, first, count).unwrap().collect();
            prop_assert_eq!(block.len() as u64, count);
            for (iuv, progressive) in block.iter().zip(first..) {
                prop_assert_eq!(iuv, &iuv17(&segregation, progressive).unwrap());
                let notice = iuv.notice_number(None).unwrap();
                prop_assert!(notice.check_digits_ok());
                prop_assert!(iuv.in_generated_range());
                prop_assert_eq!(notice.segregation_code().unwrap(), segregation.clone());
                prop_assert_eq!(&notice.iuv(), iuv);
            }
        }

        #[test]
        fn a_wrong_digit_is_found(progressive in 0..MAX_PROGRESSIVE, at in 1_usize..18, add in 1_u8..10) {
            let mut bad = iuv17(&seg("12"), progressive).unwrap().notice_number(None).unwrap().as_str().as_bytes().to_vec();
            bad[at] = b'0' + (bad[at] - b'0' + add) % 10;
            prop_assert!(!nav(std::str::from_utf8(&bad).unwrap()).check_digits_ok());
        }

        #[test]
        fn any_18_digits_give_an_iuv_that_leads_back(text in "[0-3][0-9]{17}") {
            let notice = nav(&text);
            let back = notice.iuv().notice_number(notice.application_code().as_ref()).unwrap();
            prop_assert_eq!(back.iuv(), notice.iuv());
        }
    }
}
