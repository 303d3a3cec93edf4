//! The loop: poll → decode and route, detect → one transaction → again.
//!
//! A worker is one thread that owns one member of the group, one transactional producer and its shards. Nothing here
//! outlives a failure that leaves doubt: the session ends, and the next one restores everything from the log.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::consumer::Consumer;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, Timestamp, TopicPartitionList};
use sekisho_core::model::{RawPartition, Record, Time, TimestampKind};
use sekisho_core::pipeline::Interval;
use sekisho_core::plan::Plan;

use super::client::REQUEST_TIMEOUT;
use super::commands::Commands;
use super::config::Config;
use super::connect::Reader;
use super::control::Control;
use super::encode::Burst;
use super::failure::Failure;
use super::gate::Gate;
use super::group::{Group, list};
use super::healing::Healer;
use super::lanes::{Lane, RawLane, ShardLane};
use super::meter::Meter;
use super::offer::Offer;
use super::ownership::Restoring;
use super::pipeline::{Pipeline, Unreadable};
use super::roll::{self, Roll};
use super::shutdown::Shutdown;
use super::step::Step;
use super::topics::{Limits, Topics};
use super::transaction::Transactions;
use crate::metrics::{Stage, Telemetry};

/// Commits begin at least this far apart, so that markers do not outnumber frames. What comes while one is under way waits
/// for it alone: a commit that takes long gathers what the next one writes.
const SHORTEST: Duration = Duration::from_millis(20);
/// And this long after the last one ended where that wrote frames to our own shards, unless they come sooner: what they
/// hold is judged by this commit then, not by the one after it.
const RETURN: Duration = Duration::from_millis(10);
/// And at most this long under load.
const LONGEST: Duration = Duration::from_millis(200);
/// Or until it has gathered so many bytes.
const FULL: u64 = 16 << 20;
/// Records of one raw partition in a row, before the partition furthest behind is chosen anew.
const RAW_TURN: usize = 256;
/// Raw records between two looks at the exchange.
const RAW_ROUND: usize = 4096;
/// Frames of one shard between two looks at the rest.
const FRAME_TURN: usize = 64;
/// A partition at its end tells so at most this often.
const IDLE_EVERY: Duration = Duration::from_secs(1);
/// How long the loop sleeps when nothing wakes it.
const SLEEP: Duration = Duration::from_millis(100);
/// So many aborts in a row, and the clients are made anew.
const ABORTS: u32 = 5;
/// So long raw records wait for a shard, by which we hear how far others have come.
const DEAF: Duration = Duration::from_secs(30);
/// How long a shutdown waits for the exchange to run dry.
const DRAIN: Duration = Duration::from_secs(10);

/// What all sessions of a process share.
pub(super) struct Shared<'a> {
    pub config: &'a Config,
    pub topics: &'a Topics,
    pub limits: &'a Limits,
    pub gate: &'a Arc<Gate>,
    /// Sees all records: for watermarks.
    pub uncommitted: &'a Reader,
    pub shutdown: &'a Shutdown,
    /// Takes what the workers count.
    pub telemetry: &'a Telemetry,
}

/// One life of a worker, from joining the group to leaving it.
pub(super) struct Session<'a, P: Pipeline> {
    pub(super) shared: &'a Shared<'a>,
    pub(super) offer: &'a Offer<P>,
    /// The number of the offer that was looked at last.
    pub(super) offered: u64,
    pub(super) roll: Option<Roll>,
    step: Step,
    /// When we had a shard last.
    heard: Instant,
    /// What the pipeline works by.
    pub(super) plan: Arc<Plan>,
    pub(super) pipeline: P,
    pub(super) producer: Transactions,
    pub(super) control: Control,
    // The queues of the lanes hold the consumer: they go before it.
    pub(super) raw: Vec<RawLane>,
    pub(super) shards: Vec<ShardLane>,
    pub(super) restoring: Vec<Restoring<P::Restorer>>,
    pub(super) group: Group,
    pub(super) open: Option<Open>,
    pub(super) meter: Meter,
    pub(super) commands: Commands,
    pub(super) healers: Vec<Healer>,
    /// When the last commit began.
    committing: Instant,
    /// When it ended.
    committed: Instant,
    aborts: u32,
    /// Committed at least one interval.
    progressed: bool,
}

/// The open interval.
pub(super) struct Open {
    since: Instant,
    /// Who we were when it began.
    member: Option<String>,
}

// === impl Session ===

impl<'a, P: Pipeline> Session<'a, P> {
    /// Ends what an earlier life left open, makes the plan known and joins the group.
    pub fn begin(shared: &'a Shared<'a>, offer: &'a Offer<P>, worker: u32) -> Result<Self, Failure> {
        let (offered, blueprint) = offer.current();
        let plan = Arc::clone(&blueprint.plan);
        let pipeline = blueprint.make().map_err(Failure::Fatal)?;
        let meter = Meter::new(shared.telemetry.worker(worker));
        let producer = Transactions::open(shared.config, worker, shared.limits)?;
        let mut control = Control::read(shared.config, shared.topics, shared.uncommitted)?;
        roll::call(&control, shared.config, &plan)?;
        control.announce(&plan, shared.topics, &producer)?;
        let mut topics: Vec<_> = plan.wants.sources.iter().map(|source| source.name.as_str()).collect();
        topics.push(&shared.topics.exchange);
        let commands = Commands::open(shared.config, shared.topics)?;
        let group = Group::join(shared.config, worker, &topics)?;
        Ok(Self {
            shared,
            offer,
            offered,
            step: Step::default(),
            heard: Instant::now(),
            // One worker signs for the process.
            roll: (worker == 0).then(|| Roll::new(shared.config)),
            plan,
            pipeline,
            producer,
            control,
            raw: Vec::new(),
            shards: Vec::new(),
            restoring: Vec::new(),
            group,
            open: None,
            meter,
            commands,
            healers: Vec::new(),
            committing: Instant::now(),
            committed: Instant::now(),
            aborts: 0,
            progressed: false,
        })
    }

    /// Whether it committed anything.
    pub fn progressed(&self) -> bool {
        self.progressed
    }

    /// Works until the shutdown, then drains, commits and leaves the group.
    pub fn run(&mut self) -> Result<(), Failure> {
        let mut drain_until = None;
        self.meter.begins();
        loop {
            self.meter.turned();
            self.publish();
            if let Some(rebalance) = self.group.poll()? {
                self.serve(rebalance)?;
                self.meter.lap(Stage::Rebalance);
                continue;
            }
            self.producer.poll();
            self.restore()?;
            self.meter.lap(Stage::Restore);
            let draining = drain_until.is_some();
            let more = self.read(!draining)? | (!draining && self.attend()?);
            self.meter.lap(Stage::Read);
            if !draining {
                self.tell_idle();
            }
            // Whatever ended the last interval, and though nothing comes.
            if self.pipeline.is_restless() {
                self.touch();
            }
            if self.is_due(more) {
                self.commit()?;
            }
            if self.open.is_none() && self.roll.as_ref().is_some_and(Roll::is_due) {
                self.sign(true)?;
            }
            if self.open.is_none() && self.offer.number() != self.offered {
                self.renew()?;
            }
            if self.shared.shutdown.is_requested() {
                let until = *drain_until.get_or_insert_with(|| Instant::now() + DRAIN);
                if self.is_dry() || Instant::now() >= until {
                    self.commit()?;
                    self.publish_now();
                    return self.sign(false);
                }
            }
            if !more {
                self.sleep();
                self.meter.lap(Stage::Wait);
            }
        }
    }

    /// Reads what is there, the exchange first. Answers whether there may be more.
    fn read(&mut self, raw: bool) -> Result<bool, Failure> {
        let mut read = 0;
        let Self { shared, pipeline, shards, .. } = self;
        for lane in shards {
            read += lane.read(FRAME_TURN, |shard, message| {
                deliver(shared, pipeline, message, |pipeline, offset, frame| pipeline.receive(*shard, offset, frame))?;
                Ok(pipeline.pending().bytes < FULL)
            })?;
        }
        if raw && self.shared.gate.is_open() && !self.is_deaf() {
            read += self.read_raw()?;
        }
        if read > 0 {
            self.touch();
        }
        Ok(read > 0)
    }

    /// Reads raw partitions in step: of ours always the one whose last record is the oldest, and none that is far ahead of
    /// one that is still being read, by us or by others.
    fn read_raw(&mut self) -> Result<usize, Failure> {
        let bound = self.bound();
        let pipeline = &mut self.pipeline;
        let (mut read, mut dry) = (0, 0);
        self.raw.sort_by_key(|lane| lane.millis);
        let now = now();
        while read < RAW_ROUND && dry < self.raw.len() && pipeline.pending().bytes < FULL {
            // Dry lanes stand at the front; among the rest the order is kept by moving one lane at a time.
            let Some(lane) = self.raw.get_mut(dry) else { break };
            let beyond = |pipeline: &P, partition| {
                bound.is_some_and(|bound| pipeline.reached(partition).is_some_and(|reached| reached > bound))
            };
            if beyond(pipeline, lane.id) {
                dry += 1;
                continue;
            }
            let count = lane.read(RAW_TURN, |partition, message| {
                pipeline.take(&record(*partition, message, now));
                Ok(!beyond(pipeline, *partition))
            })?;
            read += count;
            if count < RAW_TURN {
                dry += 1;
            } else {
                self.raw[dry..].sort_by_key(|lane| lane.millis);
            }
        }
        Ok(read)
    }

    /// No shard of ours is there to hear how far others have come, though one may be soon.
    fn is_deaf(&mut self) -> bool {
        if !self.shards.is_empty() {
            self.heard = Instant::now();
        }
        self.heard.elapsed() < DEAF && self.shards.is_empty()
    }

    /// The event time up to which raw partitions may be read.
    fn bound(&mut self) -> Option<Time> {
        let pipeline = &self.pipeline;
        let mut being_read = self.step.being_read(&pipeline.elsewhere());
        if being_read.is_empty() && self.raw.len() < 2 {
            return None;
        }
        let furthest = self.raw.iter().filter_map(|lane| pipeline.reached(lane.id)).max();
        let ours = self.raw.iter().filter(|lane| !lane.is_drained());
        being_read.extend(ours.map(|lane| (lane.id, pipeline.reached(lane.id).unwrap_or(Time::MIN))));
        self.step.bound(&being_read, furthest, (Instant::now(), now()))
    }

    fn tell_idle(&mut self) {
        let due = |lane: &RawLane| lane.is_drained() && lane.told_idle.is_none_or(|at| at.elapsed() >= IDLE_EVERY);
        let mut told = false;
        for lane in self.raw.iter_mut().filter(|lane| due(lane)) {
            self.pipeline.idle(lane.id);
            lane.told_idle = Some(Instant::now());
            told = true;
        }
        if told {
            self.touch();
        }
    }

    pub(super) fn touch(&mut self) {
        if self.open.is_none() {
            let member = self.group.membership().map(|membership| membership.member);
            self.open = Some(Open { since: Instant::now(), member });
        }
    }

    fn is_due(&self, more: bool) -> bool {
        let Some(open) = &self.open else { return false };
        let is_drained = !more && self.pause().is_zero();
        is_drained || open.since.elapsed() >= LONGEST || self.pipeline.pending().bytes >= FULL
    }

    /// How long the next commit has to wait, though there is nothing more to read.
    fn pause(&self) -> Duration {
        let pause = SHORTEST.saturating_sub(self.committing.elapsed());
        match self.shards.iter().any(Lane::is_owed) {
            true => pause.max(RETURN.saturating_sub(self.committed.elapsed())),
            false => pause,
        }
    }

    fn sleep(&self) {
        let left = self.open.as_ref().map_or(SLEEP, |_| self.pause());
        if self.restoring.is_empty() && !left.is_zero() {
            thread::park_timeout(left);
        }
    }

    /// Whether everything that was written to our shards is judged.
    fn is_dry(&self) -> bool {
        self.open.is_none() && self.restoring.is_empty() && self.shards.iter().all(Lane::is_drained)
    }

    /// Closes the open interval, if there is one, and commits it or drops it.
    pub(super) fn commit(&mut self) -> Result<(), Failure> {
        let Some(open) = self.open.take() else { return Ok(()) };
        self.committing = Instant::now();
        let interval = self
            .pipeline
            .close(now())
            .map_err(|error| Failure::Fatal(format!("failed to close an interval: {error}")))?;
        self.meter.lap(Stage::Judge);
        let burst = Burst::new(&interval, &self.plan, self.shared.topics, self.shared.limits);
        let first: Vec<_> = self.raw.iter().filter(|lane| !lane.has_offset()).map(|lane| &lane.place).collect();
        let started = super::encode::started(&self.shared.config.group, first);
        let positions = self.positions(&interval)?;
        let group = &self.group;
        let offsets = || {
            if positions.count() == 0 {
                return Ok(None);
            }
            group.offsets(positions, open.member.as_deref()).map(Some)
        };
        let records = burst.records().chain(started.iter().map(|key| burst.started(key)));
        let records = records.chain(self.commands.served().iter().map(|key| burst.served(key)));
        let written = self.producer.run(records, offsets);
        let commit = self.meter.lap(Stage::Commit);
        match written {
            Ok(()) => {}
            Err(Failure::Abort(reason)) => return self.abort(&reason),
            Err(other) => return Err(other),
        }
        self.pipeline.committed();
        self.commands.committed();
        self.meter.committed(&interval, open.since.elapsed(), commit, now());
        super::tell::tell(&interval, &self.plan.wants.sources);
        for lane in &mut self.raw {
            lane.commit();
            lane.remembered = self.pipeline.remembered_of_raw(lane.id);
        }
        self.shards.iter_mut().filter(|lane| lane.moved()).for_each(Lane::commit);
        for (shard, frame) in &interval.frames {
            self.shared.gate.frame(frame.len());
            self.shards.iter_mut().filter(|lane| lane.id == *shard).for_each(Lane::expect_more);
        }
        (self.aborts, self.progressed, self.committed) = (0, true, Instant::now());
        tracing::trace!(frames = interval.frames.len(), alerts = interval.alerts.len(), "interval committed");
        Ok(())
    }

    /// The offsets that this interval moves, those of raw partitions with what their next owner must know. A shard whose
    /// memory changed is among them though its offset did not: it is by the offsets that the group refuses whom it has put out.
    fn positions(&self, interval: &Interval) -> Result<TopicPartitionList, Failure> {
        let changed: BTreeSet<_> = interval.changes.iter().map(|change| change.shard).collect();
        let moved = self.shards.iter().filter(|lane| lane.moved() || changed.contains(&lane.id));
        let mut positions = list(moved.map(|lane| (&lane.place, Offset::Offset(lane.position()))))?;
        for lane in &self.raw {
            let remembered = self.pipeline.remembered_of_raw(lane.id);
            if !lane.moved() && lane.has_offset() && remembered == lane.remembered {
                continue;
            }
            let (topic, partition) = &lane.place;
            positions
                .add_partition_offset(topic, *partition, Offset::Offset(lane.position()))
                .map_err(|error| Failure::Fatal(format!("{topic}/{partition}: {error}")))?;
            if let (Some(text), Some(mut element)) = (remembered, positions.find_partition(topic, *partition)) {
                element.set_metadata(text);
            }
        }
        Ok(positions)
    }

    /// Drops the interval and goes back to the last commit, with every partition that is still ours.
    fn abort(&mut self, reason: &str) -> Result<(), Failure> {
        self.open = None;
        self.aborts += 1;
        self.meter.aborted();
        tracing::warn!(aborts = self.aborts, "interval aborted, reading it again: {reason}");
        if self.aborts >= ABORTS {
            return Err(Failure::Rebuild(format!(
                "{ABORTS} intervals in a row were aborted, the last one since {reason}"
            )));
        }
        self.pipeline.aborted();
        self.commands.aborted();
        self.go_back()
    }

    /// Returns to the last commit with every partition that this interval moved.
    pub(super) fn go_back(&mut self) -> Result<(), Failure> {
        let raw = self.raw.iter_mut().filter_map(Lane::abort);
        let back = list(raw.chain(self.shards.iter_mut().filter_map(Lane::abort)))?;
        if back.count() > 0 {
            let sought = self
                .group
                .consumer()
                .seek_partitions(back, REQUEST_TIMEOUT)
                .map_err(|error| Failure::outside("go back to the committed offsets", &error))?;
            for element in sought.elements() {
                element.error().map_err(|error| Failure::outside("go back to the committed offsets", &error))?;
            }
        }
        Ok(())
    }
}

/// Hands a frame to the pipeline, and a plan first where it was written under one that is not known yet.
pub(super) fn deliver<P: Pipeline>(
    shared: &Shared<'_>,
    pipeline: &mut P,
    message: &BorrowedMessage<'_>,
    mut take: impl FnMut(&mut P, i64, &[u8]) -> Result<(), Unreadable>,
) -> Result<(), Failure> {
    let frame = message.payload().unwrap_or_default();
    let broken = |error: &str| {
        let (topic, partition, offset) = (message.topic(), message.partition(), message.offset());
        Failure::Fatal(format!("{topic}/{partition} offset {offset}: a frame can't be read: {error}"))
    };
    match take(pipeline, message.offset(), frame) {
        Ok(()) => return Ok(()),
        Err(Unreadable::Broken(error)) => return Err(broken(&error)),
        Err(Unreadable::UnknownPlan(digest)) => {
            let control = Control::read(shared.config, shared.topics, shared.uncommitted)?;
            pipeline.know_plan(&control.build_plan(&digest.to_string()).map_err(|error| broken(&error))?);
        }
    }
    take(pipeline, message.offset(), frame).map_err(|error| broken(&format!("{error:?}")))
}

fn record<'m>(from: RawPartition, message: &'m BorrowedMessage<'_>, now: Time) -> Record<'m> {
    let (timestamp, timestamp_kind, arrival) = match message.timestamp() {
        Timestamp::NotAvailable => (None, TimestampKind::Create, now),
        Timestamp::CreateTime(millis) => (Some(Time::from_millis(millis)), TimestampKind::Create, now),
        Timestamp::LogAppendTime(millis) => {
            (Some(Time::from_millis(millis)), TimestampKind::LogAppend, Time::from_millis(millis))
        }
    };
    let value = message.payload().unwrap_or_default();
    Record { from, offset: message.offset(), timestamp, timestamp_kind, arrival, value }
}

fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}
