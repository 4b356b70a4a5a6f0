//! What a declaration says, as data: from it errors are worded and XSD and WSDL printed.

use crate::SimpleType;

/// A schema: one target namespace.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// Target namespace.
    pub namespace: &'static str,
    /// The prefix that we write for it.
    pub prefix: &'static str,
    /// `elementFormDefault`: whether the children of its types are in the namespace.
    pub qualified: bool,
    /// The attribute `version` of the schema, where the original has one.
    pub version: Option<&'static str>,
}

impl Schema {
    /// The namespace of the children of its types; empty = none.
    #[must_use]
    pub const fn local_namespace(&self) -> &'static str {
        if self.qualified { self.namespace } else { "" }
    }
}

/// A reference to a type.
#[derive(Clone, Copy, Debug)]
pub enum TypeRef {
    /// A type of XML Schema itself.
    BuiltIn(&'static str),
    /// A restriction of one.
    Simple(&'static SimpleType),
    /// A sequence of elements.
    Complex(&'static ComplexType),
}

/// A type with children.
#[derive(Debug)]
pub struct ComplexType {
    /// Its name; `None` = anonymous, within the global element that has it.
    pub name: Option<&'static str>,
    /// The schema that declares it.
    pub schema: &'static Schema,
    /// Its sequence.
    pub particles: &'static [Particle],
}

impl ComplexType {
    /// The position of a child in the sequence.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.particles.iter().position(|particle| match particle {
            Particle::Element(element) => element.name == name,
            Particle::Choice(options) => options().iter().any(|option| option.name == name),
        })
    }
}

/// One step of a sequence.
#[derive(Debug)]
pub enum Particle {
    /// An element.
    Element(LocalElement),
    /// Exactly one of several.
    Choice(fn() -> &'static [LocalElement]),
}

/// An element within a type.
#[derive(Debug)]
pub struct LocalElement {
    /// Local name.
    pub name: &'static str,
    /// Its type.
    pub of: fn() -> TypeRef,
    /// `minOccurs`.
    pub least: usize,
    /// `maxOccurs`; `None` = unbounded.
    pub most: Option<usize>,
    /// `default`.
    pub default: Option<&'static str>,
}

/// A global element: what may be the root of a document, of a header block, of a body.
#[derive(Clone, Copy, Debug)]
pub struct GlobalElement {
    /// Local name.
    pub name: &'static str,
    /// Its schema.
    pub schema: &'static Schema,
    /// Its type.
    pub of: fn() -> TypeRef,
}

impl GlobalElement {
    /// `{namespace}name`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        crate::tree::qualified(self.schema.namespace, self.name)
    }
}

/// The global elements of a schema, published as one file.
#[derive(Debug)]
pub struct SchemaFile {
    /// File name, also the value of `?xsd=`; `None` = written within the WSDL.
    pub file: Option<&'static str>,
    /// The schema.
    pub schema: &'static Schema,
    /// Its global elements, in the order to print.
    pub elements: &'static [GlobalElement],
}
