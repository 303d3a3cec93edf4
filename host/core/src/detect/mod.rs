//! detect: the owner of a shard hands each detector its rows and states, and takes back what it judges.
//!
//! [`Judge`] gathers the rows of each key space into a [`Batch`], cuts it into calls, and tells a [`Sink`] what came of
//! them. A call that fails is halved until the group that it fails on stands alone; every other group goes on.

mod batch;
mod columns;
mod detector;
mod judge;
mod seat;
mod sink;
mod tables;
mod work;

pub use batch::{Batch, RowAt, Slice};
pub use detector::{Detector, Evaluated, Fault};
pub use judge::{Judge, watermark_of};
pub use seat::{DetectorReport, FaultPolicy, Seat};
pub use sink::{Memory, Sink};
pub use tables::{Caller, wake_call};
pub use work::{Wakes, Work};
