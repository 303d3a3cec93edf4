//! A shard's watermarks: how far everything that its key spaces read has come.
//!
//! Stratum 0 reads raw events: its watermark is the least over the clocks that the plan expects. A stratum above reads
//! what the strata below send from *all* shards: its watermark is the least of what the shards told of the one below.

use std::collections::BTreeMap;

use super::progress::{Kind, Progress, read_partition, read_progress, write_partition, write_progress};
use crate::bytes::{CodecError, Reader, Writer};
use crate::model::{RawPartition, ShardId, Time};

const VERSION: u8 = 1;

/// The table behind a shard's watermarks; part of its `meta` record.
///
/// Watermarks never go back, whatever is told. Between partitions the order of what is told does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watermarks {
    /// The expected clocks; none: not heard of yet, which holds everything back.
    clocks: BTreeMap<RawPartition, Option<Progress>>,
    raw: Time,
    /// For each stratum, the last one excepted, how far each shard has told to be.
    told: Vec<Vec<Time>>,
}

// === impl Watermarks ===

impl Watermarks {
    /// Nothing was heard yet. `strata` counts the raw one: 1 where no detector reads another's signals.
    pub fn new(clocks: &[RawPartition], shards: u32, strata: u8) -> Self {
        let mut watermarks = Self { raw: Time::MIN, ..Self::default() };
        watermarks.expect(clocks, shards, strata);
        watermarks
    }

    /// Takes up what another plan expects. What is known of clocks that stay is kept, and no watermark goes back.
    pub fn expect(&mut self, clocks: &[RawPartition], shards: u32, strata: u8) {
        let known = std::mem::take(&mut self.clocks);
        self.clocks = clocks.iter().map(|clock| (*clock, known.get(clock).copied().flatten())).collect();
        self.told.resize(usize::from(strata.max(1)) - 1, Vec::new());
        self.told.iter_mut().for_each(|shards_of| shards_of.resize(shards as usize, Time::MIN));
        self.advance();
    }

    /// A raw partition has told its progress. A clock that the plan does not expect changes nothing.
    pub fn heard(&mut self, from: RawPartition, progress: Progress) {
        let Some(entry) = self.clocks.get_mut(&from) else { return };
        let time = entry.map_or(progress.time, |known| known.time.max(progress.time));
        *entry = Some(Progress { time, kind: progress.kind });
        self.advance();
    }

    /// A shard has told how far a stratum of it has come, behind everything that the stratum sent up to there.
    pub fn heard_stratum(&mut self, from: ShardId, stratum: u8, time: Time) {
        let told = self.told.get_mut(usize::from(stratum)).and_then(|shards| shards.get_mut(from.0 as usize));
        if let Some(told) = told {
            *told = time.max(*told);
        }
    }

    /// The watermark of a stratum; [`Time::MIN`]: not known yet.
    pub fn at(&self, stratum: u8) -> Time {
        match usize::from(stratum).checked_sub(1) {
            None => self.raw,
            Some(below) => self.told.get(below).and_then(|told| told.iter().min()).copied().unwrap_or(self.raw),
        }
    }

    /// How far each expected clock has come, in their order: for operators and metrics.
    pub fn clocks(&self) -> impl Iterator<Item = (RawPartition, Option<Progress>)> {
        self.clocks.iter().map(|(from, progress)| (*from, *progress))
    }

    /// The clocks that hold the raw watermark where it is: the unheard ones, else the least.
    pub fn held_by(&self) -> Vec<RawPartition> {
        let waited = || self.clocks.iter().filter(|(_, p)| p.is_none_or(|p| p.kind != Kind::Gone));
        let Some(least) = waited().map(|(_, progress)| progress.map_or(Time::MIN, |p| p.time)).min() else {
            return Vec::new();
        };
        let holds = |progress: &Option<Progress>| progress.map_or(Time::MIN, |p| p.time) == least;
        waited().filter(|(_, progress)| holds(progress)).map(|(from, _)| *from).collect()
    }

    fn advance(&mut self) {
        let waited = self.clocks.values().filter(|progress| progress.is_none_or(|p| p.kind != Kind::Gone));
        // With every clock gone nothing can be said: it stays where it is.
        if let Some(least) = waited.map(|progress| progress.map_or(Time::MIN, |p| p.time)).min() {
            self.raw = self.raw.max(least);
        }
    }

    /// As it stands in a `meta` record.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::versioned(VERSION);
        out.i64(self.raw.0).varint(self.clocks.len() as u64);
        for (from, progress) in &self.clocks {
            write_partition(*from, &mut out);
            out.byte(u8::from(progress.is_some()));
            if let Some(progress) = progress {
                write_progress(*progress, &mut out);
            }
        }
        out.varint(self.told.len() as u64);
        for shards in &self.told {
            out.varint(shards.len() as u64);
            shards.iter().for_each(|time| {
                out.i64(time.0);
            });
        }
        out.finish()
    }

    /// # Errors
    /// The bytes are not what [`Watermarks::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::versioned(bytes, VERSION)?;
        let mut watermarks = Self { raw: Time(reader.i64()?), ..Self::default() };
        for _ in 0..reader.varint()? {
            let from = read_partition(&mut reader)?;
            let progress = match reader.byte()? {
                0 => None,
                1 => Some(read_progress(&mut reader)?),
                _ => return Err(reader.invalid("a flag that is neither 0 nor 1")),
            };
            watermarks.clocks.insert(from, progress);
        }
        for _ in 0..reader.varint()? {
            let mut shards = Vec::new();
            for _ in 0..reader.varint()? {
                shards.push(Time(reader.i64()?));
            }
            watermarks.told.push(shards);
            if watermarks.told.len() > usize::from(u8::MAX) {
                return Err(reader.invalid("more strata than a plan can have"));
            }
        }
        reader.end()?;
        Ok(watermarks)
    }
}
