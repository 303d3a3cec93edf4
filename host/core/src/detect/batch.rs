//! The rows of one key space, grouped by key and cut into calls.

use std::collections::HashMap;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use rustc_hash::FxBuildHasher;

use crate::contract::{MAX_CALL_BYTES, MAX_CALL_ROWS};
use crate::exchange::{FIXED, Section, column, read_origins};
use crate::model::{Key, Origin, Time};
use crate::plan::{Plan, Reader};

/// Everything that one key space of one detector was sent, its rows in one order: by group, then (event time, digest of
/// the record, index in the record, subscription).
pub struct Batch<'a> {
    pub sections: &'a [Section],
    pub keys: Vec<Key>,
    rows: Vec<RowAt>,
}

/// Where a row stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowAt {
    pub group: u32,
    pub time: Time,
    digest: u64,
    index: u32,
    /// Position in the detector's plan.
    pub subscription: u32,
    pub section: u32,
    pub row: u32,
}

/// Some rows of one group: all of them, or a piece of a group that is too large for one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    pub group: u32,
    pub rows: Range<usize>,
}

// === impl Batch ===

impl<'a> Batch<'a> {
    /// Gathers what the key space was sent.
    pub fn gather(plan: &Plan, sections: &'a [Section], detector: usize, key_space: u32) -> Self {
        let mut keys = Vec::new();
        let mut groups: HashMap<&'a [u8], u32, FxBuildHasher> = HashMap::default();
        let mut rows = Vec::new();
        for (at, section) in sections.iter().enumerate() {
            let readers = &plan.streams[section.stream].readers;
            let mine = readers
                .iter()
                .enumerate()
                .filter(|(_, reader)| reader.detector == detector && reader.key_space == key_space);
            for (bit, reader) in mine {
                gather_reader(section, at, bit, reader, &mut |bytes, mut row| {
                    row.group = match groups.get(bytes) {
                        Some(group) => *group,
                        None => {
                            // Only a foreign writer could send bytes that are no key: such a row belongs to nobody.
                            let Some(key) = Key::from_bytes(bytes) else { return };
                            keys.push(key);
                            groups.insert(bytes, keys.len() as u32 - 1);
                            keys.len() as u32 - 1
                        }
                    };
                    rows.push(row);
                });
            }
        }
        rows.sort_unstable();
        Self { sections, keys, rows }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Where all rows came from, in no order that means anything.
    pub fn origins(&self) -> impl Iterator<Item = Origin> {
        self.rows.iter().flat_map(|row| {
            let batch = &self.sections[row.section as usize].batch;
            read_origins(batch.column(column::ORIGINS).as_binary::<i32>().value(row.row as usize))
        })
    }

    pub fn rows(&self, range: &Range<usize>) -> &[RowAt] {
        &self.rows[range.clone()]
    }

    /// Cuts the rows into calls of at most [`MAX_CALL_ROWS`] rows and [`MAX_CALL_BYTES`] bytes of columns; a group that is
    /// larger goes in pieces, one call after another.
    pub fn calls(&self, plan: &Plan, detector: usize) -> Vec<Vec<Slice>> {
        let mut calls = vec![Vec::<Slice>::new()];
        let (mut rows, mut bytes) = (0, 0);
        // Mostly everything fits one call: then no row has to be weighed.
        let light = self.bytes() <= MAX_CALL_BYTES;
        for (at, row) in self.rows.iter().enumerate() {
            let width = if light { 0 } else { self.width(plan, detector, row) };
            if rows == MAX_CALL_ROWS || (rows > 0 && bytes + width > MAX_CALL_BYTES) {
                calls.push(Vec::new());
                (rows, bytes) = (0, 0);
            }
            (rows, bytes) = (rows + 1, bytes + width);
            let call = calls.len() - 1;
            match calls[call].last_mut() {
                Some(slice) if slice.group == row.group => slice.rows.end = at + 1,
                _ => calls[call].push(Slice { group: row.group, rows: at..at + 1 }),
            }
        }
        calls.retain(|call| !call.is_empty());
        calls
    }

    /// Bytes of all columns of all sections, where they can be told: more than any part of them takes.
    fn bytes(&self) -> usize {
        let columns = self.sections.iter().flat_map(|section| section.batch.columns());
        columns.map(|column| column.to_data().get_slice_memory_size().unwrap_or(MAX_CALL_BYTES)).sum()
    }

    /// Bytes of a row's columns.
    fn width(&self, plan: &Plan, detector: usize, row: &RowAt) -> usize {
        let section = &self.sections[row.section as usize];
        let Some(reader) = reader_of(plan, section, detector, row.subscription) else { return 0 };
        let widths = reader.columns.iter().map(|at| width(section.batch.column(FIXED + at), row.row as usize));
        16 + widths.sum::<usize>()
    }
}

/// The reader of a section's stream that is a detector's subscription.
pub fn reader_of<'p>(plan: &'p Plan, section: &Section, detector: usize, subscription: u32) -> Option<&'p Reader> {
    let readers = &plan.streams[section.stream].readers;
    readers.iter().find(|reader| reader.detector == detector && reader.subscription == subscription as usize)
}

fn gather_reader<'a>(
    section: &'a Section,
    at: usize,
    bit: usize,
    reader: &Reader,
    take: &mut dyn FnMut(&'a [u8], RowAt),
) {
    let batch: &'a RecordBatch = &section.batch;
    let times = batch.column(column::TIME).as_primitive::<Int64Type>().values();
    let digests = batch.column(column::DIGEST).as_primitive::<UInt64Type>().values();
    let indexes = batch.column(column::INDEX).as_primitive::<UInt32Type>().values();
    let readers = batch.column(column::READERS).as_primitive::<UInt64Type>().values();
    let keys = batch.column(column::KEY).as_binary::<i32>();
    for row in (0..batch.num_rows()).filter(|row| readers[*row] >> bit & 1 == 1) {
        let place = RowAt {
            group: 0,
            time: Time(times[row]),
            digest: digests[row],
            index: indexes[row],
            subscription: reader.subscription as u32,
            section: at as u32,
            row: row as u32,
        };
        take(keys.value(row), place);
    }
}

fn width(array: &dyn Array, row: usize) -> usize {
    use arrow_schema::DataType;
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value_length(row) as usize + 4,
        DataType::Boolean => 1,
        DataType::List(item) => {
            let list = array.as_list::<i32>();
            let (from, to) = (list.value_offsets()[row] as usize, list.value_offsets()[row + 1] as usize);
            match item.data_type() {
                DataType::Utf8 => {
                    let offsets = list.values().as_string::<i32>().value_offsets();
                    (offsets[to] - offsets[from]) as usize + 4 * (to - from) + 4
                }
                _ => 8 * (to - from) + 4,
            }
        }
        _ => 8,
    }
}
