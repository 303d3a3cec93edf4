//! The worker's pipeline: source → decode → exchange → detect → publish, one interval after another.
//!
//! It is a value: whoever holds it reads the topics, produces what [`Worker::close`] gives, and says with
//! [`Worker::committed`] or [`Worker::aborted`] what became of it. Nothing of an interval that was aborted is left.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::account::Account;
use super::ingest::{Ingest, Outbox};
use super::interval::{Interval, StateChange};
use super::outputs::Outputs;
use super::report::{Remembered, Report, ShardReport};
use super::retrying;
use super::shard::{Restorer, Shard};
use super::suspending::{self, Ground};
use super::told::Told;
use crate::decode::Decoder;
use crate::detect::{Detector, FaultPolicy, Judge, Memory, Seat};
use crate::exchange::{Adoption, FrameError, Layout, Router, encode};
use crate::model::{Digest, RawPartition, Record, ShardId, Time};
use crate::plan::{Plan, Zones};
use crate::state::{Names, Quota};
use crate::time::Progress;

/// What of a worker can be set.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The most bytes of columns in one frame; below the exchange topic's largest message.
    pub frame_bytes: usize,
    pub policy: FaultPolicy,
    /// What one detector may remember in one shard.
    pub quota: Quota,
    /// Sources are files, whose offsets are lines (`replay`).
    pub files: bool,
    /// Late rows are copied into the interval.
    pub copy_late: bool,
    /// Ask detectors why.
    pub explain: bool,
    /// All records move this one clock (`replay`); else each moves its partition's.
    pub merged_clock: Option<RawPartition>,
}

/// How much was taken in since the last interval was closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Raw records and frames.
    pub records: u64,
    pub bytes: u64,
}

/// The pipeline of one worker: its raw partitions, its shards, its detectors.
pub struct Worker {
    pub(super) plan: Arc<Plan>,
    pub(super) zones: Arc<dyn Zones + Send + Sync>,
    options: WorkerOptions,
    pub(super) ingest: Ingest,
    router: Router,
    pub(super) outbox: Outbox,
    seats: Vec<Seat>,
    pub(super) shards: BTreeMap<ShardId, Shard>,
    /// Other plans that frames may have been written under.
    pub(super) others: HashMap<Digest, (Layout, Adoption)>,
    pub(super) interval: Interval,
    pub(super) pending: Pending,
    pub(super) account: Account,
    /// What this interval adds to the account.
    tally: Account,
}

// === impl WorkerOptions ===

impl Default for WorkerOptions {
    /// Frames of 512 KiB; 64 MiB and 200,000 states for each detector and shard.
    fn default() -> Self {
        Self {
            frame_bytes: 512 << 10,
            policy: FaultPolicy::default(),
            quota: Quota { bytes: 64 << 20, states: 200_000 },
            files: false,
            copy_late: false,
            explain: false,
            merged_clock: None,
        }
    }
}

// === impl Worker ===

impl Worker {
    /// A worker that owns nothing yet. `detectors` are those of the plan, in its order.
    pub fn new(
        plan: Arc<Plan>,
        zones: Arc<dyn Zones + Send + Sync>,
        decoder: Decoder,
        detectors: Vec<Box<dyn Detector>>,
        options: WorkerOptions,
    ) -> Self {
        Self {
            ingest: Ingest::new(decoder, options.merged_clock),
            router: Router::new(&plan),
            outbox: Outbox::new(&plan, options.frame_bytes),
            seats: detectors.into_iter().map(Seat::new).collect(),
            shards: BTreeMap::new(),
            others: HashMap::new(),
            interval: Interval::default(),
            pending: Pending::default(),
            account: Account::default(),
            tally: Account::default(),
            plan,
            zones,
            options,
        }
    }

    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Another plan that frames in the exchange may have been written under.
    pub fn know_plan(&mut self, other: &Plan) {
        if other.digest != self.plan.digest {
            let adoption = Adoption::new(other, &self.plan);
            self.others.insert(other.digest, (Layout::new(&other.streams), adoption));
        }
    }

    // === what it owns ===

    pub fn own_raw(&mut self, partition: RawPartition) {
        self.ingest.own(partition);
    }

    /// Owns a raw partition whose last owner left this behind ([`Worker::remembered_of_raw`]).
    pub fn resume_raw(&mut self, partition: RawPartition, remembered: &str) {
        self.ingest.resume(partition, remembered);
    }

    /// What the next owner of a raw partition must know, to be committed with the partition's offset.
    pub fn remembered_of_raw(&self, partition: RawPartition) -> Option<String> {
        self.ingest.remembered(partition)
    }

    pub fn disown_raw(&mut self, partition: RawPartition) {
        self.ingest.disown(partition);
    }

    /// What makes a shard from its changelog.
    pub fn restorer(&self, shard: ShardId) -> Restorer {
        Restorer::new(shard, &self.plan)
    }

    pub fn own_shard(&mut self, shard: Shard) {
        self.shards.insert(shard.id, shard);
    }

    pub fn disown_shard(&mut self, shard: ShardId) {
        self.shards.remove(&shard);
    }

    pub fn shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.values()
    }

    /// How far a raw partition of ours has come in event time.
    pub fn reached(&self, partition: RawPartition) -> Option<Time> {
        self.ingest.reached(partition)
    }

    /// What the owners of the raw partitions of others told our shards; none: nothing yet. Empty where we have no shard.
    pub fn elsewhere(&self) -> impl Iterator<Item = (RawPartition, Option<Progress>)> {
        let told = self.shards.values().next().into_iter().flat_map(|shard| shard.watermarks.clocks());
        told.filter(|(from, _)| !self.ingest.owns(*from))
    }

    // === an interval ===

    /// Takes a raw record: decodes it and sends its events on their way.
    pub fn take(&mut self, record: &Record<'_>) {
        self.pending.records += 1;
        self.pending.bytes += record.value.len() as u64;
        let Self { ingest, plan, zones, router, outbox, tally, .. } = self;
        let letter = ingest.take(record, plan, zones.as_ref(), router, outbox, tally);
        self.interval.dead_letters.extend(letter);
    }

    /// The partition was read to its end, and nothing came since.
    pub fn idle(&mut self, partition: RawPartition) {
        self.ingest.at_end(partition);
    }

    pub fn pending(&self) -> Pending {
        self.pending
    }

    /// Judges what was received and gives everything that the interval writes. `now` is the owner's clock.
    ///
    /// # Errors
    /// A frame that can't be written; none of what this crate builds.
    pub fn close(&mut self, now: Time) -> Result<Interval, FrameError> {
        let raw = self.ingest.tell(now);
        let oldest = self.ingest.take_oldest().min(now);
        self.close_telling(Told { raw, strata: Vec::new(), oldest }, now)
    }

    pub(super) fn close_telling(&mut self, mut told: Told, now: Time) -> Result<Interval, FrameError> {
        self.pending = Pending::default();
        self.seats.iter_mut().for_each(Seat::begin);
        let mut shards = std::mem::take(&mut self.shards);
        for shard in shards.values_mut().filter(|shard| shard.moved()) {
            let oldest = shard.told.iter().map(|told| told.oldest).min().unwrap_or(Time::MAX);
            self.judge(shard, now);
            self.interval.alert_records.resize(self.interval.alerts.len(), oldest);
            told.strata.extend(strata(shard, self.plan.strata_count()));
            shard.write_meta(&self.plan);
            let change = |(key, value)| StateChange { shard: shard.id, key, value };
            self.interval.changes.extend(shard.store.changes().into_iter().map(change));
        }
        self.shards = shards;
        self.frames(&told)?;
        self.ingest.take_field_faults(&mut self.tally);
        let rows = self.router.take_counts();
        self.tally.rows += rows.routed;
        self.tally.keyless += rows.keyless;
        Ok(std::mem::take(&mut self.interval))
    }

    /// The interval was committed: what it did stands.
    pub fn committed(&mut self) {
        self.ingest.commit();
        self.shards.values_mut().for_each(Shard::commit);
        self.account.add(&std::mem::take(&mut self.tally));
    }

    /// The interval was aborted: it never was. Every partition is to be read again from its committed offset.
    pub fn aborted(&mut self) {
        self.ingest.abort();
        self.shards.values_mut().for_each(Shard::abort);
        self.outbox.clear();
        self.router.take_counts();
        self.interval = Interval::default();
        self.pending = Pending::default();
        self.tally = Account::default();
    }

    /// Groups asked to be woken again and again: the next interval goes on with them.
    pub fn is_restless(&self) -> bool {
        self.shards.values().any(|shard| shard.restless)
    }

    /// What was read and what became of it, up to the last commit.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// What detectors remember, by key space. It looks at every state.
    pub fn remembered(&self) -> Vec<Remembered> {
        Remembered::of(&Names::from(&*self.plan), self.shards.values())
    }

    /// What it counted and holds, for metrics.
    pub fn report(&self) -> Report {
        let suspended = |at: usize| self.shards.values().any(|shard| shard.standings[at].suspended.is_some());
        let detectors = self.plan.wants.detectors.iter().zip(&self.seats).enumerate();
        let strata = self.plan.strata_count();
        let mut account = self.account.clone();
        // Rules that raised nothing yet stand there with 0: the first alert of one is an increase.
        for detector in &self.plan.wants.detectors {
            for rule in &detector.plan.rules {
                account.alerts.entry(format!("{}/{}", detector.name, rule.id)).or_default();
            }
        }
        Report {
            account,
            detectors: detectors.map(|(at, (known, seat))| seat.report(&known.name, suspended(at))).collect(),
            shards: self.shards.values().map(|shard| ShardReport::of(shard, self.seats.len(), strata)).collect(),
            quota: self.options.quota,
        }
    }

    /// Rows first, then progress, then what is due by it.
    fn judge(&mut self, shard: &mut Shard, now: Time) {
        let ground = Ground::of(shard, now);
        let sections = std::mem::take(&mut shard.inbox);
        let told = std::mem::take(&mut shard.told);
        self.seats.iter_mut().for_each(Seat::next_shard);
        let mut outputs = Outputs {
            shard: shard.id,
            range: shard.range(),
            files: self.options.files,
            copy_late: self.options.copy_late,
            plan: &self.plan,
            zones: self.zones.as_ref(),
            router: &mut self.router,
            outbox: &mut self.outbox,
            interval: &mut self.interval,
            account: &mut self.tally,
            said: Vec::new(),
        };
        let mut judge = Judge {
            plan: &self.plan,
            policy: self.options.policy,
            explain: self.options.explain,
            seats: &mut self.seats,
            turns: ground.turns(),
            called: vec![false; ground.standings.len()],
        };
        suspending::heal(shard, &mut judge, &mut outputs);
        retrying::judge_again(shard, &mut judge, &mut outputs);
        let memory =
            &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &ground.watermarks };
        judge.rows(&sections, memory, &mut outputs);
        told.iter().for_each(|told| told.hear(&mut shard.watermarks));
        let memory =
            &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &shard.watermarks };
        shard.restless = !judge.wakes(memory, &mut outputs);
        ground.settle(shard, &judge, &sections, &mut outputs);
        retrying::settle_again(shard, &judge, &mut outputs);
        shard.restless |= ground.ends_backoff(shard);
        let memory =
            &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &shard.watermarks };
        super::publishing::release(&mut outputs, memory);
        super::publishing::forget(&mut outputs, memory, self.options.quota, &shard.standings);
        outputs.publish_said();
    }

    fn frames(&mut self, told: &Told) -> Result<(), FrameError> {
        if let Some(fault) = self.outbox.fault.take() {
            return Err(fault);
        }
        let progress = told.to_bytes();
        for (shard, outgoing) in (0..).map(ShardId).zip(&mut self.outbox.shards) {
            let mut frames = outgoing.take(&self.outbox.layout)?;
            if frames.is_empty() {
                if told.is_empty() {
                    continue;
                }
                frames.push(Vec::new());
            }
            let last = frames.len() - 1;
            for (at, sections) in frames.iter().enumerate() {
                // Progress stands behind all rows that it is about.
                let empty = Told::default().to_bytes();
                let progress = if at == last { &progress } else { &empty };
                self.interval.frames.push((shard, encode(&self.plan.digest, progress, sections)?));
            }
        }
        Ok(())
    }
}

/// How far the strata of a shard have come, where that is news to the strata above.
fn strata(shard: &mut Shard, count: u8) -> Vec<(ShardId, u8, Time)> {
    let mut told = Vec::new();
    for stratum in 0..count.saturating_sub(1) {
        let time = shard.watermarks.at(stratum);
        if let Some(before) = shard.strata_told.get_mut(usize::from(stratum)).filter(|before| **before < time) {
            *before = time;
            told.push((shard.id, stratum, time));
        }
    }
    told
}
