//! Patterns of XML Schema, run by `regex`.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern as published, compiled at first use.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern of XML Schema. `\/`, which MyPay's schema has and the standard does not, means `/`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, compiled: OnceLock::new() }
    }

    /// The pattern as published.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }

    /// Whether the whole value matches. A pattern that does not compile matches nothing; a test
    /// compiles all those declared.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.compiled().is_some_and(|regex| regex.is_match(value))
    }

    /// Whether the pattern is one that this module understands.
    #[must_use]
    pub fn compiles(&self) -> bool {
        self.compiled().is_some()
    }

    fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&translate(self.text)).ok()).as_ref()
    }
}

/// The two languages differ in anchoring, in `\s`, `\w`, `.`, `^`, `$`, and within classes.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    out.push_str("^(?:");
    let mut in_class = false;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().unwrap_or('\\');
                out.push_str(match (escaped, in_class) {
                    ('s', false) => "[ \\t\\n\\r]",
                    ('s', true) => " \\t\\n\\r",
                    ('S', _) => "[^ \\t\\n\\r]",
                    ('w', _) => "[^\\p{P}\\p{Z}\\p{C}]",
                    ('W', false) => "[\\p{P}\\p{Z}\\p{C}]",
                    ('W', true) => "\\p{P}\\p{Z}\\p{C}",
                    _ => {
                        out.push('\\');
                        out.push(escaped);
                        continue;
                    }
                });
            }
            '[' if !in_class => {
                in_class = true;
                out.push('[');
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' | '[' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '.' if !in_class => out.push_str("[^\\n\\r]"),
            '^' | '$' if !in_class => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out.push_str(")$");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_value_and_xsd_classes() {
        let amount = Pattern::new(r"\d+\.\d{2}");
        assert!(amount.matches("10.00"));
        assert!(!amount.matches("10.000") && !amount.matches("a10.00") && !amount.matches("10x00"));
        let code = Pattern::new(r"9\/\d{2}\d{2}\d{3}\w{2}\/\S{0,129}");
        assert!(code.matches("9/0101100IM/"));
        assert!(!code.matches("9/0101100I-/"), "a hyphen is punctuation, not a word character");
        assert!(code.matches("9/0101100I+/"), "a symbol is a word character in XML Schema");
        let blank = Pattern::new(r"\S{3}");
        assert!(blank.matches("a\u{A0}b"), "a no-break space is not white space in XML Schema");
        assert!(!blank.matches("a b"));
        let mail = Pattern::new("[a-zA-Z0-9_!#$%&'*+/=?`{|}~^.-]+@[a-zA-Z0-9.-]+");
        assert!(mail.matches("a&~^b'c@x.it"));
        assert!(!mail.matches("a b@x.it"));
        assert!(!Pattern::new(".{4,72}").matches("ab\ncd"));
        assert!(Pattern::new("a$").matches("a$"));
    }
}
