//! Where the judgements of one shard go: alerts, rows for other detectors, dead letters, coverage, counts.

use super::account::Account;
use super::ingest::Outbox;
use super::interval::{Coverage, DeadLetter, Explained, Interval, LateRow, Quarantined, Status};
use super::said::Said;
use super::sent::cited;
use crate::contract::{Finding, Signal};
use crate::detect::{Fault, Late, Memory, Sink};
use crate::exchange::Router;
use crate::model::{Origin, ShardId};
use crate::plan::{Configured, Plan, Source, Zones};
use crate::state::StateKey;

/// Takes the judgements of one shard in one interval.
pub struct Outputs<'a> {
    pub shard: ShardId,
    /// Offsets of the frames that are judged, both included.
    pub range: (i64, i64),
    /// Sources are files (`replay`).
    pub files: bool,
    /// Late rows are copied.
    pub copy_late: bool,
    pub plan: &'a Plan,
    pub zones: &'a dyn Zones,
    pub router: &'a mut Router,
    pub outbox: &'a mut Outbox,
    pub interval: &'a mut Interval,
    pub account: &'a mut Account,
    /// By whom, or of whom, what was said.
    pub said: Vec<(u16, Said)>,
}

// === impl Outputs ===

impl Outputs<'_> {
    fn detector(&self, detector: u16) -> Option<&Configured> {
        self.plan.wants.detectors.get(usize::from(detector))
    }

    /// The frames of this interval as a range that is told of a detector.
    pub fn gap(&self, detector: &str, reason: &str, message: String, rows: u64) -> Coverage {
        Coverage {
            detector: detector.to_owned(),
            shard: self.shard,
            reason: reason.to_owned(),
            message,
            from_offset: self.range.0,
            to_offset: self.range.1,
            rows,
            status: Status::Closed,
            since: None,
            raw: Vec::new(),
        }
    }

    fn copy(&self, row: &Late<'_>) -> Option<LateRow> {
        let detector = self.plan.wants.detectors.get(row.detector)?;
        let space = detector.plan.key_spaces.get(row.key_space as usize)?;
        let read = detector.plan.subscriptions.get(row.subscription as usize)?;
        Some(LateRow {
            detector: detector.name.clone(),
            key_space: space.name.clone(),
            key: row.key().parts(),
            source: read.source.clone(),
            time: row.time,
            watermark: row.watermark,
            origins: row.origins(),
        })
    }

    fn names(&self, key: &StateKey) -> (String, String) {
        let detector = self.detector(key.detector);
        let space = detector.and_then(|detector| detector.plan.key_spaces.get(usize::from(key.key_space)));
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        (name(detector.map(|detector| &detector.name)), name(space.map(|space| &space.name)))
    }

    /// Tells a finding to the detectors that read this one's findings.
    pub fn tell_finding(&mut self, key: &StateKey, uid: &str, finding: &Finding, memory: &Memory<'_>) {
        if self.router.is_read(&Source::Finding(usize::from(key.detector))) {
            let origins = cited(memory.origins, finding.evidence.iter().map(|evidence| evidence.origin));
            let (key, uid, finding) = (key.clone(), uid.to_owned(), Box::new(finding.clone()));
            self.said.push((key.detector, Said::Finding { key, uid, finding, origins }));
        }
    }
}

impl Sink for Outputs<'_> {
    fn finding(&mut self, key: &StateKey, finding: Finding, memory: &mut Memory<'_>) {
        super::publishing::publish(self, key, finding, memory);
    }

    fn signal(&mut self, key: &StateKey, signal: Signal, memory: &mut Memory<'_>) {
        if self.router.is_read(&Source::Signal(usize::from(key.detector), signal.kind as usize)) {
            let origins = cited(memory.origins, signal.origins.iter().copied());
            self.said.push((key.detector, Said::Signal { key: key.clone(), signal, origins }));
        }
    }

    fn counted(&mut self, detector: u16, counter: u32, by: u64) {
        self.said.push((detector, Said::Counted(counter, by)));
    }

    fn late(&mut self, row: &Late<'_>) {
        let by = row.detector as u16;
        if !matches!(self.said.last(), Some((last, Said::Late(..))) if *last == by) {
            self.said.push((by, Said::Late(0, Vec::new())));
        }
        let copy = if self.copy_late { self.copy(row) } else { None };
        if let Some((_, Said::Late(count, copies))) = self.said.last_mut() {
            *count += 1;
            copies.extend(copy);
        }
    }

    fn note(&mut self, key: &StateKey, origin: Option<Origin>, text: String) {
        let (detector, key_space) = self.names(key);
        let note = Explained { detector, key_space, key: key.key.parts(), origin, text };
        self.said.push((key.detector, Said::Note(note)));
    }

    fn quarantined(&mut self, key: &StateKey, origins: Vec<Origin>, fault: &Fault, state_set_aside: bool) {
        let (detector, key_space) = self.names(key);
        if state_set_aside {
            let message = format!(
                "{detector} failed three times on {:?} of {key_space}; what it remembered is set aside, and the key \
                 starts anew: {fault}",
                key.key.parts()
            );
            let gap = self.gap(&detector, "state-set-aside", message, origins.len() as u64);
            self.said.push((key.detector, Said::Coverage(gap)));
        }
        let letter = DeadLetter {
            message: format!("{detector} {fault}; the group was left out for this detector alone"),
            origins,
            reason: fault.label().to_owned(),
            at: None,
            shape: None,
            detector: Some(Quarantined { detector, key_space, key: key.key.parts(), shard: self.shard }),
            value: Vec::new(),
            length: 0,
            digest: None,
        };
        self.said.push((key.detector, Said::Letter(letter)));
    }
}
