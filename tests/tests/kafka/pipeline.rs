//! The real pipeline on a real broker: logs of five shapes in, alerts out, the same as without a broker; whatever ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use sekisho::kafka::{Blueprint, Config, Offer, RunError, Shutdown, Topics, prepare};
use sekisho_core::contract::{
    Call, Change, DetectorPlan, Evidence, Field, Finding, Judged, Kept, KeySpace, Kind, Outcome, Rule, Severity, State,
    Subscription,
};
use sekisho_core::decode::Decoder;
use sekisho_core::detect::{Detector, Fault};
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, Record, SourceId, Time, TimestampKind};
use sekisho_core::pipeline::{Embedded, Worker, WorkerOptions};
use sekisho_core::plan::{Plan, SourceSpec, Wants, build};
use sekisho_core::state::Quota;
use sekisho_core::testing::{Scripted, configured};

use crate::helpers::{committed, config, create_raw, produce, raw_topic, wait_for};
use crate::worker::{child_config, spawn_worker};

const LIMIT: Duration = Duration::from_secs(60);

/// Logons and connections in many shapes, one record a line: Winlogbeat and flat JSON (OTRF Security-Datasets, MIT,
/// rendered messages left out), evtx as JSON (mdecrevoisier/EVTX-to-MITRE-Attack, CC0), rendered text and Windows XML in
/// an envelope (splunk/attack_data, Apache-2.0, the text's explanations left out), a connection by Zeek
/// (SuperCowPowers/zat, MIT) and one by FortiGate (our own, in the vendor's documented form).
const RECORDS: &str = include_str!("records.txt");

const GARBAGE: [&str; 2] = ["{\"cut\": \"off", ""];

/// Remembers how often each user signed in and each address connected, and finds every one.
fn plan_of_actors() -> DetectorPlan {
    DetectorPlan {
        rules: vec![Rule {
            id: "seen".to_owned(),
            key_space: 0,
            title: "somebody is seen".to_owned(),
            severity: Severity::Low,
            confidence: 50,
            techniques: Vec::new(),
            judged: Judged::Immediate,
            bucket: i64::MAX as u64,
            advice: String::new(),
            extra: Vec::new(),
        }],
        key_spaces: vec![KeySpace { name: "actor".to_owned(), parts: 1 }],
        subscriptions: vec![
            subscription("authentication", "user.canonical"),
            subscription("network_activity", "src_endpoint.address"),
        ],
        state_version: 1,
        readable_versions: vec![1],
        ..DetectorPlan::default()
    }
}

fn subscription(class: &str, key: &str) -> Subscription {
    Subscription {
        source: class.to_owned(),
        key_space: 0,
        key: vec![key.to_owned()],
        fields: vec![Field { path: key.to_owned(), kind: Kind::Text, max_bytes: 0 }],
        where_: Vec::new(),
        lateness: i64::MAX as u64 / 4,
        extra: Vec::new(),
    }
}

fn judge(call: Call) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for (at, group) in (0..).zip(&call.groups).filter(|(_, group)| group.rows > 0) {
        let before = group.state.as_ref().map_or(0, |state| u64::from_le_bytes(state.bytes[..8].try_into().unwrap()));
        let count = before + u64::from(group.rows);
        let row = group.first as usize;
        let table = &call.tables[usize::from(call.order_tables[row])];
        let row = call.order_rows[row] as usize;
        let evidence = Evidence {
            origin: table.origins[row],
            time: table.times[row],
            role: "seen".to_owned(),
            seen: Vec::new(),
            extra: Vec::new(),
        };
        outcome.findings.push(Finding {
            group: at,
            rule: 0,
            since: table.times[row],
            until: table.times[row],
            change: Change::Stands,
            severity: Severity::Low,
            confidence: 50,
            title: format!("{} is seen", group.key[0]),
            description: String::new(),
            entities: Vec::new(),
            figures: vec![("times".to_owned(), count as i64)],
            evidence: vec![evidence],
            extra: Vec::new(),
        });
        let state = State { version: 1, bytes: count.to_le_bytes().to_vec(), expires: None, wake: None };
        outcome.states.push(Kept { group: at, state: Some(state) });
    }
    Ok(outcome)
}

fn plan(sources: &[SourceSpec], shards: u32) -> Arc<Plan> {
    let clocks = (0..sources[0].partitions as i32).map(|partition| RawPartition { source: SourceId(0), partition });
    let wants = Wants {
        detectors: vec![configured("actors", plan_of_actors())],
        sources: sources.to_vec(),
        clocks: clocks.collect(),
        shards,
        inventory: Default::default(),
    };
    Arc::new(build(wants).expect("a plan"))
}

fn decoder(plan: &Plan) -> Decoder {
    Decoder::new(&plan.projection, Vec::new(), Arc::new(Enrichment::default())).unwrap()
}

fn detectors() -> Vec<Box<dyn Detector>> {
    vec![Box::new(Scripted(judge))]
}

/// Room for the million states of a measurement.
fn options() -> WorkerOptions {
    WorkerOptions { quota: Quota { bytes: 4 << 30, states: 4_000_000 }, ..WorkerOptions::default() }
}

pub fn run(config: &Config, shutdown: &Shutdown) -> Result<(), RunError> {
    let prepared = prepare(config, &[raw_topic(config)], shutdown)?;
    let plan = plan(prepared.sources(), prepared.shards());
    let of = Arc::clone(&plan);
    let make = move || {
        let zones = Arc::new(Enrichment::default());
        Ok(Worker::new(Arc::clone(&of), zones, decoder(&of), detectors(), options()))
    };
    prepared.run(&Offer::new(Blueprint::new(plan, make)), shutdown)
}

/// What the same records become without a broker.
fn expected(topic: &str) -> BTreeSet<String> {
    let sources = [SourceSpec { name: topic.to_owned(), partitions: 2 }];
    let plan = plan(&sources, 1);
    let zones = Arc::new(Enrichment::default());
    let mut embedded =
        Embedded::new(Arc::clone(&plan), zones, decoder(&plan), detectors(), WorkerOptions::default()).unwrap();
    let mut uids = BTreeSet::new();
    let mut out = |interval: sekisho_core::pipeline::Interval| {
        uids.extend(interval.alerts.into_iter().map(|alert| alert.uid));
    };
    for (offset, line) in (0..).zip(RECORDS.lines()) {
        let record = Record {
            from: RawPartition::default(),
            offset,
            timestamp: None,
            timestamp_kind: TimestampKind::Create,
            arrival: Time::MAX,
            value: line.as_bytes(),
        };
        embedded.feed(&record, &mut out).unwrap();
    }
    let account = embedded.finish(&mut out).unwrap();
    assert_eq!((account.read, account.decoded), (7, 7), "{account:?}");
    assert!(account.shapes.len() >= 5, "{account:?}");
    uids
}

/// How many revisions of every alert are on the topic.
fn revisions(config: &Config) -> BTreeMap<String, u64> {
    let mut last = BTreeMap::new();
    for alert in committed(config, &Topics::of(config).alerts) {
        let uid = String::from_utf8(alert.key.unwrap()).unwrap();
        let body: serde_json::Value = serde_json::from_slice(&alert.value.unwrap()).unwrap();
        assert_eq!(body["finding_info"]["uid"], uid.as_str());
        *last.entry(uid).or_default() += 1;
    }
    last
}

fn letters(config: &Config) -> usize {
    committed(config, &Topics::of(config).dead_letters).len()
}

/// `copies` of the records, spread over two partitions, with garbage between.
pub fn feed(config: &Config, raw: &str, copies: usize) {
    let lines: Vec<_> = RECORDS.lines().collect();
    for copy in 0..copies {
        produce(config, raw, lines.iter().enumerate().map(|(at, line)| ((at + copy) as i32 % 2, (*line).to_owned())));
        produce(config, raw, GARBAGE.iter().map(|text| (copy as i32 % 2, (*text).to_owned())));
    }
}

pub fn run_until(config: &Config, until: impl FnOnce()) {
    let shutdown = Shutdown::default();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| run(config, &shutdown));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(until));
        shutdown.request();
        worker.join().unwrap().expect("a clean end");
        result.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

fn all_judged(config: &Config, alerts: usize, copies: usize) -> Option<()> {
    (revisions(config).len() >= alerts && letters(config) >= copies * GARBAGE.len()).then_some(())
}

#[test]
fn logs_of_five_shapes_become_the_alerts_of_a_replay_and_a_second_run_adds_none() {
    let Some(config) = config("shapes") else { return };
    let raw = create_raw(&config, 2);
    let expected = expected(&raw);
    assert!(expected.len() >= 5, "every record is about somebody else: {expected:?}");
    feed(&config, &raw, 3);
    run_until(&config, || wait_for("alerts and letters", LIMIT, || all_judged(&config, expected.len(), 3)));
    let first = revisions(&config);
    assert_eq!(first.keys().cloned().collect::<BTreeSet<_>>(), expected);

    run_until(&config, || std::thread::sleep(Duration::from_secs(4)));
    assert_eq!((revisions(&config), letters(&config)), (first, 3 * GARBAGE.len()));
}

#[test]
#[ignore = "started by other tests"]
fn child_pipeline() {
    if let Some(config) = child_config() {
        run(&config, &Shutdown::default()).unwrap();
    }
}

#[test]
fn killed_in_the_middle_the_pipeline_gives_the_same_alerts() {
    let Some(config) = config("killed-pipeline") else { return };
    let raw = create_raw(&config, 2);
    let expected = expected(&raw);
    std::thread::scope(|scope| {
        let feeder = scope.spawn(|| {
            for _ in 0..15 {
                feed(&config, &raw, 2);
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        for life in [2600, 2900] {
            let mut child = spawn_worker(&config, "test", "pipeline::child_pipeline");
            std::thread::sleep(Duration::from_millis(life));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        feeder.join().unwrap();
    });
    run_until(&config, || wait_for("alerts and letters", LIMIT, || all_judged(&config, expected.len(), 30)));
    assert_eq!(revisions(&config).into_keys().collect::<BTreeSet<_>>(), expected);
    assert_eq!(letters(&config), 30 * GARBAGE.len());
}
