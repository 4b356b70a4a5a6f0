//! Personal data in logs, traces and the journal: enough to recognise, not enough to read.

use std::fmt;

/// Wraps personal data for a log line: shows the first and the last character only.
///
/// ```
/// assert_eq!(telemetry::Masked("Maria Rossi").to_string(), "M***i");
/// ```
#[derive(Clone, Copy)]
pub struct Masked<T>(pub T);

impl<T: AsRef<str>> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(self.0.as_ref()))
    }
}

impl<T: AsRef<str>> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// First and last character around `***`; only `***` when there are fewer than four characters. The
/// length is not shown.
#[must_use]
pub fn mask(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.next_back(), characters.count()) {
        (Some(first), Some(last), 2..) => format!("{first}***{last}"),
        (None, ..) => String::new(),
        _ => "***".to_owned(),
    }
}

/// A codice fiscale as `R***U`; 11 digits (a company, a body) are no personal data and stay.
#[must_use]
pub fn mask_fiscal_code(code: &str) -> String {
    if code.len() == 11 && code.bytes().all(|b| b.is_ascii_digit()) { code.to_owned() } else { mask(code) }
}

/// An e-mail address as `m***i@example.org`: the host stays, because it is what fails.
#[must_use]
pub fn mask_email(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((name, host)) => format!("{}@{host}", mask(name)),
        None => mask(address),
    }
}

/// Masks what looks like a codice fiscale of a person or an e-mail address inside free text, for texts
/// that others wrote (an error of a peer, a path).
#[must_use]
pub fn scrub(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, '.' | '_' | '-' | '+' | '@') {
            word.push(character);
        } else {
            out.push_str(&scrub_word(&word));
            word.clear();
            out.push(character);
        }
    }
    out.push_str(&scrub_word(&word));
    out
}

fn scrub_word(word: &str) -> String {
    if is_address(word) {
        mask_email(word)
    } else {
        word.split_inclusive(['.', '_', '-', '+', '@'])
            .map(|part| {
                let bare = part.trim_end_matches(['.', '_', '-', '+', '@']);
                if looks_like_fiscal_code(bare) {
                    part.replacen(bare, &mask(bare), 1)
                } else {
                    part.to_owned()
                }
            })
            .collect()
    }
}

fn is_address(word: &str) -> bool {
    word.trim_end_matches('.')
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

/// `AAAAAA00A00A000A`, with the letters of omocodia where digits would be.
fn looks_like_fiscal_code(word: &str) -> bool {
    word.len() == 16
        && word.bytes().zip(b"LLLLLLDDLDDLDDDL").all(|(byte, kind)| match kind {
            b'L' => byte.is_ascii_alphabetic(),
            _ => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte.to_ascii_uppercase()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_first_and_last_only() {
        assert_eq!(mask("RSSMRA80A01H501U"), "R***U");
        assert_eq!(mask("Ùgo Però"), "Ù***ò");
        assert_eq!(mask("Ugo"), "***");
        assert_eq!(mask("Ada!"), "A***!");
        assert_eq!(mask(""), "");
        assert_eq!(format!("{:?}", Masked("Maria Rossi".to_owned())), "M***i");
    }

    #[test]
    fn bodies_stay_people_do_not() {
        assert_eq!(mask_fiscal_code("80012345676"), "80012345676");
        assert_eq!(mask_fiscal_code("RSSMRA80A01H501U"), "R***U");
        assert_eq!(mask_email("maria.rossi@example.org"), "m***i@example.org");
        assert_eq!(mask_email("nobody"), "n***y");
    }

    #[test]
    fn free_text_is_scrubbed() {
        assert_eq!(
            scrub("debitore RSSMRA80A01H501U <maria.rossi@example.org>, IUV 01000000000000012."),
            "debitore R***U <m***i@example.org>, IUV 01000000000000012."
        );
        // Omocodia, glued by an underscore, lower case.
        assert_eq!(scrub("/scarica/rssmra8la01h50mu_2.pdf"), "/scarica/r***u_2.pdf");
        assert_eq!(scrub("/scarica/rssmraabacdhefgu_2.pdf"), "/scarica/rssmraabacdhefgu_2.pdf");
        assert_eq!(scrub("a@b c"), "a@b c");
    }
}
