//! exchange: every row travels to the shard that owns its key.
//!
//! [`Router`] turns events, signals and findings into rows of streams; [`Outgoing`] gathers them in columns for each
//! shard and seals them into frames; [`Frame`] is one record of the exchange topic.

mod adopt;
mod frame;
mod key;
mod layout;
mod origins;
mod outgoing;
mod route;

pub use adopt::Adoption;
pub use frame::{Frame, FrameError, Section, encode, peek_plan};
pub use key::shard_of;
pub use layout::{FIXED, Layout, column};
pub use origins::{OriginTable, read_origins, write_origins};
pub use outgoing::Outgoing;
pub(crate) use outgoing::cut;
pub use route::{Router, Row, RowCounts, Unrouted};
