//! detect: the owner of a shard hands each detector its rows and states, and takes back what it judges.
//!
//! [`Judge`] gathers the rows of each key space into a [`Batch`], cuts it into calls, and tells a [`Sink`] what came of
//! them. A call that fails is halved until the group that it fails on stands alone; every other group goes on. A detector
//! that fails too much is stopped, and its [`Standing`] in the shard says what it misses until it is tried again.

mod batch;
mod columns;
mod detector;
mod gap;
mod judge;
mod late;
mod seat;
mod sink;
mod standing;
mod tables;
mod work;

pub use batch::{Batch, RowAt, Slice};
pub use detector::{Detector, Evaluated, Fault};
pub use gap::{Gap, Missed};
pub use judge::{Judge, Turn, missed, watermark_of};
pub use late::Late;
pub use seat::{DetectorReport, FaultPolicy, Seat};
pub use sink::{Memory, Sink};
pub use standing::{FIRST_BACKOFF, LONGEST_BACKOFF, MOST_GAPS, Standing, Suspension};
pub use tables::{Caller, wake_call};
pub use work::{Wakes, Work};
