//! The states and alerts of one key space, with what is to be looked at when.

use std::collections::{BTreeSet, HashMap};

use super::stored::{AlertMemory, NEVER, Stored};
use crate::model::Key;
use crate::model::Time;

/// A state counts as this many bytes beside its own and its key's: what the tables that hold it cost.
pub const STATE_OVERHEAD: u64 = 160;

/// One memory of one detector. Hashing is keyed by the process, since keys come from logs that an attacker writes;
/// nothing that leaves the store follows a table's order.
#[derive(Debug, Default)]
pub(super) struct Space {
    pub states: HashMap<Key, Stored>,
    /// States by a time that is not later than their deadline: so a state that is touched again and again, each time with
    /// a later expiry, is filed anew only once for each expiry that it outlives.
    agenda: BTreeSet<(i64, Key)>,
    /// Alerts by the time of their release, else of their end.
    alerts: BTreeSet<(i64, String)>,
    pub lateness: i64,
    pub bytes: u64,
}

/// Bytes that a state counts for against the quota.
pub(super) fn cost(key: &Key, stored: &Stored) -> u64 {
    (key.as_bytes().len() + stored.bytes().len()) as u64 + STATE_OVERHEAD
}

// === impl Space ===

impl Space {
    pub fn new(lateness: i64) -> Self {
        Self { lateness, ..Self::default() }
    }

    /// Puts a state, or takes it away, and answers with what stood there.
    pub fn put(&mut self, key: &Key, stored: Option<Stored>) -> Option<Stored> {
        self.update(key, |_| stored)
    }

    /// The same with a state that follows from what stands there: the key is looked up once.
    pub fn update(&mut self, key: &Key, now: impl FnOnce(Option<&Stored>) -> Option<Stored>) -> Option<Stored> {
        let place = self.states.get_mut(key);
        let mut now = now(place.as_deref());
        let mut filed = NEVER;
        if let Some(now) = &mut now {
            self.bytes += cost(key, now);
            filed = now.deadline(self.lateness).unwrap_or(NEVER);
            now.filed = filed;
        }
        let before = match (place, now) {
            (Some(place), Some(mut now)) => {
                // It comes up no later than it must: leave it there.
                if place.filed != NEVER && filed != NEVER && place.filed <= filed {
                    (now.filed, filed) = (place.filed, place.filed);
                }
                Some(std::mem::replace(place, now))
            }
            (None, Some(now)) => self.states.insert(key.clone(), now),
            (Some(_), None) => self.states.remove(key),
            (None, None) => None,
        };
        self.refile(key, before.as_ref().map_or(NEVER, |before| before.filed), filed);
        self.bytes -= before.as_ref().map_or(0, |before| cost(key, before));
        before
    }

    fn refile(&mut self, key: &Key, from: i64, to: i64) {
        if from == to {
            return;
        }
        if from != NEVER {
            self.agenda.remove(&(from, key.clone()));
        }
        if to != NEVER {
            self.agenda.insert((to, key.clone()));
        }
    }

    /// Whether a key may be ripe: some are filed earlier than they must.
    pub fn may_be_ripe(&self, watermark: Time) -> bool {
        self.agenda.first().is_some_and(|(time, _)| *time <= watermark.0)
    }

    /// The keys whose deadline the watermark has reached, with the wake-up where that is the deadline.
    pub fn ripe(&mut self, watermark: Time) -> Vec<(Key, Option<i64>)> {
        let filed: Vec<_> = self.agenda.range(..=(watermark.0, Key::last())).cloned().collect();
        let mut ripe = Vec::new();
        for (time, key) in filed {
            let Some(stored) = self.states.get_mut(&key) else { continue };
            let deadline = stored.deadline(self.lateness).unwrap_or(NEVER);
            if deadline != NEVER && deadline <= watermark.0 {
                ripe.push((key, stored.wake()));
            } else {
                stored.filed = deadline;
                self.refile(&key, time, deadline);
            }
        }
        ripe
    }

    /// Files an alert anew.
    pub fn file_alert(&mut self, uid: &str, before: Option<&AlertMemory>, now: Option<&AlertMemory>) {
        if let Some(time) = before.and_then(|alert| self.alert_deadline(alert)) {
            self.alerts.remove(&(time, uid.to_owned()));
        }
        if let Some(time) = now.and_then(|alert| self.alert_deadline(alert)) {
            self.alerts.insert((time, uid.to_owned()));
        }
    }

    fn alert_deadline(&self, alert: &AlertMemory) -> Option<i64> {
        alert.release.or_else(|| alert.expires.map(|time| time.plus(self.lateness))).map(|time| time.0)
    }

    /// The uids of the alerts whose release or end the watermark has reached, with the time.
    pub fn ripe_alerts(&self, watermark: Time) -> impl Iterator<Item = &(i64, String)> {
        self.alerts.iter().take_while(move |(time, _)| *time <= watermark.0)
    }
}
