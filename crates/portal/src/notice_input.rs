//! Reads what a citizen types or pastes to find a notice.

use model::{FiscalCode, Iuv, NoticeNumber, OrganizationFiscalCode};

use crate::pages::notice::{SearchErrors, SearchForm};
use crate::texts::{Texts, fill};

/// What identifies the debt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A notice number, 18 digits.
    Notice(NoticeNumber),
    /// An IUV of 15 or 17 digits, as old prints have it.
    Iuv(Iuv),
}

impl Wanted {
    /// Whether the digits were probably typed wrongly. Never a reason to refuse by itself: notices made by enti
    /// with other check digits exist and are payable. It only chooses the words when nothing is found.
    pub fn looks_mistyped(&self) -> bool {
        matches!(self, Self::Notice(notice) if !notice.check_digits_ok())
    }
}

/// A search that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub wanted: Wanted,
    pub organization: OrganizationFiscalCode,
    pub debtor: FiscalCode,
}

/// Reads the form, or says what is wrong with each field.
pub(crate) fn read(t: &Texts, form: &SearchForm) -> Result<Query, SearchErrors> {
    let mut errors = SearchErrors::default();
    let (wanted, from_qr) = match read_notice(t, &form.notice) {
        Ok((wanted, organization)) => (Some(wanted), organization),
        Err(text) => {
            errors.notice = Some(text);
            (None, None)
        }
    };
    let organization = match read_organization(t, &form.organization, from_qr) {
        // Without a readable notice the QR code may have been meant to say the ente: one error is enough.
        Err(_) if form.organization.trim().is_empty() && errors.notice.is_some() => None,
        Err(text) => {
            errors.organization = Some(text);
            None
        }
        Ok(organization) => Some(organization),
    };
    let debtor = compact(&form.debtor);
    let debtor = if debtor.is_empty() {
        Err(t.invalid.debtor_empty)
    } else {
        FiscalCode::parse(&debtor).map_err(|_| t.invalid.debtor_code)
    };
    match (wanted, organization, debtor) {
        (Some(wanted), Some(organization), Ok(debtor)) => Ok(Query { wanted, organization, debtor }),
        (_, _, debtor) => {
            errors.debtor = debtor.err().map(str::to_owned);
            Err(errors)
        }
    }
}

/// The notice, and the ente when a QR code says it.
fn read_notice(t: &Texts, typed: &str) -> Result<(Wanted, Option<OrganizationFiscalCode>), String> {
    let trimmed = typed.trim();
    if trimmed.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("PAGOPA")) {
        return read_qr(trimmed).ok_or_else(|| t.invalid.notice_qr.to_owned());
    }
    let digits = compact(trimmed);
    if digits.is_empty() {
        return Err(t.invalid.notice_empty.to_owned());
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(t.invalid.notice_check.to_owned());
    }
    match digits.len() {
        18 => {
            let notice = NoticeNumber::parse(&digits).map_err(|_| t.invalid.notice_check.to_owned())?;
            Ok((Wanted::Notice(notice), None))
        }
        15 | 17 => Iuv::parse(&digits)
            .map(|iuv| (Wanted::Iuv(iuv), None))
            .map_err(|_| t.invalid.notice_check.to_owned()),
        length => Err(fill(t.invalid.notice_length, &[&length.to_string()])),
    }
}

/// `PAGOPA|002|NAV|CF ente|cents` (`pagopa.md` §3.4). The amount is not trusted: the ente's is asked.
fn read_qr(text: &str) -> Option<(Wanted, Option<OrganizationFiscalCode>)> {
    let mut parts = text.split('|').map(str::trim);
    let (_, version, notice, organization, amount) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if version != "002"
        || parts.next().is_some()
        || amount.is_empty()
        || !amount.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let notice = NoticeNumber::parse(notice).ok()?;
    let organization = OrganizationFiscalCode::parse(organization).ok()?;
    Some((Wanted::Notice(notice), Some(organization)))
}

fn read_organization(
    t: &Texts,
    typed: &str,
    from_qr: Option<OrganizationFiscalCode>,
) -> Result<OrganizationFiscalCode, String> {
    let typed = compact(typed);
    match (typed.is_empty(), from_qr) {
        (true, Some(organization)) => Ok(organization),
        (true, None) => Err(t.invalid.organization_empty.to_owned()),
        (false, from_qr) => {
            let typed =
                OrganizationFiscalCode::parse(&typed).map_err(|_| t.invalid.organization_code.to_owned())?;
            match from_qr {
                Some(organization) if organization != typed => Err(t.invalid.organization_differs.to_owned()),
                _ => Ok(typed),
            }
        }
    }
}

/// Without what people put between the groups of a code: blanks, dashes, dots, slashes.
fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_whitespace() && !matches!(c, '-' | '.' | '/' | '_' | '\u{2010}'..='\u{2015}' | '\u{200b}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::IT;

    const NOTICE: &str = "312202500000457168";
    const ORGANIZATION: &str = "80007580279";
    const DEBTOR: &str = "RSSMRA80A01H501U";

    fn form(notice: &str, organization: &str, debtor: &str) -> SearchForm {
        SearchForm {
            notice: notice.to_owned(),
            organization: organization.to_owned(),
            debtor: debtor.to_owned(),
            known: None,
        }
    }

    #[test]
    fn accepts_every_way_of_writing() {
        let expected = Query {
            wanted: Wanted::Notice(NoticeNumber::parse(NOTICE).unwrap()),
            organization: OrganizationFiscalCode::parse(ORGANIZATION).unwrap(),
            debtor: FiscalCode::parse(DEBTOR).unwrap(),
        };
        for (notice, organization, debtor) in [
            (NOTICE, ORGANIZATION, DEBTOR),
            ("3122 0250 0000 4571 68", " 80007580279 ", "rssmra80a01h501u"),
            ("3122-0250-0000-4571-68", ORGANIZATION, "RSS MRA 80A01 H501U"),
            ("3122–0250\u{a0}0000.4571 68\n", ORGANIZATION, DEBTOR),
            ("PAGOPA|002|312202500000457168|80007580279|1250", "", DEBTOR),
            (" pagopa|002|312202500000457168|80007580279|1250 ", ORGANIZATION, DEBTOR),
        ] {
            assert_eq!(read(&IT, &form(notice, organization, debtor)), Ok(expected.clone()), "{notice}");
        }
    }

    #[test]
    fn leading_zeros_and_bare_iuvs_are_kept() {
        let old = read(&IT, &form("001000000000012370", ORGANIZATION, DEBTOR)).unwrap();
        assert_eq!(old.wanted, Wanted::Notice(NoticeNumber::parse("001000000000012370").unwrap()));
        let bare = read(&IT, &form("12202500000457168", ORGANIZATION, DEBTOR)).unwrap();
        assert_eq!(bare.wanted, Wanted::Iuv(Iuv::parse("12202500000457168").unwrap()));
    }

    #[test]
    fn says_what_is_wrong_by_field() {
        let t = &IT.invalid;
        let errors = read(&IT, &form("", "", "")).unwrap_err();
        assert_eq!(errors.notice.as_deref(), Some(t.notice_empty));
        assert_eq!(errors.organization, None, "one error for notice and ente together");
        assert_eq!(errors.debtor.as_deref(), Some(t.debtor_empty));

        for (notice, error) in [
            ("31220250000045716", String::new()),
            ("3122", t.notice_length.replace("{0}", "4")),
            ("31220250000045716A", t.notice_check.to_owned()),
            ("PAGOPA|003|312202500000457168|80007580279|1250", t.notice_qr.to_owned()),
            ("PAGOPA|002|312202500000457168|80007580279", t.notice_qr.to_owned()),
            ("PAGOPA|002|312202500000457168|80007580279|12,50", t.notice_qr.to_owned()),
            ("PAGOPA|002|312202500000457168|80007580279|1250|x", t.notice_qr.to_owned()),
            ("PAGOPA", t.notice_qr.to_owned()),
        ] {
            let found = read(&IT, &form(notice, ORGANIZATION, DEBTOR));
            let expected = if error.is_empty() { None } else { Some(error) };
            assert_eq!(found.err().and_then(|errors| errors.notice), expected, "{notice}");
        }
        let other_digits = read(&IT, &form("312202500000457169", ORGANIZATION, DEBTOR)).unwrap();
        assert!(other_digits.wanted.looks_mistyped());
        let errors = read(&IT, &form(NOTICE, "", "RSSMRA80A01H501X")).unwrap_err();
        assert_eq!(errors.organization.as_deref(), Some(t.organization_empty));
        assert_eq!(errors.debtor.as_deref(), Some(t.debtor_code));
        let errors = read(&IT, &form(NOTICE, "80007580270", DEBTOR)).unwrap_err();
        assert_eq!(errors.organization.as_deref(), Some(t.organization_code));
        let qr = "PAGOPA|002|312202500000457168|80007580279|1250";
        let errors = read(&IT, &form(qr, "01234567897", DEBTOR)).unwrap_err();
        assert_eq!(errors.organization.as_deref(), Some(t.organization_differs));
    }
}
