//! What uploads left for each destination in a day: whether it is so much that the destination should hear of it.

use sekisho_sdk::State;
use sekisho_sdk::prelude::Group;

use super::ledger::{Flow, floor, observer};
use super::packed::Packed;
use super::{day_of, party};

/// Destinations that are known in a day, those of the least hashes.
const DESTINATIONS: usize = 512;

/// Bytes out by day, destination and observer.
#[derive(Clone, Copy, Debug)]
pub struct Uploads {
    sent: Packed<1>,
    keep: i64,
}

// === impl Uploads ===

impl Uploads {
    pub fn new(section: u8, keep: i64) -> Self {
        Self { sent: Packed { section }, keep }
    }

    /// Puts an upload in; whether with it the day's to this destination reach so much, as the observer tells it that saw most.
    pub fn reaches(&self, group: &mut Group<'_>, flow: Flow<'_>, much: i64) -> bool {
        let floor = floor(group, self.keep);
        if flow.time < floor {
            return false;
        }
        group.keep_until(flow.time.saturating_add(self.keep));
        let state = group.state_mut();
        self.sent.forget_below(state, u64::from(day_of(floor)) << 48);
        let destination = u64::from(day_of(flow.time)) << 48 | u64::from(party(flow.party)) << 16;
        let before = self.most(state, destination);
        let sent = self.put(state, destination | u64::from(observer(flow.observer)), flow.out);
        before < much && sent >= much
    }

    fn most(&self, state: &State, destination: u64) -> i64 {
        self.sent.range(state, destination, destination + (1 << 16)).map(|(_, [out])| out).max().unwrap_or(0)
    }

    fn put(&self, state: &mut State, key: u64, out: i64) -> i64 {
        let add = |old: i64, new: i64, _| old.saturating_add(new);
        let index = self.sent.of(state).lower(key);
        if let Some([sent]) = self.sent.join_at(state, index, key, [out], add) {
            return sent;
        }
        let (day, records) = (key >> 48, self.sent.of(state));
        let end = records.lower((day + 1) << 48);
        if end - records.lower(day << 48) >= DESTINATIONS {
            if index == end {
                return 0;
            }
            self.sent.remove(state, end - 1);
        }
        self.sent.insert_at(state, index, key, [out]);
        out
    }
}
