//! The memory of a shard: states of keys with their expiry and wake-ups, quotas, and the changelog that it is the fold of.
//!
//! One [`Store`] belongs to one shard and one thread. It is values alone: whoever owns it writes its changes to the
//! changelog in the interval's transaction, and tells it whether that was committed.

mod codec;
mod deadlines;
mod journal;
mod key;
mod quota;
mod space;
mod store;
mod stored;
#[cfg(test)]
mod tests;

pub use deadlines::{DueWake, Expired};
pub use key::{DetectorNames, KeySpaceNames, Names, StateKey};
pub use quota::{Evicted, Quota, Usage};
pub use space::STATE_OVERHEAD;
pub use store::{FAILURES_BEFORE_SET_ASIDE, Store};
pub use stored::{AlertMemory, SetAside, Stored};
