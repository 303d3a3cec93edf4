//! How far a raw partition has come, as its owner tells it.
//!
//! Only the owner knows: it reads the partition, so it alone can tell "nothing came" from "I have not looked". What it
//! tells travels as data in the frames, behind the rows that it is about, so every shard draws the same conclusions.

use crate::bytes::{CodecError, Reader, Writer};
use crate::model::{RawPartition, SourceId, Time};

/// A time that lies further past its arrival than this says nothing about progress: clocks of hosts drift by seconds to
/// a few minutes (Kerberos tolerates five), what is beyond is a broken clock or a broken parser.
pub const AHEAD_OF_ARRIVAL: i64 = 5 * Time::MINUTE;

/// Without rows an owner tells its progress at most this often.
pub const QUIET_CADENCE: i64 = Time::SECOND;

/// After so long without a telling an owner was away: stopped, or cut off from the brokers. It looks for this once more
/// before it takes the silence for silence.
pub const AWAY: i64 = 3 * Time::SECOND;

/// How far one raw partition has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The greatest event time seen; of an idle partition, that and the time since.
    pub time: Time,
    pub kind: Kind,
}

/// Why a partition is where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows are coming.
    Live,
    /// Read to its end, and nothing came since.
    Idle,
    /// It is no more: nobody waits for it.
    Gone,
}

/// An entry of a frame: which partition has come how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProgressEntry {
    pub from: RawPartition,
    pub progress: Progress,
}

/// What the owner of one raw partition knows of its progress. What it tells never goes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartitionClock {
    /// Greatest event time that counts.
    seen: Option<Time>,
    /// A row came since the last telling.
    fresh: bool,
    /// The owner's clock when the last row was told of.
    quiet_since: Option<Time>,
    told: Option<Time>,
    /// The owner's clock at the last telling.
    told_at: Option<Time>,
}

// === impl Progress ===

impl Progress {
    /// Nothing more will ever come: the end of a replay.
    pub const END: Self = Self { time: Time::MAX, kind: Kind::Live };
}

/// Whether a row's time counts for progress.
pub fn counts(time: Time, arrival: Time) -> bool {
    time <= arrival.plus(AHEAD_OF_ARRIVAL)
}

// === impl PartitionClock ===

impl PartitionClock {
    /// A row of this event time was read, in a record that arrived no later than `arrival`. False: the time is absurdly
    /// ahead and is ignored.
    pub fn saw(&mut self, time: Time, arrival: Time) -> bool {
        let counts = counts(time, arrival);
        if counts {
            self.seen = self.seen.max(Some(time));
            self.fresh = true;
        }
        counts
    }

    /// The greatest event time that was read, as far as it counts.
    pub fn seen(&self) -> Option<Time> {
        self.seen
    }

    /// What to tell at the end of an interval, if anything. `now` is the owner's clock; `at_end` that the partition was
    /// read to its end, so that silence means silence.
    ///
    /// A partition that never showed a row to this owner and is at its end is idle as of now: what it will hold has not
    /// happened yet.
    pub fn tell(&mut self, now: Time, at_end: bool) -> Option<Progress> {
        let (time, kind) = match self.seen {
            Some(seen) if self.fresh => {
                self.quiet_since = Some(now);
                (seen, Kind::Live)
            }
            _ if !at_end || self.told_at.is_some_and(|at| now < at.plus(QUIET_CADENCE)) => return None,
            _ if self.told_at.is_some_and(|at| now > at.plus(AWAY)) => {
                self.told_at = Some(now);
                return None;
            }
            Some(seen) => {
                let quiet = now.0.saturating_sub(self.quiet_since.get_or_insert(now).0).max(0);
                (seen.plus(quiet), Kind::Idle)
            }
            None => (now, Kind::Idle),
        };
        let time = self.told.map_or(time, |told| told.max(time));
        self.fresh = false;
        self.told = Some(time);
        self.told_at = Some(now);
        Some(Progress { time, kind })
    }

    /// What the next owner must know, as text: it travels with the group's offset of the partition.
    pub fn remembered(&self) -> Option<String> {
        self.told.map(|told| told.0.to_string())
    }

    /// The clock of an owner that follows on one that remembered this. Silence goes on from where it was told to be, and
    /// the time between the two owners does not count: nobody was looking.
    pub fn resumed(remembered: &str) -> Self {
        let told = remembered.parse().ok().map(Time);
        Self { seen: told, told, ..Self::default() }
    }

    /// What to tell of a partition that is no more.
    pub fn gone(&self) -> Progress {
        Progress { time: self.told.unwrap_or(Time::MIN), kind: Kind::Gone }
    }
}

// === impl ProgressEntry ===

impl ProgressEntry {
    /// Source and partition as varints, kind as a byte, time in eight bytes.
    pub fn write(&self, out: &mut Writer) {
        let Self { from, progress } = self;
        write_partition(*from, out);
        write_progress(*progress, out);
    }

    /// # Errors
    /// The bytes hold no entry.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self { from: read_partition(reader)?, progress: read_progress(reader)? })
    }
}

pub(super) fn write_partition(from: RawPartition, out: &mut Writer) {
    out.varint(u64::from(from.source.0)).varint(u64::from(from.partition.unsigned_abs()));
}

pub(super) fn read_partition(reader: &mut Reader<'_>) -> Result<RawPartition, CodecError> {
    let source = SourceId(reader.varint_u32()?);
    let partition = reader.varint_u32()?;
    let partition = i32::try_from(partition).map_err(|_| reader.invalid("a partition beyond 31 bits"))?;
    Ok(RawPartition { source, partition })
}

pub(super) fn write_progress(progress: Progress, out: &mut Writer) {
    let kind = match progress.kind {
        Kind::Live => 0,
        Kind::Idle => 1,
        Kind::Gone => 2,
    };
    out.byte(kind).i64(progress.time.0);
}

pub(super) fn read_progress(reader: &mut Reader<'_>) -> Result<Progress, CodecError> {
    let kind = match reader.byte()? {
        0 => Kind::Live,
        1 => Kind::Idle,
        2 => Kind::Gone,
        _ => return Err(reader.invalid("a kind of progress that this version does not know")),
    };
    Ok(Progress { kind, time: Time(reader.i64()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_700_000_000 * Time::SECOND);

    #[test]
    fn a_row_from_the_year_2600_has_no_effect() {
        let mut clock = PartitionClock::default();
        assert!(clock.saw(NOW, NOW));
        assert!(!clock.saw(Time::MAX, NOW));
        assert!(!clock.saw(NOW.plus(AHEAD_OF_ARRIVAL + 1), NOW));
        assert_eq!(clock.tell(NOW, false), Some(Progress { time: NOW, kind: Kind::Live }));
    }

    #[test]
    fn an_idle_partition_goes_on_with_the_time_spent_idle() {
        let mut clock = PartitionClock::default();
        let event = NOW.minus(3600 * Time::SECOND);
        clock.saw(event, NOW);
        clock.tell(NOW, true);
        assert_eq!(clock.tell(NOW.plus(Time::SECOND - 1), true), None, "at most once a second");
        for second in 1..=10 {
            let idle = clock.tell(NOW.plus(second * Time::SECOND), true);
            assert_eq!(idle, Some(Progress { time: event.plus(second * Time::SECOND), kind: Kind::Idle }));
        }
    }

    #[test]
    fn silence_before_the_end_of_the_partition_is_not_idleness() {
        let mut clock = PartitionClock::default();
        assert_eq!(clock.tell(NOW, false), None);
        clock.saw(NOW, NOW);
        clock.tell(NOW, false);
        assert_eq!(clock.tell(NOW.plus(60 * Time::SECOND), false), None);
    }

    #[test]
    fn a_partition_that_never_held_a_row_is_idle_as_of_now() {
        let mut clock = PartitionClock::default();
        assert_eq!(clock.tell(NOW, true), Some(Progress { time: NOW, kind: Kind::Idle }));
    }

    #[test]
    fn an_owner_that_was_away_looks_again_before_it_calls_a_partition_idle() {
        let mut clock = PartitionClock::default();
        clock.saw(NOW, NOW);
        clock.tell(NOW, true);
        let back = NOW.plus(60 * Time::SECOND);
        assert_eq!(clock.tell(back, true), None, "what came meanwhile may not have been read yet");
        let idle = clock.tell(back.plus(Time::SECOND), true).map(|progress| progress.time);
        assert_eq!(idle, Some(NOW.plus(61 * Time::SECOND)));
    }

    #[test]
    fn a_new_owner_goes_on_from_where_the_last_one_was() {
        let event = NOW.minus(3600 * Time::SECOND);
        let mut clock = PartitionClock::default();
        clock.saw(event, NOW);
        clock.tell(NOW, true);
        clock.tell(NOW.plus(2 * Time::SECOND), true);
        let told = event.plus(2 * Time::SECOND);

        // Not as of now: what the partition will hold may be as old as what it held.
        let mut next = PartitionClock::resumed(&clock.remembered().unwrap());
        let later = NOW.plus(30 * Time::SECOND);
        assert_eq!(next.tell(later, true), Some(Progress { time: told, kind: Kind::Idle }));
        let idle = next.tell(later.plus(Time::SECOND), true).map(|progress| progress.time);
        assert_eq!(idle, Some(told.plus(Time::SECOND)));
        assert_eq!(PartitionClock::resumed("?"), PartitionClock::default());
    }

    #[test]
    fn what_is_told_never_goes_back() {
        let mut clock = PartitionClock::default();
        clock.saw(NOW, NOW);
        clock.tell(NOW, true);
        let idle = clock.tell(NOW.plus(2 * Time::SECOND), true).map(|progress| progress.time);
        clock.saw(NOW.plus(Time::SECOND), NOW.plus(3 * Time::SECOND));
        let live = clock.tell(NOW.plus(3 * Time::SECOND), true).map(|progress| progress.time);
        assert_eq!(live, idle);
    }
}
