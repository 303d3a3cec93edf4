//! What a worker knows of itself at a moment, as plain values: for metrics.

use std::collections::BTreeMap;

use super::account::Account;
use super::shard::Shard;
use crate::detect::DetectorReport;
use crate::model::{ShardId, Time};
use crate::state::{Names, Quota, Usage};

/// Counts since the worker was made, and what it holds now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Of committed intervals alone.
    pub account: Account,
    /// In the plan's order.
    pub detectors: Vec<DetectorReport>,
    /// The shards that it owns.
    pub shards: Vec<ShardReport>,
    /// What one detector may remember in one shard.
    pub quota: Quota,
}

/// A shard of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShardReport {
    pub shard: ShardId,
    /// What each detector remembers, in the plan's order.
    pub usage: Vec<Usage>,
    /// The watermark of each stratum; [`Time::MIN`]: not known yet.
    pub watermarks: Vec<Time>,
    /// Raw partitions that nothing was heard of yet, which holds every watermark back.
    pub unheard: usize,
}

/// What one detector remembers in one key space, in all shards of a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The operator's name for the detector.
    pub detector: String,
    pub key_space: String,
    /// Sizes of the states of all keys, in bytes, the smallest first.
    pub sizes: Vec<usize>,
}

// === impl Remembered ===

impl Remembered {
    /// What these shards remember of each key space, in the plan's order.
    pub(super) fn of<'s>(names: &Names, shards: impl Iterator<Item = &'s Shard>) -> Vec<Self> {
        let mut sizes = BTreeMap::<_, Vec<usize>>::new();
        for (key, stored) in shards.flat_map(|shard| shard.store.states()) {
            sizes.entry((key.detector, key.key_space)).or_default().push(stored.bytes().len());
        }
        let remembered = |((detector, key_space), mut sizes): (_, Vec<usize>)| {
            sizes.sort_unstable();
            let (detector, key_space) = names.at(detector, key_space)?;
            Some(Self { detector: detector.to_owned(), key_space: key_space.name.clone(), sizes })
        };
        sizes.into_iter().filter_map(remembered).collect()
    }

    /// The size below which half of the states lie; 0 where there is none.
    pub fn median(&self) -> usize {
        self.sizes.get(self.sizes.len() / 2).copied().unwrap_or_default()
    }
}

// === impl ShardReport ===

impl ShardReport {
    pub(super) fn of(shard: &Shard, detectors: usize, strata: u8) -> Self {
        Self {
            shard: shard.id,
            usage: (0..detectors as u16).map(|detector| shard.store.usage(detector)).collect(),
            watermarks: (0..strata).map(|stratum| shard.watermarks.at(stratum)).collect(),
            unheard: shard.watermarks.clocks().filter(|(_, progress)| progress.is_none()).count(),
        }
    }
}
