//! Reads one partition whole: from its beginning to where it ends now, in steps, waiting out open transactions.
//!
//! The end is the high watermark as a `read_uncommitted` client sees it. A reader of committed records alone is told of
//! the last *stable* offset as the end, which an open transaction holds back (KAFKA-10167); and records can't be counted,
//! since control records and compaction take offsets away.

use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use super::client::{Isolation, REQUEST_TIMEOUT};
use super::config::Config;
use super::connect::{Reader, ends, reader};
use super::failure::Failure;

/// An open transaction that is waited for is told after this long.
const TELL_AFTER: Duration = Duration::from_secs(3);
/// By then the coordinator must have ended it. One that it has forgotten is ended by an operator alone.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// A partition that is being read to its end.
pub struct Changelog {
    topic: String,
    partition: i32,
    /// In whose name it is read, as far as rights go.
    group: String,
    reader: Reader,
    /// What must be readable before reading begins: the high watermark at the start.
    target: i64,
    stage: Stage,
    begun: Instant,
    /// When a wait for an open transaction is told next.
    tell_at: Duration,
    records: u64,
    /// Offset behind the last record that was read.
    read: i64,
}

/// `Waiting → Reading → Done`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Until the last stable offset has come to the target. Only then is the first end of partition that a reader is
    /// told of surely behind the target.
    Waiting,
    Reading,
    Done,
}

/// How far a reading has come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// All is read.
    pub done: bool,
    /// Records handed over so far.
    pub records: u64,
    /// The part that is read, 0 to 1, by offsets: where compaction took most of them away it runs ahead in steps.
    pub part: f64,
}

// === impl Changelog ===

impl Changelog {
    /// Takes the high watermark as of now. Ask for the group's offset before. An empty partition is read as well: whether we
    /// may read it is to be known now, not when a shard is to be restored in haste.
    ///
    /// # Errors
    /// When the broker does not answer.
    pub fn open(config: &Config, uncommitted: &Reader, topic: &str, partition: i32) -> Result<Self, Failure> {
        let (_, target) = ends(uncommitted, topic, partition)
            .map_err(|error| Failure::outside(&format!("ask for the end of {topic}/{partition}"), &error))?;
        let reader = reader(config, Isolation::Committed).map_err(|error| Failure::Fatal(error.to_string()))?;
        let (topic, group) = (topic.to_owned(), config.group.clone());
        Ok(Self {
            topic,
            partition,
            group,
            reader,
            target,
            stage: Stage::Waiting,
            begun: Instant::now(),
            tell_at: TELL_AFTER,
            records: 0,
            read: 0,
        })
    }

    /// Works for about this long and hands over what it reads: key, value (none: a tombstone).
    ///
    /// # Errors
    /// When the broker fails, or the callback does.
    pub fn step(
        &mut self,
        budget: Duration,
        mut apply: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), Failure>,
    ) -> Result<Progress, Failure> {
        let deadline = Instant::now() + budget;
        while self.stage != Stage::Done {
            match self.stage {
                Stage::Waiting => self.look()?,
                Stage::Reading => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    match self.reader.poll(left) {
                        None => {}
                        Some(Ok(message)) => {
                            self.records += 1;
                            self.read = message.offset() + 1;
                            apply(message.key().unwrap_or_default(), message.payload())?;
                        }
                        Some(Err(KafkaError::PartitionEOF(_))) => self.stage = Stage::Done,
                        Some(Err(error)) if is_passing(&error) => {}
                        Some(Err(error)) => return Err(Failure::outside(&self.reading(), &error)),
                    }
                }
                Stage::Done => {}
            }
            if Instant::now() >= deadline {
                break;
            }
        }
        let done = self.stage == Stage::Done;
        let part = if done { 1.0 } else { (self.read as f64 / self.target.max(1) as f64).min(1.0) };
        Ok(Progress { done, records: self.records, part })
    }

    /// Whether everything up to the target is stable; if so, reading begins.
    fn look(&mut self) -> Result<(), Failure> {
        let (_, stable) = ends(&self.reader, &self.topic, self.partition)
            .map_err(|error| Failure::outside(&self.reading(), &error))?;
        if stable >= self.target {
            let mut from = TopicPartitionList::new();
            from.add_partition_offset(&self.topic, self.partition, Offset::Beginning)
                .and_then(|()| self.reader.assign(&from))
                .map_err(|error| Failure::outside(&self.reading(), &error))?;
            self.stage = Stage::Reading;
        } else {
            let waited = self.begun.elapsed();
            if waited > self.tell_at {
                self.tell_at = (2 * self.tell_at).max(waited);
                let hint =
                    if waited < HANGS_AFTER { "" } else { ": it hangs; see `kafka-transactions.sh find-hanging`" };
                tracing::warn!(
                    topic = self.topic,
                    partition = self.partition,
                    stable,
                    target = self.target,
                    ?waited,
                    "waiting for an open transaction to end{hint}"
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn reading(&self) -> String {
        format!("read {}/{} in the name of group {}", self.topic, self.partition, self.group)
    }
}

/// Reads a partition whole in one go.
///
/// # Errors
/// When the broker fails, or nothing comes for as long as a dead worker's transaction may stay open, twice over.
pub fn read_all(
    config: &Config,
    uncommitted: &Reader,
    (topic, partition): (&str, i32),
    mut apply: impl FnMut(&[u8], Option<&[u8]>),
) -> Result<(), Failure> {
    let mut changelog = Changelog::open(config, uncommitted, topic, partition)?;
    let mut last = (0, Instant::now());
    loop {
        let progress = changelog.step(Duration::from_millis(200), |key, value| {
            apply(key, value);
            Ok(())
        })?;
        if progress.done {
            return Ok(());
        }
        if progress.records > last.0 {
            last = (progress.records, Instant::now());
        } else if last.1.elapsed() > 2 * super::client::TRANSACTION_TIMEOUT + REQUEST_TIMEOUT {
            return Err(Failure::Rebuild(format!("nothing more came of {topic}/{partition} before its end")));
        }
    }
}

/// Errors that the client heals by itself.
pub(super) fn is_passing(error: &KafkaError) -> bool {
    let KafkaError::MessageConsumption(code) = error else { return false };
    matches!(
        code,
        RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::NotLeaderForPartition
            | RDKafkaErrorCode::LeaderNotAvailable
    )
}
