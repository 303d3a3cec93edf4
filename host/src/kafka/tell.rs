//! What an interval lost, for the log: a few lines with topic, partition and offset. The topics of dead letters and coverage
//! have all of it.

use sekisho_core::pipeline::{Interval, Status};
use sekisho_core::plan::SourceSpec;

/// Of one interval, at most so many of a kind are told.
const TOLD: usize = 3;

/// Tells what was lost in an interval that is committed. No text of a record is told: it may hold secrets.
pub(super) fn tell(interval: &Interval, sources: &[SourceSpec]) {
    for letter in interval.dead_letters.iter().take(TOLD) {
        let origin = letter.origins.first().copied().unwrap_or_default();
        let topic = sources.get(origin.source.0 as usize).map_or("", |source| source.name.as_str());
        let (partition, offset, reason) = (origin.partition, origin.offset, letter.reason.as_str());
        match &letter.detector {
            None => tracing::warn!(topic, partition, offset, reason, "a record can't be decoded: dead letter"),
            Some(failed) => {
                let (detector, records) = (failed.detector.as_str(), letter.origins.len());
                tracing::warn!(
                    detector,
                    topic,
                    partition,
                    offset,
                    reason,
                    records,
                    "a detector failed on a group: dead letter"
                );
            }
        }
    }
    for gap in interval.coverage.iter().take(TOLD) {
        let (from, to) = (gap.from_offset, gap.to_offset);
        let (detector, shard, rows, reason) = (gap.detector.as_str(), gap.shard.0, gap.rows, gap.reason.as_str());
        match gap.status {
            Status::Healed => tracing::info!(detector, shard, from, to, rows, reason, "a detector was healed"),
            status => {
                let status = status.label();
                tracing::warn!(detector, shard, from, to, rows, reason, status, "a detector did not see everything");
            }
        }
    }
}
