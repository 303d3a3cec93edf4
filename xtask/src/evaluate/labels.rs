//! Cited rows against rows that somebody labelled.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::alert::MEDIUM;
use super::data::text;
use super::score::{Scored, Scores};

/// How well cited rows fit labelled ones, summed over the files of one label set.
pub struct Fit {
    pub what: &'static str,
    pub files: usize,
    /// Rows labelled as attack.
    pub attack: usize,
    /// At any severity, and at medium and up.
    pub cited: [Cited; 2],
}

/// Rows that alerts cite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cited {
    pub all: usize,
    /// Of them, those labelled as attack.
    pub attack: usize,
}

/// Lines of each file that are labelled as attack, counted from 1.
type Attack = BTreeMap<String, BTreeSet<u64>>;

/// Reads one label; logs lie under the path.
type Reading = fn(&Path, &Value, &mut Attack) -> Result<()>;

/// The fit of each set of labels that is there.
pub fn fit(scores: &Scores, root: &Path, labels: &Path) -> Result<Vec<Fit>> {
    let sets: [(&str, &str, Reading); 3] = [
        ("Zeek connections of APT29, day 1 (attack by flow)", "apt29_zeek_conn.jsonl", zeek),
        ("Windows files whose author named the event ids", "evtx_author_event_ids.jsonl", author),
        ("processes of one host (an attacker's logon session)", "msticpy_processes_rows.jsonl", session),
    ];
    let mut fits = Vec::new();
    for (what, name, read) in sets {
        let path = labels.join(name);
        if !path.is_file() {
            continue;
        }
        let mut attack = Attack::new();
        for line in text(&path)?.lines() {
            let label = serde_json::from_str(line).with_context(|| format!("failed to read {}", path.display()))?;
            read(root, &label, &mut attack)?;
        }
        fits.push(Fit::of(what, &attack, scores));
    }
    Ok(fits)
}

fn zeek(_: &Path, label: &Value, attack: &mut Attack) -> Result<()> {
    let lines = attack.entry(label["file"].as_str().unwrap_or_default().to_owned()).or_default();
    if label["label"] != "benign" {
        lines.insert(label["row"].as_u64().unwrap_or_default() + 1);
    }
    Ok(())
}

fn session(_: &Path, label: &Value, attack: &mut Attack) -> Result<()> {
    let lines = attack.entry("msticpy/processes_on_host.jsonl".to_owned()).or_default();
    if label["attack"] == true {
        lines.insert(label["row"].as_u64().unwrap_or_default() + 1);
    }
    Ok(())
}

fn author(root: &Path, label: &Value, attack: &mut Attack) -> Result<()> {
    let name = label["file"].as_str().unwrap_or_default();
    let named: Vec<_> = label["author_event_ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let lines = attack.entry(name.to_owned()).or_default();
    for (line, record) in (1..).zip(text(&root.join(name))?.lines()) {
        let record: Value = serde_json::from_str(record).unwrap_or_default();
        let id = &record["Event"]["System"]["EventID"];
        let id = if id.is_object() { &id["#text"] } else { id };
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        if named.contains(&id.as_str()) {
            lines.insert(line);
        }
    }
    Ok(())
}

// === impl Fit ===

impl Fit {
    fn of(what: &'static str, attack: &Attack, scores: &Scores) -> Self {
        let mut fit = Self { what, files: attack.len(), attack: 0, cited: [Cited::default(); 2] };
        for scored in &scores.files {
            let Some(lines) = attack.get(&scored.file.name) else { continue };
            fit.attack += lines.len();
            for (cited, severity) in fit.cited.iter_mut().zip([0, MEDIUM]) {
                let rows = cited_rows(scored, severity);
                cited.all += rows.len();
                cited.attack += rows.intersection(lines).count();
            }
        }
        fit
    }
}

fn cited_rows(scored: &Scored, severity: u64) -> BTreeSet<u64> {
    let alerts = scored.alerts.iter().filter(|placed| placed.alert.severity >= severity);
    alerts.flat_map(|placed| &placed.alert.lines).copied().collect()
}
