//! One chaos run: a disturbed run, an undisturbed one over the same raw topic, and what the checker says.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::check::{differences, differences_by_order};
use super::cluster::{Cluster, Names};
use super::fault::Fault;
use super::gather::gather;
use super::input::Input;
use super::rng::Rng;
use super::topics::feed;

/// Partitions of the raw topic.
const PARTITIONS: i32 = 6;
/// The records of a turn are fed within this time.
const TURN: Duration = Duration::from_secs(4);
/// How long the first processes may take to begin: plugins are compiled, topics created.
const START: Duration = Duration::from_secs(180);
/// How long the work may take to come to its end after the last fault.
const SETTLE: Duration = Duration::from_secs(180);

/// What to do.
#[derive(Clone, Debug)]
pub struct Run {
    /// The binary.
    pub binary: PathBuf,
    /// The configuration but for Kafka and the sources: detectors, inventory.
    pub detectors: String,
    /// The logs to stream.
    pub logs: PathBuf,
    /// Everything follows from it.
    pub seed: u64,
    /// How many.
    pub faults: usize,
    /// How often the logs are streamed, with other names.
    pub copies: usize,
    /// `consumer` or `classic`.
    pub protocol: &'static str,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// To run it again.
    pub seed: u64,
    /// How many of each kind.
    pub faults: BTreeMap<&'static str, u32>,
    /// How often a process gave way to another of its name.
    pub gave_way: u32,
    /// Raw records.
    pub records: usize,
    /// Alerts of the disturbed run, and their revisions.
    pub alerts: (usize, usize),
    /// Dead letters.
    pub letters: usize,
    /// States in the end.
    pub states: usize,
    /// From the first fault to the last.
    pub struck: Duration,
    /// From the last fault until all was judged.
    pub settled: Duration,
    /// None: the two runs came to the same.
    pub differences: Vec<String>,
    /// What the order of rows may have changed: told, and no fault where rows came later than subscriptions tolerate.
    pub by_order: Vec<String>,
    /// Where the logs of all processes are, if there are differences.
    pub logs: Option<PathBuf>,
}

/// How many records may be fed by now.
struct Allowance(Mutex<(usize, usize, Instant)>);

// === impl Run ===

impl Run {
    /// Runs it. `tell` hears of every fault before it strikes: its turn from 0, and its words.
    ///
    /// # Errors
    /// A process gave up where no fault may make it, or the work did not come to its end.
    pub fn go(&self, mut tell: impl FnMut(usize, &str)) -> Result<Report> {
        let mut rng = Rng::new(self.seed);
        let input = Input::of_logs(&self.logs, self.copies, PARTITIONS, &mut rng)?;
        let names = |name: &str, workers| Names {
            group: format!("chaos-{name}"),
            prefix: format!("{name}."),
            raw: "raw".to_owned(),
            workers,
            protocol: self.protocol,
        };
        let mut cluster = Cluster::start(self.binary.clone(), self.detectors.clone(), names("disturbed", 2))?;
        let ended = self.with(&mut cluster, &input, &mut rng, &mut tell, names("calm", 1));
        match ended {
            Ok(mut report) => {
                report.logs = (!report.differences.is_empty()).then(|| cluster.keep_logs());
                Ok(report)
            }
            Err(error) => {
                let logs = cluster.keep_logs();
                Err(error.context(format!("seed {}; the logs are in {}", self.seed, logs.display())))
            }
        }
    }

    fn with(
        &self,
        cluster: &mut Cluster,
        input: &Input,
        rng: &mut Rng,
        tell: &mut dyn FnMut(usize, &str),
        calm: Names,
    ) -> Result<Report> {
        cluster.topics()?.create_raw(PARTITIONS)?;
        let (faults, struck) = self.disturb(cluster, input, rng, tell)?;
        let start = Instant::now();
        if let Err(error) = cluster.topics()?.settled(SETTLE) {
            cluster.mend()?;
            let hanging = cluster.broker.hanging_transactions();
            return Err(error.context(format!("the work did not come to its end; open transactions:\n{hanging}")));
        }
        let settled = start.elapsed();
        cluster.stop_all()?;
        let seen = gather(cluster.broker.address(), &cluster.names().prefix)?;

        tell(self.faults, "the same again, undisturbed");
        cluster.rename(calm);
        cluster.launch(0)?;
        cluster.topics()?.settled(SETTLE)?;
        cluster.stop_all()?;
        let expected = gather(cluster.broker.address(), &cluster.names().prefix)?;
        let uids = seen.alerts.iter().map(|alert| &alert.uid).collect::<std::collections::BTreeSet<_>>().len();
        Ok(Report {
            seed: self.seed,
            faults,
            gave_way: cluster.gave_way,
            records: input.lines.len() + input.flush.len(),
            alerts: (uids, seen.alerts.len()),
            letters: seen.letters.len(),
            states: seen.states.len(),
            struck,
            settled,
            differences: differences(&expected, &seen),
            by_order: differences_by_order(&expected, &seen),
            logs: None,
        })
    }

    /// Streams the input while faults strike.
    fn disturb(
        &self,
        cluster: &mut Cluster,
        input: &Input,
        rng: &mut Rng,
        tell: &mut dyn FnMut(usize, &str),
    ) -> Result<(BTreeMap<&'static str, u32>, Duration)> {
        cluster.launch(0)?;
        cluster.launch(1)?;
        let (brokers, raw) = (cluster.broker.address().to_owned(), cluster.names().raw.clone());
        let allowance = Allowance(Mutex::new((0, 0, Instant::now())));
        let lines: Vec<_> = input.lines.iter().chain(&input.flush).cloned().collect();
        let start = Instant::now();
        let mut counts = BTreeMap::new();
        let struck = thread::scope(|scope| {
            let feeder = scope.spawn(|| feed(&brokers, &raw, &lines, || allowance.now()));
            let order = Fault::order(rng);
            // A first part of the input, so that there is work to disturb.
            allowance.up_to(input.lines.len() / (self.faults + 1));
            let struck = cluster.topics().and_then(|topics| topics.begun(START));
            let struck = struck.and_then(|()| cluster.mend());
            let mut turns = 0..self.faults;
            let struck = struck.and_then(|()| {
                turns.try_for_each(|turn| {
                    allowance.up_to(input.lines.len() * (turn + 2) / (self.faults + 1));
                    thread::sleep(Duration::from_millis(rng.within(200..2500)));
                    let fault = Fault::draw(turn, &order, &cluster.up(), rng);
                    tell(turn, &fault.to_string());
                    *counts.entry(fault.kind()).or_default() += 1;
                    fault.strike(cluster).with_context(|| format!("fault {turn}, {fault}"))
                })
            });
            // Whatever happened, the feeder comes to its end.
            allowance.all();
            let fed = feeder.join().map_err(|_| anyhow!("the feeder ended by a fault of its own"))?;
            struck.and(fed)
        });
        struck?;
        cluster.mend()?;
        Ok((counts, start.elapsed()))
    }
}

// === impl Allowance ===

impl Allowance {
    fn up_to(&self, next: usize) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *held = (held.1, next, Instant::now());
    }

    fn all(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (usize::MAX, usize::MAX, Instant::now());
    }

    fn now(&self) -> usize {
        let (from, to, since) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let part = since.elapsed().as_secs_f64() / TURN.as_secs_f64();
        from + ((to - from) as f64 * part.min(1.0)) as usize
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: u32 = self.faults.values().sum();
        let kinds: Vec<_> = self.faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(f, "Seed         {}", self.seed)?;
        writeln!(f, "Faults       {faults} in {} s: {}", self.struck.as_secs(), kinds.join(" · "))?;
        writeln!(f, "Gave way     {} processes to another of their name", self.gave_way)?;
        writeln!(f, "Records      {}, all judged {} s after the last fault", self.records, self.settled.as_secs())?;
        writeln!(f, "Alerts       {} in {} revisions", self.alerts.0, self.alerts.1)?;
        writeln!(f, "Dead letters {}", self.letters)?;
        writeln!(f, "States       {}", self.states)?;
        if !self.by_order.is_empty() {
            writeln!(f, "Other order  than in the undisturbed run, so that these differ:")?;
            self.by_order.iter().try_for_each(|difference| writeln!(f, "  {difference}"))?;
        }
        if self.differences.is_empty() {
            return write!(f, "Differences  none: nothing was lost, nothing doubled");
        }
        writeln!(f, "Differences  from the undisturbed run:")?;
        self.differences.iter().try_for_each(|difference| writeln!(f, "  {difference}"))?;
        match &self.logs {
            Some(logs) => write!(f, "Logs         {}", logs.display()),
            None => Ok(()),
        }
    }
}
