//! Schemas printed from the declarations.

use std::collections::BTreeMap;

use crate::{
    ComplexType, Facets, LocalElement, Locations, Particle, Schema, SchemaFile, SimpleType, TypeRef, Writer,
};

/// Prints a schema file. `all` are the files that share its types: one declared in this schema but
/// used only from another is printed too.
#[must_use]
pub fn print(file: &SchemaFile, all: &[SchemaFile], locations: Locations<'_>) -> String {
    let mut out = Tags::document();
    schema_element(&mut out, file, all, locations);
    out.finish()
}

pub(crate) fn schema_element(
    out: &mut Tags,
    file: &SchemaFile,
    all: &[SchemaFile],
    locations: Locations<'_>,
) {
    let schema = file.schema;
    let found = Types::of(schema, all);
    let prefix = format!("xmlns:{}", schema.prefix);
    let used: Vec<(String, &Schema)> =
        found.foreign.values().map(|s| (format!("xmlns:{}", s.prefix), *s)).collect();
    let mut attributes = vec![
        ("xmlns:xs", "http://www.w3.org/2001/XMLSchema"),
        (prefix.as_str(), schema.namespace),
        ("targetNamespace", schema.namespace),
        ("elementFormDefault", if schema.qualified { "qualified" } else { "unqualified" }),
        ("attributeFormDefault", "unqualified"),
    ];
    attributes.extend(schema.version.map(|version| ("version", version)));
    attributes.extend(used.iter().map(|(name, s)| (name.as_str(), s.namespace)));
    out.open("xs:schema", &attributes);
    for (_, foreign) in &used {
        let located = all.iter().find(|f| f.schema == *foreign).and_then(|f| f.file);
        let location = located.map(|file| locations.of(file));
        let mut attributes = vec![("namespace", foreign.namespace)];
        attributes.extend(location.as_deref().map(|location| ("schemaLocation", location)));
        out.empty("xs:import", &attributes);
    }
    for simple in found.simple.values() {
        simple_type(out, simple);
    }
    for complex in found.complex.values() {
        complex_type(out, complex);
    }
    for element in file.elements {
        match type_name((element.of)()) {
            Some(name) => out.empty("xs:element", &[("name", element.name), ("type", &name)]),
            None => {
                out.open("xs:element", &[("name", element.name)]);
                if let TypeRef::Complex(complex) = (element.of)() {
                    complex_type(out, complex);
                }
                out.close("xs:element");
            }
        }
    }
    out.close("xs:schema");
}

/// The named types of one schema, by name, and the other schemas that they use.
struct Types {
    schema: &'static Schema,
    simple: BTreeMap<&'static str, &'static SimpleType>,
    complex: BTreeMap<&'static str, &'static ComplexType>,
    foreign: BTreeMap<&'static str, &'static Schema>,
}

impl Types {
    fn of(schema: &'static Schema, all: &[SchemaFile]) -> Self {
        let (simple, complex, foreign) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut types = Self { schema, simple, complex, foreign };
        for file in all {
            for element in file.elements {
                types.visit((element.of)(), element.schema);
            }
        }
        types
    }

    /// Records a type used by something in the schema `user`.
    fn visit(&mut self, used: TypeRef, user: &'static Schema) {
        let home = match used {
            TypeRef::BuiltIn(_) => return,
            TypeRef::Simple(simple) => simple.schema,
            TypeRef::Complex(complex) => complex.schema,
        };
        if user == self.schema && home != user {
            self.foreign.insert(home.prefix, home);
        }
        match used {
            TypeRef::Simple(simple) if home == self.schema => {
                self.simple.insert(simple.name, simple);
            }
            TypeRef::Complex(complex) => {
                if let Some(name) = complex.name.filter(|_| home == self.schema)
                    && self.complex.insert(name, complex).is_some()
                {
                    return;
                }
                for element in elements(complex) {
                    self.visit((element.of)(), home);
                }
            }
            TypeRef::Simple(_) | TypeRef::BuiltIn(_) => {}
        }
    }
}

fn elements(complex: &'static ComplexType) -> impl Iterator<Item = &'static LocalElement> {
    complex.particles.iter().flat_map(|particle| match particle {
        Particle::Element(element) => std::slice::from_ref(element),
        Particle::Choice(options) => options(),
    })
}

fn type_name(of: TypeRef) -> Option<String> {
    match of {
        TypeRef::BuiltIn(name) => Some(format!("xs:{name}")),
        TypeRef::Simple(simple) => Some(format!("{}:{}", simple.schema.prefix, simple.name)),
        TypeRef::Complex(complex) => complex.name.map(|name| format!("{}:{name}", complex.schema.prefix)),
    }
}

fn simple_type(out: &mut Tags, simple: &SimpleType) {
    out.open("xs:simpleType", &[("name", simple.name)]);
    let base = format!("xs:{}", simple.base);
    out.open("xs:restriction", &[("base", &base)]);
    let Facets { length, min_length, max_length, pattern, enumeration, min, max } = &simple.facets;
    let lengths = [("xs:length", length), ("xs:minLength", min_length), ("xs:maxLength", max_length)];
    for (tag, length) in lengths {
        if let Some(length) = length {
            out.empty(tag, &[("value", &length.to_string())]);
        }
    }
    if let Some(pattern) = pattern {
        out.empty("xs:pattern", &[("value", pattern)]);
    }
    for value in *enumeration {
        out.empty("xs:enumeration", &[("value", value)]);
    }
    for (tag, bound) in [("xs:minInclusive", min), ("xs:maxInclusive", max)] {
        if let Some(bound) = bound {
            out.empty(tag, &[("value", bound)]);
        }
    }
    out.close("xs:restriction");
    out.close("xs:simpleType");
}

fn complex_type(out: &mut Tags, complex: &'static ComplexType) {
    let name = complex.name.map(|name| ("name", name));
    out.open("xs:complexType", name.as_slice());
    out.open("xs:sequence", &[]);
    for particle in complex.particles {
        match particle {
            Particle::Element(element) => local_element(out, element),
            Particle::Choice(options) => {
                out.open("xs:choice", &[]);
                for option in options() {
                    local_element(out, option);
                }
                out.close("xs:choice");
            }
        }
    }
    out.close("xs:sequence");
    out.close("xs:complexType");
}

fn local_element(out: &mut Tags, element: &LocalElement) {
    let least = element.least.to_string();
    let most = element.most.map_or_else(|| "unbounded".to_owned(), |most| most.to_string());
    let of = type_name((element.of)());
    let mut attributes = vec![("name", element.name)];
    attributes.extend(of.as_deref().map(|of| ("type", of)));
    if least != "1" {
        attributes.push(("minOccurs", &least));
    }
    if most != "1" {
        attributes.push(("maxOccurs", &most));
    }
    attributes.extend(element.default.map(|default| ("default", default)));
    match (element.of)() {
        TypeRef::Complex(complex) if complex.name.is_none() => {
            out.open("xs:element", &attributes);
            complex_type(out, complex);
            out.close("xs:element");
        }
        _ => out.empty("xs:element", &attributes),
    }
}

/// Indented markup.
pub(crate) struct Tags {
    out: Writer,
    depth: usize,
}

impl Tags {
    pub(crate) fn document() -> Self {
        let mut out = Writer::with_capacity(16 * 1024);
        out.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Self { out, depth: 0 }
    }

    pub(crate) fn open(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes, ">\n");
        self.depth += 1;
    }

    pub(crate) fn empty(&mut self, tag: &str, attributes: &[(&str, &str)]) {
        self.tag(tag, attributes, "/>\n");
    }

    pub(crate) fn close(&mut self, tag: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.indent();
        self.out.display(format_args!("</{tag}>\n"));
    }

    pub(crate) fn finish(self) -> String {
        self.out.finish()
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.out.raw("  ");
        }
    }

    fn tag(&mut self, tag: &str, attributes: &[(&str, &str)], end: &str) {
        self.indent();
        self.out.display(format_args!("<{tag}"));
        for (name, value) in attributes {
            self.out.display(format_args!(" {name}=\""));
            self.out.attribute(value);
            self.out.raw("\"");
        }
        self.out.raw(end);
    }
}
