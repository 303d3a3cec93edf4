//! Rows made by hand: a source, a time, and the fields that matter.

use sekisho_core::model::Value;
use sekisho_core::testing::Fed;

/// Rows in the order they were made. Without a time of its own a row comes a second after the one before it.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub(crate) fed: Vec<Fed>,
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
