//! A small binary form for what the shard writes to its changelog and frames: varints, fixed integers, prefixed bytes.
//!
//! Every reader checks every length: hostile or truncated bytes give an error with their position, never a panic, and
//! nothing is allocated on the word of a length that the input does not back.

/// Why bytes could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The bytes end before the value does.
    #[error("truncated at byte {at}: {wanted} is missing")]
    Truncated { at: usize, wanted: &'static str },
    /// A value that this version does not write.
    #[error("unreadable at byte {at}: {what}")]
    Invalid { at: usize, what: &'static str },
    /// Written by a newer version.
    #[error("format version {found} is newer than {known}, the newest that this version reads")]
    Version { found: u8, known: u8 },
}

/// Appends values to a buffer.
#[derive(Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

/// Takes values from the front of a slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    len: usize,
}

// === impl Writer ===

impl Writer {
    /// A writer that begins with the format's version.
    pub fn versioned(version: u8) -> Self {
        Self { out: vec![version] }
    }

    /// Room for so many more bytes, taken at once.
    pub fn room(&mut self, bytes: usize) -> &mut Self {
        self.out.reserve(bytes);
        self
    }

    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    pub fn byte(&mut self, byte: u8) -> &mut Self {
        self.out.push(byte);
        self
    }

    /// LEB128: seven bits a byte, the lowest first.
    pub fn varint(&mut self, mut value: u64) -> &mut Self {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.byte(value as u8)
    }

    /// Eight bytes, little endian.
    pub fn i64(&mut self, value: i64) -> &mut Self {
        self.raw(&value.to_le_bytes())
    }

    /// Bytes behind their length.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.varint(bytes.len() as u64).raw(bytes)
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Bytes as they are; the reader knows where they end.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    /// A flag, and the value where there is one.
    pub fn option(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.byte(1).i64(value),
            None => self.byte(0),
        }
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, len: bytes.len() }
    }

    /// A reader behind the version byte.
    ///
    /// # Errors
    /// No byte, 0, or a version newer than `known`.
    pub fn versioned(bytes: &'a [u8], known: u8) -> Result<Self, CodecError> {
        let mut reader = Self::new(bytes);
        match reader.byte()? {
            0 => Err(CodecError::Invalid { at: 0, what: "format version 0" }),
            found if found > known => Err(CodecError::Version { found, known }),
            _ => Ok(reader),
        }
    }

    /// Bytes read so far.
    pub fn at(&self) -> usize {
        self.len - self.rest.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The error of a value that was read but can't be.
    pub fn invalid(&self, what: &'static str) -> CodecError {
        CodecError::Invalid { at: self.at(), what }
    }

    fn take(&mut self, count: usize, wanted: &'static str) -> Result<&'a [u8], CodecError> {
        let Some((taken, rest)) = self.rest.split_at_checked(count) else {
            return Err(CodecError::Truncated { at: self.at(), wanted });
        };
        self.rest = rest;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, CodecError> {
        Ok(self.take(1, "a byte")?[0])
    }

    pub fn varint(&mut self) -> Result<u64, CodecError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return match shift {
                    63 if byte > 1 => Err(self.invalid("a number beyond 64 bits")),
                    _ => Ok(value),
                };
            }
        }
        Err(self.invalid("a number beyond 64 bits"))
    }

    pub fn varint_u32(&mut self) -> Result<u32, CodecError> {
        u32::try_from(self.varint()?).map_err(|_| self.invalid("a number beyond 32 bits"))
    }

    pub fn i64(&mut self) -> Result<i64, CodecError> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8, "an integer")?);
        Ok(i64::from_le_bytes(bytes))
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], CodecError> {
        let count = self.varint()?;
        let count = usize::try_from(count).map_err(|_| self.invalid("a length beyond memory"))?;
        self.take(count, "bytes of the announced length")
    }

    pub fn text(&mut self) -> Result<&'a str, CodecError> {
        let bytes = self.bytes()?;
        std::str::from_utf8(bytes).map_err(|_| self.invalid("a text that is not utf-8"))
    }

    pub fn option(&mut self) -> Result<Option<i64>, CodecError> {
        match self.byte()? {
            0 => Ok(None),
            1 => Ok(Some(self.i64()?)),
            _ => Err(self.invalid("a flag that is neither 0 nor 1")),
        }
    }

    /// All that is left.
    pub fn remainder(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// # Errors
    /// Something is left.
    pub fn end(self) -> Result<(), CodecError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.invalid("bytes behind the end")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(numbers: Vec<u64>, text: String, option: Option<i64>) {
            let mut writer = Writer::versioned(1);
            numbers.iter().for_each(|number| { writer.varint(*number); });
            writer.text(&text).option(option);
            let bytes = writer.finish();
            let mut reader = Reader::versioned(&bytes, 1).unwrap();
            for number in numbers {
                prop_assert_eq!(reader.varint().unwrap(), number);
            }
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.option().unwrap(), option);
            reader.end().unwrap();
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes: Vec<u8>) {
            let mut reader = Reader::new(&bytes);
            while !reader.is_empty() && reader.bytes().is_ok() {}
            let _ = (reader.varint(), reader.option(), reader.text(), reader.i64());
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let error = Reader::versioned(&[9], 1).unwrap_err();
        assert_eq!(error.to_string(), "format version 9 is newer than 1, the newest that this version reads");
    }

    #[test]
    fn a_length_that_the_input_does_not_back_is_truncation() {
        let error = Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f, 1]).bytes().unwrap_err();
        assert_eq!(error, CodecError::Truncated { at: 5, wanted: "bytes of the announced length" });
    }
}
