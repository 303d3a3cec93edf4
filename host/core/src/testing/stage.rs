//! A small stage for one detector: it groups rows, keeps states, feeds the detector's own signals back, wakes, expires.
//! It is the pipeline's promise to a detector and nothing more, so that the laws can vary what the pipeline leaves open.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{bitmap, column};
use super::row::{Fed, Row, route};
use super::signals::{fed, strata};
use crate::contract::{Call, Change, DetectorPlan, Finding, Group, MAX_CALL_ROWS, Note, Outcome, State, Table};
use crate::detect::{Detector, Fault};
use crate::plan::Zones;

/// Identity of a finding: rule, key, start of its bucket.
pub type FindingId = (u32, Vec<String>, i64);

/// What stands unretracted.
pub type Standing = BTreeMap<FindingId, Finding>;

/// Rows by key.
type Groups<'r> = BTreeMap<&'r [String], Vec<&'r Row>>;

/// What the pipeline leaves open, and the laws vary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Each group in a call of its own.
    pub alone: bool,
    /// A fresh instance before each call.
    pub fresh: bool,
    /// Every so many deliveries wake-ups that are due are told (1: at once) …
    pub wake_every: usize,
    /// … and states that have expired are dropped (0: never).
    pub expire_every: usize,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    pub calls: u64,
    pub rows: u64,
    pub wakes: u64,
    pub signals: u64,
    pub expired: u64,
}

/// A detector with its states.
pub struct Stage<'a> {
    plan: &'a DetectorPlan,
    detector: &'a mut dyn Detector,
    pace: Pace,
    /// Stratum of each key space.
    strata: Vec<u8>,
    states: BTreeMap<(u32, Vec<String>), State>,
    deliveries: usize,
    pub standing: Standing,
    /// Everything that was found, told, retracted, in order.
    pub told: Vec<(Vec<String>, Finding)>,
    pub signals: Vec<Fed>,
    pub notes: Vec<Note>,
    pub counters: BTreeMap<u32, u64>,
    pub accounts: Accounts,
    pub explain: bool,
}

struct NoZones;

// === impl Pace ===

impl Default for Pace {
    /// As the pipeline usually does.
    fn default() -> Self {
        Self { alone: false, fresh: false, wake_every: 1, expire_every: 1 }
    }
}

// === impl Stage ===

impl<'a> Stage<'a> {
    pub fn new(plan: &'a DetectorPlan, detector: &'a mut dyn Detector, pace: Pace) -> Self {
        let strata = strata(plan);
        Self {
            plan,
            detector,
            pace,
            strata,
            states: BTreeMap::new(),
            deliveries: 0,
            standing: Standing::new(),
            told: Vec::new(),
            signals: Vec::new(),
            notes: Vec::new(),
            counters: BTreeMap::new(),
            accounts: Accounts::default(),
            explain: false,
        }
    }

    /// Delivers rows under one watermark, then moves it and tells what has come due.
    ///
    /// # Errors
    /// The first call that failed.
    pub fn deliver(&mut self, rows: &[Row], watermark: i64, after: i64) -> Result<(), Fault> {
        let mut sent = self.rows(rows, watermark)?;
        while !sent.is_empty() {
            sent = self.rows(&sent, watermark)?;
        }
        self.deliveries += 1;
        let end = after == i64::MAX;
        if end || self.deliveries.is_multiple_of(self.pace.wake_every.max(1)) {
            for stratum in 0..=self.strata.iter().copied().max().unwrap_or(0) {
                let mut sent = self.wakes(stratum, after)?;
                // What is sent belongs to the time before the move: the stratum above has not moved yet.
                while !sent.is_empty() {
                    sent = self.rows(&sent, watermark)?;
                }
            }
        }
        if self.pace.expire_every > 0 && self.deliveries.is_multiple_of(self.pace.expire_every) {
            self.expire(after);
        }
        Ok(())
    }

    /// Bytes and number of the states.
    pub fn held(&self) -> (usize, usize) {
        (self.states.values().map(|state| state.bytes.len()).sum(), self.states.len())
    }

    fn rows(&mut self, rows: &[Row], watermark: i64) -> Result<Vec<Row>, Fault> {
        let mut groups: BTreeMap<(u8, u32), Groups<'_>> = BTreeMap::new();
        for row in rows {
            let key_space = self.plan.subscriptions[row.subscription as usize].key_space;
            let stratum = self.strata.get(key_space as usize).copied().unwrap_or(0);
            groups.entry((stratum, key_space)).or_default().entry(&row.key).or_default().push(row);
        }
        let mut sent = Vec::new();
        for ((_, key_space), groups) in groups {
            let mut call: Vec<(&[String], Vec<&Row>)> = Vec::new();
            let mut size = 0;
            for (key, mut rows) in groups {
                rows.sort_by_key(|row| (row.time, row.digest, row.index, row.subscription));
                for piece in rows.chunks(MAX_CALL_ROWS) {
                    let full = size + piece.len() > MAX_CALL_ROWS || call.last().is_some_and(|(last, _)| *last == key);
                    if !call.is_empty() && (full || self.pace.alone) {
                        sent.extend(self.call(key_space, watermark, std::mem::take(&mut call))?);
                        size = 0;
                    }
                    size += piece.len();
                    call.push((key, piece.to_vec()));
                }
            }
            sent.extend(self.call(key_space, watermark, call)?);
        }
        Ok(sent)
    }

    fn call(&mut self, key_space: u32, watermark: i64, groups: Vec<(&[String], Vec<&Row>)>) -> Result<Vec<Row>, Fault> {
        let mut call = Call { key_space, watermark, explain: self.explain, ..Call::default() };
        let mut tables: BTreeMap<u32, Vec<&Row>> = BTreeMap::new();
        for row in groups.iter().flat_map(|(_, rows)| rows) {
            tables.entry(row.subscription).or_default();
        }
        let position: Vec<u32> = tables.keys().copied().collect();
        for (key, rows) in &groups {
            let first = offset(call.order_rows.len());
            let state = self.states.get(&(key_space, key.to_vec())).cloned();
            call.groups.push(Group { key: key.to_vec(), state, first, rows: offset(rows.len()), ..Group::default() });
            for row in rows {
                let table = tables.entry(row.subscription).or_default();
                let at = position.iter().position(|subscription| *subscription == row.subscription);
                call.order_tables.push(at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX));
                call.order_rows.push(offset(table.len()));
                table.push(row);
            }
        }
        call.tables = tables.iter().map(|(at, rows)| self.table(*at, rows, watermark)).collect();
        self.accounts.rows += call.order_rows.len() as u64;
        self.evaluate(call)
    }

    fn table(&self, subscription: u32, rows: &[&Row], watermark: i64) -> Table {
        let reader = &self.plan.subscriptions[subscription as usize];
        let lateness = i64::try_from(reader.lateness).unwrap_or(i64::MAX);
        let late = |row: &&Row| row.time.saturating_add(lateness) < watermark;
        let fields = reader.fields.iter().enumerate();
        Table {
            subscription,
            times: rows.iter().map(|row| row.time).collect(),
            origins: rows.iter().map(|row| row.origin).collect(),
            late: rows.iter().any(late).then(|| bitmap(rows.iter().map(late))),
            columns: fields.map(|(at, field)| column(field, rows.iter().map(|row| &row.values[at]))).collect(),
            ..Table::default()
        }
    }

    /// Tells the wake-ups of a stratum that have come due, in the order of (time, key space, key).
    fn wakes(&mut self, stratum: u8, watermark: i64) -> Result<Vec<Row>, Fault> {
        let mut sent = Vec::new();
        // A group may ask again at once; one that never ends is cut off.
        for _ in 0..1000 {
            let due = |((key_space, _), state): &(&(u32, Vec<String>), &State)| {
                self.strata.get(*key_space as usize) == Some(&stratum)
                    && state.wake.is_some_and(|wake| wake <= watermark)
            };
            let due: BTreeSet<(i64, u32, Vec<String>)> = self
                .states
                .iter()
                .filter(due)
                .map(|((key_space, key), state)| (state.wake.unwrap_or_default(), *key_space, key.clone()))
                .collect();
            if due.is_empty() {
                return Ok(sent);
            }
            for (time, key_space, key) in due {
                self.accounts.wakes += 1;
                let place = (key_space, key);
                let Some(state) = self.states.get_mut(&place) else { continue };
                state.wake = None;
                let group = Group { key: place.1, state: Some(state.clone()), due: Some(time), ..Group::default() };
                let explain = self.explain;
                sent.extend(self.evaluate(Call {
                    key_space,
                    watermark,
                    explain,
                    groups: vec![group],
                    ..Call::default()
                })?);
            }
        }
        Err(Fault::BadOutput("a group asks to be woken at once, again and again".into()))
    }

    fn evaluate(&mut self, call: Call) -> Result<Vec<Row>, Fault> {
        if self.pace.fresh {
            self.detector.renew();
        }
        self.accounts.calls += 1;
        let (key_space, keys) = (call.key_space, call.groups.iter().map(|group| group.key.clone()).collect::<Vec<_>>());
        let outcome = self.detector.evaluate(call).outcome?;
        self.take(key_space, &keys, outcome)
    }

    fn take(&mut self, key_space: u32, keys: &[Vec<String>], outcome: Outcome) -> Result<Vec<Row>, Fault> {
        let key = |group: u32| {
            let none = || Fault::BadOutput(format!("group {group} where the call has {}", keys.len()));
            keys.get(group as usize).cloned().ok_or_else(none)
        };
        for kept in outcome.states {
            let place = (key_space, key(kept.group)?);
            match kept.state {
                Some(state) => drop(self.states.insert(place, state)),
                None => drop(self.states.remove(&place)),
            }
        }
        for finding in outcome.findings {
            self.find(key(finding.group)?, finding)?;
        }
        for (counter, by) in outcome.counters {
            *self.counters.entry(counter).or_default() += by;
        }
        self.notes.extend(outcome.notes);
        let mut sent = Vec::new();
        for signal in outcome.signals {
            let fed = fed(self.plan, &key(signal.group)?, signal)?;
            sent.extend(route(self.plan, &fed, &NoZones));
            self.signals.push(fed);
        }
        self.accounts.signals += sent.len() as u64;
        Ok(sent)
    }

    fn find(&mut self, key: Vec<String>, finding: Finding) -> Result<(), Fault> {
        let Some(rule) = self.plan.rules.get(finding.rule as usize) else {
            return Err(Fault::BadOutput(format!(
                "rule {} where the plan has {}",
                finding.rule,
                self.plan.rules.len()
            )));
        };
        let bucket = i64::try_from(rule.bucket).unwrap_or(i64::MAX).max(1);
        let id = (finding.rule, key.clone(), finding.since.div_euclid(bucket));
        match finding.change {
            Change::Retracted => drop(self.standing.remove(&id)),
            Change::Stands | Change::Closed => drop(self.standing.insert(id, finding.clone())),
        }
        self.told.push((key, finding));
        Ok(())
    }

    /// Drops the states that no row in time can ask for.
    fn expire(&mut self, watermark: i64) {
        let before = self.states.len();
        let lateness = |key_space: u32| {
            let readers = self.plan.subscriptions.iter().filter(|reader| reader.key_space == key_space);
            i64::try_from(readers.map(|reader| reader.lateness).max().unwrap_or(0)).unwrap_or(i64::MAX)
        };
        self.states.retain(|(key_space, _), state| {
            let over = state.expires.is_some_and(|end| end.saturating_add(lateness(*key_space)) < watermark);
            !over || state.wake.is_some()
        });
        self.accounts.expired += (before - self.states.len()) as u64;
    }
}

impl Zones for NoZones {
    fn in_zone(&self, _address: &str, _zone: &str) -> bool {
        false
    }
}

fn offset(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
