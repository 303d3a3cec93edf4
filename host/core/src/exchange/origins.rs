//! Origins: written whole in frames, and as tokens of 64 bits inside a shard.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;
use serde::{Deserialize, Serialize};

use crate::model::{Origin, SourceId};

/// Bytes of one origin in a frame.
const WIDTH: usize = 20;

/// Writes origins one behind another: source, partition, offset, index, little-endian.
pub fn write_origins(origins: &[Origin], bytes: &mut Vec<u8>) {
    for origin in origins {
        bytes.extend_from_slice(&origin.source.0.to_le_bytes());
        bytes.extend_from_slice(&origin.partition.to_le_bytes());
        bytes.extend_from_slice(&origin.offset.to_le_bytes());
        bytes.extend_from_slice(&origin.index.to_le_bytes());
    }
}

/// Reads what [`write_origins`] wrote; an incomplete last one is left out.
pub fn read_origins(bytes: &[u8]) -> impl Iterator<Item = Origin> {
    bytes.chunks_exact(WIDTH).map(|chunk| {
        let word = |at: usize| std::array::from_fn(|byte| chunk[at + byte]);
        Origin {
            source: SourceId(u32::from_le_bytes(word(0))),
            partition: i32::from_le_bytes(word(4)),
            offset: i64::from_le_bytes(std::array::from_fn(|byte| chunk[8 + byte])),
            index: u32::from_le_bytes(word(16)),
        }
    })
}

/// A shard's tokens for origins: 16 bits name an entry of its table, 36 bits the offset and 12 the index from there.
///
/// The table grows by one entry for each raw partition that the shard meets, each 2^36 offsets and each 4,096 events of
/// one record. It is part of the shard's `meta`, so that tokens in states stay readable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginTable {
    bases: Vec<Base>,
    #[serde(skip)]
    positions: HashMap<Base, u16, FxBuildHasher>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Base {
    source: SourceId,
    partition: i32,
    /// Offset / 2^36.
    offset: i64,
    /// Index / 2^12.
    index: u32,
}

const OFFSET_BITS: u32 = 36;
const INDEX_BITS: u32 = 12;

// === impl OriginTable ===

impl OriginTable {
    /// The token of an origin. When the table is full (65,536 entries) the token of an unknown origin is `u64::MAX`, which
    /// names nothing: evidence then lacks its place, and nothing else changes.
    pub fn token(&mut self, origin: Origin) -> u64 {
        let base = Base {
            source: origin.source,
            partition: origin.partition,
            offset: origin.offset >> OFFSET_BITS,
            index: origin.index >> INDEX_BITS,
        };
        let Some(position) = self.position(base) else { return u64::MAX };
        let offset = origin.offset as u64 & ((1 << OFFSET_BITS) - 1);
        let index = u64::from(origin.index) & ((1 << INDEX_BITS) - 1);
        u64::from(position) << (OFFSET_BITS + INDEX_BITS) | offset << INDEX_BITS | index
    }

    /// The origin that a token of this table names.
    pub fn origin(&self, token: u64) -> Option<Origin> {
        let base = self.bases.get((token >> (OFFSET_BITS + INDEX_BITS)) as usize)?;
        let offset = (token >> INDEX_BITS & ((1 << OFFSET_BITS) - 1)) as i64;
        let index = (token & ((1 << INDEX_BITS) - 1)) as u32;
        Some(Origin {
            source: base.source,
            partition: base.partition,
            offset: base.offset << OFFSET_BITS | offset,
            index: base.index << INDEX_BITS | index,
        })
    }

    pub fn len(&self) -> usize {
        self.bases.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bases.is_empty()
    }

    /// Forgets the entries behind the first `len`: those of an interval that was aborted.
    pub fn truncate(&mut self, len: usize) {
        for base in self.bases.drain(len.min(self.bases.len())..) {
            self.positions.remove(&base);
        }
    }

    fn position(&mut self, base: Base) -> Option<u16> {
        if self.positions.len() != self.bases.len() {
            self.positions = self.bases.iter().enumerate().map(|(at, base)| (*base, at as u16)).collect();
        }
        // Rows of one raw partition follow one another.
        if self.bases.last() == Some(&base) {
            return Some(self.bases.len() as u16 - 1);
        }
        if let Some(position) = self.positions.get(&base) {
            return Some(*position);
        }
        // The last entry is never given out, so that `u64::MAX` is no token.
        let position = u16::try_from(self.bases.len()).ok().filter(|position| *position < u16::MAX)?;
        self.bases.push(base);
        self.positions.insert(base, position);
        Some(position)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn origins()(source in 0u32..9, partition in 0i32..99, offset in 0i64..=i64::MAX, index: u32) -> Origin {
            Origin { source: SourceId(source), partition, offset, index }
        }
    }

    proptest! {
        #[test]
        fn a_token_names_its_origin(origins in prop::collection::vec(origins(), 1..50)) {
            let mut table = OriginTable::default();
            let tokens: Vec<_> = origins.iter().map(|origin| table.token(*origin)).collect();
            let saved: OriginTable = serde_json::from_str(&serde_json::to_string(&table).unwrap()).unwrap();
            for (token, origin) in tokens.iter().zip(&origins) {
                prop_assert_eq!(saved.origin(*token), Some(*origin));
            }
        }

        #[test]
        fn origins_read_back_as_they_were_written(origins in prop::collection::vec(origins(), 0..20)) {
            let mut bytes = Vec::new();
            write_origins(&origins, &mut bytes);
            prop_assert_eq!(read_origins(&bytes).collect::<Vec<_>>(), origins);
        }
    }

    #[test]
    fn entries_of_an_aborted_interval_are_forgotten() {
        let mut table = OriginTable::default();
        let kept = table.token(Origin::default());
        let before = table.clone();
        table.token(Origin { partition: 5, ..Origin::default() });
        table.truncate(1);
        assert_eq!(table, before);
        assert_eq!(table.token(Origin::default()), kept);
    }
}
