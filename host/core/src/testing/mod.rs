//! What tests of detectors stand on, whether the detector is native, scripted or a component: rows made by hand or
//! recorded, a small stage that plays them, the five laws, and a detector that is a closure.

mod columns;
pub mod laws;
mod recorder;
mod row;
mod scripted;
mod signals;
mod stage;

pub use recorder::Recorder;
pub use row::{Fed, Row, route};
pub use scripted::{Scripted, configured};
pub use stage::{Accounts, Pace, Stage, Standing};
