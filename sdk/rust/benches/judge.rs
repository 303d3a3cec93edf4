//! What a simple rule costs with warm state: 1,000 rows in 100 groups, natively.

#![allow(clippy::unwrap_used, reason = "a bench fails loudly")]

use divan::counter::ItemsCount;
use sekisho_sdk::bindings::{Call, Column, Group, State, Table, TextColumn, Values};
use sekisho_sdk::{Instance, bindings};

#[path = "../examples/first_seen.rs"]
mod first_seen;
#[path = "../examples/sequence.rs"]
mod sequence;
#[path = "../examples/threshold.rs"]
mod threshold;

const GROUPS: usize = 100;
const ROWS: usize = 10;
const START: i64 = 1_759_314_600_000_000_000;
const SECOND: i64 = 1_000_000_000;

fn main() {
    divan::main();
}

/// A call with one text column of eight different values.
fn call(minute: i64, states: &[Option<State>]) -> Call {
    let rows = GROUPS * ROWS;
    let mut text = TextColumn { offsets: vec![0], bytes: Vec::new() };
    for row in 0..rows {
        text.bytes.extend_from_slice(format!("10.20.30.{}", row % 8).as_bytes());
        text.offsets.push(u32::try_from(text.bytes.len()).unwrap());
    }
    let column = Column { values: Values::Text(text), valid: None, truncated: None };
    let group = |(at, state): (usize, &Option<State>)| Group {
        key: vec![format!("corp\\user{at}")],
        state: state.clone(),
        first: u32::try_from(at * ROWS).unwrap(),
        rows: u32::try_from(ROWS).unwrap(),
        due: None,
        extra: Vec::new(),
    };
    let times = (0..rows).map(|row| START + minute * 60 * SECOND + (row % ROWS) as i64 * SECOND);
    let table = Table {
        subscription: 0,
        times: times.collect(),
        origins: (0..rows as u64).collect(),
        late: None,
        columns: vec![column.clone(), column],
        extra: Vec::new(),
    };
    Call {
        key_space: 0,
        watermark: START + (minute - 1) * 60 * SECOND,
        tables: vec![table],
        groups: states.iter().enumerate().map(group).collect(),
        order_tables: vec![0; rows],
        order_rows: (0..u32::try_from(rows).unwrap()).collect(),
        explain: false,
        extra: Vec::new(),
    }
}

fn warm<D: sekisho_sdk::Detector + Sync>(bencher: divan::Bencher<'_, '_>, settings: &str) {
    let (instance, _) = Instance::<D>::configure(settings).unwrap();
    let mut states = vec![None; GROUPS];
    for minute in 0..5 {
        let outcome: bindings::Outcome = instance.evaluate(call(minute, &states)).unwrap();
        outcome.states.into_iter().for_each(|kept| states[kept.group as usize] = kept.state);
    }
    bencher
        .counter(ItemsCount::new(GROUPS * ROWS))
        .with_inputs(|| call(5, &states))
        .bench_values(|call| instance.evaluate(call).unwrap());
}

#[divan::bench]
fn threshold_with_warm_state(bencher: divan::Bencher<'_, '_>) {
    warm::<threshold::Guessing>(bencher, r#"{"threshold": 100000}"#);
}

#[divan::bench]
fn first_seen_with_warm_state(bencher: divan::Bencher<'_, '_>) {
    warm::<first_seen::NewHosts>(bencher, "{}");
}

#[divan::bench]
fn sequence_with_warm_state(bencher: divan::Bencher<'_, '_>) {
    warm::<sequence::RemoteService>(bencher, "{}");
}
