//! Where an operator writes: commands to the owners of shards, records that are to be read once more, and what was done
//! with which dead letter. All of one order is one transaction.

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use sekisho_core::model::ShardId;

use super::command::Command;
use super::config::Config;
use super::failure::Failure;
use super::fetch::Fetched;
use super::topics::Topics;
use super::transaction::Transactions;

/// Names the dead letter whose record this is once more.
pub const RETRY_HEADER: &str = "sekisho-retry";

/// One operator's desk. A second one under the same instance's name shuts the first: so no letter is retried twice at one
/// time.
pub struct Desk {
    producer: Transactions,
    topics: Topics,
}

/// One thing to write.
#[derive(Clone, Debug)]
pub enum Order {
    Command {
        shard: ShardId,
        id: String,
        command: Command,
    },
    /// The same bytes to the same partition of the raw topic.
    Record {
        topic: String,
        partition: i32,
        letter: String,
        record: Fetched,
    },
    /// What was done with a dead letter, to its own topic.
    Mark {
        key: String,
        body: Vec<u8>,
    },
}

// === impl Desk ===

impl Desk {
    /// # Errors
    /// When the coordinator does not answer or forbids it.
    pub fn open(config: &Config) -> Result<Self, Failure> {
        Ok(Self { producer: Transactions::of_operator(config)?, topics: Topics::of(config) })
    }

    /// Writes all of it, or nothing.
    ///
    /// # Errors
    /// When the brokers don't take it.
    pub fn write(&self, orders: &[Order]) -> Result<(), Failure> {
        let written: Vec<_> = orders.iter().map(|order| self.written(order)).collect();
        self.producer.run(written.iter().map(Written::record), || Ok(None))
    }

    fn written<'a>(&'a self, order: &'a Order) -> Written<'a> {
        match order {
            Order::Command { shard, id, command } => Written {
                topic: &self.topics.control,
                partition: Some(0),
                key: Some(Command::key(*shard, id).into_bytes()),
                value: Some(serde_json::to_vec(command).unwrap_or_default()),
                timestamp: None,
                headers: None,
            },
            Order::Record { topic, partition, letter, record } => {
                let mut headers = OwnedHeaders::new();
                for (name, value) in &record.headers {
                    headers = headers.insert(Header { key: name, value: value.as_deref() });
                }
                headers = headers.insert(Header { key: RETRY_HEADER, value: Some(letter.as_bytes()) });
                Written {
                    topic,
                    partition: Some(*partition),
                    key: record.key.clone(),
                    value: record.value.clone(),
                    timestamp: record.timestamp.filter(|_| !record.appended),
                    headers: Some(headers),
                }
            }
            Order::Mark { key, body } => Written {
                topic: &self.topics.dead_letters,
                partition: None,
                key: Some(key.clone().into_bytes()),
                value: Some(body.clone()),
                timestamp: None,
                headers: None,
            },
        }
    }
}

struct Written<'a> {
    topic: &'a str,
    partition: Option<i32>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    timestamp: Option<i64>,
    headers: Option<OwnedHeaders>,
}

// === impl Written ===

impl Written<'_> {
    fn record(&self) -> BaseRecord<'_, [u8], [u8]> {
        let mut record = BaseRecord::<[u8], [u8]>::to(self.topic);
        (record.partition, record.key, record.payload) = (self.partition, self.key.as_deref(), self.value.as_deref());
        (record.timestamp, record.headers) = (self.timestamp, self.headers.clone());
        record
    }
}
