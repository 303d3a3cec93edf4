//! What tests of dialects share: decode one record, compare what was told.

use std::sync::Arc;

use crate::contract::Kind;
use crate::decode::{Decoder, SourceSettings};
use crate::enrich::Enrichment;
use crate::model::{RawPartition, Record, Time, TimestampKind, Value};
use crate::schema::{ClassUid, Projection};

/// What one record told.
#[derive(Debug)]
pub struct Told {
    /// None: it told no time.
    pub time: Option<Time>,
    pub activity: i64,
    pub name: String,
}

pub fn t(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

pub const fn n(number: i64) -> Value<'static> {
    Value::Integer(number)
}

/// Decodes a record that must be one event of a class with these values at these paths.
pub fn tell(line: &str, class: u32, expected: &[(&str, Value<'_>)]) -> Told {
    tell_in(line, None, class, expected)
}

/// The same with a time zone for local times.
pub fn tell_in(line: &str, time_zone: Option<&str>, class: u32, expected: &[(&str, Value<'_>)]) -> Told {
    let class = ClassUid(class);
    let mut projection = Projection::default();
    projection.want(class, "activity_id", Kind::Integer);
    projection.want(class, "activity_name", Kind::Text);
    let places: Vec<usize> = expected.iter().map(|(path, value)| projection.want(class, path, kind(value))).collect();
    let settings = SourceSettings { shape: None, time_zone: time_zone.map(str::to_owned) };
    let mut decoder = Decoder::new(&projection, vec![settings], Arc::new(Enrichment::default())).unwrap();
    let record = Record {
        from: RawPartition::default(),
        offset: 1,
        timestamp: None,
        timestamp_kind: TimestampKind::Create,
        arrival: Time::MAX,
        value: line.as_bytes(),
    };
    let mut told = None;
    let decoded = decoder.decode(&record, Time(7), &mut |event| {
        for ((path, value), place) in expected.iter().zip(&places) {
            assert_eq!(event.values[*place], *value, "{path} of {line}");
        }
        told = Some(Told {
            time: (!event.time_replaced).then_some(event.time),
            activity: event.values[0].as_integer().unwrap(),
            name: event.values[1].as_text().unwrap_or_default().to_owned(),
        });
    });
    told.unwrap_or_else(|| panic!("no event of class {} but {decoded:?} came of {line}", class.0))
}

fn kind(value: &Value<'_>) -> Kind {
    match value {
        Value::Null | Value::Text(_) => Kind::Text,
        Value::Integer(_) => Kind::Integer,
        Value::Real(_) => Kind::Real,
        Value::Boolean(_) => Kind::Boolean,
        Value::Texts(_) => Kind::Texts,
        Value::Integers(_) => Kind::Integers,
    }
}
