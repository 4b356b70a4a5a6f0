//! Bytes to text, and the characters that XML 1.0 allows.

use std::borrow::Cow;

use crate::{Error, Rule};

/// Turns the bytes of a document into text, as its XML declaration says (UTF-8 when it says
/// nothing). A byte order mark is dropped.
///
/// UTF-8, US-ASCII, ISO-8859-1, ISO-8859-15 and Windows-1252 are known.
///
/// # Errors
/// [`Rule::Encoding`] with the offset of the first wrong byte.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let declared = declared_encoding(bytes).unwrap_or("UTF-8");
    let name = declared.to_ascii_uppercase();
    let single: fn(u8) -> char = match name.as_str() {
        "UTF-8" | "UTF8" | "US-ASCII" | "ASCII" => {
            return match std::str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(e) => Err(wrong_encoding(format!("byte non validi in {name}"), e.valid_up_to())),
            };
        }
        "ISO-8859-1" | "LATIN1" | "ISO8859-1" | "ISO_8859-1" => char::from,
        "ISO-8859-15" | "LATIN9" | "ISO8859-15" | "ISO_8859-15" => latin9,
        "WINDOWS-1252" | "CP1252" => windows1252,
        _ => return Err(wrong_encoding(format!("{declared} non supportata"), 0)),
    };
    Ok(Cow::Owned(bytes.iter().copied().map(single).collect()))
}

fn wrong_encoding(detail: String, offset: usize) -> Error {
    Error::new(String::new(), Rule::Encoding(detail), offset)
}

/// The value of `encoding` in an XML declaration at the very start.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.iter().take(256).position(|b| *b == b'>')?;
    let declaration = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.get(1..)?.split(quote).next()
}

fn latin9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        _ => char::from(byte),
    }
}

fn windows1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match byte.checked_sub(0x80).and_then(|high| HIGH.get(usize::from(high))) {
        Some(c) => *c,
        None => char::from(byte),
    }
}

/// Whether XML 1.0 allows the character (production `Char`).
#[must_use]
pub(crate) fn allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

/// The first forbidden character and its offset.
pub(crate) fn forbidden(text: &str) -> Option<(usize, char)> {
    // Nearly every text is clean: look for suspect bytes without branching on each, then search.
    let suspect = text.as_bytes().chunks(64).any(|chunk| {
        chunk.iter().fold(false, |hit, b| {
            hit | (*b < 0x20 && *b != b'\t' && *b != b'\n' && *b != b'\r') | (*b == 0xEF)
        })
    });
    if !suspect {
        return None;
    }
    text.char_indices().find(|(_, c)| !allowed(*c))
}

/// The text without the characters that XML 1.0 forbids.
///
/// MyPay reads an embedded document once more without them when they were what made the first
/// reading fail (`mypay-soap.md` §7.1).
#[must_use]
pub fn strip_forbidden(text: &str) -> Cow<'_, str> {
    match forbidden(text) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().filter(|c| allowed(*c)).collect()),
    }
}

/// White space of XML: what `whiteSpace="collapse"` trims.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r'])
}

/// Whether an XML name without colon.
pub(crate) fn is_name(name: &str) -> bool {
    let Some(first) = name.chars().next() else { return false };
    if name.is_ascii() {
        let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
        return starts_name(first) && name.bytes().all(inner);
    }
    starts_name(first) && name.chars().all(continues_name)
}

fn continues_name(c: char) -> bool {
    starts_name(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

fn starts_name(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '_'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
        | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_encodings_are_honoured() {
        assert_eq!(decode("à".as_bytes()).unwrap(), "à");
        assert_eq!(decode(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xE0</a>";
        assert!(decode(latin).unwrap().ends_with("<a>à</a>"));
        let windows = b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x80</a>";
        assert!(decode(windows).unwrap().ends_with("<a>€</a>"));
        let euro = b"<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?><a>\xA4</a>";
        assert!(decode(euro).unwrap().ends_with("<a>€</a>"));
        let unknown = decode(b"<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>").unwrap_err();
        assert!(unknown.to_string().contains("UTF-7 non supportata"), "{unknown}");
        assert_eq!(decode(b"<a>\xE0</a>").unwrap_err().offset(), 3);
    }

    #[test]
    fn forbidden_characters_are_found_and_stripped() {
        assert_eq!(forbidden("tutto bene\r\n\tà €"), None);
        assert_eq!(forbidden("a\u{1}b"), Some((1, '\u{1}')));
        assert_eq!(forbidden("a\u{FFFF}"), Some((1, '\u{FFFF}')));
        assert_eq!(forbidden("\u{FEFF}"), None);
        assert_eq!(strip_forbidden("a\u{0}b\u{1F}c"), "abc");
    }

    #[test]
    fn names() {
        for good in ["a", "_x", "e-mail", "à", "a.b", "x1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "1a", "-a", "a b", "a:b", "a\u{d7}"] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
