//! What a detector is given: `call` and its parts.

use super::Extra;

/// Whether bit `row` of a bitmap is set; a bitmap that is too short reads as unset.
pub fn bit(bitmap: &[u8], row: usize) -> bool {
    bitmap.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

/// Groups of one key space, with their rows and states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Call {
    pub key_space: u32,
    /// Nanoseconds; `i64::MIN`: not known yet; `i64::MAX`: the end of time.
    pub watermark: i64,
    pub tables: Vec<Table>,
    pub groups: Vec<Group>,
    pub order_tables: Vec<u8>,
    pub order_rows: Vec<u32>,
    pub explain: bool,
    pub extra: Extra,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub subscription: u32,
    pub times: Vec<i64>,
    pub origins: Vec<u64>,
    pub late: Option<Vec<u8>>,
    pub columns: Vec<Column>,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub values: Values,
    pub valid: Option<Vec<u8>>,
    pub truncated: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Text(TextColumn),
    Integer(Vec<i64>),
    Real(Vec<f64>),
    /// A bitmap.
    Boolean(Vec<u8>),
    Texts(TextsColumn),
    Integers(IntegersColumn),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextColumn {
    pub offsets: Vec<u32>,
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextsColumn {
    pub lists: Vec<u32>,
    pub items: TextColumn,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntegersColumn {
    pub lists: Vec<u32>,
    pub items: Vec<i64>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    pub key: Vec<String>,
    pub state: Option<State>,
    pub first: u32,
    pub rows: u32,
    pub due: Option<i64>,
    pub extra: Extra,
}

/// What a detector remembers of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    pub version: u32,
    pub bytes: Vec<u8>,
    pub expires: Option<i64>,
    pub wake: Option<i64>,
}
