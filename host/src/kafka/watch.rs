//! A small thread beside the workers: once a second it looks how far the exchange is behind, sets the gate, and now and
//! then deletes what is consumed. Workers never wait for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};
use sekisho_core::model::ShardId;

use super::admin::Admin;
use super::client::{Isolation, REQUEST_TIMEOUT};
use super::config::Config;
use super::connect::{ConnectError, Reader, ends, hear, reader};
use super::gate::Gate;
use super::purge::purge;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// Between two deletions.
const PURGE_EVERY: Duration = Duration::from_secs(10);

/// The thread; ends when dropped.
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Watcher {
    topic: String,
    shards: u32,
    /// Uncommitted, so that an open transaction's offsets are not waited for.
    reader: Reader,
    admin: Admin,
    gate: Arc<Gate>,
    /// How long frames are kept for healing.
    keep: Duration,
    purged: Instant,
}

// === impl Watch ===

impl Watch {
    /// Starts watching the exchange.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn start(config: &Config, exchange: &str, gate: Arc<Gate>) -> Result<Self, ConnectError> {
        let mut watcher = Watcher {
            topic: exchange.to_owned(),
            shards: config.topics.shards,
            reader: reader(config, Isolation::Uncommitted)?,
            admin: Admin::new(config)?,
            gate,
            keep: config.topics.healing_horizon,
            purged: Instant::now(),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                if let Err(error) = watcher.look() {
                    tracing::warn!(topic = watcher.topic, "failed to look at the exchange, trying again: {error}");
                }
                thread::park_timeout(EVERY);
            }
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

// === impl Watcher ===

impl Watcher {
    fn look(&mut self) -> Result<(), String> {
        // Complaints about connections would gather for as long as nobody polls.
        hear(&self.reader);
        // Offsets first: what is committed meanwhile makes the lag larger than it is, never smaller.
        let committed = self.committed()?;
        let mut largest = 0;
        for (partition, offset) in &committed {
            let (low, high) = ends(&self.reader, &self.topic, *partition).map_err(|error| error.to_string())?;
            largest = largest.max(high - (*offset).max(low));
        }
        if self.gate.decide(largest.max(0).unsigned_abs()) {
            let open = self.gate.is_open();
            tracing::info!(
                topic = self.topic,
                lag = largest,
                open,
                "the exchange's backlog moved the gate of raw records"
            );
        }
        if self.purged.elapsed() >= PURGE_EVERY {
            self.purged = Instant::now();
            purge(&self.admin, &self.topic, &self.unneeded(&committed)?)?;
        }
        Ok(())
    }

    /// For each shard of this process, the offset before which nobody needs its frames: the group's, or that of the first
    /// frame that its owner keeps, unless that is judged and older than the horizon.
    fn unneeded(&self, committed: &[(i32, i64)]) -> Result<Vec<(i32, i64)>, String> {
        let held = self.gate.held().clone();
        let mut unneeded = Vec::new();
        for (partition, offset) in committed {
            let Some(from) = held.get(&ShardId(partition.unsigned_abs())) else { continue };
            let before = if from < offset {
                (*from).max(self.horizon(*partition)?.unwrap_or(*offset)).min(*offset)
            } else {
                *offset
            };
            unneeded.push((*partition, before));
        }
        Ok(unneeded)
    }

    /// The first offset of a partition that is not older than the horizon; none: all are.
    fn horizon(&self, partition: i32) -> Result<Option<i64>, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = i64::try_from(now.saturating_sub(self.keep).as_millis()).unwrap_or(i64::MAX);
        let mut asked = TopicPartitionList::new();
        asked.add_partition_offset(&self.topic, partition, Offset::Offset(since)).map_err(|error| error.to_string())?;
        let answer = self.reader.offsets_for_times(asked, REQUEST_TIMEOUT).map_err(|error| error.to_string())?;
        Ok(answer.elements().iter().find_map(|element| match element.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }))
    }

    /// The group's offset of each exchange partition; 0 where it has none.
    fn committed(&self) -> Result<Vec<(i32, i64)>, String> {
        let mut asked = TopicPartitionList::new();
        for partition in 0..self.shards as i32 {
            asked.add_partition(&self.topic, partition);
        }
        let answer = self.reader.committed_offsets(asked, REQUEST_TIMEOUT).map_err(|error| error.to_string())?;
        Ok(answer
            .elements()
            .iter()
            .map(|element| match element.offset() {
                Offset::Offset(offset) => (element.partition(), offset),
                _ => (element.partition(), 0),
            })
            .collect())
    }
}
