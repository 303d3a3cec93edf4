//! What a record of the changelog says, as far as two runs must agree on it.
//!
//! A detector's own bytes are compared by what they lead to, the alerts: the same memory may be written in many ways, since
//! the order of events from several partitions is anybody's, and what has expired may be dropped whenever. What the host
//! keeps beside them says more of exactly-once: how many rows touched the key, and when the last.

use sekisho_core::bytes::{CodecError, Reader};

/// A record of the changelog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The state of a key.
    State {
        /// Of the detector's state.
        version: u32,
        /// Time of the latest row that touched it.
        touched: i64,
        /// How many rows touched it: one that was lost or judged twice shows here.
        touches: u64,
        /// Failed calls in a row.
        failures: u8,
    },
    /// The memory of an alert, which numbers revisions: that it is there counts.
    Alert,
    /// Anything else counts as it is.
    Other(Vec<u8>),
}

/// Reads the value of a changelog record.
pub fn read(key: &[u8], value: &[u8]) -> Entry {
    let other = || Entry::Other(value.to_vec());
    match key.first() {
        Some(b'a') => Entry::Alert,
        Some(b's') => state(value).unwrap_or_else(|_| other()),
        _ => other(),
    }
}

fn state(value: &[u8]) -> Result<Entry, CodecError> {
    let mut reader = Reader::versioned(value, 1)?;
    let version = reader.varint_u32()?;
    let (touched, touches, failures) = (reader.i64()?, reader.varint()?, reader.byte()?);
    Ok(Entry::State { version, touched, touches, failures })
}

#[cfg(test)]
mod tests {
    use sekisho_core::bytes::Writer;

    use super::*;

    fn written(touches: u64, bytes: &[u8]) -> Vec<u8> {
        let mut out = Writer::versioned(1);
        out.varint(3).i64(1_700).varint(touches).byte(0).option(Some(5)).option(None).raw(bytes);
        out.finish()
    }

    #[test]
    fn a_row_more_or_less_shows_and_other_bytes_of_the_detector_do_not() {
        assert_eq!(read(b"s", &written(2, b"a, b")), read(b"s", &written(2, b"b, a")));
        assert_ne!(read(b"s", &written(2, b"a, b")), read(b"s", &written(3, b"a, b")));
        assert_eq!(read(b"s", &[9, 9]), Entry::Other(vec![9, 9]));
    }
}
