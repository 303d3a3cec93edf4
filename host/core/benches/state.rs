//! What a million states cost: memory, restoring, look-ups, changes, an interval's changelog.
//!
//! Memory is the process's resident set before and after, so the allocator's share is in it.

#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use divan::{Bencher, counter::ItemsCount};
use sekisho_core::contract::State;
use sekisho_core::model::Time;
use sekisho_core::state::{DetectorNames, KeySpaceNames, Names, Quota, StateKey, Store};

const MILLION: u64 = 1_000_000;
const STATE_BYTES: usize = 500;

fn main() {
    one_million();
    divan::main();
}

fn names() -> Names {
    let key_spaces = vec![KeySpaceNames { name: "user".into(), lateness: 60 * Time::SECOND }];
    Names { detectors: vec![DetectorNames { name: "lateral-movement".into(), key_spaces }] }
}

fn key(number: u64) -> StateKey {
    StateKey::new(0, 0, &[format!("corp\\user-{number:07}")])
}

fn state(number: u64) -> State {
    let expires = Some(Time::SECOND * (number % 86_400) as i64 + 30 * 86_400 * Time::SECOND);
    State { version: 1, bytes: vec![number as u8; STATE_BYTES], expires, wake: None }
}

fn filled(count: u64) -> Store {
    let mut store = Store::new(names());
    for number in 0..count {
        store.put(&key(number), Some(state(number)), Time(number as i64), 2);
        if number % 4096 == 0 {
            store.commit();
        }
    }
    store.commit();
    store
}

/// Resident bytes of this process; 0 where the system does not tell.
fn resident() -> u64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * 4096
}

/// Restores a million states from changelog records, in no order of keys, expiry or use.
fn one_million() {
    let mut store = Store::new(names());
    let mut spent = Duration::ZERO;
    let before = resident();
    let shuffled: Vec<u64> = (0..MILLION).map(|number| number * 700_001 % MILLION).collect();
    for numbers in shuffled.chunks(10_000) {
        let mut writer = Store::new(names());
        for number in numbers {
            writer.put(&key(*number), Some(state(*number)), Time((number * 31 % MILLION) as i64), 2);
        }
        let records = writer.changes();
        drop(writer);
        let start = Instant::now();
        for (key, value) in &records {
            store.restore(key, value.as_deref()).expect("the store reads what it wrote");
        }
        spent += start.elapsed();
    }
    let bytes = (resident() - before) / MILLION;
    println!(
        "1,000,000 states of {STATE_BYTES} B: {bytes} B resident each, restored in {:.2} µs each",
        spent.as_secs_f64()
    );
    let start = Instant::now();
    let evicted = store.enforce(|_| Quota { bytes: u64::MAX, states: MILLION - 1 });
    println!("choosing and evicting {} of them took {:.0} ms", evicted.len(), start.elapsed().as_secs_f64() * 1e3);
}

const MANY: u64 = 100_000;
const GROUPS: u64 = 1000;

#[divan::bench]
fn look_up(bencher: Bencher) {
    let store = filled(MANY);
    let keys: Vec<_> = (0..GROUPS).map(|number| key(number * 97 % MANY)).collect();
    bencher
        .counter(ItemsCount::new(GROUPS))
        .bench_local(|| keys.iter().filter_map(|key| store.get(key)).map(|stored| stored.bytes().len()).sum::<usize>());
}

#[divan::bench]
fn put_changes_and_commit(bencher: Bencher) {
    let mut store = filled(MANY);
    let keys: Vec<_> = (0..GROUPS).map(|number| key(number * 97 % MANY)).collect();
    bencher
        .counter(ItemsCount::new(GROUPS))
        .with_inputs(|| (0..GROUPS).map(state).collect::<Vec<_>>())
        .bench_local_values(|states| {
            for (key, state) in keys.iter().zip(states) {
                store.put(key, Some(state), Time(1), 1);
            }
            black_box(store.changes());
            store.commit();
        });
}
