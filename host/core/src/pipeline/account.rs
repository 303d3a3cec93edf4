//! The account: what was read, what became of it.

use std::collections::BTreeMap;

/// Counts since the start. `read = decoded + rejected`, counted in records; faulty items of packs are counted apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub read: u64,
    pub decoded: u64,
    /// Records that went to the dead-letter topic, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Records by the shape that they were taken for.
    pub shapes: BTreeMap<String, u64>,
    /// Items of packs that could not be decoded, in records that otherwise were.
    pub faulty_items: u64,
    /// Events that came of the records.
    pub events: u64,
    /// Events of classes that no detector asked for.
    pub unwanted: u64,
    /// Events whose own time was missing, unreadable or absurd.
    pub time_replaced: u64,
    /// Rows that travelled to a shard.
    pub rows: u64,
    /// Rows that a detector wanted but that lack a value for its key.
    pub keyless: u64,
    /// Values that a condition or a row that travels asked for and that were of another kind, by field.
    pub field_faults: BTreeMap<String, u64>,
    /// Groups that a detector failed on, by detector.
    pub quarantined: BTreeMap<String, u64>,
    /// Rows that came behind their subscription's lateness, by detector: delivered, and marked.
    pub late: BTreeMap<String, u64>,
    /// Judgements that detectors answered with, by `detector/rule`: those that say nothing new included.
    pub findings: BTreeMap<String, u64>,
    /// Alerts published, by `detector/rule`: opened, revised, closed or retracted.
    pub alerts: BTreeMap<String, AlertCounts>,
    /// What detectors counted, by `detector/counter`.
    pub counters: BTreeMap<String, u64>,
    /// States that had to go for a quota, by detector.
    pub evicted: BTreeMap<String, u64>,
}

/// Revisions of one rule's alerts, by what they said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlertCounts {
    pub opened: u64,
    pub revised: u64,
    pub closed: u64,
}

// === impl Account ===

impl Account {
    /// Adds what happened in an interval.
    pub fn add(&mut self, other: &Self) {
        fn merge(into: &mut BTreeMap<String, u64>, from: &BTreeMap<String, u64>) {
            for (name, count) in from {
                *into.entry(name.clone()).or_default() += count;
            }
        }
        self.read += other.read;
        self.decoded += other.decoded;
        self.faulty_items += other.faulty_items;
        self.events += other.events;
        self.unwanted += other.unwanted;
        self.time_replaced += other.time_replaced;
        self.rows += other.rows;
        self.keyless += other.keyless;
        merge(&mut self.rejected, &other.rejected);
        merge(&mut self.shapes, &other.shapes);
        merge(&mut self.field_faults, &other.field_faults);
        merge(&mut self.quarantined, &other.quarantined);
        merge(&mut self.late, &other.late);
        merge(&mut self.findings, &other.findings);
        merge(&mut self.counters, &other.counters);
        merge(&mut self.evicted, &other.evicted);
        for (rule, counts) in &other.alerts {
            let sum = self.alerts.entry(rule.clone()).or_default();
            sum.opened += counts.opened;
            sum.revised += counts.revised;
            sum.closed += counts.closed;
        }
    }

    /// Records that were rejected, for whatever reason.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// The law of the account.
    pub fn balances(&self) -> bool {
        self.read == self.decoded + self.rejected_total()
    }
}

/// Adds to a named count.
pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str, by: u64) {
    if by == 0 {
        return;
    }
    match counts.get_mut(name) {
        Some(count) => *count += by,
        None => {
            counts.insert(name.to_owned(), by);
        }
    }
}
