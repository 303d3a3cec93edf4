//! Stand-ins for what stands behind the seams: a scripted detector.

mod scripted;

pub use scripted::{Scripted, configured};
