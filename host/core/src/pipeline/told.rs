//! What a frame tells of time, behind its rows.

use crate::bytes::{CodecError, Reader, Writer};
use crate::model::{ShardId, Time};
use crate::time::{ProgressEntry, Watermarks};

/// The entries of one frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// How far raw partitions have come, by their owners.
    pub raw: Vec<ProgressEntry>,
    /// How far the strata of shards have come, by their owners.
    pub strata: Vec<(ShardId, u8, Time)>,
    /// When the oldest record was logged that the frame's rows came of; [`Time::MAX`]: not known. It is measured by,
    /// never judged by.
    pub oldest: Time,
}

const VERSION: u8 = 2;

// === impl Told ===

impl Default for Told {
    fn default() -> Self {
        Self { raw: Vec::new(), strata: Vec::new(), oldest: Time::MAX }
    }
}

impl Told {
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty() && self.strata.is_empty()
    }

    /// Brings watermarks forward by what is told.
    pub fn hear(&self, watermarks: &mut Watermarks) {
        self.raw.iter().for_each(|entry| watermarks.heard(entry.from, entry.progress));
        self.strata.iter().for_each(|(from, stratum, time)| watermarks.heard_stratum(*from, *stratum, *time));
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::versioned(VERSION);
        out.varint(self.raw.len() as u64);
        for entry in &self.raw {
            entry.write(&mut out);
        }
        out.varint(self.strata.len() as u64);
        for (shard, stratum, time) in &self.strata {
            out.varint(u64::from(shard.0)).byte(*stratum).i64(time.0);
        }
        out.i64(self.oldest.0);
        out.finish()
    }

    /// # Errors
    /// The bytes are not what [`Told::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::versioned(bytes, VERSION)?;
        let mut told = Self::default();
        for _ in 0..reader.varint()? {
            told.raw.push(ProgressEntry::read(&mut reader)?);
        }
        for _ in 0..reader.varint()? {
            told.strata.push((ShardId(reader.varint_u32()?), reader.byte()?, Time(reader.i64()?)));
        }
        // Version 1 ended here.
        if !reader.is_empty() {
            told.oldest = Time(reader.i64()?);
        }
        reader.end()?;
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_version_1_wrote_is_read_without_the_age_that_it_did_not_know() {
        let told = Told { strata: vec![(ShardId(3), 1, Time(9))], oldest: Time(5), ..Told::default() };
        let bytes = told.to_bytes();
        assert_eq!(Told::from_bytes(&bytes), Ok(told.clone()));
        let mut first = bytes[..bytes.len() - 8].to_vec();
        first[0] = 1;
        assert_eq!(Told::from_bytes(&first), Ok(Told { oldest: Time::MAX, ..told }));
    }
}
