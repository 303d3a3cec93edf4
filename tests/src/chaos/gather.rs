//! Reads what a run left behind, as a reader of committed records.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use serde_json::Value;

use super::outcome::{Outcome, Revision};

/// Nothing came for so long, and not the end either.
const LIMIT: Duration = Duration::from_secs(30);

/// The outcome of the run whose topics begin with `prefix`.
///
/// # Errors
/// The topics can't be read, or hold what no run writes.
pub fn gather(brokers: &str, prefix: &str) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    each(brokers, &format!("{prefix}alerts"), |_, key, value| {
        let body: Value = serde_json::from_slice(value.context("an alert without a body")?)?;
        let uid = String::from_utf8(key.to_vec())?;
        let revision = body.pointer("/unmapped/sekisho/revision").and_then(Value::as_u64);
        outcome.alerts.push(Revision { uid, revision: revision.context("an alert without a revision")?, body });
        Ok(())
    })?;
    each(brokers, &format!("{prefix}dead-letters"), |_, _, value| {
        let letter: Value = serde_json::from_slice(value.context("a letter without a body")?)?;
        outcome.letters.push(format!("{} {}", letter["origins"], letter["reason"]));
        Ok(())
    })?;
    let mut states = BTreeMap::new();
    each(brokers, &format!("{prefix}state"), |partition, key, value| {
        match value {
            _ if key == b"m" => {}
            Some(value) => drop(states.insert((partition, key.to_vec()), value.to_vec())),
            None => drop(states.remove(&(partition, key.to_vec()))),
        }
        Ok(())
    })?;
    outcome.states = states;
    Ok(outcome)
}

/// Hands over every committed record of a topic up to where it ends now, partition by partition in order.
fn each(brokers: &str, topic: &str, mut take: impl FnMut(i32, &[u8], Option<&[u8]>) -> Result<()>) -> Result<()> {
    let reader: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "outside")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()?;
    let metadata = reader.fetch_metadata(Some(topic), LIMIT)?;
    let count = metadata.topics().first().context("no such topic")?.partitions().len();
    let mut from = TopicPartitionList::new();
    for partition in 0..count as i32 {
        from.add_partition_offset(topic, partition, Offset::Beginning)?;
    }
    reader.assign(&from)?;
    // A partition that is written to meanwhile ends again and again.
    let mut open: BTreeSet<_> = (0..count as i32).collect();
    while !open.is_empty() {
        match reader.poll(LIMIT) {
            Some(Ok(record)) => {
                take(record.partition(), record.key().unwrap_or_default(), record.payload())?;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                open.remove(&partition);
            }
            Some(Err(error)) => return Err(error).with_context(|| format!("failed to read {topic}")),
            None => bail!("nothing came of {topic} before its end"),
        }
    }
    Ok(())
}
