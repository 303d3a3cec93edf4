//! One record of the exchange topic.
//!
//! ```text
//! "SKX1" | XXH3-64 of the rest | plan digest (32) | progress (length u32, bytes) | sections (count u16)
//! section: stream u16 | rows u32 | message length u32 | body length u32 | message | padding to 8 | body
//! ```
//!
//! Integers are little-endian. Message and body are those of an Arrow IPC record batch; its schema is not in the frame,
//! since the plan's digest tells it: a frame costs the same fixed time whatever it holds, so it should hold much and
//! repeat nothing. The progress is behind all rows, as it says that they came before it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::{Array, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::MetadataVersion;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions};
use xxhash_rust::xxh3::xxh3_64;

use super::layout::Layout;
use crate::model::Digest;

const MAGIC: &[u8; 4] = b"SKX1";
/// Magic and checksum.
const HEAD: usize = 12;
/// What a section takes beside its columns, about.
const SECTION: usize = 2048;

/// A frame as read.
#[derive(Debug)]
pub struct Frame {
    pub plan: Digest,
    /// As the time room writes it.
    pub progress: Vec<u8>,
    pub sections: Vec<Section>,
}

/// Rows of one stream.
#[derive(Clone, Debug)]
pub struct Section {
    /// Position in the frame's plan.
    pub stream: usize,
    pub batch: RecordBatch,
}

/// Why a frame can't be read. The exchange is internal: this means a foreign writer or a damaged log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("not a frame of this version")]
    NotAFrame,
    #[error("its checksum does not fit its content")]
    Checksum,
    #[error("it ends in the middle of its {0}")]
    Truncated(&'static str),
    #[error("it was written under plan {0}, which is not known here")]
    UnknownPlan(Digest),
    #[error("its plan has no stream {0}")]
    UnknownStream(usize),
    #[error("a section can't be read: {0}")]
    Section(String),
}

/// Writes a frame.
///
/// # Errors
/// What Arrow says of a batch that it can't write; none of the batches that this crate builds.
pub fn encode(plan: &Digest, progress: &[u8], sections: &[Section]) -> Result<Vec<u8>, FrameError> {
    let width = |section: &Section| {
        let columns = section.batch.columns().iter();
        columns.map(|column| column.get_buffer_memory_size()).sum::<usize>() + SECTION
    };
    // Once, and more than is needed: a frame that grows is copied and its pages are touched over and over.
    let mut bytes = Vec::with_capacity(HEAD + 64 + progress.len() + sections.iter().map(width).sum::<usize>());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&plan.0);
    bytes.extend_from_slice(&(progress.len() as u32).to_le_bytes());
    bytes.extend_from_slice(progress);
    bytes.extend_from_slice(&(sections.len() as u16).to_le_bytes());
    let options = IpcWriteOptions::default();
    let mut context = IpcWriteContext::default();
    for section in sections {
        let mut dictionaries = DictionaryTracker::new(false);
        let (_, encoded) = IpcDataGenerator::default()
            .encode(&section.batch, &mut dictionaries, &options, &mut context)
            .map_err(|error| FrameError::Section(error.to_string()))?;
        bytes.extend_from_slice(&(section.stream as u16).to_le_bytes());
        bytes.extend_from_slice(&(section.batch.num_rows() as u32).to_le_bytes());
        bytes.extend_from_slice(&(encoded.ipc_message.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(encoded.arrow_data.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&encoded.ipc_message);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend_from_slice(&encoded.arrow_data);
    }
    let checksum = xxh3_64(&bytes[HEAD..]);
    bytes[4..HEAD].copy_from_slice(&checksum.to_le_bytes());
    Ok(bytes)
}

/// The digest of the plan that a frame was written under.
///
/// # Errors
/// Not a frame, or a damaged one.
pub fn peek_plan(bytes: &[u8]) -> Result<Digest, FrameError> {
    if bytes.get(..4) != Some(MAGIC) {
        return Err(FrameError::NotAFrame);
    }
    let mut reader = Reader { bytes, at: 4 };
    let checksum = u64::from_le_bytes(reader.array("head")?);
    if checksum != xxh3_64(&bytes[HEAD..]) {
        return Err(FrameError::Checksum);
    }
    Ok(Digest(reader.array("head")?))
}

// === impl Frame ===

impl Frame {
    /// Reads a frame that was written under the plan with this layout.
    ///
    /// # Errors
    /// What is wrong with it; nothing that it holds makes reading panic.
    pub fn decode(bytes: &[u8], layout: &Layout) -> Result<Self, FrameError> {
        let plan = peek_plan(bytes)?;
        let mut reader = Reader { bytes, at: HEAD + 32 };
        let length = reader.length("progress")?;
        let progress = reader.take(length, "progress")?.to_vec();
        let count = u16::from_le_bytes(reader.array("section list")?);
        // One aligned copy, which all columns of the frame then share.
        let buffer = Buffer::from(bytes);
        let sections = (0..count).map(|_| section(&mut reader, &buffer, layout)).collect::<Result<_, _>>()?;
        Ok(Self { plan, progress, sections })
    }
}

fn section(reader: &mut Reader<'_>, buffer: &Buffer, layout: &Layout) -> Result<Section, FrameError> {
    let stream = usize::from(u16::from_le_bytes(reader.array("section")?));
    let rows = reader.length("section")?;
    let message_length = reader.length("section")?;
    let body_length = reader.length("section")?;
    let message = reader.take(message_length, "message")?;
    reader.at = reader.at.next_multiple_of(8);
    let body = reader.at;
    reader.take(body_length, "body")?;
    let schema = layout.schema(stream).ok_or(FrameError::UnknownStream(stream))?;
    let fault = |text: String| FrameError::Section(text);
    let message = arrow_ipc::root_as_message(message).map_err(|error| fault(error.to_string()))?;
    let header = message.header_as_record_batch().ok_or_else(|| fault("no record batch".to_owned()))?;
    // Arrow trusts the row count of a batch: hold it against ours, which bounds it by the frame's size.
    if header.length() != rows as i64 || rows > body_length {
        return Err(fault(format!("{} rows where the section says {rows}", header.length())));
    }
    if !lies_within(&header, rows, body_length) {
        return Err(fault("its columns point outside of it".to_owned()));
    }
    let body = buffer.slice_with_length(body, body_length);
    // Arrow's reader also takes for granted that buffers are as long as their columns need, and panics on those that
    // are not. A checksum stands before it, so only a foreign writer comes here; its frame is refused like any other.
    let read = || read_record_batch(&body, header, schema.clone(), &HashMap::new(), None, &MetadataVersion::V5);
    let batch = catch_unwind(AssertUnwindSafe(read))
        .map_err(|_| fault("its columns are shorter than they say".to_owned()))?
        .map_err(|error| fault(error.to_string()))?;
    let whole = batch.columns().iter().all(|column| column.len() == rows)
        && batch.columns()[..super::FIXED].iter().all(|column| column.null_count() == 0);
    if whole { Ok(Section { stream, batch }) } else { Err(fault("its columns do not fit".to_owned())) }
}

/// Whether everything that a batch points to is there: Arrow's reader takes that for granted, and panics.
fn lies_within(header: &arrow_ipc::RecordBatch<'_>, rows: usize, body: usize) -> bool {
    let within = |from: i64, length: i64| {
        let end = from.checked_add(length).and_then(|end| usize::try_from(end).ok());
        from >= 0 && length >= 0 && end.is_some_and(|end| end <= body)
    };
    let buffers = header.buffers().into_iter().flatten().all(|buffer| within(buffer.offset(), buffer.length()));
    // A list may hold more items than the batch has rows, each of them at least a bit of the body.
    let most = (body.saturating_mul(8)).max(rows) as i64;
    let count = |count: i64| (0..=most).contains(&count);
    let nodes = header.nodes().into_iter().flatten().all(|node| count(node.length()) && count(node.null_count()));
    buffers && nodes && header.compression().is_none()
}

/// Reads pieces of a frame, never beyond its end.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], FrameError> {
        let end = self.at.checked_add(length).ok_or(FrameError::Truncated(what))?;
        let piece = self.bytes.get(self.at..end).ok_or(FrameError::Truncated(what))?;
        self.at = end;
        Ok(piece)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], FrameError> {
        let piece = self.take(N, what)?;
        Ok(std::array::from_fn(|at| piece[at]))
    }

    fn length(&mut self, what: &'static str) -> Result<usize, FrameError> {
        Ok(u32::from_le_bytes(self.array(what)?) as usize)
    }
}
