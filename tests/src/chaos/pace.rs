//! How fast the input is fed, and how far the work comes meanwhile.
//!
//! So much comes with each turn, and nothing that lies further ahead in event time than detectors tolerate of anything that
//! is not judged yet: a fault holds the stream up instead of making rows late, so that alerts must be the same.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use sekisho_core::model::Time;

use super::input::Line;
use super::topics::Topics;

/// The records of a turn are fed within this time.
const TURN: Duration = Duration::from_secs(3);
/// A minute less than what every subscription tolerates (the SDK's default of five minutes; none of ours has less).
const AHEAD: i64 = 4 * Time::MINUTE;

/// What may be fed by now.
pub struct Pace {
    /// Of every record; one without a time has that of the one before.
    times: Vec<Time>,
    /// For each raw partition its records.
    places: Vec<Vec<usize>>,
    state: Mutex<State>,
}

struct State {
    /// From how many to how many in this turn, which began then.
    turn: (usize, usize, Instant),
    /// So many are not too far ahead.
    near: usize,
    still: Vec<Still>,
    /// When the group last came further.
    moved: Instant,
    /// Once the group has read this much of the exchange, all records before this one are judged.
    waited: Option<(usize, Vec<i64>)>,
}

/// How long a partition stood still though there was something to read.
#[derive(Clone, Copy)]
struct Still {
    at: i64,
    since: Instant,
    longest: Duration,
}

// === impl Pace ===

impl Pace {
    /// Nothing may be fed yet.
    pub fn new(lines: &[Line], partitions: usize) -> Self {
        let mut times = Vec::with_capacity(lines.len());
        let mut places = vec![Vec::new(); partitions];
        for (at, line) in lines.iter().enumerate() {
            times.push(line.time.or(times.last().copied()).unwrap_or(Time::MIN));
            places[line.partition as usize].push(at);
        }
        let still = Still { at: 0, since: Instant::now(), longest: Duration::ZERO };
        let state = State {
            turn: (0, 0, still.since),
            near: 0,
            still: vec![still; partitions],
            moved: still.since,
            waited: None,
        };
        let this = Self { times, places, state: Mutex::new(state) };
        this.with(|state| state.near = this.near(0));
        this
    }

    /// So many in all by the end of this turn.
    pub fn up_to(&self, next: usize) {
        self.with(|state| state.turn = (state.turn.1, next, Instant::now()));
    }

    /// The turns are over.
    pub fn all(&self) {
        self.with(|state| state.turn = (self.times.len(), self.times.len(), Instant::now()));
    }

    /// All of it may be fed at once: nobody waits for what comes of it.
    pub fn release(&self) {
        self.all();
        self.with(|state| state.near = self.times.len());
    }

    /// How long the group has not come any further.
    pub fn stands_for(&self) -> Duration {
        self.with(|state| state.moved.elapsed())
    }

    /// So many may be fed by now.
    pub fn now(&self) -> usize {
        self.with(|state| state.now())
    }

    /// For each partition, the longest time that it stood still.
    pub fn still(&self) -> Vec<Duration> {
        self.with(|state| state.still.iter().map(|still| still.longest).collect())
    }

    /// Looks how far the group has come.
    ///
    /// # Errors
    /// The brokers do not answer: then it is as before.
    pub fn look(&self, topics: &Topics) -> Result<()> {
        let offsets = topics.raw_offsets()?;
        let first = self.first_unread(&offsets);
        let waited = self.with(|state| {
            let due = state.now();
            if state.still.iter().zip(&offsets).any(|(still, offset)| *offset > still.at) {
                state.moved = Instant::now();
            }
            for ((still, offset), places) in state.still.iter_mut().zip(&offsets).zip(&self.places) {
                still.look(*offset, places.partition_point(|place| *place < due) as i64);
            }
            state.waited.clone()
        });
        let Some((judged, ends)) = waited else {
            let ends = topics.exchange_ends()?;
            self.with(|state| state.waited = Some((first, ends)));
            return Ok(());
        };
        if topics.exchange_offsets()?.iter().zip(&ends).all(|(at, end)| at >= end) {
            self.with(|state| (state.near, state.waited) = (state.near.max(self.near(judged)), None));
        }
        Ok(())
    }

    /// All records before this one are read, and what came of them is in the exchange.
    fn first_unread(&self, offsets: &[i64]) -> usize {
        let next = |(places, offset): (&Vec<usize>, &i64)| places.get(*offset as usize).copied();
        self.places.iter().zip(offsets).filter_map(next).min().unwrap_or(self.times.len())
    }

    /// How many are near enough when all before this one are judged.
    fn near(&self, judged: usize) -> usize {
        let Some(time) = self.times.get(judged) else { return self.times.len() };
        self.times.partition_point(|other| *other <= time.plus(AHEAD))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl State ===

impl State {
    fn now(&self) -> usize {
        let (from, to, since) = self.turn;
        let part = since.elapsed().as_secs_f64() / TURN.as_secs_f64();
        (from + (to.saturating_sub(from) as f64 * part.min(1.0)) as usize).min(self.near)
    }
}

// === impl Still ===

impl Still {
    fn look(&mut self, at: i64, due: i64) {
        let stood = at == self.at && at < due;
        if stood || at > self.at && self.at < due {
            self.longest = self.longest.max(self.since.elapsed());
        }
        if !stood {
            (self.at, self.since) = (at, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fed_that_lies_further_ahead_than_is_tolerated() {
        let line = |minute: Option<i64>, partition| Line {
            partition,
            time: minute.map(|minute| Time(minute * Time::MINUTE)),
            text: String::new(),
        };
        let minutes = [(Some(1), 0), (None, 1), (Some(4), 1), (Some(5), 0), (Some(6), 1), (Some(60), 0)];
        let lines: Vec<_> = minutes.into_iter().map(|(minute, partition)| line(minute, partition)).collect();
        let pace = Pace::new(&lines, 2);
        pace.all();
        assert_eq!(pace.now(), 4);
        // Partition 1 is read to its end, and partition 0 up to its second record.
        assert_eq!(pace.first_unread(&[1, 3]), 3);
        assert_eq!((pace.near(3), pace.near(5), pace.near(6)), (5, 6, 6));
    }
}
