//! Sekisho on a real Apache Kafka. Without one, every test says that it was skipped and passes; in CI it fails.

mod echo;
mod helpers;
mod pace;
mod pieces;
mod pipeline;
mod security;
mod worker;
