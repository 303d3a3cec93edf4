//! Kafka around the pipeline: who reads what, and one transaction for each interval.
//!
//! A worker ([`Prepared::run`] starts as many as it is told to) is one thread that owns one member of the consumer group, one transactional producer and
//! the shards of its exchange partitions. All outputs of an interval and the offsets of what it read are committed
//! together or not at all; Kafka itself is the distributed engine.

mod admin;
mod changelog;
mod client;
mod command;
mod commands;
mod config;
mod connect;
mod control;
mod desk;
mod encode;
mod failure;
mod fetch;
mod gate;
mod group;
mod healing;
mod history;
mod lanes;
mod meter;
mod native;
mod offer;
mod ownership;
mod passthrough;
mod pipeline;
mod purge;
mod renew;
mod roll;
mod run;
mod scan;
mod secret;
mod shutdown;
mod step;
mod tell;
mod topics;
mod transaction;
mod watch;
mod worker;

pub use admin::Admin;
pub use changelog::{Changelog, Progress, read_all};
pub use client::{Complaint, Isolation, TRANSACTION_TIMEOUT, Trouble, transactional_id};
pub use command::{Bytes, Command, RawRecord, RetryGroup};
pub use config::{Config, Mechanism, Mistake, Protocol, Sasl, Security, Tls, TopicsConfig};
pub use connect::{ConnectError, Reader, connect, reader};
pub use control::Control;
pub use desk::{Desk, Order, RETRY_HEADER};
pub use failure::Failure;
pub use fetch::{Fetch, Fetched};
pub use gate::Gate;
pub use offer::{Blueprint, Offer};
pub use passthrough::Passthrough;
pub use pipeline::{Pending, Pipeline, Restorer, ShardRestorer, Unreadable};
pub use purge::purge;
pub use run::{Prepared, RunError, prepare};
pub use scan::{Scanned, scan};
pub use secret::Secret;
pub use shutdown::Shutdown;
pub use topics::{Checked, Limits, TopicError, Topics, raw_partitions};
pub use transaction::{Offsets, Outgoing, Transactions};
pub use watch::Watch;
