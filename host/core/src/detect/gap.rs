//! A range of frames that a detector did not see, and what would have been in it.

use std::collections::BTreeMap;

use crate::bytes::{CodecError, Reader, Writer};
use crate::model::{RawPartition, SourceId, Time};

/// Raw partitions that a gap tells apart.
const MOST_RAW: usize = 256;

/// A range of the exchange partition that a detector did not see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// The offset that it began at: what it is known by.
    pub name: i64,
    /// What is left of it: from this offset
    pub from: i64,
    /// up to before this one.
    pub to: i64,
    /// The owner's clock when it began.
    pub since: Time,
    pub missed: Missed,
    pub reason: String,
}

/// Rows that a detector was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    pub rows: u64,
    /// The raw records that they rest on: first and last offset of each partition.
    pub raw: BTreeMap<RawPartition, (i64, i64)>,
}

// === impl Missed ===

impl Missed {
    pub fn saw(&mut self, from: RawPartition, offset: i64) {
        if let Some((first, last)) = self.raw.get_mut(&from) {
            (*first, *last) = ((*first).min(offset), (*last).max(offset));
        } else if self.raw.len() < MOST_RAW {
            self.raw.insert(from, (offset, offset));
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        for (from, (first, last)) in &other.raw {
            self.saw(*from, *first);
            self.saw(*from, *last);
        }
    }
}

// === impl Gap ===

impl Gap {
    pub(super) fn write(&self, out: &mut Writer) {
        out.i64(self.name).i64(self.from).i64(self.to).i64(self.since.0).text(&self.reason);
        out.varint(self.missed.rows).varint(self.missed.raw.len() as u64);
        for (from, (first, last)) in &self.missed.raw {
            out.varint(u64::from(from.source.0)).varint(u64::from(from.partition.unsigned_abs()));
            out.i64(*first).i64(*last);
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let mut gap = Self {
            name: reader.i64()?,
            from: reader.i64()?,
            to: reader.i64()?,
            since: Time(reader.i64()?),
            reason: reader.text()?.to_owned(),
            missed: Missed { rows: reader.varint()?, ..Missed::default() },
        };
        for _ in 0..reader.varint()? {
            let source = SourceId(reader.varint_u32()?);
            let partition = reader.varint_u32()?;
            let partition = i32::try_from(partition).map_err(|_| reader.invalid("a partition beyond 31 bits"))?;
            gap.missed.raw.insert(RawPartition { source, partition }, (reader.i64()?, reader.i64()?));
        }
        Ok(gap)
    }
}
