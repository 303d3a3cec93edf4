//! Where workers leave what they counted, and where it is read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sekisho_core::detect::DetectorReport;
use sekisho_core::model::{ShardId, Time};
use sekisho_core::pipeline::{Account, Report};

use super::counts::Flow;
use super::process::Process;

/// What all workers of a process have told, and when.
#[derive(Debug)]
pub struct Telemetry {
    begun: Instant,
    /// By the worker's number.
    slots: Mutex<BTreeMap<u32, Arc<Slot>>>,
    /// Lines of the log that were held back.
    held_back: AtomicU64,
}

/// One worker's place.
#[derive(Debug)]
pub struct Slot {
    begun: Instant,
    /// Milliseconds from `begun` to the last turn of its loop.
    turned: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Of sessions that have ended.
    past: Totals,
    last: Option<Published>,
    at: Instant,
}

/// Where a worker is in its life: `Starting → Working ⇄ Waiting → Starting`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Ends what an earlier life left open, joins the group.
    Starting,
    /// Its loop turns.
    Working,
    /// A session has failed for this reason; the next one waits for Kafka to answer.
    Waiting(String),
}

/// What a worker hands over: counts since its session began, and how it stands.
#[derive(Clone, Debug, Default)]
pub struct Published {
    pub pipeline: Report,
    pub flow: Flow,
    pub standing: Standing,
}

/// How a worker stands at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// It is a member of its group.
    pub member: bool,
    /// It was given partitions, or will not be soon.
    pub settled: bool,
    /// The partitions that it reads.
    pub lanes: Vec<LaneReport>,
    /// Shards that it can't work on yet.
    pub restoring: Vec<RestoreReport>,
    /// Raw records may be read.
    pub gate_open: bool,
    /// What is written to the exchange and not read yet, in the partition where it is most.
    pub backlog_bytes: u64,
    /// Since the brokers last answered the watch.
    pub silent: Duration,
}

/// A partition that a worker reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneReport {
    pub topic: String,
    pub partition: i32,
    /// Of a raw topic; else of the exchange.
    pub raw: bool,
    /// Offsets to its end; none: nothing was fetched of it yet.
    pub lag: Option<u64>,
}

/// A shard on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RestoreReport {
    pub shard: ShardId,
    /// Records replayed.
    pub records: u64,
    /// Part of its changelog that is read, 0 to 1.
    pub part: f64,
}

/// Counts that only grow.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    pub account: Account,
    pub flow: Flow,
    /// By name.
    pub detectors: BTreeMap<String, DetectorReport>,
}

/// All that is known of the process at a moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub now: Time,
    pub up: Duration,
    pub process: Process,
    pub held_back: u64,
    pub workers: Vec<WorkerView>,
}

/// All that is known of a worker at a moment.
#[derive(Clone, Debug)]
pub struct WorkerView {
    pub worker: u32,
    pub phase: Phase,
    /// Since its loop turned last.
    pub still: Duration,
    /// Since `last` was handed over.
    pub age: Duration,
    /// Over all its sessions.
    pub totals: Totals,
    /// What it handed over last; none: nothing yet.
    pub last: Option<Published>,
}

// === impl Telemetry ===

impl Telemetry {
    pub fn new() -> Self {
        Self { begun: Instant::now(), slots: Mutex::default(), held_back: AtomicU64::new(0) }
    }

    /// The place of the worker of this number.
    pub fn worker(&self, worker: u32) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(worker).or_insert_with(|| Arc::new(Slot::new(self.begun))))
    }

    /// A line of the log was held back.
    pub fn holds_back(&self) {
        self.held_back.fetch_add(1, Ordering::Relaxed);
    }

    /// All that is known now.
    pub fn snapshot(&self) -> Snapshot {
        let slots: Vec<_> = {
            let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.iter().map(|(worker, slot)| (*worker, Arc::clone(slot))).collect()
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Snapshot {
            now: Time(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)),
            up: self.begun.elapsed(),
            process: Process::look(),
            held_back: self.held_back.load(Ordering::Relaxed),
            workers: slots.iter().map(|(worker, slot)| slot.view(*worker)).collect(),
        }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

// === impl Slot ===

impl Slot {
    fn new(begun: Instant) -> Self {
        let state = State { phase: Phase::Starting, past: Totals::default(), last: None, at: Instant::now() };
        Self { begun, turned: AtomicU64::new(0), state: Mutex::new(state) }
    }

    /// The loop has turned. One relaxed store, for thousands of records.
    pub fn turned(&self) {
        self.turned.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
    }

    /// The worker's life goes on. What a session has counted is kept when the next one starts.
    pub fn enters(&self, phase: Phase) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if phase != Phase::Working
            && let Some(last) = state.last.take()
        {
            state.past.add(&last);
        }
        state.phase = phase;
        drop(state);
        self.turned();
    }

    /// Takes what the worker's session has counted so far.
    pub fn publish(&self, published: Published) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = state.last.take() {
            state.past.outlive(&last, &published);
        }
        state.last = Some(published);
        state.at = Instant::now();
    }

    fn view(&self, worker: u32) -> WorkerView {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut totals = state.past.clone();
        if let Some(last) = &state.last {
            totals.add(last);
        }
        let turned = Duration::from_millis(self.turned.load(Ordering::Relaxed));
        WorkerView {
            worker,
            phase: state.phase.clone(),
            still: self.begun.elapsed().saturating_sub(turned),
            age: state.at.elapsed(),
            totals,
            last: state.last.clone(),
        }
    }
}

// === impl Totals ===

impl Totals {
    /// Adds what a session has counted.
    pub fn add(&mut self, published: &Published) {
        self.account.add(&published.pipeline.account);
        self.flow.add(&published.flow);
        for detector in &published.pipeline.detectors {
            add_detector(&mut self.detectors, detector);
        }
    }

    /// Adds what detectors had counted that have gone or begun anew since, with another plugin or other settings. Without it
    /// the sum over workers would fall by a part, and whoever reads a fall as a new beginning would count the rest again.
    fn outlive(&mut self, last: &Published, next: &Published) {
        let goes_on = |was: &DetectorReport| {
            next.pipeline.detectors.iter().any(|is| is.name == was.name && is.calls >= was.calls && is.cpu >= was.cpu)
        };
        for detector in last.pipeline.detectors.iter().filter(|detector| !goes_on(detector)) {
            add_detector(&mut self.detectors, detector);
        }
    }

    /// Adds what another worker has counted.
    pub fn join(&mut self, other: &Self) {
        self.account.add(&other.account);
        self.flow.add(&other.flow);
        other.detectors.values().for_each(|detector| add_detector(&mut self.detectors, detector));
    }
}

fn add_detector(detectors: &mut BTreeMap<String, DetectorReport>, more: &DetectorReport) {
    let known = detectors.entry(more.name.clone()).or_default();
    known.name.clone_from(&more.name);
    known.calls += more.calls;
    known.cpu += more.cpu;
    for (fault, count) in &more.faults {
        *known.faults.entry(fault).or_default() += count;
    }
}
