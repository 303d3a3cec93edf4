//! A detector whose calls are counted: rows, CPU time, and the keys with the most rows.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use sekisho_core::contract::Call;
use sekisho_core::detect::{Detector, Evaluated};

/// What was counted.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub calls: u64,
    pub rows: u64,
    pub cpu: Duration,
    /// Bytes of the largest state.
    pub largest_state: usize,
    /// Rows by key space and key.
    pub keys: BTreeMap<(u32, Vec<String>), u64>,
    /// By key space.
    pub spaces: BTreeMap<u32, Spent>,
    /// Rows by subscription.
    pub subscriptions: BTreeMap<u32, u64>,
    /// How often each rule told something, revisions included.
    pub told: BTreeMap<u32, u64>,
}

/// What one key space took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    pub calls: u64,
    pub rows: u64,
    pub cpu: Duration,
}

/// Counts what passes.
pub struct Meter {
    inner: Box<dyn Detector>,
    reading: Rc<RefCell<Reading>>,
}

// === impl Meter ===

impl Meter {
    /// Wraps a detector; what is counted gathers in what is handed out beside it.
    pub fn new(inner: Box<dyn Detector>) -> (Self, Rc<RefCell<Reading>>) {
        let reading = Rc::new(RefCell::new(Reading::default()));
        (Self { inner, reading: Rc::clone(&reading) }, reading)
    }
}

impl Detector for Meter {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        {
            let mut reading = self.reading.borrow_mut();
            reading.calls += 1;
            for table in &call.tables {
                *reading.subscriptions.entry(table.subscription).or_default() += table.times.len() as u64;
            }
            for group in &call.groups {
                reading.rows += u64::from(group.rows);
                *reading.keys.entry((call.key_space, group.key.clone())).or_default() += u64::from(group.rows);
            }
        }
        let (space, rows) = (call.key_space, call.groups.iter().map(|group| u64::from(group.rows)).sum::<u64>());
        let evaluated = self.inner.evaluate(call);
        let mut reading = self.reading.borrow_mut();
        reading.cpu += evaluated.cpu;
        let spent = reading.spaces.entry(space).or_default();
        spent.calls += 1;
        spent.rows += rows;
        spent.cpu += evaluated.cpu;
        if let Ok(outcome) = &evaluated.outcome {
            outcome.findings.iter().for_each(|finding| *reading.told.entry(finding.rule).or_default() += 1);
            let states = outcome.states.iter().filter_map(|kept| kept.state.as_ref());
            reading.largest_state =
                states.map(|state| state.bytes.len()).chain([reading.largest_state]).max().unwrap_or(0);
        }
        evaluated
    }

    fn renew(&mut self) {
        self.inner.renew();
    }
}
