//! The pipeline on an in-memory log: one worker that owns every shard. What `replay`, `demo` and tests run.

use std::sync::Arc;

use super::account::Account;
use super::interval::Interval;
use super::shard::RestoreError;
use super::told::Told;
use super::worker::{Worker, WorkerOptions};
use crate::decode::Decoder;
use crate::detect::Detector;
use crate::exchange::FrameError;
use crate::model::{Record, ShardId, Time};
use crate::plan::{Plan, Zones};
use crate::time::{Progress, ProgressEntry};

/// An interval is closed when it has taken in so many records or bytes. Fixed, so that a replay is the same every time.
const INTERVAL_RECORDS: u64 = 4096;
const INTERVAL_BYTES: u64 = 8 << 20;

/// At the end of time a group that asks to be woken again and again is let go after so many intervals.
const LAST_ROUNDS: usize = 1024;

/// Source, exchange and outputs in one process and without a broker. Frames are written and read as on Kafka.
pub struct Embedded {
    worker: Worker,
    /// Offset of the next frame of each shard.
    offsets: Vec<i64>,
}

/// Why an embedded pipeline can't go on; neither comes of any input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddedError {
    #[error("the exchange: {0}")]
    Frame(#[from] FrameError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

// === impl Embedded ===

impl Embedded {
    /// A pipeline with empty memory.
    ///
    /// # Errors
    /// A plan that no shard can be made for.
    pub fn new(
        plan: Arc<Plan>,
        zones: Arc<dyn Zones + Send + Sync>,
        decoder: Decoder,
        detectors: Vec<Box<dyn Detector>>,
        options: WorkerOptions,
    ) -> Result<Self, EmbeddedError> {
        let shards = plan.wants.shards;
        let mut worker = Worker::new(plan.clone(), zones, decoder, detectors, options);
        for shard in (0..shards).map(ShardId) {
            worker.own_shard(worker.restorer(shard).finish(&plan, None)?);
        }
        plan.wants.clocks.iter().for_each(|clock| worker.own_raw(*clock));
        Ok(Self { worker, offsets: vec![0; shards as usize] })
    }

    /// Takes a record. When an interval is full it is closed and handed to `out`.
    ///
    /// # Errors
    /// The exchange could not be written or read.
    pub fn feed(&mut self, record: &Record<'_>, out: &mut dyn FnMut(Interval)) -> Result<(), EmbeddedError> {
        self.worker.take(record);
        let pending = self.worker.pending();
        if pending.records >= INTERVAL_RECORDS || pending.bytes >= INTERVAL_BYTES {
            self.cycle(None, out)?;
        }
        Ok(())
    }

    /// Closes an interval now: everything taken so far is judged before the next record.
    ///
    /// # Errors
    /// The exchange could not be written or read.
    pub fn settle(&mut self, out: &mut dyn FnMut(Interval)) -> Result<(), EmbeddedError> {
        for _ in 0..LAST_ROUNDS {
            if !self.cycle(None, out)? {
                break;
            }
        }
        Ok(())
    }

    /// The end of input is the end of time: every window closes, every wake-up comes, and the account is drawn up.
    ///
    /// # Errors
    /// The exchange could not be written or read.
    pub fn finish(mut self, out: &mut dyn FnMut(Interval)) -> Result<Account, EmbeddedError> {
        self.settle(out)?;
        let clocks = self.worker.plan().wants.clocks.clone();
        let raw = clocks.into_iter().map(|from| ProgressEntry { from, progress: Progress::END }).collect();
        self.cycle(Some(Told { raw, ..Told::default() }), out)?;
        self.settle(out)?;
        Ok(self.worker.account().clone())
    }

    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// One interval: close, commit, read back what was written. Whether anything is left to judge.
    fn cycle(&mut self, told: Option<Told>, out: &mut dyn FnMut(Interval)) -> Result<bool, EmbeddedError> {
        let mut interval = match told {
            Some(told) => self.worker.close_telling(told, Time::MIN)?,
            None => self.worker.close(Time::MIN)?,
        };
        self.worker.committed();
        let frames = std::mem::take(&mut interval.frames);
        for (shard, frame) in &frames {
            let Some(offset) = self.offsets.get_mut(shard.0 as usize) else { continue };
            self.worker.receive(*shard, *offset, frame)?;
            *offset += 1;
        }
        out(interval);
        Ok(!frames.is_empty() || self.worker.is_restless())
    }
}
