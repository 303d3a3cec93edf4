//! What a test on Kafka does from outside: topics of its own, records in, committed records out.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{ClientConfig, Message, Offset, TopicPartitionList};
use sekisho::kafka::{Admin, Config, Isolation, Reader, Shutdown, Topics, reader};
use sekisho_tests::broker;

/// A name that no other test has, on whatever broker.
pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let millis = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    format!("{name}-{millis:x}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A configuration whose names no other test shares; none where no broker can be had.
pub fn config(name: &str) -> Option<Config> {
    let broker = broker::shared()?;
    let mut config = Config::new([broker.address().to_owned()]);
    let unique = unique(name);
    config.group.clone_from(&unique);
    config.instance = "test".to_owned();
    config.prefix = format!("{unique}.");
    config.topics.shards = 3;
    Some(config)
}

/// The name of a test's raw topic.
pub fn raw_topic(config: &Config) -> String {
    config.topic("raw")
}

/// Creates the raw topic.
pub fn create_raw(config: &Config, partitions: u32) -> String {
    let topic = raw_topic(config);
    Admin::new(config).unwrap().create_topic(&topic, partitions, None, &[]).unwrap();
    topic
}

/// Creates Sekisho's own topics.
pub fn prepare_topics(config: &Config) -> (Topics, Reader, sekisho::kafka::Limits) {
    let uncommitted = reader(config, Isolation::Uncommitted).unwrap();
    let topics = Topics::of(config);
    let checked = topics.prepare(config, &uncommitted, &Admin::new(config).unwrap()).unwrap();
    (topics, uncommitted, checked.limits)
}

/// Writes texts to a topic, each to a partition.
pub fn produce(config: &Config, topic: &str, records: impl IntoIterator<Item = (i32, String)>) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", config.brokers.join(",")).set("linger.ms", "5").create().unwrap();
    for (partition, text) in records {
        let mut record = BaseRecord::<(), str>::to(topic).partition(partition).payload(&text);
        while let Err((_, back)) = producer.send(record) {
            record = back;
            producer.poll(Duration::from_millis(10));
        }
    }
    producer.flush(Duration::from_secs(30)).unwrap();
}

/// A committed record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    pub partition: i32,
    pub offset: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
}

/// All committed records of a topic, up to where it ends now.
pub fn committed(config: &Config, topic: &str) -> Vec<Seen> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", config.brokers.join(","))
        .set("group.id", "outside")
        .set("enable.auto.commit", "false")
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let metadata = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).unwrap();
    let count = metadata.topics()[0].partitions().len();
    let mut from = TopicPartitionList::new();
    for partition in 0..count as i32 {
        from.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&from).unwrap();
    // A partition that is written to meanwhile ends again and again.
    let (mut seen, mut open) = (Vec::new(), (0..count as i32).collect::<BTreeSet<_>>());
    while !open.is_empty() {
        match consumer.poll(Duration::from_secs(20)).expect("an end of partition") {
            Ok(message) => seen.push(Seen {
                partition: message.partition(),
                offset: message.offset(),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
            }),
            Err(KafkaError::PartitionEOF(partition)) => {
                open.remove(&partition);
            }
            Err(error) => panic!("{error}"),
        }
    }
    seen.sort();
    seen
}

/// Waits until something is there.
pub fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Asks to stop after a while: what should be refused and is waited for is then told as such.
pub fn patience() -> Shutdown {
    let shutdown = Shutdown::default();
    let asked = shutdown.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(90));
        asked.request();
    });
    shutdown
}
