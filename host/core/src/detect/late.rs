//! Rows that came behind what their subscription tolerates: delivered and marked all the same.

use arrow_array::cast::AsArray;

use super::batch::{Batch, RowAt};
use super::tables::Caller;
use crate::exchange::{column, read_origins};
use crate::model::{Key, Origin, Time};

/// A late row, as one key space of one detector is given it.
#[derive(Clone, Copy)]
pub struct Late<'a> {
    pub detector: usize,
    pub key_space: u32,
    /// Position in the detector's plan.
    pub subscription: u32,
    pub time: Time,
    /// Where the key space's watermark stood.
    pub watermark: Time,
    batch: &'a Batch<'a>,
    row: &'a RowAt,
}

// === impl Late ===

impl<'a> Late<'a> {
    /// The late rows of a batch.
    pub fn among(caller: &'a Caller<'a>) -> impl Iterator<Item = Self> {
        let subscriptions = &caller.plan.wants.detectors[caller.detector].plan.subscriptions;
        let tolerated = |at: u32| {
            let lateness = subscriptions.get(at as usize).map_or(0, |subscription| subscription.lateness);
            i64::try_from(lateness).unwrap_or(i64::MAX)
        };
        let rows = caller.batch.rows(&(0..caller.batch.len()));
        let late = move |row: &&RowAt| {
            row.time < caller.watermark && row.time.plus(tolerated(row.subscription)) < caller.watermark
        };
        rows.iter().filter(late).map(|row| Self {
            detector: caller.detector,
            key_space: caller.key_space,
            subscription: row.subscription,
            time: row.time,
            watermark: caller.watermark,
            batch: caller.batch,
            row,
        })
    }

    pub fn key(&self) -> &'a Key {
        &self.batch.keys[self.row.group as usize]
    }

    /// Where it came from.
    pub fn origins(&self) -> Vec<Origin> {
        let section = &self.batch.sections[self.row.section as usize].batch;
        read_origins(section.column(column::ORIGINS).as_binary::<i32>().value(self.row.row as usize)).collect()
    }
}
