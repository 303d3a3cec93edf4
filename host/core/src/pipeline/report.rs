//! What a worker knows of itself at a moment, as plain values: for metrics.

use super::account::Account;
use super::shard::Shard;
use crate::detect::DetectorReport;
use crate::model::{ShardId, Time};
use crate::state::{Quota, Usage};

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
