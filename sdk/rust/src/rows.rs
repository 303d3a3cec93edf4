//! The rows of a group as an author wants to read them, over the columns they come in.
//!
//! A typed handle ([`Text`], [`Integer`], …) is made once, with the plan; reading a row by it is a look-up by position.
//! A null, a column of another kind and a column that breaks the layout all read as no value.

use crate::bindings::{Column, Kind, TextColumn, Values};

/// One call, laid open: where each field stands in each table.
pub(crate) struct Frame<'a> {
    pub call: &'a crate::bindings::Call,
    pub tables: Vec<TableView<'a>>,
}

pub(crate) struct TableView<'a> {
    pub subscription: u32,
    pub times: &'a [i64],
    pub origins: &'a [u64],
    pub late: Option<&'a [u8]>,
    /// Column of each field of the plan, by the field's number.
    pub columns: Vec<Option<&'a Column>>,
}

/// A subscription of the plan, to ask whether a row came by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading(pub(crate) u32);

macro_rules! handles {
    ($($(#[$meta:meta])* $name:ident = $kind:ident),*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name(pub(crate) usize);

        impl $name {
            pub(crate) const KIND: Kind = Kind::$kind;
        }
    )*};
}
handles! {
    /// A field that holds a text.
    Text = Text,
    /// A field that holds an integer.
    Integer = Integer,
    /// A field that holds a real number.
    Real = Real,
    /// A field that holds true or false.
    Boolean = Boolean,
    /// A field that holds a list of texts.
    Texts = Texts,
    /// A field that holds a list of integers.
    Integers = Integers
}

/// The rows of one group, in the call's one order across tables.
#[derive(Clone)]
pub struct Rows<'a> {
    frame: &'a Frame<'a>,
    next: usize,
    end: usize,
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    table: &'a TableView<'a>,
    index: usize,
}

// === impl Rows ===

impl<'a> Rows<'a> {
    pub(crate) fn of(frame: &'a Frame<'a>, first: u32, rows: u32) -> Self {
        let next = first as usize;
        let end =
            next.saturating_add(rows as usize).min(frame.call.order_rows.len()).min(frame.call.order_tables.len());
        Self { frame, next, end }
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        while self.next < self.end {
            let at = self.next;
            self.next += 1;
            let table = self.frame.tables.get(usize::from(self.frame.call.order_tables[at]));
            let index = self.frame.call.order_rows[at] as usize;
            if let Some(table) = table.filter(|table| index < table.times.len()) {
                return Some(Row { table, index });
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end.saturating_sub(self.next)))
    }
}

// === impl Row ===

impl<'a> Row<'a> {
    /// Whether the row came by this subscription. (One event may come by several.)
    pub fn is(&self, reading: Reading) -> bool {
        self.table.subscription == reading.0
    }

    /// Event time, nanoseconds.
    pub fn time(&self) -> i64 {
        self.table.times[self.index]
    }

    /// The token by which the row may be cited as evidence.
    pub fn origin(&self) -> u64 {
        self.table.origins.get(self.index).copied().unwrap_or_default()
    }

    /// Whether it came later than its subscription's lateness.
    pub fn late(&self) -> bool {
        self.table.late.is_some_and(|bitmap| bit(bitmap, self.index))
    }

    /// The text of a field, if there is one.
    pub fn text(&self, field: Text) -> Option<&'a str> {
        match &self.column(field.0)?.values {
            Values::Text(texts) => item(texts, self.index),
            _ => None,
        }
    }

    /// The integer of a field, if there is one.
    pub fn integer(&self, field: Integer) -> Option<i64> {
        match &self.column(field.0)?.values {
            Values::Integer(values) => values.get(self.index).copied(),
            _ => None,
        }
    }

    /// The real number of a field, if there is one.
    pub fn real(&self, field: Real) -> Option<f64> {
        match &self.column(field.0)?.values {
            Values::Real(values) => values.get(self.index).copied(),
            _ => None,
        }
    }

    /// The truth of a field, if there is one.
    pub fn boolean(&self, field: Boolean) -> Option<bool> {
        match &self.column(field.0)?.values {
            Values::Boolean(bitmap) => (self.index / 8 < bitmap.len()).then(|| bit(bitmap, self.index)),
            _ => None,
        }
    }

    /// The texts of a list; none where there is no list.
    pub fn texts(&self, field: Texts) -> impl Iterator<Item = &'a str> + use<'a> {
        let column = self.column(field.0).and_then(|column| match &column.values {
            Values::Texts(lists) => Some((&lists.items, range(&lists.lists, self.index)?)),
            _ => None,
        });
        column.into_iter().flat_map(|(items, range)| range.filter_map(move |at| item(items, at)))
    }

    /// The integers of a list; none where there is no list.
    pub fn integers(&self, field: Integers) -> impl Iterator<Item = i64> + use<'a> {
        let items = self.column(field.0).and_then(|column| match &column.values {
            Values::Integers(lists) => lists.items.get(range(&lists.lists, self.index)?),
            _ => None,
        });
        items.unwrap_or_default().iter().copied()
    }

    /// Whether the text of a field was cut.
    pub fn cut(&self, field: Text) -> bool {
        self.column(field.0).and_then(|column| column.truncated.as_deref()).is_some_and(|map| bit(map, self.index))
    }

    /// The column of a field in this row's table, if the row has a value there.
    #[inline]
    fn column(&self, field: usize) -> Option<&'a Column> {
        let column = (*self.table.columns.get(field)?)?;
        match &column.valid {
            Some(valid) if !bit(valid, self.index) => None,
            _ => Some(column),
        }
    }
}

fn bit(bitmap: &[u8], row: usize) -> bool {
    bitmap.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

fn range(offsets: &[u32], at: usize) -> Option<std::ops::Range<usize>> {
    Some(*offsets.get(at)? as usize..*offsets.get(at + 1)? as usize)
}

fn item(texts: &TextColumn, at: usize) -> Option<&str> {
    std::str::from_utf8(texts.bytes.get(range(&texts.offsets, at)?)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::{Call, Table};

    fn read(column: Column, row: usize) -> (Option<String>, Option<i64>, Option<bool>) {
        let call = Call {
            key_space: 0,
            watermark: 0,
            tables: Vec::<Table>::new(),
            groups: Vec::new(),
            order_tables: vec![0, 7, 0],
            order_rows: vec![u32::try_from(row).unwrap(), 0, 9000],
            explain: false,
            extra: Vec::new(),
        };
        let columns = vec![Some(&column)];
        let table = TableView { subscription: 0, times: &[1, 2], origins: &[], late: None, columns };
        let frame = Frame { call: &call, tables: vec![table] };
        let rows: Vec<_> = Rows::of(&frame, 0, u32::MAX).collect();
        let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
        (row.text(Text(0)).map(str::to_owned), row.integer(Integer(0)), row.boolean(Boolean(0)))
    }

    fn column(values: Values, valid: Option<Vec<u8>>) -> Column {
        Column { values, valid, truncated: None }
    }

    #[test]
    fn columns_that_break_the_layout_read_as_no_value() {
        let text = |offsets: &[u32], bytes: &[u8]| {
            column(Values::Text(TextColumn { offsets: offsets.into(), bytes: bytes.into() }), None)
        };
        assert_eq!(read(text(&[0, 2, 4], b"abcd"), 1).0.as_deref(), Some("cd"));
        for broken in [
            text(&[0, 2], b"ab"),
            text(&[0, 2, 9], b"abcd"),
            text(&[0, 3, 1], b"abcd"),
            text(&[0, 0, 2], &[0xff, 0xfe]),
            column(Values::Integer(vec![1]), None),
            column(Values::Boolean(Vec::new()), None),
            column(Values::Integer(vec![1, 2]), Some(vec![0b01])),
            column(Values::Integer(vec![1, 2]), Some(Vec::new())),
        ] {
            assert_eq!(read(broken, 1), (None, None, None));
        }
    }
}
