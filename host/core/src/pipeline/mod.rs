//! source → decode → exchange → detect → publish.
//!
//! [`Worker`] is the pipeline of one worker as a value; [`Embedded`] runs it on an in-memory log.

mod account;
mod embedded;
mod healing;
mod ingest;
mod interval;
mod json;
mod outputs;
mod publishing;
mod receiving;
mod renew;
mod report;
mod retrying;
mod said;
mod sent;
mod shard;
mod suspending;
#[cfg(test)]
mod tests;
mod told;
mod worker;

pub use account::{Account, AlertCounts};
pub use embedded::{Embedded, EmbeddedError};
pub use healing::Asked;
pub use ingest::LETTER_BYTES;
pub use interval::{Coverage, DeadLetter, Explained, Interval, LateRow, Quarantined, StateChange, Status};
pub use renew::RenewError;
pub use report::{Remembered, Report, ShardReport};
pub use retrying::Retry;
pub use shard::{RestoreError, Restorer, Shard};
pub use worker::{Pending, Worker, WorkerOptions};
