//! A value as a record holds it, before anybody knows what it should be.

use std::borrow::Cow;

/// A source value. Texts are borrowed from the record where it holds them unescaped.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Raw<'a> {
    /// The record has no such field.
    #[default]
    Absent,
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    List(Vec<Raw<'a>>),
    /// An object: there, but no value.
    Object,
}

// === impl Raw ===

impl Raw<'_> {
    /// A text that outlives the record.
    pub const fn word(text: &'static str) -> Raw<'static> {
        Raw::Text(Cow::Borrowed(text))
    }

    pub fn owned(text: String) -> Raw<'static> {
        Raw::Text(Cow::Owned(text))
    }

    /// The field is there and says something: neither null nor one of the ways in which logs write nothing.
    pub fn says(&self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            // Most texts begin with a letter or digit: those say something.
            Self::Text(text) => {
                text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) || !matches!(text.trim(), "" | "-")
            }
            Self::List(items) => !items.is_empty(),
            _ => true,
        }
    }

    /// The field is there, whatever it holds.
    pub fn exists(&self) -> bool {
        !matches!(self, Self::Absent | Self::Null)
    }

    /// The text of a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A text, or a number or boolean as one.
    pub fn to_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Integer(integer) => Some(Cow::Owned(integer.to_string())),
            Self::Real(real) => Some(Cow::Owned(real.to_string())),
            Self::Boolean(truth) => Some(Cow::Borrowed(if *truth { "true" } else { "false" })),
            Self::List(items) if items.len() == 1 => items[0].to_text(),
            _ => None,
        }
    }

    /// An integer, or what reads as one: decimal or `0x…` text, a whole real, a boolean.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            Self::Boolean(truth) => Some(i64::from(*truth)),
            Self::Real(real) => whole(*real),
            Self::Text(text) => integer(text),
            Self::List(items) if items.len() == 1 => items[0].integer(),
            _ => None,
        }
    }

    pub fn real(&self) -> Option<f64> {
        match self {
            Self::Real(real) => Some(*real),
            Self::Text(text) => text.trim().parse().ok().filter(|real: &f64| real.is_finite()),
            other => other.integer().map(|integer| integer as f64),
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Boolean(truth) => Some(*truth),
            Self::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" | "t" => Some(true),
                "false" | "no" | "0" | "f" => Some(false),
                _ => None,
            },
            other => match other.integer()? {
                0 => Some(false),
                1 => Some(true),
                _ => None,
            },
        }
    }

    /// The same value, borrowed.
    pub fn borrow(&self) -> Raw<'_> {
        match self {
            Self::Absent => Raw::Absent,
            Self::Null => Raw::Null,
            Self::Boolean(truth) => Raw::Boolean(*truth),
            Self::Integer(integer) => Raw::Integer(*integer),
            Self::Real(real) => Raw::Real(*real),
            Self::Text(text) => Raw::Text(Cow::Borrowed(text)),
            Self::List(items) => Raw::List(items.iter().map(Raw::borrow).collect()),
            Self::Object => Raw::Object,
        }
    }
}

/// A whole number that a real holds exactly.
fn whole(real: f64) -> Option<i64> {
    (real.fract() == 0.0 && real.abs() < 9.0e18).then_some(real as i64)
}

/// Decimal or `0x…` text as an integer; hexadecimal beyond 2^63 wraps, since it is a mask.
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(digits, 16).ok().map(u64::cast_signed);
    }
    text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
}
