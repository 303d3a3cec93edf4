//! What stood before the open interval: the way back when it is aborted, and the list of what it changed.

use std::collections::HashMap;

use super::StateKey;
use super::stored::{AlertMemory, SetAside, Stored};

/// For each key that the open interval touched, what stood there before it.
#[derive(Debug, Default)]
pub(super) struct Journal {
    pub states: HashMap<StateKey, Option<Stored>>,
    pub alerts: HashMap<String, Option<AlertMemory>>,
    pub aside: HashMap<StateKey, Option<SetAside>>,
    pub meta: Option<Option<Vec<u8>>>,
    /// Restoring: what is put stood before, so nothing is noted.
    pub idle: bool,
}

// === impl Journal ===

impl Journal {
    /// Notes what a put replaced; only the first of an interval counts.
    pub fn state(&mut self, key: StateKey, before: Option<Stored>) {
        if !self.idle {
            self.states.entry(key).or_insert(before);
        }
    }

    pub fn alert(&mut self, uid: String, before: Option<AlertMemory>) {
        if !self.idle {
            self.alerts.entry(uid).or_insert(before);
        }
    }

    pub fn set_aside(&mut self, key: StateKey, before: Option<SetAside>) {
        if !self.idle {
            self.aside.entry(key).or_insert(before);
        }
    }

    pub fn meta(&mut self, before: Option<Vec<u8>>) {
        if !self.idle {
            self.meta.get_or_insert(before);
        }
    }

    /// Takes out what is about one detector. `now_of` tells whom an alert is about that was not there before.
    pub fn split_off(&mut self, detector: u16, now_of: impl Fn(&str) -> Option<u16>) -> Self {
        let is_its = |uid: &str, before: &Option<AlertMemory>| match before {
            Some(before) => before.about.detector == detector,
            None => now_of(uid) == Some(detector),
        };
        Self {
            states: self.states.extract_if(|key, _| key.detector == detector).collect(),
            alerts: self.alerts.extract_if(|uid, before| is_its(uid, before)).collect(),
            aside: self.aside.extract_if(|key, _| key.detector == detector).collect(),
            meta: None,
            idle: false,
        }
    }
}
