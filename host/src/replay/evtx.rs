//! Windows event logs (`.evtx`), a chunk of 64 KiB at a time.

use std::io::{self, Read, Seek};
use std::sync::Arc;

use evtx::{EvtxParser, IntoIterChunks, ParserSettings};

use super::record::{ReadError, Reader};

/// The records of an event log as JSON. Their "lines" are their numbers in the order of the log, counted from 1.
pub struct EventLog<R: Read + Seek> {
    chunks: IntoIterChunks<R>,
    settings: Arc<ParserSettings>,
    ready: std::vec::IntoIter<Result<Vec<u8>, String>>,
    line: u64,
}

// === impl EventLog ===

impl<R: Read + Seek> EventLog<R> {
    pub fn open(input: R) -> io::Result<Self> {
        let parser = EvtxParser::from_read_seek(input).map_err(io::Error::other)?;
        let settings = || ParserSettings::new().num_threads(1).indent(false);
        let chunks = parser.with_configuration(settings()).into_chunks();
        Ok(Self { chunks, settings: Arc::new(settings()), ready: Vec::new().into_iter(), line: 0 })
    }

    /// Reads the records of the next chunk; a chunk that can't be read is one fault.
    fn refill(&mut self) -> bool {
        let Some(chunk) = self.chunks.next() else { return false };
        let mut records = Vec::new();
        match chunk {
            Err(error) => records.push(Err(error.to_string())),
            Ok(mut data) => match data.parse(Arc::clone(&self.settings)) {
                Err(error) => records.push(Err(error.to_string())),
                Ok(mut chunk) => records.extend(chunk.iter().map(|record| {
                    let record = record.and_then(evtx::EvtxRecord::into_json_bytes);
                    record.map(|record| record.data).map_err(|error| error.to_string())
                })),
            },
        }
        self.ready = records.into_iter();
        true
    }
}

impl<R: Read + Seek> Reader for EventLog<R> {
    fn next(&mut self, into: &mut Vec<u8>) -> Result<Option<u64>, ReadError> {
        into.clear();
        loop {
            match self.ready.next() {
                Some(record) => {
                    self.line += 1;
                    let record = record.map_err(|message| ReadError::Record { line: self.line, message })?;
                    *into = record;
                    return Ok(Some(self.line));
                }
                None if !self.refill() => return Ok(None),
                None => {}
            }
        }
    }
}
