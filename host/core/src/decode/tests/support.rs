//! A decoder of some fields of all classes, and what it tells of a record.

use std::sync::Arc;

use crate::contract::Kind;
use crate::decode::{Decoded, Decoder, Rejected, SourceSettings};
use crate::enrich::Enrichment;
use crate::model::{Event, RawPartition, Record, Time, TimestampKind, Value};
use crate::schema::{CLASSES, Projection};

/// An event, copied.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub class: u32,
    pub time: Time,
    pub replaced: bool,
    pub index: u32,
    pub values: Vec<Value<'static>>,
}

/// Something to want of every class.
pub const ANY: &[(&str, Kind)] = &[("class_uid", Kind::Integer)];

pub const FALLBACK: Time = Time(1_700_000_000 * Time::SECOND);

pub fn record(value: &[u8]) -> Record<'_> {
    Record {
        from: RawPartition::default(),
        offset: 1,
        timestamp: None,
        timestamp_kind: TimestampKind::Create,
        arrival: Time::MAX,
        value,
    }
}

pub fn decoder(fields: &[(&str, Kind)], settings: SourceSettings) -> Decoder {
    let mut projection = Projection::default();
    for class in CLASSES {
        for (path, kind) in fields {
            projection.want(class.uid, path, *kind);
        }
    }
    Decoder::new(&projection, vec![settings], Arc::new(Enrichment::default())).unwrap()
}

pub fn run(decoder: &mut Decoder, value: &[u8]) -> (Result<Decoded, Rejected>, Vec<Seen>) {
    let mut seen = Vec::new();
    let result = decoder.decode(&record(value), FALLBACK, &mut |event: Event<'_>| {
        seen.push(Seen {
            class: event.class.0,
            time: event.time,
            replaced: event.time_replaced,
            index: event.index,
            values: event.values.into_iter().map(owned).collect(),
        });
    });
    (result, seen)
}

/// The texts of some paths of a record's only event; empty where they are null.
pub fn texts(record: &str, paths: &[&str]) -> (u32, Vec<String>) {
    let fields: Vec<_> = paths.iter().map(|path| (*path, Kind::Text)).collect();
    let (result, seen) = run(&mut decoder(&fields, SourceSettings::default()), record.as_bytes());
    result.unwrap();
    assert_eq!(seen.len(), 1, "{record}");
    let values = seen[0].values.iter().map(|value| value.as_text().unwrap_or_default().to_owned()).collect();
    (seen[0].class, values)
}

fn owned(value: Value<'_>) -> Value<'static> {
    match value {
        Value::Null => Value::Null,
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Integer(integer) => Value::Integer(integer),
        Value::Real(real) => Value::Real(real),
        Value::Boolean(truth) => Value::Boolean(truth),
        Value::Texts(texts) => Value::Texts(texts.into_iter().map(|text| text.into_owned().into()).collect()),
        Value::Integers(integers) => Value::Integers(integers),
    }
}
