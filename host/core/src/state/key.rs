//! Under what a shard remembers: detectors and key spaces by position in memory, by name in the changelog.

use std::sync::Arc;

use crate::plan::{Plan, Wants};

/// The parts of a key in one piece. Keys compare as their parts do, one after another.
///
/// Each part ends with `00 01`; a `00` inside it is written `00 FF`. So no two lists of parts are written alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<[u8]>);

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

// === impl Key ===

impl Key {
    pub fn of<S: AsRef<str>>(parts: &[S]) -> Self {
        let mut out = Vec::with_capacity(parts.iter().map(|part| part.as_ref().len() + 2).sum());
        for part in parts {
            for byte in part.as_ref().bytes() {
                out.push(byte);
                if byte == 0 {
                    out.push(0xff);
                }
            }
            out.extend_from_slice(&[0, 1]);
        }
        Self(out.into())
    }

    /// The key that was written as these bytes; none: they are no key.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        split(bytes).map(|_| Self(bytes.into()))
    }

    /// Behind every key.
    pub(super) fn last() -> Self {
        Self([0xff; 1].as_slice().into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn parts(&self) -> Vec<String> {
        split(&self.0).unwrap_or_default()
    }
}

fn split(bytes: &[u8]) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut bytes = bytes.iter();
    while let Some(byte) = bytes.next() {
        match (byte, if *byte == 0 { bytes.next() } else { None }) {
            (0, Some(1)) => parts.push(String::from_utf8(std::mem::take(&mut part)).ok()?),
            (0, Some(0xff)) => part.push(0),
            (0, _) => return None,
            (byte, _) => part.push(*byte),
        }
    }
    part.is_empty().then_some(parts)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_come_back_from_a_key(parts: Vec<String>) {
            let key = Key::of(&parts);
            prop_assert_eq!(key.parts(), parts);
            prop_assert_eq!(Key::from_bytes(key.as_bytes()), Some(key));
        }

        #[test]
        fn keys_compare_as_their_parts_do(a: Vec<String>, b: Vec<String>) {
            prop_assert_eq!(Key::of(&a).cmp(&Key::of(&b)), a.cmp(&b));
        }

        #[test]
        fn no_bytes_make_a_key_panic(bytes: Vec<u8>) {
            let _ = Key::from_bytes(&bytes);
        }
    }

    #[test]
    fn parts_with_zeros_are_kept_apart() {
        assert_ne!(Key::of(&["a\0", "b"]), Key::of(&["a", "\0b"]));
        assert_ne!(Key::of::<&str>(&[]), Key::of(&[""]));
    }
}
