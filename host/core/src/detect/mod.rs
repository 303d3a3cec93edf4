//! detect: the owner of a shard hands each detector its rows and states, and takes back what it judges.

mod detector;

pub use detector::{Detector, Evaluated, Fault};
