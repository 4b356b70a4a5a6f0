//! Reading and writing the types that the macros declare.

use crate::{ComplexType, Error, GlobalElement, LocalElement, Node, Rule, TypeRef, Writer, text};

/// How strictly a message is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everything that the schema says: order, occurrence, names, namespaces, facets.
    Strict,
    /// As strict; then texts are trimmed, and an optional one left empty counts as absent.
    /// MyPay reads embedded documents so (`mypay-soap.md` §7.1).
    Document,
    /// As MyPay reads SOAP bodies (`mypay-soap.md` §1.1): unknown elements ignored (those of a
    /// wrong namespace are unknown), any order, the last of several wins, no facets, texts trimmed,
    /// blank optional texts absent, missing required texts empty, unreadable optional values absent.
    Lenient,
}

/// An element to read a type from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'d> {
    /// The element.
    pub node: Node<'d>,
    /// How.
    pub mode: Mode,
    /// The value that an empty element stands for.
    pub default: Option<&'static str>,
}

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl Source<'_> {
    /// No type declared here has attributes. Those that point to a schema are harmless, and those
    /// of SOAP (`mustUnderstand`, `actor`, `encodingStyle`) belong to the envelope.
    pub(crate) fn check_attributes(self) -> Result<(), Error> {
        for (namespace, name, _) in self.node.attributes() {
            let harmless = namespace == crate::envelope::NAMESPACE
                || (namespace == XSI && matches!(name, "schemaLocation" | "noNamespaceSchemaLocation"));
            if !harmless {
                let name = crate::tree::qualified(namespace, name);
                return Err(self.node.error(Rule::Attribute(name)));
            }
        }
        Ok(())
    }
}

/// A type of a schema: how an element's content is read, written and described.
pub trait Codec {
    /// What it is in Rust.
    type Value;
    /// In lenient reading, whether an optional element with an unreadable content counts as absent.
    const FORGIVING: bool = false;

    /// Reads the content of an element.
    ///
    /// # Errors
    /// The first rule broken.
    fn read(source: Source<'_>) -> Result<Self::Value, Error>;
    /// Writes the content of an element.
    fn write(value: &Self::Value, out: &mut Writer);
    /// The type, for the printers.
    fn describe() -> TypeRef;
    /// What stands for a missing required element in lenient reading; `None` = an error.
    fn absent() -> Option<Self::Value> {
        None
    }
    /// Whether an optional element with this value is left out when writing.
    fn is_blank(_value: &Self::Value) -> bool {
        false
    }
}

/// A type that is also a global element.
pub trait Element: Codec<Value = Self> + Sized {
    /// The element.
    const ELEMENT: GlobalElement;
}

/// Several elements of which one occurs.
pub trait Choice: Sized {
    /// The elements, for the printers.
    fn options() -> &'static [LocalElement];
    /// Reads the element if it is one of them.
    ///
    /// # Errors
    /// The first rule broken within.
    fn read(sequence: &mut Sequence<'_>) -> Result<Option<Self>, Error>;
    /// Writes the element.
    fn write(&self, out: &mut Writer);
}

/// Reads a global element.
///
/// # Errors
/// [`Rule::Root`] when it is another one, else the first rule broken within.
pub fn read_element<E: Element>(node: Node<'_>, mode: Mode) -> Result<E, Error> {
    if !node.is(E::ELEMENT.schema.namespace, E::ELEMENT.name) {
        let expected = E::ELEMENT.qualified_name();
        return Err(node.error(Rule::Root { expected, found: node.qualified_name() }));
    }
    E::read(Source { node, mode, default: None })
}

/// Walks over the children of an element along a sequence.
#[derive(Debug)]
pub struct Sequence<'d> {
    parent: Node<'d>,
    next: Option<Node<'d>>,
    mode: Mode,
    of: &'static ComplexType,
    namespace: &'static str,
}

impl<'d> Sequence<'d> {
    /// Begins with the first child.
    ///
    /// # Errors
    /// Text or attributes where there should be none.
    pub fn open(source: Source<'d>, of: &'static ComplexType) -> Result<Self, Error> {
        let Source { node, mode, .. } = source;
        if mode != Mode::Lenient {
            if !text::trim(node.text()).is_empty() {
                return Err(node.error(Rule::Text).with_value(text::trim(node.text())));
            }
            source.check_attributes()?;
        }
        let namespace = of.schema.local_namespace();
        Ok(Self { parent: node, next: node.first_child(), mode, of, namespace })
    }

    /// Ends after the last child.
    ///
    /// # Errors
    /// An element is left.
    pub fn close(self) -> Result<(), Error> {
        match self.next {
            Some(_) if self.mode != Mode::Lenient => Err(self.mismatch(None)),
            _ => Ok(()),
        }
    }

    /// The next child if it has this name.
    fn take(&mut self, name: &str) -> Option<Node<'d>> {
        if self.mode == Mode::Lenient {
            return self.parent.children().filter(|n| n.is(self.namespace, name)).last();
        }
        let node = self.next.filter(|n| n.is(self.namespace, name))?;
        self.next = node.next_sibling();
        Some(node)
    }

    fn source(&self, node: Node<'d>, default: Option<&'static str>) -> Source<'d> {
        Source { node, mode: self.mode, default }
    }

    /// A required element.
    ///
    /// # Errors
    /// It is missing (and nothing can stand for it), or a rule is broken within.
    pub fn one<C: Codec>(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
    ) -> Result<C::Value, Error> {
        match self.take(name) {
            Some(node) => C::read(self.source(node, default)),
            None if self.mode == Mode::Lenient => {
                C::absent().ok_or_else(|| self.parent.error_below(name, Rule::Missing))
            }
            None => Err(self.mismatch(Some(name))),
        }
    }

    /// An optional element.
    ///
    /// # Errors
    /// A rule is broken within.
    pub fn opt<C: Codec>(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
    ) -> Result<Option<C::Value>, Error> {
        let Some(node) = self.take(name) else { return Ok(None) };
        let value = C::read(self.source(node, default));
        match (self.mode, value) {
            (Mode::Strict, value) => value.map(Some),
            (Mode::Lenient, Err(_)) if C::FORGIVING => Ok(None),
            (_, Ok(value)) => Ok(Some(value).filter(|v| !C::is_blank(v))),
            (_, Err(e)) => Err(e),
        }
    }

    /// An element of a choice, if the next child is one.
    ///
    /// # Errors
    /// A rule is broken within.
    pub fn option<C: Codec>(&mut self, name: &'static str) -> Result<Option<C::Value>, Error> {
        self.take(name).map(|node| C::read(self.source(node, None))).transpose()
    }

    /// A required element that is nevertheless left out beside a fault, and that business checks
    /// miss in their own words: optional except in strict reading.
    ///
    /// # Errors
    /// As [`Sequence::one`] in strict reading, else as [`Sequence::opt`].
    pub fn nominal<C: Codec>(
        &mut self,
        name: &'static str,
        default: Option<&'static str>,
    ) -> Result<Option<C::Value>, Error> {
        match self.mode {
            Mode::Lenient => self.opt::<C>(name, default),
            _ => self.one::<C>(name, default).map(Some),
        }
    }

    /// A repeated element.
    ///
    /// # Errors
    /// Too few, too many, or a rule broken within one.
    pub fn many<C: Codec>(
        &mut self,
        name: &'static str,
        least: usize,
        most: Option<usize>,
    ) -> Result<Vec<C::Value>, Error> {
        let mut values = Vec::new();
        if self.mode == Mode::Lenient {
            for node in self.parent.children().filter(|n| n.is(self.namespace, name)) {
                values.push(C::read(self.source(node, None))?);
            }
            return Ok(values);
        }
        while let Some(node) = self.take(name) {
            if let Some(most) = most.filter(|most| values.len() == *most) {
                return Err(node.error(Rule::TooMany { most }));
            }
            values.push(C::read(self.source(node, None))?);
        }
        if values.len() < least { Err(self.mismatch(Some(name))) } else { Ok(values) }
    }

    /// One of several elements.
    ///
    /// # Errors
    /// None of them is there, or a rule is broken within.
    pub fn choice<C: Choice>(&mut self) -> Result<C, Error> {
        match C::read(self)? {
            Some(value) => Ok(value),
            None => {
                let first = C::options().first().map_or("", |option| option.name);
                Err(self.mismatch(Some(first)))
            }
        }
    }

    /// Says what is wrong with the next child where `expected` should have been.
    fn mismatch(&self, expected: Option<&'static str>) -> Error {
        let missing = |name: &str| self.parent.error_below(name, Rule::Missing);
        let Some(next) = self.next else { return missing(expected.unwrap_or_default()) };
        let right_namespace = next.namespace() == self.namespace;
        let Some(position) = self.of.position(next.name()) else {
            return next.error(Rule::Unknown);
        };
        if !right_namespace {
            let found = next.namespace().to_owned();
            return next.error(Rule::Namespace { expected: self.namespace, found });
        }
        let Some(name) = expected else { return next.error(Rule::Order { expected }) };
        let comes_later =
            std::iter::successors(Some(next), |n| n.next_sibling()).any(|n| n.is(self.namespace, name));
        let jumped = self.of.position(name).is_some_and(|wanted| wanted < position);
        if comes_later || !jumped { next.error(Rule::Order { expected }) } else { missing(name) }
    }
}

/// Checks a value against its own declaration, as a strict receiver would.
///
/// # Errors
/// The first rule that its written form breaks.
pub fn check<E: Element>(value: &E) -> Result<(), Error> {
    let text = crate::write_element(value);
    let document = crate::Document::parse(&text)?;
    read_element::<E>(document.root(), Mode::Strict).map(|_| ())
}

/// Reads a document from its bytes, decoding them as declared.
///
/// # Errors
/// The first rule broken.
pub fn read_document<E: Element>(bytes: &[u8], mode: Mode) -> Result<E, Error> {
    let text = crate::decode(bytes)?;
    let document = crate::Document::parse(&text)?;
    read_element(document.root(), mode)
}
