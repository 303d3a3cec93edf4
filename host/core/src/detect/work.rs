//! What a detector is to judge in one call, and how it is halved when the call fails.

use super::batch::Slice;
use super::tables::{Caller, wake_call};
use crate::contract::Call;
use crate::exchange::OriginTable;
use crate::model::{Key, Origin, Time};
use crate::state::{DueWake, StateKey, Store};

/// Groups of one key space: with rows, or due to be woken.
#[derive(Clone, Copy)]
pub enum Work<'a> {
    Rows(&'a Caller<'a>, &'a [Slice]),
    Wakes(&'a Wakes, &'a [DueWake]),
}

/// What all wake-ups of one call share.
#[derive(Clone, Copy, Debug)]
pub struct Wakes {
    pub detector: u16,
    pub key_space: u16,
    pub watermark: Time,
    pub explain: bool,
}

// === impl Work ===

impl Work<'_> {
    pub fn detector(&self) -> u16 {
        match self {
            Self::Rows(caller, _) => caller.detector as u16,
            Self::Wakes(wakes, _) => wakes.detector,
        }
    }

    pub fn key_space(&self) -> u16 {
        match self {
            Self::Rows(caller, _) => caller.key_space as u16,
            Self::Wakes(wakes, _) => wakes.key_space,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many groups it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Rows(_, slices) => slices.len(),
            Self::Wakes(_, due) => due.len(),
        }
    }

    /// The two halves of it.
    pub fn halves(&self) -> [Self; 2] {
        let middle = self.len() / 2;
        match self {
            Self::Rows(caller, slices) => {
                let (left, right) = slices.split_at(middle);
                [Self::Rows(caller, left), Self::Rows(caller, right)]
            }
            Self::Wakes(wakes, due) => {
                let (left, right) = due.split_at(middle);
                [Self::Wakes(wakes, left), Self::Wakes(wakes, right)]
            }
        }
    }

    /// The key of a group.
    pub fn key(&self, group: usize) -> StateKey {
        match self {
            Self::Rows(caller, slices) => {
                let key = caller.batch.keys[slices[group].group as usize].clone();
                StateKey { detector: self.detector(), key_space: self.key_space(), key }
            }
            Self::Wakes(_, due) => due[group].key.clone(),
        }
    }

    /// Event time of a group's latest row, and how many rows it has.
    pub fn touched(&self, group: usize) -> (Time, u32) {
        match self {
            Self::Rows(caller, slices) => {
                let rows = caller.batch.rows(&slices[group].rows);
                (rows.last().map_or(Time::MIN, |row| row.time), rows.len() as u32)
            }
            Self::Wakes(_, due) => (due[group].time, 0),
        }
    }

    /// Where a group's rows came from.
    pub fn origins(&self, group: usize) -> Vec<Origin> {
        match self {
            Self::Rows(caller, slices) => caller.origins(&slices[group]),
            Self::Wakes(..) => Vec::new(),
        }
    }

    /// The call, with the states as they are now.
    pub fn call(&self, store: &Store, origins: &mut OriginTable) -> Call {
        let (detector, key_space) = (self.detector(), self.key_space());
        let state = |key: &Key| store.get_of(detector, key_space, key).map(|stored| stored.state());
        match self {
            Self::Rows(caller, slices) => caller.call(slices, origins, state),
            Self::Wakes(wakes, due) => {
                let due = due.iter().map(|wake| (wake.key.key.clone(), state(&wake.key.key), wake.time)).collect();
                wake_call(u32::from(wakes.key_space), wakes.watermark, wakes.explain, due)
            }
        }
    }
}
