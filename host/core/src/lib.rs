//! The Sekisho pipeline as functions of values: source → decode → exchange → detect → publish.
//!
//! No Kafka, no WebAssembly and no wall clock live here; `Cargo.toml` proves the first two, and time is always passed in.
//! The host crate `sekisho` puts the world around it.

pub mod bytes;
pub mod contract;
pub mod decode;
pub mod detect;
pub mod enrich;
pub mod exchange;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod publish;
pub mod schema;
pub mod state;
pub mod testing;
pub mod time;
