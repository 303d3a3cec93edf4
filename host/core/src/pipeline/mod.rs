//! source → decode → exchange → detect → publish.

mod interval;

pub use interval::{Coverage, DeadLetter, Interval, Quarantined, StateChange};
