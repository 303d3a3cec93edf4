//! The memory of one shard.

use std::collections::{BTreeMap, HashMap};

use super::codec::{self, Entry};
use super::journal::Journal;
use super::space::Space;
use super::stored::{AlertMemory, SetAside, Stored};
use super::{Names, StateKey};
use crate::bytes::CodecError;
use crate::contract::State;
use crate::model::{Key, Time};

/// After this many failed calls in a row the state of a key is set aside, and the key starts anew.
pub const FAILURES_BEFORE_SET_ASIDE: u8 = 3;

/// What one shard remembers: states, memory of alerts, states set aside, and its `meta` record.
///
/// Every change belongs to the open interval until [`Store::commit`] makes it the ground for the next or
/// [`Store::abort`] undoes it. The store is the fold of its changelog: replaying [`Store::changes`] of every committed
/// interval through [`Store::restore`] gives the same store.
///
/// Positions that the plan does not have hold nothing: a put there is ignored.
#[derive(Debug)]
pub struct Store {
    pub(super) names: Names,
    pub(super) spaces: Vec<Vec<Space>>,
    pub(super) alerts: HashMap<String, AlertMemory>,
    /// How many open alerts a key has.
    pub(super) open: HashMap<StateKey, u32>,
    pub(super) aside: BTreeMap<StateKey, SetAside>,
    pub(super) meta: Option<Vec<u8>>,
    /// Records of detectors and key spaces that the plan does not have: the operator may bring them back.
    pub(super) strangers: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) journal: Journal,
}

// === impl Store ===

impl Store {
    /// An empty memory for the detectors and key spaces of a plan.
    pub fn new(names: Names) -> Self {
        let spaces = names
            .detectors
            .iter()
            .map(|detector| detector.key_spaces.iter().map(|space| Space::new(space.lateness)).collect());
        Self {
            spaces: spaces.collect(),
            names,
            alerts: HashMap::new(),
            open: HashMap::new(),
            aside: BTreeMap::new(),
            meta: None,
            strangers: BTreeMap::new(),
            journal: Journal::default(),
        }
    }

    fn space_mut(&mut self, key: &StateKey) -> Option<&mut Space> {
        self.spaces.get_mut(usize::from(key.detector))?.get_mut(usize::from(key.key_space))
    }

    /// What is remembered of a key.
    pub fn get(&self, key: &StateKey) -> Option<&Stored> {
        self.get_of(key.detector, key.key_space, &key.key)
    }

    /// The same by the parts of a state's key.
    pub fn get_of(&self, detector: u16, key_space: u16, key: &Key) -> Option<&Stored> {
        self.spaces.get(usize::from(detector))?.get(usize::from(key_space))?.states.get(key)
    }

    /// Remembers the state that a call answered with, or forgets the key with its wake-up (`None`).
    ///
    /// `touched` is the event time of the latest of the `rows` that the call gave to the key. With no rows (a wake-up)
    /// the key counts as touched when it last was. A call that answered ends a run of failures.
    pub fn put(&mut self, key: &StateKey, state: Option<State>, touched: Time, rows: u32) {
        self.update(key, |before| {
            state.map(|state| match before {
                Some(before) if rows == 0 => Stored::new(state, before.touched(), before.touches()),
                Some(before) => {
                    Stored::new(state, before.touched().max(touched), before.touches().saturating_add(rows))
                }
                None => Stored::new(state, touched, rows),
            })
        });
    }

    /// Notes that rows touched a key whose state the call left as it was.
    pub fn touch(&mut self, key: &StateKey, touched: Time, rows: u32) {
        if let Some(stored) = self.get(key) {
            let state = stored.state();
            self.put(key, Some(state), touched, rows);
        }
    }

    pub(super) fn set(&mut self, key: &StateKey, stored: Option<Stored>) {
        self.update(key, |_| stored);
    }

    fn update(&mut self, key: &StateKey, now: impl FnOnce(Option<&Stored>) -> Option<Stored>) {
        let mut absent = true;
        let Some(space) = self.space_mut(key) else { return };
        let before = space.update(&key.key, |before| {
            let now = now(before);
            absent = now.is_none();
            now
        });
        if before.is_some() || !absent {
            self.journal.state(key.clone(), before);
        }
    }

    /// Counts a failed call of a key. At the third in a row its state is set aside: answers true, and the key starts anew.
    pub fn failed(&mut self, key: &StateKey, reason: &str) -> bool {
        let Some(stored) = self.get(key) else { return false };
        let failures = stored.failures().saturating_add(1);
        if failures < FAILURES_BEFORE_SET_ASIDE {
            let stored = stored.clone().with_failures(failures);
            self.set(key, Some(stored));
            return false;
        }
        let aside = SetAside {
            state: stored.state(),
            touched: stored.touched(),
            touches: stored.touches(),
            reason: reason.to_owned(),
        };
        self.put_set_aside(key, Some(aside));
        self.set(key, None);
        true
    }

    /// The states set aside, by key.
    pub fn set_aside(&self) -> impl Iterator<Item = (&StateKey, &SetAside)> {
        self.aside.iter()
    }

    pub(super) fn put_set_aside(&mut self, key: &StateKey, aside: Option<SetAside>) {
        let before = match aside {
            Some(aside) => self.aside.insert(key.clone(), aside),
            None => self.aside.remove(key),
        };
        self.journal.set_aside(key.clone(), before);
    }

    /// What is kept of an alert.
    pub fn alert(&self, uid: &str) -> Option<&AlertMemory> {
        self.alerts.get(uid)
    }

    /// Keeps what the publisher must know of an alert, or forgets it (`None`).
    pub fn put_alert(&mut self, uid: &str, alert: Option<AlertMemory>) {
        let before = self.swap_alert(uid, alert);
        self.journal.alert(uid.to_owned(), before);
    }

    fn swap_alert(&mut self, uid: &str, alert: Option<AlertMemory>) -> Option<AlertMemory> {
        let before = self.alerts.remove(uid);
        if let Some(before) = &before {
            if let Some(space) = self.space_mut(&before.about) {
                space.file_alert(uid, Some(before), None);
            }
            self.count_open(before, false);
        }
        if let Some(alert) = alert {
            if let Some(space) = self.space_mut(&alert.about) {
                space.file_alert(uid, None, Some(&alert));
            }
            self.count_open(&alert, true);
            self.alerts.insert(uid.to_owned(), alert);
        }
        before
    }

    fn count_open(&mut self, alert: &AlertMemory, more: bool) {
        if !alert.open {
            return;
        }
        let count = self.open.entry(alert.about.clone()).or_default();
        *count = if more { *count + 1 } else { count.saturating_sub(1) };
        if *count == 0 {
            self.open.remove(&alert.about);
        }
    }

    /// Whether an alert about this key stands open.
    pub fn has_open_alert(&self, key: &StateKey) -> bool {
        self.open.contains_key(key)
    }

    /// The shard's `meta` record: opaque here.
    pub fn meta(&self) -> Option<&[u8]> {
        self.meta.as_deref()
    }

    pub fn set_meta(&mut self, meta: Vec<u8>) {
        let before = self.meta.replace(meta);
        self.journal.meta(before);
    }

    /// Whether the open interval changed anything.
    pub fn is_changed(&self) -> bool {
        let Journal { states, alerts, aside, meta, .. } = &self.journal;
        !(states.is_empty() && alerts.is_empty() && aside.is_empty() && meta.is_none())
    }

    /// The changelog records of the open interval: the last value of each key that it touched (none: a tombstone),
    /// ordered by key.
    pub fn changes(&self) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let journal = &self.journal;
        let mut out = Vec::with_capacity(journal.states.len() + journal.alerts.len() + 1);
        for key in journal.states.keys() {
            if let Some(bytes) = codec::state_key(&self.names, b's', key) {
                out.push((bytes, self.get(key).map(codec::write_state)));
            }
        }
        for uid in journal.alerts.keys() {
            let alert = self.alerts.get(uid).and_then(|alert| codec::write_alert(&self.names, alert));
            out.push((codec::alert_key(uid), alert));
        }
        for key in journal.aside.keys() {
            if let Some(bytes) = codec::state_key(&self.names, b'x', key) {
                out.push((bytes, self.aside.get(key).map(codec::write_set_aside)));
            }
        }
        if journal.meta.is_some() {
            out.push((codec::META_KEY.to_vec(), self.meta.as_deref().map(codec::write_meta)));
        }
        out.sort_unstable();
        out
    }

    /// The interval stands: the next one is undone to here.
    pub fn commit(&mut self) {
        self.journal = Journal::default();
    }

    /// The interval never was: everything is as after the last commit, wake-ups that it fired included.
    pub fn abort(&mut self) {
        let journal = std::mem::take(&mut self.journal);
        self.go_back(journal);
    }

    /// For one detector the interval never was: what it remembers is as after the last commit.
    pub fn undo(&mut self, detector: u16) {
        let alerts = &self.alerts;
        let undone = self.journal.split_off(detector, |uid| alerts.get(uid).map(|alert| alert.about.detector));
        self.go_back(undone);
    }

    fn go_back(&mut self, journal: Journal) {
        let Journal { states, alerts, aside, meta, .. } = journal;
        for (key, before) in states {
            if let Some(space) = self.space_mut(&key) {
                space.put(&key.key, before);
            }
        }
        for (uid, before) in alerts {
            self.swap_alert(&uid, before);
        }
        for (key, before) in aside {
            match before {
                Some(before) => self.aside.insert(key, before),
                None => self.aside.remove(&key),
            };
        }
        if let Some(before) = meta {
            self.meta = before;
        }
    }

    /// Replays a record of the changelog. What it says stands as committed.
    ///
    /// Records of a detector or key space that the plan does not have are kept and left alone.
    ///
    /// # Errors
    /// Bytes that no version up to this one wrote; the store is as before.
    pub fn restore(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), CodecError> {
        let entry = codec::read(&self.names, key, value)?;
        self.journal.idle = true;
        match (entry, value) {
            (Entry::State(key, stored), _) => self.set(&key, stored),
            (Entry::Alert(uid, alert), _) => {
                self.strangers.remove(key);
                self.put_alert(&uid, alert);
            }
            (Entry::SetAside(key, aside), _) => self.put_set_aside(&key, aside),
            (Entry::Meta(meta), _) => self.meta = meta,
            (Entry::Stranger, Some(value)) => {
                self.strangers.insert(key.to_vec(), value.to_vec());
            }
            (Entry::Stranger, None) => {
                self.strangers.remove(key);
            }
        }
        self.journal.idle = false;
        Ok(())
    }

    /// Everything as changelog records, ordered by key: what a compacted changelog would hold. Strangers included.
    pub fn snapshot(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut out: Vec<_> = self.strangers.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        for (key, stored) in self.states() {
            out.extend(codec::state_key(&self.names, b's', &key).map(|key| (key, codec::write_state(stored))));
        }
        for (uid, alert) in &self.alerts {
            out.extend(codec::write_alert(&self.names, alert).map(|alert| (codec::alert_key(uid), alert)));
        }
        for (key, aside) in &self.aside {
            out.extend(codec::state_key(&self.names, b'x', key).map(|key| (key, codec::write_set_aside(aside))));
        }
        out.extend(self.meta.as_deref().map(|meta| (codec::META_KEY.to_vec(), codec::write_meta(meta))));
        out.sort_unstable();
        out
    }

    /// Every state, in no order that means anything.
    pub fn states(&self) -> impl Iterator<Item = (StateKey, &Stored)> {
        (0u16..).zip(&self.spaces).flat_map(|(detector, spaces)| {
            (0u16..).zip(spaces).flat_map(move |(key_space, space)| {
                space
                    .states
                    .iter()
                    .map(move |(key, stored)| (StateKey { detector, key_space, key: key.clone() }, stored))
            })
        })
    }
}
