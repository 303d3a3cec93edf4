//! Why a file was missed: what a person wrote, else what can be derived.

use std::path::Path;

use anyhow::{Context, Result};

use super::data::{self, LabelledFile, Purpose};
use super::detectors::Detector;
use super::score::{Scored, Scores};

/// A reason that a person wrote.
struct Written {
    /// `*` or a technique of the file.
    technique: String,
    /// Part of the file's name; `*` stands for anything.
    pattern: String,
    reason: String,
}

/// Reasons from a file of the repository: technique, pattern of the file's name, reason.
pub struct Reasons(Vec<Written>);

// === impl Reasons ===

impl Reasons {
    /// Reads them; there may be none.
    pub fn read(path: &Path) -> Result<Self> {
        if !path.is_file() {
            return Ok(Self(Vec::new()));
        }
        let text = data::text(path)?;
        let rows = text.lines().skip(1).filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let written = rows.map(|row| {
            let mut cells = row.splitn(3, '\t').map(|cell| cell.trim().to_owned());
            let mut cell = || cells.next().filter(|cell| !cell.is_empty());
            let (technique, pattern, reason) = (cell(), cell(), cell());
            let whole = || Some(Written { technique: technique?, pattern: pattern?, reason: reason? });
            whole().with_context(|| format!("{}: a row needs technique, pattern and reason: {row}", path.display()))
        });
        Ok(Self(written.collect::<Result<_>>()?))
    }

    /// Reasons that explain no miss: the file was found, or there is none of that name.
    pub fn idle(&self, scores: &Scores) -> Vec<String> {
        let missed = |written: &Written| {
            scores.of_purpose(Purpose::Counted).any(|scored| scored.found().is_none() && written.fits(&scored.file))
        };
        let idle = self.0.iter().filter(|written| !missed(written));
        idle.map(|written| format!("{} {}", written.technique, written.pattern)).collect()
    }

    /// Why nothing of the file's stages was found in it.
    pub fn of(&self, scored: &Scored, detectors: &[Detector]) -> String {
        let written = self.0.iter().find(|written| written.fits(&scored.file));
        written.map_or_else(|| derived(scored, detectors), |written| written.reason.clone())
    }
}

impl Written {
    fn fits(&self, file: &LabelledFile) -> bool {
        let technique = |own: &String| *own == self.technique || data::parent(own) == self.technique;
        (self.technique == "*" || file.techniques.iter().any(technique)) && holds(&file.name, &self.pattern)
    }
}

/// Whether the parts of a pattern between its `*` stand in a name, one after another.
fn holds(name: &str, pattern: &str) -> bool {
    let mut rest = name;
    pattern.split('*').all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn derived(scored: &Scored, detectors: &[Detector]) -> String {
    let account = &scored.account;
    if !account.broken.is_empty() {
        return "the file can't be read to its end".to_owned();
    }
    if account.decoded == 0 {
        return "not decoded: no record has a shape that is known".to_owned();
    }
    if account.unwanted >= account.events {
        return "no event is of a class that a rule reads".to_owned();
    }
    if account.rows == 0 {
        return "no event passes the conditions of a rule".to_owned();
    }
    let looking = looking_for(scored, detectors);
    let beside: Vec<_> = scored.alerts.iter().map(|placed| placed.alert.rule.as_str()).collect();
    let mut reason = if looking.is_empty() {
        format!("no rule looks for {}", scored.file.techniques.join(", "))
    } else {
        format!("silent: {}", looking.join(", "))
    };
    if account.keyless > 0 {
        reason += &format!("; {} rows lack a value for a rule's key", account.keyless);
    }
    if !beside.is_empty() {
        let mut beside = beside;
        beside.sort_unstable();
        beside.dedup();
        reason += &format!("; other stages alone: {}", beside.join(", "));
    }
    reason
}

/// Rules that name a technique of the file, or one of its family.
fn looking_for<'d>(scored: &Scored, detectors: &'d [Detector]) -> Vec<&'d str> {
    let near = |own: &str, other: &str| own == other || data::parent(own) == other || data::parent(other) == own;
    let names = |techniques: &[String]| {
        techniques.iter().any(|technique| scored.file.techniques.iter().any(|own| near(own, technique)))
    };
    let rules = detectors.iter().flat_map(|detector| &detector.rules);
    rules.filter(|(_, techniques)| names(techniques)).map(|(rule, _)| rule.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_stands_anywhere_in_a_name_and_its_parts_keep_their_order() {
        assert!(holds("otrf/atomic/windows/x_sc_query.jsonl", "atomic*sc_query"));
        assert!(!holds("otrf/atomic/windows/x_sc_query.jsonl", "sc_query*atomic"));
        assert!(holds("anything", "*"));
    }
}
