//! The fixed columns of rows that detectors send each other.

use crate::contract::{Kind, SignalType};

/// Columns of the rows of `finding:<detector>`, in the order of [`FINDING_COLUMNS`]'s positions.
pub const FINDING_COLUMNS: &[(&str, Kind)] = &[
    ("origins", Kind::Integers),
    ("key", Kind::Texts),
    ("uid", Kind::Text),
    ("rule", Kind::Text),
    ("severity", Kind::Integer),
    ("confidence", Kind::Integer),
    ("title", Kind::Text),
    ("change", Kind::Text),
    ("techniques", Kind::Texts),
    ("users", Kind::Texts),
    ("hosts", Kind::Texts),
    ("addresses", Kind::Texts),
    ("since", Kind::Integer),
    ("until", Kind::Integer),
];

/// Columns that every signal row has before the signal's own fields.
pub const SIGNAL_COLUMNS: &[(&str, Kind)] = &[("origins", Kind::Integers), ("key", Kind::Texts)];

/// Position of the column `origins` in both: tokens, made by the shard that reads the row.
pub const ORIGINS: usize = 0;

/// All columns of a signal's rows, in order.
pub fn signal_columns(signal: &SignalType) -> impl Iterator<Item = (&str, Kind)> {
    let own = signal.fields.iter().map(|field| (field.path.as_str(), field.kind));
    SIGNAL_COLUMNS.iter().copied().chain(own)
}
