//! Simple types: a built-in type and the facets that narrow it.

use crate::pattern::Pattern;
use crate::{BuiltIn, Error, Node, Rule, Schema};

/// The facets of a simple type, chained: `Facets::NONE.lengths(1, 35)`.
#[derive(Clone, Copy, Debug)]
pub struct Facets {
    /// `length`.
    pub length: Option<usize>,
    /// `minLength`.
    pub min_length: Option<usize>,
    /// `maxLength`.
    pub max_length: Option<usize>,
    /// `pattern`.
    pub pattern: Option<&'static str>,
    /// `enumeration`; empty = anything.
    pub enumeration: &'static [&'static str],
    /// `minInclusive`, as published.
    pub min: Option<&'static str>,
    /// `maxInclusive`, as published.
    pub max: Option<&'static str>,
}

impl Facets {
    /// No facet.
    pub const NONE: Self = Self {
        length: None,
        min_length: None,
        max_length: None,
        pattern: None,
        enumeration: &[],
        min: None,
        max: None,
    };

    /// Exactly this length.
    #[must_use]
    pub const fn length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// At least and at most these lengths.
    #[must_use]
    pub const fn lengths(mut self, least: usize, most: usize) -> Self {
        self.min_length = Some(least);
        self.max_length = Some(most);
        self
    }

    /// At most this length.
    #[must_use]
    pub const fn max_length(mut self, most: usize) -> Self {
        self.max_length = Some(most);
        self
    }

    /// The whole text matches this pattern of XML Schema.
    #[must_use]
    pub const fn pattern(mut self, pattern: &'static str) -> Self {
        self.pattern = Some(pattern);
        self
    }

    /// One of these values.
    #[must_use]
    pub const fn enumeration(mut self, values: &'static [&'static str]) -> Self {
        self.enumeration = values;
        self
    }

    /// Not below this number.
    #[must_use]
    pub const fn min(mut self, bound: &'static str) -> Self {
        self.min = Some(bound);
        self
    }

    /// Not above this number.
    #[must_use]
    pub const fn max(mut self, bound: &'static str) -> Self {
        self.max = Some(bound);
        self
    }
}

/// A named simple type.
#[derive(Debug)]
pub struct SimpleType {
    /// Its name in the schema.
    pub name: &'static str,
    /// The schema that declares it.
    pub schema: &'static Schema,
    /// The built-in type it restricts, such as `string`.
    pub base: &'static str,
    /// What it adds.
    pub facets: Facets,
    pattern: Option<Pattern>,
}

impl SimpleType {
    /// A restriction of the built-in type called `base`.
    #[must_use]
    pub const fn new(
        name: &'static str,
        schema: &'static Schema,
        base: &'static str,
        facets: Facets,
    ) -> Self {
        let pattern = match facets.pattern {
            Some(text) => Some(Pattern::new(text)),
            None => None,
        };
        Self { name, schema, base, facets, pattern }
    }

    /// Whether the pattern, if any, is one that this crate understands.
    #[must_use]
    pub fn pattern_compiles(&self) -> bool {
        self.pattern.as_ref().is_none_or(Pattern::compiles)
    }

    /// Reads a text already stripped of white space where the base collapses it.
    pub(crate) fn parse<B: BuiltIn>(&self, node: Node<'_>, text: &str) -> Result<B::Value, Error> {
        let facets = &self.facets;
        let broken = |rule| node.error(rule).with_value(text);
        if let Some(pattern) = &self.pattern
            && !pattern.matches(text)
        {
            return Err(broken(Rule::Pattern(pattern.text())));
        }
        let value = B::parse(text).map_err(broken)?;
        let (least, most) = match facets.length {
            Some(exact) => (exact, Some(exact)),
            None => (facets.min_length.unwrap_or(0), facets.max_length),
        };
        if least > 0 || most.is_some() {
            let found = B::length(&value);
            if found < least || most.is_some_and(|most| found > most) {
                return Err(broken(Rule::Length { least, most, found }));
            }
        }
        let number = B::number(&value);
        let listed = |v: &&str| match number {
            Some(number) => B::bound(v) == Some(number),
            None => *v == text,
        };
        if !facets.enumeration.is_empty() && !facets.enumeration.iter().any(listed) {
            return Err(broken(Rule::Enumeration(facets.enumeration)));
        }
        if let Some(number) = number {
            if let Some(min) = facets.min
                && B::bound(min).is_some_and(|bound| number < bound)
            {
                return Err(broken(Rule::Below(min)));
            }
            if let Some(max) = facets.max
                && B::bound(max).is_some_and(|bound| number > bound)
            {
                return Err(broken(Rule::Above(max)));
            }
        }
        Ok(value)
    }
}
