//! What a worker counts around its pipeline, as plain values.

use std::collections::BTreeMap;
use std::time::Duration;

use sekisho_core::model::Time;
use sekisho_core::pipeline::{Interval, Status};

/// Upper bounds in seconds of an interval's length and of its commit: a commit takes 3 ms on a quiet broker and ends, one
/// way or the other, with the transaction's timeout of 15 s.
const SHORT: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0];
/// Upper bounds in seconds of the time from a record to its alert: the aims are 0.1 and 0.2 s, a backlog takes hours.
const LATENCY: &[f64] = &[0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0];

/// How many of something were at most so large.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Upper bounds, ascending; beyond the last there is one more bucket.
    pub bounds: &'static [f64],
    /// Of each bucket alone.
    pub counts: Vec<u64>,
    pub sum: f64,
}

/// What a worker spends its time on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Takes partitions or gives them up, with the commit before.
    Rebalance,
    /// Replays changelogs.
    Restore,
    /// Reads, decodes and routes records; reads frames.
    Read,
    /// Runs detectors, makes alerts, writes frames.
    Judge,
    /// Writes and commits transactions.
    Commit,
    /// Waits for input.
    Wait,
}

/// What became of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rebalanced {
    /// Partitions came.
    Assigned,
    /// Partitions were given up in order.
    Revoked,
    /// Partitions were taken without waiting for us.
    Lost,
}

/// Ranges that a detector did not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Entries of the coverage topic.
    pub gaps: u64,
    /// Rows in them.
    pub rows: u64,
}

/// What a worker counts around its pipeline: of committed intervals alone, but for what names aborts and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    pub committed: u64,
    pub aborted: u64,
    /// From the first record of an interval to its commit.
    pub interval: Histogram,
    /// From the first record that is written to the commit.
    pub commit: Histogram,
    /// From the log record to the commit of the alert.
    pub alert_latency: Histogram,
    /// Time by [`Stage`].
    pub spent: [Duration; Stage::ALL.len()],
    /// By [`Rebalanced`].
    pub rebalances: [u64; Rebalanced::ALL.len()],
    /// By reason.
    pub dead_letters: BTreeMap<String, u64>,
    /// By detector and reason.
    pub gaps: BTreeMap<(String, String), Gap>,
    /// Bytes written to the exchange.
    pub frame_bytes: u64,
    /// Records written to the changelog.
    pub changes: u64,
}

// === impl Histogram ===

impl Histogram {
    pub fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    /// Counts a value `times` times.
    pub fn observe(&mut self, value: f64, times: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket] += times;
        self.sum += value * times as f64;
    }

    pub fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.sum += other.sum;
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

// === impl Stage ===

impl Stage {
    pub const ALL: [Self; 6] = [Self::Rebalance, Self::Restore, Self::Read, Self::Judge, Self::Commit, Self::Wait];

    /// As metrics name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Rebalance => "rebalance",
            Self::Restore => "restore",
            Self::Read => "read",
            Self::Judge => "judge",
            Self::Commit => "commit",
            Self::Wait => "wait",
        }
    }
}

// === impl Rebalanced ===

impl Rebalanced {
    pub const ALL: [Self; 3] = [Self::Assigned, Self::Revoked, Self::Lost];

    /// As metrics name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Revoked => "revoked",
            Self::Lost => "lost",
        }
    }
}

// === impl Flow ===

impl Default for Flow {
    fn default() -> Self {
        Self {
            committed: 0,
            aborted: 0,
            interval: Histogram::new(SHORT),
            commit: Histogram::new(SHORT),
            alert_latency: Histogram::new(LATENCY),
            spent: [Duration::ZERO; Stage::ALL.len()],
            rebalances: [0; Rebalanced::ALL.len()],
            dead_letters: BTreeMap::new(),
            gaps: BTreeMap::new(),
            frame_bytes: 0,
            changes: 0,
        }
    }
}

impl Flow {
    /// An interval was committed, at this time by our clock.
    pub fn commits(&mut self, interval: &Interval, length: Duration, commit: Duration, now: Time) {
        self.committed += 1;
        self.interval.observe(length.as_secs_f64(), 1);
        self.commit.observe(commit.as_secs_f64(), 1);
        for logged in interval.alert_records.iter().filter(|logged| **logged != Time::MAX) {
            let nanos = now.0.saturating_sub(logged.0).max(0);
            self.alert_latency.observe(Duration::from_nanos(nanos.unsigned_abs()).as_secs_f64(), 1);
        }
        for letter in &interval.dead_letters {
            *self.dead_letters.entry(letter.reason.clone()).or_default() += 1;
        }
        for gap in &interval.coverage {
            let known = self.gaps.entry((gap.detector.clone(), gap.reason.clone())).or_default();
            known.gaps += 1;
            // What is told of a range that still grows is told again.
            known.rows += if gap.status == Status::Closed { gap.rows } else { 0 };
        }
        self.frame_bytes += interval.frames.iter().map(|(_, frame)| frame.len() as u64).sum::<u64>();
        self.changes += interval.changes.len() as u64;
    }

    /// Time went into a stage.
    pub fn spend(&mut self, stage: Stage, time: Duration) {
        self.spent[stage as usize] += time;
    }

    /// A rebalance was served.
    pub fn rebalanced(&mut self, how: Rebalanced) {
        self.rebalances[how as usize] += 1;
    }

    pub fn add(&mut self, other: &Self) {
        self.committed += other.committed;
        self.aborted += other.aborted;
        self.interval.add(&other.interval);
        self.commit.add(&other.commit);
        self.alert_latency.add(&other.alert_latency);
        self.spent.iter_mut().zip(other.spent).for_each(|(spent, more)| *spent += more);
        self.rebalances.iter_mut().zip(other.rebalances).for_each(|(count, more)| *count += more);
        for (reason, count) in &other.dead_letters {
            *self.dead_letters.entry(reason.clone()).or_default() += count;
        }
        for (place, more) in &other.gaps {
            let known = self.gaps.entry(place.clone()).or_default();
            known.gaps += more.gaps;
            known.rows += more.rows;
        }
        self.frame_bytes += other.frame_bytes;
        self.changes += other.changes;
    }
}
