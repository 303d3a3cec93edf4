//! Logs from files instead of Kafka: what `replay`, `demo` and `plugin test` read.
//!
//! [`find`] names the files, [`open`] turns one into records with line numbers, [`Merge`] makes one stream of many.
//! Nothing of it depends on the machine: the same files give the same records in the same order.

mod evtx;
mod find;
mod frame;
mod judge;
mod merge;
mod open;
mod record;
mod sniff;

pub use find::{Found, STDIN, find};
pub use judge::{JudgeError, Judged, Options, Sink, judge, judge_with};
pub use merge::{Merge, Taken, TimeOf};
pub use open::{Limits, open};
pub use record::{ReadError, Reader, Text};
