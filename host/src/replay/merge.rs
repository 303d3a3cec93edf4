//! Many files, one stream in the order of time.
//!
//! A file's records keep their order. Its next record stands at the latest time that the file has shown so far, so that
//! a record without time, or one that is late, goes where its neighbours go. Of equal times the file that was named
//! first comes first. Only the next record of each file is held, and a file is open only while its turn may come.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;

use sekisho_core::model::Time;

use super::open::{Limits, open};
use super::record::{ReadError, Reader};

/// Tells the time of a record, where it has one.
pub type TimeOf<'a> = dyn FnMut(usize, u64, &[u8]) -> Option<Time> + 'a;

/// A record, or a fault that is told once.
#[derive(Debug)]
pub enum Taken<'a> {
    Record {
        file: usize,
        line: u64,
        value: &'a [u8],
    },
    /// A record that can't be read; the rest of its file can.
    Fault {
        file: usize,
        line: u64,
        message: String,
    },
    /// A file that can't be read any further, or not at all.
    Broken {
        file: usize,
        message: String,
    },
}

/// The records of many files by time.
pub struct Merge {
    files: Vec<Source>,
    order: BinaryHeap<Reverse<(Time, usize)>>,
    limits: Limits,
    /// What was last given, whose buffer is read into again.
    given: Option<usize>,
}

struct Source {
    path: PathBuf,
    state: State,
    /// The latest time that it has shown.
    time: Time,
}

enum State {
    /// Its first record's time is known, or not wanted; it is opened when its turn comes.
    Closed,
    Open {
        reader: Box<dyn Reader>,
        next: Next,
    },
    Done,
}

struct Next {
    value: Vec<u8>,
    /// Of the record in `value`; else a fault to be told.
    line: Result<u64, ReadError>,
}

// === impl Merge ===

impl Merge {
    /// A stream of these files. Each is opened for its first time; with a single file nothing has to be compared.
    pub fn new(paths: &[PathBuf], limits: Limits, time_of: &mut TimeOf<'_>) -> Self {
        let mut merge = Self { files: Vec::new(), order: BinaryHeap::new(), limits, given: None };
        for (at, path) in paths.iter().enumerate() {
            let mut source = Source { path: path.clone(), state: State::Closed, time: Time::MIN };
            if paths.len() > 1 {
                source.open(at, limits, time_of);
                // Standard input can't be opened twice; everything else waits closed for its turn.
                if path.as_os_str() != super::STDIN && !source.is_broken() {
                    source.state = State::Closed;
                }
            }
            merge.order.push(Reverse((source.time, at)));
            merge.files.push(source);
        }
        merge
    }

    /// The next record.
    pub fn next(&mut self, time_of: &mut TimeOf<'_>) -> Option<Taken<'_>> {
        if let Some(at) = self.given.take() {
            let source = &mut self.files[at];
            source.advance(at, time_of);
            if !matches!(source.state, State::Done) {
                self.order.push(Reverse((source.time, at)));
            }
        }
        loop {
            let Reverse((_, at)) = self.order.pop()?;
            let source = &mut self.files[at];
            if matches!(source.state, State::Closed) {
                source.open(at, self.limits, time_of);
            }
            if !matches!(source.state, State::Done) {
                self.given = Some(at);
                return self.files[at].give(at);
            }
        }
    }

    /// Where the stream stands: the time of what was last given. None before the first, or where it shows no time.
    pub fn time(&self) -> Option<Time> {
        self.given.map(|at| self.files[at].time).filter(|time| *time > Time::MIN)
    }
}

// === impl Source ===

impl Source {
    fn open(&mut self, at: usize, limits: Limits, time_of: &mut TimeOf<'_>) {
        self.state = match open(&self.path, limits) {
            Ok(reader) => State::Open { reader, next: Next { value: Vec::new(), line: Ok(0) } },
            Err(error) => {
                State::Open { reader: Box::new(Nothing), next: Next { value: Vec::new(), line: Err(error.into()) } }
            }
        };
        if !self.is_broken() {
            self.advance(at, time_of);
        }
    }

    fn is_broken(&self) -> bool {
        matches!(&self.state, State::Open { next: Next { line: Err(ReadError::Rest(_)), .. }, .. })
    }

    fn advance(&mut self, at: usize, time_of: &mut TimeOf<'_>) {
        if self.is_broken() {
            self.state = State::Done;
        }
        let State::Open { reader, next } = &mut self.state else { return };
        match reader.next(&mut next.value) {
            Ok(None) => self.state = State::Done,
            Ok(Some(line)) => {
                next.line = Ok(line);
                if let Some(time) = time_of(at, line, &next.value) {
                    self.time = self.time.max(time);
                }
            }
            Err(error) => next.line = Err(error),
        }
    }

    fn give(&self, file: usize) -> Option<Taken<'_>> {
        let State::Open { next, .. } = &self.state else { return None };
        Some(match &next.line {
            Ok(line) => Taken::Record { file, line: *line, value: &next.value },
            Err(ReadError::Record { line, message }) => Taken::Fault { file, line: *line, message: message.clone() },
            Err(ReadError::Rest(error)) => Taken::Broken { file, message: error.to_string() },
        })
    }
}

/// Has no records.
struct Nothing;

impl Reader for Nothing {
    fn next(&mut self, _: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The time is the number that a line begins with.
    fn time_of(_: usize, _: u64, value: &[u8]) -> Option<Time> {
        let text = std::str::from_utf8(value).ok()?;
        text.split(' ').next()?.parse().ok().map(Time)
    }

    fn merged(files: &[&str]) -> Vec<(usize, u64, String)> {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<_> = (0..files.len()).map(|at| folder.path().join(at.to_string())).collect();
        for (path, text) in paths.iter().zip(files) {
            fs::write(path, text).unwrap();
        }
        let mut merge = Merge::new(&paths, Limits::default(), &mut time_of);
        let mut all = Vec::new();
        assert_eq!(merge.time(), None);
        while let Some(taken) = merge.next(&mut time_of) {
            let Taken::Record { file, line, value } = taken else { panic!("{taken:?}") };
            all.push((file, line, String::from_utf8(value.to_vec()).unwrap()));
            assert!(merge.time().is_some());
        }
        all
    }

    fn lines(all: &[(usize, u64, String)]) -> Vec<&str> {
        all.iter().map(|(_, _, text)| text.as_str()).collect()
    }

    #[test]
    fn records_come_by_time_and_equal_times_by_file() {
        let all = merged(&["1 a\n3 a\n5 a\n", "2 b\n3 b\n", "3 c\n0 c\n9 c\n"]);
        assert_eq!(lines(&all), ["1 a", "2 b", "3 a", "3 b", "3 c", "0 c", "5 a", "9 c"]);
        assert_eq!(all[5], (2, 2, "0 c".to_owned()));
    }

    #[test]
    fn a_record_without_time_stays_beside_its_neighbours() {
        let all = merged(&["5 a\nnone a\n7 a\n", "1 b\n6 b\n"]);
        assert_eq!(lines(&all), ["1 b", "5 a", "none a", "6 b", "7 a"]);
    }

    #[test]
    fn a_file_that_is_gone_is_told_and_the_others_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path().join("here");
        fs::write(&here, "1 a\n").unwrap();
        let paths = [folder.path().join("gone"), here];
        let mut merge = Merge::new(&paths, Limits::default(), &mut time_of);
        assert!(matches!(merge.next(&mut time_of), Some(Taken::Broken { file: 0, .. })));
        assert!(matches!(merge.next(&mut time_of), Some(Taken::Record { file: 1, line: 1, .. })));
        assert!(merge.next(&mut time_of).is_none());
    }
}
