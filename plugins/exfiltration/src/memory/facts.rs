//! What sources told of themselves: since when they are known, and the most that they sent in a day before.

use sekisho_sdk::State;
use sekisho_sdk::prelude::{DAY, Group};

use super::ledger::floor;
use super::packed::Packed;
use super::{day_of, party};

/// Facts by day and source.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    facts: Packed<2>,
    keep: i64,
}

/// What is known of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Day of its first flow, counted from 1970; three weeks back at most.
    pub since: i64,
    /// Days from then to the day that it told this.
    pub age: i64,
    /// The most that it sent in a day before, to all destinations.
    pub most: i64,
}

// === impl Facts ===

impl Facts {
    pub fn new(section: u8, keep: i64) -> Self {
        Self { facts: Packed { section }, keep }
    }

    pub fn add(&self, group: &mut Group<'_>, time: i64, source: &str, since: i64, most: i64) {
        let floor = floor(group, self.keep);
        if time < floor {
            return;
        }
        group.keep_until(time.saturating_add(self.keep));
        let state = group.state_mut();
        self.facts.forget_below(state, u64::from(day_of(floor)) << 48);
        let key = u64::from(day_of(time)) << 48 | u64::from(party(source));
        self.facts.merge(state, key, [since, most], |old, new, i| if i == 0 { old.min(new) } else { old.max(new) });
    }

    /// What a source told on the first day from a time to before another; none: nothing.
    pub fn of(&self, state: &State, source: &str, from: i64, to: i64) -> Option<Known> {
        let (from, to) = (u64::from(day_of(from)) << 48, u64::from(day_of(to.saturating_add(DAY - 1))) << 48);
        let named = u64::from(party(source));
        let mut told = self.facts.range(state, from, to).filter(|(key, _)| key & u64::from(u32::MAX) == named);
        told.next().map(|(key, [since, most])| Known { since, age: (key >> 48) as i64 - since, most })
    }
}

// === impl Known ===

impl Known {
    /// Whether it was known for so many days before it did something: what it did then was new to it, not to us.
    pub fn before(&self, time: i64, days: i64) -> bool {
        i64::from(day_of(time)) - self.since >= days
    }
}
