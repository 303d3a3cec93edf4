//! Rows made by hand: a source, a time, and the fields that matter.

use std::collections::BTreeMap;

use sekisho_core::model::Value;
use sekisho_core::testing::{Fed, Row};

/// Rows in the order they were made. Without a time of its own a row comes a second after the one before it.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub(crate) fed: Vec<Fed>,
    /// What log lines became.
    pub(crate) reached: Vec<Row>,
}

/// The row made last, to be filled.
#[derive(Debug)]
pub struct RowBuilder<'r> {
    fed: &'r mut Fed,
}

/// What a field can be set to.
pub trait Settable {
    /// It as a field's value.
    fn value(self) -> Value<'static>;
}

// === impl Rows ===

impl Rows {
    /// A row of a class, of `signal:<detector>/<name>` or of `finding:<detector>`.
    pub fn of(&mut self, source: &str) -> RowBuilder<'_> {
        let time = self.fed.last().map_or(0, |last| last.time.saturating_add(crate::time::SECOND));
        let number = self.fed.len() as u64;
        self.fed.push(Fed { source: source.into(), time, digest: number, origin: number, ..Fed::default() });
        let last = self.fed.len() - 1;
        RowBuilder { fed: &mut self.fed[last] }
    }

    /// Rows of JSON lines: `class` (or `source`), `time` as RFC 3339, and the fields, nested or by dotted paths.
    ///
    /// # Panics
    /// When a line is none of that, with its number: the case is wrong.
    pub fn from_lines(lines: &str) -> Self {
        let mut rows = Self::default();
        for (number, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = number + 1;
            let json: serde_json::Value = match serde_json::from_str(line) {
                Ok(json) => json,
                Err(error) => panic!("line {number}: {error}"),
            };
            let text = |name: &str| json.get(name).and_then(serde_json::Value::as_str);
            let Some((source, time)) = text("class").or(text("source")).zip(text("time")) else {
                panic!("line {number}: class and time are wanted");
            };
            rows.of(source).at(time);
            if let Some(fed) = rows.fed.last_mut() {
                flatten("", &json, &mut fed.fields);
            }
        }
        rows
    }

    /// The same rows, once more, each moved by nanoseconds.
    pub fn again(&mut self, nanos: i64) {
        for mut fed in self.fed.clone() {
            fed.time = fed.time.saturating_add(nanos);
            fed.origin = self.fed.len() as u64;
            fed.digest = fed.origin;
            self.fed.push(fed);
        }
    }
}

// === impl RowBuilder ===

impl RowBuilder<'_> {
    /// Its event time, as RFC 3339: `2025-10-01T19:31:00+09:00`.
    ///
    /// # Panics
    /// When it is no such time: the test is wrong.
    pub fn at(self, time: &str) -> Self {
        match parse(time) {
            Some(nanos) => self.at_nanos(nanos),
            None => panic!("{time} is no time such as 2025-10-01T19:31:00+09:00"),
        }
    }

    /// Its event time, nanoseconds since 1970 in UTC.
    pub fn at_nanos(self, nanos: i64) -> Self {
        self.fed.time = nanos;
        self
    }

    /// Sets a field by its path.
    pub fn set(self, path: &str, value: impl Settable) -> Self {
        self.fed.fields.insert(path.into(), value.value());
        self
    }
}

/// Fields by their dotted paths.
fn flatten(at: &str, json: &serde_json::Value, into: &mut BTreeMap<String, Value<'static>>) {
    use serde_json::Value as Json;
    let value = match json {
        Json::Object(fields) => {
            for (name, field) in fields {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                flatten(&path, field, into);
            }
            return;
        }
        Json::Null => return,
        Json::Bool(boolean) => Value::Boolean(*boolean),
        Json::String(text) => Value::Text(text.clone().into()),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => number.as_f64().map_or(Value::Null, Value::Real),
        },
        Json::Array(items) => {
            let integers: Option<Vec<i64>> = items.iter().map(Json::as_i64).collect();
            let texts = || items.iter().filter_map(Json::as_str).map(|text| text.to_owned().into()).collect();
            integers.filter(|integers| !integers.is_empty()).map_or_else(|| Value::Texts(texts()), Value::Integers)
        }
    };
    into.insert(at.to_owned(), value);
}

/// Nanoseconds since 1970 of an RFC 3339 time.
pub(crate) fn parse(time: &str) -> Option<i64> {
    let timestamp: jiff::Timestamp = time.parse().ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok()
}

macro_rules! settable {
    ($($ty:ty, $value:ident => $made:expr);* $(;)?) => {$(
        impl Settable for $ty {
            fn value(self) -> Value<'static> {
                let $value = self;
                $made
            }
        }
    )*};
}
settable! {
    &str, text => Value::Text(text.to_owned().into());
    String, text => Value::Text(text.into());
    i64, integer => Value::Integer(integer);
    f64, real => Value::Real(real);
    bool, boolean => Value::Boolean(boolean);
    &[&str], texts => Value::Texts(texts.iter().map(|text| (*text).to_owned().into()).collect());
    Vec<String>, texts => Value::Texts(texts.into_iter().map(Into::into).collect());
    Vec<i64>, integers => Value::Integers(integers);
}
