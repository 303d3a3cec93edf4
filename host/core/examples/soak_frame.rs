//! Mutates frames of the exchange and reads them, for as long as it is told: `--seconds N` (10), `--seed N` (1).
//!
//! Checksums are mended after each mutation, so that what lies behind them is reached. Whatever a frame holds, reading,
//! grouping and laying it out must not panic.

#![allow(clippy::disallowed_methods, reason = "a soak runs for a time; the pipeline itself reads no clock")]

use std::time::{Duration, Instant};

use sekisho_core::contract::{DetectorPlan, Field, KeySpace, Kind, Subscription};
use sekisho_core::detect::{Batch, Caller};
use sekisho_core::exchange::{Frame, Layout, OriginTable, Outgoing, Router, encode};
use sekisho_core::model::{Event, Origin, Time, Value};
use sekisho_core::plan::{Plan, SourceSpec, Wants, Zones, build};
use sekisho_core::schema::ClassUid;
use sekisho_core::testing::configured;
use xxhash_rust::xxh3::xxh3_64;

struct NoZones;
impl Zones for NoZones {
    fn in_zone(&self, _: &str, _: &str) -> bool {
        false
    }
}

fn main() {
    let option = |name: &str, default: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name);
        arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (seconds, mut seed) = (option("--seconds", 10), option("--seed", 1));
    // Panics inside Arrow's reader are caught and refused; nobody wants to read thousands of them here.
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|place| place.file().contains("arrow")) {
            tell(panic);
        }
    }));
    let plan = plan();
    let layout = Layout::new(&plan.streams);
    let frames: Vec<_> = [1, 7, 100].map(|rows| frame(&plan, &layout, rows)).into_iter().collect();
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut read, mut refused) = (0u64, 0u64);
    while Instant::now() < until {
        let mut bytes = frames[random(&mut seed) as usize % frames.len()].clone();
        mutate(&mut bytes, &mut seed);
        match Frame::decode(&bytes, &layout) {
            Ok(frame) => {
                lay_out(&plan, &frame);
                read += 1;
            }
            Err(_) => refused += 1,
        }
    }
    println!("{} frames: {read} read, {refused} refused, none panicked (seed now {seed})", read + refused);
}

/// One field of each kind, by one key.
fn plan() -> Plan {
    let kinds = [Kind::Text, Kind::Integer, Kind::Real, Kind::Boolean, Kind::Texts, Kind::Integers];
    let field = |(at, kind)| Field { path: format!("unmapped.f{at}"), kind, max_bytes: 0 };
    let plan = DetectorPlan {
        key_spaces: vec![KeySpace { name: "k".to_owned(), parts: 1 }],
        subscriptions: vec![Subscription {
            source: "authentication".to_owned(),
            key_space: 0,
            key: vec!["unmapped.f0".to_owned()],
            fields: kinds.into_iter().enumerate().map(field).collect(),
            where_: Vec::new(),
            lateness: 0,
            extra: Vec::new(),
        }],
        ..DetectorPlan::default()
    };
    let wants = Wants {
        detectors: vec![configured("soak", plan)],
        sources: vec![SourceSpec { name: "logs".to_owned(), partitions: 1 }],
        clocks: Vec::new(),
        shards: 1,
        inventory: Default::default(),
    };
    build(wants).expect("the plan is sound")
}

fn frame(plan: &Plan, layout: &Layout, rows: u64) -> Vec<u8> {
    let mut router = Router::new(plan);
    let mut outgoing = Outgoing::new(1 << 20);
    for at in 0..rows {
        let values = vec![
            Value::Text(format!("key {}", at % 5).into()),
            Value::Integer(at as i64),
            if at % 3 == 0 { Value::Null } else { Value::Real(at as f64) },
            Value::Boolean(at % 2 == 0),
            Value::Texts((0..at % 4).map(|item| format!("item {item}").into()).collect()),
            Value::Integers((0..at as i64 % 3).collect()),
        ];
        let event =
            Event { class: ClassUid(3002), time: Time(at as i64), time_replaced: false, digest: at, index: 0, values };
        router.event(plan, &NoZones, &event, Origin::default(), &mut |_, stream, row| {
            outgoing.push(stream, &plan.streams[stream], layout, row).expect("rows of the plan fit");
        });
    }
    let sections = outgoing.take(layout).expect("rows of the plan fit").concat();
    encode(&plan.digest, b"progress", &sections).expect("it encodes")
}

/// A few bytes changed, cut out or doubled behind the checksum, which then fits again.
fn mutate(bytes: &mut Vec<u8>, seed: &mut u64) {
    for _ in 0..=random(seed) % 4 {
        let at = 12 + random(seed) as usize % (bytes.len() - 12);
        match random(seed) % 6 {
            0 => bytes[at] = random(seed) as u8,
            1 => bytes[at] ^= 1 << (random(seed) % 8),
            2 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random(seed) as usize % 5],
            3 => bytes.truncate(at.max(64)),
            4 => {
                let byte = bytes[at];
                bytes.insert(at, byte);
            }
            _ => {
                for byte in bytes.iter_mut().skip(at).take(4) {
                    *byte = random(seed) as u8;
                }
            }
        }
    }
    let checksum = xxh3_64(&bytes[12..]);
    bytes[4..12].copy_from_slice(&checksum.to_le_bytes());
}

fn lay_out(plan: &Plan, frame: &Frame) {
    let batch = Batch::gather(plan, &frame.sections, 0, 0);
    let caller = Caller { plan, batch: &batch, detector: 0, key_space: 0, watermark: Time(50), explain: false };
    let mut origins = OriginTable::default();
    for slices in batch.calls(plan, 0) {
        caller.call(&slices, &mut origins, |_| None);
    }
}

/// xorshift64*: small and the same everywhere.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
}
