//! Keys: how they are written, and which shard owns them.

use std::fmt;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::ShardId;

/// A key of one or more parts, written as one piece: for each part its length (u32, little-endian) and its UTF-8 bytes.
/// The empty key has no parts and no bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Key(Box<[u8]>);

/// The shard that owns a key: XXH3-64 with seed 0 of the key's bytes, modulo the number of shards. It is blind to class
/// and path, so that all rows of one key meet whatever they are.
pub fn shard_of(key: &[u8], shards: u32) -> ShardId {
    ShardId((xxh3_64(key) % u64::from(shards.max(1))) as u32)
}

// === impl Key ===

impl Key {
    pub fn of<T: AsRef<str>>(parts: &[T]) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            Self::push(&mut bytes, part.as_ref());
        }
        Self::from_bytes(&bytes)
    }

    /// Appends a part to the bytes of a key.
    pub fn push(bytes: &mut Vec<u8>, part: &str) {
        bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }

    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The parts; what can't be read ends them.
    pub fn parts(&self) -> Vec<String> {
        let mut rest = &self.0[..];
        let mut parts = Vec::new();
        while let Some((length, tail)) = rest.split_first_chunk() {
            let length = u32::from_le_bytes(*length) as usize;
            let Some(part) = tail.get(..length) else { break };
            parts.push(String::from_utf8_lossy(part).into_owned());
            rest = &tail[length..];
        }
        parts
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.parts()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_reads_back_as_it_was_written(parts in prop::collection::vec(".*", 0..4)) {
            prop_assert_eq!(Key::of(&parts).parts(), parts);
        }

        #[test]
        fn no_bytes_make_reading_a_key_fail(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            Key::from_bytes(&bytes).parts();
        }
    }

    #[test]
    fn the_shard_of_a_key_never_changes() {
        assert_eq!(shard_of(Key::of(&["corp\\sato"]).as_bytes(), 12), ShardId(KNOWN));
    }
    const KNOWN: u32 = 3;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Key::of(&["ab", "c"]), Key::of(&["a", "bc"]));
    }
}
