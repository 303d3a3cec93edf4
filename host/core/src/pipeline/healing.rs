//! Bringing a suspended detector up to date, on an operator's word: the owner of the shard reads the frames of its gaps
//! again and gives them to it alone.

use super::interval::{Coverage, Status};
use super::shard::Replay;
use super::worker::Worker;
use crate::detect::{Missed, Standing};
use crate::exchange::FrameError;
use crate::model::ShardId;

/// What became of an operator's word to a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It is done, or begun; it stands when the interval is committed.
    Taken,
    /// Not now: the detector rests.
    Later,
    /// Nothing is to be done: the detector is not known, or missed nothing.
    Nothing,
}

// === impl Worker ===

impl Worker {
    /// Asks to heal a detector in a shard.
    pub fn heal(&mut self, shard: ShardId, detector: &str) -> Asked {
        let Some(standing) = self.standing(shard, detector) else { return Asked::Nothing };
        if standing.held().is_none() {
            return Asked::Nothing;
        }
        standing.heal = true;
        Asked::Taken
    }

    pub(super) fn standing(&mut self, shard: ShardId, detector: &str) -> Option<&mut Standing> {
        let at = self.plan.wants.detectors.iter().position(|known| known.name == detector)?;
        self.shards.get_mut(&shard)?.standings.get_mut(at)
    }

    /// Offsets of the exchange whose frames a shard wants again for healing: from the first up to before the second.
    pub fn wanted(&self, shard: ShardId) -> Option<(i64, i64)> {
        let shard = self.shards.get(&shard)?;
        let (detector, (from, to)) = healing(&shard.standings)?;
        match &shard.replay {
            Some(replay) if replay.detector == detector => Some((replay.next, to)).filter(|(from, to)| from < to),
            _ => Some((from, to)),
        }
    }

    /// Takes a frame of before again, for the detector that is healed; it is judged when the interval is closed.
    ///
    /// # Errors
    /// As [`Worker::receive`].
    pub fn replay(&mut self, shard: ShardId, offset: i64, bytes: &[u8]) -> Result<(), FrameError> {
        let Some((from, to)) = self.wanted(shard) else { return Ok(()) };
        if !(from..to).contains(&offset) {
            return Ok(());
        }
        let read = self.read(bytes)?;
        self.pending.records += 1;
        self.pending.bytes += bytes.len() as u64;
        let Some(shard) = self.shards.get_mut(&shard) else { return Ok(()) };
        let Some((detector, _)) = healing(&shard.standings) else { return Ok(()) };
        let name = &self.plan.wants.detectors[detector].name;
        if read.uncovered.contains(&detector) {
            super::receiving::tell_uncovered(
                &mut self.interval.coverage,
                name,
                shard.id,
                (offset, read.rows),
                read.plan,
            );
        }
        let replay = shard.replay.get_or_insert_with(|| Replay { detector, ..Replay::default() });
        replay.next = offset + 1;
        replay.sections.extend(read.sections);
        replay.told.push(read.told);
        Ok(())
    }

    /// The exchange holds nothing of a shard before this offset any more: what was to be healed of it never will be.
    pub fn lost(&mut self, shard: ShardId, low: i64) {
        let Some(shard) = self.shards.get_mut(&shard) else { return };
        for (known, standing) in self.plan.wants.detectors.iter().zip(&mut shard.standings) {
            while let Some(gap) = standing.healing().filter(|gap| gap.from < low) {
                let to = low.min(gap.to);
                self.interval.coverage.push(Coverage {
                    detector: known.name.clone(),
                    shard: shard.id,
                    reason: "suspended".to_owned(),
                    message: format!(
                        "{} can't be healed of the frames before offset {to}: the exchange does not have them any more",
                        known.name
                    ),
                    from_offset: gap.name,
                    to_offset: to - 1,
                    rows: gap.missed.rows,
                    status: Status::Lost,
                    since: Some(gap.since),
                    raw: gap.missed.raw.iter().map(|(from, (first, last))| (*from, *first, *last)).collect(),
                });
                // How many rows are left nobody knows; all are told as lost.
                (gap.name, gap.from, gap.missed) = (to, to, Missed::default());
                if standing.close_healed().is_none() {
                    break;
                }
            }
        }
    }

    /// The first offset of a shard that healing may still ask for.
    pub fn held(&self, shard: ShardId) -> Option<i64> {
        self.shards.get(&shard)?.standings.iter().filter_map(Standing::held).min()
    }
}

/// The detector that is healed next, and its range.
fn healing(standings: &[Standing]) -> Option<(usize, (i64, i64))> {
    standings.iter().enumerate().find_map(|(at, standing)| Some((at, standing.wanted()?)))
}
