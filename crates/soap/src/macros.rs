//! The declarations: one per type, from which all else comes.

/// Declares simple types: a built-in type narrowed by facets.
///
/// ```
/// # use soap::{simple, Facets, Schema, Text};
/// # static SCHEMA: Schema = Schema { namespace: "urn:x", prefix: "x", qualified: false, version: None };
/// simple! { in SCHEMA;
///     /// A text of 1 to 35 characters.
///     pub StText35 = "stText35": Text, Facets::NONE.lengths(1, 35);
/// }
/// ```
/// The value in Rust is that of the built-in type.
#[macro_export]
macro_rules! simple {
    (in $schema:path; $( $(#[$meta:meta])* $vis:vis $name:ident = $wire:literal : $base:ty, $facets:expr; )+) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        $vis enum $name {}

        impl $name {
            /// The declaration.
            #[must_use]
            pub fn simple_type() -> &'static $crate::SimpleType {
                static TYPE: $crate::SimpleType = $crate::SimpleType::new(
                    $wire,
                    &$schema,
                    <$base as $crate::BuiltIn>::XSD,
                    $facets,
                );
                &TYPE
            }
        }

        impl $crate::Codec for $name {
            type Value = <$base as $crate::BuiltIn>::Value;
            const FORGIVING: bool = <$base as $crate::BuiltIn>::FORGIVING;
            fn read(source: $crate::Source<'_>) -> Result<Self::Value, $crate::Error> {
                $crate::read_simple::<$base>(source, Some(Self::simple_type()))
            }
            fn write(value: &Self::Value, out: &mut $crate::Writer) {
                <$base as $crate::BuiltIn>::print(value, out);
            }
            fn describe() -> $crate::TypeRef {
                $crate::TypeRef::Simple(Self::simple_type())
            }
            fn absent() -> Option<Self::Value> {
                <$base as $crate::BuiltIn>::absent()
            }
            fn is_blank(value: &Self::Value) -> bool {
                <$base as $crate::BuiltIn>::is_blank(value)
            }
        }
    )+};
}

/// Declares enumerations: simple types whose texts are the variants of a Rust enum.
///
/// ```
/// # use soap::{enumeration, Schema};
/// # static SCHEMA: Schema = Schema { namespace: "urn:x", prefix: "x", qualified: false, version: None };
/// enumeration! { in SCHEMA;
///     /// How it went.
///     pub enum Outcome = "stOutcome" {
///         /// Well.
///         Ok = "OK",
///         /// Not well.
///         Ko = "KO",
///     }
/// }
/// ```
/// Further facets follow the name: `= "stOutcome", length(2)`.
#[macro_export]
macro_rules! enumeration {
    (in $schema:path; $(
        $(#[$meta:meta])*
        $vis:vis enum $name:ident = $wire:literal $(, $facet:ident($($value:literal),+))* {
            $( $(#[$vmeta:meta])* $variant:ident = $text:literal ),+ $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $vis enum $name {
            $( $(#[$vmeta])* $variant, )+
        }

        impl $name {
            /// All values, in the order declared.
            pub const ALL: &'static [Self] = &[$( Self::$variant ),+];

            /// The text on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text ),+ }
            }

            /// The value of a text.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $( $text => Some(Self::$variant), )+ _ => None }
            }

            /// The declaration.
            #[must_use]
            pub fn simple_type() -> &'static $crate::SimpleType {
                static TYPE: $crate::SimpleType = $crate::SimpleType::new(
                    $wire,
                    &$schema,
                    "string",
                    $crate::Facets::NONE.enumeration(&[$( $text ),+])$(.$facet($($value),+))*,
                );
                &TYPE
            }
        }

        impl $crate::Codec for $name {
            type Value = Self;
            const FORGIVING: bool = true;
            fn read(source: $crate::Source<'_>) -> Result<Self, $crate::Error> {
                let text = $crate::read_simple::<$crate::Text>(source, Some(Self::simple_type()))?;
                Self::from_text(&text).ok_or_else(|| {
                    let listed = Self::simple_type().facets.enumeration;
                    source.node.error($crate::Rule::Enumeration(listed)).with_value(&text)
                })
            }
            fn write(value: &Self, out: &mut $crate::Writer) {
                out.raw(value.as_str());
            }
            fn describe() -> $crate::TypeRef {
                $crate::TypeRef::Simple(Self::simple_type())
            }
        }
    )+};
}

/// Declares complex types as structs with public fields.
///
/// ```
/// # use soap::{complex, simple, Facets, Schema, Text};
/// # static SCHEMA: Schema = Schema { namespace: "urn:x", prefix: "x", qualified: false, version: None };
/// # simple! { in SCHEMA; /// t
/// #     pub StText35 = "stText35": Text, Facets::NONE.lengths(1, 35); }
/// complex! { in SCHEMA;
///     /// A body.
///     pub struct CtEnte: type "ctEnte" {
///         /// Its name.
///         name: one StText35 = "denominazione",
///     }
///     /// A request.
///     pub struct Request: element "request" {
///         /// Who asks.
///         by: opt StText35 = "by",
///         /// For whom.
///         entities: many[1..5] CtEnte = "ente",
///     }
/// }
/// ```
/// A field is `one`, `opt`, `nominal` (required by the schema, optional in Rust: see
/// [`Sequence::nominal`](crate::Sequence::nominal)), `many[least..most]`, `many[least..]` or
/// `choice` (then without a name). `default "…"` may follow the name.
#[macro_export]
macro_rules! complex {
    (in $schema:path; $(
        $(#[$meta:meta])*
        $vis:vis struct $name:ident : $($kind:ident $wire:literal),+ {
            $( $(#[$fmeta:meta])* $field:ident : $occurs:ident $([$least:literal .. $($most:literal)?])? $ty:path
               $(= $tag:literal $(default $default:literal)?)? ),* $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis struct $name {
            $( $(#[$fmeta])* pub $field: $crate::__rust_type!($occurs $ty), )*
        }

        impl $name {
            /// The declaration.
            #[must_use]
            pub fn complex_type() -> &'static $crate::ComplexType {
                static TYPE: $crate::ComplexType = $crate::ComplexType {
                    name: $crate::__type_name!($([$kind $wire])+),
                    schema: &$schema,
                    particles: &[
                        $( $crate::__particle!($occurs [$($least, $($most)?)?] $ty, [$($tag $(, $default)?)?]) ),*
                    ],
                };
                &TYPE
            }
        }

        impl $crate::Codec for $name {
            type Value = Self;
            fn read(source: $crate::Source<'_>) -> Result<Self, $crate::Error> {
                #[allow(unused_mut)]
                let mut sequence = $crate::Sequence::open(source, Self::complex_type())?;
                let value = Self {
                    $( $field: $crate::__read!(sequence, $occurs [$($least, $($most)?)?] $ty, [$($tag $(, $default)?)?])?, )*
                };
                sequence.close()?;
                Ok(value)
            }
            fn write(value: &Self, out: &mut $crate::Writer) {
                $( $crate::__write!(out, &value.$field, &$schema, $occurs $ty, [$($tag)?]); )*
            }
            fn describe() -> $crate::TypeRef {
                $crate::TypeRef::Complex(Self::complex_type())
            }
        }

        $( $crate::__element!($name, $schema, $kind $wire); )+
    )+};
}

/// Declares choices: enums of which one element occurs. Used by fields of `complex!`.
#[macro_export]
macro_rules! choice {
    (in $schema:path; $(
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$vmeta:meta])* $variant:ident($ty:path) = $tag:literal ),+ $(,)?
        }
    )+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name {
            $( $(#[$vmeta])* $variant(<$ty as $crate::Codec>::Value), )+
        }

        impl $crate::Choice for $name {
            fn options() -> &'static [$crate::LocalElement] {
                static OPTIONS: &[$crate::LocalElement] = &[
                    $( $crate::LocalElement {
                        name: $tag,
                        of: <$ty as $crate::Codec>::describe,
                        least: 1,
                        most: Some(1),
                        default: None,
                    } ),+
                ];
                OPTIONS
            }
            fn read(sequence: &mut $crate::Sequence<'_>) -> Result<Option<Self>, $crate::Error> {
                $( if let Some(value) = sequence.option::<$ty>($tag)? {
                    return Ok(Some(Self::$variant(value)));
                } )+
                Ok(None)
            }
            fn write(&self, out: &mut $crate::Writer) {
                match self { $( Self::$variant(value) => out.one::<$ty>(&$schema, $tag, value), )+ }
            }
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __rust_type {
    (one $ty:path) => { <$ty as $crate::Codec>::Value };
    (opt $ty:path) => { Option<<$ty as $crate::Codec>::Value> };
    (nominal $ty:path) => { Option<<$ty as $crate::Codec>::Value> };
    (many $ty:path) => { Vec<<$ty as $crate::Codec>::Value> };
    (choice $ty:path) => { $ty };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __type_name {
    ([type $name:literal] $($rest:tt)*) => { Some($name) };
    ([element $name:literal]) => { None };
    ([element $name:literal] $($rest:tt)+) => { $crate::__type_name!($($rest)+) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __element {
    ($name:ident, $schema:path, type $wire:literal) => {};
    ($name:ident, $schema:path, element $wire:literal) => {
        impl $crate::Element for $name {
            const ELEMENT: $crate::GlobalElement = $crate::GlobalElement {
                name: $wire,
                schema: &$schema,
                of: <$name as $crate::Codec>::describe,
            };
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __option {
    () => {
        None
    };
    ($value:literal) => {
        Some($value)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __particle {
    (one [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $crate::__particle!(@ $ty, $tag, 1, Some(1), $crate::__option!($($default)?))
    };
    (nominal [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $crate::__particle!(@ $ty, $tag, 1, Some(1), $crate::__option!($($default)?))
    };
    (opt [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $crate::__particle!(@ $ty, $tag, 0, Some(1), $crate::__option!($($default)?))
    };
    (many [$least:literal, $($most:literal)?] $ty:path, [$tag:literal]) => {
        $crate::__particle!(@ $ty, $tag, $least, $crate::__option!($($most)?), None)
    };
    (choice [] $ty:path, []) => {
        $crate::Particle::Choice(<$ty as $crate::Choice>::options)
    };
    (@ $ty:path, $tag:literal, $least:expr, $most:expr, $default:expr) => {
        $crate::Particle::Element($crate::LocalElement {
            name: $tag,
            of: <$ty as $crate::Codec>::describe,
            least: $least,
            most: $most,
            default: $default,
        })
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __read {
    ($sequence:ident, one [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $sequence.one::<$ty>($tag, $crate::__option!($($default)?))
    };
    ($sequence:ident, nominal [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $sequence.nominal::<$ty>($tag, $crate::__option!($($default)?))
    };
    ($sequence:ident, opt [] $ty:path, [$tag:literal $(, $default:literal)?]) => {
        $sequence.opt::<$ty>($tag, $crate::__option!($($default)?))
    };
    ($sequence:ident, many [$least:literal, $($most:literal)?] $ty:path, [$tag:literal]) => {
        $sequence.many::<$ty>($tag, $least, $crate::__option!($($most)?))
    };
    ($sequence:ident, choice [] $ty:path, []) => { $sequence.choice::<$ty>() };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __write {
    ($out:ident, $value:expr, $schema:expr, one $ty:path, [$tag:literal]) => {
        $out.one::<$ty>($schema, $tag, $value)
    };
    ($out:ident, $value:expr, $schema:expr, nominal $ty:path, [$tag:literal]) => {
        $out.opt::<$ty>($schema, $tag, $value)
    };
    ($out:ident, $value:expr, $schema:expr, opt $ty:path, [$tag:literal]) => {
        $out.opt::<$ty>($schema, $tag, $value)
    };
    ($out:ident, $value:expr, $schema:expr, many $ty:path, [$tag:literal]) => {
        $out.many::<$ty>($schema, $tag, $value)
    };
    ($out:ident, $value:expr, $schema:expr, choice $ty:path, []) => {
        $crate::Choice::write($value, $out)
    };
}
