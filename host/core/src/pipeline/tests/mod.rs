//! The laws of the pipeline, over scripted detectors and frames built by hand.

mod memory;
mod suspending;

use std::sync::Arc;

use proptest::prelude::*;

use super::ingest::Outbox;
use super::told::Told;
use super::*;
use crate::contract::*;
use crate::decode::Decoder;
use crate::detect::{Detector, Fault};
use crate::exchange::{Router, encode};
use crate::model::{Event, Origin, RawPartition, ShardId, SourceId, Time, Value};
use crate::plan::{Configured, Plan, SourceSpec, Wants, Zones, build};
use crate::schema::ClassUid;
use crate::testing::{Scripted, configured};
use crate::time::{Kind as Pace, Progress, ProgressEntry};

const SHARDS: u32 = 3;
const CLOCK: RawPartition = RawPartition { source: SourceId(0), partition: 0 };

struct NoZones;
impl Zones for NoZones {
    fn in_zone(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn field(path: &str, kind: Kind) -> Field {
    Field { path: path.to_owned(), kind, max_bytes: 0 }
}

fn subscription(source: &str, key: &str, fields: &[(&str, Kind)]) -> Subscription {
    Subscription {
        source: source.to_owned(),
        key_space: 0,
        key: vec![key.to_owned()],
        fields: fields.iter().map(|(path, kind)| field(path, *kind)).collect(),
        where_: Vec::new(),
        lateness: 0,
        extra: Vec::new(),
    }
}

fn rule(id: &str) -> Rule {
    Rule {
        id: id.to_owned(),
        key_space: 0,
        title: id.to_owned(),
        severity: Severity::Medium,
        confidence: 50,
        techniques: Vec::new(),
        judged: Judged::Settled,
        bucket: i64::MAX as u64,
        advice: String::new(),
        extra: Vec::new(),
    }
}

/// Sums `size` by user; tells the sum as a signal to its host when time has passed 1,000.
fn summing() -> DetectorPlan {
    DetectorPlan {
        key_spaces: vec![KeySpace { name: "user".to_owned(), parts: 1 }],
        subscriptions: vec![subscription("file_activity", "user.name", &[("file.size", Kind::Integer)])],
        signals: vec![SignalType {
            name: "sum".to_owned(),
            key_space: 0,
            fields: vec![field("user", Kind::Text), field("sum", Kind::Integer), field("all", Kind::Text)],
            extra: Vec::new(),
        }],
        state_version: 1,
        ..DetectorPlan::default()
    }
}

/// Adds up the sums of all users, and finds the total when time has passed 2,000.
fn totalling() -> DetectorPlan {
    let fields = [("sum", Kind::Integer), ("user", Kind::Text), ("origins", Kind::Integers)];
    DetectorPlan {
        key_spaces: vec![KeySpace { name: "all".to_owned(), parts: 1 }],
        subscriptions: vec![subscription("signal:summing/sum", "all", &fields)],
        rules: vec![rule("total")],
        state_version: 1,
        ..DetectorPlan::default()
    }
}

fn integers(call: &Call, table: usize, column: usize) -> &[i64] {
    match &call.tables[table].columns[column].values {
        Values::Integer(integers) => integers,
        other => panic!("{other:?}"),
    }
}

fn sum_of(group: &Group) -> i64 {
    group.state.as_ref().map_or(0, |state| i64::from_le_bytes(state.bytes[..8].try_into().unwrap()))
}

fn kept(group: usize, sum: i64, wake: Option<i64>) -> Kept {
    let state = State { version: 1, bytes: sum.to_le_bytes().to_vec(), expires: None, wake };
    Kept { group: group as u32, state: Some(state) }
}

fn sum(call: Call) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for (at, group) in call.groups.iter().enumerate() {
        let mut sum = sum_of(group);
        for row in group.first..group.first + group.rows {
            let size =
                integers(&call, call.order_tables[row as usize].into(), 0)[call.order_rows[row as usize] as usize];
            if size == POISON {
                return Err(Fault::Trap("poison".to_owned()));
            }
            sum += size;
        }
        if group.due.is_some() {
            let values = [Scalar::Text(group.key[0].clone()), Scalar::Integer(sum), Scalar::Text("all".to_owned())];
            let values = values.into_iter().map(Some).collect();
            outcome.signals.push(Signal {
                kind: 0,
                group: at as u32,
                time: 1000,
                origins: vec![0],
                values,
                extra: vec![],
            });
            outcome.states.push(Kept { group: at as u32, state: None });
        } else {
            outcome.states.push(kept(at, sum, Some(1000)));
        }
    }
    Ok(outcome)
}

fn total(call: Call) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for (at, group) in call.groups.iter().enumerate() {
        let rows = (group.first..group.first + group.rows).map(|row| call.order_rows[row as usize] as usize);
        let sum = sum_of(group) + rows.map(|row| integers(&call, 0, 0)[row]).sum::<i64>();
        if group.due.is_some() {
            outcome.findings.push(Finding {
                group: at as u32,
                rule: 0,
                since: 1000,
                until: 2000,
                change: Change::Stands,
                severity: Severity::Medium,
                confidence: 50,
                title: "a total".to_owned(),
                description: format!("{sum} in all"),
                entities: Vec::new(),
                figures: vec![("total".to_owned(), sum)],
                evidence: Vec::new(),
                extra: Vec::new(),
            });
        }
        outcome.states.push(kept(at, sum, (group.due.is_none()).then_some(2000)));
    }
    Ok(outcome)
}

/// A size that the summing detector traps on.
const POISON: i64 = -1;

fn plan() -> Plan {
    plan_of(vec![configured("summing", summing()), configured("totalling", totalling())])
}

/// The same detectors in other places, and one more.
fn other_plan() -> Plan {
    let more = configured("more", DetectorPlan { signals: Vec::new(), ..summing() });
    plan_of(vec![configured("totalling", totalling()), more, configured("summing", summing())])
}

fn plan_of(detectors: Vec<Configured>) -> Plan {
    build(Wants {
        detectors,
        sources: vec![SourceSpec { name: "files".to_owned(), partitions: 1 }],
        clocks: vec![CLOCK],
        shards: SHARDS,
        inventory: Default::default(),
    })
    .unwrap()
}

/// Its detectors by their names; one that is not known finds nothing.
fn idle_worker(plan: &Arc<Plan>) -> Worker {
    let scripted = |detector: &Configured| -> Box<dyn Detector> {
        match detector.name.as_str() {
            "summing" => Box::new(Scripted(sum)),
            "totalling" => Box::new(Scripted(total)),
            _ => Box::new(Scripted(|_| Ok(Outcome::default()))),
        }
    };
    let options = WorkerOptions { copy_late: true, ..WorkerOptions::default() };
    worker_of(plan, plan.wants.detectors.iter().map(scripted).collect(), options)
}

fn worker_of(plan: &Arc<Plan>, detectors: Vec<Box<dyn Detector>>, options: WorkerOptions) -> Worker {
    let decoder = Decoder::new(&plan.projection, Vec::new(), Arc::new(crate::enrich::Enrichment::default())).unwrap();
    Worker::new(plan.clone(), Arc::new(NoZones), decoder, detectors, options)
}

fn worker(plan: &Arc<Plan>) -> Worker {
    let mut worker = idle_worker(plan);
    for shard in (0..SHARDS).map(ShardId) {
        worker.own_shard(worker.restorer(shard).finish(plan, None).unwrap());
    }
    worker
}

/// A row: user, size, time.
type Line = (u32, i64, i64);

/// Frames of one interval of the raw side, one for each shard: these rows, then this progress.
fn frames(plan: &Plan, lines: &[Line], progress: i64) -> Vec<(ShardId, Vec<u8>)> {
    let mut router = Router::new(plan);
    let mut outbox = Outbox::new(plan, 1 << 20);
    for (at, (user, size, time)) in lines.iter().enumerate() {
        let fields = plan.projection.fields(ClassUid(1001)).unwrap();
        let value = |path: &str| match path {
            "user.name" => Value::Text(format!("user{user}").into()),
            _ => Value::Integer(*size),
        };
        let event = Event {
            class: ClassUid(1001),
            time: Time(*time),
            time_replaced: false,
            digest: at as u64,
            index: 0,
            values: fields.iter().map(|field| value(&field.path)).collect(),
        };
        let origin = Origin { offset: at as i64, ..Origin::default() };
        router.event(plan, &NoZones, &event, origin, &mut |shard, stream, row| outbox.send(plan, shard, stream, row));
    }
    let progress = Progress { time: Time(progress), kind: Pace::Live };
    let told = Told { raw: vec![ProgressEntry { from: CLOCK, progress }], ..Told::default() }.to_bytes();
    let mut frames = Vec::new();
    for shard in 0..SHARDS {
        let sections = outbox.shards[shard as usize].take(&outbox.layout).unwrap().concat();
        frames.push((ShardId(shard), encode(&plan.digest, &told, &sections).unwrap()));
    }
    frames
}

/// A log and what reads it: frames that are written go to the end of their shard's partition.
struct Log {
    plan: Arc<Plan>,
    worker: Worker,
    frames: Vec<Vec<Vec<u8>>>,
    read: Vec<usize>,
    out: Vec<Interval>,
}

impl Log {
    fn new() -> Self {
        let plan = Arc::new(plan());
        let none = || vec![Vec::new(); SHARDS as usize];
        Self { worker: worker(&plan), plan, frames: none(), read: vec![0; SHARDS as usize], out: Vec::new() }
    }

    fn write(&mut self, lines: &[Line], progress: i64) {
        for (shard, frame) in frames(&self.plan, lines, progress) {
            self.frames[shard.0 as usize].push(frame);
        }
    }

    /// One interval: reads what there is, closes, and commits unless told to abort. Whether it read anything.
    fn interval(&mut self, commit: bool) -> bool {
        let before = self.read.clone();
        for shard in 0..SHARDS as usize {
            while let Some(frame) = self.frames[shard].get(self.read[shard]) {
                self.worker.receive(ShardId(shard as u32), self.read[shard] as i64, frame).unwrap();
                self.read[shard] += 1;
            }
        }
        let interval = self.worker.close(Time(0)).unwrap();
        if !commit {
            self.worker.aborted();
            self.read = before;
            return true;
        }
        self.worker.committed();
        for (shard, frame) in &interval.frames {
            self.frames[shard.0 as usize].push(frame.clone());
        }
        self.out.push(interval);
        before != self.read
    }

    fn run(&mut self) {
        while self.interval(true) {}
    }

    /// Everything again in a worker that has only the changelog.
    fn crash(&mut self) {
        self.restore(worker(&self.plan));
    }

    fn restore(&mut self, worker: Worker) {
        self.worker = worker;
        self.worker.know_plan(&plan());
        self.worker.know_plan(&other_plan());
        for shard in (0..SHARDS).map(ShardId) {
            let mut restorer = self.worker.restorer(shard);
            for change in self.out.iter().flat_map(|interval| &interval.changes).filter(|change| change.shard == shard)
            {
                restorer.apply(&change.key, change.value.as_deref()).unwrap();
            }
            let position = self.read[shard.0 as usize] as i64;
            self.worker.own_shard(restorer.finish(&self.plan, Some(position).filter(|at| *at > 0)).unwrap());
        }
    }

    /// The other plan, without reading anything again.
    fn renew(&mut self) {
        let names = self.plan.wants.detectors.len();
        self.plan = Arc::new(if names == 2 { other_plan() } else { plan() });
        self.worker.renew(idle_worker(&self.plan)).unwrap();
    }

    fn totals(&self) -> Vec<i64> {
        let alerts = self.out.iter().flat_map(|interval| &interval.alerts);
        alerts.map(|alert| alert.body["unmapped"]["sekisho"]["figures"]["total"].as_i64().unwrap()).collect()
    }
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    prop::collection::vec((0u32..5, 0i64..100, 0i64..900), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn however_rows_are_cut_and_wherever_it_aborts_crashes_or_changes_its_plan_the_alert_is_the_same(
        lines in lines(),
        cuts in prop::collection::vec((1usize..10, 0u8..5), 1..20),
    ) {
        let sum: i64 = lines.iter().map(|(_, size, _)| size).sum();
        let mut log = Log::new();
        let mut rest = &lines[..];
        for (cut, fate) in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            rest = later;
            log.write(now, 1);
            match fate {
                0 => { log.interval(false); }
                1 => { log.interval(true); log.crash(); }
                2 => log.run(),
                3 => log.renew(),
                _ => {}
            }
        }
        log.write(rest, 5000);
        log.interval(false);
        log.run();
        prop_assert_eq!(log.totals(), vec![sum]);
    }
}

#[test]
fn a_group_that_a_detector_traps_on_is_left_out_and_every_other_goes_on() {
    let mut log = Log::new();
    log.write(&[(1, 10, 5), (2, POISON, 6), (3, 30, 7), (2, 20, 8)], 10);
    log.write(&[], 5000);
    log.run();
    assert_eq!(log.totals(), [40]);
    let letters: Vec<_> = log.out.iter().flat_map(|interval| &interval.dead_letters).collect();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, "trap");
    assert_eq!(letters[0].origins.iter().map(|origin| origin.offset).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(letters[0].detector.as_ref().unwrap().key, ["user2"]);
}

#[test]
fn a_row_behind_its_lateness_is_judged_counted_and_copied_with_how_far_it_was_behind() {
    let mut log = Log::new();
    log.write(&[(1, 10, 5)], 900);
    log.run();
    log.write(&[(1, 20, 899), (1, 30, 900)], 5000);
    log.run();
    assert_eq!(log.totals(), [60]);
    assert_eq!(log.worker.account().late.get("summing"), Some(&1));
    let late: Vec<_> = log.out.iter().flat_map(|interval| &interval.late).collect();
    assert_eq!(late.len(), 1);
    let copy: serde_json::Value = serde_json::from_slice(&late[0].to_json(&log.plan.wants.sources)).unwrap();
    assert_eq!(
        (&copy["detector"], &copy["key"], &copy["source"]),
        (&"summing".into(), &serde_json::json!(["user1"]), &"file_activity".into())
    );
    assert_eq!((&copy["behind_seconds"], &copy["origins"][0]["topic"]), (&1e-9.into(), &"files".into()));
}

#[test]
fn an_alert_says_when_the_oldest_record_of_its_frames_was_logged() {
    let mut log = Log::new();
    for (shard, frame) in frames(&log.plan, &[(1, 10, 5)], 5000) {
        log.worker.receive(shard, 0, &frame).unwrap();
    }
    // The sums travel in a frame of their own, which the worker closes at 77 by its clock.
    let sums = log.worker.close(Time(77)).unwrap();
    log.worker.committed();
    for (shard, frame) in &sums.frames {
        log.worker.receive(*shard, 1, frame).unwrap();
    }
    let total = log.worker.close(Time(99)).unwrap();
    assert_eq!((total.alerts.len(), total.alert_records), (1, vec![Time(77)]));
}

#[test]
fn a_shard_whose_memory_and_offset_differ_does_not_run() {
    let mut log = Log::new();
    log.write(&[(1, 10, 5)], 10);
    log.run();
    let mut restorer = log.worker.restorer(ShardId(0));
    for change in log.out.iter().flat_map(|interval| &interval.changes).filter(|change| change.shard == ShardId(0)) {
        restorer.apply(&change.key, change.value.as_deref()).unwrap();
    }
    assert!(matches!(restorer.finish(&log.plan, Some(77)), Err(RestoreError::Torn { .. })));
}

#[test]
fn a_damaged_frame_is_refused_and_says_why() {
    let mut log = Log::new();
    let mut frame = frames(&log.plan, &[(1, 10, 5)], 10).remove(0).1;
    let last = frame.len() - 1;
    frame[last] ^= 1;
    assert_eq!(log.worker.receive(ShardId(0), 0, &frame), Err(crate::exchange::FrameError::Checksum));
}

#[test]
fn a_plan_over_other_sources_is_not_taken_over_and_the_old_one_goes_on() {
    let mut log = Log::new();
    log.write(&[(1, 10, 5)], 10);
    log.run();
    let mut wants = other_plan().wants;
    wants.sources.push(SourceSpec { name: "more".to_owned(), partitions: 1 });
    let next = idle_worker(&Arc::new(build(wants).unwrap()));
    assert_eq!(log.worker.renew(next), Err(RenewError::OtherSources));
    log.write(&[], 5000);
    log.run();
    assert_eq!(log.totals(), [10]);
}

#[test]
fn a_detector_that_comes_back_with_a_plan_is_woken_though_nothing_more_comes() {
    let mut log = Log::new();
    log.write(&[(0, 1, 2), (1, 1, 2), (2, 1, 2)], 1);
    log.interval(true);
    let more = configured("more", DetectorPlan { signals: Vec::new(), ..summing() });
    log.plan = Arc::new(plan_of(vec![more]));
    log.worker.renew(idle_worker(&log.plan)).unwrap();
    log.write(&[], 60 * Time::MINUTE);
    log.run();
    assert!(!log.worker.is_restless());
    log.plan = Arc::new(plan());
    log.worker.renew(idle_worker(&log.plan)).unwrap();
    assert!(log.worker.is_restless(), "what it asked for meanwhile is due");
    log.interval(false);
    assert!(log.worker.is_restless(), "after an abort too");
}
