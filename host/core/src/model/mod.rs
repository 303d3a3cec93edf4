//! What flows between the stages.

mod event;
mod ids;
mod key;
mod record;
mod time;

pub use event::{Event, EventHead, Value, Values};
pub use ids::{Digest, Origin, RawPartition, ShardId, SourceId};
pub use key::Key;
pub use record::{Record, TimestampKind};
pub use time::Time;
