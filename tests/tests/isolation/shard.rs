//! A detector that fails on one key, beside another in a shard: the key is found and set apart, and nobody else notices.

use std::sync::Arc;
use std::time::Duration;

use rstest::rstest;
use sekisho::wasm::Limits;
use sekisho_core::contract::{Finding, Kind, MAX_CALL_ROWS, Signal};
use sekisho_core::detect::{Fault, FaultPolicy, Judge, Late, Memory, Seat, Sink, Turn};
use sekisho_core::exchange::{Layout, OriginTable, Outgoing, Router, Section};
use sekisho_core::model::{Digest, Event, Origin, RawPartition, SourceId, Time, Value};
use sekisho_core::plan::{Plan, SourceSpec, Wants, Zones, build};
use sekisho_core::schema::ClassUid;
use sekisho_core::state::{Names, StateKey, Store};
use sekisho_core::time::Watermarks;

use crate::support::ZOO;

const AUTHENTICATION: ClassUid = ClassUid(3002);
const USERS: usize = 200;
/// As many as make the zoo find something.
const ROWS: usize = 5;

struct NoZones;
impl Zones for NoZones {
    fn in_zone(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// What came of the rows, by detector.
#[derive(Default)]
struct Seen {
    findings: Vec<(u16, Vec<String>, Finding)>,
    quarantined: Vec<(u16, Vec<String>, usize, &'static str)>,
}

impl Sink for Seen {
    fn finding(&mut self, key: &StateKey, finding: Finding, _: &mut Memory<'_>) {
        self.findings.push((key.detector, key.key.parts(), finding));
    }
    fn signal(&mut self, _: &StateKey, _: Signal, _: &mut Memory<'_>) {}
    fn counted(&mut self, _: u16, _: u32, _: u64) {}
    fn late(&mut self, _: &Late<'_>) {}
    fn note(&mut self, _: &StateKey, _: Option<Origin>, _: String) {}
    fn quarantined(&mut self, key: &StateKey, origins: Vec<Origin>, fault: &Fault, _: bool) {
        self.quarantined.push((key.detector, key.key.parts(), origins.len(), fault.label()));
    }
}

/// Two zoos, of which the first does this when mallory is in a call.
fn plan(deed: &str) -> Plan {
    let bad = format!(r#"{{"evaluate": "{deed}", "on_key": "mallory"}}"#);
    let wants = Wants {
        detectors: vec![ZOO.configure("bad", &bad).unwrap(), ZOO.configure("good", "{}").unwrap()],
        sources: vec![SourceSpec { name: "logons".to_owned(), partitions: 1 }],
        clocks: vec![RawPartition { source: SourceId(0), partition: 0 }],
        shards: 1,
        inventory: Digest::default(),
    };
    build(wants).unwrap()
}

/// Rows of many users, mallory in the middle, as they come out of the exchange.
fn sections(plan: &Plan) -> Vec<Section> {
    let layout = Layout::new(&plan.streams);
    let (mut router, mut outgoing) = (Router::new(plan), Outgoing::new(8 << 20));
    let fields = plan.projection.fields(AUTHENTICATION).unwrap();
    for at in 0..USERS * ROWS {
        let user = match at / ROWS {
            half if half == USERS / 2 => "mallory".to_owned(),
            user => format!("user{user}"),
        };
        let values = fields.iter().map(|field| match (field.path.as_str(), field.kind) {
            ("user.name", _) => Value::Text(user.as_str().into()),
            (_, Kind::Integer) => Value::Integer(3),
            (_, Kind::Boolean) => Value::Boolean(true),
            _ => Value::Text("something".into()),
        });
        let event = Event {
            class: AUTHENTICATION,
            time: Time(at as i64),
            time_replaced: false,
            digest: at as u64,
            index: 0,
            values: values.collect(),
        };
        let origin = Origin { offset: at as i64, ..Origin::default() };
        router.event(plan, &NoZones, &event, origin, &mut |_, stream, row| {
            outgoing.push(stream, &plan.streams[stream], &layout, row).unwrap();
        });
    }
    outgoing.take(&layout).unwrap().concat()
}

/// Judges the rows once; what came of them, and which detectors were stopped.
fn judged(deed: &str) -> (Seen, Vec<Turn>) {
    let plan = plan(deed);
    let sections = sections(&plan);
    let instance = |at: usize| ZOO.instance(Arc::new(plan.wants.detectors[at].clone()));
    let mut seats = vec![Seat::new(Box::new(instance(0))), Seat::new(Box::new(instance(1)))];
    let mut seen = Seen::default();
    let mut judge = Judge {
        plan: &plan,
        policy: FaultPolicy::default(),
        explain: false,
        seats: &mut seats,
        turns: vec![Turn::Works; 2],
        called: vec![false; 2],
    };
    let mut memory = Memory {
        store: &mut Store::new(Names::from(&plan)),
        origins: &mut OriginTable::default(),
        watermarks: &Watermarks::new(&plan.wants.clocks, 1, plan.strata_count()),
    };
    judge.rows(&sections, &mut memory, &mut seen);
    (seen, judge.turns)
}

#[rstest]
#[case("trap", "trap")]
#[case("loop", "out-of-time")]
#[case("memory", "out-of-memory")]
#[case("stack", "trap")]
#[case("refuse", "refused")]
#[case("too-many-findings", "bad-output")]
#[case("out-of-bounds", "bad-output")]
fn the_key_that_a_detector_fails_on_is_set_apart_and_nobody_else_notices(
    #[case] deed: &str,
    #[case] label: &'static str,
) {
    let (seen, turns) = judged(deed);
    assert_eq!(seen.quarantined, [(0, vec!["mallory".to_owned()], ROWS, label)]);
    assert_eq!(turns, [Turn::Works, Turn::Works]);

    let (alone, _) = judged("");
    let of = |seen: &Seen, detector, but: &str| {
        let mut findings: Vec<_> =
            seen.findings.iter().filter(|(by, key, _)| *by == detector && key[0] != but).cloned().collect();
        findings.sort_by(|a, b| a.1.cmp(&b.1));
        findings.into_iter().map(|(_, key, finding)| (key, finding.title, finding.evidence)).collect::<Vec<_>>()
    };
    // Users and hosts are two key spaces; every row here is of one host.
    assert_eq!(of(&alone, 1, "").len(), USERS + 1);
    assert_eq!(of(&seen, 1, ""), of(&alone, 1, ""));
    assert_eq!(of(&seen, 0, "mallory"), of(&alone, 0, "mallory"));
}

#[test]
fn a_group_that_loops_can_be_found_in_the_largest_call_before_its_detector_is_suspended() {
    let calls = MAX_CALL_ROWS.ilog2() + 1;
    // Each failing call ends within a tick of the epoch, 10 ms.
    let each = Limits::default().call_time + Duration::from_millis(10);
    assert!(each * calls < FaultPolicy::default().interval_cpu);
}
