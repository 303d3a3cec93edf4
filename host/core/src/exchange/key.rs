//! Which shard owns a key.

use xxhash_rust::xxh3::xxh3_64;

use crate::model::ShardId;

/// The shard that owns a key: XXH3-64 with seed 0 of the key's bytes, modulo the number of shards. It is blind to class
/// and path, so that all rows of one key meet whatever they are.
pub fn shard_of(key: &[u8], shards: u32) -> ShardId {
    ShardId((xxh3_64(key) % u64::from(shards.max(1))) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Key;

    #[test]
    fn the_shard_of_a_key_never_changes() {
        let shards = ["corp\\sato", "10.8.0.7", "fs01"].map(|key| shard_of(Key::of(&[key]).as_bytes(), 12).0);
        assert_eq!(shards, [9, 11, 8]);
    }
}
