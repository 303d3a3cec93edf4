//! Quotas: how much one detector may remember in one shard, and what goes first when it is more.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::space::cost;
use super::{StateKey, Store};
use crate::model::Time;

/// States set aside that are kept for each detector; over it, the least recent in event time are dropped.
const MAX_SET_ASIDE: usize = 1000;

/// What one detector may remember in one shard. It does not depend on how many shards a process owns, so results don't.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Keys, states and [`super::STATE_OVERHEAD`] for each of them, in bytes.
    pub bytes: u64,
    pub states: u64,
}

/// What a detector remembers, in the quota's terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub bytes: u64,
    pub states: u64,
}

/// A state that had to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evicted {
    pub key: StateKey,
    /// Event time of the latest row that touched it.
    pub touched: Time,
    pub touches: u32,
    /// An alert about it stands open: nothing else was left to evict.
    pub open_alert: bool,
}

// === impl Usage ===

impl Usage {
    fn exceeds(self, quota: Quota) -> bool {
        self.bytes > quota.bytes || self.states > quota.states
    }
}

// === impl Store ===

impl Store {
    /// What a detector remembers in this shard.
    pub fn usage(&self, detector: u16) -> Usage {
        let spaces = self.spaces.get(usize::from(detector)).map_or(&[][..], Vec::as_slice);
        spaces.iter().fold(Usage::default(), |sum, space| Usage {
            bytes: sum.bytes + space.bytes,
            states: sum.states + space.states.len() as u64,
        })
    }

    /// Evicts what is over the quota of each detector, and answers with it in the order of eviction: first the states
    /// that only one row ever touched, then the least recent in event time; one with an open alert only when nothing
    /// else is left. A detector over its quota goes down to fifteen sixteenths of it, so that the choice, which looks at
    /// all of its states, is seldom made.
    pub fn enforce(&mut self, quota_of: impl Fn(u16) -> Quota) -> Vec<Evicted> {
        let detectors: Vec<u16> = (0u16..).zip(&self.spaces).map(|(at, _)| at).collect();
        let mut evicted = Vec::new();
        for detector in detectors {
            let quota = quota_of(detector);
            if self.usage(detector).exceeds(quota) {
                let goal = Quota { bytes: quota.bytes - quota.bytes / 16, states: quota.states - quota.states / 16 };
                evicted.extend(self.choose(detector, goal));
            }
        }
        for state in &evicted {
            self.set(&state.key, None);
        }
        self.limit_set_aside();
        evicted
    }

    fn choose(&self, detector: u16, goal: Quota) -> Vec<Evicted> {
        let spaces = (0u16..).zip(&self.spaces[usize::from(detector)]);
        let candidates = spaces.flat_map(|(key_space, space)| {
            space.states.iter().map(move |(key, stored)| {
                // Few keys have one: don't make a key for each of millions to learn that none has.
                let open =
                    !self.open.is_empty() && self.has_open_alert(&StateKey { detector, key_space, key: key.clone() });
                Reverse((open, stored.touches() > 1, stored.touched(), key_space, key))
            })
        });
        let mut candidates: BinaryHeap<_> = candidates.collect();
        let mut usage = self.usage(detector);
        let mut chosen = Vec::new();
        while usage.exceeds(goal) {
            let Some(Reverse((open_alert, _, touched, key_space, key))) = candidates.pop() else { break };
            let key = StateKey { detector, key_space, key: key.clone() };
            let Some(stored) = self.get(&key) else { continue };
            usage.bytes -= cost(&key.key, stored);
            usage.states -= 1;
            chosen.push(Evicted { key, touched, touches: stored.touches(), open_alert });
        }
        chosen
    }

    fn limit_set_aside(&mut self) {
        if self.aside.len() <= MAX_SET_ASIDE {
            return;
        }
        let mut counts = vec![0usize; self.spaces.len()];
        let mut recent: Vec<_> = self.aside.iter().map(|(key, aside)| (Reverse(aside.touched), key.clone())).collect();
        recent.sort_unstable();
        for (_, key) in recent {
            let count = &mut counts[usize::from(key.detector)];
            *count += 1;
            if *count > MAX_SET_ASIDE {
                self.put_set_aside(&key, None);
            }
        }
    }
}
