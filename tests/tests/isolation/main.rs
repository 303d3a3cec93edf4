//! A detector that misbehaves is refused at the start with the reason, or contained in its call; nothing else suffers.

mod call;
mod pack;
mod start;
mod support;
mod time;
