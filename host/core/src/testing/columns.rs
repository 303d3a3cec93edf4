//! Columns of a call, from rows and back.

use std::borrow::Cow;

use crate::contract::{Column, Field, IntegersColumn, Kind, TextColumn, TextsColumn, Values, bit};
use crate::model::Value;

/// The column of a field over some rows' values.
pub fn column<'v>(field: &Field, rows: impl Iterator<Item = &'v Value<'static>> + Clone) -> Column {
    let valid = bitmap(rows.clone().map(|value| !value.is_null()));
    let values = match field.kind {
        Kind::Text => Values::Text(text(rows.map(|value| value.as_text().unwrap_or_default()))),
        Kind::Integer => Values::Integer(rows.map(|value| value.as_integer().unwrap_or_default()).collect()),
        Kind::Real => Values::Real(rows.map(|value| if let Value::Real(real) = value { *real } else { 0.0 }).collect()),
        Kind::Boolean => Values::Boolean(bitmap(rows.map(|value| matches!(value, Value::Boolean(true))))),
        Kind::Texts => Values::Texts(texts(rows)),
        Kind::Integers => Values::Integers(integers(rows)),
    };
    Column { values, valid: Some(valid), truncated: None }
}

/// The value of a row in a column.
pub fn value(column: &Column, row: usize) -> Value<'static> {
    if column.valid.as_ref().is_some_and(|valid| !bit(valid, row)) {
        return Value::Null;
    }
    let span = |offsets: &[u32]| Some(*offsets.get(row)? as usize..*offsets.get(row + 1)? as usize);
    let read = match &column.values {
        Values::Text(text) => item(text, row).map(Value::Text),
        Values::Integer(values) => values.get(row).copied().map(Value::Integer),
        Values::Real(values) => values.get(row).copied().map(Value::Real),
        Values::Boolean(values) => Some(Value::Boolean(bit(values, row))),
        Values::Texts(lists) => {
            span(&lists.lists).map(|span| Value::Texts(span.filter_map(|at| item(&lists.items, at)).collect()))
        }
        Values::Integers(lists) => {
            span(&lists.lists).and_then(|span| lists.items.get(span)).map(|items| Value::Integers(items.to_vec()))
        }
    };
    read.unwrap_or_default()
}

/// A bit for each row.
pub fn bitmap(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, bit) in bits.enumerate() {
        if at % 8 == 0 {
            bytes.push(0);
        }
        bytes[at / 8] |= u8::from(bit) << (at % 8);
    }
    bytes
}

fn item(text: &TextColumn, at: usize) -> Option<Cow<'static, str>> {
    let span = *text.offsets.get(at)? as usize..*text.offsets.get(at + 1)? as usize;
    Some(String::from_utf8_lossy(text.bytes.get(span)?).into_owned().into())
}

fn text<'v>(rows: impl Iterator<Item = &'v str>) -> TextColumn {
    let mut column = TextColumn { offsets: vec![0], bytes: Vec::new() };
    for text in rows {
        column.bytes.extend_from_slice(text.as_bytes());
        column.offsets.push(offset(column.bytes.len()));
    }
    column
}

fn texts<'v>(rows: impl Iterator<Item = &'v Value<'static>>) -> TextsColumn {
    let mut column = TextsColumn { lists: vec![0], items: TextColumn { offsets: vec![0], bytes: Vec::new() } };
    for value in rows {
        if let Value::Texts(items) = value {
            for item in items {
                column.items.bytes.extend_from_slice(item.as_bytes());
                column.items.offsets.push(offset(column.items.bytes.len()));
            }
        }
        column.lists.push(offset(column.items.offsets.len() - 1));
    }
    column
}

fn integers<'v>(rows: impl Iterator<Item = &'v Value<'static>>) -> IntegersColumn {
    let mut column = IntegersColumn { lists: vec![0], items: Vec::new() };
    for value in rows {
        if let Value::Integers(items) = value {
            column.items.extend(items);
        }
        column.lists.push(offset(column.items.len()));
    }
    column
}

fn offset(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
