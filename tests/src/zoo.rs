//! Calls for the guest zoo: its columns, by its plan.

use sekisho_core::contract::{Call, Column, Group, Table, TextColumn, Values};

fn texts(texts: impl Iterator<Item = String>) -> Column {
    let mut column = TextColumn { offsets: vec![0], bytes: Vec::new() };
    for text in texts {
        column.bytes.extend_from_slice(text.as_bytes());
        column.offsets.push(column.bytes.len() as u32);
    }
    Column { values: Values::Text(column), valid: None, truncated: None }
}

/// A call of the key space `user` with this many rows for each of the keys.
pub fn call(keys: &[&str], rows: u32) -> Call {
    let all = rows * keys.len() as u32;
    let text = |name: &'static str| texts((0..all).map(move |row| format!("{name}-{row}")));
    let integer = |modulus| Column {
        values: Values::Integer((0..i64::from(all)).map(|row| row % modulus).collect()),
        valid: None,
        truncated: None,
    };
    let bits = Column { values: Values::Boolean(vec![0x55; all.div_ceil(8) as usize]), valid: None, truncated: None };
    let columns = vec![
        texts((0..all).map(|row| keys[(row / rows) as usize].to_owned())),
        text("address"),
        text("host"),
        text("protocol"),
        integer(11),
        integer(2),
        integer(5000),
        bits,
    ];
    let group = |at: usize| Group { key: vec![keys[at].to_owned()], first: at as u32 * rows, rows, ..Group::default() };
    Call {
        key_space: 0,
        tables: vec![Table {
            subscription: 0,
            times: (0..i64::from(all)).collect(),
            origins: (0..u64::from(all)).map(|row| 1000 + row).collect(),
            columns,
            ..Table::default()
        }],
        groups: (0..keys.len()).map(group).collect(),
        order_tables: vec![0; all as usize],
        order_rows: (0..all).collect(),
        ..Call::default()
    }
}
