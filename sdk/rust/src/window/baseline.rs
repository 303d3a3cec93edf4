//! How much is usual for a key.

use super::{Entry, Tally};
use crate::group::Group;
use crate::out::Bucket;
use crate::state::State;
use crate::time::{DAY, align};

/// Sums by UTC day, to compare a day with the days before it. Rules that use it look back so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Baseline {
    days: Tally,
    past: i64,
}

/// The days before a time, with how much there is to go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Days from the first day with an event to the day judged.
    pub age: i64,
    /// Days that had an event.
    pub active: i64,
    /// The greatest sum of a day.
    pub most: i64,
    /// All days' sums together.
    pub sum: i64,
}

// === impl Baseline ===

impl Baseline {
    pub(crate) fn new(section: u8, days: u16) -> Self {
        let past = i64::from(days.max(1)) * DAY;
        Self { days: Tally::new(section, DAY).keep(past).members(1), past }
    }

    /// How far it goes back, nanoseconds.
    pub fn lookback(&self) -> i64 {
        self.past
    }

    /// Puts an amount in.
    pub fn add(&self, group: &mut Group<'_>, entry: Entry<'_>) {
        self.days.add(group, Entry { name: "", ..entry });
    }

    /// The days before the bucket's first day.
    pub fn before(&self, state: &State, bucket: Bucket) -> Past {
        let today = align(bucket.start, DAY);
        let mut past = Past::default();
        for ago in (1..=self.past / DAY).rev() {
            let day = today.saturating_sub(ago.saturating_mul(DAY));
            let window = self.days.between(state, day, day.saturating_add(DAY));
            if !window.is_empty() {
                past.age = past.age.max(ago);
                past.active += 1;
                past.most = past.most.max(window.sum());
                past.sum = past.sum.saturating_add(window.sum());
            }
        }
        past
    }

    /// The sum of the bucket's day.
    pub fn today(&self, state: &State, bucket: Bucket) -> i64 {
        let today = align(bucket.start, DAY);
        self.days.between(state, today, today.saturating_add(DAY)).sum()
    }
}

// === impl Past ===

impl Past {
    /// The mean of the days since there is a past, silent days included; 0: there is none.
    pub fn mean(&self) -> i64 {
        if self.age > 0 { self.sum / self.age } else { 0 }
    }

    /// Whether there are enough days to go by.
    pub fn is_at_least(&self, days: i64) -> bool {
        self.age >= days
    }
}
