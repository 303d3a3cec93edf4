//! Detectors that have to rest, in one shard: what an interval that they failed in leaves, and what is told of what they
//! miss.

use super::interval::{Coverage, Status};
use super::outputs::Outputs;
use super::said::Said;
use super::shard::Shard;
use crate::detect::{Gap, Judge, Memory, Missed, Standing, Suspension, Turn, missed};
use crate::exchange::Section;
use crate::model::Time;
use crate::time::Watermarks;

/// What an interval of a shard began with.
pub struct Ground {
    pub standings: Vec<Standing>,
    pub watermarks: Watermarks,
    /// Offset of its first frame.
    pub position: i64,
    /// The owner's clock.
    pub now: Time,
}

// === impl Ground ===

impl Ground {
    pub fn of(shard: &Shard, now: Time) -> Self {
        let (position, _) = shard.range();
        Self { standings: shard.standings.clone(), watermarks: shard.watermarks.clone(), position, now }
    }

    /// Who takes part.
    pub fn turns(&self) -> Vec<Turn> {
        let watermark = self.watermarks.at(0);
        let turn = |standing: &Standing| match standing.may_work(self.position, watermark) {
            true => Turn::Works,
            false => Turn::Rests,
        };
        self.standings.iter().map(turn).collect()
    }

    /// Draws the line under an interval: who failed is suspended as if it had not been there, who rests has missed its
    /// rows, who was tried and did well is back.
    pub fn settle(&self, shard: &mut Shard, judge: &Judge<'_>, sections: &[Section], outputs: &mut Outputs<'_>) {
        for (detector, turn) in judge.turns.iter().enumerate() {
            match turn {
                Turn::Works => self.worked(shard, detector, judge.called[detector], outputs),
                Turn::Rests => {
                    let missed = missed(judge.plan, sections, detector);
                    self.rested(shard, detector, &missed, false, outputs);
                }
                Turn::Stopped(reason) => {
                    let missed = missed(judge.plan, sections, detector);
                    let at = detector as u16;
                    outputs.forget_said(at);
                    shard.store.undo(at);
                    shard.standings[detector].clone_from(&self.standings[detector]);
                    let standing = &mut shard.standings[detector];
                    standing.suspend(reason.clone(), self.position, &self.watermarks, self.now);
                    self.rested(shard, detector, &missed, true, outputs);
                }
            }
        }
    }

    /// Whether somebody's backoff ended in this interval: the next one tries it.
    pub fn ends_backoff(&self, shard: &Shard) -> bool {
        let (before, now) = (self.watermarks.at(0), shard.watermarks.at(0));
        shard.standings.iter().any(|standing| standing.is_due(now) && !standing.is_due(before))
    }

    fn worked(&self, shard: &mut Shard, detector: usize, called: bool, outputs: &mut Outputs<'_>) {
        let watermark = shard.watermarks.at(0);
        let standing = &mut shard.standings[detector];
        let untried = |suspension: &Suspension| suspension.gap.from < suspension.gap.to && !called;
        if standing.suspended.as_ref().is_some_and(untried) {
            return self.rested(shard, detector, &Missed::default(), false, outputs);
        }
        let Some(gap) = standing.resume(watermark) else { return };
        let status = if gap.from < gap.to { Status::Closed } else { Status::Healed };
        tell(outputs, detector, &gap, status);
        if let Some(gap) = standing.give_up() {
            tell(outputs, detector, &gap, Status::Lost);
        }
    }

    fn rested(&self, shard: &mut Shard, detector: usize, missed: &Missed, failed: bool, outputs: &mut Outputs<'_>) {
        let (position, watermark) = (shard.position(), shard.watermarks.at(0));
        let standing = &mut shard.standings[detector];
        let due = standing.miss(position, missed);
        if let Some(suspension) = &standing.suspended
            && (due || failed || watermark == Time::MAX)
        {
            tell(outputs, detector, &suspension.gap, Status::Open);
        }
    }
}

/// Tells of a gap as it is now.
fn tell(outputs: &mut Outputs<'_>, detector: usize, gap: &Gap, status: Status) {
    let coverage = coverage(outputs, detector, gap, status);
    outputs.interval.coverage.extend(coverage);
}

fn coverage(outputs: &Outputs<'_>, detector: usize, gap: &Gap, status: Status) -> Option<Coverage> {
    let name = &outputs.plan.wants.detectors.get(detector)?.name;
    let Gap { reason, .. } = gap;
    let message = match status {
        Status::Open => format!("{name} is suspended: {reason}"),
        Status::Closed => format!("{name} works again; what it missed can be healed. It was suspended: {reason}"),
        Status::Healed => format!("{name} has seen these rows by now. It was suspended: {reason}"),
        Status::Lost => format!("the exchange does not have these frames any more; {name} was suspended: {reason}"),
    };
    let raw = gap.missed.raw.iter().map(|(from, (first, last))| (*from, *first, *last));
    Some(Coverage {
        from_offset: gap.name,
        to_offset: (gap.to - 1).max(gap.name),
        status,
        since: Some(gap.since).filter(|since| *since > Time::MIN),
        raw: raw.collect(),
        ..outputs.gap(name, "suspended", message, gap.missed.rows)
    })
}

/// Gives a detector the frames that it missed, in their order, and nobody else anything.
///
/// While it is suspended its states are those of before the gap, and time is what it was: frames bring it forward as they
/// did then. After it has gone on without them they are late rows.
pub fn heal(shard: &mut Shard, judge: &mut Judge<'_>, outputs: &mut Outputs<'_>) {
    let Some(replay) = shard.replay.take() else { return };
    let detector = replay.detector;
    let Some(standing) = shard.standings.get(detector) else { return };
    let mut watermarks = match &standing.suspended {
        Some(suspension) => suspension.watermarks.clone(),
        None => shard.watermarks.clone(),
    };
    // What it missed before it was tried again goes first, and brings no time forward.
    let is_frozen = standing.suspended.is_some() && standing.gaps.is_empty();

    let alone = (0..judge.turns.len()).map(|at| if at == detector { Turn::Works } else { Turn::Rests }).collect();
    let turns = std::mem::replace(&mut judge.turns, alone);
    let memory = &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &watermarks.clone() };
    judge.rows(&replay.sections, memory, outputs);
    if is_frozen {
        replay.told.iter().for_each(|told| told.hear(&mut watermarks));
    }
    let memory = &mut Memory { store: &mut shard.store, origins: &mut shard.origins, watermarks: &watermarks };
    // Who asks to be woken again and again goes on with the next frames.
    judge.wakes(memory, outputs);
    let alone = std::mem::replace(&mut judge.turns, turns);
    if let Some(stopped @ Turn::Stopped(_)) = alone.into_iter().nth(detector) {
        judge.turns[detector] = stopped;
        return;
    }

    let position = shard.range().0;
    let standing = &mut shard.standings[detector];
    if let Some(gap) = standing.healing() {
        gap.from = replay.next;
    }
    if is_frozen && let Some(suspension) = &mut standing.suspended {
        suspension.watermarks = watermarks;
    }
    if let Some(gap) = standing.close_healed() {
        // If the rows that came since stop it, the gap is there again.
        let healed = coverage(outputs, detector, &gap, Status::Healed);
        outputs.said.extend(healed.map(|healed| (detector as u16, Said::Coverage(healed))));
    }
    if standing.may_work(position, shard.watermarks.at(0)) {
        judge.turns[detector] = Turn::Works;
    }
}
