//! The conditions that the host applies before a row is moved at all.
//!
//! A null fails every test, negated or not; texts are compared without regard to case.

use crate::bindings::{Condition, Test};

/// Every one of these holds: one alternative of a subscription.
pub fn all<const N: usize>(conditions: [Condition; N]) -> Vec<Condition> {
    conditions.into()
}

/// There is a value.
pub fn present(path: &str) -> Condition {
    of(path, Test::Present)
}

/// The integer is this one (for a boolean, 1 is true).
pub fn eq(path: &str, value: i64) -> Condition {
    of(path, Test::Equals(vec![value]))
}

/// The integer is one of these.
pub fn eq_any(path: &str, values: impl IntoIterator<Item = i64>) -> Condition {
    of(path, Test::Equals(values.into_iter().collect()))
}

/// The integer lies between these, both included.
pub fn between(path: &str, least: i64, most: i64) -> Condition {
    of(path, Test::Between((least, most)))
}

/// The integer has any of these bits.
pub fn mask(path: &str, bits: i64) -> Condition {
    of(path, Test::Mask(bits))
}

/// The text is one of these.
pub fn one_of<T: Into<String>>(path: &str, texts: impl IntoIterator<Item = T>) -> Condition {
    of(path, Test::OneOf(texts.into_iter().map(Into::into).collect()))
}

/// The text begins with one of these.
pub fn prefix<T: Into<String>>(path: &str, texts: impl IntoIterator<Item = T>) -> Condition {
    of(path, Test::Prefix(texts.into_iter().map(Into::into).collect()))
}

/// The text ends with one of these.
pub fn suffix<T: Into<String>>(path: &str, texts: impl IntoIterator<Item = T>) -> Condition {
    of(path, Test::Suffix(texts.into_iter().map(Into::into).collect()))
}

/// The text contains one of these.
pub fn contains<T: Into<String>>(path: &str, texts: impl IntoIterator<Item = T>) -> Condition {
    of(path, Test::Contains(texts.into_iter().map(Into::into).collect()))
}

/// The address lies in one of these zones of the operator's inventory.
pub fn zone<T: Into<String>>(path: &str, zones: impl IntoIterator<Item = T>) -> Condition {
    of(path, Test::Zone(zones.into_iter().map(Into::into).collect()))
}

/// The opposite of a test. (A null fails this too.)
pub fn not(condition: Condition) -> Condition {
    Condition { negated: !condition.negated, ..condition }
}

fn of(path: &str, test: Test) -> Condition {
    Condition { path: path.into(), negated: false, test }
}
