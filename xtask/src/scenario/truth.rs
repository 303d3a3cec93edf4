//! What is true of a stream: which lines belong to which trap or act, and how much of a theft had left when.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::moment::iso;
use super::stream::{LOGS, Log};

/// A label's number; 0 is ordinary life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label(pub u16);

/// Lines of one label that follow one another in a file.
#[derive(Clone, Copy, Debug)]
struct Run {
    first: u64,
    last: u64,
    label: Label,
}

/// When lines of a label were written.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub first: i64,
    pub last: i64,
    pub lines: u64,
}

/// Bytes that left between two moments.
#[derive(Clone, Copy, Debug)]
struct Gone {
    from: i64,
    until: i64,
    bytes: u64,
}

/// Labels of the lines of a stream.
#[derive(Default)]
pub struct Truth {
    names: Vec<String>,
    runs: BTreeMap<Log, Vec<Run>>,
    extents: BTreeMap<Label, Extent>,
    gone: Vec<Gone>,
    /// Addresses outside that only one label sends to.
    marks: BTreeMap<String, Label>,
}

// === impl Truth ===

impl Truth {
    /// The label of this name, such as `trap/patch-night` or `act/takeover`.
    pub fn label(&mut self, name: &str) -> Label {
        let place = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Label(u16::try_from(place + 1).unwrap_or(u16::MAX))
    }

    pub fn name(&self, label: Label) -> &str {
        usize::from(label.0).checked_sub(1).and_then(|place| self.names.get(place)).map_or("office", String::as_str)
    }

    /// Notes a line of a file, counted from 1.
    pub fn line(&mut self, log: Log, number: u64, label: Label, at: i64) {
        if label == Label::default() {
            return;
        }
        let runs = self.runs.entry(log).or_default();
        match runs.last_mut() {
            Some(run) if run.label == label && run.last + 1 == number => run.last = number,
            _ => runs.push(Run { first: number, last: number, label }),
        }
        let extent = self.extents.entry(label).or_insert(Extent { first: at, last: at, lines: 0 });
        extent.first = extent.first.min(at);
        extent.last = extent.last.max(at);
        extent.lines += 1;
    }

    /// Notes an address outside that only this label sends to.
    pub fn mark(&mut self, address: &str, label: Label) {
        if label != Label::default() && !self.marks.contains_key(address) {
            self.marks.insert(address.to_owned(), label);
        }
    }

    /// The label of an address outside; ordinary life where it has none.
    pub fn of_address(&self, address: &str) -> Label {
        self.marks.get(address).copied().unwrap_or_default()
    }

    /// Notes stolen bytes that left between two moments.
    pub fn gone(&mut self, from: i64, until: i64, bytes: u64) {
        self.gone.push(Gone { from, until: until.max(from + 1), bytes });
    }

    /// The label of a line of a file.
    pub fn at(&self, file: &str, line: u64) -> Label {
        let log = LOGS.iter().find(|(_, name)| *name == file).map(|(log, _)| log);
        let Some(runs) = log.and_then(|log| self.runs.get(log)) else { return Label::default() };
        let after = runs.partition_point(|run| run.first <= line);
        let run = after.checked_sub(1).map(|place| runs[place]);
        run.filter(|run| run.last >= line).map_or(Label::default(), |run| run.label)
    }

    /// Labels by name, with their extents, in the order of their first lines.
    pub fn extents(&self) -> Vec<(&str, Extent)> {
        let mut extents: Vec<_> = self.extents.iter().map(|(label, extent)| (self.name(*label), *extent)).collect();
        extents.sort_by_key(|(_, extent)| extent.first);
        extents
    }

    /// Stolen bytes in all.
    pub fn stolen(&self) -> u64 {
        self.gone.iter().map(|gone| gone.bytes).sum()
    }

    /// Stolen bytes that had left at a moment; a flow's bytes leave evenly.
    pub fn stolen_by(&self, moment: i64) -> u64 {
        let share = |gone: &Gone| {
            let (span, past) = (gone.until - gone.from, (moment - gone.from).clamp(0, gone.until - gone.from));
            u64::try_from(u128::from(gone.bytes) * past.unsigned_abs() as u128 / u128::from(span.unsigned_abs()))
                .unwrap_or(gone.bytes)
        };
        self.gone.iter().map(share).sum()
    }

    /// Writes it beside the logs: `truth.jsonl`, a line for each run and, at the end, each label.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join("truth.jsonl");
        let create = || File::create(&path).with_context(|| format!("failed to write {}", path.display()));
        let mut out = BufWriter::new(create()?);
        let mut tell = |value: serde_json::Value| writeln!(out, "{value}").context("failed to write the truth");
        for (log, name) in LOGS {
            for run in self.runs.get(&log).into_iter().flatten() {
                tell(json!({"file": name, "from": run.first, "to": run.last, "label": self.name(run.label)}))?;
            }
        }
        for (name, extent) in self.extents() {
            tell(json!({
                "label": name, "first": iso(extent.first), "last": iso(extent.last), "lines": extent.lines,
            }))?;
        }
        tell(json!({"stolen_bytes": self.stolen()}))?;
        out.flush().context("failed to write the truth")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_label_of_its_run() {
        let mut truth = Truth::default();
        let (backup, theft) = (truth.label("trap/backup"), truth.label("act/theft"));
        for (line, label) in [(3, backup), (4, backup), (5, theft), (9, backup)] {
            truth.line(Log::Conn, line, label, 100 + line.cast_signed());
        }
        let at = |line| truth.name(truth.at("zeek-conn.ndjson", line));
        assert_eq!(
            [2, 3, 4, 5, 6, 9, 10].map(at),
            ["office", "trap/backup", "trap/backup", "act/theft", "office", "trap/backup", "office"]
        );
        assert_eq!(truth.name(truth.at("zeek-dns.ndjson", 3)), "office");
        assert_eq!(truth.extents()[0].1.lines, 3);
    }

    #[test]
    fn a_flow_leaves_evenly() {
        let mut truth = Truth::default();
        truth.gone(100, 200, 1000);
        truth.gone(150, 150, 7);
        assert_eq!([0, 100, 150, 151, 300].map(|moment| truth.stolen_by(moment)), [0, 0, 500, 517, 1007]);
    }
}
