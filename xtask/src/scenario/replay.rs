//! A stream through `sekisho replay`, and what its alerts say, revision by revision.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::play::INVENTORY;
use super::stream::LOGS;
use super::truth::{Label, Truth};

/// What judges.
pub struct Judges {
    pub host: PathBuf,
    pub plugins: Vec<PathBuf>,
    /// How often the stream is judged, in its own time, as `sekisho replay --interval` takes it.
    pub interval: String,
}

/// One revision of an alert.
#[derive(Clone, Debug)]
pub struct Told {
    pub uid: String,
    /// `detector/rule`.
    pub rule: String,
    pub title: String,
    /// OCSF `severity_id`.
    pub severity: u64,
    /// Event time at which it is told: of its latest evidence, or the end of its window where it waits for that; not
    /// before what was told earlier.
    pub at: i64,
    /// How many cited lines have which label; of an alert that cites none, the label of its key.
    pub labels: BTreeMap<Label, u64>,
}

const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000 * MILLISECOND;

// === impl Judges ===

impl Judges {
    /// Judges the logs of a folder; gives back every revision in the order in which it was told.
    pub fn judge(&self, folder: &Path, inventory: bool, truth: &Truth) -> Result<Vec<Told>> {
        let kind = if inventory { "with" } else { "without" };
        let alerts = folder.join(format!("{kind}-alerts.jsonl"));
        self.replay(folder, inventory, &[("--interval", self.interval.as_ref()), ("--alerts", alerts.as_os_str())])?;
        let file = File::open(&alerts).with_context(|| format!("failed to read {}", alerts.display()))?;
        let told = BufReader::new(file).lines().map(|line| Told::of_json(&line?, truth)).collect::<Result<_>>()?;
        Ok(in_turn(told))
    }

    /// Has written what the detectors remember at the end of each day of the stream.
    pub fn remember(&self, folder: &Path, memory: &Path) -> Result<()> {
        self.replay(folder, true, &[("--memory", memory.as_os_str())])
    }

    fn replay(&self, folder: &Path, inventory: bool, options: &[(&str, &OsStr)]) -> Result<()> {
        let said = folder.join("said.txt");
        let log = File::create(&said).with_context(|| format!("failed to write {}", said.display()))?;
        let mut replay = Command::new(&self.host);
        replay.args(["replay", "--format", "json"]);
        for (option, value) in options {
            replay.arg(option).arg(value);
        }
        for plugin in &self.plugins {
            replay.arg("--plugin").arg(plugin);
        }
        if inventory {
            replay.arg("--inventory").arg(INVENTORY);
        }
        // Paths from the folder, so that evidence names files as the truth does.
        replay.current_dir(folder).arg("--").args(LOGS.iter().map(|(_, name)| name));
        let status = replay.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).status();
        let status = status.with_context(|| format!("failed to run {}", self.host.display()))?;
        if !status.success() {
            bail!("sekisho replay failed ({status}):\n{}", fs::read_to_string(&said).unwrap_or_default());
        }
        Ok(())
    }
}

// === impl Told ===

impl Told {
    fn of_json(line: &str, truth: &Truth) -> Result<Self> {
        let body: Value = serde_json::from_str(line).context("failed to read an alert")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (finding, own) = (&body["finding_info"], &body["unmapped"]["sekisho"]);
        let mut labels = BTreeMap::<Label, u64>::new();
        for evidence in body["evidences"].as_array().into_iter().flatten() {
            let origin = &evidence["data"]["origin"];
            if let (Some(file), Some(line)) = (origin["file"].as_str(), origin["line"].as_u64()) {
                *labels.entry(truth.at(file, line)).or_default() += 1;
            }
        }
        if labels.is_empty() {
            // A sum of days may cite no line; what it is about tells.
            let key = own["key"].as_array().into_iter().flatten().filter_map(Value::as_str);
            labels.extend(key.map(|part| (truth.of_address(part), 1)));
        }
        let latest = body["end_time"].as_i64().unwrap_or_default() * MILLISECOND;
        let at = if own["judged"] == "settled" { latest.max(window_end(&own["window"])) } else { latest };
        Ok(Self {
            uid: text(&finding["uid"]),
            rule: text(&finding["analytic"]["uid"]),
            title: text(&finding["title"]),
            severity: body["severity_id"].as_u64().unwrap_or_default(),
            at,
            labels,
        })
    }
}

/// An alert is told no sooner than those before it. Its own evidence may be much older: of a sum over days it shows the
/// first flows, and took as the moment when they left it would name a theft before it was one.
fn in_turn(mut told: Vec<Told>) -> Vec<Told> {
    let mut now = i64::MIN;
    for told in &mut told {
        now = now.max(told.at);
        told.at = now;
    }
    told
}

fn window_end(window: &Value) -> i64 {
    let start = window["start"].as_str().and_then(epoch).unwrap_or_default();
    (start + window["seconds"].as_i64().unwrap_or_default()) * SECOND
}

/// Seconds since 1970 of `2026-09-07T00:00:00Z`.
fn epoch(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (year, shifted) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    let days = year.div_euclid(400) * 146_097 + {
        let of_era = year.rem_euclid(400);
        of_era * 365 + of_era / 4 - of_era / 100 + of_year
    } - 719_468;
    Some(days * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?)
}

#[cfg(test)]
mod tests {
    use super::super::moment::{START, iso};
    use super::*;

    #[test]
    fn an_alert_is_told_no_sooner_than_those_before_it() {
        let told = |at| Told {
            uid: String::new(),
            rule: String::new(),
            title: String::new(),
            severity: 3,
            at,
            labels: BTreeMap::new(),
        };
        let at: Vec<_> = in_turn([10, 90, 20, 95].map(told).into()).iter().map(|told| told.at).collect();
        assert_eq!(at, [10, 90, 90, 95]);
    }

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        assert_eq!(epoch(&iso(START)), Some(START / SECOND));
        assert_eq!(epoch("2024-02-29T12:00:01Z"), Some(1_709_208_001));
    }
}
