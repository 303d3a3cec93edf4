//! The partitions that a worker owns: each has a queue of its own, so that exchange and raw can be read apart.
//!
//! Raw is held back by not reading its queues. Pausing would throw away what was fetched already.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::BaseConsumer;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::{Message, Offset};
use sekisho_core::model::{RawPartition, ShardId};

use super::changelog::is_passing;
use super::failure::Failure;
use super::group::{GroupContext, Place};

/// An owned partition: where it stands, and where it stood at the last commit.
pub(super) struct Lane<Id> {
    pub id: Id,
    pub place: Place,
    queue: PartitionQueue<GroupContext>,
    /// The group's offset; none: it never had one.
    committed: Option<i64>,
    /// Where reading began, and where an abort goes back to.
    saved: i64,
    /// Offset of the next record.
    next: i64,
    /// Read to its end, and nothing came since.
    drained: bool,
    /// Something was written to it that was not read yet.
    owed: bool,
    /// Time of the last record, in milliseconds: what keeps a backlog in step.
    pub millis: i64,
    /// When idleness was told last.
    pub told_idle: Option<Instant>,
    /// What was committed beside the offset, for the next owner.
    pub remembered: Option<String>,
}

pub(super) type RawLane = Lane<RawPartition>;
pub(super) type ShardLane = Lane<ShardId>;

// === impl Lane ===

impl<Id> Lane<Id> {
    /// Splits the partition's queue off. To be called before the partition is assigned, so that no record goes astray.
    pub fn open(
        consumer: &Arc<BaseConsumer<GroupContext>>,
        id: Id,
        place: Place,
        (committed, start): (Option<i64>, i64),
    ) -> Result<Self, Failure> {
        let mut queue = consumer
            .split_partition_queue(&place.0, place.1)
            .ok_or_else(|| Failure::Rebuild(format!("{}/{} has no queue", place.0, place.1)))?;
        let worker = thread::current();
        queue.set_nonempty_callback(move || worker.unpark());
        Ok(Self {
            id,
            place,
            queue,
            committed,
            saved: start,
            next: start,
            drained: false,
            owed: false,
            millis: i64::MIN,
            told_idle: None,
            remembered: None,
        })
    }

    /// Takes up to `limit` records that are there, as long as `take` wants more; answers how many.
    pub fn read(
        &mut self,
        limit: usize,
        mut take: impl FnMut(&Id, &BorrowedMessage<'_>) -> Result<bool, Failure>,
    ) -> Result<usize, Failure> {
        for count in 0..limit {
            match self.queue.poll(Duration::ZERO) {
                None => return Ok(count),
                Some(Ok(message)) => {
                    (self.drained, self.owed) = (false, false);
                    self.next = message.offset() + 1;
                    self.millis = message.timestamp().to_millis().unwrap_or(self.millis);
                    if !take(&self.id, &message)? {
                        return Ok(count + 1);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    self.drained = true;
                    return Ok(count);
                }
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => return Err(self.failed(&error)),
            }
        }
        Ok(limit)
    }

    fn failed(&self, error: &KafkaError) -> Failure {
        let (topic, partition) = &self.place;
        match error.rdkafka_error_code() {
            // Records may be gone that were not read. Or we slept while another member read them, they were deleted, and we
            // hear of that before we hear that the partition is not ours. The group's offset tells, at the next start.
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                Failure::Rebuild(format!("{topic}/{partition} does not hold offset {}", self.next))
            }
            _ => Failure::outside(&format!("read {topic}/{partition} at offset {}", self.next), error),
        }
    }

    /// Whether it was read to its end and nothing came since.
    pub fn is_drained(&self) -> bool {
        self.drained
    }

    /// Something was written to it: it is not at its end, though nothing of it was seen yet.
    pub fn expect_more(&mut self) {
        (self.drained, self.owed) = (false, true);
    }

    /// Whether what was written to it last has yet to come.
    pub fn is_owed(&self) -> bool {
        self.owed
    }

    /// Whether this interval read of it.
    pub fn moved(&self) -> bool {
        self.next != self.saved
    }

    /// Whether the group has an offset of it.
    pub fn has_offset(&self) -> bool {
        self.committed.is_some()
    }

    /// Offset of the next record.
    pub fn position(&self) -> i64 {
        self.next
    }

    /// Where an abort goes back to.
    pub fn saved(&self) -> i64 {
        self.saved
    }

    /// The position was committed.
    pub fn commit(&mut self) {
        self.committed = Some(self.next);
        self.saved = self.next;
    }

    /// Goes back to the last commit; answers where the client must go too, if anywhere.
    pub fn abort(&mut self) -> Option<(&Place, Offset)> {
        let moved = self.moved();
        self.next = self.saved;
        self.drained &= !moved;
        moved.then_some((&self.place, Offset::Offset(self.saved)))
    }
}
