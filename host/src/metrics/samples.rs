//! From a snapshot to the samples of every family.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_core::decode::{Reason, Shape};
use sekisho_core::detect::Fault;
use sekisho_core::model::Time;

use super::counts::{Histogram, Rebalanced, Stage};
use super::table::{self as t, Family};
use super::telemetry::{Phase, Published, Snapshot, Totals};

/// A sample's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Whole(u64),
    Real(f64),
    Histogram(Histogram),
}

/// The values of a series' labels, in the family's order.
pub type Labels = Vec<String>;

/// Samples by family, and there by labels.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<&'static str, BTreeMap<Labels, Value>>);

// === impl Samples ===

impl Samples {
    /// All that a snapshot says. `ready` is what `/health/ready` answers.
    pub fn of(snapshot: &Snapshot, ready: bool) -> Self {
        let mut samples = Self::default();
        let mut totals = Totals::default();
        snapshot.workers.iter().for_each(|worker| totals.join(&worker.totals));
        samples.process(snapshot, ready);
        samples.records(&totals);
        samples.flow(&totals);
        samples.detectors(&totals);
        samples.losses(&totals);
        samples.standing(snapshot);
        samples.memory(snapshot);
        samples
    }

    /// Those of a family; none where nothing is known.
    pub fn family(&self, family: &Family) -> impl Iterator<Item = (&Labels, &Value)> {
        self.0.get(family.stem).into_iter().flatten()
    }

    fn set<const N: usize>(&mut self, family: &'static Family, labels: [&str; N], value: Value) {
        debug_assert_eq!(family.labels.len(), N, "{}", family.stem);
        self.0.entry(family.stem).or_default().insert(labels.map(str::to_owned).to_vec(), value);
    }

    fn whole<const N: usize>(&mut self, family: &'static Family, labels: [&str; N], value: u64) {
        self.set(family, labels, Value::Whole(value));
    }

    fn real<const N: usize>(&mut self, family: &'static Family, labels: [&str; N], value: f64) {
        self.set(family, labels, Value::Real(value));
    }

    fn counts(&mut self, family: &'static Family, counts: &BTreeMap<String, u64>) {
        counts.iter().for_each(|(name, count)| self.whole(family, [name], *count));
    }

    fn process(&mut self, snapshot: &Snapshot, ready: bool) {
        self.whole(t::BUILD, [env!("CARGO_PKG_VERSION")], 1);
        self.real(t::UP, [], snapshot.up.as_secs_f64());
        self.whole(t::READY, [], u64::from(ready));
        self.whole(t::HELD_BACK, [], snapshot.held_back);
        let process = snapshot.process;
        process.resident_bytes.into_iter().for_each(|bytes| self.whole(t::RESIDENT, [], bytes));
        process.cpu_seconds.into_iter().for_each(|seconds| self.real(t::CPU, [], seconds));
        process.open_files.into_iter().for_each(|files| self.whole(t::FILES, [], files));
    }

    fn records(&mut self, totals: &Totals) {
        let account = &totals.account;
        self.whole(t::READ, [], account.read);
        // What can happen is there from the start, at 0: a first increase would be missed otherwise.
        Shape::ALL.iter().for_each(|shape| self.whole(t::DECODED, [shape.label()], 0));
        Reason::ALL.iter().for_each(|reason| self.whole(t::REJECTED, [reason.label()], 0));
        self.counts(t::DECODED, &account.shapes);
        self.counts(t::REJECTED, &account.rejected);
        self.whole(t::FAULTY_ITEMS, [], account.faulty_items);
        self.whole(t::EVENTS, [], account.events);
        self.whole(t::UNWANTED, [], account.unwanted);
        self.whole(t::TIME_REPLACED, [], account.time_replaced);
        self.counts(t::FIELD_FAULTS, &account.field_faults);
        self.whole(t::ROWS, [], account.rows);
        self.whole(t::KEYLESS, [], account.keyless);
    }

    fn flow(&mut self, totals: &Totals) {
        let flow = &totals.flow;
        self.whole(t::TRANSACTIONS, ["committed"], flow.committed);
        self.whole(t::TRANSACTIONS, ["aborted"], flow.aborted);
        self.set(t::INTERVAL, [], Value::Histogram(flow.interval.clone()));
        self.set(t::COMMIT, [], Value::Histogram(flow.commit.clone()));
        self.set(t::ALERT_LATENCY, [], Value::Histogram(flow.alert_latency.clone()));
        for how in Rebalanced::ALL {
            self.whole(t::REBALANCES, [how.label()], flow.rebalances[how as usize]);
        }
        self.whole(t::FRAME_BYTES, [], flow.frame_bytes);
        self.whole(t::CHANGES, [], flow.changes);
    }

    fn detectors(&mut self, totals: &Totals) {
        let account = &totals.account;
        for detector in totals.detectors.values() {
            let name = detector.name.as_str();
            self.real(t::DETECTOR_CPU, [name], detector.cpu.as_secs_f64());
            self.whole(t::DETECTOR_CALLS, [name], detector.calls);
            for reason in Fault::LABELS {
                self.whole(t::DETECTOR_FAULTS, [name, reason], detector.faults.get(reason).copied().unwrap_or(0));
            }
            for (family, counts) in
                [(t::QUARANTINES, &account.quarantined), (t::EVICTED, &account.evicted), (t::LATE, &account.late)]
            {
                self.whole(family, [name], counts.get(name).copied().unwrap_or(0));
            }
        }
        for (rule, alerts) in &account.alerts {
            let (detector, rule) = split(rule);
            self.whole(t::ALERTS, [detector, rule, "opened"], alerts.opened);
            self.whole(t::ALERTS, [detector, rule, "revised"], alerts.revised);
            self.whole(t::ALERTS, [detector, rule, "closed"], alerts.closed);
        }
        for (family, counts) in [(t::FINDINGS, &account.findings), (t::COUNTERS, &account.counters)] {
            for (name, count) in counts {
                let (detector, name) = split(name);
                self.whole(family, [detector, name], *count);
            }
        }
    }

    fn losses(&mut self, totals: &Totals) {
        Reason::ALL.iter().for_each(|reason| self.whole(t::DEAD_LETTERS, [reason.label()], 0));
        Fault::LABELS.iter().for_each(|reason| self.whole(t::DEAD_LETTERS, [reason], 0));
        self.counts(t::DEAD_LETTERS, &totals.flow.dead_letters);
        for ((detector, reason), gap) in &totals.flow.gaps {
            self.whole(t::GAPS, [detector, reason], gap.gaps);
            self.whole(t::GAP_ROWS, [detector, reason], gap.rows);
        }
    }

    fn standing(&mut self, snapshot: &Snapshot) {
        let waiting = snapshot.workers.iter().filter(|worker| matches!(worker.phase, Phase::Waiting(_)));
        self.whole(t::SESSIONS_WAITING, [], waiting.count() as u64);
        for worker in &snapshot.workers {
            let number = worker.worker.to_string();
            self.real(t::LOOP_STILL, [&number], worker.still.as_secs_f64());
            for stage in Stage::ALL {
                let spent = worker.totals.flow.spent[stage as usize];
                self.real(t::SPENT, [&number, stage.label()], spent.as_secs_f64());
            }
        }
        let told: Vec<_> = published(snapshot).collect();
        let standing = || told.iter().map(|published| &published.standing);
        if told.is_empty() {
            return;
        }
        self.whole(t::GATE_OPEN, [], u64::from(standing().all(|standing| standing.gate_open)));
        self.whole(t::BACKLOG, [], standing().map(|standing| standing.backlog_bytes).max().unwrap_or(0));
        let silent =
            snapshot.workers.iter().filter_map(|worker| Some(worker.last.as_ref()?.standing.silent + worker.age));
        self.real(t::BROKERS_SILENT, [], silent.min().unwrap_or_default().as_secs_f64());
        self.whole(t::RESTORING, [], standing().map(|standing| standing.restoring.len() as u64).sum());
        for restoring in standing().flat_map(|standing| &standing.restoring) {
            self.real(t::RESTORE_PART, [&restoring.shard.0.to_string()], restoring.part);
        }
        let shards: usize = told.iter().map(|published| published.pipeline.shards.len()).sum();
        self.whole(t::SHARDS_OWNED, [], shards as u64);
        let mut raw = 0;
        for lane in standing().flat_map(|standing| &standing.lanes) {
            raw += u64::from(lane.raw);
            if let Some(lag) = lane.lag {
                self.whole(t::LAG, [&lane.topic, &lane.partition.to_string()], lag);
            }
        }
        self.whole(t::RAW_OWNED, [], raw);
    }

    fn memory(&mut self, snapshot: &Snapshot) {
        let mut unheard = 0;
        for Published { pipeline, .. } in published(snapshot) {
            self.whole(t::QUOTA_BYTES, [], pipeline.quota.bytes);
            self.whole(t::QUOTA_KEYS, [], pipeline.quota.states);
            for shard in &pipeline.shards {
                let number = shard.shard.0.to_string();
                unheard = unheard.max(shard.unheard);
                for (detector, usage) in pipeline.detectors.iter().zip(&shard.usage) {
                    self.whole(t::STATE_BYTES, [&detector.name, &number], usage.bytes);
                    self.whole(t::STATE_KEYS, [&detector.name, &number], usage.states);
                }
                for (stratum, watermark) in shard.watermarks.iter().enumerate().filter(|(_, time)| **time > Time::MIN) {
                    // A watermark may be ahead of our clock by a little: that is no delay.
                    let delay = snapshot.now.0.saturating_sub(watermark.0).max(0) as f64 / 1e9;
                    self.real(t::WATERMARK_DELAY, [&number, &stratum.to_string()], delay);
                }
            }
        }
        self.whole(t::CLOCKS_UNHEARD, [], unheard as u64);
        let names: BTreeSet<_> =
            published(snapshot).flat_map(|told| &told.pipeline.detectors).map(|known| &known.name).collect();
        for name in names {
            let suspended = |told: &&Published| {
                told.pipeline.detectors.iter().any(|detector| detector.name == *name && detector.suspended)
            };
            self.whole(t::SUSPENDED, [name], published(snapshot).filter(suspended).count() as u64);
        }
    }
}

fn published(snapshot: &Snapshot) -> impl Iterator<Item = &Published> {
    snapshot.workers.iter().filter_map(|worker| worker.last.as_ref())
}

/// `detector/rule`; a detector's name holds no slash.
fn split(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or((name, ""))
}
