//! What an operator asks of the owner of a shard, as it stands on the control topic.
//!
//! A command is a record with the key `command/SHARD/ID`. The shard's owner serves it and writes its tombstone in the
//! transaction that holds its effect: so it is served once, whoever owns the shard and whatever is killed meanwhile.

use sekisho_core::model::{RawPartition, Record, ShardId, SourceId, Time, TimestampKind};
use sekisho_core::pipeline::{Asked, Retry, Worker};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "command/";

/// An operator's command to one shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Give a detector what it missed.
    Heal { detector: String },
    /// Give a detector a group again that it failed on.
    Retry(RetryGroup),
}

/// A group with the raw records that its rows rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryGroup {
    pub detector: String,
    pub key_space: String,
    pub key: Vec<String>,
    pub records: Vec<RawRecord>,
}

/// A raw record, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRecord {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    /// Of the events in it that are meant.
    pub indexes: Vec<u32>,
    /// Milliseconds.
    pub timestamp: Option<i64>,
    /// The timestamp is the broker's.
    #[serde(default)]
    pub appended: bool,
    pub value: Bytes,
}

/// Bytes that are shown as text where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Bytes {
    Text(String),
    Hex(String),
}

// === impl Command ===

impl Command {
    /// The key of a command to a shard; `id` is 16 hexadecimal digits that no other command has.
    pub fn key(shard: ShardId, id: &str) -> String {
        format!("{PREFIX}{}/{id}", shard.0)
    }

    /// Shard and id of a key, if it is a command's.
    pub fn parse_key(key: &[u8]) -> Option<(ShardId, &str)> {
        let (shard, id) = std::str::from_utf8(key).ok()?.strip_prefix(PREFIX)?.split_once('/')?;
        Some((ShardId(shard.parse().ok()?), id))
    }

    /// Gives the command to the shard of a worker.
    pub(super) fn serve(&self, worker: &mut Worker, shard: ShardId, id: &str) -> Asked {
        let group = match self {
            Self::Heal { detector } => return worker.heal(shard, detector),
            Self::Retry(group) => group,
        };
        let plan = worker.plan().clone();
        let bytes: Vec<_> = group.records.iter().map(|record| record.value.to_vec()).collect();
        let records = group.records.iter().zip(&bytes).filter_map(|(record, value)| {
            let source = plan.wants.sources.iter().position(|source| source.name == record.topic)?;
            Some((record.record(SourceId(source as u32), value), record.indexes.clone()))
        });
        let records = records.collect();
        let RetryGroup { detector, key_space, key, .. } = group;
        worker.retry(shard, &Retry { id, detector, key_space, key, records })
    }
}

// === impl RawRecord ===

impl RawRecord {
    fn record<'a>(&self, source: SourceId, value: &'a [u8]) -> Record<'a> {
        let timestamp = self.timestamp.map(Time::from_millis);
        let timestamp_kind = if self.appended { TimestampKind::LogAppend } else { TimestampKind::Create };
        // It was let in before; its arrival judges no clock any more.
        let arrival = Time::MAX;
        let from = RawPartition { source, partition: self.partition };
        Record { from, offset: self.offset, timestamp, timestamp_kind, arrival, value }
    }
}

// === impl Bytes ===

impl Bytes {
    pub fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
        }
    }

    /// The bytes; of digits that are none, those before.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Hex(digits) => {
                let pairs = digits.as_bytes().chunks_exact(2);
                pairs.map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_shard_and_command() {
        assert_eq!(Command::parse_key(Command::key(ShardId(7), "ab").as_bytes()), Some((ShardId(7), "ab")));
        assert_eq!(Command::parse_key(b"plan/ab"), None);
        assert_eq!(Command::parse_key(b"command/x/ab"), None);
    }

    #[test]
    fn bytes_come_back_whatever_they_are() {
        for bytes in [b"{}".to_vec(), "é".as_bytes().to_vec(), vec![0xff, 0, 1], Vec::new()] {
            assert_eq!(Bytes::of(&bytes).to_vec(), bytes);
        }
    }
}
