//! The host.

pub mod units;
pub mod wasm;
