//! A document as a small tree: names resolved, text unescaped, everything else refused.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesRef, Event};

use crate::{Error, Rule, text};

/// Bounds on a document, so that a hostile one costs little.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Nesting, the root being 1.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
    /// Attributes of one element, declarations of namespaces included.
    pub attributes: usize,
    /// Namespaces: different ones in the document, and declarations in force at one place.
    pub namespaces: usize,
    /// Bytes of a qualified name.
    pub name_bytes: usize,
}

impl Limits {
    /// The bounds used everywhere; the size of the text is bounded by who received it.
    pub const DEFAULT: Self =
        Self { depth: 64, elements: 200_000, attributes: 64, namespaces: 64, name_bytes: 256 };
}

const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";
const NONE: u32 = u32::MAX;

/// A parsed document; borrows its text.
#[derive(Debug)]
pub struct Document<'a> {
    nodes: Vec<Data<'a>>,
    attributes: Vec<AttributeData<'a>>,
    /// The first is "no namespace".
    namespaces: Vec<Cow<'a, str>>,
}

#[derive(Debug)]
struct Data<'a> {
    namespace: u16,
    local: &'a str,
    text: Cow<'a, str>,
    offset: usize,
    parent: u32,
    first_child: u32,
    last_child: u32,
    next: u32,
    attributes: std::ops::Range<u32>,
}

#[derive(Debug)]
struct AttributeData<'a> {
    namespace: u16,
    local: &'a str,
    value: Cow<'a, str>,
}

static EMPTY: Data<'static> = Data {
    namespace: 0,
    local: "",
    text: Cow::Borrowed(""),
    offset: 0,
    parent: NONE,
    first_child: NONE,
    last_child: NONE,
    next: NONE,
    attributes: 0..0,
};

impl<'a> Document<'a> {
    /// Parses a text within [`Limits::DEFAULT`].
    ///
    /// # Errors
    /// The rules of XML: not well-formed, DOCTYPE, entities, limits.
    pub fn parse(source: &'a str) -> Result<Self, Error> {
        Self::parse_within(source, Limits::DEFAULT)
    }

    /// Parses a text within other limits.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_within(source: &'a str, limits: Limits) -> Result<Self, Error> {
        Builder::new(source, limits).run()
    }

    /// The root element.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { document: self, data: self.nodes.first().unwrap_or(&EMPTY) }
    }

    fn node(&self, index: u32) -> Option<Node<'_>> {
        let data = self.nodes.get(index as usize)?;
        Some(Node { document: self, data })
    }

    fn namespace(&self, index: u16) -> &str {
        self.namespaces.get(usize::from(index)).map_or("", |n| n)
    }
}

/// An element of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    document: &'d Document<'d>,
    data: &'d Data<'d>,
}

impl<'d> Node<'d> {
    /// Local name.
    #[must_use]
    pub fn name(self) -> &'d str {
        self.data.local
    }

    /// Namespace; empty = none.
    #[must_use]
    pub fn namespace(self) -> &'d str {
        self.document.namespace(self.data.namespace)
    }

    /// Whether the element has this namespace (empty = none) and local name.
    #[must_use]
    pub fn is(self, namespace: &str, name: &str) -> bool {
        let right_namespace = match self.data.namespace {
            0 => namespace.is_empty(),
            _ => self.namespace() == namespace,
        };
        right_namespace && same(self.data.local, name)
    }

    /// `{namespace}name`, or the bare name where there is no namespace.
    #[must_use]
    pub fn qualified_name(self) -> String {
        qualified(self.namespace(), self.name())
    }

    /// The text directly within, references resolved, line ends normalised, not trimmed.
    #[must_use]
    pub fn text(self) -> &'d str {
        &self.data.text
    }

    /// The first child element.
    #[must_use]
    pub fn first_child(self) -> Option<Self> {
        self.document.node(self.data.first_child)
    }

    /// The next element of the same parent.
    #[must_use]
    pub fn next_sibling(self) -> Option<Self> {
        self.document.node(self.data.next)
    }

    /// The child elements in order.
    pub fn children(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.first_child(), |n| n.next_sibling())
    }

    /// The value of an attribute, references resolved.
    #[must_use]
    pub fn attribute(self, namespace: &str, name: &str) -> Option<&'d str> {
        self.attributes().find(|(ns, local, _)| *ns == namespace && *local == name).map(|a| a.2)
    }

    /// Attributes as (namespace, local name, value), without the declarations of namespaces.
    pub fn attributes(self) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        let range = self.data.attributes.start as usize..self.data.attributes.end as usize;
        let all = self.document.attributes.get(range).unwrap_or_default();
        all.iter().map(move |a| (self.document.namespace(a.namespace), a.local, a.value.as_ref()))
    }

    /// Bytes from the start of the text to the element's tag.
    #[must_use]
    pub fn offset(self) -> usize {
        self.data.offset
    }

    fn parent(self) -> Option<Self> {
        self.document.node(self.data.parent)
    }

    /// The names from the root to here, repeated ones numbered. A SOAP envelope is left out.
    #[must_use]
    pub fn path(self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(node) = at {
            if node.namespace() == crate::envelope::NAMESPACE {
                break;
            }
            steps.push(node.step());
            at = node.parent();
        }
        steps.reverse();
        steps.join("/")
    }

    fn step(self) -> String {
        let twin = |n: &Self| n.data.local == self.data.local && n.data.namespace == self.data.namespace;
        let mut position = 0;
        let mut count = 0;
        for sibling in self.parent().into_iter().flat_map(Self::children).filter(twin) {
            count += 1;
            if std::ptr::eq(sibling.data, self.data) {
                position = count;
            }
        }
        if count > 1 { format!("{}[{position}]", self.name()) } else { self.name().to_owned() }
    }

    /// An error here.
    #[must_use]
    pub fn error(self, rule: Rule) -> Error {
        Error::new(self.path(), rule, self.offset())
    }

    /// An error about a child that is not there, placed where this element begins.
    #[must_use]
    pub fn error_below(self, child: &str, rule: Rule) -> Error {
        Error::new(format!("{}/{child}", self.path()), rule, self.offset())
    }
}

/// Equality of short names. Reading is mostly this, and the general comparison (a call with masked
/// vector loads) took half of the time of a receipt where it was measured.
fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    a.iter().zip(b).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && a_rest.iter().zip(b_rest).all(|(a, b)| a == b)
}

/// `{namespace}name`, or the bare name where the namespace is empty.
pub(crate) fn qualified(namespace: &str, name: &str) -> String {
    if namespace.is_empty() { name.to_owned() } else { format!("{{{namespace}}}{name}") }
}

struct Builder<'a> {
    source: &'a str,
    limits: Limits,
    document: Document<'a>,
    /// Open elements, with how many bindings were in force before each.
    open: Vec<(u32, usize)>,
    /// Prefix (empty = default) and namespace, innermost last.
    bindings: Vec<(&'a str, u16)>,
    carriage_returns: bool,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str, limits: Limits) -> Self {
        let document = Document {
            nodes: Vec::with_capacity(source.len() / 48 + 4),
            attributes: Vec::new(),
            namespaces: vec![Cow::Borrowed(""), Cow::Borrowed(XML_NAMESPACE)],
        };
        Self {
            source,
            limits,
            document,
            open: Vec::with_capacity(16),
            bindings: vec![("xml", 1)],
            carriage_returns: source.contains('\r'),
        }
    }

    fn run(mut self) -> Result<Document<'a>, Error> {
        if let Some((offset, c)) = text::forbidden(self.source) {
            return Err(Error::new(String::new(), Rule::ForbiddenCharacter(u32::from(c)), offset));
        }
        let mut reader = Reader::from_str(self.source);
        reader.config_mut().check_comments = true;
        loop {
            let start = position(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(e) => {
                    let at = position(reader.error_position());
                    return Err(self.error(Rule::Malformed(e.to_string()), at));
                }
            };
            match event {
                Event::Start(tag) => {
                    let name = tag.name().into_inner().len();
                    self.element(start, name, position(reader.buffer_position()).saturating_sub(1))?;
                }
                Event::Empty(tag) => {
                    let name = tag.name().into_inner().len();
                    self.element(start, name, position(reader.buffer_position()).saturating_sub(2))?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(t) => {
                    let t = t.into_inner();
                    // A search for a string costs more than most texts are long.
                    if t.as_bytes().contains(&b'>') && t.contains("]]>") {
                        return Err(self.malformed("]]> nel testo", start));
                    }
                    self.text(t, start)?;
                }
                Event::CData(t) => {
                    if self.open.is_empty() {
                        return Err(self.malformed("CDATA fuori dall'elemento radice", start));
                    }
                    self.text(t.into_inner(), start)?;
                }
                Event::GeneralRef(reference) => {
                    if self.open.is_empty() {
                        return Err(self.malformed("riferimento fuori dall'elemento radice", start));
                    }
                    let c = self.reference(&reference, start)?;
                    self.append(|text| text.push(c));
                }
                Event::Decl(declaration) => {
                    if start != 0 {
                        return Err(self.malformed("dichiarazione XML non all'inizio", start));
                    }
                    if declaration.version().is_err() {
                        return Err(self.malformed("dichiarazione XML senza versione", start));
                    }
                }
                Event::DocType(_) => return Err(self.error(Rule::Doctype, start)),
                Event::Comment(_) => {}
                Event::PI(instruction) => {
                    if instruction.target().eq_ignore_ascii_case("xml") {
                        return Err(self.malformed("dichiarazione XML non all'inizio", start));
                    }
                }
                Event::Eof => break,
            }
        }
        if !self.open.is_empty() {
            return Err(self.malformed("elemento non chiuso", self.source.len()));
        }
        if self.document.nodes.is_empty() {
            return Err(self.malformed("nessun elemento", 0));
        }
        Ok(self.document)
    }

    fn element(&mut self, start: usize, name_len: usize, end: usize) -> Result<(), Error> {
        if self.open.is_empty() && !self.document.nodes.is_empty() {
            return Err(self.malformed("più di un elemento radice", start));
        }
        self.within("livelli di annidamento", self.open.len() + 1, self.limits.depth, start)?;
        self.within("elementi", self.document.nodes.len() + 1, self.limits.elements, start)?;
        self.within("byte di un nome", name_len, self.limits.name_bytes, start)?;
        let name_end = start + 1 + name_len;
        let name = self.source.get(start + 1..name_end).unwrap_or_default();
        let rest = self.source.get(name_end..end).unwrap_or_default();
        let bindings_before = self.bindings.len();
        let attributes = self.attributes(rest, start)?;
        let (prefix, local) = self.split(name, start)?;
        let namespace = self.resolve(prefix, start)?;

        let index = index(self.document.nodes.len());
        let parent = self.open.last().map_or(NONE, |(parent, _)| *parent);
        if let Some(data) = self.document.nodes.get_mut(parent as usize) {
            let last = data.last_child;
            data.last_child = index;
            if last == NONE {
                data.first_child = index;
                // The indentation before the first child is not text worth keeping.
                if text::trim(&data.text).is_empty() {
                    data.text = Cow::Borrowed("");
                }
            } else if let Some(previous) = self.document.nodes.get_mut(last as usize) {
                previous.next = index;
            }
        }
        self.document.nodes.push(Data {
            namespace,
            local,
            text: Cow::Borrowed(""),
            offset: start,
            parent,
            first_child: NONE,
            last_child: NONE,
            next: NONE,
            attributes,
        });
        self.open.push((index, bindings_before));
        Ok(())
    }

    fn close(&mut self) {
        if let Some((_, bindings)) = self.open.pop() {
            self.bindings.truncate(bindings);
        }
    }

    /// Records declarations of namespaces, then the other attributes.
    fn attributes(&mut self, raw: &'a str, start: usize) -> Result<std::ops::Range<u32>, Error> {
        let first = index(self.document.attributes.len());
        if text::trim(raw).is_empty() {
            return Ok(first..first);
        }
        let mut plain: Vec<(&'a str, &'a str, Cow<'a, str>)> = Vec::new();
        for (count, attribute) in Attributes::new(raw, 0).enumerate() {
            self.within("attributi", count + 1, self.limits.attributes, start)?;
            let attribute = attribute.map_err(|e| self.malformed(&e.to_string(), start))?;
            if !followed_by_space(raw, &attribute.value) {
                return Err(self.malformed("attributi non separati da uno spazio", start));
            }
            let key = attribute.key.into_inner();
            self.within("byte di un nome", key.len(), self.limits.name_bytes, start)?;
            let value = self.attribute_value(attribute.value, start)?;
            let (prefix, local) = self.split(key, start)?;
            match (prefix, local) {
                ("", "xmlns") => self.bind("", value, start)?,
                ("xmlns", prefix) => self.bind(prefix, value, start)?,
                _ => plain.push((prefix, local, value)),
            }
        }
        for (prefix, local, value) in plain {
            let namespace = if prefix.is_empty() { 0 } else { self.resolve(prefix, start)? };
            let twice = self.document.attributes.iter().skip(first as usize);
            if twice.into_iter().any(|a| a.namespace == namespace && a.local == local) {
                return Err(self.malformed("attributo ripetuto", start));
            }
            self.document.attributes.push(AttributeData { namespace, local, value });
        }
        Ok(first..index(self.document.attributes.len()))
    }

    fn attribute_value(&self, raw: Cow<'a, str>, start: usize) -> Result<Cow<'a, str>, Error> {
        if raw.contains('<') {
            return Err(self.malformed("< nel valore di un attributo", start));
        }
        if !raw.contains(['&', '\t', '\n', '\r']) {
            return Ok(raw);
        }
        let plain = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        let value = unescape(&plain).map_err(|e| self.malformed(&e.to_string(), start))?;
        match value.chars().find(|c| !text::allowed(*c)) {
            Some(c) => Err(self.error(Rule::ForbiddenCharacter(u32::from(c)), start)),
            None => Ok(Cow::Owned(value.into_owned())),
        }
    }

    fn bind(&mut self, prefix: &'a str, uri: Cow<'a, str>, start: usize) -> Result<(), Error> {
        let reserved = prefix == "xmlns"
            || (prefix == "xml") != (uri == XML_NAMESPACE)
            || uri == XMLNS_NAMESPACE
            || (uri.is_empty() && !prefix.is_empty());
        if reserved {
            return Err(self.malformed("dichiarazione di namespace non valida", start));
        }
        let namespace = match self.document.namespaces.iter().position(|n| *n == uri) {
            Some(known) => known,
            None => {
                self.document.namespaces.push(uri);
                self.document.namespaces.len() - 1
            }
        };
        let most = self.limits.namespaces;
        // Two are there from the start: "no namespace" and that of the prefix xml.
        self.within("namespace", self.document.namespaces.len().saturating_sub(2), most, start)?;
        self.within("dichiarazioni di namespace", self.bindings.len(), most, start)?;
        self.bindings.push((prefix, u16::try_from(namespace).unwrap_or(0)));
        Ok(())
    }

    /// (prefix, local) of a name; the prefix is empty when there is none.
    fn split(&self, name: &'a str, start: usize) -> Result<(&'a str, &'a str), Error> {
        if text::is_name(name) {
            return Ok(("", name));
        }
        match name.split_once(':') {
            Some((prefix, local)) if text::is_name(prefix) && text::is_name(local) => Ok((prefix, local)),
            _ => Err(self.malformed("nome non valido", start)),
        }
    }

    fn resolve(&self, prefix: &str, start: usize) -> Result<u16, Error> {
        match self.bindings.iter().rev().find(|(bound, _)| *bound == prefix) {
            Some((_, namespace)) => Ok(*namespace),
            None if prefix.is_empty() => Ok(0),
            None => Err(self.malformed(&format!("prefisso {prefix} non dichiarato"), start)),
        }
    }

    fn text(&mut self, raw: Cow<'a, str>, start: usize) -> Result<(), Error> {
        if self.open.is_empty() {
            return if text::trim(&raw).is_empty() {
                Ok(())
            } else {
                Err(self.malformed("testo fuori dall'elemento radice", start))
            };
        }
        let raw = if self.carriage_returns && raw.contains('\r') {
            Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            raw
        };
        let Some(data) = self.current() else { return Ok(()) };
        if data.first_child != NONE && text::trim(&raw).is_empty() {
            return Ok(());
        }
        if data.text.is_empty() {
            data.text = raw;
        } else {
            data.text.to_mut().push_str(&raw);
        }
        Ok(())
    }

    fn append(&mut self, add: impl FnOnce(&mut String)) {
        if let Some(data) = self.current() {
            add(data.text.to_mut());
        }
    }

    fn current(&mut self) -> Option<&mut Data<'a>> {
        let (index, _) = *self.open.last()?;
        self.document.nodes.get_mut(index as usize)
    }

    fn reference(&self, reference: &BytesRef<'_>, start: usize) -> Result<char, Error> {
        match reference.resolve_char_ref() {
            Ok(Some(c)) if text::allowed(c) => Ok(c),
            Ok(Some(c)) => Err(self.error(Rule::ForbiddenCharacter(u32::from(c)), start)),
            Ok(None) => match &**reference {
                "lt" => Ok('<'),
                "gt" => Ok('>'),
                "amp" => Ok('&'),
                "quot" => Ok('"'),
                "apos" => Ok('\''),
                other => Err(self.error(Rule::Entity(other.chars().take(64).collect()), start)),
            },
            Err(e) => Err(self.malformed(&e.to_string(), start)),
        }
    }

    fn within(&self, what: &'static str, found: usize, most: usize, at: usize) -> Result<(), Error> {
        if found <= most { Ok(()) } else { Err(self.error(Rule::Limit { what, most }, at)) }
    }

    fn malformed(&self, detail: &str, offset: usize) -> Error {
        self.error(Rule::Malformed(detail.to_owned()), offset)
    }

    fn error(&self, rule: Rule, offset: usize) -> Error {
        let path = self
            .open
            .last()
            .and_then(|(index, _)| self.document.node(*index))
            .map(Node::path)
            .unwrap_or_default();
        Error::new(path, rule, offset)
    }
}

/// Whether white space or the end follows the closing quote of a value; the tokenizer lets two
/// attributes touch.
fn followed_by_space(raw: &str, value: &str) -> bool {
    let quote = (value.as_ptr() as usize).wrapping_sub(raw.as_ptr() as usize) + value.len();
    raw.as_bytes().get(quote + 1).is_none_or(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// Elements and attributes are bounded far below `u32::MAX` by [`Limits`].
fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(NONE)
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
