//! What one commit interval holds: everything that one Kafka transaction writes.

use crate::model::{Digest, Origin, ShardId, Time};
use crate::publish::Alert;

/// The outputs of one interval, in the order in which they are to be produced.
#[derive(Debug, Default)]
pub struct Interval {
    /// One record for each exchange partition that has something to be told.
    pub frames: Vec<(ShardId, Vec<u8>)>,
    /// Changelog records of `sekisho.state`, each to the partition of its shard; no value: a tombstone.
    pub changes: Vec<StateChange>,
    /// To `sekisho.alerts`, keyed by uid.
    pub alerts: Vec<Alert>,
    /// For each of them, when the oldest record was logged of the frames that led to it; [`Time::MAX`]: not known.
    pub alert_records: Vec<Time>,
    /// To `sekisho.dead-letters`.
    pub dead_letters: Vec<DeadLetter>,
    /// To `sekisho.coverage`: what some detector did not see.
    pub coverage: Vec<Coverage>,
    /// Why detectors did or did not find something, where the operator asked; shown, not published.
    pub notes: Vec<Explained>,
}

/// A note of a detector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    pub detector: String,
    pub key_space: String,
    pub key: Vec<String>,
    pub origin: Option<Origin>,
    pub text: String,
}

/// The last value of one key of a shard in this interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateChange {
    pub shard: ShardId,
    pub key: Vec<u8>,
    pub value: Option<Vec<u8>>,
}

/// Something that could not be handled, told whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The record's place; its rows' places where a detector failed on a group.
    pub origins: Vec<Origin>,
    /// From a closed set, such as `not-json` or `trap`.
    pub reason: String,
    /// For people: what was wrong and what to do.
    pub message: String,
    /// Byte of the fault in the record.
    pub at: Option<usize>,
    /// The shape that the record was taken for.
    pub shape: Option<String>,
    /// The detector that could not judge these rows, its key space and the group's key.
    pub detector: Option<Quarantined>,
    /// The record's bytes, or their head where they are too many for a letter (of a raw record that was rejected).
    pub value: Vec<u8>,
    /// How many bytes the record has, and their digest.
    pub length: usize,
    pub digest: Option<Digest>,
}

/// The group of a dead letter that a detector caused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    pub detector: String,
    pub key_space: String,
    pub key: Vec<String>,
}

/// A range that a detector did not see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub detector: String,
    pub shard: ShardId,
    /// From a closed set: `suspended`, `plan-does-not-cover`, `evicted`, `state-set-aside`, `no-state-reader`.
    pub reason: String,
    /// For people.
    pub message: String,
    /// Offsets of the exchange partition, both included.
    pub from_offset: i64,
    pub to_offset: i64,
    /// Rows of the range that the detector would have been given.
    pub rows: u64,
}
