//! What was found, what was missed, and what was said beside the point.

use std::collections::{BTreeMap, BTreeSet};

use super::alert::{Alert, HIGH, MEDIUM};
use super::data::{DataSet, LabelledFile, Purpose, Stages};
use super::judge::{Account, Judged};

/// An alert with its stages.
pub struct Placed {
    pub alert: Alert,
    pub stages: BTreeSet<String>,
    /// Its stages meet those of the file.
    pub on_target: bool,
}

/// A file with what came of it.
pub struct Scored {
    pub file: LabelledFile,
    pub account: Account,
    pub alerts: Vec<Placed>,
}

/// The scores of all files, in the order of the index.
pub struct Scores {
    pub files: Vec<Scored>,
}

/// A count at any severity, at medium and up, at high and up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BySeverity {
    pub seen: u64,
    pub medium: u64,
    pub high: u64,
}

/// What one rule said on the counted and the benign files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfRule {
    pub opened: u64,
    pub on_target: u64,
    pub off_target: u64,
    pub off_target_medium: u64,
    pub benign: u64,
    pub benign_medium: u64,
}

// === impl Scores ===

impl Scores {
    pub fn of(data: &DataSet, mut judged: BTreeMap<String, Judged>) -> Self {
        let scored = |file: &LabelledFile| {
            let Judged { account, alerts } = judged.remove(&file.name).unwrap_or_default();
            let placed = |alert| Placed::of(alert, file, &data.stages);
            Scored { file: file.clone(), account, alerts: alerts.into_values().map(placed).collect() }
        };
        Self { files: data.files.iter().map(scored).collect() }
    }

    pub fn of_purpose(&self, purpose: Purpose) -> impl Iterator<Item = &Scored> {
        self.files.iter().filter(move |scored| scored.file.purpose == purpose)
    }

    /// The files of a purpose that are labelled with a stage.
    pub fn of_stage(&self, purpose: Purpose, stage: &str) -> impl Iterator<Item = &Scored> {
        self.of_purpose(purpose).filter(move |scored| scored.file.stages.contains(stage))
    }

    /// Alerts of the counted files that are beside the point, and the events among which they stand.
    pub fn off_target(&self) -> (BySeverity, u64) {
        let mut sum = BySeverity::default();
        let mut events = 0;
        for scored in self.of_purpose(Purpose::Counted) {
            events += scored.file.events;
            scored.alerts.iter().filter(|placed| !placed.on_target).for_each(|placed| sum.add(placed.alert.severity));
        }
        (sum, events)
    }

    /// Alerts by rule.
    pub fn by_rule(&self) -> BTreeMap<&str, OfRule> {
        let mut rules = BTreeMap::<_, OfRule>::new();
        for scored in &self.files {
            for placed in &scored.alerts {
                let rule = rules.entry(placed.alert.rule.as_str()).or_default();
                rule.add(scored.file.purpose, placed);
            }
        }
        rules
    }
}

// === impl Scored ===

impl Scored {
    /// The highest severity at which the file was found: by an alert of any of its stages. None: it was missed.
    pub fn found(&self) -> Option<u64> {
        self.alerts.iter().filter(|placed| placed.counts()).map(|placed| placed.alert.severity).max()
    }

    /// The same by an alert of this very stage.
    pub fn found_as(&self, stage: &str) -> Option<u64> {
        let of_stage = self.alerts.iter().filter(|placed| placed.counts() && placed.stages.contains(stage));
        of_stage.map(|placed| placed.alert.severity).max()
    }
}

// === impl Placed ===

impl Placed {
    fn of(alert: Alert, file: &LabelledFile, stages: &Stages) -> Self {
        let stages = stages.of_techniques(&alert.techniques);
        let on_target = !stages.is_disjoint(&file.stages);
        Self { alert, stages, on_target }
    }

    fn counts(&self) -> bool {
        self.on_target && !self.alert.lines.is_empty()
    }
}

// === impl BySeverity ===

impl BySeverity {
    /// Counts one of this OCSF severity.
    pub fn add(&mut self, severity: u64) {
        self.seen += 1;
        self.medium += u64::from(severity >= MEDIUM);
        self.high += u64::from(severity >= HIGH);
    }

    /// Counts those that are there.
    pub fn count(found: impl Iterator<Item = Option<u64>>) -> Self {
        let mut sum = Self::default();
        found.flatten().for_each(|severity| sum.add(severity));
        sum
    }
}

// === impl OfRule ===

impl OfRule {
    fn add(&mut self, purpose: Purpose, placed: &Placed) {
        let medium = u64::from(placed.alert.severity >= MEDIUM);
        match purpose {
            Purpose::Counted => {
                self.opened += 1;
                if placed.on_target {
                    self.on_target += 1;
                } else {
                    self.off_target += 1;
                    self.off_target_medium += medium;
                }
            }
            Purpose::Benign => {
                self.benign += 1;
                self.benign_medium += medium;
            }
            Purpose::Labelled | Purpose::RuleMade => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(file_stages: &str, alert_techniques: &[&str], severity: u64) -> Scored {
        let file = LabelledFile {
            name: "f".into(),
            purpose: Purpose::Counted,
            stages: file_stages.split(',').map(str::to_owned).collect(),
            techniques: Vec::new(),
            events: 10,
        };
        let alert = Alert {
            uid: "u".into(),
            rule: "d/r".into(),
            title: String::new(),
            severity,
            stands: true,
            techniques: alert_techniques.iter().map(|technique| (*technique).to_owned()).collect(),
            file: "f".into(),
            lines: [1].into(),
        };
        let stages = Stages::of_text("technique\tstage\nT1021\tlateral\nT1070.001\tlog_clearing\n");
        let alerts = vec![Placed::of(alert, &file, &stages)];
        Scored { file, account: Account::default(), alerts }
    }

    #[test]
    fn a_file_is_found_by_an_alert_of_any_of_its_stages() {
        let scored = scored("evasion,log_clearing", &["T1070.001"], 4);
        assert_eq!(
            (scored.found(), scored.found_as("log_clearing"), scored.found_as("evasion")),
            (Some(4), Some(4), None)
        );
    }

    #[test]
    fn an_alert_without_a_stage_is_off_target() {
        let scores =
            Scores { files: vec![scored("other,lateral", &["T1047"], 2), scored("lateral", &["T1021.002"], 3)] };
        assert_eq!(scores.off_target(), (BySeverity { seen: 1, medium: 0, high: 0 }, 20));
        assert_eq!(scores.by_rule()["d/r"], OfRule { opened: 2, on_target: 1, off_target: 1, ..OfRule::default() });
    }
}
