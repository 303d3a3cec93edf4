//! One record after another out of one file.

use std::io::{self, BufRead};

/// A record's text is cut at so many bytes, whatever the file holds.
pub const MAX_RECORD_BYTES: usize = 16 << 20;

/// Gives the records of one file, in the file's order.
pub trait Reader {
    /// Puts the next record into `into` (which it clears first) and tells its line, counted from 1. None: the end.
    ///
    /// # Errors
    /// A fault of one record, after which the next one can be read; or the end of what can be read.
    fn next(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError>;
}

/// Why a record, or the rest of a file, can't be had.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// This record alone.
    #[error("record {line}: {message}")]
    Record { line: u64, message: String },
    /// Everything from here on.
    #[error("{0}")]
    Rest(#[from] io::Error),
}

/// Lines with their numbers, without their ends; a line longer than [`MAX_RECORD_BYTES`] is cut.
pub struct Text<R> {
    input: R,
    line: u64,
    max: usize,
}

// === impl Text ===

impl<R: BufRead> Text<R> {
    pub fn new(input: R) -> Self {
        Self { input, line: 0, max: MAX_RECORD_BYTES }
    }

    /// Appends the next line to `into`, whose number it tells. None: the end.
    pub fn append(&mut self, into: &mut Vec<u8>) -> io::Result<Option<u64>> {
        let mut read_any = false;
        loop {
            let available = match self.input.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if available.is_empty() {
                break;
            }
            read_any = true;
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            let room = self.max.saturating_sub(into.len());
            into.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !read_any {
            return Ok(None);
        }
        if into.last() == Some(&b'\r') {
            into.pop();
        }
        self.line += 1;
        Ok(Some(self.line))
    }
}

impl<R: BufRead> Reader for Text<R> {
    /// One line is one record; empty lines are none.
    fn next(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        loop {
            into.clear();
            match self.append(into)? {
                Some(_) if into.trim_ascii().is_empty() => {}
                line => return Ok(line),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers_though_empty_ones_are_no_records() {
        let mut text = Text::new(&b"one\r\n\n  \nfour\nfive"[..]);
        let mut record = Vec::new();
        let mut all = Vec::new();
        while let Some(line) = text.next(&mut record).unwrap() {
            all.push((line, String::from_utf8(record.clone()).unwrap()));
        }
        assert_eq!(all, [(1, "one".to_owned()), (4, "four".to_owned()), (5, "five".to_owned())]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_whole() {
        let input = [&b"x".repeat(100)[..], b"\nnext\n"].concat();
        let mut text = Text { input: io::BufReader::with_capacity(7, &input[..]), line: 0, max: 10 };
        let mut record = Vec::new();
        assert_eq!(text.next(&mut record).unwrap(), Some(1));
        assert_eq!(record, b"x".repeat(10));
        assert_eq!(text.next(&mut record).unwrap(), Some(2));
        assert_eq!(record, b"next");
    }
}
