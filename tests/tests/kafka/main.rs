//! Sekisho on a real Apache Kafka. Without one, every test says that it was skipped and passes; in CI it fails.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod brokers;
mod chaos;
mod echo;
mod failover;
mod helpers;
mod operator;
mod outside;
mod pace;
mod pieces;
mod pipeline;
mod plants;
mod product;
mod rights;
mod security;
mod stale;
mod step;
mod three_ways;
mod upgrade;
mod worker;
