//! Rows that detectors send each other: signals and findings, as they enter the exchange.

use std::borrow::Cow;

use xxhash_rust::xxh3::Xxh3;

use crate::contract::{Change, EntityKind, Finding, Scalar, Signal};
use crate::exchange::OriginTable;
use crate::model::{Origin, Value};
use crate::plan::Configured;

/// The origins that tokens name, each once, in their order.
pub fn cited(origins: &OriginTable, tokens: impl IntoIterator<Item = u64>) -> Vec<Origin> {
    let mut cited: Vec<_> = tokens.into_iter().filter_map(|token| origins.origin(token)).collect();
    cited.sort_unstable();
    cited.dedup();
    cited
}

/// The row of a signal: its fixed columns (`origins` is filled in by the shard that reads it), then its own fields.
pub fn signal_row<'a>(key: &'a [String], signal: &'a Signal) -> Vec<Value<'a>> {
    let own = signal.values.iter().map(|value| value.as_ref().map_or(Value::Null, scalar));
    [Value::Null, texts(key)].into_iter().chain(own).collect()
}

/// The row of a finding, in the order of [`crate::plan::FINDING_COLUMNS`].
pub fn finding_row<'a>(key: &'a [String], uid: &'a str, from: &'a Configured, finding: &'a Finding) -> Vec<Value<'a>> {
    let rule = from.plan.rules.get(finding.rule as usize);
    let named = |kind: EntityKind| {
        let named = finding.entities.iter().filter(|entity| entity.kind == kind);
        Value::Texts(named.map(|entity| Cow::Borrowed(entity.name.as_str())).collect())
    };
    let change = match finding.change {
        Change::Stands => "stands",
        Change::Closed => "closed",
        Change::Retracted => "retracted",
    };
    let techniques = rule.iter().flat_map(|rule| &rule.techniques);
    vec![
        Value::Null,
        texts(key),
        text(uid),
        text(rule.map_or("", |rule| &rule.id)),
        Value::Integer(finding.severity as i64),
        Value::Integer(i64::from(finding.confidence)),
        text(&finding.title),
        text(change),
        Value::Texts(techniques.map(|technique| Cow::Borrowed(technique.id.as_str())).collect()),
        named(EntityKind::User),
        named(EntityKind::Host),
        named(EntityKind::Address),
        Value::Integer(finding.since),
        Value::Integer(finding.until),
    ]
}

/// A digest of what a row says, so that rows of one time have one order wherever they are read. Where it came from does
/// not count: offsets differ from run to run.
pub fn row_digest(sender: &str, name: &str, time: i64, values: &[Value<'_>]) -> u64 {
    let mut hasher = Xxh3::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(sender.as_bytes());
    part(name.as_bytes());
    part(&time.to_le_bytes());
    for value in values {
        match value {
            Value::Null => part(b""),
            Value::Text(text) => part(text.as_bytes()),
            Value::Integer(integer) => part(&integer.to_le_bytes()),
            Value::Real(real) => part(&real.to_bits().to_le_bytes()),
            Value::Boolean(boolean) => part(&[u8::from(*boolean)]),
            Value::Texts(texts) => texts.iter().for_each(|text| part(text.as_bytes())),
            Value::Integers(integers) => integers.iter().for_each(|integer| part(&integer.to_le_bytes())),
        }
    }
    hasher.digest()
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn texts(texts: &[String]) -> Value<'_> {
    Value::Texts(texts.iter().map(|text| Cow::Borrowed(text.as_str())).collect())
}

fn scalar(scalar: &Scalar) -> Value<'_> {
    match scalar {
        Scalar::Text(value) => text(value),
        Scalar::Integer(integer) => Value::Integer(*integer),
        Scalar::Real(real) => Value::Real(*real),
        Scalar::Boolean(boolean) => Value::Boolean(*boolean),
        Scalar::Texts(values) => texts(values),
        Scalar::Integers(integers) => Value::Integers(integers.clone()),
    }
}
