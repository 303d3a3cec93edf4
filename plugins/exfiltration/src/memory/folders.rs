//! How many different folders were read in a day, in 48 bytes: a folder fills the slot that its hash falls into, and how many
//! slots are filled tells how many folders there were, whatever the order.

use sekisho_sdk::State;
use sekisho_sdk::prelude::Group;

use super::ledger::floor;
use super::packed::Packed;
use super::{about, day_of};

const WORDS: usize = 4;
const SLOTS: u64 = 64 * WORDS as u64;

/// Slots filled by day.
#[derive(Clone, Copy, Debug)]
pub struct Folders {
    days: Packed<5>,
    keep: i64,
}

/// The folders of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// How many, about.
    pub folders: u64,
    /// When the first was read.
    pub since: i64,
}

// === impl Folders ===

impl Folders {
    pub fn new(section: u8, keep: i64) -> Self {
        Self { days: Packed { section }, keep }
    }

    /// Puts a folder in by its hash; whether it is one of the quarter that is to be shown.
    pub fn add(&self, group: &mut Group<'_>, time: i64, hash: u64) -> bool {
        let floor = floor(group, self.keep);
        if time < floor {
            return false;
        }
        group.keep_until(time.saturating_add(self.keep));
        let slot = hash % SLOTS;
        let mut words = [0; 1 + WORDS];
        words[0] = time;
        words[1 + (slot / 64) as usize] = (1_u64 << (slot % 64)).cast_signed();
        let state = group.state_mut();
        self.days.forget_below(state, u64::from(day_of(floor)));
        let join = |old: i64, new: i64, i| if i == 0 { old.min(new) } else { old | new };
        self.days.merge(state, u64::from(day_of(time)), words, join);
        slot < SLOTS / 4
    }

    /// What was read on the day of a time.
    pub fn on(&self, state: &State, time: i64) -> Option<Read> {
        let day = u64::from(day_of(time));
        let (_, [since, slots @ ..]) = self.days.range(state, day, day + 1).next()?;
        let filled = slots.iter().map(|word| u64::from(word.count_ones())).sum();
        Some(Read { folders: about(filled, SLOTS), since })
    }
}
