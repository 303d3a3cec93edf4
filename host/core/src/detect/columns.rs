//! From Arrow arrays to the columns of a call.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};

use crate::contract::{Column, IntegersColumn, Kind, TextColumn, TextsColumn, Values};
use crate::exchange::cut;

/// A bitmap that is filled bit by bit and is none while no bit differs from the usual.
#[derive(Default)]
pub struct Bits {
    bytes: Vec<u8>,
    any: bool,
}

// === impl Bits ===

impl Bits {
    pub fn push(&mut self, at: usize, bit: bool) {
        if at.is_multiple_of(8) {
            self.bytes.push(0);
        }
        if bit && let Some(byte) = self.bytes.last_mut() {
            *byte |= 1 << (at % 8);
            self.any = true;
        }
    }

    /// The bitmap if any bit is set.
    pub fn if_any(self) -> Option<Vec<u8>> {
        self.any.then_some(self.bytes)
    }
}

/// A column of a table: the given rows of the given arrays, one behind another.
pub struct ColumnOf<'a> {
    pub kind: Kind,
    /// The most bytes of a text that the subscription asked for.
    pub max_bytes: usize,
    /// For each row, its array, its place there, and whether its text was cut before.
    pub rows: &'a [(usize, usize, bool)],
    pub arrays: &'a [&'a ArrayRef],
}

// === impl ColumnOf ===

impl ColumnOf<'_> {
    pub fn build(&self) -> Column {
        let mut nulls = Bits::default();
        let mut valid = Bits::default();
        let mut truncated = Bits::default();
        for (at, (array, row, cut)) in self.rows.iter().enumerate() {
            let is_valid = self.arrays[*array].is_valid(*row);
            nulls.push(at, !is_valid);
            valid.push(at, is_valid);
            truncated.push(at, *cut);
        }
        let values = match self.kind {
            Kind::Text => Values::Text(self.text(&mut truncated)),
            Kind::Integer => Values::Integer(self.numbers(|array, row| array.as_primitive::<Int64Type>().value(row))),
            Kind::Real => Values::Real(self.numbers(|array, row| array.as_primitive::<Float64Type>().value(row))),
            Kind::Boolean => Values::Boolean(self.booleans()),
            Kind::Texts => Values::Texts(self.texts()),
            Kind::Integers => Values::Integers(self.integers()),
        };
        let valid = nulls.any.then_some(valid.bytes);
        Column { values, valid, truncated: truncated.if_any() }
    }

    fn text(&self, truncated: &mut Bits) -> TextColumn {
        let arrays: Vec<_> = self.arrays.iter().map(|array| array.as_string::<i32>()).collect();
        let mut column = TextColumn { offsets: Vec::with_capacity(self.rows.len() + 1), bytes: Vec::new() };
        column.offsets.push(0);
        for (at, (array, row, _)) in self.rows.iter().enumerate() {
            if arrays[*array].is_valid(*row) {
                let text = arrays[*array].value(*row);
                let kept = cut(text, self.max_bytes);
                if kept.len() < text.len() {
                    truncated.bytes[at / 8] |= 1 << (at % 8);
                    truncated.any = true;
                }
                column.bytes.extend_from_slice(kept.as_bytes());
            }
            column.offsets.push(column.bytes.len() as u32);
        }
        column
    }

    fn numbers<T: Default>(&self, value: impl Fn(&ArrayRef, usize) -> T) -> Vec<T> {
        let number = |(array, row, _): &(usize, usize, bool)| {
            let array = self.arrays[*array];
            if array.is_valid(*row) { value(array, *row) } else { T::default() }
        };
        self.rows.iter().map(number).collect()
    }

    fn booleans(&self) -> Vec<u8> {
        let mut bits = Bits::default();
        for (at, (array, row, _)) in self.rows.iter().enumerate() {
            let array = self.arrays[*array];
            bits.push(at, array.is_valid(*row) && array.as_boolean().value(*row));
        }
        bits.bytes
    }

    fn texts(&self) -> TextsColumn {
        let mut column = TextsColumn::default();
        column.lists.push(0);
        column.items.offsets.push(0);
        for (array, row, _) in self.rows {
            let array = self.arrays[*array];
            if array.is_valid(*row) {
                for item in array.as_list::<i32>().value(*row).as_string::<i32>().iter().flatten() {
                    column.items.bytes.extend_from_slice(item.as_bytes());
                    column.items.offsets.push(column.items.bytes.len() as u32);
                }
            }
            column.lists.push(column.items.offsets.len() as u32 - 1);
        }
        column
    }

    fn integers(&self) -> IntegersColumn {
        let mut column = IntegersColumn { lists: vec![0], items: Vec::new() };
        for (array, row, _) in self.rows {
            let array = self.arrays[*array];
            if array.is_valid(*row) {
                let list = array.as_list::<i32>().value(*row);
                column.items.extend(list.as_primitive::<Int64Type>().iter().flatten());
            }
            column.lists.push(column.items.len() as u32);
        }
        column
    }
}
