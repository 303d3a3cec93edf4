//! Creating, describing and purging topics, with answers that are waited for.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use rdkafka::TopicPartitionList;
use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};

use super::client::{self, REQUEST_TIMEOUT, Reporter};
use super::config::Config;
use super::connect::{ConnectError, settings};

/// A client for the administration of topics.
pub struct Admin {
    client: AdminClient<Reporter>,
    options: AdminOptions,
}

// === impl Admin ===

impl Admin {
    /// Makes the client; it connects when it is first used.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn new(config: &Config) -> Result<Self, ConnectError> {
        let client = client::admin(config).create_with_context(Reporter::new("admin")).map_err(settings)?;
        let options =
            AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT));
        Ok(Self { client, options })
    }

    /// Creates a topic; `replication` as the broker's default where none. One that is there already is no error.
    ///
    /// # Errors
    /// What the broker says.
    pub fn create_topic(
        &self,
        name: &str,
        partitions: u32,
        replication: Option<u16>,
        settings: &[(&str, &str)],
    ) -> Result<(), RDKafkaErrorCode> {
        let replication = TopicReplication::Fixed(replication.map_or(-1, i32::from));
        let partitions = i32::try_from(partitions).map_err(|_| RDKafkaErrorCode::InvalidPartitions)?;
        let topic = NewTopic::new(name, partitions, replication);
        let topic = settings.iter().fold(topic, |topic, (key, value)| topic.set(key, value));
        let results = wait(self.client.create_topics([&topic], &self.options)).map_err(|error| code(&error))?;
        for result in results {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((_, code)) => return Err(code),
            }
        }
        Ok(())
    }

    /// The settings of topics, in their order.
    pub(super) fn describe(&self, topics: &[&str]) -> KafkaResult<Vec<Result<ConfigResource, RDKafkaErrorCode>>> {
        let wanted: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        wait(self.client.describe_configs(&wanted, &self.options))
    }

    /// Deletes the records before each offset in the list, all of one topic. Where that fails it is tried once more after
    /// the brokers were asked who leads its partitions: by itself the client would go on asking those that did.
    pub(super) fn delete_before(&self, topic: &str, offsets: &TopicPartitionList) -> KafkaResult<()> {
        self.delete(offsets).or_else(|_| {
            self.client.inner().fetch_metadata(Some(topic), REQUEST_TIMEOUT)?;
            self.delete(offsets)
        })
    }

    fn delete(&self, offsets: &TopicPartitionList) -> KafkaResult<()> {
        let answer = wait(self.client.delete_records(offsets, &self.options))?;
        answer.elements().iter().try_for_each(|element| element.error())
    }
}

fn code(error: &KafkaError) -> RDKafkaErrorCode {
    error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread; the client's own thread completes it.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
