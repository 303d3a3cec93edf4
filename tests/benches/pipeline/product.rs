//! Sekisho under measurement: the binary as an operator runs it, exactly once, states kept.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sekisho_tests::guests;

use crate::alerts::Alerts;
use crate::child::Running;
use crate::feed::{Sent, pace};
use crate::lab::{Figures, Lab, PARTITIONS, millis, programs};
use crate::lines::Spec;

/// What a process does after it has its partitions before it is idle: restores, the first commits.
const SETTLE: Duration = Duration::from_secs(3);

/// Which detectors are on; every set finds marked lines as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detectors {
    /// No others.
    Marks,
    /// Those of `plugins/`.
    All,
    /// The windowed count that systems are compared by.
    Bursts,
}

/// How it is run.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    pub detectors: Detectors,
    pub shards: u32,
    pub processes: u32,
    /// Of each process.
    pub workers: u32,
}

/// Started and idle.
struct Product {
    running: Vec<Running>,
    prefix: String,
}

// === impl Setup ===

impl Setup {
    pub fn new(detectors: Detectors) -> Self {
        Self { detectors, shards: 12, processes: 1, workers: 1 }
    }

    fn configuration(&self, lab: &Lab, raw: &str, prefix: &str, instance: u32) -> Result<String> {
        let plugin = |name: &str| guests::directory().join(format!("{name}.wasm"));
        let mut detectors = vec![("marks", plugin("sekisho_guest_counter"), "{marks: true}")];
        match self.detectors {
            Detectors::Marks => {}
            Detectors::Bursts => detectors.push(("bursts", plugin("sekisho_guest_counter"), "{}")),
            Detectors::All => detectors.extend([
                ("lateral-movement", plugin("lateral_movement"), "{}"),
                ("admin-abuse", plugin("admin_abuse"), "{}"),
                ("exfiltration", plugin("exfiltration"), "{}"),
            ]),
        }
        let mut text = format!(
            "kafka:\n  brokers: [\"{}\"]\n  group: {prefix}\n  instance: node{instance}\n  workers: {}\n  prefix: {prefix}.\n  topics:\n    \
             shards: {}\nsources:\n  - topic: {raw}\ncache: {}\ndetectors:\n",
            lab.address(),
            self.workers,
            self.shards,
            lab.folder().join("cache").display(),
        );
        for (name, file, settings) in detectors {
            ensure!(file.exists(), "{} is not there: run `cargo xtask plugins` first", file.display());
            writeln!(text, "  - name: {name}\n    plugin: {}\n    settings: {settings}", file.display())?;
        }
        Ok(text)
    }

    fn start(&self, lab: &Lab, raw: &str) -> Result<Product> {
        let prefix = lab.name("sekisho");
        let mut running = Vec::new();
        for instance in 0..self.processes {
            let file = lab.folder().join(format!("{prefix}-{instance}.yaml"));
            std::fs::write(&file, self.configuration(lab, raw, &prefix, instance)?)?;
            let binary = programs()?.join("sekisho");
            let mut child = Running::start("sekisho", Command::new(binary).args(["run", "-c"]).arg(&file))?;
            for _ in 0..self.workers {
                child.wait_for("partitions assigned")?;
            }
            running.push(child);
        }
        thread::sleep(SETTLE);
        Ok(Product { running, prefix })
    }

    /// Everything that lies on the topic, as fast as it can.
    pub fn full(&self, lab: &Lab, spec: Spec) -> Result<Figures> {
        let (raw, loaded) = lab.load(spec)?;
        let mut product = self.start(lab, &raw)?;
        let alerts = Alerts::watch(lab.address(), &product.alerts(), "bursts/burst", Arc::default())?;
        let (records, truth) = (loaded.records, loaded.truth.clone());
        let start = lab.clock(&product.running);
        loaded.release()?;
        // The last line of every partition is marked; when all four came out, so has everything before them.
        let last = || alerts.marks() >= PARTITIONS as u64;
        product.running[0].wait_until("the alerts of the last lines", last)?;
        let mut figures = lab.since(&start, &product.running, records);
        product.running.into_iter().try_for_each(Running::stop)?;
        let seen = alerts.finish()?;
        figures.alerts = seen.uids.len() as u64 - PARTITIONS as u64;
        figures.note = format!("{} alerts", figures.alerts);
        if self.detectors == Detectors::Bursts {
            ensure!(figures.alerts == truth.bursts, "{} bursts where the truth is {}", figures.alerts, truth.bursts);
            figures.note = format!("{} alerts where {} are right", figures.alerts, truth.bursts);
        }
        lab.empty(&raw, PARTITIONS)?;
        Ok(figures)
    }

    /// So many lines a second, for so long; a hundred of each second's are marked and timed.
    pub fn paced(&self, lab: &Lab, rate: u64, seconds: u64) -> Result<Figures> {
        let raw = lab.topic("raw", PARTITIONS)?;
        let product = self.start(lab, &raw)?;
        let sent = Arc::new(Sent::default());
        let alerts = Alerts::watch(lab.address(), &product.alerts(), "", Arc::clone(&sent))?;
        let spec = |first, count| Spec {
            first,
            count,
            start: millis(),
            step: 1_000_000 / rate as i64,
            mark_every: rate / 100,
            ..Spec::until(0, 0)
        };
        // The first seconds warm everything up and are not timed.
        pace(lab.address(), &raw, PARTITIONS, spec(0, rate * 2), rate, &Sent::default())?;
        let start = lab.clock(&product.running);
        let count = rate * seconds;
        let timed = Spec { seed: 7, ..spec(rate * 2, count) };
        pace(lab.address(), &raw, PARTITIONS, timed, rate, &sent)?;
        let mut figures = lab.since(&start, &product.running, count);
        product.running.into_iter().try_for_each(Running::stop)?;
        let mut seen = alerts.finish()?;
        seen.delays.sort_unstable();
        let expected = count.div_ceil(rate / 100);
        ensure!(!seen.delays.is_empty(), "no alert of a marked line came");
        figures.note = format!("{} of {expected} marked lines seen", seen.delays.len());
        figures.delays = seen.delays;
        Ok(figures)
    }
}

// === impl Product ===

impl Product {
    fn alerts(&self) -> String {
        format!("{}.alerts", self.prefix)
    }
}

/// The version of the binary.
pub fn version() -> Result<String> {
    let output = Command::new(programs()?.join("sekisho")).arg("--version").output().context("sekisho is not built")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
