//! What a record of the changelog says, as far as two runs must agree on it.
//!
//! A detector's own bytes are compared by what they lead to, the alerts: the same memory may be written in many ways, since
//! the order of events from several partitions is anybody's, and what has expired may be dropped whenever. One detector of
//! the tests counts the rows of each key, for ever: there one row more or less shows.

use sekisho_core::bytes::{CodecError, Reader};
use sekisho_core::publish::Memory;

/// The name of the detector that counts rows (the guest zoo on its good behaviour).
pub const COUNTER: &str = "rows";

/// A record of the changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The state of a key.
    State {
        /// Of the detector's state.
        version: u32,
        /// Time of the latest row that touched it.
        touched: i64,
    },
    /// A state of the counter.
    Counted {
        /// Rows by its own count.
        rows: u64,
        /// Rows by the host's.
        touches: u64,
        /// Time of the latest.
        touched: i64,
    },
    /// The memory of an alert that is open; it numbers revisions, so that it is there counts.
    OpenAlert,
    /// The memory of an alert that is not: how often a judgement was taken back is a matter of order.
    PastAlert,
    /// Every byte counts.
    Whole(Vec<u8>),
}

/// Reads the key and value of a changelog record.
pub fn read(key: &[u8], value: &[u8]) -> Entry {
    let entry = match key.split_first() {
        Some((b'a', _)) => alert(value),
        Some((b's', place)) => state(value, Reader::new(place).text() == Ok(COUNTER)),
        _ => Ok(Entry::Whole(value.to_vec())),
    };
    entry.unwrap_or_else(|_| Entry::Whole(value.to_vec()))
}

/// The uid of an alert and its last revision, where this is what a shard remembers of one.
///
/// # Errors
/// It is the memory of an alert, and can't be read.
pub fn revision(key: &[u8], value: &[u8]) -> Result<Option<(String, u64)>, CodecError> {
    let Some((b'a', uid)) = key.split_first() else { return Ok(None) };
    let mut reader = Reader::versioned(value, 1)?;
    let (_detector, _space, _key, _open) = (reader.text()?, reader.text()?, reader.bytes()?, reader.byte()?);
    let (_release, _expires) = (reader.option()?, reader.option()?);
    let memory = Memory::from_bytes(reader.remainder())?;
    Ok(Some((String::from_utf8_lossy(uid).into_owned(), u64::from(memory.revision))))
}

fn state(value: &[u8], of_counter: bool) -> Result<Entry, CodecError> {
    let mut reader = Reader::versioned(value, 1)?;
    let (version, touched) = (reader.varint_u32()?, reader.i64()?);
    if !of_counter {
        return Ok(Entry::State { version, touched });
    }
    let (touches, _failures, _expires, _wake) = (reader.varint()?, reader.byte()?, reader.option()?, reader.option()?);
    Ok(Entry::Counted { rows: reader.i64()?.cast_unsigned(), touches, touched })
}

fn alert(value: &[u8]) -> Result<Entry, CodecError> {
    let mut reader = Reader::versioned(value, 1)?;
    let (detector, _space, _key, open) = (reader.text()?, reader.text()?, reader.bytes()?, reader.byte()?);
    // No law holds for the counter's alerts: they tell how many rows a call happened to bring.
    Ok(if open == 1 && detector != COUNTER { Entry::OpenAlert } else { Entry::PastAlert })
}

#[cfg(test)]
mod tests {
    use sekisho_core::bytes::Writer;

    use super::*;

    fn key(detector: &str) -> Vec<u8> {
        let mut out = Writer::default();
        out.byte(b's').text(detector).text("user").raw(b"alice\0\x01");
        out.finish()
    }

    fn written(touches: u64, bytes: &[u8]) -> Vec<u8> {
        let mut out = Writer::versioned(1);
        out.varint(3).i64(1_700).varint(touches).byte(0).option(Some(5)).option(None).raw(bytes);
        out.finish()
    }

    #[test]
    fn rows_of_the_counter_are_counted_and_of_others_what_the_host_keeps_is_read() {
        let (counter, other) = (key(COUNTER), key("lateral-movement"));
        let [one, two] = [written(2, &2u64.to_le_bytes()), written(3, &3u64.to_le_bytes())];
        assert_eq!(read(&other, &one), Entry::State { version: 3, touched: 1_700 });
        assert_eq!(read(&other, &one), read(&other, &two));
        assert_eq!(read(&counter, &one), Entry::Counted { rows: 2, touches: 2, touched: 1_700 });
        assert_ne!(read(&counter, &one), read(&counter, &two));
        assert_eq!(read(&other, &[9, 9]), Entry::Whole(vec![9, 9]));
    }
}
