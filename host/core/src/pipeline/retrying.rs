//! Giving a detector once more the rows of a group that it failed on, on an operator's word: the raw records are decoded
//! again, and of their rows the group's go to the detector alone.

use super::healing::Asked;
use super::interval::{DeadLetter, Quarantined};
use super::outputs::Outputs;
use super::shard::Shard;
use super::worker::Worker;
use crate::detect::{Judge, Memory, Turn};
use crate::exchange::{Outgoing, Router, Row, Section};
use crate::model::{Key, Origin, Record, ShardId};
use crate::plan::{Plan, Reader};

/// Commands that a shard remembers, so that none is served twice by two owners.
const REMEMBERED: usize = 64;

/// A group that is to be judged again.
#[derive(Clone, Debug)]
pub struct Retry<'a> {
    /// Of the command.
    pub id: &'a str,
    pub detector: &'a str,
    pub key_space: &'a str,
    pub key: &'a [String],
    /// The raw records, each with the indexes of the events that the group's rows rest on.
    pub records: Vec<(Record<'a>, Vec<u32>)>,
}

/// The rows of a group, found again.
#[derive(Debug)]
pub(super) struct Again {
    detector: usize,
    origins: Vec<Origin>,
    group: Quarantined,
    sections: Vec<Section>,
}

// === impl Worker ===

impl Worker {
    /// Asks a shard to judge a group again; it is judged when the interval is closed, by the state that the key has now.
    pub fn retry(&mut self, shard: ShardId, retry: &Retry<'_>) -> Asked {
        let plan = self.plan.clone();
        let Some(at) = plan.wants.detectors.iter().position(|known| known.name == retry.detector) else {
            return Asked::Nothing;
        };
        let spaces = &plan.wants.detectors[at].plan.key_spaces;
        let Some(space) = spaces.iter().position(|space| space.name == retry.key_space) else { return Asked::Nothing };
        match self.shards.get(&shard) {
            Some(owned) if owned.served.iter().any(|id| id == retry.id) => return Asked::Nothing,
            Some(owned) if owned.standings[at].suspended.is_some() => return Asked::Later,
            Some(_) => {}
            None => return Asked::Later,
        }
        let sections = self.find_rows(&plan, shard, (at, space as u32), retry);
        let Some(owned) = self.shards.get_mut(&shard) else { return Asked::Later };
        owned.served.push(retry.id.to_owned());
        let surplus = owned.served.len().saturating_sub(REMEMBERED);
        owned.served.drain(..surplus);
        if sections.is_empty() {
            return Asked::Nothing;
        }
        let origins = retry.records.iter().flat_map(|(record, indexes)| {
            let Record { from, offset, .. } = *record;
            let origin =
                move |index: &u32| Origin { source: from.source, partition: from.partition, offset, index: *index };
            indexes.iter().map(origin)
        });
        owned.again.push(Again {
            detector: at,
            origins: origins.collect(),
            group: Quarantined {
                detector: retry.detector.to_owned(),
                key_space: retry.key_space.to_owned(),
                key: retry.key.to_vec(),
                shard,
            },
            sections,
        });
        Asked::Taken
    }

    /// The group's rows, among all that the records become.
    fn find_rows(
        &mut self,
        plan: &Plan,
        shard: ShardId,
        (detector, key_space): (usize, u32),
        retry: &Retry<'_>,
    ) -> Vec<Section> {
        let key = Key::of(retry.key);
        let layout = &self.outbox.layout;
        let mut outgoing = Outgoing::new(usize::MAX);
        let mut router = Router::new(plan);
        let is_its = |reader: &Reader| reader.detector == detector && reader.key_space == key_space;
        for (record, indexes) in &retry.records {
            let from = record.from;
            self.ingest.events(record, &mut |event| {
                if !indexes.contains(&event.index) {
                    return;
                }
                let (source, partition, offset) = (from.source, from.partition, record.offset);
                let origin = Origin { source, partition, offset, index: event.index };
                router.event(plan, self.zones.as_ref(), event, origin, &mut |to, at, row| {
                    let readers = plan.streams[at].readers.iter().enumerate();
                    let mask = readers.filter(|(_, reader)| is_its(reader)).fold(0, |mask, (bit, _)| mask | 1 << bit);
                    let row = Row { readers: row.readers & mask, ..*row };
                    if to == shard && row.readers != 0 && row.key == key.as_bytes() {
                        // A row that does not fit its stream is none of those that were judged.
                        let _ = outgoing.push(at, &plan.streams[at], layout, &row);
                    }
                });
            });
        }
        outgoing.take(layout).unwrap_or_default().concat()
    }
}

/// Gives detectors the groups that they are to judge again, each alone.
pub(super) fn judge_again(shard: &mut Shard, judge: &mut Judge<'_>, outputs: &mut Outputs<'_>) {
    let watermarks = shard.watermarks.clone();
    for again in &shard.again {
        if judge.turns.get(again.detector) != Some(&Turn::Works) {
            continue;
        }
        let alone = (0..judge.turns.len()).map(|at| if at == again.detector { Turn::Works } else { Turn::Rests });
        let alone = alone.collect();
        let turns = std::mem::replace(&mut judge.turns, alone);
        let memory = &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &watermarks };
        judge.rows(&again.sections, memory, outputs);
        let alone = std::mem::replace(&mut judge.turns, turns);
        judge.turns[again.detector].clone_from(&alone[again.detector]);
    }
}

/// Groups of detectors that had to be stopped were not judged again after all: that is told as it was before.
pub(super) fn settle_again(shard: &mut Shard, judge: &Judge<'_>, outputs: &mut Outputs<'_>) {
    for again in std::mem::take(&mut shard.again) {
        if judge.turns[again.detector] == Turn::Works {
            continue;
        }
        outputs.interval.dead_letters.push(DeadLetter {
            message: format!("{} was suspended when it was to judge this group again", again.group.detector),
            origins: again.origins,
            reason: "suspended".to_owned(),
            at: None,
            shape: None,
            detector: Some(again.group),
            value: Vec::new(),
            length: 0,
            digest: None,
        });
    }
}
