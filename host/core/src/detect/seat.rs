//! A detector in its place at a worker: what it spent and how it fared in an interval, and when that is too much.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Detector, Evaluated, Fault};
use crate::contract::{Call, Outcome};

/// When a detector is suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultPolicy {
    /// CPU time of one interval: the detector that spends more would hold every other back. Below a third of the
    /// transaction's timeout, so that a commit is never too late.
    pub interval_cpu: Duration,
    /// Groups of one shard that it may fail on in one interval.
    pub interval_quarantines: u32,
}

/// One configured detector of a worker.
pub struct Seat {
    detector: Box<dyn Detector>,
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
        Self { detector, spent: Duration::ZERO, quarantined: 0, totals: Totals::default() }
    }

    /// Calls it.
    pub fn evaluate(&mut self, call: Call) -> Result<Outcome, Fault> {
        let Evaluated { outcome, cpu } = self.detector.evaluate(call);
        self.spent += cpu;
        self.totals.calls += 1;
        self.totals.cpu += cpu;
        outcome
    }

    /// Counts a call that failed.
    pub fn failed(&mut self, fault: &Fault) {
        *self.totals.faults.entry(fault.label()).or_default() += 1;
    }

    /// What it did so far; `suspended`: it rests in some shard.
    pub fn report(&self, name: &str, suspended: bool) -> DetectorReport {
        let Totals { calls, cpu, faults } = &self.totals;
        DetectorReport { name: name.to_owned(), calls: *calls, cpu: *cpu, faults: faults.clone(), suspended }
    }

    /// Why it has spent too much in this interval, if it has.
    pub fn overspent(&self, policy: &FaultPolicy) -> Option<String> {
        let (spent, limit) = (self.spent.as_millis(), policy.interval_cpu.as_millis());
        (self.spent > policy.interval_cpu)
            .then(|| format!("it spent {spent} ms of CPU in one interval, of {limit} ms that it may"))
    }

    /// Notes that it failed on a group; why that was one too many, if it was.
    pub fn quarantined(&mut self, fault: &Fault, policy: &FaultPolicy) -> Option<String> {
        self.quarantined += 1;
        let limit = policy.interval_quarantines;
        (self.quarantined > limit)
            .then(|| format!("it failed on more than {limit} groups in one interval, last: {fault}"))
    }

    /// A new interval begins.
    pub fn begin(&mut self) {
        self.spent = Duration::ZERO;
        self.quarantined = 0;
    }

    /// It goes on with another shard. Failures are counted for each, so that it stands in one as it would elsewhere; time
    /// is spent for all.
    pub fn next_shard(&mut self) {
        self.quarantined = 0;
    }

    /// CPU time spent in this interval.
    pub fn spent(&self) -> Duration {
        self.spent
    }
}
