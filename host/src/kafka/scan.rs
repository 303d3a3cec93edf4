//! Reads the committed records of a topic for people: from its beginning to where it ends now.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use sekisho_core::model::Time;

use super::changelog::is_passing;
use super::client::{Isolation, TRANSACTION_TIMEOUT};
use super::config::Config;
use super::connect::reader;
use super::failure::Failure;

/// A record with its place.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'a> {
    pub partition: i32,
    pub offset: i64,
    /// When it was written.
    pub time: Option<Time>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
}

/// Hands over every committed record; in order within a partition. An open transaction hides what comes behind it.
///
/// # Errors
/// When the broker fails, or says nothing for twice as long as a transaction may be open.
pub fn scan(config: &Config, topic: &str, partitions: u32, mut take: impl FnMut(&Scanned<'_>)) -> Result<(), Failure> {
    let reader = reader(config, Isolation::Committed).map_err(|error| Failure::Fatal(error.to_string()))?;
    let failed = |error: KafkaError| Failure::outside(&format!("read {topic}"), &error);
    let mut from = TopicPartitionList::new();
    for partition in 0..partitions.cast_signed() {
        from.add_partition_offset(topic, partition, Offset::Beginning).map_err(failed)?;
    }
    reader.assign(&from).map_err(failed)?;
    // A partition that is written to meanwhile ends again and again.
    let mut open: BTreeSet<_> = (0..partitions.cast_signed()).collect();
    let mut heard = Instant::now();
    while !open.is_empty() {
        match reader.poll(Duration::from_millis(200)) {
            None if heard.elapsed() > 2 * TRANSACTION_TIMEOUT => {
                return Err(Failure::Rebuild(format!("nothing more came of {topic} before its end")));
            }
            None => continue,
            Some(Ok(message)) => take(&Scanned {
                partition: message.partition(),
                offset: message.offset(),
                time: message.timestamp().to_millis().map(Time::from_millis),
                key: message.key(),
                value: message.payload(),
            }),
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) if is_passing(&error) => {}
            Some(Err(error)) => return Err(failed(error)),
        }
        heard = Instant::now();
    }
    Ok(())
}
