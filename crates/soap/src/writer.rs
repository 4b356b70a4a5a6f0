//! Values to XML text.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Codec, Element, Schema, text};

/// Writes elements compactly: unprefixed where the schema leaves children unqualified, the
/// namespace declared on the root, nothing for an absent or blank optional element.
#[derive(Debug, Default)]
pub struct Writer {
    out: String,
    /// The default namespace in force; empty = none.
    default: &'static str,
    /// Namespaces used by prefix beyond that of the root: declared on it at the end.
    prefixed: Vec<&'static Schema>,
}

/// Writes a document, without XML declaration.
#[must_use]
pub fn write_element<E: Element>(value: &E) -> String {
    let mut writer = Writer::with_capacity(1024);
    writer.root(value);
    writer.finish()
}

impl Writer {
    /// An empty text with room for some bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), ..Self::default() }
    }

    /// The text.
    #[must_use]
    pub fn finish(self) -> String {
        self.out
    }

    /// Appends markup as it is.
    pub fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    /// Appends what prints itself in characters that need no escape.
    pub fn display(&mut self, value: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = self.out.write_fmt(value);
    }

    /// Appends bytes as base64.
    pub fn base64(&mut self, bytes: &[u8]) {
        STANDARD.encode_string(bytes, &mut self.out);
    }

    /// Appends a text, escaped. A character that XML forbids becomes U+FFFD.
    pub fn text(&mut self, value: &str) {
        let special = |b: u8| b < 0x20 || matches!(b, b'&' | b'<' | b'>' | 0xEF);
        if !value.bytes().any(special) {
            self.out.push_str(value);
            return;
        }
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '\r' => self.out.push_str("&#13;"),
                c if text::allowed(c) => self.out.push(c),
                _ => self.out.push('\u{FFFD}'),
            }
        }
    }

    /// Appends a value for an attribute in double quotes, escaped.
    pub fn attribute(&mut self, value: &str) {
        for c in value.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '"' => self.out.push_str("&quot;"),
                '\t' | '\n' | '\r' => self.display(format_args!("&#{};", u32::from(c))),
                c if text::allowed(c) => self.out.push(c),
                _ => self.out.push('\u{FFFD}'),
            }
        }
    }

    /// Appends a global element with its declarations of namespaces.
    ///
    /// Qualified schemas use the default namespace; unqualified ones a prefix on this element only,
    /// because clients search the children by literal tags (`mypay-soap.md` §19).
    pub fn root<E: Element>(&mut self, value: &E) {
        let (schema, name) = (E::ELEMENT.schema, E::ELEMENT.name);
        let outer_default = self.default;
        let outer_prefixed = std::mem::take(&mut self.prefixed);
        self.out.push('<');
        if schema.qualified {
            self.default = schema.namespace;
            self.out.push_str(name);
            self.out.push_str(" xmlns=\"");
        } else {
            self.default = "";
            self.out.push_str(schema.prefix);
            self.out.push(':');
            self.out.push_str(name);
            self.out.push_str(" xmlns:");
            self.out.push_str(schema.prefix);
            self.out.push_str("=\"");
        }
        self.out.push_str(schema.namespace);
        self.out.push('"');
        let declarations_end = self.out.len();
        self.out.push('>');
        E::write(value, self);
        self.out.push_str("</");
        if !schema.qualified {
            self.out.push_str(schema.prefix);
            self.out.push(':');
        }
        self.out.push_str(name);
        self.out.push('>');
        for used in std::mem::replace(&mut self.prefixed, outer_prefixed) {
            let declaration = format!(" xmlns:{}=\"{}\"", used.prefix, used.namespace);
            self.out.insert_str(declarations_end, &declaration);
        }
        self.default = outer_default;
    }

    /// Appends a required element of a type of `schema`.
    pub fn one<C: Codec>(&mut self, schema: &'static Schema, name: &str, value: &C::Value) {
        let outer_default = self.default;
        let prefix = if schema.qualified && self.default != schema.namespace {
            if !self.prefixed.contains(&schema) {
                self.prefixed.push(schema);
            }
            schema.prefix
        } else {
            ""
        };
        self.out.push('<');
        self.name(prefix, name);
        if !schema.qualified && !self.default.is_empty() {
            self.out.push_str(" xmlns=\"\"");
            self.default = "";
        }
        self.out.push('>');
        C::write(value, self);
        self.out.push_str("</");
        self.name(prefix, name);
        self.out.push('>');
        self.default = outer_default;
    }

    fn name(&mut self, prefix: &str, name: &str) {
        if !prefix.is_empty() {
            self.out.push_str(prefix);
            self.out.push(':');
        }
        self.out.push_str(name);
    }

    /// Appends an optional element, unless it is absent or blank.
    pub fn opt<C: Codec>(&mut self, schema: &'static Schema, name: &str, value: &Option<C::Value>) {
        if let Some(value) = value.as_ref().filter(|v| !C::is_blank(v)) {
            self.one::<C>(schema, name, value);
        }
    }

    /// Appends repeated elements.
    pub fn many<C: Codec>(&mut self, schema: &'static Schema, name: &str, values: &[C::Value]) {
        for value in values {
            self.one::<C>(schema, name, value);
        }
    }
}
