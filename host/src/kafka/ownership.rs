//! Which partitions a session owns: taking them, with the restore of shards, and giving them up.
//!
//! ```text
//! raw:    assigned → owned → revoked or lost
//! shard:  assigned → restoring → owned → revoked or lost
//! ```

use std::time::{Duration, Instant};

use sekisho_core::model::{RawPartition, ShardId, SourceId};

use super::changelog::{Changelog, Progress};
use super::connect::ends;
use super::control::Control;
use super::failure::Failure;
use super::group::{LOST_OFFSET, Place, Rebalance, list};
use super::lanes::{Lane, ShardLane};
use super::pipeline::{Pipeline, Restorer};
use super::worker::Session;

/// Restoring shards get this much of each round.
const RESTORE_TURN: Duration = Duration::from_millis(20);

/// A long restore tells how far it is this often.
const TELL_EVERY: Duration = Duration::from_secs(2);

/// A shard on its way. Its partition is assigned and fetched already, but not read.
pub(super) struct Restoring<R> {
    pub lane: ShardLane,
    /// How far it has come.
    pub progress: Progress,
    position: Option<i64>,
    changelog: Changelog,
    restorer: R,
    begun: Instant,
    told: Instant,
}

// === impl Session ===

impl<P: Pipeline> Session<'_, P> {
    /// Serves a rebalance: commits what is open while it still may be, then gives up or takes.
    pub(super) fn serve(&mut self, rebalance: Rebalance) -> Result<(), Failure> {
        self.meter.rebalanced(super::meter::kind(&rebalance));
        match rebalance {
            Rebalance::Assigned(places) => {
                self.commit()?;
                self.take(places)
            }
            Rebalance::Revoked { places, lost: false } => {
                tracing::info!(partitions = places.len(), "partitions revoked");
                self.commit()?;
                self.disown(&places);
                self.group.give_up(&places)
            }
            Rebalance::Revoked { places, lost: true } => {
                tracing::warn!(
                    partitions = places.len(),
                    "partitions lost: the group took them without waiting for us"
                );
                // What was gathered may be somebody else's work by now; it is not committed.
                let open = self.open.take().is_some();
                self.pipeline.aborted();
                self.commands.aborted();
                self.disown(&places);
                self.group.give_up(&places)?;
                if open { self.go_back() } else { Ok(()) }
            }
        }
    }

    fn disown(&mut self, places: &[Place]) {
        let (pipeline, gate) = (&mut self.pipeline, self.shared.gate);
        self.raw.retain(|lane| {
            let ours = !places.contains(&lane.place);
            if !ours {
                pipeline.disown_raw(lane.id);
            }
            ours
        });
        self.shards.retain(|lane| {
            let ours = !places.contains(&lane.place);
            if !ours {
                pipeline.disown_shard(lane.id);
                gate.let_go(lane.id);
            }
            ours
        });
        self.restoring.retain(|restoring| !places.contains(&restoring.lane.place));
    }

    /// Takes partitions: raw ones at once, shards when they are restored.
    fn take(&mut self, places: Vec<Place>) -> Result<(), Failure> {
        let committed = self.group.committed(&places)?;
        let mut from = Vec::new();
        for (place, committed) in places.into_iter().zip(committed) {
            let (committed, remembered) = committed.map(|found| (found.offset, found.remembered)).unzip();
            let start = self.start(&place, committed)?;
            from.push((place.clone(), rdkafka::Offset::Offset(start)));
            let consumer = self.group.consumer();
            if place.0 == self.shared.topics.exchange {
                let shard = ShardId(place.1.unsigned_abs());
                let lane = Lane::open(consumer, shard, place, (committed, start))?;
                self.restoring.push(self.begin_restore(lane, committed)?);
            } else if let Some(raw) = self.raw_partition(&place) {
                let mut lane = Lane::open(consumer, raw, place, (committed, start))?;
                match remembered.filter(|text| !text.is_empty()) {
                    Some(text) => self.pipeline.resume_raw(raw, &text),
                    None => self.pipeline.own_raw(raw),
                }
                lane.remembered = self.pipeline.remembered_of_raw(raw);
                self.raw.push(lane);
            }
        }
        tracing::info!(partitions = from.len(), restoring = self.restoring.len(), "partitions assigned");
        let from = list(from.iter().map(|(place, offset)| (place, *offset)))?;
        self.group.take(&from)
    }

    fn begin_restore(&self, lane: ShardLane, position: Option<i64>) -> Result<Restoring<P::Restorer>, Failure> {
        let shared = self.shared;
        let changelog = Changelog::open(shared.config, shared.uncommitted, &shared.topics.state, lane.place.1)?;
        let restorer = self.pipeline.restorer(lane.id);
        let begun = Instant::now();
        let progress = Progress::default();
        Ok(Restoring { lane, progress, position, changelog, restorer, begun, told: begun })
    }

    /// Where to begin. A group without an offset begins at the earliest record, once; later that is a loss.
    fn start(&mut self, place: &Place, committed: Option<i64>) -> Result<i64, Failure> {
        let (topic, partition) = place;
        let (low, high) = ends(self.shared.uncommitted, topic, *partition)
            .map_err(|error| Failure::outside(&format!("ask for the ends of {topic}/{partition}"), &error))?;
        match committed {
            Some(offset) if (low..=high).contains(&offset) => Ok(offset),
            Some(offset) => {
                let told =
                    format!("the group stands at offset {offset}, but the topic holds {low} to {high}: {LOST_OFFSET}");
                Err(self.contradiction(place, committed, &told))
            }
            None if *topic == self.shared.topics.exchange => Ok(low),
            None => {
                let group = &self.shared.config.group;
                self.control = Control::read(self.shared.config, self.shared.topics, self.shared.uncommitted)?;
                if self.control.has_started(group, topic, *partition) {
                    return Err(Failure::Fatal(format!(
                        "{topic}/{partition}: group {group} has read it before, but its offset is gone; \
                         reset the group's offset on purpose to go on"
                    )));
                }
                Ok(low)
            }
        }
    }

    /// What a topic holds and where the group stands do not fit. If the group stands elsewhere by now, the assignment took so
    /// long to reach us that the partition is somebody else's: that is no loss, and we ask anew what is ours.
    fn contradiction(&self, place: &Place, known: Option<i64>, told: &str) -> Failure {
        let (topic, partition) = place;
        match self.group.committed(std::slice::from_ref(place)) {
            Ok(now) if now.first().and_then(Option::as_ref).map(|now| now.offset) == known => {
                Failure::Fatal(format!("{topic}/{partition}: {told}"))
            }
            Ok(_) => Failure::Rebuild(format!("{topic}/{partition}: {told}; the group has moved on meanwhile")),
            Err(failure) => failure,
        }
    }

    /// Goes on with the restore of shards, a little in each round, so that those that are restored go on working.
    pub(super) fn restore(&mut self) -> Result<(), Failure> {
        let mut at = 0;
        while at < self.restoring.len() {
            let Restoring { changelog, restorer, lane, told, .. } = &mut self.restoring[at];
            let (topic, partition) = (&self.shared.topics.state, lane.place.1);
            let progress = changelog.step(RESTORE_TURN, |key, value| {
                let failed = |error| Failure::Fatal(format!("{topic}/{partition}: {error}"));
                restorer.apply(key, value).map_err(failed)
            })?;
            if !progress.done {
                if progress.records > 0 && told.elapsed() >= TELL_EVERY {
                    *told = Instant::now();
                    let percent = (progress.part * 100.0) as u32;
                    tracing::info!(shard = lane.id.0, records = progress.records, percent, "shard is being restored");
                }
                self.restoring[at].progress = progress;
                at += 1;
                continue;
            }
            let Restoring { lane, position, restorer, begun, .. } = self.restoring.swap_remove(at);
            let shard = restorer.finish(position).map_err(|told| self.contradiction(&lane.place, position, &told))?;
            tracing::info!(shard = lane.id.0, records = progress.records, position, elapsed = ?begun.elapsed(), "shard restored");
            self.pipeline.own_shard(shard);
            self.shards.push(lane);
        }
        Ok(())
    }

    fn raw_partition(&self, (topic, partition): &Place) -> Option<RawPartition> {
        let source = self.plan.wants.sources.iter().position(|source| source.name == *topic)?;
        Some(RawPartition { source: SourceId(source as u32), partition: *partition })
    }
}
