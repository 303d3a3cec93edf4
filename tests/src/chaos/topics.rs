//! What is done to topics from outside: creating, feeding, asking how far a group has come.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::input::Line;

/// How long the brokers may take to create a topic.
const LIMIT: Duration = Duration::from_secs(30);
/// How long one of them may take to answer a question.
const ANSWER: Duration = Duration::from_secs(5);
/// So often everything in the exchange must be judged before nothing more can come of it: progress, a wake-up, a signal,
/// and how far a stratum has come travel one hop each, over at most four strata.
const HOPS: u32 = 8;

const BROKERS_DEFAULT: TopicReplication<'_> = TopicReplication::Fixed(-1);

/// The topics of one run, and its group.
pub struct Topics {
    brokers: String,
    group: String,
    raw: String,
    exchange: String,
    reader: BaseConsumer,
}

// === impl Topics ===

impl Topics {
    /// Those of a group.
    ///
    /// # Errors
    /// The client can't be made.
    pub fn of(brokers: &str, group: &str, raw: &str, prefix: &str) -> Result<Self> {
        let reader = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", group)
            .set("isolation.level", "read_uncommitted")
            .set("enable.auto.commit", "false")
            .create()?;
        let (brokers, group, raw) = (brokers.to_owned(), group.to_owned(), raw.to_owned());
        Ok(Self { brokers, group, raw, exchange: format!("{prefix}exchange"), reader })
    }

    /// Creates the raw topic.
    ///
    /// # Errors
    /// What the broker says.
    pub fn create_raw(&self, partitions: i32) -> Result<()> {
        let topic = NewTopic::new(&self.raw, partitions, BROKERS_DEFAULT);
        let answers = wait(self.admin()?.create_topics([&topic], &asked()))?;
        for answer in answers {
            answer.map_err(|(topic, code)| anyhow::anyhow!("failed to create {topic}: {code}"))?;
        }
        Ok(())
    }

    /// Deletes the raw topic.
    ///
    /// # Errors
    /// What the broker says.
    pub fn drop_raw(&self) -> Result<()> {
        for answer in wait(self.admin()?.delete_topics(&[&self.raw], &asked()))? {
            answer.map_err(|(topic, code)| anyhow::anyhow!("failed to delete {topic}: {code}"))?;
        }
        Ok(())
    }

    fn admin(&self) -> Result<AdminClient<DefaultClientContext>> {
        Ok(ClientConfig::new().set("bootstrap.servers", &self.brokers).create()?)
    }

    /// The group's offset of each partition of the raw topic; 0 where it has none.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn raw_offsets(&self) -> Result<Vec<i64>> {
        self.committed(&self.raw)
    }

    /// The same of the exchange.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn exchange_offsets(&self) -> Result<Vec<i64>> {
        self.committed(&self.exchange)
    }

    /// Where each partition of the exchange ends now.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn exchange_ends(&self) -> Result<Vec<i64>> {
        self.ends(&self.exchange)
    }

    /// Waits until the group has committed something.
    ///
    /// # Errors
    /// It had not in time.
    pub fn begun(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        while !self.raw_offsets().is_ok_and(|offsets| offsets.iter().any(|offset| *offset > 0)) {
            ensure!(Instant::now() < deadline, "group {} has read nothing within {} s", self.group, limit.as_secs());
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Waits until everything was read, and judged to the end.
    ///
    /// # Errors
    /// It was not in time; how far it came is said.
    pub fn settled(&self, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        self.reached(&self.raw, deadline)?;
        for _ in 0..HOPS {
            self.reached(&self.exchange, deadline)?;
        }
        Ok(())
    }

    /// Waits until the group is where the topic ends now.
    fn reached(&self, topic: &str, deadline: Instant) -> Result<()> {
        let ends = loop {
            match self.ends(topic) {
                Ok(ends) => break ends,
                Err(error) if Instant::now() >= deadline => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        };
        loop {
            // A coordinator that is loading does not answer at once.
            let at = self.committed(topic).unwrap_or_default();
            if at.len() == ends.len() && at.iter().zip(&ends).all(|(at, end)| at >= end) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!("group {} stands at {at:?} of {topic}, which ended at {ends:?}", self.group);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn count(&self, topic: &str) -> Result<i32> {
        let metadata = self.reader.fetch_metadata(Some(topic), ANSWER)?;
        let found = metadata.topics().first().context("no such topic")?;
        ensure!(found.error().is_none(), "{topic}: {:?}", found.error());
        Ok(found.partitions().len() as i32)
    }

    fn ends(&self, topic: &str) -> Result<Vec<i64>> {
        (0..self.count(topic)?).map(|partition| Ok(self.reader.fetch_watermarks(topic, partition, ANSWER)?.1)).collect()
    }

    fn committed(&self, topic: &str) -> Result<Vec<i64>> {
        let mut asked = TopicPartitionList::new();
        for partition in 0..self.count(topic)? {
            asked.add_partition(topic, partition);
        }
        let answer = self.reader.committed_offsets(asked, ANSWER)?;
        let offset = |offset| if let Offset::Offset(offset) = offset { offset } else { 0 };
        Ok(answer.elements().iter().map(|element| offset(element.offset())).collect())
    }
}

/// Writes records to a topic, each to its partition, no faster than `allowed` (how many may be written by now) says.
/// Outages are waited out; nothing is written twice.
///
/// # Errors
/// The broker takes no records.
pub fn feed(brokers: &str, topic: &str, lines: &[Line], mut allowed: impl FnMut() -> usize) -> Result<()> {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("enable.idempotence", "true")
        .set("linger.ms", "5")
        .create()?;
    for (at, line) in lines.iter().enumerate() {
        while allowed() <= at {
            producer.poll(Duration::from_millis(5));
        }
        let mut record = BaseRecord::<(), str>::to(topic).partition(line.partition).payload(&line.text);
        while let Err((_, back)) = producer.send(record) {
            record = back;
            producer.poll(Duration::from_millis(10));
        }
    }
    producer.flush(Duration::from_secs(120)).context("failed to write the records")
}

fn asked() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(LIMIT))
}

/// Waits for an answer that a client's own thread brings.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
