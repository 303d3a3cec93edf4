//! `cargo xtask bench detectors`: what each detector and each rule costs on a generated stream.
//!
//! A detector is called once for each key space and interval, and the rules of a key space share its rows: what can be
//! measured is the CPU time of a key space, by the thread's own clock, which does not run while others do. So each rule is
//! shown with the rows that its key space receives and with what the whole key space costs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::evaluate::{self, Table};
use crate::workspace::{Workspace, say};
use crate::{marked, scenario};

#[derive(Deserialize)]
struct Inspected {
    sample: Option<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    events: u64,
    calls: u64,
    rows: u64,
    cpu_ns: u64,
    largest_state: u64,
    key_spaces: Vec<Space>,
    subscriptions: Vec<Subscription>,
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Space {
    key_space: String,
    keys: u64,
    rows: u64,
    cpu_ns: u64,
}

#[derive(Deserialize)]
struct Subscription {
    source: String,
    key_space: usize,
    rows: u64,
}

#[derive(Deserialize)]
struct Rule {
    rule: String,
    key_space: usize,
    told: u64,
}

/// Builds what is old (`--no-build`: measures what is built), prints, and writes the tables into `docs/performance.md`.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    let host = evaluate::built(workspace, None, rest.iter().any(|option| option == "--no-build"))?;
    let (logs, inventory) = scenario::mixed(workspace)?;
    let mut samples = BTreeMap::new();
    for name in workspace.plugins() {
        say(format!("measuring {name}"));
        let plugin = workspace.components().join(format!("{}.wasm", name.replace('-', "_")));
        samples.insert(name, sample(&host, &plugin, &logs, &inventory)?);
    }
    let told = format!(
        "`cargo xtask bench detectors`: office life of 300 people with its traps and the intrusion `mino`, 20 days, with the \
         inventory, each detector by itself, `sekisho plugin inspect --sample`.\n\n{}\n{}\n{}",
        detectors(&samples),
        "The rules of a key space are judged in one call over the same rows, so a rule's cost is that of its key space, \
         shared. *Told* counts findings with their revisions.\n\n".to_owned() + &rules(&samples).to_string(),
        "Where the rows come from:\n\n".to_owned() + &sources(&samples).to_string(),
    );
    print!("{told}");
    marked::replace(&workspace.root.join("docs/performance.md"), "detectors", &told)
}

fn sample(host: &Path, plugin: &Path, logs: &[PathBuf], inventory: &Path) -> Result<Sample> {
    let mut inspect = Command::new(host);
    inspect.args(["plugin", "inspect"]).arg(plugin).args(["--format", "json"]);
    inspect.arg("--inventory").arg(inventory).arg("--sample").args(logs);
    let output = inspect.output().with_context(|| format!("failed to run {}", host.display()))?;
    ensure!(output.status.success(), "sekisho plugin inspect failed: {}", String::from_utf8_lossy(&output.stderr));
    let inspected: Inspected =
        serde_json::from_slice(&output.stdout).context("failed to read what plugin inspect says")?;
    inspected.sample.context("plugin inspect measured nothing")
}

fn detectors(samples: &BTreeMap<&str, Sample>) -> Table {
    let mut table = Table::new(&[
        "detector",
        ">events of the stream",
        ">rows delivered",
        ">calls",
        ">µs a row",
        ">ns an event of the stream (aim 100)",
        ">largest state, B",
    ]);
    for (name, sample) in samples {
        table.row([
            format!("`{name}`"),
            sample.events.to_string(),
            sample.rows.to_string(),
            sample.calls.to_string(),
            micros(sample.cpu_ns, sample.rows),
            (sample.cpu_ns / sample.events.max(1)).to_string(),
            sample.largest_state.to_string(),
        ]);
    }
    table
}

fn rules(samples: &BTreeMap<&str, Sample>) -> Table {
    let mut table = Table::new(&[
        "rule",
        "key space",
        ">keys",
        ">rows of the key space",
        ">µs a row",
        ">ns an event of the stream",
        ">rules that share it",
        ">told",
    ]);
    for (name, sample) in samples {
        for rule in &sample.rules {
            let Some(space) = sample.key_spaces.get(rule.key_space) else { continue };
            let sharing = sample.rules.iter().filter(|other| other.key_space == rule.key_space).count();
            table.row([
                format!("`{name}/{}`", rule.rule),
                space.key_space.clone(),
                space.keys.to_string(),
                space.rows.to_string(),
                micros(space.cpu_ns, space.rows),
                (space.cpu_ns / sample.events.max(1)).to_string(),
                sharing.to_string(),
                rule.told.to_string(),
            ]);
        }
    }
    table
}

/// Rows by key space and source: what the conditions of the subscriptions let through.
fn sources(samples: &BTreeMap<&str, Sample>) -> Table {
    let mut table = Table::new(&["detector", "key space", "source", ">rows", ">of a thousand events"]);
    for (name, sample) in samples {
        let mut rows = BTreeMap::<_, u64>::new();
        for subscription in &sample.subscriptions {
            let space = sample.key_spaces.get(subscription.key_space).map_or("", |space| &space.key_space);
            *rows.entry((space, &*subscription.source)).or_default() += subscription.rows;
        }
        for ((space, source), rows) in rows.into_iter().filter(|(_, rows)| *rows > 0) {
            let share = rows * 10_000 / sample.events.max(1);
            let share = format!("{}.{}", share / 10, share % 10);
            table.row([format!("`{name}`"), space.to_owned(), format!("`{source}`"), rows.to_string(), share]);
        }
    }
    table
}

fn micros(nanos: u64, of: u64) -> String {
    let hundredths = nanos / of.max(1) / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
