//! What was found of an intrusion and how soon, and what was said that is not true.

use std::collections::BTreeMap;

use super::super::evaluate::{HIGH, MEDIUM};
use super::moment::SECOND;
use super::replay::Told;
use super::truth::{Extent, Label, Truth};

/// The first alert on an act.
#[derive(Clone, Debug)]
pub struct First {
    /// After the act's first line, nanoseconds.
    pub after: i64,
    pub rule: String,
}

/// An act of the intrusion with what was told of it.
#[derive(Clone, Debug)]
pub struct Act {
    pub name: String,
    pub extent: Extent,
    /// At any severity, at medium and up, at high and up.
    pub first: [Option<First>; 3],
}

/// When the network named the theft.
#[derive(Clone, Debug)]
pub struct Named {
    pub rule: String,
    pub severity: u64,
    /// Bytes that had left.
    pub gone: u64,
    /// Of so many in all.
    pub of: u64,
}

/// An alert on what is no intrusion.
#[derive(Clone, Debug)]
pub struct FalseAlarm {
    /// The trap, or `office`.
    pub label: String,
    pub rule: String,
    pub title: String,
    /// The highest that it ever told.
    pub severity: u64,
    pub at: i64,
}

/// The score of one stream.
#[derive(Clone, Debug, Default)]
pub struct Score {
    pub acts: Vec<Act>,
    /// At any severity, at medium and up, at high and up.
    pub named: [Option<Named>; 3],
    pub alarms: Vec<FalseAlarm>,
}

/// Severities of the three columns.
pub const FLOORS: [u64; 3] = [1, MEDIUM, HIGH];

/// Rules that see the theft on the wire, rather than a program or a file.
const WIRE: [&str; 8] = [
    "exfiltration/fan-in",
    "exfiltration/destination-volume",
    "exfiltration/low-and-slow",
    "exfiltration/source-volume",
    "exfiltration/shares-then-upload",
    "exfiltration/service-contact",
    "exfiltration/tunnel-volume",
    "exfiltration/wire-tunnel",
];

// === impl Score ===

impl Score {
    pub fn of(told: &[Told], truth: &Truth) -> Self {
        let acts = truth.extents().into_iter().filter(|(name, _)| name.starts_with("act/"));
        let acts: Vec<_> = acts.map(|(name, extent)| Act::of(name, extent, told, truth)).collect();
        Self { acts, named: named(told, truth), alarms: false_alarms(told, truth) }
    }

    /// False alarms of a trap at a severity and up.
    pub fn alarms_of<'s>(&'s self, label: &'s str, floor: u64) -> impl Iterator<Item = &'s FalseAlarm> {
        self.alarms.iter().filter(move |alarm| alarm.label == label && alarm.severity >= floor)
    }
}

// === impl Act ===

impl Act {
    fn of(name: &str, extent: Extent, told: &[Told], truth: &Truth) -> Self {
        let first = |floor: u64| {
            let cites =
                |told: &&Told| told.severity >= floor && told.labels.keys().any(|label| truth.name(*label) == name);
            let first = told.iter().filter(cites).min_by_key(|told| told.at);
            first.map(|told| First { after: (told.at - extent.first).max(0), rule: told.rule.clone() })
        };
        Self { name: name.trim_start_matches("act/").to_owned(), extent, first: FLOORS.map(first) }
    }
}

fn named(told: &[Told], truth: &Truth) -> [Option<Named>; 3] {
    let of = truth.stolen();
    FLOORS.map(|floor| {
        let sees = |told: &&Told| {
            told.severity >= floor
                && WIRE.contains(&&*told.rule)
                && told.labels.keys().any(|label| truth.name(*label) == "act/theft")
        };
        let first = told.iter().filter(sees).min_by_key(|told| told.at)?;
        // Zeek and a firewall tell to the second.
        let gone = truth.stolen_by(first.at + SECOND);
        Some(Named { rule: first.rule.clone(), severity: first.severity, gone, of })
    })
}

/// Alerts no revision of which cites a line of the intrusion, each once, at the highest severity that it told.
fn false_alarms(told: &[Told], truth: &Truth) -> Vec<FalseAlarm> {
    let is_act = |label: &Label| truth.name(*label).starts_with("act/");
    let mut alerts = BTreeMap::<&str, (bool, FalseAlarm)>::new();
    for told in told {
        let trap = told.labels.iter().filter(|(label, _)| **label != Label::default()).max_by_key(|(_, lines)| **lines);
        let alarm = FalseAlarm {
            label: trap.map_or("office", |(label, _)| truth.name(*label)).to_owned(),
            rule: told.rule.clone(),
            title: told.title.clone(),
            severity: told.severity,
            at: told.at,
        };
        let (hit, known) = alerts.entry(&told.uid).or_insert_with(|| (false, alarm.clone()));
        *hit |= told.labels.keys().any(is_act);
        if alarm.severity > known.severity {
            *known = alarm;
        }
    }
    alerts.into_values().filter(|(hit, _)| !hit).map(|(_, alarm)| alarm).collect()
}

#[cfg(test)]
mod tests {
    use super::super::stream::Log;
    use super::*;

    fn told(uid: &str, rule: &str, severity: u64, at: i64, labels: &[Label]) -> Told {
        Told {
            uid: uid.into(),
            rule: rule.into(),
            title: String::new(),
            severity,
            at,
            labels: labels.iter().map(|label| (*label, 1)).collect(),
        }
    }

    #[test]
    fn a_theft_is_named_by_the_first_revision_that_is_loud_enough() {
        let mut truth = Truth::default();
        let (theft, backup) = (truth.label("act/theft"), truth.label("trap/backup"));
        truth.line(Log::Conn, 1, theft, 0);
        truth.line(Log::Conn, 2, backup, 0);
        truth.gone(0, 100 * SECOND, 100);
        let told = [
            told("a", "exfiltration/transfer-tool", 4, 5 * SECOND, &[theft]),
            told("b", "exfiltration/fan-in", 2, 9 * SECOND, &[theft]),
            told("b", "exfiltration/fan-in", 3, 19 * SECOND, &[theft, backup]),
            told("c", "exfiltration/fan-in", 2, 9 * SECOND, &[backup]),
            told("c", "exfiltration/fan-in", 4, 10 * SECOND, &[backup]),
        ];
        let score = Score::of(&told, &truth);
        let gone = |place: usize| score.named[place].as_ref().map(|named| named.gone);
        assert_eq!([gone(0), gone(1), gone(2)], [Some(10), Some(20), None]);
        assert_eq!(score.acts[0].first[2].as_ref().map(|first| first.after), Some(5 * SECOND));
        assert_eq!(score.alarms.len(), 1);
        assert_eq!((&*score.alarms[0].label, score.alarms[0].severity), ("trap/backup", 4));
    }
}
