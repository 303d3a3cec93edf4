//! A Kafka record as read, or a line of a file.

use super::{RawPartition, Time};

/// One record of a raw topic, borrowed from the client that read it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    pub from: RawPartition,
    /// Offset in the partition, or line of the file counted from 1.
    pub offset: i64,
    pub timestamp: Option<Time>,
    pub timestamp_kind: TimestampKind,
    /// No record of a log is later than this: the broker's time where the topic has LogAppendTime, else the reader's
    /// clock. `Time::MAX` where nobody knows (`replay`).
    pub arrival: Time,
    pub value: &'a [u8],
}

/// Who wrote a record's timestamp.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimestampKind {
    /// The forwarder; it can be wrong by any amount.
    #[default]
    Create,
    /// The broker.
    LogAppend,
}
