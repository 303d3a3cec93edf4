//! Durations and moments, in the contract's unit: nanoseconds.

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// Nanoseconds of a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Nanoseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Nanoseconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// The start of the aligned UTC window of this width that holds a time.
pub fn align(time: i64, width: i64) -> i64 {
    let width = width.max(1);
    time.div_euclid(width).saturating_mul(width)
}
