//! Under what a shard remembers: detectors and key spaces by position in memory, by name in the changelog.

use crate::model::Key;
use crate::plan::{Plan, Wants};

/// One key of one key space of one configured detector. Positions are the plan's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateKey {
    pub detector: u16,
    pub key_space: u16,
    pub key: Key,
}

/// What a store must know of the plan: names, and how long after its expiry a state may still be asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    pub detectors: Vec<DetectorNames>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectorNames {
    /// The operator's name for the detector.
    pub name: String,
    pub key_spaces: Vec<KeySpaceNames>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpaceNames {
    pub name: String,
    /// The greatest lateness of the subscriptions that feed it, nanoseconds.
    pub lateness: i64,
}

// === impl StateKey ===

impl StateKey {
    pub fn new<S: AsRef<str>>(detector: u16, key_space: u16, parts: &[S]) -> Self {
        Self { detector, key_space, key: Key::of(parts) }
    }
}

// === impl Names ===

impl From<&Wants> for Names {
    fn from(wants: &Wants) -> Self {
        let detectors = wants.detectors.iter().map(|detector| {
            let lateness = |at: usize| {
                let feeds = detector.plan.subscriptions.iter().filter(move |s| s.key_space as usize == at);
                feeds.map(|s| i64::try_from(s.lateness).unwrap_or(i64::MAX)).max().unwrap_or(0)
            };
            let spaces = detector.plan.key_spaces.iter().enumerate();
            DetectorNames {
                name: detector.name.clone(),
                key_spaces: spaces
                    .map(|(at, space)| KeySpaceNames { name: space.name.clone(), lateness: lateness(at) })
                    .collect(),
            }
        });
        Self { detectors: detectors.collect() }
    }
}

impl From<&Plan> for Names {
    fn from(plan: &Plan) -> Self {
        Self::from(&plan.wants)
    }
}

impl Names {
    /// The names of a position.
    pub fn at(&self, detector: u16, key_space: u16) -> Option<(&str, &KeySpaceNames)> {
        let detector = self.detectors.get(usize::from(detector))?;
        Some((&detector.name, detector.key_spaces.get(usize::from(key_space))?))
    }

    /// The position of a name; none: the plan has no such detector or key space.
    pub fn find(&self, detector: &str, key_space: &str) -> Option<(u16, u16)> {
        let at = self.detectors.iter().position(|known| known.name == detector)?;
        let space = self.detectors[at].key_spaces.iter().position(|known| known.name == key_space)?;
        Some((u16::try_from(at).ok()?, u16::try_from(space).ok()?))
    }
}
