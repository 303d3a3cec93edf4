//! An assignment that took long to reach its worker: meanwhile another had the shard, and moved it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sekisho::kafka::{Blueprint, Config, Offer, Protocol, RunError, Shutdown, Topics, prepare};

use crate::echo::{Echo, Meanwhile};
use crate::helpers::{config, create_raw, produce, raw_topic};
use crate::worker::{check, plan, records, run_until, wait_for_alerts};

const LIMIT: Duration = Duration::from_secs(60);
const RECORDS: usize = 40;

fn client(config: &Config) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", config.brokers.join(",")).set("group.id", &config.group);
    client
}

/// The exchange's partitions with the group's offset of each; those without one are left out.
fn offsets(config: &Config) -> TopicPartitionList {
    let consumer: BaseConsumer = client(config).create().unwrap();
    let exchange = Topics::of(config).exchange;
    let count = consumer.fetch_metadata(Some(&exchange), LIMIT).unwrap().topics()[0].partitions().len();
    let mut asked = TopicPartitionList::new();
    asked.add_partition_range(&exchange, 0, count as i32 - 1);
    let found = consumer.committed_offsets(asked, LIMIT).unwrap();
    let mut known = TopicPartitionList::new();
    for element in found.elements() {
        if let Offset::Offset(offset) = element.offset() {
            known.add_partition_offset(&exchange, element.partition(), Offset::Offset(offset)).unwrap();
        }
    }
    known
}

/// Each group offset one on: behind the commit marker of the last transaction, where no frame is.
fn move_on(config: &Config, known: &TopicPartitionList) {
    let moved = known.clone();
    for mut element in moved.elements_for_topic(&Topics::of(config).exchange) {
        let offset = element.offset().to_raw().unwrap();
        element.set_offset(Offset::Offset(offset + 1)).unwrap();
    }
    let consumer: BaseConsumer = client(config).create().unwrap();
    consumer.commit(&moved, CommitMode::Sync).unwrap();
}

/// What another owner would have committed.
fn put_back(config: &Config, known: &TopicPartitionList) {
    let consumer: BaseConsumer = client(config).create().unwrap();
    let producer: BaseProducer = client(config).set("transactional.id", "another-owner").create().unwrap();
    producer.init_transactions(LIMIT).unwrap();
    producer.begin_transaction().unwrap();
    producer.send_offsets_to_transaction(known, &consumer.group_metadata().unwrap(), LIMIT).unwrap();
    producer.commit_transaction(LIMIT).unwrap();
}

fn run(config: &Config, shutdown: &Shutdown, meanwhile: Option<Meanwhile>) -> Result<(), RunError> {
    let prepared = prepare(config, &[raw_topic(config)], shutdown)?;
    let plan = plan(prepared.sources(), prepared.shards());
    let (raw, shards) = (raw_topic(config), prepared.shards());
    let make = move || {
        let mut echo = Echo::new(&raw, shards);
        echo.meanwhile.clone_from(&meanwhile);
        Ok(echo)
    };
    prepared.run(&Offer::new(Blueprint::new(Arc::new(plan), make)), shutdown)
}

#[test]
fn a_shard_that_moved_on_before_its_assignment_reached_us_is_no_loss() {
    let Some(mut config) = config("stale") else { return };
    // A group of this protocol takes offsets of nobody in particular, too: the test is the other owner.
    config.protocol = Protocol::Classic;
    let raw = create_raw(&config, 1);
    produce(&config, &raw, records(0, RECORDS, 1));
    run_until(&config, || wait_for_alerts(&config, RECORDS));
    let known = offsets(&config);
    assert!(known.count() > 0);

    move_on(&config, &known);
    let error = run(&config, &Shutdown::default(), None).unwrap_err().to_string();
    assert!(error.contains("memory of"), "where nobody moves it on, it is a loss: {error}");

    let (calls, elsewhere) = (Arc::new(AtomicU32::new(0)), config.clone());
    let counted = Arc::clone(&calls);
    let meanwhile: Meanwhile = Arc::new(move |_| {
        if counted.fetch_add(1, Ordering::Relaxed) == 0 {
            put_back(&elsewhere, &known);
        }
    });
    produce(&config, &raw, records(RECORDS, RECORDS, 1));
    let shutdown = Shutdown::default();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| run(&config, &shutdown, Some(meanwhile)));
        let waited = std::panic::catch_unwind(|| wait_for_alerts(&config, 2 * RECORDS));
        shutdown.request();
        worker.join().unwrap().expect("a clean end");
        waited.unwrap();
    });
    check(&config, 2 * RECORDS);
    assert!(calls.load(Ordering::Relaxed) > 1, "it was restored anew");
}
