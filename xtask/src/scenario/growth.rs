//! How what detectors remember grows over a month of office life.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::super::evaluate::Table;
use super::chart::{self, Series};
use super::play::Script;
use super::replay::Judges;
use super::traps::Doses;
use crate::marked;
use crate::workspace::{Workspace, say};

/// Days of the stream: a month, and as long again, since what is kept for 30 days begins to go only then.
const DAYS: i64 = 66;

/// What people saw in it.
const SEEN: &str = "
It grows while what is remembered is younger than a month, and is flat from then on. Above 1 KB at the median are key spaces of few
keys that see much: an address's days and destinations, an account's hosts, a scanner's targets.
";

/// A line of `sekisho replay --memory`.
#[derive(Deserialize)]
struct Remembered {
    time: i64,
    detector: String,
    key_space: String,
    keys: u64,
    bytes: u64,
    median: u64,
    largest: u64,
}

/// Replays a month, draws `docs/state-growth.svg` and writes the table into `docs/performance.md`.
pub fn run(workspace: &Workspace, judges: &Judges, users: usize, seed: u64) -> Result<()> {
    let folder = workspace.target.join("scenario/growth");
    let script = Script { seed, days: DAYS, users, desks: 60, intrusion: None, doses: Doses::usual() };
    let played = script.play(&folder)?;
    let memory = folder.join("memory.jsonl");
    judges.remember(&folder, &memory)?;
    let text = fs::read_to_string(&memory).with_context(|| format!("failed to read {}", memory.display()))?;
    let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Remembered>, _>>()?;
    let chart = chart::draw("Bytes of state by detector, at the end of each day", "B", &by_detector(&lines));
    let picture = workspace.root.join("docs/state-growth.svg");
    fs::write(&picture, chart).with_context(|| format!("failed to write {}", picture.display()))?;
    let told = told(&lines, played.hosts, played.size.lines, seed);
    marked::replace(&workspace.root.join("docs/performance.md"), "state growth", &told)?;
    print!("{told}");
    say(format!("the picture is {}", picture.display()));
    fs::remove_dir_all(&folder).with_context(|| format!("failed to remove {}", folder.display()))
}

fn by_detector(lines: &[Remembered]) -> Vec<Series> {
    let mut sums = BTreeMap::<&str, BTreeMap<i64, u64>>::new();
    for line in lines {
        *sums.entry(&line.detector).or_default().entry(line.time).or_default() += line.bytes;
    }
    sums.into_iter()
        .map(|(name, days)| Series { name: name.to_owned(), values: days.into_values().collect() })
        .collect()
}

fn told(lines: &[Remembered], hosts: usize, events: u64, seed: u64) -> String {
    let mut text = format!(
        "`cargo xtask scenario --growth`: {DAYS} days of office life, {hosts} hosts, six in ten people at work, {events} events, seed {seed}, with the inventory.\n\n\
         ![bytes of state over {DAYS} days](state-growth.svg)\n\n"
    );
    let titles = [
        "detector",
        "key space",
        ">keys, last day",
        ">median state, B",
        ">largest, B",
        ">all, kB",
        ">kB at day 10",
        ">at day 30",
        ">at day 50",
        ">most on any day",
    ];
    let mut table = Table::new(&titles);
    let mut spaces = BTreeMap::<(&str, &str), Vec<&Remembered>>::new();
    for line in lines {
        spaces.entry((&line.detector, &line.key_space)).or_default().push(line);
    }
    let times: BTreeSet<_> = lines.iter().map(|line| line.time).collect();
    let mut sizes = Vec::new();
    for ((detector, space), days) in &spaces {
        let Some(last) = days.last() else { continue };
        sizes.push((last.median, last.keys));
        // A key space that remembers nothing at the end of a day is not told.
        let at = |day: usize| {
            let time = times.iter().nth(day - 1);
            kilobytes(days.iter().find(|told| Some(&told.time) == time).map_or(0, |told| told.bytes))
        };
        let most = days.iter().map(|day| day.bytes).max().unwrap_or_default();
        table.row([
            format!("`{detector}`"),
            (*space).to_owned(),
            last.keys.to_string(),
            last.median.to_string(),
            last.largest.to_string(),
            kilobytes(last.bytes),
            at(10),
            at(30),
            at(50),
            kilobytes(most),
        ]);
    }
    // Writing into a text does not fail.
    let _ = write!(text, "{table}");
    sizes.sort_unstable();
    let keys: u64 = sizes.iter().map(|(_, keys)| keys).sum();
    let mut passed = 0;
    let median = sizes.iter().find(|(_, of)| {
        passed += of;
        passed * 2 >= keys
    });
    let _ = writeln!(
        text,
        "\nOver all {keys} keys the median of a state is about {} B (aim: 1 KB).",
        median.map_or(0, |(median, _)| *median)
    );
    text + SEEN
}

fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}
