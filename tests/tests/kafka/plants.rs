//! The checker of the chaos test is shown to see what it is there for: a loss, a duplicate, and a memory that was restored
//! without its last changes, each planted by hand in a run that is otherwise undisturbed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sekisho::kafka::Config;
use sekisho_tests::broker;
use sekisho_tests::chaos::{COUNTER, Cluster, Input, Names, Rng, differences, feed, gather};

use crate::chaos::detectors;
use crate::helpers::committed;
use crate::product::binary;

const LIMIT: Duration = Duration::from_secs(120);
const PARTITIONS: i32 = 2;

fn names(run: &str) -> Names {
    Names {
        group: format!("plants-{run}"),
        prefix: format!("{run}."),
        raw: "raw".to_owned(),
        workers: 1,
        protocol: "consumer",
    }
}

/// Runs one process until everything that was fed is judged.
fn run(cluster: &mut Cluster, run: &str) {
    cluster.rename(names(run));
    cluster.launch(0).unwrap();
    cluster.topics().unwrap().settled(LIMIT).unwrap();
    cluster.stop_all().unwrap();
}

fn client(brokers: &str, group: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", brokers).set("group.id", group);
    client
}

/// The group's offset moves on past some records that nobody read; what travels with the offset stays.
fn lose(brokers: &str, group: &str, count: i64) {
    let consumer: BaseConsumer = client(brokers, group).create().unwrap();
    let mut asked = TopicPartitionList::new();
    asked.add_partition("raw", 0);
    let found = consumer.committed_offsets(asked, LIMIT).unwrap();
    let found = found.find_partition("raw", 0).unwrap();
    let Offset::Offset(at) = found.offset() else { panic!("the group has no offset") };
    let mut moved = TopicPartitionList::new();
    moved.add_partition_offset("raw", 0, Offset::Offset(at + count)).unwrap();
    moved.find_partition("raw", 0).unwrap().set_metadata(found.metadata());
    consumer.commit(&moved, CommitMode::Sync).unwrap();
}

/// The last alert is written once more.
fn double(brokers: &str, topic: &str) {
    let alert = committed(&Config::new([brokers.to_owned()]), topic).pop().unwrap();
    write(brokers, topic, [(alert.partition, alert.key.unwrap(), alert.value)]);
}

/// The changelog says of every key of the counter what it said before the last change: what a restore gives that stops
/// at the last stable offset while the last transaction is still open (KAFKA-10167).
fn forget(brokers: &str, topic: &str) {
    let mut values = BTreeMap::<(i32, Vec<u8>), Vec<Vec<u8>>>::new();
    for record in committed(&Config::new([brokers.to_owned()]), topic) {
        let key = record.key.unwrap();
        let of_counter = key.first() == Some(&b's') && key[2..].starts_with(COUNTER.as_bytes());
        if let Some(value) = record.value.filter(|_| of_counter) {
            values.entry((record.partition, key)).or_default().push(value);
        }
    }
    let old = values.into_iter().map(|((partition, key), mut values)| {
        values.pop();
        (partition, key, values.pop())
    });
    write(brokers, topic, old);
}

fn write(brokers: &str, topic: &str, records: impl IntoIterator<Item = (i32, Vec<u8>, Option<Vec<u8>>)>) {
    let producer: BaseProducer = client(brokers, "plants").create().unwrap();
    let mut count = 0;
    for (partition, key, value) in records {
        let mut record = BaseRecord::<Vec<u8>, Vec<u8>>::to(topic).partition(partition).key(&key);
        record.payload = value.as_ref();
        producer.send(record).unwrap();
        count += 1;
    }
    producer.flush(LIMIT).unwrap();
    assert!(count > 0, "there was something to plant");
}

#[test]
fn the_checker_sees_a_loss_a_duplicate_and_a_restore_without_the_last_changes() {
    if !broker::can_start() {
        return;
    }
    let mut cluster = Cluster::start(binary(), detectors(), names("plain"), 1).unwrap();
    cluster.topics().unwrap().create_raw(PARTITIONS).unwrap();
    let brokers = cluster.brokers.address();
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/logs");
    let input = Input::of_logs(&logs, 1, 1, PARTITIONS, &mut Rng::new(7)).unwrap();
    let (first, second) = input.lines.split_at(input.lines.len() / 2);
    let runs = ["plain", "whole", "loss", "double", "old"];

    feed(&brokers, "raw", first, || usize::MAX).unwrap();
    runs.iter().for_each(|name| run(&mut cluster, name));
    forget(&brokers, "old.state");
    let rest: Vec<_> = second.iter().chain(&input.flush).cloned().collect();
    feed(&brokers, "raw", &rest, || usize::MAX).unwrap();
    lose(&brokers, &names("loss").group, 40);
    runs.iter().for_each(|name| run(&mut cluster, name));
    double(&brokers, "double.alerts");

    let plain = gather(&brokers, "plain.").unwrap();
    let seen = |run: &str| differences(&plain, &gather(&brokers, &format!("{run}.")).unwrap()).join("\n");
    assert_eq!(seen("whole"), "", "nothing was planted there");
    // A topic gives no record back: what would be lost on the way to its reader is left out here.
    let mut cut = gather(&brokers, "whole.").unwrap();
    let lost = cut.alerts.iter().map(|alert| alert.uid.clone()).find(|uid| {
        let key = [b"a", uid.as_bytes()].concat();
        cut.states.keys().any(|(_, known)| *known == key)
    });
    let lost = lost.unwrap();
    cut.alerts.retain(|alert| alert.uid != lost);
    let told = differences(&plain, &cut).join("\n");
    assert!(told.contains(&format!("{lost}: revision")), "{told}");
    assert!(seen("loss").contains("rows"), "{}", seen("loss"));
    assert!(seen("double").contains("doubled"), "{}", seen("double"));
    assert!(seen("old").contains("rows") && seen("old").contains("is another"), "{}", seen("old"));
}
