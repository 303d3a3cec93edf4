//! The yardstick: librdkafka copies a topic, byte by byte, and looks at nothing. Run as a process of its own.
//!
//! With the settings of Sekisho's own clients (`host/src/kafka/client.rs`), and in transactions those of its worker's
//! transaction: wait until all is written, then commit with the offsets.

use std::time::{Duration, Instant};

use anyhow::Result;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::child::say;

/// What is copied.
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    #[arg(long)]
    pub broker: String,
    #[arg(long)]
    pub from: String,
    #[arg(long)]
    pub to: String,
    #[arg(long)]
    pub partitions: i32,
    #[arg(long)]
    pub records: u64,
    /// Milliseconds between two commits; 0: no transactions
    #[arg(long)]
    pub every: u64,
}

pub fn run(options: &Options) -> Result<()> {
    let (consumer, producer) = clients(options)?;
    let transactional = options.every > 0;
    if transactional {
        producer.init_transactions(Duration::from_secs(30))?;
        producer.begin_transaction()?;
    }
    let mut next = vec![0_i64; options.partitions as usize];
    let (mut copied, mut since) = (0, Instant::now());
    say("ready");
    while copied < options.records {
        if let Some(message) = consumer.poll(Duration::from_millis(5)) {
            let message = message?;
            let partition = message.partition();
            let mut record = BaseRecord::<[u8], [u8]>::to(&options.to).partition(partition);
            record.payload = message.payload();
            while let Err((_, back)) = producer.send(record) {
                record = back;
                producer.poll(Duration::from_millis(1));
            }
            next[partition as usize] = message.offset() + 1;
            copied += 1;
        }
        if transactional && (copied == options.records || since.elapsed() >= Duration::from_millis(options.every)) {
            commit(options, &consumer, &producer, &next)?;
            producer.begin_transaction()?;
            since = Instant::now();
        }
    }
    wait(&producer);
    say("done");
    // Until we are told to end, so that what we used can be read.
    std::thread::sleep(Duration::from_secs(600));
    Ok(())
}

fn clients(options: &Options) -> Result<(BaseConsumer, BaseProducer)> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", &options.broker)
        .set("group.id", &options.to)
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("fetch.queue.backoff.ms", "2")
        .set("fetch.message.max.bytes", "8388608")
        .set("queued.min.messages", "500000")
        .set("queued.max.messages.kbytes", "32768")
        .set("fetch.wait.max.ms", "100")
        .create()?;
    let mut from = TopicPartitionList::new();
    for partition in 0..options.partitions {
        from.add_partition_offset(&options.from, partition, Offset::Beginning)?;
    }
    consumer.assign(&from)?;
    let mut producer = ClientConfig::new();
    producer
        .set("bootstrap.servers", &options.broker)
        .set("compression.type", "lz4")
        .set("linger.ms", "5")
        .set("batch.size", "1000000")
        .set("retry.backoff.ms", "5")
        .set("retry.backoff.max.ms", "20")
        .set("delivery.report.only.error", "true");
    if options.every > 0 {
        producer.set("transactional.id", &options.to);
    }
    Ok((consumer, producer.create()?))
}

fn commit(options: &Options, consumer: &BaseConsumer, producer: &BaseProducer, next: &[i64]) -> Result<()> {
    wait(producer);
    let mut offsets = TopicPartitionList::new();
    for (partition, offset) in (0..).zip(next) {
        offsets.add_partition_offset(&options.from, partition, Offset::Offset(*offset))?;
    }
    if let Some(group) = consumer.group_metadata() {
        producer.send_offsets_to_transaction(&offsets, &group, Duration::from_secs(30))?;
    }
    producer.commit_transaction(Duration::from_secs(30))?;
    Ok(())
}

/// Until nothing is in flight, as the worker waits. (The wrapper's flush sleeps in steps of 100 ms, and its poll spins.)
fn wait(producer: &BaseProducer) {
    while producer.in_flight_count() > 0 {
        // SAFETY: the client lives as long as the producer.
        unsafe { rdkafka::bindings::rd_kafka_flush(producer.client().native_ptr(), 50) };
        producer.poll(Duration::ZERO);
    }
}
