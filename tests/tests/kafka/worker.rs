//! The loop: exactly once, whatever ends it.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use sekisho::kafka::{
    Admin, Blueprint, Config, Fetch, Isolation, Offer, Protocol, RunError, Shutdown, Topics, prepare, purge, reader,
};
use sekisho_core::model::Digest;
use sekisho_core::plan::{Plan, SourceSpec, Wants};

use sekisho_tests::broker::{self, Broker};

use crate::echo::Echo;
use crate::helpers::{Seen, committed, config, create_raw, produce, raw_topic, wait_for};

const LIMIT: Duration = Duration::from_secs(60);
const CHILD: &str = "worker::child_worker";

pub fn plan(sources: &[SourceSpec], shards: u32) -> Plan {
    let wants = Wants {
        detectors: Vec::new(),
        sources: sources.to_vec(),
        clocks: Vec::new(),
        shards,
        inventory: Digest::default(),
    };
    sekisho_core::plan::build(wants).expect("a plan without detectors")
}

/// Runs an echo until the shutdown.
pub fn run(config: &Config, shutdown: &Shutdown) -> Result<(), RunError> {
    let prepared = prepare(config, &[raw_topic(config)], shutdown)?;
    let plan = plan(prepared.sources(), prepared.shards());
    let (raw, shards) = (raw_topic(config), prepared.shards());
    let make = move || Ok(Echo::new(&raw, shards));
    prepared.run(&Offer::new(Blueprint::new(Arc::new(plan), make)), shutdown)
}

/// Runs an echo beside the test, until `until` answers; then as long as a shutdown takes.
pub fn run_until<T>(config: &Config, until: impl FnOnce() -> T) -> T {
    let shutdown = Shutdown::default();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| run(config, &shutdown));
        // A failed `until` must end the worker too, or the scope would wait for ever.
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(until));
        shutdown.request();
        worker.join().unwrap().expect("a clean end");
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn alerts(config: &Config) -> Vec<Seen> {
    committed(config, &Topics::of(config).alerts)
}

pub fn wait_for_alerts(config: &Config, count: usize) {
    wait_for("all alerts", LIMIT, || (alerts(config).len() >= count).then_some(()));
}

/// `count` records over `partitions` and ten words.
pub fn records(from: usize, count: usize, partitions: i32) -> impl Iterator<Item = (i32, String)> {
    (from..from + count).map(move |number| (number as i32 % partitions, format!("word{} {number}", number % 10)))
}

/// Every record's alert is there once, and every word was counted without a gap.
pub fn check(config: &Config, count: usize) {
    let mut texts = BTreeMap::<String, u32>::new();
    let mut uids = BTreeMap::<String, u32>::new();
    for alert in alerts(config) {
        let body: serde_json::Value = serde_json::from_slice(&alert.value.unwrap()).unwrap();
        *texts.entry(body["text"].as_str().unwrap().to_owned()).or_default() += 1;
        *uids.entry(String::from_utf8(alert.key.unwrap()).unwrap()).or_default() += 1;
    }
    assert_eq!(texts.len(), count, "every record has an alert");
    assert!(texts.values().chain(uids.values()).all(|count| *count == 1), "{texts:?} {uids:?}");
    for word in 0..10 {
        let of_word = (0..count).filter(|number| number % 10 == word).count();
        assert!((1..=of_word).all(|at| uids.contains_key(&format!("word{word}-{at}"))), "{uids:?}");
    }
}

#[test]
fn every_record_is_judged_once_and_a_second_run_adds_nothing() {
    let Some(config) = config("once") else { return };
    let raw = create_raw(&config, 2);
    produce(&config, &raw, records(0, 1000, 2));
    run_until(&config, || wait_for_alerts(&config, 1000));
    check(&config, 1000);

    run_until(&config, || std::thread::sleep(Duration::from_secs(3)));
    check(&config, 1000);

    // What comes later is counted on from what the shards remember.
    produce(&config, &raw, records(1000, 500, 2));
    run_until(&config, || wait_for_alerts(&config, 1500));
    check(&config, 1500);
}

#[test]
fn the_classic_protocol_gives_the_same() {
    let Some(mut config) = config("classic") else { return };
    config.protocol = Protocol::Classic;
    let raw = create_raw(&config, 3);
    produce(&config, &raw, records(0, 600, 3));
    run_until(&config, || wait_for_alerts(&config, 600));
    run_until(&config, || std::thread::sleep(Duration::from_secs(2)));
    check(&config, 600);
}

#[test]
fn a_shutdown_right_after_the_records_drains_what_was_taken() {
    let Some(config) = config("drain") else { return };
    let raw = create_raw(&config, 2);
    produce(&config, &raw, records(0, 200, 2));
    let exchange = Topics::of(&config).exchange;
    run_until(&config, || {
        let seen = || reader(&config, Isolation::Uncommitted).unwrap().fetch_watermarks(&exchange, 0, LIMIT);
        wait_for("a first frame", LIMIT, || seen().ok().filter(|(_, high)| *high > 0))
    });
    // Whatever was routed before the end is judged: exchange and group agree on it.
    let frames: usize = committed(&config, &exchange)
        .iter()
        .map(|frame| serde_json::from_slice::<Vec<serde_json::Value>>(frame.value.as_deref().unwrap()).unwrap().len())
        .sum();
    assert_eq!(alerts(&config).len(), frames);
    run_until(&config, || wait_for_alerts(&config, 200));
    check(&config, 200);
}

#[test]
fn records_that_can_not_be_decoded_are_dead_letters_with_their_place() {
    let Some(config) = config("letters") else { return };
    let raw = create_raw(&config, 1);
    produce(&config, &raw, records(0, 5, 1));
    let producer: rdkafka::producer::BaseProducer =
        rdkafka::ClientConfig::new().set("bootstrap.servers", config.brokers.join(",")).create().unwrap();
    let garbage = vec![0xff; 900_000];
    producer.send(rdkafka::producer::BaseRecord::<(), [u8]>::to(&raw).partition(0).payload(&garbage)).unwrap();
    rdkafka::producer::Producer::flush(&producer, LIMIT).unwrap();
    produce(&config, &raw, records(5, 5, 1));
    run_until(&config, || wait_for_alerts(&config, 10));
    let letters = committed(&config, &Topics::of(&config).dead_letters);
    assert_eq!(letters.len(), 1);
    let letter: serde_json::Value = serde_json::from_slice(letters[0].value.as_deref().unwrap()).unwrap();
    assert_eq!(letter["origins"][0], serde_json::json!({"topic": raw, "partition": 0, "offset": 5, "index": 0}));
    assert_eq!((&letter["record"]["length"], &letter["record"]["cut"]), (&900_000.into(), &true.into()));
}

#[test]
fn consumed_frames_are_deleted_from_the_exchange() {
    let Some(config) = config("purged") else { return };
    let raw = create_raw(&config, 1);
    let exchange = Topics::of(&config).exchange;
    produce(&config, &raw, records(0, 100, 1));
    let low = || {
        let reader = reader(&config, Isolation::Uncommitted).unwrap();
        (0..3).map(|shard| reader.fetch_watermarks(&exchange, shard, LIMIT).map_or(0, |(low, _)| low)).sum::<i64>()
    };
    run_until(&config, || wait_for("a deletion", LIMIT, || (low() > 0).then_some(())));
    check(&config, 100);
    // A group that begins anew meets the exchange where it was purged to.
    produce(&config, &raw, records(100, 100, 1));
    run_until(&config, || wait_for_alerts(&config, 200));
    check(&config, 200);
}

#[test]
fn a_group_that_lost_its_offsets_stops_loudly() {
    let Some(config) = config("lost") else { return };
    let raw = create_raw(&config, 1);
    produce(&config, &raw, records(0, 10, 1));
    run_until(&config, || wait_for_alerts(&config, 10));
    // The same topics under another group's name would be a first start; under this one it is a loss.
    let admin: rdkafka::admin::AdminClient<rdkafka::client::DefaultClientContext> =
        rdkafka::ClientConfig::new().set("bootstrap.servers", config.brokers.join(",")).create().unwrap();
    let deleted = wait(admin.delete_groups(&[&config.group], &rdkafka::admin::AdminOptions::new())).unwrap();
    assert!(deleted.iter().all(Result::is_ok), "{deleted:?}");
    let error = run(&config, &Shutdown::default()).unwrap_err().to_string();
    assert!(error.contains("offset"), "{error}");
    assert_eq!(alerts(&config).len(), 10);
}

/// Waits for an admin call.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_record_that_an_alert_cites_is_fetched_while_its_topic_has_it() {
    let Some(config) = config("evidence") else { return };
    let raw = create_raw(&config, 2);
    produce(&config, &raw, records(0, 30, 2));
    run_until(&config, || wait_for_alerts(&config, 30));
    let alert = alerts(&config).swap_remove(7).value.unwrap();
    let alert: serde_json::Value = serde_json::from_slice(&alert).unwrap();
    let origin = &alert["evidences"][0]["data"]["origin"];
    let (partition, offset) = (origin["partition"].as_i64().unwrap() as i32, origin["offset"].as_i64().unwrap());
    let fetch = Fetch::new(&config).unwrap();
    let value = || fetch.value(&raw, partition, offset).unwrap();
    assert_eq!(value(), Some(alert["text"].as_str().unwrap().as_bytes().to_vec()));
    purge(&Admin::new(&config).unwrap(), &raw, &[(partition, 15)]).unwrap();
    assert_eq!(value(), None);
}

/// The worker as a process of its own, for tests that kill it.
#[test]
#[ignore = "started by other tests"]
fn child_worker() {
    if let Some(config) = child_config() {
        run(&config, &Shutdown::default()).unwrap();
    }
}

/// What the parent process gave to its child.
pub fn child_config() -> Option<Config> {
    let text = std::env::var("SEKISHO_TEST_CHILD").ok()?;
    let [broker, group, prefix, instance]: [String; 4] = serde_json::from_str(&text).unwrap();
    let mut config = Config::new([broker]);
    (config.group, config.prefix, config.instance, config.topics.shards) = (group, prefix, instance, 3);
    if std::env::var_os("SEKISHO_TEST_LOG").is_some() {
        tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    }
    Some(config)
}

/// Starts a test of this binary as a process of its own.
/// Its log is shown where `SEKISHO_TEST_LOG` is set.
pub fn spawn_worker(config: &Config, instance: &str, test: &str) -> Child {
    let child = serde_json::json!([config.brokers[0], config.group, config.prefix, instance]).to_string();
    let log = if std::env::var_os("SEKISHO_TEST_LOG").is_some() { Stdio::inherit() } else { Stdio::null() };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env("SEKISHO_TEST_CHILD", child)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

#[test]
fn killing_the_worker_again_and_again_loses_and_doubles_nothing() {
    let Some(config) = config("killed") else { return };
    let raw = create_raw(&config, 2);
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| {
            for round in 0..40 {
                produce(&config, &raw, records(round * 100, 100, 2));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let start = Instant::now();
        for life in [2500, 3100, 2700] {
            let mut child = spawn_worker(&config, "test", CHILD);
            std::thread::sleep(Duration::from_millis(life));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        eprintln!("killed three times in {:?} at {} alerts", start.elapsed(), alerts(&config).len());
        feeder.join().unwrap();
    });
    run_until(&config, || wait_for_alerts(&config, 4000));
    check(&config, 4000);
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Feeds for `rounds` tenths of a second, a hundred records each.
fn feed(config: &Config, raw: &str, rounds: usize) {
    for round in 0..rounds {
        produce(config, raw, records(round * 100, 100, 4));
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn members_that_come_and_go_lose_and_double_nothing() {
    let Some(config) = config("members") else { return };
    let raw = create_raw(&config, 4);
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(&config, &raw, 80));
        let mut stays = spawn_worker(&config, "stays", CHILD);
        for life in [3000, 2500] {
            std::thread::sleep(Duration::from_millis(1500));
            let mut guest = spawn_worker(&config, "guest", CHILD);
            std::thread::sleep(Duration::from_millis(life));
            guest.kill().unwrap();
            guest.wait().unwrap();
        }
        feeder.join().unwrap();
        stays.kill().unwrap();
        stays.wait().unwrap();
    });
    run_until(&config, || wait_for_alerts(&config, 8000));
    check(&config, 8000);
}

#[test]
fn a_worker_that_slept_through_its_session_commits_nothing_of_before() {
    let Some(config) = config("slept") else { return };
    let raw = create_raw(&config, 4);
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| feed(&config, &raw, 120));
        let mut sleeper = spawn_worker(&config, "sleeper", CHILD);
        let mut other = spawn_worker(&config, "other", CHILD);
        std::thread::sleep(Duration::from_secs(4));
        signal(&sleeper, "-STOP");
        std::thread::sleep(Duration::from_secs(9));
        signal(&sleeper, "-CONT");
        feeder.join().unwrap();
        for worker in [&mut sleeper, &mut other] {
            worker.kill().unwrap();
            worker.wait().unwrap();
        }
    });
    run_until(&config, || wait_for_alerts(&config, 12_000));
    check(&config, 12_000);
}

#[test]
fn of_two_processes_with_one_name_one_gives_way_and_says_so() {
    let Some(config) = config("twins") else { return };
    let raw = create_raw(&config, 4);
    let (ended, first_end) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let (first, second) = (Shutdown::default(), Shutdown::default());
        for shutdown in [first.clone(), second.clone()] {
            let (config, ended) = (&config, ended.clone());
            scope.spawn(move || ended.send(run(config, &shutdown)));
            std::thread::sleep(Duration::from_secs(2));
        }
        let feeding = Shutdown::default();
        let fed = scope.spawn({
            let (config, raw, feeding) = (&config, &raw, feeding.clone());
            move || {
                let mut round = 0;
                while !feeding.is_requested() {
                    produce(config, raw, records(round * 100, 100, 4));
                    std::thread::sleep(Duration::from_millis(100));
                    round += 1;
                }
                round * 100
            }
        });
        let loser = first_end.recv_timeout(LIMIT);
        feeding.request();
        let count = fed.join().unwrap();
        if loser.is_ok() {
            wait_for("the winner's alerts", LIMIT, || (alerts(&config).len() >= count).then_some(()));
        }
        first.request();
        second.request();
        let error = loser.expect("one of them ends").unwrap_err();
        assert!(matches!(error, RunError::Elsewhere { .. }), "{error}");
        assert!(error.to_string().starts_with("instance test of group"), "{error}");
        check(&config, count);
    });
}

#[test]
fn a_broker_that_dies_and_comes_back_costs_nothing_but_time() {
    let Some(mut config) = config("outage") else { return };
    if !broker::can_start() {
        return;
    }
    let mut broker = Broker::start(&broker::Options::default()).unwrap();
    config.brokers = vec![broker.address().to_owned()];
    let raw = create_raw(&config, 2);
    produce(&config, &raw, records(0, 500, 2));
    run_until(&config, || {
        wait_for_alerts(&config, 500);
        produce(&config, &raw, records(500, 500, 2));
        broker.kill();
        std::thread::sleep(Duration::from_secs(5));
        broker.restart().unwrap();
        produce(&config, &raw, records(1000, 500, 2));
        wait_for("the alerts after the outage", 2 * LIMIT, || (alerts(&config).len() >= 1500).then_some(()));
    });
    check(&config, 1500);
}
