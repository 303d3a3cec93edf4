//! What the detectors of a shard said in an interval, held until it is known that each of them may stand by it.

use super::account::count;
use super::interval::{Coverage, DeadLetter, Explained, LateRow};
use super::outputs::Outputs;
use super::sent::{finding_row, row_digest, signal_row};
use crate::contract::{Change, Finding, Signal};
use crate::exchange::{Unrouted, write_origins};
use crate::model::{Origin, Time, Value};
use crate::plan::Source;
use crate::publish::Alert;
use crate::state::StateKey;

/// One thing that a detector said, or that was said of it.
pub enum Said {
    Alert {
        rule: String,
        change: Change,
        alert: Alert,
    },
    /// A finding that other detectors read.
    Finding {
        key: StateKey,
        uid: String,
        finding: Box<Finding>,
        origins: Vec<Origin>,
    },
    Signal {
        key: StateKey,
        signal: Signal,
        origins: Vec<Origin>,
    },
    Counted(u32, u64),
    /// So many of its rows came too late, with their copies where they are wanted.
    Late(u64, Vec<LateRow>),
    Note(Explained),
    Letter(DeadLetter),
    Coverage(Coverage),
}

// === impl Outputs ===

impl Outputs<'_> {
    /// A detector was stopped: nothing of what it said in this interval is published.
    pub fn forget_said(&mut self, detector: u16) {
        self.said.retain(|(by, _)| *by != detector);
    }

    /// Publishes what was said, in its order.
    pub fn publish_said(&mut self) {
        for (detector, said) in std::mem::take(&mut self.said) {
            match said {
                Said::Alert { rule, change, alert } => self.alert(rule, change, alert),
                Said::Finding { key, uid, finding, origins } => self.send_finding(&key, &uid, &finding, &origins),
                Said::Signal { key, signal, origins } => self.send_signal(&key, &signal, &origins),
                Said::Counted(counter, by) => self.add_count(detector, counter, by),
                Said::Late(rows, copies) => {
                    let name = self.plan.wants.detectors.get(usize::from(detector)).map_or("", |known| &known.name);
                    count(&mut self.account.late, name, rows);
                    self.interval.late.extend(copies);
                }
                Said::Note(note) => self.interval.notes.push(note),
                Said::Coverage(gap) => self.interval.coverage.push(gap),
                Said::Letter(letter) => {
                    if let Some(group) = &letter.detector {
                        count(&mut self.account.quarantined, &group.detector, 1);
                    }
                    self.interval.dead_letters.push(letter);
                }
            }
        }
    }

    fn alert(&mut self, rule: String, change: Change, alert: Alert) {
        let counts = self.account.alerts.entry(rule).or_default();
        match (change, alert.revision) {
            (Change::Closed | Change::Retracted, _) => counts.closed += 1,
            (Change::Stands, 1) => counts.opened += 1,
            (Change::Stands, _) => counts.revised += 1,
        }
        self.interval.alerts.push(alert);
    }

    fn add_count(&mut self, detector: u16, counter: u32, by: u64) {
        let Some(detector) = self.plan.wants.detectors.get(usize::from(detector)) else { return };
        if let Some(counter) = detector.plan.counters.get(counter as usize) {
            let name = format!("{}/{counter}", detector.name);
            count(&mut self.account.counters, &name, by);
        }
    }

    fn send_finding(&mut self, key: &StateKey, uid: &str, finding: &Finding, origins: &[Origin]) {
        let plan = self.plan;
        let Some(detector) = plan.wants.detectors.get(usize::from(key.detector)) else { return };
        let rule = detector.plan.rules.get(finding.rule as usize).map_or("", |rule| &rule.id);
        let parts = key.key.parts();
        let values = finding_row(&parts, uid, detector, finding);
        let digest = row_digest(&detector.name, rule, finding.until, &values);
        let source = Source::Finding(usize::from(key.detector));
        self.route(&source, Time(finding.until), digest, origins, &values);
    }

    fn send_signal(&mut self, key: &StateKey, signal: &Signal, origins: &[Origin]) {
        let plan = self.plan;
        let Some(detector) = plan.wants.detectors.get(usize::from(key.detector)) else { return };
        let name = detector.plan.signals.get(signal.kind as usize).map_or("", |kind| &kind.name);
        let parts = key.key.parts();
        let values = signal_row(&parts, signal);
        let digest = row_digest(&detector.name, name, signal.time, &values);
        let source = Source::Signal(usize::from(key.detector), signal.kind as usize);
        self.route(&source, Time(signal.time), digest, origins, &values);
    }

    fn route(&mut self, source: &Source, time: Time, digest: u64, origins: &[Origin], values: &[Value<'_>]) {
        let mut bytes = Vec::new();
        write_origins(origins, &mut bytes);
        let row = Unrouted { time, time_replaced: false, digest, index: 0, origins: &bytes, values: &values };
        let (plan, outbox) = (self.plan, &mut *self.outbox);
        self.router
            .sent(plan, self.zones, source, &row, &mut |shard, stream, row| outbox.send(plan, shard, stream, row));
    }
}
