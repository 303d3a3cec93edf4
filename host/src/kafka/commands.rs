//! The commands that wait on the control topic, as a worker sees them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use sekisho_core::model::ShardId;

use super::changelog::is_passing;
use super::client::Isolation;
use super::command::Command;
use super::config::Config;
use super::connect::{Reader, reader};
use super::failure::Failure;
use super::topics::Topics;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);

/// Follows the control topic.
pub(super) struct Commands {
    reader: Reader,
    looked: Option<Instant>,
    waiting: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Served in the open interval.
    served: Vec<Vec<u8>>,
}

// === impl Commands ===

impl Commands {
    /// Begins at the topic's beginning: what was asked while nobody ran is served too.
    pub fn open(config: &Config, topics: &Topics) -> Result<Self, Failure> {
        let reader = reader(config, Isolation::Committed).map_err(|error| Failure::Fatal(error.to_string()))?;
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(&topics.control, 0, Offset::Beginning)
            .and_then(|()| reader.assign(&from))
            .map_err(|error| Failure::outside("follow the control topic", &error))?;
        Ok(Self { reader, looked: None, waiting: BTreeMap::new(), served: Vec::new() })
    }

    /// Takes what came since the last look.
    pub fn look(&mut self) -> Result<(), Failure> {
        if self.looked.is_some_and(|at| at.elapsed() < EVERY) {
            return Ok(());
        }
        self.looked = Some(Instant::now());
        while let Some(polled) = self.reader.poll(Duration::ZERO) {
            match polled {
                Ok(message) => {
                    let key = message.key().unwrap_or_default();
                    if Command::parse_key(key).is_some() {
                        match message.payload() {
                            Some(value) => self.waiting.insert(key.to_vec(), value.to_vec()),
                            None => self.waiting.remove(key),
                        };
                    }
                }
                Err(KafkaError::PartitionEOF(_)) => {}
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(Failure::outside("follow the control topic", &error)),
            }
        }
        Ok(())
    }

    /// The commands to a shard that the open interval has not served; `None`: one that can't be read.
    pub fn of(&self, shard: ShardId) -> Vec<(Vec<u8>, Option<Command>)> {
        let its = |key: &&Vec<u8>| Command::parse_key(key).is_some_and(|(to, _)| to == shard);
        let waiting = self.waiting.iter().filter(|(key, _)| its(key) && !self.served.contains(key));
        waiting.map(|(key, value)| (key.clone(), serde_json::from_slice(value).ok())).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Served, if the open interval is committed.
    pub fn serve(&mut self, key: Vec<u8>) {
        self.served.push(key);
    }

    /// Keys of the commands that the open interval serves.
    pub fn served(&self) -> &[Vec<u8>] {
        &self.served
    }

    pub fn committed(&mut self) {
        for key in self.served.drain(..) {
            self.waiting.remove(&key);
        }
    }

    pub fn aborted(&mut self) {
        self.served.clear();
    }
}
