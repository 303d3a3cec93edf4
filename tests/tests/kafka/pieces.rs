//! The parts of the worker, each against a real broker: topics, transactions, restore, purge, first contact.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use sekisho::kafka::{
    Admin, Changelog, ConnectError, Failure, Offsets, Outgoing, RunError, Shutdown, TopicError, Transactions, connect,
    prepare, purge,
};

use crate::helpers::{committed, config, create_raw, patience, prepare_topics, wait_for};

fn record<'a>(topic: &'a str, partition: i32, key: &'a str, value: Option<&'a str>) -> Outgoing<'a> {
    Outgoing { topic, partition: Some(partition), key: Some(key.as_bytes()), value: value.map(str::as_bytes) }
}

/// What a changelog tells, in its order.
fn read(changelog: &mut Changelog) -> Vec<(String, Option<String>)> {
    let mut told = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    loop {
        let apply = |key: &[u8], value: Option<&[u8]>| {
            told.push((text(key), value.map(text)));
            Ok(())
        };
        if changelog.step(Duration::from_millis(50), apply).unwrap().done {
            return told;
        }
    }
}

#[test]
fn topics_are_created_as_they_must_be_and_pass_their_own_check() {
    let Some(config) = config("topics") else { return };
    let (topics, uncommitted, limits) = prepare_topics(&config);
    let metadata = uncommitted.fetch_metadata(Some(&topics.state), Duration::from_secs(10)).unwrap();
    assert_eq!(metadata.topics()[0].partitions().len(), 3);
    assert!(limits.frame > 4_000_000, "{limits:?}");
    // A second start finds them.
    prepare_topics(&config);
}

#[test]
fn a_topic_with_other_partitions_or_without_compaction_is_refused_by_name() {
    let Some(config) = config("wrong") else { return };
    let admin = Admin::new(&config).unwrap();
    admin.create_topic(&config.topic("state"), 2, None, &[("cleanup.policy", "delete")]).unwrap();
    let error = prepare(&config, &[], &patience()).err().expect("an error").to_string();
    let lines: Vec<_> = error.lines().collect();
    assert_eq!(lines.len(), 2, "{error}");
    assert!(lines[0].contains("state has 2 partitions where 3"), "{error}");
    assert!(lines[1].contains("cleanup.policy=delete where cleanup.policy=compact"), "{error}");
}

#[test]
fn a_missing_raw_topic_is_named() {
    let Some(config) = config("missing") else { return };
    let raw = create_raw(&config, 1);
    let absent = config.topic("absent");
    let error = prepare(&config, &[raw.clone(), absent.clone()], &patience()).err().expect("an error");
    assert!(matches!(&error, RunError::Topics(TopicError::Missing(names, _)) if *names == absent), "{error}");
}

#[test]
fn missing_topics_are_all_named_where_creation_is_not_allowed() {
    let Some(mut config) = config("forbidden") else { return };
    config.topics.create = false;
    let error = prepare(&config, &[], &patience()).err().expect("an error").to_string();
    for kind in ["alerts", "exchange", "state", "control", "dead-letters", "coverage", "notes"] {
        assert!(error.contains(&config.topic(kind)), "{error}");
    }
}

#[test]
fn an_aborted_transaction_is_never_seen_and_the_next_one_is() {
    let Some(config) = config("abort") else { return };
    let (topics, _, limits) = prepare_topics(&config);
    let producer = Transactions::open(&config, 0, &limits).unwrap();
    let write = |value, abort: bool| {
        let offsets = || if abort { Err(Failure::Abort("on purpose".to_owned())) } else { Ok(None) };
        producer.run([record(&topics.alerts, 0, "k", Some(value))], offsets)
    };
    write("first", false).unwrap();
    assert_eq!(write("second", true), Err(Failure::Abort("on purpose".to_owned())));
    write("third", false).unwrap();
    let values: Vec<_> = committed(&config, &topics.alerts).into_iter().filter_map(|seen| seen.value).collect();
    assert_eq!(values, [b"first".to_vec(), b"third".to_vec()]);
}

#[test]
fn what_the_client_said_of_one_transaction_does_not_end_the_next() {
    let Some(config) = config("stale") else { return };
    let (topics, _, limits) = prepare_topics(&config);
    let producer = Transactions::open(&config, 0, &limits).unwrap();
    // A member that has left: the broker refuses its offsets, which the client logs beside its answer.
    let group = {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", config.brokers.join(","))
            .set("group.id", &config.group)
            .create()
            .unwrap();
        consumer.subscribe(&[&topics.exchange]).unwrap();
        wait_for("a membership", Duration::from_secs(60), || {
            let _ = consumer.poll(Duration::from_millis(50));
            consumer.assignment().ok().filter(|list| list.count() > 0)
        });
        consumer.group_metadata().unwrap()
    };
    let mut positions = TopicPartitionList::new();
    positions.add_partition_offset(&topics.exchange, 0, Offset::Offset(1)).unwrap();
    let refused =
        producer.run([record(&topics.alerts, 0, "k", Some("refused"))], || Ok(Some(Offsets { positions, group })));
    assert!(matches!(refused, Err(Failure::Abort(_))), "{refused:?}");
    for value in ["second", "third"] {
        producer.run([record(&topics.alerts, 0, "k", Some(value))], || Ok(None)).unwrap();
    }
    let values: Vec<_> = committed(&config, &topics.alerts).into_iter().filter_map(|seen| seen.value).collect();
    assert_eq!(values, [b"second".to_vec(), b"third".to_vec()]);
}

#[test]
fn a_second_producer_of_one_name_fences_the_first() {
    let Some(config) = config("fence") else { return };
    let (topics, _, limits) = prepare_topics(&config);
    let write = |producer: &Transactions| producer.run([record(&topics.alerts, 0, "k", Some("v"))], || Ok(None));
    let old = Transactions::open(&config, 0, &limits).unwrap();
    write(&old).unwrap();
    let new = Transactions::open(&config, 0, &limits).unwrap();
    let refused = write(&old);
    assert!(matches!(refused, Err(Failure::Fenced(_))), "{refused:?}");
    write(&new).unwrap();
    assert_eq!(committed(&config, &topics.alerts).len(), 2);
}

#[test]
fn small_transactions_follow_one_another_without_a_refusal() {
    let Some(config) = config("fast") else { return };
    let (topics, _, limits) = prepare_topics(&config);
    let producer = Transactions::open(&config, 0, &limits).unwrap();
    let mut times: Vec<_> = (0..60)
        .map(|_| {
            let start = Instant::now();
            producer.run([record(&topics.alerts, 0, "k", Some("v"))], || Ok(None)).unwrap();
            let took = start.elapsed();
            std::thread::sleep(Duration::from_millis(5));
            took
        })
        .collect();
    times.sort();
    eprintln!("a transaction takes {:?} (median), {:?} (p95)", times[30], times[57]);
    // How long they take is told, not judged: machines are busy. The library's own flush and backoff would make it 200 ms.
}

#[test]
fn a_restore_reads_up_to_the_end_and_waits_out_an_open_transaction() {
    let Some(config) = config("restore") else { return };
    let (topics, uncommitted, limits) = prepare_topics(&config);
    let producer = Transactions::open(&config, 0, &limits).unwrap();
    let write = |records: &[Outgoing<'_>]| producer.run(records.iter().copied(), || Ok(None)).unwrap();
    write(&[record(&topics.state, 1, "a", Some("1")), record(&topics.state, 1, "b", Some("1"))]);
    write(&[record(&topics.state, 1, "a", Some("2")), record(&topics.state, 1, "b", None)]);

    // Another worker's transaction is open at the end of the partition: its records count, once it is committed.
    let (opened, is_open) = std::sync::mpsc::channel();
    let told = std::thread::scope(|scope| {
        let other = Transactions::open(&config, 1, &limits).unwrap();
        let (topics, uncommitted, config) = (&topics, &uncommitted, &config);
        scope.spawn(move || {
            let wait = || {
                opened.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(700));
                Ok(None)
            };
            other.run([record(&topics.state, 1, "c", Some("1"))], wait).unwrap();
        });
        is_open.recv().unwrap();
        let mut changelog = Changelog::open(config, uncommitted, &topics.state, 1).unwrap();
        read(&mut changelog)
    });
    let some = |text: &str| Some(text.to_owned());
    let expected = [("a", some("1")), ("b", some("1")), ("a", some("2")), ("b", None), ("c", some("1"))]
        .map(|(k, v)| (k.to_owned(), v));
    assert_eq!(told, expected);

    let mut empty = Changelog::open(&config, &uncommitted, &topics.state, 2).unwrap();
    assert_eq!(read(&mut empty), []);
}

#[test]
fn a_purge_deletes_what_is_behind_the_committed_offset_and_nothing_more() {
    let Some(config) = config("purge") else { return };
    let (topics, uncommitted, limits) = prepare_topics(&config);
    let producer = Transactions::open(&config, 0, &limits).unwrap();
    for _ in 0..3 {
        producer.run([record(&topics.exchange, 0, "k", Some("frame"))], || Ok(None)).unwrap();
    }
    let admin = Admin::new(&config).unwrap();
    purge(&admin, &topics.exchange, &[(0, 0), (1, 0)]).unwrap();
    purge(&admin, &topics.exchange, &[(0, 2), (1, 0)]).unwrap();
    let (low, high) = uncommitted.fetch_watermarks(&topics.exchange, 0, Duration::from_secs(10)).unwrap();
    // Three frames, each followed by its marker.
    assert_eq!((low, high), (2, 6));
    assert_eq!(committed(&config, &topics.exchange).len(), 2);
}

#[test]
fn an_unreachable_broker_is_waited_for_until_the_shutdown() {
    let Some(mut config) = config("nobody") else { return };
    config.brokers = vec!["127.0.0.1:1".to_owned()];
    let shutdown = Shutdown::default();
    shutdown.request();
    let error = connect(&config, &shutdown).err().expect("an error");
    assert!(matches!(&error, ConnectError::Stopped { .. }), "{error}");
    assert!(error.to_string().contains("127.0.0.1:1"), "{error}");
}
