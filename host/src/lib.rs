//! The host: Kafka, WebAssembly, configuration and the command line around the pipeline of `sekisho-core`.

pub mod admin;
pub mod app;
pub mod cli;
pub mod config;
pub mod kafka;
pub mod metrics;
pub mod replay;
pub mod units;
pub mod wasm;
