//! Memories that the SDK's windows are too wide for: sums by day and party in 32 bytes a record.
//!
//! What they hold follows from the rows alone, whatever their order: sums add, least and greatest values are chosen, and
//! which parties a full day keeps is decided by the hash of their names.

mod facts;
mod folders;
mod ledger;
mod packed;
mod peaks;
mod uploads;

pub use facts::{Facts, Known};
pub use folders::{Folders, Read};
pub use ledger::{Flow, Ledger, Sent, Sums};
pub use peaks::{Counted, Peaks};
pub use uploads::Uploads;

use sekisho_sdk::prelude::DAY;
use sekisho_sdk::state::hash;

/// The day of a time, counted from 1970; times before it or beyond 2149 fall on the first or last.
pub fn day_of(time: i64) -> u16 {
    u16::try_from(time.div_euclid(DAY).clamp(0, u16::MAX.into())).unwrap_or(u16::MAX)
}

/// The short hash by which a party's records are found again.
pub fn party(name: &str) -> u32 {
    // The greatest value stands for those that a full day has no room for.
    ((hash(name.as_bytes()) >> 32) as u32).min(u32::MAX - 1)
}

/// How many different things fill so many of some slots: −slots · ln(empty/slots), ln by the harmonic numbers, exact enough for a
/// figure that says "about" and the same on every machine.
pub fn about(filled: u64, slots: u64) -> u64 {
    let empty = slots.saturating_sub(filled).max(1);
    (empty + 1..=slots).map(|k| slots * 1000 / k).sum::<u64>() / 1000
}
