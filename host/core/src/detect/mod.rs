//! detect: the owner of a shard hands each detector its rows and states, and takes back what it judges.

mod batch;
mod columns;
mod detector;
mod tables;

pub use batch::{Batch, Slice};
pub use detector::{Detector, Evaluated, Fault};
pub use tables::{Caller, wake_call};
