//! The host.

pub mod replay;
pub mod units;
pub mod wasm;
