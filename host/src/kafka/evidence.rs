//! `sekisho evidence UID`: from an alert back to the raw records that it rests on, while the topics have them.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use serde_json::Value;

use super::changelog::{is_passing, read_all};
use super::client::{Isolation, REQUEST_TIMEOUT};
use super::config::Config;
use super::connect::{ConnectError, Reader, connect, reader};
use super::failure::Failure;
use super::shutdown::Shutdown;
use super::topics::{TopicError, Topics, raw_partitions};

/// A record is waited for this long after its topic said that it has it.
const PATIENCE: Duration = Duration::from_secs(10);

/// An alert with the raw records that its last revision cites.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceOf {
    /// The alert's last revision, as published.
    pub alert: Value,
    /// What it cites, in the alert's order, each place once.
    pub records: Vec<Cited>,
}

/// A place that an alert cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cited {
    /// The raw topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The record's offset.
    pub offset: i64,
    /// The record, or why there is none.
    pub found: Result<RawRecord, String>,
}

/// A raw record as it is in its topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// Milliseconds since 1970, as its broker or forwarder wrote it.
    pub millis: Option<i64>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// Why there is no evidence to show.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// No broker can be worked with.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The alerts' topic is not there.
    #[error(transparent)]
    Topics(#[from] TopicError),
    /// The alert is not on its topic (any more).
    #[error("no alert {uid} on topic {topic}")]
    NoAlert {
        /// What was looked for.
        uid: String,
        /// Where.
        topic: String,
    },
    /// Reading failed.
    #[error("{0}")]
    Read(#[from] Failure),
}

/// Finds the last revision of an alert and fetches the records that it cites.
///
/// # Errors
/// See [`EvidenceError`]; a record that is gone is no error but told in its place.
pub fn evidence(config: &Config, uid: &str, shutdown: &Shutdown) -> Result<EvidenceOf, EvidenceError> {
    let uncommitted = connect(config, shutdown)?;
    let topic = Topics::of(config).alerts;
    let alert = last_revision(config, &uncommitted, &topic, uid)?
        .ok_or_else(|| EvidenceError::NoAlert { uid: uid.to_owned(), topic })?;
    let committed = reader(config, Isolation::Committed)?;
    let records = places(&alert)
        .into_iter()
        .map(|(topic, partition, offset)| {
            let found = fetch(&committed, &topic, partition, offset);
            Cited { topic, partition, offset, found }
        })
        .collect();
    Ok(EvidenceOf { alert, records })
}

fn last_revision(
    config: &Config,
    uncommitted: &Reader,
    topic: &str,
    uid: &str,
) -> Result<Option<Value>, EvidenceError> {
    let partitions = raw_partitions(uncommitted, &[topic.to_owned()])?[0];
    let mut last = None;
    // One uid is in one partition, but whoever wrote the topic before us may have divided it otherwise.
    for partition in 0..partitions as i32 {
        read_all(config, uncommitted, (topic, partition), |key, value| {
            if key == uid.as_bytes() {
                last = value.and_then(|value| serde_json::from_slice(value).ok()).or(last.take());
            }
        })?;
    }
    Ok(last)
}

/// Every `origin` with topic, partition and offset, wherever it stands in the alert.
fn places(alert: &Value) -> Vec<(String, i32, i64)> {
    fn walk(value: &Value, found: &mut Vec<(String, i32, i64)>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("origin").and_then(place).filter(|place| !found.contains(place)));
                fields.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    fn place(origin: &Value) -> Option<(String, i32, i64)> {
        let partition = i32::try_from(origin.get("partition")?.as_i64()?).ok()?;
        Some((origin.get("topic")?.as_str()?.to_owned(), partition, origin.get("offset")?.as_i64()?))
    }
    let mut found = Vec::new();
    walk(alert, &mut found);
    found
}

fn fetch(reader: &Reader, topic: &str, partition: i32, offset: i64) -> Result<RawRecord, String> {
    let (low, high) = reader
        .fetch_watermarks(topic, partition, REQUEST_TIMEOUT)
        .map_err(|error| format!("can't be read: {error}"))?;
    if !(low..high).contains(&offset) {
        return Err(format!("is gone: the topic holds offsets {low} to {high}"));
    }
    let mut from = TopicPartitionList::new();
    from.add_partition_offset(topic, partition, Offset::Offset(offset))
        .and_then(|()| reader.assign(&from))
        .map_err(|error| format!("can't be read: {error}"))?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match reader.poll(Duration::from_millis(200)) {
            Some(Ok(message)) if message.offset() == offset => {
                return Ok(RawRecord {
                    millis: message.timestamp().to_millis(),
                    key: message.key().map(<[u8]>::to_vec),
                    value: message.payload().unwrap_or_default().to_vec(),
                });
            }
            Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => return Err("is gone: it was compacted away".to_owned()),
            Some(Err(error)) if !is_passing(&error) => return Err(format!("can't be read: {error}")),
            Some(Err(_)) | None => {}
        }
    }
    Err(format!("did not come within {PATIENCE:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_an_alert_cites_is_found_once() {
        let alert = serde_json::json!({"evidences": [
            {"data": {"origin": {"topic": "logs", "partition": 1, "offset": 7}}},
            {"data": {"origin": {"topic": "logs", "partition": 1, "offset": 7}, "seen": {"user": "x"}}},
            {"data": {"origin": {"file": "a.json", "line": 3}}},
            {"data": {"origin": {"topic": "dns", "partition": 0, "offset": 9}}},
        ]});
        assert_eq!(places(&alert), [("logs".to_owned(), 1, 7), ("dns".to_owned(), 0, 9)]);
    }
}
