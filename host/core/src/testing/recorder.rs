//! Rows taken down as a detector gets them, so that the laws can be played over any log that the pipeline reads.

use std::cell::RefCell;
use std::rc::Rc;

use super::columns::value;
use super::row::Row;
use crate::contract::{Call, DetectorPlan};
use crate::detect::{Detector, Evaluated};

/// A detector that takes down the rows it is given, save those that it sent itself.
pub struct Recorder {
    inner: Box<dyn Detector>,
    /// For each subscription, whether its rows come from elsewhere.
    foreign: Vec<bool>,
    rows: Rc<RefCell<Vec<Row>>>,
}

// === impl Recorder ===

impl Recorder {
    /// Wraps a detector; the rows gather in what is handed out beside it.
    pub fn new(inner: Box<dyn Detector>, plan: &DetectorPlan) -> (Self, Rc<RefCell<Vec<Row>>>) {
        let foreign = plan.subscriptions.iter().map(|read| !read.source.starts_with("signal:self/")).collect();
        let rows = Rc::new(RefCell::new(Vec::new()));
        (Self { inner, foreign, rows: Rc::clone(&rows) }, rows)
    }

    fn take_down(&self, call: &Call) {
        let mut rows = self.rows.borrow_mut();
        for group in &call.groups {
            for at in group.first as usize..(group.first + group.rows) as usize {
                let Some((table, row)) = call.order_tables.get(at).zip(call.order_rows.get(at)) else { continue };
                let Some(table) = call.tables.get(usize::from(*table)) else { continue };
                if !self.foreign.get(table.subscription as usize).is_some_and(|foreign| *foreign) {
                    continue;
                }
                let row = *row as usize;
                let Some((time, origin)) = table.times.get(row).zip(table.origins.get(row)) else { continue };
                let digest = rows.len() as u64;
                rows.push(Row {
                    subscription: table.subscription,
                    key: group.key.clone(),
                    time: *time,
                    // The call keeps the order, not what it came of.
                    digest,
                    index: 0,
                    origin: *origin,
                    values: table.columns.iter().map(|column| value(column, row)).collect(),
                });
            }
        }
    }
}

impl Detector for Recorder {
    fn evaluate(&mut self, call: Call) -> Evaluated {
        self.take_down(&call);
        self.inner.evaluate(call)
    }

    fn renew(&mut self) {
        self.inner.renew();
    }
}
