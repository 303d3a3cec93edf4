//! The labelled data set: which file serves which stages of an intrusion, and to which stages a technique belongs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// What a file is judged for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// An attack whose stages are named: it counts in the table.
    Counted,
    /// Ordinary life: every alert on it is false until a person has looked.
    Benign,
    /// An attack whose rows are labelled, one by one.
    Labelled,
    /// A log made to match one community rule: shown beside the table, since it can't be compared with those rules.
    RuleMade,
}

/// A file with what is known of it.
#[derive(Clone, Debug)]
pub struct LabelledFile {
    /// Relative to the data set, with `/`.
    pub name: String,
    pub purpose: Purpose,
    pub stages: BTreeSet<String>,
    pub techniques: Vec<String>,
    pub events: u64,
}

/// ATT&CK technique → stage of the intrusion.
#[derive(Clone, Debug, Default)]
pub struct Stages(BTreeMap<String, String>);

/// The files worth judging, and the stages of techniques.
pub struct DataSet {
    pub files: Vec<LabelledFile>,
    pub stages: Stages,
}

// === impl DataSet ===

impl DataSet {
    /// Reads `index.tsv` and `stages.tsv` of `labels`; the logs themselves lie under `root`.
    pub fn read(root: &Path, labels: &Path) -> Result<Self> {
        let index = text(&labels.join("index.tsv"))?;
        let files: Vec<_> = index.lines().skip(1).filter_map(LabelledFile::of_line).collect();
        ensure!(!files.is_empty(), "no file of a known data set is named in {}", labels.join("index.tsv").display());
        let missing = files.iter().find(|file| !root.join(&file.name).is_file());
        if let Some(file) = missing {
            bail!("{} is in the index, but not under {}", file.name, root.display());
        }
        Ok(Self { files, stages: Stages::of_text(&text(&labels.join("stages.tsv"))?) })
    }
}

// === impl LabelledFile ===

impl LabelledFile {
    /// One row: file, data set, stages, techniques, number of events, and what is not needed here.
    fn of_line(line: &str) -> Option<Self> {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or_default();
        let (name, dataset, stages, techniques, events) = (cell(), cell(), cell(), cell(), cell());
        let list = |cell: &str| -> Vec<String> {
            cell.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
        };
        let stages: BTreeSet<_> = list(stages).into_iter().collect();
        let purpose = match dataset {
            "otrf" | "evtx_to_mitre" | "splunk_attack_data" => Purpose::Counted,
            "evtx_rs_samples" => Purpose::Benign,
            "msticpy" if stages.contains("benign_baseline") => Purpose::Benign,
            "otrf_zeek" | "msticpy" => Purpose::Labelled,
            "sigma_regression" => Purpose::RuleMade,
            _ => return None,
        };
        let events = events.parse().unwrap_or_default();
        Some(Self { name: name.to_owned(), purpose, stages, techniques: list(techniques), events })
    }
}

// === impl Stages ===

impl Stages {
    /// Rows of technique and stage under a heading.
    pub fn of_text(text: &str) -> Self {
        let pairs = text.lines().skip(1).filter_map(|line| line.split_once('\t'));
        Self(pairs.map(|(technique, stage)| (technique.trim().to_owned(), stage.trim().to_owned())).collect())
    }

    /// A sub-technique that is not listed takes its parent's stage.
    pub fn of_technique(&self, technique: &str) -> Option<&str> {
        let own = self.0.get(technique);
        own.or_else(|| self.0.get(parent(technique))).map(String::as_str)
    }

    /// The stages of several techniques.
    pub fn of_techniques(&self, techniques: &[String]) -> BTreeSet<String> {
        techniques.iter().filter_map(|technique| self.of_technique(technique)).map(str::to_owned).collect()
    }
}

/// `T1021.002` → `T1021`.
pub fn parent(technique: &str) -> &str {
    technique.split_once('.').map_or(technique, |(parent, _)| parent)
}

pub fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_technique_that_is_not_listed_takes_its_parents_stage() {
        let stages = Stages::of_text("technique\tstage\nT1070\tevasion\nT1070.001\tlog_clearing\n");
        assert_eq!(stages.of_technique("T1070.001"), Some("log_clearing"));
        assert_eq!(stages.of_technique("T1070.004"), Some("evasion"));
        assert_eq!(stages.of_technique("T1047"), None);
    }

    #[test]
    fn a_row_of_the_index_tells_what_its_file_is_judged_for() {
        let file = LabelledFile::of_line("otrf/a.jsonl\totrf\tlateral,other\tT1021,T1047\t12\t\t\tx").unwrap();
        assert_eq!((file.purpose, file.events), (Purpose::Counted, 12));
        assert_eq!(file.stages.iter().collect::<Vec<_>>(), ["lateral", "other"]);
        assert!(LabelledFile::of_line("z/a.jsonl\tzeek_baselines\t\t\t1").is_none());
    }
}
