//! Rows on their way to one shard, gathered in columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BinaryBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
    UInt8Builder, UInt32Builder, UInt64Builder,
};
use arrow_array::{ArrayRef, RecordBatch};

use super::frame::{FrameError, Section};
use super::layout::Layout;
use super::route::Row;
use crate::contract::Kind;
use crate::model::Value;
use crate::plan::{Stream, StreamColumn};

/// The most items of a list that travel.
const MAX_ITEMS: usize = 1024;
/// The most bytes of texts that one row takes along; beyond it each text is cut to its share. So a frame, which is sealed
/// when it is full, is never more than this over its limit.
const ROW_BYTES: usize = 256 << 10;
/// Room for a text, before it is known.
const TEXT_GUESS: usize = 20;
/// Bytes of a row's fixed columns, about.
const FIXED_BYTES: usize = 64;

/// The rows of one interval for one shard, cut into pieces that fit a frame.
#[derive(Debug)]
pub struct Outgoing {
    /// The most bytes of columns in one frame.
    limit: usize,
    open: BTreeMap<usize, Builders>,
    /// Rows of each stream in its last section: the room that the next one begins with.
    last: BTreeMap<usize, usize>,
    bytes: usize,
    sealed: Vec<Vec<Section>>,
}

// === impl Outgoing ===

impl Outgoing {
    pub fn new(limit: usize) -> Self {
        Self { limit, open: BTreeMap::new(), last: BTreeMap::new(), bytes: 0, sealed: Vec::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.bytes == 0 && self.sealed.is_empty()
    }

    /// Appends a row of a stream.
    pub fn push(&mut self, at: usize, stream: &Stream, layout: &Layout, row: &Row<'_>) -> Result<(), FrameError> {
        let rows = self.last.get(&at).copied().unwrap_or(0);
        let builders = self.open.entry(at).or_insert_with(|| Builders::new(stream, rows));
        let bytes = builders.push(stream, row);
        self.bytes += bytes;
        if self.bytes >= self.limit {
            self.seal(layout)?;
        }
        Ok(())
    }

    /// The sections of each frame; afterwards it is empty.
    pub fn take(&mut self, layout: &Layout) -> Result<Vec<Vec<Section>>, FrameError> {
        if self.bytes > 0 {
            self.seal(layout)?;
        }
        Ok(std::mem::take(&mut self.sealed))
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.open.clear();
        self.sealed.clear();
        self.bytes = 0;
    }

    fn seal(&mut self, layout: &Layout) -> Result<(), FrameError> {
        let mut sections = Vec::with_capacity(self.open.len());
        for (stream, builders) in std::mem::take(&mut self.open) {
            let schema = layout.schema(stream).ok_or(FrameError::UnknownStream(stream))?;
            let batch = RecordBatch::try_new(schema.clone(), builders.finish())
                .map_err(|error| FrameError::Section(error.to_string()))?;
            self.last.insert(stream, batch.num_rows());
            sections.push(Section { stream, batch });
        }
        self.bytes = 0;
        self.sealed.push(sections);
        Ok(())
    }
}

/// The columns of one stream.
#[derive(Debug)]
struct Builders {
    time: Int64Builder,
    digest: UInt64Builder,
    index: UInt32Builder,
    flags: UInt8Builder,
    readers: UInt64Builder,
    truncated: UInt64Builder,
    key: BinaryBuilder,
    origins: BinaryBuilder,
    own: Vec<Own>,
}

#[derive(Debug)]
enum Own {
    Text(StringBuilder),
    Integer(Int64Builder),
    Real(Float64Builder),
    Boolean(BooleanBuilder),
    Texts(ListBuilder<StringBuilder>),
    Integers(ListBuilder<Int64Builder>),
}

// === impl Builders ===

impl Builders {
    fn new(stream: &Stream, rows: usize) -> Self {
        Self {
            time: Int64Builder::with_capacity(rows),
            digest: UInt64Builder::with_capacity(rows),
            index: UInt32Builder::with_capacity(rows),
            flags: UInt8Builder::with_capacity(rows),
            readers: UInt64Builder::with_capacity(rows),
            truncated: UInt64Builder::with_capacity(rows),
            key: BinaryBuilder::with_capacity(rows, rows * TEXT_GUESS),
            origins: BinaryBuilder::with_capacity(rows, rows * TEXT_GUESS),
            own: stream.columns.iter().map(|column| Own::new(column.kind, rows)).collect(),
        }
    }

    /// Appends a row, and tells how many bytes it took, about.
    fn push(&mut self, stream: &Stream, row: &Row<'_>) -> usize {
        let mut bytes = FIXED_BYTES + row.key.len() + row.origins.len();
        let mut truncated = 0;
        let share = share(stream, row);
        for (at, (builder, column)) in self.own.iter_mut().zip(&stream.columns).enumerate() {
            let value = row.values.value(column.from);
            let (taken, cut) = builder.push(value, (column.max_bytes as usize).min(share));
            bytes += taken;
            if cut && at < 64 {
                truncated |= 1 << at;
            }
        }
        self.time.append_value(row.time.0);
        self.digest.append_value(row.digest);
        self.index.append_value(row.index);
        self.flags.append_value(u8::from(row.time_replaced));
        self.readers.append_value(row.readers);
        self.truncated.append_value(truncated);
        self.key.append_value(row.key);
        self.origins.append_value(row.origins);
        bytes
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let fixed: [ArrayRef; super::FIXED] = [
            Arc::new(self.time.finish()),
            Arc::new(self.digest.finish()),
            Arc::new(self.index.finish()),
            Arc::new(self.flags.finish()),
            Arc::new(self.readers.finish()),
            Arc::new(self.truncated.finish()),
            Arc::new(self.key.finish()),
            Arc::new(self.origins.finish()),
        ];
        fixed.into_iter().chain(self.own.iter_mut().map(Own::finish)).collect()
    }
}

// === impl Own ===

impl Own {
    fn new(kind: Kind, rows: usize) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::with_capacity(rows, rows * TEXT_GUESS)),
            Kind::Integer => Self::Integer(Int64Builder::with_capacity(rows)),
            Kind::Real => Self::Real(Float64Builder::with_capacity(rows)),
            Kind::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
            Kind::Integers => Self::Integers(ListBuilder::new(Int64Builder::new())),
        }
    }

    /// Appends a value (a null where it is of another kind); tells its bytes and whether a text was cut.
    fn push(&mut self, value: &Value<'_>, limit: usize) -> (usize, bool) {
        match (self, value) {
            (Self::Text(builder), Value::Text(text)) => {
                let kept = cut(text, limit);
                builder.append_value(kept);
                (kept.len() + 4, kept.len() < text.len())
            }
            (Self::Integer(builder), Value::Integer(integer)) => {
                builder.append_value(*integer);
                (8, false)
            }
            (Self::Real(builder), Value::Real(real)) => {
                builder.append_value(*real);
                (8, false)
            }
            (Self::Boolean(builder), Value::Boolean(boolean)) => {
                builder.append_value(*boolean);
                (1, false)
            }
            (Self::Texts(builder), Value::Texts(texts)) => {
                let (mut bytes, mut kept) = (4, 0);
                for text in texts.iter().take(MAX_ITEMS) {
                    if bytes + text.len() > limit {
                        break;
                    }
                    builder.values().append_value(text);
                    bytes += text.len() + 4;
                    kept += 1;
                }
                builder.append(true);
                (bytes, kept < texts.len())
            }
            (Self::Integers(builder), Value::Integers(integers)) => {
                let kept = integers.len().min(MAX_ITEMS);
                builder.values().append_slice(&integers[..kept]);
                builder.append(true);
                (kept * 8 + 4, kept < integers.len())
            }
            (own, _) => {
                own.push_null();
                (4, false)
            }
        }
    }

    fn push_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Integer(builder) => builder.append_null(),
            Self::Real(builder) => builder.append_null(),
            Self::Boolean(builder) => builder.append_null(),
            Self::Texts(builder) => builder.append(false),
            Self::Integers(builder) => builder.append(false),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => Arc::new(builder.finish()),
            Self::Integer(builder) => Arc::new(builder.finish()),
            Self::Real(builder) => Arc::new(builder.finish()),
            Self::Boolean(builder) => Arc::new(builder.finish()),
            Self::Texts(builder) => ArrayBuilder::finish(builder),
            Self::Integers(builder) => ArrayBuilder::finish(builder),
        }
    }
}

/// The most bytes that one text of this row may take.
fn share(stream: &Stream, row: &Row<'_>) -> usize {
    let width = |column: &StreamColumn| match row.values.value(column.from) {
        Value::Text(text) => text.len().min(column.max_bytes as usize),
        Value::Texts(texts) => texts.iter().map(|text| text.len()).sum::<usize>().min(column.max_bytes as usize),
        _ => 0,
    };
    match stream.columns.iter().map(width).sum::<usize>() {
        0..=ROW_BYTES => usize::MAX,
        _ => ROW_BYTES / stream.columns.len().max(1),
    }
}

/// The longest beginning of a text that has at most `limit` bytes and ends with a whole character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}
