//! A normalised log entry.

use std::borrow::Cow;

use super::Time;
use crate::schema::ClassUid;

/// One normalised log entry: an OCSF class and the wanted ones of its fields.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    pub class: ClassUid,
    pub time: Time,
    /// The log's own time was missing, unreadable or absurd: `time` is the record's (or the previous one's).
    pub time_replaced: bool,
    /// XXH3-64 of the record's value: orders events of one time the same way wherever they are read.
    pub digest: u64,
    /// Position in a record that packs several events.
    pub index: u32,
    /// One for each field of the class's projection, in its order.
    pub values: Vec<Value<'a>>,
}

/// What is known of an event before any of its fields.
#[derive(Clone, Copy, Debug)]
pub struct EventHead {
    pub class: ClassUid,
    pub time: Time,
    /// As in [`Event`].
    pub time_replaced: bool,
    pub digest: u64,
    pub index: u32,
}

/// The values of a row. Some may be worked out only when they are asked for: most events are wanted by nobody, and a
/// condition or two tells.
pub trait Values {
    fn columns(&self) -> usize;

    /// The value of a column; null beyond the last.
    fn value(&self, column: usize) -> &Value<'_>;
}

/// A value of one of the contract's kinds, or none.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value<'a> {
    #[default]
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Texts(Vec<Cow<'a, str>>),
    Integers(Vec<i64>),
}

// === impl Event ===

impl Event<'_> {
    pub fn head(&self) -> EventHead {
        let Self { class, time, time_replaced, digest, index, .. } = *self;
        EventHead { class, time, time_replaced, digest, index }
    }
}

impl Values for &[Value<'_>] {
    fn columns(&self) -> usize {
        self.len()
    }

    fn value(&self, column: usize) -> &Value<'_> {
        self.get(column).unwrap_or(Value::NULL)
    }
}

// === impl Value ===

impl Value<'_> {
    /// What stands where nothing does.
    pub const NULL: &'static Value<'static> = &Value::Null;

    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(*integer),
            _ => None,
        }
    }
}
