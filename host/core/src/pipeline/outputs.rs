//! Where the judgements of one shard go: alerts, rows for other detectors, dead letters, coverage, counts.

use super::account::{Account, count};
use super::ingest::Outbox;
use super::interval::{Coverage, DeadLetter, Explained, Interval, Quarantined};
use super::sent::{cited, finding_row, row_digest, signal_row};
use crate::contract::{Finding, Signal};
use crate::detect::{Fault, Memory, Sink, Work};
use crate::exchange::{Router, Unrouted, write_origins};
use crate::model::{Origin, ShardId, Time, Value};
use crate::plan::{Configured, Plan, Source, Zones};
use crate::state::StateKey;

/// Takes the judgements of one shard in one interval.
pub struct Outputs<'a> {
    pub shard: ShardId,
    /// Offsets of the frames that are judged, both included.
    pub range: (i64, i64),
    /// Sources are files (`replay`).
    pub files: bool,
    pub plan: &'a Plan,
    pub zones: &'a dyn Zones,
    pub router: &'a mut Router,
    pub outbox: &'a mut Outbox,
    pub interval: &'a mut Interval,
    pub account: &'a mut Account,
}

// === impl Outputs ===

impl Outputs<'_> {
    fn detector(&self, detector: u16) -> Option<&Configured> {
        self.plan.wants.detectors.get(usize::from(detector))
    }

    fn names(&self, key: &StateKey) -> (String, String) {
        let detector = self.detector(key.detector);
        let space = detector.and_then(|detector| detector.plan.key_spaces.get(usize::from(key.key_space)));
        let name = |name: Option<&String>| name.cloned().unwrap_or_default();
        (name(detector.map(|detector| &detector.name)), name(space.map(|space| &space.name)))
    }

    /// Tells a finding to the detectors that read this one's findings.
    pub fn tell_finding(&mut self, key: &StateKey, uid: &str, finding: &Finding, memory: &Memory<'_>) {
        let source = Source::Finding(usize::from(key.detector));
        if !self.router.is_read(&source) {
            return;
        }
        let plan = self.plan;
        let Some(detector) = plan.wants.detectors.get(usize::from(key.detector)) else { return };
        let rule = detector.plan.rules.get(finding.rule as usize).map_or("", |rule| &rule.id);
        let parts = key.key.parts();
        let values = finding_row(&parts, uid, detector, finding);
        let origins = cited(memory.origins, finding.evidence.iter().map(|evidence| evidence.origin));
        let digest = row_digest(&detector.name, rule, finding.until, &values);
        self.route(&source, Time(finding.until), digest, &origins, &values);
    }

    fn route(&mut self, source: &Source, time: Time, digest: u64, origins: &[Origin], values: &[Value<'_>]) {
        let mut bytes = Vec::new();
        write_origins(origins, &mut bytes);
        let row = Unrouted { time, time_replaced: false, digest, index: 0, origins: &bytes, values };
        let (plan, outbox) = (self.plan, &mut *self.outbox);
        self.router
            .sent(plan, self.zones, source, &row, &mut |shard, stream, row| outbox.send(plan, shard, stream, row));
    }
}

impl Sink for Outputs<'_> {
    fn finding(&mut self, key: &StateKey, finding: Finding, memory: &mut Memory<'_>) {
        super::publishing::publish(self, key, finding, memory);
    }

    fn signal(&mut self, key: &StateKey, signal: Signal, memory: &mut Memory<'_>) {
        let source = Source::Signal(usize::from(key.detector), signal.kind as usize);
        if !self.router.is_read(&source) {
            return;
        }
        let plan = self.plan;
        let Some(detector) = plan.wants.detectors.get(usize::from(key.detector)) else { return };
        let name = detector.plan.signals.get(signal.kind as usize).map_or("", |kind| &kind.name);
        let parts = key.key.parts();
        let values = signal_row(&parts, &signal);
        let origins = cited(memory.origins, signal.origins.iter().copied());
        let digest = row_digest(&detector.name, name, signal.time, &values);
        self.route(&source, Time(signal.time), digest, &origins, &values);
    }

    fn counted(&mut self, detector: u16, counter: u32, by: u64) {
        let Some(detector) = self.detector(detector) else { return };
        if let Some(counter) = detector.plan.counters.get(counter as usize) {
            let name = format!("{}/{counter}", detector.name);
            count(&mut self.account.counters, &name, by);
        }
    }

    fn note(&mut self, key: &StateKey, origin: Option<Origin>, text: String) {
        let (detector, key_space) = self.names(key);
        self.interval.notes.push(Explained { detector, key_space, key: key.key.parts(), origin, text });
    }

    fn quarantined(&mut self, key: &StateKey, origins: Vec<Origin>, fault: &Fault, state_set_aside: bool) {
        let (detector, key_space) = self.names(key);
        count(&mut self.account.quarantined, &detector, 1);
        if state_set_aside {
            self.interval.coverage.push(Coverage {
                detector: detector.clone(),
                shard: self.shard,
                reason: "state-set-aside".to_owned(),
                message: format!(
                    "{detector} failed three times on {:?} of {key_space}; what it remembered is set aside, and the key \
                     starts anew: {fault}",
                    key.key.parts()
                ),
                from_offset: self.range.0,
                to_offset: self.range.1,
                rows: origins.len() as u64,
            });
        }
        self.interval.dead_letters.push(DeadLetter {
            message: format!("{detector} {fault}; the group was left out for this detector alone"),
            origins,
            reason: fault.label().to_owned(),
            at: None,
            shape: None,
            detector: Some(Quarantined { detector, key_space, key: key.key.parts() }),
            value: Vec::new(),
            length: 0,
            digest: None,
        });
    }

    fn unseen(&mut self, work: &Work<'_>, reason: &str) {
        let detector = self.detector(work.detector()).map(|detector| detector.name.clone()).unwrap_or_default();
        let rows: u64 = (0..work.len()).map(|group| u64::from(work.touched(group).1)).sum();
        let known = self
            .interval
            .coverage
            .iter_mut()
            .find(|gap| gap.detector == detector && gap.shard == self.shard && gap.reason == "suspended");
        match known {
            Some(gap) => gap.rows += rows,
            None => self.interval.coverage.push(Coverage {
                message: format!("{detector} is suspended for the rest of the run: {reason}"),
                detector,
                shard: self.shard,
                reason: "suspended".to_owned(),
                from_offset: self.range.0,
                to_offset: self.range.1,
                rows,
            }),
        }
    }
}
