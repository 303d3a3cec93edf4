//! A run as it is kept, to be compared with a later one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::alert::{MEDIUM, severity};
use super::data::Purpose;
use super::score::{Scored, Scores};

/// What of a run is compared.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Files with the highest severity at which they were found, 0: missed.
    found: BTreeMap<String, u64>,
    /// Off-target alerts by rule.
    off_target: BTreeMap<String, u64>,
    /// Alerts of medium and up on benign logs.
    benign: BTreeSet<String>,
}

// === impl Run ===

impl Run {
    pub fn of(scores: &Scores) -> Self {
        let attacks = scores.files.iter().filter(|scored| scored.file.purpose != Purpose::Benign);
        let found = attacks.map(|scored| (scored.file.name.clone(), scored.found().unwrap_or_default())).collect();
        let off_target = scores.by_rule().into_iter().map(|(rule, of)| (rule.to_owned(), of.off_target)).collect();
        let alerts = |scored: &Scored| {
            let alerts = scored.alerts.iter().map(|placed| &placed.alert).filter(|alert| alert.severity >= MEDIUM);
            let line = |alert: &super::alert::Alert| format!("{}: {}: {}", scored.file.name, alert.rule, alert.title);
            alerts.map(line).collect::<Vec<_>>()
        };
        Self { found, off_target, benign: scores.of_purpose(Purpose::Benign).flat_map(alerts).collect() }
    }

    /// What was gained and what was lost since an earlier run, in words.
    pub fn since(&self, earlier: &Self) -> String {
        let mut text = String::new();
        let mut tell = |mark: &str, line: String| {
            // Writing into a text does not fail.
            let _ = writeln!(text, "{mark} {line}");
        };
        let zero = 0;
        for (file, now) in &self.found {
            let before = earlier.found.get(file).unwrap_or(&zero);
            let (was, is) = (told(*before), told(*now));
            match now.cmp(before) {
                std::cmp::Ordering::Greater => tell("+", format!("{file}: {was} → {is}")),
                std::cmp::Ordering::Less => tell("-", format!("{file}: {was} → {is}")),
                std::cmp::Ordering::Equal => {}
            }
        }
        let rules: BTreeSet<_> = self.off_target.keys().chain(earlier.off_target.keys()).collect();
        for rule in rules {
            let (before, now) =
                (earlier.off_target.get(rule).unwrap_or(&zero), self.off_target.get(rule).unwrap_or(&zero));
            if now != before {
                tell(if now < before { "+" } else { "-" }, format!("{rule}: off target {before} → {now}"));
            }
        }
        self.benign.difference(&earlier.benign).for_each(|alert| tell("-", format!("new on benign logs: {alert}")));
        earlier.benign.difference(&self.benign).for_each(|alert| tell("+", format!("gone from benign logs: {alert}")));
        if text.is_empty() { "nothing changed\n".to_owned() } else { text }
    }
}

fn told(found: u64) -> &'static str {
    if found == 0 { "missed" } else { severity(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_run_tells_what_was_gained_and_lost() {
        let run = |found: &[(&str, u64)], off: u64| Run {
            found: found.iter().map(|(file, severity)| ((*file).to_owned(), *severity)).collect(),
            off_target: [("d/r".to_owned(), off)].into(),
            benign: BTreeSet::new(),
        };
        let (earlier, later) = (run(&[("a", 0), ("b", 4), ("c", 2)], 3), run(&[("a", 3), ("b", 2), ("c", 2)], 5));
        assert_eq!(later.since(&earlier), "+ a: missed → medium\n- b: high → low\n- d/r: off target 3 → 5\n");
        assert_eq!(later.since(&later), "nothing changed\n");
    }
}
