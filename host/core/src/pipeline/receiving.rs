//! Frames as they come out of the exchange: read by the plan that they were written under, and handed to their shard.

use super::interval::{Coverage, Status};
use super::told::Told;
use super::worker::Worker;
use crate::exchange::{Frame, FrameError, Section, peek_plan};
use crate::model::{Digest, ShardId};

/// A frame, read.
pub(super) struct Read {
    pub sections: Vec<Section>,
    pub told: Told,
    /// Detectors that it does not hold enough for.
    pub uncovered: Vec<usize>,
    /// All rows of the frame.
    pub rows: u64,
    /// The plan that it was written under.
    pub plan: Digest,
}

// === impl Worker ===

impl Worker {
    /// Takes a frame of a shard that it owns; it is judged when the interval is closed.
    ///
    /// # Errors
    /// A frame that can't be read, or whose plan is not known: the shard can't go on before it is.
    pub fn receive(&mut self, shard: ShardId, offset: i64, bytes: &[u8]) -> Result<(), FrameError> {
        if !self.shards.contains_key(&shard) {
            return Ok(());
        }
        let Read { sections, told, uncovered, rows, plan } = self.read(bytes)?;
        for detector in uncovered {
            let name = &self.plan.wants.detectors[detector].name;
            tell_uncovered(&mut self.interval.coverage, name, shard, (offset, rows), plan);
        }
        self.pending.records += 1;
        self.pending.bytes += bytes.len() as u64;
        if let Some(shard) = self.shards.get_mut(&shard) {
            shard.receive(offset, sections, told);
        }
        Ok(())
    }

    /// Reads a frame as this plan's streams hold it.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Read, FrameError> {
        let plan = peek_plan(bytes)?;
        let (layout, adoption) = match self.others.get(&plan) {
            _ if plan == self.plan.digest => (&self.outbox.layout, None),
            Some((layout, adoption)) => (layout, Some(adoption)),
            None => return Err(FrameError::UnknownPlan(plan)),
        };
        let Frame { sections, progress, .. } = Frame::decode(bytes, layout)?;
        let told = Told::from_bytes(&progress).map_err(|error| FrameError::Section(error.to_string()))?;
        let rows = sections.iter().map(|section| section.batch.num_rows()).sum::<usize>() as u64;
        let Some(adoption) = adoption else {
            return Ok(Read { sections, told, uncovered: Vec::new(), rows, plan });
        };
        let adopted = sections.iter().map(|section| adoption.section(section, &self.outbox.layout));
        let sections = adopted.collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Read { sections, told, uncovered: adoption.uncovered().collect(), rows, plan })
    }
}

/// A frame of another plan that does not hold what a detector asks for now: a missing column never reads as "nothing".
pub(super) fn tell_uncovered(
    coverage: &mut Vec<Coverage>,
    detector: &str,
    shard: ShardId,
    (offset, rows): (i64, u64),
    plan: Digest,
) {
    let known = coverage
        .iter_mut()
        .find(|gap| gap.detector == detector && gap.shard == shard && gap.reason == "plan-does-not-cover");
    match known {
        Some(gap) => {
            gap.to_offset = offset;
            gap.rows += rows;
        }
        None => coverage.push(Coverage {
            detector: detector.to_owned(),
            shard,
            reason: "plan-does-not-cover".to_owned(),
            message: format!(
                "frames written under plan {} do not hold what {detector} asks for now; it did not see them",
                plan.short()
            ),
            from_offset: offset,
            to_offset: offset,
            rows,
            status: Status::Closed,
            since: None,
            raw: Vec::new(),
        }),
    }
}
