//! What a chaos run says of itself in the end.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What came of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// To run it again.
    pub seed: u64,
    /// How many of each kind.
    pub faults: BTreeMap<&'static str, u32>,
    /// How often a process gave way to another of its name.
    pub gave_way: u32,
    /// How often a worker was given partitions.
    pub assignments: usize,
    /// For each raw partition, the longest time that it stood still though there was something to read.
    pub still: Vec<Duration>,
    /// Raw records.
    pub records: usize,
    /// Alerts of the disturbed run, and their revisions.
    pub alerts: (usize, usize),
    /// Alerts that stand in the undisturbed run, and whose last bodies were compared.
    pub compared: usize,
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
    /// Where the logs of all processes are, if there are differences.
    pub logs: Option<PathBuf>,
}

// === impl Report ===

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: u32 = self.faults.values().sum();
        let kinds: Vec<_> = self.faults.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(f, "Seed         {}", self.seed)?;
        writeln!(f, "Faults       {faults} in {} s: {}", self.struck.as_secs(), kinds.join(" · "))?;
        writeln!(f, "Gave way     {} processes to another of their name", self.gave_way)?;
        writeln!(f, "Rebalances   {} times a worker was given partitions", self.assignments)?;
        let still: Vec<_> = self.still.iter().map(|still| format!("{:.1}", still.as_secs_f64())).collect();
        writeln!(f, "Stood still  {} s at the longest, by raw partition", still.join(" · "))?;
        writeln!(f, "Records      {}, all judged {} s after the last fault", self.records, self.settled.as_secs())?;
        writeln!(
            f,
            "Alerts       {} in {} revisions; {} that stand were compared",
            self.alerts.0, self.alerts.1, self.compared
        )?;
        writeln!(f, "Dead letters {}", self.letters)?;
        writeln!(f, "States       {}", self.states)?;
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
