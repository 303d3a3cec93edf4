//! Event time as it is known: progress told by the owners of raw partitions, and the watermarks that follow from it.

mod progress;
#[cfg(test)]
mod tests;
mod watermark;

pub use progress::{AHEAD_OF_ARRIVAL, Kind, PartitionClock, Progress, ProgressEntry, QUIET_CADENCE, counts};
pub use watermark::Watermarks;
