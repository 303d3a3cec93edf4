//! How a stream's rows stand in Arrow columns: fixed ones first, then the stream's own.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};

use crate::contract::Kind;
use crate::plan::Stream;

/// Positions of the fixed columns.
pub mod column {
    /// Event time, nanoseconds.
    pub const TIME: usize = 0;
    /// XXH3-64 of the record: orders rows of one time.
    pub const DIGEST: usize = 1;
    /// Position in a record that packs several events.
    pub const INDEX: usize = 2;
    /// Bit 0: the event's own time was replaced.
    pub const FLAGS: usize = 3;
    /// A bit for each reader of the stream that wants the row.
    pub const READERS: usize = 4;
    /// A bit for each of the stream's first 64 columns whose text was cut.
    pub const TRUNCATED: usize = 5;
    /// The key, as [`super::super::Key`] writes it.
    pub const KEY: usize = 6;
    /// The origins, as [`super::super::write_origins`] writes them.
    pub const ORIGINS: usize = 7;
}

/// How many columns come before the stream's own.
pub const FIXED: usize = 8;

/// The Arrow schema of each stream of a plan.
#[derive(Clone, Debug)]
pub struct Layout {
    schemas: Vec<SchemaRef>,
}

// === impl Layout ===

impl Layout {
    pub fn new(streams: &[Stream]) -> Self {
        Self { schemas: streams.iter().map(|stream| Arc::new(schema(stream))).collect() }
    }

    pub fn schema(&self, stream: usize) -> Option<&SchemaRef> {
        self.schemas.get(stream)
    }
}

fn schema(stream: &Stream) -> Schema {
    let fixed = [
        ("@time", DataType::Int64),
        ("@digest", DataType::UInt64),
        ("@index", DataType::UInt32),
        ("@flags", DataType::UInt8),
        ("@readers", DataType::UInt64),
        ("@truncated", DataType::UInt64),
        ("@key", DataType::Binary),
        ("@origins", DataType::Binary),
    ]
    .map(|(name, kind)| Field::new(name, kind, false));
    let own = stream.columns.iter().map(|column| Field::new(&column.path, data_type(column.kind), true));
    Schema::new(fixed.into_iter().chain(own).collect::<Vec<_>>())
}

fn data_type(kind: Kind) -> DataType {
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Integer => DataType::Int64,
        Kind::Real => DataType::Float64,
        Kind::Boolean => DataType::Boolean,
        Kind::Texts => list(DataType::Utf8),
        Kind::Integers => list(DataType::Int64),
    }
}
