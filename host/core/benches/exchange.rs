//! What a row costs on its way: routed and written into frames; read, grouped by key and laid out as calls.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use sekisho_core::contract::{DetectorPlan, Field, KeySpace, Kind, Subscription};
use sekisho_core::detect::{Batch, Caller};
use sekisho_core::exchange::{Frame, Layout, OriginTable, Outgoing, Router, Section, encode};
use sekisho_core::model::{Event, Origin, ShardId, Time, Value};
use sekisho_core::plan::{Plan, SourceSpec, Wants, Zones, build};
use sekisho_core::schema::ClassUid;
use sekisho_core::testing::configured;

fn main() {
    divan::main();
}

const ROWS: u64 = 8192;
const TEXTS: usize = 10;
const INTEGERS: usize = 7;

struct NoZones;
impl Zones for NoZones {
    fn in_zone(&self, _: &str, _: &str) -> bool {
        false
    }
}

/// One detector that reads 17 fields of one class, by user.
fn plan(shards: u32) -> Plan {
    let field = |path: String, kind| Field { path, kind, max_bytes: 0 };
    let texts = (0..TEXTS).map(|at| field(format!("unmapped.text{at}"), Kind::Text));
    let integers = (0..INTEGERS).map(|at| field(format!("unmapped.integer{at}"), Kind::Integer));
    let plan = DetectorPlan {
        key_spaces: vec![KeySpace { name: "user".to_owned(), parts: 1 }],
        subscriptions: vec![Subscription {
            source: "authentication".to_owned(),
            key_space: 0,
            key: vec!["unmapped.text0".to_owned()],
            fields: texts.chain(integers).collect(),
            where_: Vec::new(),
            lateness: 0,
            extra: Vec::new(),
        }],
        ..DetectorPlan::default()
    };
    let wants = Wants {
        detectors: vec![configured("bench", plan)],
        sources: vec![SourceSpec { name: "logs".to_owned(), partitions: 1 }],
        clocks: Vec::new(),
        shards,
        inventory: Default::default(),
    };
    build(wants).expect("the plan is sound")
}

fn events() -> Vec<Event<'static>> {
    let event = |at: u64| {
        let text = |column: usize| Value::Text(format!("value {} of {column}", at % 1000).into());
        let values = (0..TEXTS).map(text).chain((0..INTEGERS).map(|_| Value::Integer(at as i64)));
        let values = values.collect();
        Event { class: ClassUid(3002), time: Time(at as i64), time_replaced: false, digest: at, index: 0, values }
    };
    (0..ROWS).map(event).collect()
}

fn write(plan: &Plan, layout: &Layout, events: &[Event<'_>]) -> Vec<(ShardId, Vec<u8>)> {
    let mut router = Router::new(plan);
    let mut outgoing: Vec<_> = (0..plan.wants.shards).map(|_| Outgoing::new(512 << 10)).collect();
    for (at, event) in events.iter().enumerate() {
        let origin = Origin { offset: at as i64, ..Origin::default() };
        router.event(plan, &NoZones, event, origin, &mut |shard, stream, row| {
            let pushed = outgoing[shard.0 as usize].push(stream, &plan.streams[stream], layout, row);
            pushed.expect("rows of the plan fit");
        });
    }
    let frames = (0..).map(ShardId).zip(&mut outgoing).flat_map(|(shard, outgoing)| {
        let pieces = outgoing.take(layout).expect("rows of the plan fit");
        pieces.into_iter().map(move |sections| (shard, encode(&plan.digest, &[], &sections).expect("it encodes")))
    });
    frames.collect()
}

#[divan::bench(args = [1, 12, 64])]
fn route_and_write(bencher: Bencher<'_, '_>, shards: u32) {
    let plan = plan(shards);
    let layout = Layout::new(&plan.streams);
    let events = events();
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| write(&plan, &layout, black_box(&events)));
}

#[divan::bench(args = [1, 12, 64])]
fn read(bencher: Bencher<'_, '_>, shards: u32) {
    let plan = plan(shards);
    let layout = Layout::new(&plan.streams);
    let frames = write(&plan, &layout, &events());
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        for (_, frame) in &frames {
            black_box(Frame::decode(frame, &layout).expect("it decodes"));
        }
    });
}

#[divan::bench(args = [1, 12])]
fn group_and_lay_out(bencher: Bencher<'_, '_>, shards: u32) {
    let plan = plan(shards);
    let layout = Layout::new(&plan.streams);
    let frames = write(&plan, &layout, &events());
    let mut inboxes: Vec<Vec<Section>> = vec![Vec::new(); shards as usize];
    for (shard, frame) in &frames {
        inboxes[shard.0 as usize].extend(Frame::decode(frame, &layout).expect("it decodes").sections);
    }
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        let mut origins = OriginTable::default();
        for sections in &inboxes {
            let batch = Batch::gather(&plan, sections, 0, 0);
            let caller =
                Caller { plan: &plan, batch: &batch, detector: 0, key_space: 0, watermark: Time::MIN, explain: false };
            for slices in batch.calls(&plan, 0) {
                black_box(caller.call(&slices, &mut origins, |_| None));
            }
        }
    });
}
