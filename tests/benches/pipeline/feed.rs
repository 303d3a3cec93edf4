//! Writes generated lines to a topic: all of them unseen until a shot, or one after another at a pace.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::lines::{Generator, Line, Spec, Truth};

/// The most that the broker grants a transaction.
const PATIENCE: Duration = Duration::from_secs(600);

/// Lines that lie on the topic in an open transaction, so that no reader of committed records sees them yet: every
/// system is measured from the same starting shot, started and idle.
pub struct Loaded {
    producer: BaseProducer,
    pub truth: Truth,
    /// Records, the marked last ones of each partition included.
    pub records: u64,
}

/// When marked lines were sent.
#[derive(Default)]
pub struct Sent(Mutex<HashMap<u64, Instant>>);

/// Writes the lines of a spec, and one marked line at the end of each partition.
pub fn load(broker: &str, topic: &str, partitions: i32, spec: Spec) -> Result<Loaded> {
    let producer: BaseProducer = producer(broker)
        .set("transactional.id", format!("{topic}-load"))
        .set("transaction.timeout.ms", PATIENCE.as_millis().to_string())
        .create()?;
    producer.init_transactions(Duration::from_secs(30))?;
    producer.begin_transaction()?;
    let mut generator = Generator::new(spec);
    while let Some(line) = generator.line() {
        send(&producer, topic, line.number as i32 % partitions, &line);
    }
    let truth = generator.truth();
    for partition in 0..partitions {
        let line = generator.last(spec.count + partition as u64);
        send(&producer, topic, partition, &line);
    }
    producer.flush(Duration::from_secs(60)).context("the broker takes no lines")?;
    Ok(Loaded { producer, truth, records: spec.count + partitions as u64 })
}

/// Writes the lines of a spec, so many a second, and notes when marked ones were sent.
pub fn pace(broker: &str, topic: &str, partitions: i32, spec: Spec, rate: u64, sent: &Sent) -> Result<()> {
    let producer: BaseProducer = producer(broker).set("linger.ms", "1").create()?;
    let mut generator = Generator::new(spec);
    let start = Instant::now();
    while let Some(line) = generator.line() {
        let due = start + Duration::from_nanos((line.number - spec.first) * 1_000_000_000 / rate);
        // Small rates go line by line, large ones in steps of a millisecond.
        let early = due.saturating_duration_since(Instant::now());
        if early > Duration::from_millis(1) {
            thread::sleep(early);
        }
        if line.marked {
            sent.note(line.number);
        }
        send(&producer, topic, line.number as i32 % partitions, &line);
        producer.poll(Duration::ZERO);
    }
    producer.flush(Duration::from_secs(60)).context("the broker takes no lines")?;
    Ok(())
}

fn producer(broker: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", broker)
        .set("compression.type", "lz4")
        .set("linger.ms", "20")
        .set("batch.size", "1000000")
        .set("delivery.report.only.error", "true");
    config
}

fn send(producer: &BaseProducer, topic: &str, partition: i32, line: &Line<'_>) {
    let mut record = BaseRecord::<(), str>::to(topic).partition(partition).payload(line.text).timestamp(line.time);
    while let Err((_, back)) = producer.send(record) {
        record = back;
        producer.poll(Duration::from_millis(5));
    }
}

// === impl Loaded ===

impl Loaded {
    /// The shot: every line can be read from now on.
    pub fn release(self) -> Result<()> {
        self.producer.commit_transaction(PATIENCE).context("the lines can't be made readable")
    }
}

// === impl Sent ===

impl Sent {
    fn note(&self, number: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, Instant::now());
    }

    /// How long ago a marked line was sent; none: it was not, or was asked for before.
    pub fn take_age(&self, number: u64, now: Instant) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&number).map(|at| now - at)
    }
}
