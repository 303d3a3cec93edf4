//! The seam between the loop and the pipeline that it drives.
//!
//! The loop knows partitions, offsets and transactions; the pipeline knows events, detectors and states. A pipeline
//! belongs to one worker and is called from its thread alone.

use std::sync::Arc;

use sekisho_core::exchange::FrameError;
use sekisho_core::model::{Digest, RawPartition, Record, ShardId, Time};
use sekisho_core::pipeline::{self, Asked, Interval, Report, Shard, Worker};
use sekisho_core::plan::Plan;
use sekisho_core::time::Progress;

use super::command::Command;

/// Takes records and frames, and answers with the outputs of each interval.
///
/// Everything between two calls of [`Pipeline::close`] is one interval; it counts only when [`Pipeline::committed`]
/// follows, and has never been when [`Pipeline::aborted`] does.
pub trait Pipeline {
    /// Makes a shard from its changelog.
    type Restorer: Restorer<Shard = Self::Shard>;
    /// A shard with its states, on its way to the pipeline.
    type Shard;

    /// The partition is ours: its progress is told from now on.
    fn own_raw(&mut self, partition: RawPartition);
    /// The same, of a partition whose last owner left this behind with the group's offset.
    fn resume_raw(&mut self, partition: RawPartition, remembered: &str) {
        let _ = remembered;
        self.own_raw(partition);
    }
    /// What the next owner of the partition must know; it is committed with the offset whenever it changes.
    fn remembered_of_raw(&self, partition: RawPartition) -> Option<String> {
        let _ = partition;
        None
    }
    /// The partition is ours no more. No interval is open.
    fn disown_raw(&mut self, partition: RawPartition);
    /// Decodes and routes one raw record.
    fn take(&mut self, record: &Record<'_>);
    /// The partition was read to its end, and nothing came since.
    fn idle(&mut self, partition: RawPartition);

    /// How far a raw partition of ours has come in event time. Unless said, reading is not kept in step.
    fn reached(&self, _partition: RawPartition) -> Option<Time> {
        None
    }
    /// What the owners of the raw partitions of others told; none: nothing yet.
    fn elsewhere(&self) -> Vec<(RawPartition, Option<Progress>)> {
        Vec::new()
    }

    /// Begins the restore of a shard.
    fn restorer(&self, shard: ShardId) -> Self::Restorer;
    /// The shard is ours, restored.
    fn own_shard(&mut self, shard: Self::Shard);
    /// The shard is ours no more. No interval is open.
    fn disown_shard(&mut self, shard: ShardId);
    /// Takes a frame of the exchange.
    ///
    /// # Errors
    /// A frame that can't be read: the shard can't go on, unless it is for the lack of a plan.
    fn receive(&mut self, shard: ShardId, offset: i64, frame: &[u8]) -> Result<(), Unreadable>;
    /// Another plan that frames in the exchange may have been written under.
    fn know_plan(&mut self, other: &Plan);

    /// Becomes another one, which is fresh and may have another plan, with all that this one owns and remembers. No
    /// interval is open.
    ///
    /// # Errors
    /// The two do not go together; this one goes on. Unless said, none do.
    fn renew(&mut self, _next: Self) -> Result<(), String>
    where
        Self: Sized,
    {
        Err("this pipeline has one plan for its life".to_owned())
    }

    /// There is more to do though nothing more comes: the next interval goes on with it.
    fn is_restless(&self) -> bool {
        false
    }
    /// How much the open interval has gathered.
    fn pending(&self) -> Pending;
    /// Runs the detectors on what was received, and answers with all outputs of the interval. `now` is our clock.
    ///
    /// # Errors
    /// Something that can't be written.
    fn close(&mut self, now: Time) -> Result<Interval, String>;
    /// The outputs of the last interval are committed.
    fn committed(&mut self);
    /// The open interval is dropped; its records come again.
    fn aborted(&mut self);

    /// Takes an operator's command to a shard that is ours.
    fn command(&mut self, shard: ShardId, id: &str, command: &Command) -> Asked {
        let _ = (shard, id, command);
        Asked::Nothing
    }
    /// Frames of a shard that are wanted again for healing: from the first offset up to before the second.
    fn wanted(&self, shard: ShardId) -> Option<(i64, i64)> {
        let _ = shard;
        None
    }
    /// Takes a frame again that was wanted.
    ///
    /// # Errors
    /// As [`Pipeline::receive`].
    fn replay(&mut self, shard: ShardId, offset: i64, frame: &[u8]) -> Result<(), Unreadable> {
        let _ = (shard, offset, frame);
        Ok(())
    }
    /// The exchange has no frames of the shard before this offset any more.
    fn lost(&mut self, shard: ShardId, low: i64) {
        let _ = (shard, low);
    }
    /// The first offset of a shard that healing may still ask for.
    fn held(&self, shard: ShardId) -> Option<i64> {
        let _ = shard;
        None
    }

    /// What it counted and holds, for metrics; nothing unless it counts.
    fn report(&self) -> Report {
        Report::default()
    }
}

/// Makes a shard from its changelog.
pub trait Restorer {
    /// What it makes.
    type Shard;

    /// Replays one record; no value is a tombstone.
    ///
    /// # Errors
    /// A record that no known version wrote.
    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), String>;

    /// The shard, if its memory is that of the group's committed offset (none: the group has none for it).
    ///
    /// # Errors
    /// The two do not belong together.
    fn finish(self, position: Option<i64>) -> Result<Self::Shard, String>;
}

/// The size of an open interval.
pub use sekisho_core::pipeline::Pending;

/// Why a frame can't be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It was written under a plan that the pipeline was not told of.
    UnknownPlan(Digest),
    /// It is not a frame that any version wrote.
    Broken(String),
}

/// Restores a shard of the core's worker.
pub struct ShardRestorer {
    restorer: pipeline::Restorer,
    plan: Arc<Plan>,
}

// === impl ShardRestorer ===

impl Restorer for ShardRestorer {
    type Shard = Shard;

    fn apply(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), String> {
        self.restorer.apply(key, value).map_err(|error| error.to_string())
    }

    fn finish(self, position: Option<i64>) -> Result<Shard, String> {
        self.restorer.finish(&self.plan, position).map_err(|error| error.to_string())
    }
}

fn unreadable(error: FrameError) -> Unreadable {
    match error {
        FrameError::UnknownPlan(digest) => Unreadable::UnknownPlan(digest),
        other => Unreadable::Broken(other.to_string()),
    }
}

impl Pipeline for Worker {
    type Restorer = ShardRestorer;
    type Shard = Shard;

    fn own_raw(&mut self, partition: RawPartition) {
        Self::own_raw(self, partition);
    }

    fn resume_raw(&mut self, partition: RawPartition, remembered: &str) {
        Self::resume_raw(self, partition, remembered);
    }

    fn remembered_of_raw(&self, partition: RawPartition) -> Option<String> {
        Self::remembered_of_raw(self, partition)
    }

    fn disown_raw(&mut self, partition: RawPartition) {
        Self::disown_raw(self, partition);
    }

    fn take(&mut self, record: &Record<'_>) {
        Self::take(self, record);
    }

    fn idle(&mut self, partition: RawPartition) {
        Self::idle(self, partition);
    }

    fn reached(&self, partition: RawPartition) -> Option<Time> {
        Self::reached(self, partition)
    }

    fn elsewhere(&self) -> Vec<(RawPartition, Option<Progress>)> {
        Self::elsewhere(self).collect()
    }

    fn restorer(&self, shard: ShardId) -> ShardRestorer {
        ShardRestorer { restorer: Self::restorer(self, shard), plan: Arc::clone(self.plan()) }
    }

    fn own_shard(&mut self, shard: Shard) {
        Self::own_shard(self, shard);
    }

    fn disown_shard(&mut self, shard: ShardId) {
        Self::disown_shard(self, shard);
    }

    fn receive(&mut self, shard: ShardId, offset: i64, frame: &[u8]) -> Result<(), Unreadable> {
        Self::receive(self, shard, offset, frame).map_err(unreadable)
    }

    fn command(&mut self, shard: ShardId, id: &str, command: &Command) -> Asked {
        command.serve(self, shard, id)
    }

    fn wanted(&self, shard: ShardId) -> Option<(i64, i64)> {
        Self::wanted(self, shard)
    }

    fn replay(&mut self, shard: ShardId, offset: i64, frame: &[u8]) -> Result<(), Unreadable> {
        Self::replay(self, shard, offset, frame).map_err(unreadable)
    }

    fn lost(&mut self, shard: ShardId, low: i64) {
        Self::lost(self, shard, low);
    }

    fn held(&self, shard: ShardId) -> Option<i64> {
        Self::held(self, shard)
    }

    fn know_plan(&mut self, other: &Plan) {
        Self::know_plan(self, other);
    }

    fn renew(&mut self, next: Self) -> Result<(), String> {
        Self::renew(self, next).map_err(|error| error.to_string())
    }

    fn is_restless(&self) -> bool {
        Self::is_restless(self)
    }

    fn pending(&self) -> Pending {
        Self::pending(self)
    }

    fn close(&mut self, now: Time) -> Result<Interval, String> {
        Self::close(self, now).map_err(|error| error.to_string())
    }

    fn committed(&mut self) {
        Self::committed(self);
    }

    fn aborted(&mut self) {
        Self::aborted(self);
    }

    fn report(&self) -> Report {
        Self::report(self)
    }
}
