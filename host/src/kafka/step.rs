//! A backlog is read in step: no raw partition runs far ahead of one that is still being read, by whatever worker.
//!
//! Owners tell their progress through the exchange, so every worker that has a shard knows how far the partitions of others
//! have come. Rows that are apart by more than a detector tolerates would be judged in another order than they happened.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sekisho_core::model::{RawPartition, Time};
use sekisho_core::time::{Kind, Progress};

/// How far ahead of the slowest a partition may be: well below the five minutes that a subscription tolerates unless said.
const STEP: i64 = 2 * Time::MINUTE;
/// Within this time the slowest has to come closer to the present, or it is waited for no longer: it does not read a
/// backlog, it is late by nature, or stuck. Rebalances and starts of processes take less. Who has come to the present
/// itself waits no longer in any case: a source that catches up for hours must not hold back what happens now.
const PATIENCE: Duration = Duration::from_secs(30);
/// So far behind the clock is the present: above what logs take on their way, [`STEP`] and [`PATIENCE`].
const PRESENT: i64 = 10 * Time::MINUTE;
/// So long one that was passed over has to keep up before it is waited for again: one that falls behind now and then must
/// not stop the others each time.
const PROBATION: Duration = Duration::from_secs(600);

/// How far we may read.
#[derive(Debug, Default)]
pub(super) struct Step {
    waiting: Option<Waiting>,
    /// What we heard first of the partitions of others.
    heard: BTreeMap<RawPartition, Progress>,
    /// Those that are not waited for, and when they were behind last.
    passed_over: BTreeMap<RawPartition, Instant>,
}

#[derive(Debug)]
struct Waiting {
    slowest: RawPartition,
    since: Instant,
    /// Where it stood then.
    from: Time,
}

// === impl Step ===

impl Step {
    /// Those of the partitions of others that are being read and not at their end, with how far they have come.
    ///
    /// A shard remembers what was told before everybody stopped: a partition that was at its end then may hold days by now.
    /// It is believed to be at its end when its owner says so anew, which it does once a second.
    pub fn being_read(&mut self, others: &[(RawPartition, Option<Progress>)]) -> BTreeMap<RawPartition, Time> {
        let mut before = std::mem::take(&mut self.heard);
        let mut being_read = BTreeMap::new();
        for (partition, told) in others {
            let Some(told) = *told else {
                being_read.insert(*partition, Time::MIN);
                continue;
            };
            let first = before.remove(partition).unwrap_or(told);
            self.heard.insert(*partition, first);
            if told.kind == Kind::Live || told.kind == Kind::Idle && told == first {
                being_read.insert(*partition, told.time);
            }
        }
        being_read
    }

    /// The event time up to which raw partitions may be read; none: as far as they go. `being_read` are those that
    /// somebody reads and that are not at their end, `ours` how far the furthest of ours has come, `clock` what time it is.
    pub fn bound(
        &mut self,
        being_read: &BTreeMap<RawPartition, Time>,
        ours: Option<Time>,
        (now, clock): (Instant, Time),
    ) -> Option<Time> {
        let is_behind = |time: &Time| ours.is_none_or(|ours| time.plus(STEP) < ours);
        let still_behind = |partition: &RawPartition| being_read.get(partition).is_some_and(is_behind);
        self.passed_over.retain(|partition, behind| {
            if still_behind(partition) {
                *behind = now;
            }
            now.saturating_duration_since(*behind) < PROBATION
        });
        let waited_for = being_read.iter().filter(|(partition, _)| !self.passed_over.contains_key(partition));
        let Some((slowest, time)) = waited_for.min_by_key(|(_, time)| **time).map(|(slowest, time)| (*slowest, *time))
        else {
            self.waiting = None;
            return None;
        };
        let bound = time.plus(STEP);
        let Some(ours) = ours.filter(|ours| *ours > bound) else {
            self.waiting = None;
            return Some(bound);
        };
        let waiting = match &mut self.waiting {
            Some(waiting) if waiting.slowest == slowest => waiting,
            waiting => waiting.insert(Waiting { slowest, since: now, from: time }),
        };
        let waited = now.saturating_duration_since(waiting.since);
        if waited < PATIENCE {
            return Some(bound);
        }
        let advanced = Duration::from_nanos(time.0.saturating_sub(waiting.from.0).max(0).unsigned_abs());
        let is_present = ours.plus(PRESENT) >= clock;
        if advanced >= 2 * waited && !is_present {
            (waiting.since, waiting.from) = (now, time);
            return Some(bound);
        }
        tracing::warn!(
            source = slowest.source.0,
            partition = slowest.partition,
            behind_seconds = ours.0.saturating_sub(time.0) / Time::SECOND,
            "a raw partition is behind and does not catch up; it is waited for no longer, so rows of it \
             may be judged after later ones of others"
        );
        self.passed_over.insert(slowest, now);
        self.waiting = None;
        self.bound(being_read, Some(ours), (now, clock))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: RawPartition = RawPartition { source: sekisho_core::model::SourceId(0), partition: 0 };
    const B: RawPartition = RawPartition { source: sekisho_core::model::SourceId(0), partition: 1 };
    /// A week later than all that is read: everything is backlog.
    const LATER: Time = Time(7 * 24 * 60 * Time::MINUTE);

    fn minutes(count: i64) -> Time {
        Time(count * Time::MINUTE)
    }

    fn read<const N: usize>(being_read: [(RawPartition, Time); N]) -> BTreeMap<RawPartition, Time> {
        being_read.into()
    }

    #[test]
    fn a_partition_is_at_its_end_when_its_owner_says_so_anew() {
        let mut step = Step::default();
        let told = |kind, count| Some(Progress { time: minutes(count), kind });
        let mut being_read = |others: &[_]| step.being_read(others);
        assert_eq!(being_read(&[(A, None), (B, told(Kind::Idle, 7))]), read([(A, Time::MIN), (B, minutes(7))]));
        assert_eq!(being_read(&[(A, told(Kind::Live, 3)), (B, told(Kind::Idle, 8))]), read([(A, minutes(3))]));
        assert_eq!(being_read(&[(A, told(Kind::Gone, 3))]), read([]));
        // Between, it was ours.
        assert_eq!(being_read(&[(B, told(Kind::Idle, 9))]), read([(B, minutes(9))]));
    }

    #[test]
    fn nobody_reads_on_while_another_is_further_behind_than_a_step() {
        let (mut step, now) = (Step::default(), (Instant::now(), LATER));
        let others = read([(A, minutes(60)), (B, minutes(30))]);
        assert_eq!(step.bound(&others, Some(minutes(31)), now), Some(minutes(32)));
        assert_eq!(step.bound(&others, None, now), Some(minutes(32)), "nor who has read nothing yet");
        assert_eq!(step.bound(&read([]), Some(minutes(31)), now), None);
    }

    #[test]
    fn a_backlog_that_is_being_read_is_waited_for_however_long() {
        let (mut step, start) = (Step::default(), Instant::now());
        for second in 0..600 {
            let others = read([(A, minutes(second / 6))]);
            let now = (start + Duration::from_secs(second.unsigned_abs()), LATER);
            assert_eq!(step.bound(&others, Some(minutes(200)), now), Some(minutes(second / 6 + 2)), "second {second}");
        }
    }

    #[test]
    fn what_happens_now_waits_for_no_source_that_catches_up_for_hours() {
        let (mut step, start) = (Step::default(), Instant::now());
        let mut held = 0;
        for second in 0..600 {
            let others = read([(A, minutes(second / 6))]);
            let (ours, clock) = (minutes(6000), Time(minutes(6000).0 + second * Time::SECOND));
            let now = (start + Duration::from_secs(second.unsigned_abs()), clock);
            held += i64::from(step.bound(&others, Some(ours), now).is_some());
        }
        assert_eq!(held, 30, "for as long as patience lasts, once");
    }

    #[test]
    fn one_that_is_late_by_nature_or_stuck_is_passed_over_until_it_keeps_up() {
        let (mut step, start) = (Step::default(), Instant::now());
        let at = |seconds: i64| {
            let now = start + Duration::from_secs(seconds as u64);
            (Time(minutes(60).0 + seconds * Time::SECOND), (now, LATER))
        };
        let mut held = 0;
        for seconds in 0..300 {
            let (ours, now) = at(seconds);
            let late = Time(ours.0 - minutes(60).0);
            held += i64::from(step.bound(&read([(A, late)]), Some(ours), now).is_some_and(|bound| bound < ours));
        }
        assert_eq!(held, 30, "for as long as patience lasts");
        // It catches up: for a while that is not believed.
        let (caught_up, now) = at(301);
        assert_eq!(step.bound(&read([(A, caught_up)]), Some(caught_up), now), None);
        let (caught_up, now) = at(301 + 600);
        assert_eq!(step.bound(&read([(A, caught_up)]), Some(caught_up), now), Some(caught_up.plus(STEP)));
    }
}
