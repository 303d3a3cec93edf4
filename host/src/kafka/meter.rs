//! What a worker counts around its pipeline, and handing it over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sekisho_core::model::Time;
use sekisho_core::pipeline::Interval;

use super::lanes::Lane;
use super::native;
use super::pipeline::Pipeline;
use super::worker::Session;
use crate::metrics::{Flow, LaneReport, Phase, Published, Rebalanced, RestoreReport, Slot, Stage, Standing};

/// A member that was given nothing for so long gets nothing: others have it all.
const SETTLED: Duration = Duration::from_secs(10);
/// Between two hand-overs: finer than anybody scrapes, and its cost does not show.
const EVERY: Duration = Duration::from_millis(250);

/// The counts of one session, in plain values that its worker's thread alone touches.
pub(super) struct Meter {
    slot: Arc<Slot>,
    flow: Flow,
    /// When the last stage ended.
    lap: Instant,
    published: Option<Instant>,
    /// When the loop began.
    begun: Instant,
}

// === impl Meter ===

impl Meter {
    /// A session begins.
    pub fn new(slot: Arc<Slot>) -> Self {
        slot.enters(Phase::Starting);
        Self { slot, flow: Flow::default(), lap: Instant::now(), published: None, begun: Instant::now() }
    }

    /// The loop begins.
    pub fn begins(&mut self) {
        self.slot.enters(Phase::Working);
        (self.lap, self.begun) = (Instant::now(), Instant::now());
    }

    /// The loop has turned.
    pub fn turned(&self) {
        self.slot.turned();
    }

    /// The time since the last stage went into this one; answers how much it was.
    pub fn lap(&mut self, stage: Stage) -> Duration {
        let now = Instant::now();
        let spent = now - std::mem::replace(&mut self.lap, now);
        self.flow.spend(stage, spent);
        spent
    }

    /// An interval was committed.
    pub fn committed(&mut self, interval: &Interval, length: Duration, commit: Duration, now: Time) {
        self.flow.commits(interval, length, commit, now);
    }

    /// An interval was aborted.
    pub fn aborted(&mut self) {
        self.flow.aborted += 1;
    }

    /// A rebalance was served.
    pub fn rebalanced(&mut self, how: Rebalanced) {
        self.flow.rebalanced(how);
    }

    fn is_settled(&self) -> bool {
        self.flow.rebalances[Rebalanced::Assigned as usize] > 0 || self.begun.elapsed() >= SETTLED
    }

    fn is_due(&self) -> bool {
        self.published.is_none_or(|at| at.elapsed() >= EVERY)
    }
}

// === impl Session ===

impl<P: Pipeline> Session<'_, P> {
    /// Hands over what was counted, now and then.
    pub(super) fn publish(&mut self) {
        if self.meter.is_due() {
            self.publish_now();
        }
    }

    /// Hands over what was counted.
    pub(super) fn publish_now(&mut self) {
        let published =
            Published { pipeline: self.pipeline.report(), flow: self.meter.flow.clone(), standing: self.standing() };
        self.meter.slot.publish(published);
        self.meter.published = Some(Instant::now());
    }

    fn standing(&self) -> Standing {
        let gate = self.shared.gate;
        let restoring = self.restoring.iter().map(|restoring| RestoreReport {
            shard: restoring.lane.id,
            records: restoring.progress.records,
            part: restoring.progress.part,
        });
        let raw = self.raw.iter().map(|lane| self.lane(lane, true));
        let shards = self.shards.iter().map(|lane| self.lane(lane, false));
        let restored = self.restoring.iter().map(|restoring| self.lane(&restoring.lane, false));
        Standing {
            member: self.group.membership().is_some_and(|now| now.generation >= 0 && !now.member.is_empty()),
            settled: self.meter.is_settled(),
            lanes: raw.chain(shards).chain(restored).collect(),
            restoring: restoring.collect(),
            gate_open: gate.is_open(),
            backlog_bytes: gate.backlog(),
            silent: gate.silent(),
        }
    }

    fn lane<Id>(&self, lane: &Lane<Id>, raw: bool) -> LaneReport {
        let (topic, partition) = &lane.place;
        let end = native::known_end(self.group.consumer(), topic, *partition);
        // At its end nothing is left but the marks of transactions.
        let lag = end
            .map(|end| if lane.is_drained() { 0 } else { end.saturating_sub(lane.position()).max(0).unsigned_abs() });
        LaneReport { topic: topic.clone(), partition: *partition, raw, lag }
    }
}

/// What became of an assignment.
pub(super) fn kind(rebalance: &super::group::Rebalance) -> Rebalanced {
    use super::group::Rebalance;
    match rebalance {
        Rebalance::Assigned(_) => Rebalanced::Assigned,
        Rebalance::Revoked { lost: false, .. } => Rebalanced::Revoked,
        Rebalance::Revoked { lost: true, .. } => Rebalanced::Lost,
    }
}
