//! The built-in types of XML Schema that the contracts use, and their Rust values.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use jiff::civil;
use model::Cents;

use crate::{Codec, DateTime, Error, Mode, Rule, SimpleType, Source, TypeRef, Writer, text};

/// A built-in type: how its text is read and written.
pub trait BuiltIn {
    /// The value in Rust.
    type Value;
    /// Name in XML Schema.
    const XSD: &'static str;
    /// Whether white space around the text is not part of the value (all but `string`).
    const COLLAPSES: bool = true;
    /// In lenient reading, whether an optional element with an unreadable text counts as absent.
    const FORGIVING: bool = true;

    /// Reads a text.
    ///
    /// # Errors
    /// The rule broken.
    fn parse(text: &str) -> Result<Self::Value, Rule>;
    /// Reads a text as the Java binding of MyPay does (`mypay-soap.md` §1.1).
    ///
    /// # Errors
    /// The rule broken.
    fn parse_leniently(text: &str) -> Result<Self::Value, Rule> {
        Self::parse(text)
    }
    /// Appends the text of a value.
    fn print(value: &Self::Value, out: &mut Writer);
    /// What stands for a missing required element in lenient reading.
    fn absent() -> Option<Self::Value> {
        None
    }
    /// Whether an optional element with this value is left out.
    fn is_blank(_value: &Self::Value) -> bool {
        false
    }
    /// The value without the white space around it, where it can have some.
    fn trimmed(value: Self::Value) -> Self::Value {
        value
    }
    /// For the facets of length.
    fn length(_value: &Self::Value) -> usize {
        0
    }
    /// For the facets of range and for enumerations of numbers.
    fn number(_value: &Self::Value) -> Option<i64> {
        None
    }
    /// A bound in the unit of [`BuiltIn::number`].
    fn bound(_text: &str) -> Option<i64> {
        None
    }
}

/// Reads an element of a simple type.
///
/// # Errors
/// The rule broken, with path and value.
pub fn read<B: BuiltIn>(source: Source<'_>, narrowed: Option<&SimpleType>) -> Result<B::Value, Error> {
    let Source { node, mode, default } = source;
    if mode != Mode::Lenient {
        if let Some(child) = node.first_child() {
            return Err(child.error(Rule::Children));
        }
        source.check_attributes()?;
    }
    let raw = match default {
        Some(default) if node.text().is_empty() => default,
        _ => node.text(),
    };
    let text = if B::COLLAPSES || mode == Mode::Lenient { text::trim(raw) } else { raw };
    let value = match (mode, narrowed) {
        (Mode::Lenient, _) => {
            let text = if text.is_empty() { default.unwrap_or(text) } else { text };
            B::parse_leniently(text).map_err(|rule| node.error(rule).with_value(text))
        }
        (_, Some(narrowed)) => narrowed.parse::<B>(node, text),
        (_, None) => B::parse(text).map_err(|rule| node.error(rule).with_value(text)),
    }?;
    Ok(if mode == Mode::Document { B::trimmed(value) } else { value })
}

macro_rules! codec_of_built_in {
    ($($name:ident),+) => {$(
        impl Codec for $name {
            type Value = <Self as BuiltIn>::Value;
            const FORGIVING: bool = <Self as BuiltIn>::FORGIVING;
            fn read(source: Source<'_>) -> Result<Self::Value, Error> {
                read::<Self>(source, None)
            }
            fn write(value: &Self::Value, out: &mut Writer) {
                Self::print(value, out);
            }
            fn describe() -> TypeRef {
                TypeRef::BuiltIn(Self::XSD)
            }
            fn absent() -> Option<Self::Value> {
                <Self as BuiltIn>::absent()
            }
            fn is_blank(value: &Self::Value) -> bool {
                <Self as BuiltIn>::is_blank(value)
            }
        }
    )+};
}
codec_of_built_in!(Text, Amount, Int, Integer, Bool, Date, Moment, Base64);

/// `string`.
#[derive(Debug)]
pub enum Text {}

impl BuiltIn for Text {
    type Value = String;
    const XSD: &'static str = "string";
    const COLLAPSES: bool = false;
    fn parse(text: &str) -> Result<String, Rule> {
        Ok(text.to_owned())
    }
    fn print(value: &String, out: &mut Writer) {
        out.text(value);
    }
    fn absent() -> Option<String> {
        Some(String::new())
    }
    fn is_blank(value: &String) -> bool {
        value.is_empty()
    }
    fn trimmed(value: String) -> String {
        let kept = text::trim(&value);
        if kept.len() == value.len() { value } else { kept.to_owned() }
    }
    fn length(value: &String) -> usize {
        value.chars().count()
    }
}

/// `decimal` as an amount of euro with exactly two decimals.
#[derive(Debug)]
pub enum Amount {}

impl BuiltIn for Amount {
    type Value = Cents;
    const XSD: &'static str = "decimal";
    fn parse(text: &str) -> Result<Cents, Rule> {
        let (euro, cents) = text.split_once('.').ok_or(Rule::Type("decimal"))?;
        if cents.len() == 2 { amount(euro, cents) } else { Err(Rule::Type("decimal")) }
    }
    fn parse_leniently(text: &str) -> Result<Cents, Rule> {
        let (euro, cents) = text.split_once('.').unwrap_or((text, "00"));
        let kept = match cents.trim_end_matches('0') {
            "" => "00",
            _ => cents,
        };
        match kept.len() {
            1 => amount(euro, &format!("{kept}0")),
            2 => amount(euro, kept),
            _ => Err(Rule::Type("decimal")),
        }
    }
    fn print(value: &Cents, out: &mut Writer) {
        let cents = value.get();
        out.display(format_args!("{}.{:02}", cents / 100, cents % 100));
    }
    fn number(value: &Cents) -> Option<i64> {
        Some(value.get())
    }
    fn bound(text: &str) -> Option<i64> {
        Self::parse(text).ok().map(Cents::get)
    }
}

fn amount(euro: &str, cents: &str) -> Result<Cents, Rule> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(euro) || !digits(cents) {
        return Err(Rule::Type("decimal"));
    }
    // Only digits are left, so what does not fit is too large.
    let parse = |part: &str| part.parse::<i64>().ok();
    let total = parse(euro).and_then(|e| e.checked_mul(100)).zip(parse(cents));
    total
        .and_then(|(euro, cents)| euro.checked_add(cents))
        .and_then(|total| Cents::new(total).ok())
        .ok_or(Rule::Above("999999999.99"))
}

fn whole(text: &str, xsd: &'static str) -> Result<i64, Rule> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Rule::Type(xsd));
    }
    text.parse().map_err(|_| Rule::Type(xsd))
}

/// `int`: 32 bits.
#[derive(Debug)]
pub enum Int {}

impl BuiltIn for Int {
    type Value = i32;
    const XSD: &'static str = "int";
    fn parse(text: &str) -> Result<i32, Rule> {
        i32::try_from(whole(text, Self::XSD)?).map_err(|_| Rule::Type(Self::XSD))
    }
    fn print(value: &i32, out: &mut Writer) {
        out.display(format_args!("{value}"));
    }
    fn number(value: &i32) -> Option<i64> {
        Some(i64::from(*value))
    }
    fn bound(text: &str) -> Option<i64> {
        text.parse().ok()
    }
}

/// `integer`, as far as 64 bits go.
#[derive(Debug)]
pub enum Integer {}

impl BuiltIn for Integer {
    type Value = i64;
    const XSD: &'static str = "integer";
    fn parse(text: &str) -> Result<i64, Rule> {
        whole(text, Self::XSD)
    }
    fn print(value: &i64, out: &mut Writer) {
        out.display(format_args!("{value}"));
    }
    fn number(value: &i64) -> Option<i64> {
        Some(*value)
    }
    fn bound(text: &str) -> Option<i64> {
        text.parse().ok()
    }
}

/// `boolean`: `true`, `false`, `1`, `0`.
#[derive(Debug)]
pub enum Bool {}

impl BuiltIn for Bool {
    type Value = bool;
    const XSD: &'static str = "boolean";
    fn parse(text: &str) -> Result<bool, Rule> {
        match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Rule::Type(Self::XSD)),
        }
    }
    fn print(value: &bool, out: &mut Writer) {
        out.raw(if *value { "true" } else { "false" });
    }
    fn absent() -> Option<bool> {
        Some(false)
    }
}

/// `date`. An offset is accepted and dropped: the contracts mean the day as written.
#[derive(Debug)]
pub enum Date {}

impl BuiltIn for Date {
    type Value = civil::Date;
    const XSD: &'static str = "date";
    fn parse(text: &str) -> Result<civil::Date, Rule> {
        crate::datetime::parse_date(text).ok_or(Rule::Type(Self::XSD))
    }
    fn parse_leniently(text: &str) -> Result<civil::Date, Rule> {
        // The Java binding also takes a dateTime where a date is due.
        let day = text.split_once('T').map_or(text, |(day, _)| day);
        Self::parse(text).or_else(|_| Self::parse(day))
    }
    fn print(value: &civil::Date, out: &mut Writer) {
        out.display(format_args!("{:04}-{:02}-{:02}", value.year(), value.month(), value.day()));
    }
}

/// `dateTime`.
#[derive(Debug)]
pub enum Moment {}

impl BuiltIn for Moment {
    type Value = DateTime;
    const XSD: &'static str = "dateTime";
    fn parse(text: &str) -> Result<DateTime, Rule> {
        DateTime::parse(text).ok_or(Rule::Type(Self::XSD))
    }
    fn parse_leniently(text: &str) -> Result<DateTime, Rule> {
        // The Java binding also takes a date where a dateTime is due: midnight.
        let midnight = || crate::datetime::parse_date(text).map(|day| DateTime::local(day.at(0, 0, 0, 0)));
        DateTime::parse(text).or_else(midnight).ok_or(Rule::Type(Self::XSD))
    }
    fn print(value: &DateTime, out: &mut Writer) {
        out.display(format_args!("{value}"));
    }
}

/// `base64Binary`: the bytes.
#[derive(Debug)]
pub enum Base64 {}

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl BuiltIn for Base64 {
    type Value = Vec<u8>;
    const XSD: &'static str = "base64Binary";
    /// Losing a document silently would turn a mistake of the sender into another one.
    const FORGIVING: bool = false;
    fn parse(text: &str) -> Result<Vec<u8>, Rule> {
        decode_base64(text, &STANDARD)
    }
    fn parse_leniently(text: &str) -> Result<Vec<u8>, Rule> {
        decode_base64(text, &FORGIVING)
    }
    fn print(value: &Vec<u8>, out: &mut Writer) {
        out.base64(value);
    }
    fn absent() -> Option<Vec<u8>> {
        Some(Vec::new())
    }
    fn is_blank(value: &Vec<u8>) -> bool {
        value.is_empty()
    }
    fn length(value: &Vec<u8>) -> usize {
        value.len()
    }
}

fn decode_base64(text: &str, engine: &GeneralPurpose) -> Result<Vec<u8>, Rule> {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    let decoded = if text.as_bytes().iter().any(blank) {
        let dense: Vec<u8> = text.bytes().filter(|b| !blank(b)).collect();
        engine.decode(dense)
    } else {
        engine.decode(text)
    };
    decoded.map_err(|_| Rule::Type(Base64::XSD))
}
