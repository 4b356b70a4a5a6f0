//! What is wrong with a document: where, which rule, which value.

use std::fmt;

/// How many characters of an offending value an [`Error`] keeps.
const VALUE_CHARS: usize = 80;

/// A document that cannot be read, with everything a person needs to mend it.
///
/// The text is Italian, because it ends in the `description` of faults read by the developers of
/// local systems. The value comes from the message and may hold personal data: log it masked.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(Box<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    path: String,
    rule: Rule,
    value: Option<String>,
    offset: usize,
}

impl Error {
    /// An error at `path`, `offset` bytes into the text.
    #[must_use]
    pub fn new(path: String, rule: Rule, offset: usize) -> Self {
        Self(Box::new(Details { path, rule, value: None, offset }))
    }

    /// The same error with the text that broke the rule, cut to 80 characters.
    #[must_use]
    pub fn with_value(mut self, value: &str) -> Self {
        let mut kept: String = value.chars().take(VALUE_CHARS).collect();
        if kept.len() < value.len() {
            kept.push('…');
        }
        self.0.value = Some(kept);
        self
    }

    /// Names from the root to the culprit, repeated elements numbered from 1:
    /// `Dovuti/datiVersamento/datiSingoloVersamento[2]/importoSingoloVersamento`.
    ///
    /// In a SOAP message the root is the body's child. Empty when the error precedes any element.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The last name of the path, without its number.
    #[must_use]
    pub fn element(&self) -> &str {
        let last = self.0.path.rsplit('/').next().unwrap_or_default();
        last.split('[').next().unwrap_or_default()
    }

    /// The rule broken.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.0.rule
    }

    /// The offending text, cut, where the rule is about a value.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.0.value.as_deref()
    }

    /// Bytes from the start of the decoded text to the culprit.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.0.offset
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.is_empty() {
            write!(f, "{}: ", self.0.path)?;
        }
        write!(f, "{}", self.0.rule)?;
        if let Some(value) = &self.0.value {
            write!(f, ": [{value}]")?;
        }
        write!(f, " (byte {})", self.0.offset)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("path", &self.0.path)
            .field("rule", &self.0.rule)
            .field("value", &self.0.value)
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl std::error::Error for Error {}

/// The rules a document can break: first those of XML, then those of the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The bytes are not text in the declared encoding, or the encoding is not supported.
    Encoding(String),
    /// Not well-formed XML.
    Malformed(String),
    /// A character that XML 1.0 forbids; see [`crate::strip_forbidden`].
    ForbiddenCharacter(u32),
    /// A document type declaration; never accepted.
    Doctype,
    /// A reference to an entity other than the five predefined ones.
    Entity(String),
    /// A bound of [`crate::Limits`] is exceeded.
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The most that is accepted.
        most: usize,
    },
    /// The root element is another one.
    Root {
        /// `{namespace}name` wanted.
        expected: String,
        /// `{namespace}name` found.
        found: String,
    },
    /// Right name, wrong namespace (most often a default namespace that spills over the children).
    Namespace {
        /// Namespace wanted; empty = none.
        expected: &'static str,
        /// Namespace found; empty = none.
        found: String,
    },
    /// A required element is not there.
    Missing,
    /// An element that the type does not have.
    Unknown,
    /// A known element in the wrong place.
    Order {
        /// The element that was expected here; `None` = the end of the parent.
        expected: Option<&'static str>,
    },
    /// An element occurs more often than allowed.
    TooMany {
        /// The most occurrences allowed.
        most: usize,
    },
    /// Text between the children of an element that only has children.
    Text,
    /// Children within an element that only has text.
    Children,
    /// An attribute that the type does not have.
    Attribute(String),
    /// The text is not in the lexical space of the built-in type named.
    Type(&'static str),
    /// The text does not match the pattern.
    Pattern(&'static str),
    /// The text is not one of those listed.
    Enumeration(&'static [&'static str]),
    /// The length (characters, or bytes of a base64Binary) is not within the bounds.
    Length {
        /// Least.
        least: usize,
        /// Most; `None` = unbounded.
        most: Option<usize>,
        /// Found.
        found: usize,
    },
    /// The number is below the least.
    Below(&'static str),
    /// The number is above the most.
    Above(&'static str),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = |namespace: &str| {
            if namespace.is_empty() { "nessuno".to_owned() } else { namespace.to_owned() }
        };
        match self {
            Self::Encoding(detail) => write!(f, "codifica dei caratteri non valida: {detail}"),
            Self::Malformed(detail) => write!(f, "XML non ben formato: {detail}"),
            Self::ForbiddenCharacter(code) => write!(f, "carattere non ammesso in XML: U+{code:04X}"),
            Self::Doctype => f.write_str("DOCTYPE non ammesso"),
            Self::Entity(name) => write!(f, "entità non ammessa: {name}"),
            Self::Limit { what, most } => write!(f, "limite superato: {what}, al massimo {most}"),
            Self::Root { expected, found } => {
                write!(f, "elemento radice {found}, atteso {expected}")
            }
            Self::Namespace { expected, found } => {
                write!(f, "namespace errato: {}, atteso {}", none(found), none(expected))
            }
            Self::Missing => f.write_str("elemento obbligatorio mancante"),
            Self::Unknown => f.write_str("elemento non previsto"),
            Self::Order { expected: Some(name) } => {
                write!(f, "elemento fuori ordine o ripetuto, atteso {name}")
            }
            Self::Order { expected: None } => {
                f.write_str("elemento fuori ordine o ripetuto, attesa la fine dell'elemento padre")
            }
            Self::TooMany { most } => write!(f, "troppe occorrenze, al massimo {most}"),
            Self::Text => f.write_str("testo non previsto tra gli elementi"),
            Self::Children => f.write_str("elementi non previsti in un valore semplice"),
            Self::Attribute(name) => write!(f, "attributo non previsto: {name}"),
            Self::Type(name) => write!(f, "valore non valido per il tipo {name}"),
            Self::Pattern(pattern) => write!(f, "valore non conforme al pattern {pattern}"),
            Self::Enumeration(values) => {
                write!(f, "valore non ammesso, valori previsti {}", values.join(", "))
            }
            Self::Length { least, most: Some(most), found } if least == most => {
                write!(f, "lunghezza {found}, prevista {least}")
            }
            Self::Length { least, most: Some(most), found } => {
                write!(f, "lunghezza {found}, prevista da {least} a {most}")
            }
            Self::Length { least, most: None, found } => {
                write!(f, "lunghezza {found}, prevista almeno {least}")
            }
            Self::Below(bound) => write!(f, "valore inferiore al minimo {bound}"),
            Self::Above(bound) => write!(f, "valore superiore al massimo {bound}"),
        }
    }
}
