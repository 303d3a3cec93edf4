//! How a detector stands in one shard: at work, or suspended with its states frozen; and what it did not see.
//!
//! ```text
//! working ──fails──► suspended ──backoff over, tried──► working, the range stays a gap
//!                        │ heal: the frames of the gap are judged in order from the frozen states
//!                        └────────────────────────────► working, no gap
//! ```
//!
//! It is data of the shard: it moves with it, and survives a restart in its `meta`.

use super::gap::{Gap, Missed};
use crate::bytes::{CodecError, Reader, Writer};
use crate::model::Time;
use crate::time::Watermarks;

/// The first backoff, in event time of the shard. Each failure in a row doubles it.
pub const FIRST_BACKOFF: i64 = Time::MINUTE;
/// The longest backoff: a detector that is broken for good costs one interval's budget an hour.
pub const LONGEST_BACKOFF: i64 = 60 * Time::MINUTE;
/// Closed gaps that are kept for healing, of one detector in one shard; of more, the oldest is given up.
pub const MOST_GAPS: usize = 32;

/// One detector in one shard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Suspended: its states are as they were before the first offset of the gap.
    pub suspended: Option<Suspension>,
    /// Suspensions in a row.
    pub strikes: u32,
    /// When the watermark has passed this without another, they are forgotten.
    pub calm: Time,
    /// What it missed before it was tried again with success, oldest first.
    pub gaps: Vec<Gap>,
    /// The operator asked to heal it.
    pub heal: bool,
}

/// A detector that rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// What it missed so far.
    pub gap: Gap,
    /// It is tried again when the shard's watermark has come here.
    pub until: Time,
    /// How far everything had come at the gap's first offset.
    pub watermarks: Watermarks,
    /// The end of the gap when it was told last.
    pub told: i64,
}

// === impl Standing ===

impl Standing {
    /// Whether it is to be tried in an interval that begins at this offset, with the shard's watermark there.
    pub fn may_work(&self, position: i64, watermark: Time) -> bool {
        match &self.suspended {
            None => true,
            Some(suspension) if self.heal => self.gaps.is_empty() && suspension.gap.from == position,
            Some(suspension) => suspension.until <= watermark,
        }
    }

    /// It rests, and its backoff is over.
    pub fn is_due(&self, watermark: Time) -> bool {
        let due = |suspension: &Suspension| suspension.until <= watermark;
        watermark < Time::MAX && !self.heal && self.suspended.as_ref().is_some_and(due)
    }

    /// It failed in an interval that began at `watermarks` and `position`; nothing of what it did there is left.
    pub fn suspend(&mut self, reason: String, position: i64, watermarks: &Watermarks, now: Time) {
        let watermark = watermarks.at(0);
        if self.suspended.is_none() && watermark >= self.calm {
            self.strikes = 0;
        }
        let until = watermark.plus(backoff(self.strikes));
        self.strikes = self.strikes.saturating_add(1);
        self.heal = false;
        match &mut self.suspended {
            Some(suspension) => {
                suspension.until = until;
                suspension.gap.reason = reason;
            }
            None => {
                let gap =
                    Gap { name: position, from: position, to: position, since: now, missed: Missed::default(), reason };
                self.suspended = Some(Suspension { gap, until, watermarks: watermarks.clone(), told: position });
            }
        }
    }

    /// It did not see the rows up to this offset. Answers whether that is to be told: at first, and whenever the gap has
    /// doubled since.
    pub fn miss(&mut self, to: i64, missed: &Missed) -> bool {
        let Some(Suspension { gap, told, .. }) = &mut self.suspended else { return false };
        gap.to = to;
        gap.missed.add(missed);
        let tell = to - gap.name >= 2 * (*told - gap.name);
        if tell {
            *told = to;
        }
        tell
    }

    /// It was tried again and did well. Answers with the gap that it leaves; one without frames was healed.
    pub fn resume(&mut self, watermark: Time) -> Option<Gap> {
        let Suspension { gap, .. } = self.suspended.take()?;
        self.calm = watermark.plus(backoff(self.strikes));
        if gap.from < gap.to {
            self.gaps.push(gap.clone());
        }
        self.settle();
        Some(gap)
    }

    /// The oldest of too many gaps, which is given up.
    pub fn give_up(&mut self) -> Option<Gap> {
        (self.gaps.len() > MOST_GAPS).then(|| self.gaps.remove(0))
    }

    /// The range to be judged next for healing: from this offset up to before that one.
    pub fn wanted(&self) -> Option<(i64, i64)> {
        let gap = self.gaps.first().or(self.suspended.as_ref().map(|suspension| &suspension.gap));
        gap.filter(|_| self.heal).map(|gap| (gap.from, gap.to)).filter(|(from, to)| from < to)
    }

    /// The gap that is healed next.
    pub fn healing(&mut self) -> Option<&mut Gap> {
        self.gaps.first_mut().or(self.suspended.as_mut().map(|suspension| &mut suspension.gap)).filter(|_| self.heal)
    }

    /// Takes away the first closed gap where nothing is left of it.
    pub fn close_healed(&mut self) -> Option<Gap> {
        let gap = self.gaps.first().filter(|gap| gap.from >= gap.to)?.clone();
        self.gaps.remove(0);
        self.settle();
        Some(gap)
    }

    /// The first offset that healing may still ask for.
    pub fn held(&self) -> Option<i64> {
        let open = self.suspended.iter().map(|suspension| &suspension.gap);
        self.gaps.iter().chain(open).map(|gap| gap.from).min()
    }

    fn settle(&mut self) {
        self.heal &= !self.gaps.is_empty() || self.suspended.is_some();
    }

    /// Whether there is anything to be remembered.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    pub fn write(&self, out: &mut Writer) {
        out.varint(u64::from(self.strikes)).i64(self.calm.0).byte(u8::from(self.heal));
        out.varint(self.gaps.len() as u64);
        self.gaps.iter().for_each(|gap| gap.write(out));
        out.byte(u8::from(self.suspended.is_some()));
        if let Some(Suspension { gap, until, watermarks, told }) = &self.suspended {
            gap.write(out);
            out.i64(until.0).bytes(&watermarks.to_bytes()).i64(*told);
        }
    }

    /// # Errors
    /// The bytes are not what [`Standing::write`] writes.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let mut standing =
            Self { strikes: reader.varint_u32()?, calm: Time(reader.i64()?), heal: flag(reader)?, ..Self::default() };
        for _ in 0..reader.varint()? {
            standing.gaps.push(Gap::read(reader)?);
        }
        if flag(reader)? {
            let (gap, until) = (Gap::read(reader)?, Time(reader.i64()?));
            let watermarks = Watermarks::from_bytes(reader.bytes()?)?;
            standing.suspended = Some(Suspension { gap, until, watermarks, told: reader.i64()? });
        }
        Ok(standing)
    }
}

fn backoff(strikes: u32) -> i64 {
    FIRST_BACKOFF.saturating_mul(1 << strikes.min(16)).min(LONGEST_BACKOFF)
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, CodecError> {
    match reader.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(reader.invalid("a flag that is neither 0 nor 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{RawPartition, SourceId};

    fn at(time: i64) -> Watermarks {
        use crate::time::{Kind, Progress};
        let clock = RawPartition::default();
        let mut watermarks = Watermarks::new(&[clock], 1, 1);
        watermarks.heard(clock, Progress { time: Time(time), kind: Kind::Live });
        watermarks
    }

    #[test]
    fn each_failure_in_a_row_doubles_the_backoff_up_to_an_hour() {
        let mut standing = Standing::default();
        let mut time = 0;
        let mut waits = Vec::new();
        for _ in 0..9 {
            standing.suspend("trap".to_owned(), 7, &at(time), Time(0));
            let until = standing.suspended.as_ref().unwrap().until.0;
            waits.push((until - time) / Time::MINUTE);
            assert!(!standing.may_work(8, Time(until - 1)) && standing.may_work(8, Time(until)));
            time = until;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(standing.suspended.as_ref().unwrap().gap.name, 7, "its states are still those of the first failure");
    }

    #[test]
    fn strikes_are_forgotten_after_as_long_a_time_at_work() {
        let mut standing = Standing::default();
        standing.suspend("trap".to_owned(), 1, &at(0), Time(0));
        standing.miss(5, &Missed::default());
        standing.resume(Time(Time::MINUTE)).unwrap();
        standing.suspend("trap".to_owned(), 9, &at(2 * Time::MINUTE), Time(0));
        assert_eq!(standing.strikes, 2, "soon again");
        standing.miss(10, &Missed::default());
        standing.resume(Time(4 * Time::MINUTE)).unwrap();
        standing.suspend("trap".to_owned(), 19, &at(60 * Time::MINUTE), Time(0));
        assert_eq!(standing.strikes, 1);
        assert_eq!(standing.gaps.iter().map(|gap| (gap.from, gap.to)).collect::<Vec<_>>(), [(1, 5), (9, 10)]);
        assert_eq!(standing.held(), Some(1));
    }

    #[test]
    fn a_gap_is_told_at_first_and_whenever_it_has_doubled() {
        let mut standing = Standing::default();
        standing.suspend("trap".to_owned(), 100, &at(0), Time(0));
        let told: Vec<_> = (101..200).filter(|to| standing.miss(*to, &Missed::default())).collect();
        assert_eq!(told, [101, 102, 104, 108, 116, 132, 164]);
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut standing = Standing { heal: true, ..Standing::default() };
        standing.suspend("trap".to_owned(), 1, &at(5), Time(3));
        let mut missed = Missed { rows: 4, ..Missed::default() };
        missed.saw(RawPartition { source: SourceId(2), partition: 7 }, 99);
        standing.miss(5, &missed);
        standing.resume(Time(9));
        standing.suspend("out-of-time".to_owned(), 11, &at(15), Time(4));
        let mut out = Writer::default();
        standing.write(&mut out);
        let bytes = out.finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(Standing::read(&mut reader).unwrap(), standing);
        reader.end().unwrap();
    }
}
