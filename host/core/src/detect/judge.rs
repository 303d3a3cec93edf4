//! Calls the detectors of a shard and takes back what they judge.

use super::batch::Batch;
use super::late::Late;
use super::seat::{FaultPolicy, Seat};
use super::tables::Caller;
use super::work::{Wakes, Work};
use super::{Fault, Memory, Missed, Sink};
use crate::contract::{MAX_CALL_ROWS, Outcome};
use crate::exchange::Section;
use crate::model::{RawPartition, Time};
use crate::plan::Plan;
use crate::state::{DueWake, StateKey};

/// Rounds of wake-ups in one interval: a group that asks to be woken at once, again and again, goes on in the next.
const WAKE_ROUNDS: usize = 256;

/// The detectors of one worker, at work on one shard.
pub struct Judge<'a> {
    pub plan: &'a Plan,
    pub policy: FaultPolicy,
    pub explain: bool,
    pub seats: &'a mut [Seat],
    /// For each detector, whether it takes part.
    pub turns: Vec<Turn>,
    /// For each detector, whether it was called.
    pub called: Vec<bool>,
}

/// Whether a detector takes part in an interval of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    Works,
    /// It is suspended.
    Rests,
    /// It had to be stopped, for this reason: whatever it did in the interval is to be undone.
    Stopped(String),
}

// === impl Judge ===

impl Judge<'_> {
    /// Gives each key space the rows that it was sent.
    pub fn rows(&mut self, sections: &[Section], memory: &mut Memory<'_>, sink: &mut dyn Sink) {
        for detector in (0..self.seats.len()).filter(|at| self.works(*at)).collect::<Vec<_>>() {
            for key_space in 0..self.plan.wants.detectors[detector].plan.key_spaces.len() as u32 {
                let batch = Batch::gather(self.plan, sections, detector, key_space);
                if batch.is_empty() {
                    continue;
                }
                let watermark = memory.watermarks.at(self.plan.stratum(detector, key_space));
                let caller =
                    Caller { plan: self.plan, batch: &batch, detector, key_space, watermark, explain: self.explain };
                Late::among(&caller).for_each(|row| sink.late(&row));
                for slices in batch.calls(self.plan, detector) {
                    self.attempt(Work::Rows(&caller, &slices), memory, sink);
                }
            }
        }
    }

    /// Wakes the groups whose time has come. False: some asked to be woken again and again, and go on later.
    pub fn wakes(&mut self, memory: &mut Memory<'_>, sink: &mut dyn Sink) -> bool {
        for _ in 0..WAKE_ROUNDS {
            let watermarks = memory.watermarks;
            // A suspended detector's states are frozen, their wake-ups with them.
            let due = memory.store.due(|detector, key_space| match self.works(usize::from(detector)) {
                false => Time::MIN,
                true => watermarks.at(self.plan.stratum(usize::from(detector), u32::from(key_space))),
            });
            if due.is_empty() {
                return true;
            }
            let place = |wake: &DueWake| (wake.key.detector, wake.key.key_space);
            for run in due.chunk_by(|a, b| place(a) == place(b)) {
                let (detector, key_space) = place(&run[0]);
                let watermark = watermarks.at(self.plan.stratum(usize::from(detector), u32::from(key_space)));
                let wakes = Wakes { detector, key_space, watermark, explain: self.explain };
                for piece in run.chunks(MAX_CALL_ROWS) {
                    self.attempt(Work::Wakes(&wakes, piece), memory, sink);
                }
            }
        }
        false
    }

    fn works(&self, detector: usize) -> bool {
        self.turns.get(detector) == Some(&Turn::Works)
    }

    fn stop(&mut self, detector: usize, reason: String) {
        if let Some(turn) = self.turns.get_mut(detector) {
            *turn = Turn::Stopped(reason);
        }
    }

    /// Makes a call; halves it until the group that it fails on stands alone.
    fn attempt(&mut self, work: Work<'_>, memory: &mut Memory<'_>, sink: &mut dyn Sink) {
        let detector = usize::from(work.detector());
        let (true, Some(seat)) = (self.works(detector), self.seats.get_mut(detector)) else { return };
        // Another shard's rows have spent what there was.
        if let Some(reason) = seat.overspent(&self.policy) {
            return self.stop(detector, reason);
        }
        let result = seat.evaluate(work.call(memory.store, memory.origins));
        self.called[detector] = true;
        if let Some(reason) = seat.overspent(&self.policy) {
            return self.stop(detector, reason);
        }
        let result = result.and_then(|outcome| in_range(&outcome, &work).map(|()| outcome));
        if let Err(fault) = &result {
            seat.failed(fault);
        }
        match result {
            Ok(outcome) => take(outcome, &work, memory, sink),
            // It is the detector, not the group: no other group would fare better.
            Err(fault @ Fault::Start(_)) => self.stop(detector, fault.to_string()),
            Err(fault) if work.len() <= 1 => match seat.quarantined(&fault, &self.policy) {
                Some(reason) => self.stop(detector, reason),
                None => quarantine(&fault, &work, memory, sink),
            },
            Err(_) => work.halves().into_iter().for_each(|half| self.attempt(half, memory, sink)),
        }
    }
}

/// What a detector would have been given of these sections.
pub fn missed(plan: &Plan, sections: &[Section], detector: usize) -> Missed {
    let mut missed = Missed::default();
    let spaces = plan.wants.detectors.get(detector).map_or(0, |known| known.plan.key_spaces.len());
    for key_space in 0..spaces as u32 {
        let batch = Batch::gather(plan, sections, detector, key_space);
        missed.rows += batch.len() as u64;
        for origin in batch.origins() {
            missed.saw(RawPartition { source: origin.source, partition: origin.partition }, origin.offset);
        }
    }
    missed
}

/// Every group that an outcome speaks of is in the call.
fn in_range(outcome: &Outcome, work: &Work<'_>) -> Result<(), Fault> {
    let groups = outcome.findings.iter().map(|finding| finding.group);
    let groups = groups.chain(outcome.states.iter().map(|kept| kept.group));
    let mut groups = groups.chain(outcome.signals.iter().map(|signal| signal.group));
    match groups.find(|group| *group as usize >= work.len()) {
        Some(group) => Err(Fault::BadOutput(format!("group {group} where the call has {}", work.len()))),
        None => Ok(()),
    }
}

fn take(outcome: Outcome, work: &Work<'_>, memory: &mut Memory<'_>, sink: &mut dyn Sink) {
    let mut kept = vec![false; work.len()];
    for state in outcome.states {
        let group = state.group as usize;
        let (touched, rows) = work.touched(group);
        memory.store.put(&work.key(group), state.state, touched, rows);
        kept[group] = true;
    }
    for (group, _) in kept.iter().enumerate().filter(|(_, kept)| !**kept) {
        let (touched, rows) = work.touched(group);
        if rows > 0 {
            memory.store.touch(&work.key(group), touched, rows);
        }
    }
    for finding in outcome.findings {
        let key = work.key(finding.group as usize);
        sink.finding(&key, finding, memory);
    }
    for signal in outcome.signals {
        let key = work.key(signal.group as usize);
        sink.signal(&key, signal, memory);
    }
    for (counter, by) in outcome.counters {
        sink.counted(work.detector(), counter, by);
    }
    for note in outcome.notes.into_iter().filter(|note| (note.group as usize) < work.len()) {
        let key = work.key(note.group as usize);
        let origin = note.origin.and_then(|token| memory.origins.origin(token));
        sink.note(&key, origin, note.text);
    }
}

fn quarantine(fault: &Fault, work: &Work<'_>, memory: &mut Memory<'_>, sink: &mut dyn Sink) {
    let key: StateKey = work.key(0);
    let set_aside = memory.store.failed(&key, &fault.to_string());
    sink.quarantined(&key, work.origins(0), fault, set_aside);
}

/// The watermark of a key space, for whoever publishes under it.
pub fn watermark_of(plan: &Plan, memory: &Memory<'_>, key: &StateKey) -> Time {
    memory.watermarks.at(plan.stratum(usize::from(key.detector), u32::from(key.key_space)))
}
