//! How long work stands still when processes go, and how long a large restore takes. Measurements, run by hand:
//! `cargo test --release -p sekisho-tests --test kafka -- failover --ignored --nocapture --test-threads 1`

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use sekisho::kafka::{Shutdown, Topics as OwnTopics};
use sekisho_core::bytes::Writer;
use sekisho_core::model::Key;
use sekisho_tests::broker;
use sekisho_tests::chaos::{Cluster, Input, Line, Names, Rng, Topics, feed};

use crate::chaos::detectors;
use crate::helpers::{config, create_raw, wait_for};
use crate::pace::cpu;
use crate::product::binary;

const PARTITIONS: i32 = 6;
const LIMIT: Duration = Duration::from_secs(120);
/// Records a second.
const PACE: usize = 120;
/// The session of the test's broker; Kafka's own default is 45 s.
const SESSION: Duration = Duration::from_secs(6);

/// For each raw partition: its committed offset, since when, and the longest time that it stood still.
struct Gaps(Mutex<Vec<(i64, Instant, Duration)>>);

impl Gaps {
    fn look(&self, topics: &Topics) {
        let Ok(offsets) = topics.raw_offsets() else { return };
        let mut held = self.0.lock().unwrap();
        for ((offset, since, longest), now) in held.iter_mut().zip(offsets) {
            *longest = (*longest).max(since.elapsed());
            if now > *offset {
                (*offset, *since) = (now, Instant::now());
            }
        }
    }

    /// The longest gap of any partition since the last call.
    fn take(&self) -> Duration {
        let mut held = self.0.lock().unwrap();
        let longest = held.iter().map(|(_, _, longest)| *longest).max().unwrap();
        held.iter_mut().for_each(|(_, since, longest)| (*since, *longest) = (Instant::now(), Duration::ZERO));
        longest
    }
}

fn measure(protocol: &'static str) {
    let names = Names {
        group: format!("failover-{protocol}"),
        prefix: format!("{protocol}."),
        raw: "raw".to_owned(),
        workers: 1,
        protocol,
    };
    let mut cluster = Cluster::start(binary(), detectors(), names, 1).unwrap();
    let topics = cluster.topics().unwrap();
    topics.create_raw(PARTITIONS).unwrap();
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/logs");
    let mut lines: Vec<Line> = Input::of_logs(&logs, 20, 1, PARTITIONS, &mut Rng::new(1)).unwrap().lines;
    (0..).zip(&mut lines).for_each(|(at, line)| line.partition = at % PARTITIONS);
    cluster.launch(0).unwrap();
    cluster.launch(1).unwrap();
    let (start, ended) = (Instant::now(), AtomicBool::new(false));
    let gaps = Gaps(Mutex::new(vec![(0, Instant::now(), Duration::ZERO); PARTITIONS as usize]));
    let brokers = cluster.brokers.address();
    thread::scope(|scope| {
        scope.spawn(|| {
            let allowed = || match ended.load(Ordering::Acquire) {
                true => usize::MAX,
                false => (start.elapsed().as_secs_f64() * PACE as f64) as usize,
            };
            feed(&brokers, "raw", &lines, allowed).unwrap();
        });
        scope.spawn(|| {
            while !ended.load(Ordering::Acquire) {
                gaps.look(&topics);
                thread::sleep(Duration::from_millis(20));
            }
        });
        let mut step = |what: &str, wait: u64, act: &mut dyn FnMut(&mut Cluster)| {
            gaps.take();
            act(&mut cluster);
            thread::sleep(Duration::from_secs(wait));
            eprintln!("{protocol:>9}  {what:<58} {:>6.2} s", gaps.take().as_secs_f64());
        };
        step("(start)", 20, &mut |_| {});
        step("nothing happens", 10, &mut |_| {});
        step("SIGKILL, the other process takes over", 20, &mut |cluster| cluster.process(1).unwrap().kill());
        step("a process joins", 15, &mut |cluster| cluster.launch(1).unwrap());
        step("SIGKILL, started again at once under the same name", 25, &mut |cluster| {
            cluster.process(1).unwrap().kill();
            cluster.launch(1).unwrap();
        });
        step("rolling restart: each in turn, asked to end, started again", 15, &mut |cluster| {
            for process in [0, 1] {
                cluster.stop(process).unwrap();
                cluster.launch(process).unwrap();
                thread::sleep(Duration::from_secs(8));
            }
        });
        ended.store(true, Ordering::Release);
    });
    cluster.stop_all().unwrap();
}

#[test]
#[ignore = "a measurement"]
fn failover_and_rolling_restart() {
    if !broker::can_start() {
        return;
    }
    eprintln!("the longest time that a raw partition stood still; sessions end after {} s", SESSION.as_secs());
    ["consumer", "classic"].into_iter().for_each(measure);
}

/// A state of 500 bytes of the detector of `pipeline.rs`.
fn state(key: &str, round: u64) -> (Vec<u8>, Vec<u8>) {
    let mut at = Writer::default();
    at.byte(b's').text("actors").text("actor").raw(Key::of(&[key]).as_bytes());
    let mut value = Writer::versioned(1);
    let mut bytes = vec![7; 500];
    bytes[..8].copy_from_slice(&round.to_le_bytes());
    value.varint(1).i64(round as i64).varint(round).byte(0).option(None).option(None).raw(&bytes);
    (at.finish(), value.finish())
}

#[test]
#[ignore = "a measurement"]
fn failover_restores_a_million_states() {
    const STATES: u64 = 1_000_000;
    /// Keys that were changed again since the last compaction.
    const CHURN: u64 = 300_000;
    let Some(mut config) = config("million") else { return };
    config.topics.shards = 2;
    let raw = create_raw(&config, 2);
    crate::pipeline::feed(&config, &raw, 3);
    crate::pipeline::run_until(&config, || thread::sleep(Duration::from_secs(6)));

    let topics = OwnTopics::of(&config);
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", config.brokers.join(","))
        .set("compression.type", "zstd")
        .set("linger.ms", "20")
        .create()
        .unwrap();
    for number in (0..STATES).chain(0..CHURN) {
        let (key, value) = state(&format!("user-{number}"), number);
        let mut record = BaseRecord::to(&topics.state).partition(1).key(&key).payload(&value);
        while let Err((_, back)) = producer.send(record) {
            record = back;
            producer.poll(Duration::from_millis(5));
        }
    }
    producer.flush(LIMIT).unwrap();

    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let shutdown = Shutdown::default();
    let group = Topics::of(&config.brokers[0], &config.group, &raw, &config.prefix).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| crate::pipeline::run(&config, &shutdown).unwrap());
        // The other shard is live meanwhile.
        let before = group.exchange_offsets().unwrap();
        let (start, spent) = (Instant::now(), cpu());
        let moved = |shard: usize| {
            crate::pipeline::feed(&config, &raw, 1);
            group.exchange_offsets().ok().filter(|offsets| offsets[shard] > before[shard]).map(|_| start.elapsed())
        };
        let live = wait_for("the live shard", LIMIT, || moved(0));
        let restored = wait_for("the restored shard", LIMIT, || moved(1));
        eprintln!(
            "{STATES} states and {CHURN} changes: the live shard committed after {live:?}, the restored one after {restored:?}, \
             for {:?} of CPU time in all",
            cpu() - spent
        );
        shutdown.request();
    });
}
