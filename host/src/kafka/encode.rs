//! From an interval to the records of its transaction.

use sekisho_core::pipeline::Interval;
use sekisho_core::plan::Plan;

use super::group::Place;
use super::topics::{Limits, Topics};
use super::transaction::Outgoing;

/// The records of one transaction, in the order in which they are produced.
pub(super) struct Burst<'a> {
    interval: &'a Interval,
    topics: &'a Topics,
    alerts: Vec<Vec<u8>>,
    dead_letters: Vec<Vec<u8>>,
    coverage: Vec<(String, Vec<u8>)>,
    late: Vec<Vec<u8>>,
}

// === impl Burst ===

impl<'a> Burst<'a> {
    /// Writes the interval's values as JSON.
    pub fn new(interval: &'a Interval, plan: &Plan, topics: &'a Topics, limits: &Limits) -> Self {
        let sources = &plan.wants.sources;
        Self {
            alerts: interval.alerts.iter().map(|alert| alert.body.to_string().into_bytes()).collect(),
            dead_letters: interval
                .dead_letters
                .iter()
                .map(|letter| letter.to_json(sources, limits.dead_letter))
                .collect(),
            late: interval.late.iter().map(|row| row.to_json(sources)).collect(),
            coverage: interval.coverage.iter().map(|gap| (gap.key(), gap.to_json(sources))).collect(),
            interval,
            topics,
        }
    }

    /// All of them.
    pub fn records(&self) -> impl Iterator<Item = Outgoing<'_>> {
        let topics = self.topics;
        let shard = |shard: sekisho_core::model::ShardId| Some(shard.0 as i32);
        let frames = self.interval.frames.iter().map(move |(to, frame)| Outgoing {
            topic: &topics.exchange,
            partition: shard(*to),
            key: None,
            value: Some(frame.as_slice()),
        });
        let alerts = self.interval.alerts.iter().zip(&self.alerts).map(|(alert, body)| Outgoing {
            topic: &topics.alerts,
            partition: None,
            key: Some(alert.uid.as_bytes()),
            value: Some(body.as_slice()),
        });
        let changes = self.interval.changes.iter().map(move |change| Outgoing {
            topic: &topics.state,
            partition: shard(change.shard),
            key: Some(change.key.as_slice()),
            value: change.value.as_deref(),
        });
        let coverage = self.coverage.iter().map(|(key, body)| Outgoing {
            topic: &topics.coverage,
            partition: None,
            key: Some(key.as_bytes()),
            value: Some(body.as_slice()),
        });
        frames
            .chain(alerts)
            .chain(changes)
            .chain(unkeyed(&topics.dead_letters, &self.dead_letters))
            .chain(coverage)
            .chain(topics.late.iter().flat_map(|late| unkeyed(late, &self.late)))
    }

    /// The tombstone of a command that was served.
    pub fn served<'k>(&'k self, key: &'k [u8]) -> Outgoing<'k> {
        Outgoing { topic: &self.topics.control, partition: Some(0), key: Some(key), value: None }
    }

    /// The record by which it is remembered that the group has begun a partition.
    pub fn started<'k>(&'k self, key: &'k [u8]) -> Outgoing<'k> {
        Outgoing { topic: &self.topics.control, partition: Some(0), key: Some(key), value: Some(b"{}") }
    }
}

fn unkeyed<'a>(topic: &'a str, bodies: &'a [Vec<u8>]) -> impl Iterator<Item = Outgoing<'a>> {
    bodies.iter().map(move |body| Outgoing { topic, partition: None, key: None, value: Some(body) })
}

/// The keys of partitions that the group begins with this transaction.
pub(super) fn started<'a>(group: &str, places: impl IntoIterator<Item = &'a Place>) -> Vec<Vec<u8>> {
    let key = |(topic, partition): &Place| super::control::started_key(group, topic, *partition);
    places.into_iter().map(key).collect()
}
