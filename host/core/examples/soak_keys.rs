//! Floods the memory of one shard with distinct keys, as an attacker would who makes up user names: `--keys N`
//! (10,000,000), `--states N` (200,000). It says how much memory that takes, and what became of an open alert and of
//! another detector meanwhile.

#![allow(clippy::disallowed_methods, reason = "a soak tells how long it took; the pipeline itself reads no clock")]

use std::time::Instant;

use sekisho_core::contract::State;
use sekisho_core::model::Time;
use sekisho_core::state::{AlertMemory, DetectorNames, KeySpaceNames, Names, Quota, StateKey, Store};

/// Keys of one interval.
const INTERVAL: u64 = 10_000;
/// As a detector of ours keeps for a user.
const STATE: usize = 200;
/// Keys of the detector beside.
const BESIDE: u64 = 10_000;

fn main() {
    let option = |name: &str, default: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name);
        arguments.nth(1).and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (keys, states) = (option("--keys", 10_000_000), option("--states", 200_000));
    let quota = Quota { bytes: 64 << 20, states };
    let detector = |name: &str| DetectorNames {
        name: name.to_owned(),
        key_spaces: vec![KeySpaceNames { name: "user".to_owned(), lateness: 0 }],
    };
    let mut store = Store::new(Names { detectors: vec![detector("flooded"), detector("beside")] });
    let victim = StateKey::new(0, 0, &["victim"]);
    store.put(&victim, Some(state()), Time(0), 1);
    let alert = AlertMemory { about: victim.clone(), open: true, release: None, expires: None, bytes: Vec::new() };
    store.put_alert("alert", Some(alert));
    for key in 0..BESIDE {
        store.put(&StateKey::new(1, 0, &[format!("user{key}")]), Some(state()), Time(0), 2);
    }
    store.commit();
    let (begun, mut evicted, mut most) = (Instant::now(), 0u64, 0);
    for first in (0..keys).step_by(INTERVAL as usize) {
        for key in first..(first + INTERVAL).min(keys) {
            store.put(&StateKey::new(0, 0, &[format!("made-up-{key}")]), Some(state()), Time(key as i64), 1);
        }
        evicted += store.enforce(|_| quota).len() as u64;
        let changes = store.changes().len() as u64;
        assert!(changes <= 2 * INTERVAL + states / 8, "{changes} records for {INTERVAL} keys");
        store.commit();
        most = most.max(resident());
    }
    let usage = store.usage(0);
    assert!(usage.states <= quota.states && usage.bytes <= quota.bytes, "{usage:?}");
    assert!(store.get(&victim).is_some(), "an open alert's state goes last");
    assert_eq!(store.usage(1).states, BESIDE, "another detector loses nothing");
    println!(
        "{keys} keys in {:?}: {} states kept, {} bytes of {} in the quota's terms, {evicted} evicted, at most {most} MiB resident",
        begun.elapsed(),
        usage.states,
        usage.bytes,
        quota.bytes,
    );
}

fn state() -> State {
    State { version: 1, bytes: vec![7; STATE], expires: None, wake: None }
}

/// Resident memory in MiB; 0 where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}
