//! What the watermark brings up: wake-ups, held revisions of alerts, and the end of what has expired.

use super::{StateKey, Store};
use crate::model::Time;

/// A wake-up that has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueWake {
    /// The time that the detector asked for.
    pub time: Time,
    pub key: StateKey,
}

/// How much was forgotten since nothing can ask for it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    pub states: u64,
    pub alerts: u64,
}

// === impl Store ===

impl Store {
    fn positions(&self) -> Vec<(u16, u16)> {
        let spaces = (0u16..).zip(&self.spaces);
        spaces.flat_map(|(detector, spaces)| (0u16..).zip(spaces).map(move |(at, _)| (detector, at))).collect()
    }

    /// The wake-ups that the watermarks of their key spaces have reached, ordered by time, detector, key space and key.
    ///
    /// Each is told once: it is taken from its state, which keeps the rest. `watermark_of` (detector, key space) may hold
    /// a key space back with [`Time::MIN`], so a caller can go stratum by stratum. A detector that asks for a wake-up in
    /// the past is woken by the next call of this.
    pub fn due(&mut self, watermark_of: impl Fn(u16, u16) -> Time) -> Vec<DueWake> {
        let mut due = Vec::new();
        for (detector, key_space) in self.positions() {
            let watermark = watermark_of(detector, key_space);
            if watermark == Time::MIN {
                continue;
            }
            let ripe = self.spaces[usize::from(detector)][usize::from(key_space)].ripe(watermark);
            due.extend(ripe.into_iter().filter_map(|(key, wake)| {
                wake.map(|time| DueWake { time: Time(time), key: StateKey { detector, key_space, key } })
            }));
        }
        for wake in &due {
            let stored = self.get(&wake.key).cloned();
            self.set(&wake.key, stored.map(|stored| stored.without_wake()));
        }
        due.sort_unstable();
        due
    }

    /// Whether [`Store::due`] may have something to tell. It has nothing where this says no.
    pub fn may_be_due(&self, watermark_of: impl Fn(u16, u16) -> Time) -> bool {
        let may = |(detector, space): (u16, u16)| {
            self.spaces[usize::from(detector)][usize::from(space)].may_be_ripe(watermark_of(detector, space))
        };
        self.positions().into_iter().any(may)
    }

    /// The alerts with a revision held back that may now be published, by time of release and uid. They stay due until
    /// [`Store::put_alert`] says otherwise.
    pub fn due_alerts(&self, watermark_of: impl Fn(u16, u16) -> Time) -> Vec<String> {
        let mut due = Vec::new();
        for (detector, key_space) in self.positions() {
            let ripe = self.spaces[usize::from(detector)][usize::from(key_space)]
                .ripe_alerts(watermark_of(detector, key_space));
            due.extend(ripe.filter(|(_, uid)| self.alerts.get(uid).is_some_and(|alert| alert.release.is_some())));
        }
        due.sort_unstable();
        due.into_iter().map(|(_, uid)| uid.clone()).collect()
    }

    /// Forgets the states whose expiry the watermark of their key space has passed by its greatest lateness, so that no
    /// row in time can ask for them; and alerts likewise.
    ///
    /// A pending wake-up keeps its state until it was told, a held revision its alert: so what a detector sees does not
    /// depend on when this is called. Call it when what is due was handled.
    pub fn expire(&mut self, watermark_of: impl Fn(u16, u16) -> Time) -> Expired {
        let mut expired = Expired::default();
        for (detector, key_space) in self.positions() {
            let watermark = watermark_of(detector, key_space);
            if watermark == Time::MIN {
                continue;
            }
            let space = &mut self.spaces[usize::from(detector)][usize::from(key_space)];
            let alerts: Vec<_> = space.ripe_alerts(watermark).map(|(_, uid)| uid.clone()).collect();
            for (key, wake) in space.ripe(watermark) {
                if wake.is_none() {
                    self.set(&StateKey { detector, key_space, key }, None);
                    expired.states += 1;
                }
            }
            for uid in alerts {
                if self.alerts.get(&uid).is_some_and(|alert| alert.release.is_none()) {
                    self.put_alert(&uid, None);
                    expired.alerts += 1;
                }
            }
        }
        expired
    }
}
