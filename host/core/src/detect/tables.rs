//! From slices of a batch to the call that a detector gets.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;

use super::batch::{Batch, RowAt, Slice, reader_of};
use super::columns::{Bits, ColumnOf};
use crate::contract::{Call, Column, Group, IntegersColumn, State, Table, Values};
use crate::exchange::{FIXED, OriginTable, column, read_origins};
use crate::model::{Key, Origin, Time};
use crate::plan::{ORIGINS, Plan, Reader, Source, Stream};

/// What all calls of one batch share.
pub struct Caller<'a> {
    pub plan: &'a Plan,
    pub batch: &'a Batch<'a>,
    pub detector: usize,
    pub key_space: u32,
    pub watermark: Time,
    pub explain: bool,
}

// === impl Caller ===

impl Caller<'_> {
    /// The call that holds these slices, with the states of their keys.
    pub fn call(
        &self,
        slices: &[Slice],
        origins: &mut OriginTable,
        mut state: impl FnMut(&Key) -> Option<State>,
    ) -> Call {
        let mut gathered: Vec<Gathered> = Vec::new();
        let mut call =
            Call { key_space: self.key_space, watermark: self.watermark.0, explain: self.explain, ..Call::default() };
        for slice in slices {
            let key = &self.batch.keys[slice.group as usize];
            let (first, rows) = (call.order_rows.len() as u32, slice.rows.len() as u32);
            call.groups.push(Group { key: key.parts(), state: state(key), first, rows, ..Group::default() });
            for row in self.batch.rows(&slice.rows) {
                let table = position(&mut gathered, row.subscription);
                call.order_tables.push(table as u8);
                call.order_rows.push(gathered[table].push(row));
            }
        }
        call.tables = gathered.iter().map(|gathered| self.table(gathered, origins)).collect();
        call
    }

    /// Where the rows of a slice came from, each origin once.
    pub fn origins(&self, slice: &Slice) -> Vec<Origin> {
        let rows = self.batch.rows(&slice.rows).iter();
        let mut origins: Vec<_> = rows
            .flat_map(|row| {
                let batch = &self.batch.sections[row.section as usize].batch;
                read_origins(batch.column(column::ORIGINS).as_binary::<i32>().value(row.row as usize))
            })
            .collect();
        origins.sort_unstable();
        origins.dedup();
        origins
    }

    fn table(&self, gathered: &Gathered, origins: &mut OriginTable) -> Table {
        let mut table = Table { subscription: gathered.subscription, ..Table::default() };
        let section = &self.batch.sections[gathered.sections[0] as usize];
        let stream = &self.plan.streams[section.stream];
        let Some(reader) = reader_of(self.plan, section, self.detector, gathered.subscription) else { return table };
        let mut late = Bits::default();
        let mut tokens = IntegersColumn { lists: vec![0], items: Vec::with_capacity(gathered.rows.len()) };
        let written: Vec<_> =
            self.batches(gathered).map(|batch| batch.column(column::ORIGINS).as_binary::<i32>()).collect();
        for (at, (section, row)) in gathered.rows.iter().enumerate() {
            let time = gathered.times[at];
            table.times.push(time.0);
            late.push(at, time.plus(reader.lateness) < self.watermark);
            let from = tokens.items.len();
            tokens.items.extend(read_origins(written[*section].value(*row)).map(|origin| origins.token(origin) as i64));
            table.origins.push(tokens.items.get(from).map_or(u64::MAX, |token| *token as u64));
            tokens.lists.push(tokens.items.len() as u32);
        }
        table.late = late.if_any();
        table.columns = self.columns(gathered, stream, reader, &tokens);
        table
    }

    /// The batches that a table's rows stand in.
    fn batches<'s>(&'s self, gathered: &'s Gathered) -> impl Iterator<Item = &'s RecordBatch> {
        gathered.sections.iter().map(|section| &self.batch.sections[*section as usize].batch)
    }

    fn columns(&self, gathered: &Gathered, stream: &Stream, reader: &Reader, tokens: &IntegersColumn) -> Vec<Column> {
        let fields = &self.plan.wants.detectors[self.detector].plan.subscriptions[reader.subscription].fields;
        let cut: Vec<_> = self.batches(gathered).map(|batch| batch.column(column::TRUNCATED)).collect();
        let cut: Vec<_> = cut.into_iter().map(|cut| cut.as_primitive::<UInt64Type>().values()).collect();
        let cuts: Vec<u64> = gathered.rows.iter().map(|(section, row)| cut[*section][*row]).collect();
        let column = |(at, field): (&usize, &crate::contract::Field)| {
            let wanted = &stream.columns[*at];
            if wanted.from == ORIGINS && !matches!(stream.source, Source::Class(_)) {
                return Column { values: Values::Integers(tokens.clone()), valid: None, truncated: None };
            }
            let arrays: Vec<_> = self.batches(gathered).map(|batch| batch.column(FIXED + at)).collect();
            let bit = |cut: u64| *at < 64 && cut >> at & 1 == 1;
            let rows = gathered.rows.iter().zip(&cuts);
            let rows: Vec<_> = rows.map(|((section, row), cut)| (*section, *row, bit(*cut))).collect();
            let max_bytes = match field.max_bytes {
                0 => crate::contract::DEFAULT_TEXT_BYTES,
                bytes => bytes,
            };
            ColumnOf { kind: wanted.kind, max_bytes: max_bytes as usize, rows: &rows, arrays: &arrays }.build()
        };
        reader.columns.iter().zip(fields).map(column).collect()
    }
}

/// A call that wakes groups: no rows, the states and what is due.
pub fn wake_call(key_space: u32, watermark: Time, explain: bool, due: Vec<(Key, Option<State>, Time)>) -> Call {
    let group = |(key, state, due): (Key, Option<State>, Time)| Group {
        key: key.parts(),
        state,
        due: Some(due.0),
        ..Group::default()
    };
    let groups = due.into_iter().map(group).collect();
    Call { key_space, watermark: watermark.0, explain, groups, ..Call::default() }
}

/// The rows of one subscription in a call.
struct Gathered {
    subscription: u32,
    /// Sections that they stand in.
    sections: Vec<u32>,
    /// Position in `sections`, and row there.
    rows: Vec<(usize, usize)>,
    times: Vec<Time>,
}

// === impl Gathered ===

impl Gathered {
    fn push(&mut self, row: &RowAt) -> u32 {
        let section = match self.sections.iter().rposition(|section| *section == row.section) {
            Some(at) => at,
            None => {
                self.sections.push(row.section);
                self.sections.len() - 1
            }
        };
        self.rows.push((section, row.row as usize));
        self.times.push(row.time);
        self.rows.len() as u32 - 1
    }
}

fn position(gathered: &mut Vec<Gathered>, subscription: u32) -> usize {
    match gathered.iter().position(|gathered| gathered.subscription == subscription) {
        Some(at) => at,
        None => {
            gathered.push(Gathered { subscription, sections: Vec::new(), rows: Vec::new(), times: Vec::new() });
            gathered.len() - 1
        }
    }
}
