//! One chaos run: a disturbed run, an undisturbed one over the same raw topic, and what the checker says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow};

use super::check::{compared, differences, differences_by_order};
use super::cluster::{Cluster, Names};
use super::fault::Fault;
use super::gather::gather;
use super::input::{Input, Line};
use super::pace::Pace;
use super::report::Report;
use super::rng::Rng;
use super::topics::feed;

/// Between two looks how far the group has come.
const LOOK: Duration = Duration::from_millis(250);
/// As a site has them: see [`Brokers`](crate::broker::Brokers).
const BROKERS: usize = 3;
/// Partitions of the raw topic.
const PARTITIONS: i32 = 6;
/// Event time of a fault: so much of a day of logs is streamed meanwhile.
const OF_A_FAULT: usize = 15;
/// The shortest time that a day of logs may shrink to, in seconds: several times what is fed ahead.
const SHORTEST_DAY: usize = 30 * 60;
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

// === impl Run ===

impl Run {
    /// Runs it. `tell` hears of every fault before it strikes: its turn from 0, and its words.
    ///
    /// # Errors
    /// A process gave up where no fault may make it, or the work did not come to its end.
    pub fn go(&self, mut tell: impl FnMut(usize, &str)) -> Result<Report> {
        let mut rng = Rng::new(self.seed);
        let shorter = (24 * 3600 / (self.faults * OF_A_FAULT).max(SHORTEST_DAY)).max(1);
        let input = Input::of_logs(&self.logs, self.copies, shorter as u32, PARTITIONS, &mut rng)?;
        let names = |name: &str, workers| Names {
            group: format!("chaos-{name}"),
            prefix: format!("{name}."),
            raw: "raw".to_owned(),
            workers,
            protocol: self.protocol,
        };
        let mut cluster = Cluster::start(self.binary.clone(), self.detectors.clone(), names("disturbed", 2), BROKERS)?;
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
        let lines: Vec<_> = input.lines.iter().chain(&input.flush).cloned().collect();
        let pace = Pace::new(&lines, PARTITIONS as usize);
        let (faults, struck) = self.disturb(cluster, &lines, &pace, rng, tell)?;
        let start = Instant::now();
        if let Err(error) = cluster.brokers.in_sync(SETTLE).and_then(|()| cluster.topics()?.settled(SETTLE)) {
            cluster.mend()?;
            return Err(hangs(cluster, error));
        }
        let settled = start.elapsed();
        cluster.stop_all()?;
        let assignments = cluster.assignments();
        let seen = gather(&cluster.brokers.address(), &cluster.names().prefix)?;

        tell(self.faults, "the same again, undisturbed");
        // Read as a backlog its rows would come in another order.
        cluster.topics()?.drop_raw()?;
        cluster.topics()?.create_raw(PARTITIONS)?;
        cluster.rename(calm);
        cluster.launch(0)?;
        stream(cluster, &lines, &Pace::new(&lines, PARTITIONS as usize), |_| Ok(()))?;
        cluster.topics()?.settled(SETTLE)?;
        cluster.stop_all()?;
        let expected = gather(&cluster.brokers.address(), &cluster.names().prefix)?;
        let uids = seen.alerts.iter().map(|alert| &alert.uid).collect::<std::collections::BTreeSet<_>>().len();
        Ok(Report {
            seed: self.seed,
            faults,
            gave_way: cluster.gave_way,
            assignments,
            still: pace.still(),
            records: lines.len(),
            alerts: (uids, seen.alerts.len()),
            compared: compared(&expected),
            letters: seen.letters.len(),
            states: seen.states.len(),
            struck,
            settled,
            differences: [differences(&expected, &seen), differences_by_order(&expected, &seen)].concat(),
            logs: None,
        })
    }

    /// Streams the input while faults strike.
    fn disturb(
        &self,
        cluster: &mut Cluster,
        lines: &[Line],
        pace: &Pace,
        rng: &mut Rng,
        tell: &mut dyn FnMut(usize, &str),
    ) -> Result<(BTreeMap<&'static str, u32>, Duration)> {
        cluster.launch(0)?;
        cluster.launch(1)?;
        let start = Instant::now();
        let mut counts = BTreeMap::new();
        stream(cluster, lines, pace, |cluster| {
            let order = Fault::order(rng);
            // A first part of the input, so that there is work to disturb.
            pace.up_to(lines.len() / (self.faults + 1));
            cluster.topics()?.begun(START)?;
            cluster.mend()?;
            (0..self.faults).try_for_each(|turn| {
                pace.up_to(lines.len() * (turn + 2) / (self.faults + 1));
                thread::sleep(Duration::from_millis(rng.within(100..1000)));
                let fault = Fault::draw(turn, &order, &cluster.up(), BROKERS, rng);
                tell(turn, &fault.to_string());
                *counts.entry(fault.kind()).or_default() += 1;
                fault.strike(cluster).with_context(|| format!("fault {turn}, {fault}"))
            })?;
            cluster.wait_for_lines();
            Ok(())
        })?;
        cluster.mend()?;
        Ok((counts, start.elapsed()))
    }
}

/// Feeds all records at their pace while something is done.
fn stream(
    cluster: &mut Cluster,
    lines: &[Line],
    pace: &Pace,
    during: impl FnOnce(&mut Cluster) -> Result<()>,
) -> Result<()> {
    let (brokers, raw) = (cluster.brokers.address(), cluster.names().raw.clone());
    let (topics, ended) = (cluster.topics()?, AtomicBool::new(false));
    thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(&brokers, &raw, lines, || pace.now()));
        scope.spawn(|| {
            while !ended.load(Ordering::Acquire) {
                // Brokers that do not answer are asked again.
                let _ = pace.look(&topics);
                thread::sleep(LOOK);
            }
        });
        let done = during(cluster);
        pace.all();
        while !feeder.is_finished() {
            // Whatever happened, the feeder comes to its end.
            if done.is_err() || pace.stands_for() > SETTLE {
                pace.release();
            }
            thread::sleep(LOOK);
        }
        ended.store(true, Ordering::Release);
        let fed = feeder.join().map_err(|_| anyhow!("the feeder ended by a fault of its own"));
        done.and(fed?)
    })
}

/// Why work did not come to its end: brokers are not in sync, or a transaction hangs, which are Kafka's, or neither.
fn hangs(cluster: &Cluster, error: Error) -> Error {
    if let Err(behind) = cluster.brokers.in_sync(Duration::ZERO) {
        return error.context(format!("the brokers did not heal: {behind}"));
    }
    match cluster.brokers.hanging_transactions() {
        Ok(found) if found.is_empty() => error.context("the work did not come to its end, and no transaction hangs"),
        Ok(found) => {
            let told: Vec<_> = found.iter().map(ToString::to_string).collect();
            error.context(format!("hanging transaction: {}", told.join("; ")))
        }
        Err(other) => error.context(format!("the work did not come to its end, and no broker tells why: {other:#}")),
    }
}
