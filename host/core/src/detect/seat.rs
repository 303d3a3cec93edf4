//! A detector in its place: what it spent and how it fared, and when it has to stop.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Detector, Evaluated, Fault};
use crate::contract::Call;

/// When a detector is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultPolicy {
    /// CPU time of one interval: the detector that spends more would hold every other back. Below a third of the
    /// transaction's timeout, so that a commit is never too late.
    pub interval_cpu: Duration,
    /// Groups that it may fail on in one interval.
    pub interval_quarantines: u32,
}

/// One configured detector of a worker.
pub struct Seat {
    detector: Box<dyn Detector>,
    suspended: Option<String>,
    spent: Duration,
    quarantined: u32,
    totals: Totals,
}

/// What a detector of a worker did. Calls of intervals that were aborted are among its counts: their time was spent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DetectorReport {
    pub name: String,
    pub calls: u64,
    pub cpu: Duration,
    /// Calls that failed, by [`Fault::label`].
    pub faults: BTreeMap<&'static str, u64>,
    pub suspended: bool,
}

/// Since it was seated.
#[derive(Default)]
struct Totals {
    calls: u64,
    cpu: Duration,
    faults: BTreeMap<&'static str, u64>,
}

// === impl FaultPolicy ===

impl Default for FaultPolicy {
    /// 3 s of CPU, a third of the 10 s that transactions get; 64 groups, since an attacker's poison record costs one each.
    fn default() -> Self {
        Self { interval_cpu: Duration::from_secs(3), interval_quarantines: 64 }
    }
}

// === impl Seat ===

impl Seat {
    pub fn new(detector: Box<dyn Detector>) -> Self {
        Self { detector, suspended: None, spent: Duration::ZERO, quarantined: 0, totals: Totals::default() }
    }

    /// Why it is suspended, for the rest of the run.
    pub fn suspended(&self) -> Option<&str> {
        self.suspended.as_deref()
    }

    /// Calls it. The answer of a call that ended beyond the interval's budget still counts; it is the last.
    pub fn evaluate(&mut self, call: Call, policy: &FaultPolicy) -> Result<crate::contract::Outcome, Fault> {
        let Evaluated { outcome, cpu } = self.detector.evaluate(call);
        self.spent += cpu;
        self.totals.calls += 1;
        self.totals.cpu += cpu;
        if self.spent > policy.interval_cpu {
            self.suspended = Some(format!(
                "it spent {} ms of CPU in one interval, of {} ms that it may",
                self.spent.as_millis(),
                policy.interval_cpu.as_millis()
            ));
        }
        outcome
    }

    /// Counts a call that failed.
    pub fn failed(&mut self, fault: &Fault) {
        *self.totals.faults.entry(fault.label()).or_default() += 1;
    }

    /// What it did so far.
    pub fn report(&self, name: &str) -> DetectorReport {
        let Totals { calls, cpu, faults } = &self.totals;
        DetectorReport {
            name: name.to_owned(),
            calls: *calls,
            cpu: *cpu,
            faults: faults.clone(),
            suspended: self.suspended.is_some(),
        }
    }

    /// Notes that it failed on a group.
    pub fn quarantined(&mut self, fault: &Fault, policy: &FaultPolicy) {
        self.quarantined += 1;
        if self.quarantined > policy.interval_quarantines && self.suspended.is_none() {
            let limit = policy.interval_quarantines;
            self.suspended = Some(format!("it failed on more than {limit} groups in one interval, last: {fault}"));
        }
    }

    /// It can't go on in this run.
    pub fn suspend(&mut self, reason: String) {
        self.suspended.get_or_insert(reason);
    }

    /// A new interval begins.
    pub fn begin(&mut self) {
        self.spent = Duration::ZERO;
        self.quarantined = 0;
    }

    /// CPU time spent in this interval.
    pub fn spent(&self) -> Duration {
        self.spent
    }
}
