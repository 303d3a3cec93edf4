//! Sekisho's own topics as commands read them: JSON records, each with its place and time.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sekisho_core::model::Time;
use serde_json::Value;

use super::detectors;
use super::exit::Exit;
use crate::kafka::{self, Reader, Shutdown, TopicError, raw_partitions, scan};

/// A record of JSON.
#[derive(Clone, Debug)]
pub struct Entry {
    pub partition: i32,
    pub offset: i64,
    pub time: Option<Time>,
    pub key: String,
    pub body: Value,
}

/// The section `kafka` of a configuration; what is wrong with it is shown.
///
/// # Errors
/// It can't be read, or has no such section.
pub fn kafka_of(path: &Path) -> Result<Result<kafka::Config, Exit>> {
    let variable = |name: &str| std::env::var(name).ok();
    let draft = crate::config::load(path, &variable).with_context(|| format!("failed to read {}", path.display()))?;
    if draft.mistakes() > 0 {
        detectors::show(&draft, path);
        return Ok(Err(Exit::Refused));
    }
    let config = draft.config.kafka.with_context(|| format!("{} has no section `kafka`", path.display()))?;
    Ok(Ok(config))
}

/// Waits for the brokers.
///
/// # Errors
/// They can't be worked with.
pub fn connect(config: &kafka::Config) -> Result<Reader> {
    Ok(kafka::connect(config, &Shutdown::default())?)
}

/// Every record of a topic that is a JSON object, in order within a partition.
///
/// # Errors
/// The topic can't be read.
pub fn entries(config: &kafka::Config, reader: &Reader, topic: &str, mut take: impl FnMut(Entry)) -> Result<()> {
    let partitions = match raw_partitions(reader, &[topic.to_owned()]) {
        Err(TopicError::Missing(..)) => {
            bail!("topic {topic} does not exist: `sekisho run` creates it at its first start")
        }
        counted => counted?.first().copied().unwrap_or_default(),
    };
    scan(config, topic, partitions, |record| {
        let body = record.value.and_then(|value| serde_json::from_slice(value).ok());
        let Some(body @ Value::Object(_)) = body else { return };
        let key = record.key.map(String::from_utf8_lossy).unwrap_or_default().into_owned();
        take(Entry { partition: record.partition, offset: record.offset, time: record.time, key, body });
    })?;
    Ok(())
}
