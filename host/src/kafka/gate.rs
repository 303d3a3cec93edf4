//! What the workers of a process and the watch over the exchange tell each other: whether raw records may be read, which
//! they may only while the exchange keeps up with what raw records become; and which frames are still needed.
//!
//! The gate bounds the exchange's backlog and never the reading of the exchange itself, which is why there is no
//! deadlock: whoever is behind on the exchange can always go on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sekisho_core::model::ShardId;

/// The gate shuts when some exchange partition has more bytes to read than this.
pub const SHUT_ABOVE: u64 = 64 << 20;
/// And opens when every one has less than this.
pub const OPEN_BELOW: u64 = 32 << 20;
/// The size of a frame until one was seen, in bytes.
const FRAME_GUESS: u64 = 16 << 10;
/// Of the running mean of a frame's size: one new frame moves it by this part.
const MEAN_SHIFT: u32 = 4;

/// Shared by the workers of a process, which report frames and ask, and the watch, which decides.
#[derive(Debug)]
pub struct Gate {
    open: AtomicBool,
    frame_bytes: AtomicU64,
    /// In the partition where it is most, as of the last decision.
    backlog: AtomicU64,
    begun: Instant,
    /// Milliseconds from `begun` to the last decision.
    decided: AtomicU64,
    /// The shards of this process, each with the first offset that may still be asked for.
    held: Mutex<BTreeMap<ShardId, i64>>,
}

// === impl Gate ===

impl Gate {
    /// An open gate.
    pub fn new() -> Self {
        Self {
            open: AtomicBool::new(true),
            frame_bytes: AtomicU64::new(FRAME_GUESS),
            backlog: AtomicU64::new(0),
            begun: Instant::now(),
            decided: AtomicU64::new(0),
            held: Mutex::default(),
        }
    }

    /// Whether raw records may be read.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// What was written and not read yet at the last decision, in bytes, in the partition where it is most.
    pub fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Since the last decision: as long have the brokers not answered.
    pub fn silent(&self) -> Duration {
        let decided = Duration::from_millis(self.decided.load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(decided)
    }

    /// A shard is ours, and its frames from this offset on are kept: those that we have not committed, and those that are
    /// kept for healing. That stays true when another has the shard and we have not heard of it yet: what it holds for
    /// healing lies behind what we committed.
    pub fn hold(&self, shard: ShardId, from: i64) {
        self.held().insert(shard, from);
    }

    /// A shard is ours no more.
    pub fn let_go(&self, shard: ShardId) {
        self.held().remove(&shard);
    }

    /// The shards of this process, each with the first offset that is kept. Only its owner knows: nobody else may delete.
    pub fn held(&self) -> MutexGuard<'_, BTreeMap<ShardId, i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A frame of this many bytes was written.
    pub fn frame(&self, bytes: usize) {
        let mean = self.frame_bytes.load(Ordering::Relaxed);
        let moved = mean - (mean >> MEAN_SHIFT) + (bytes as u64 >> MEAN_SHIFT);
        self.frame_bytes.store(moved, Ordering::Relaxed);
    }

    /// Decides anew by the largest lag of an exchange partition, in offsets. Control records take offsets as well, so
    /// that a lag counts up to twice its frames: the bound is kept early rather than late.
    ///
    /// Answers whether the decision changed.
    pub fn decide(&self, largest_lag: u64) -> bool {
        let backlog = largest_lag.saturating_mul(self.frame_bytes.load(Ordering::Relaxed));
        let was = self.is_open();
        let is = if was { backlog <= SHUT_ABOVE } else { backlog < OPEN_BELOW };
        self.open.store(is, Ordering::Relaxed);
        self.backlog.store(backlog, Ordering::Relaxed);
        self.decided.store(self.begun.elapsed().as_millis() as u64, Ordering::Relaxed);
        was != is
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_shuts_above_its_bound_and_opens_only_with_headroom() {
        let gate = Gate::new();
        for _ in 0..200 {
            gate.frame(1 << 20);
        }
        let steps = [(10, true), (60, true), (70, false), (50, false), (35, false), (20, true), (60, true)];
        for (lag, open) in steps {
            gate.decide(lag);
            assert_eq!(gate.is_open(), open, "at a lag of {lag}");
        }
    }
}
