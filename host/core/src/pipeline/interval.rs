//! What one commit interval holds: everything that one Kafka transaction writes.

use crate::model::{Digest, Origin, RawPartition, ShardId, Time};
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
    /// To `sekisho.coverage`: what some detector did not see; what is told of a range again supersedes what was.
    pub coverage: Vec<Coverage>,
    /// To `sekisho.late`, where the operator wants copies.
    pub late: Vec<LateRow>,
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

/// A row that came behind what its subscription tolerates. The detector was given it, marked as late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateRow {
    pub detector: String,
    pub key_space: String,
    pub key: Vec<String>,
    /// What the subscription reads: an event class, a signal, a finding.
    pub source: String,
    pub time: Time,
    /// Where the key space's watermark stood.
    pub watermark: Time,
    /// Where the row came from.
    pub origins: Vec<Origin>,
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
    /// Whose owner can be asked to try again.
    pub shard: ShardId,
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
    /// Offsets of the exchange partition, both included. A range that is told again has the same first one.
    pub from_offset: i64,
    pub to_offset: i64,
    /// Rows of the range that the detector would have been given.
    pub rows: u64,
    pub status: Status,
    /// The owner's clock when it began, where it has one.
    pub since: Option<Time>,
    /// The raw records that the rows rest on: first and last offset of each partition.
    pub raw: Vec<(RawPartition, i64, i64)>,
}

/// What became of a range that a detector did not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// It is still growing.
    Open,
    /// It is over, and stays unseen unless it is healed.
    #[default]
    Closed,
    /// The detector has seen it by now.
    Healed,
    /// The exchange does not have it any more: it can't be healed from there.
    Lost,
}

// === impl Status ===

impl Status {
    /// As it stands on the coverage topic.
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Healed => "healed",
            Self::Lost => "lost",
        }
    }
}
