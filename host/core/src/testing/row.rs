//! Rows without a pipeline: an event as a map of paths, and what the subscriptions of one plan make of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::contract::{DetectorPlan, Kind, Subscription};
use crate::model::Value;
use crate::plan::{Compiled, Zones};

/// One event, signal or finding as a map of its fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fed {
    /// As a subscription names it: `authentication`, `signal:self/<name>`, …
    pub source: String,
    /// Nanoseconds.
    pub time: i64,
    /// Orders events of one time.
    pub digest: u64,
    pub index: u32,
    pub origin: u64,
    pub fields: BTreeMap<String, Value<'static>>,
}

/// One row as a subscription of the plan gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub subscription: u32,
    pub key: Vec<String>,
    pub time: i64,
    pub digest: u64,
    pub index: u32,
    pub origin: u64,
    /// In the order of the subscription's fields.
    pub values: Vec<Value<'static>>,
}

/// The rows that the plan's subscriptions make of an event: one for each key that it has.
pub fn route(plan: &DetectorPlan, fed: &Fed, zones: &dyn Zones) -> Vec<Row> {
    let readers = plan.subscriptions.iter().enumerate().filter(|(_, subscription)| subscription.source == fed.source);
    readers.filter(|(_, reader)| wanted(reader, fed, zones)).flat_map(|(at, reader)| rows(at, reader, fed)).collect()
}

fn wanted(reader: &Subscription, fed: &Fed, zones: &dyn Zones) -> bool {
    let mut values = Vec::new();
    let mut any = Vec::new();
    for all in &reader.where_ {
        let mut checks = Vec::new();
        for condition in all {
            checks.push((values.len(), condition.negated, &condition.test));
            values.push(fed.fields.get(&condition.path).cloned().unwrap_or_default());
        }
        any.push(checks);
    }
    Compiled::new(any).holds(&values.as_slice(), zones)
}

fn rows(at: usize, reader: &Subscription, fed: &Fed) -> Vec<Row> {
    let mut keys = vec![Vec::new()];
    for path in &reader.key {
        let parts = parts(fed.fields.get(path));
        keys = keys
            .iter()
            .flat_map(|key| parts.iter().map(|part| [key.as_slice(), std::slice::from_ref(part)].concat()))
            .collect();
    }
    let values: Vec<_> = reader.fields.iter().map(|field| of_kind(fed.fields.get(&field.path), field.kind)).collect();
    let subscription = u32::try_from(at).unwrap_or(u32::MAX);
    let (time, digest, index, origin) = (fed.time, fed.digest, fed.index, fed.origin);
    keys.into_iter().map(|key| Row { subscription, key, time, digest, index, origin, values: values.clone() }).collect()
}

/// The values that a field gives a key.
fn parts(value: Option<&Value<'static>>) -> Vec<String> {
    match value {
        Some(Value::Text(text)) => vec![text.to_string()],
        Some(Value::Integer(integer)) => vec![integer.to_string()],
        Some(Value::Boolean(boolean)) => vec![boolean.to_string()],
        Some(Value::Texts(texts)) => texts.iter().map(Cow::to_string).collect(),
        Some(Value::Integers(integers)) => integers.iter().map(i64::to_string).collect(),
        None | Some(Value::Null | Value::Real(_)) => Vec::new(),
    }
}

/// The value if it is of the wanted kind, as a column holds it.
fn of_kind(value: Option<&Value<'static>>, kind: Kind) -> Value<'static> {
    let fits = matches!(
        (value, kind),
        (Some(Value::Text(_)), Kind::Text)
            | (Some(Value::Integer(_)), Kind::Integer)
            | (Some(Value::Real(_)), Kind::Real)
            | (Some(Value::Boolean(_)), Kind::Boolean)
            | (Some(Value::Texts(_)), Kind::Texts)
            | (Some(Value::Integers(_)), Kind::Integers)
    );
    value.filter(|_| fits).cloned().unwrap_or_default()
}
