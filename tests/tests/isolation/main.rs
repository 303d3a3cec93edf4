//! A detector that misbehaves is refused at the start with the reason, or contained in its call; nothing else suffers.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod call;
mod pack;
mod shard;
mod start;
mod support;
mod time;
