//! A runtime, the zoo, and calls for it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sekisho::wasm::{CompiledDetector, DetectorInstance, Limits, Runtime};
use sekisho_core::contract::{Call, Column, Group, Outcome, State, Table, TextColumn, Values};
use sekisho_core::detect::{Detector, Fault};
use sekisho_tests::guests;

/// Limits that are reached soon.
pub fn tight() -> Limits {
    Limits {
        call_time: Duration::from_millis(100),
        start_time: Duration::from_millis(200),
        memory: 16 << 20,
        detectors: 16,
        ..Limits::default()
    }
}

pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new(tight(), None).unwrap());

/// The zoo as it was built.
pub static ZOO: LazyLock<CompiledDetector> =
    LazyLock::new(|| RUNTIME.load(&guests::wasm("sekisho_guest_zoo")).unwrap());

/// An instance of the zoo under these settings.
pub fn zoo(settings: &str) -> DetectorInstance {
    ZOO.instance(Arc::new(ZOO.configure("zoo", settings).unwrap()))
}

/// A zoo that does this at `evaluate` whenever mallory is in the call.
pub fn zoo_that_evaluates(deed: &str) -> DetectorInstance {
    zoo(&format!(r#"{{"evaluate": "{deed}", "on_key": "mallory"}}"#))
}

fn texts(texts: impl Iterator<Item = String>) -> Column {
    let mut column = TextColumn { offsets: vec![0], bytes: Vec::new() };
    for text in texts {
        column.bytes.extend_from_slice(text.as_bytes());
        column.offsets.push(column.bytes.len() as u32);
    }
    Column { values: Values::Text(column), valid: None, truncated: None }
}

/// A call of the key space `user` with this many rows for each of the keys.
pub fn call(keys: &[&str], rows: u32) -> Call {
    let all = rows * keys.len() as u32;
    let text = |name: &'static str| texts((0..all).map(move |row| format!("{name}-{row}")));
    let integer = |modulus| Column {
        values: Values::Integer((0..i64::from(all)).map(|row| row % modulus).collect()),
        valid: None,
        truncated: None,
    };
    let bits = Column { values: Values::Boolean(vec![0x55; all.div_ceil(8) as usize]), valid: None, truncated: None };
    let columns = vec![
        texts((0..all).map(|row| keys[(row / rows) as usize].to_owned())),
        text("address"),
        text("host"),
        text("protocol"),
        integer(11),
        integer(2),
        integer(5000),
        bits,
    ];
    let group = |at: usize| Group { key: vec![keys[at].to_owned()], first: at as u32 * rows, rows, ..Group::default() };
    Call {
        key_space: 0,
        tables: vec![Table {
            subscription: 0,
            times: (0..i64::from(all)).collect(),
            origins: (0..u64::from(all)).map(|row| 1000 + row).collect(),
            columns,
            ..Table::default()
        }],
        groups: (0..keys.len()).map(group).collect(),
        order_tables: vec![0; all as usize],
        order_rows: (0..all).collect(),
        ..Call::default()
    }
}

/// What good behaviour answers to three groups of six rows: one state, finding and signal for each.
pub fn assert_good(outcome: &Outcome, keys: usize) {
    assert_eq!(outcome.states.len(), keys);
    assert_eq!(outcome.findings.len(), keys);
    assert_eq!(outcome.signals.len(), keys);
}

/// Calls it on three keys of which one provokes it, then on the other two: the fault of the first call.
pub fn provoke(detector: &mut dyn Detector) -> Fault {
    let fault = detector.evaluate(call(&["alice", "mallory", "bob"], 6)).outcome.unwrap_err();
    let next = detector.evaluate(call(&["alice", "bob"], 6)).outcome.unwrap();
    assert_good(&next, 2);
    fault
}

/// The state as `evaluate` left it for the group.
pub fn state(outcome: &Outcome, group: u32) -> State {
    let kept = outcome.states.iter().find(|kept| kept.group == group).unwrap();
    kept.state.clone().unwrap()
}
