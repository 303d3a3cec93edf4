//! Memory that is bounded and honest: a flood of keys, and what the changelog costs.

use super::*;
use crate::state::{Quota, StateKey};

const QUOTA: u64 = 1000;

/// Counts rows by user, or by size; finds a key at its third row.
fn counting(key: &str) -> DetectorPlan {
    DetectorPlan {
        rules: vec![rule("many")],
        key_spaces: vec![KeySpace { name: "key".to_owned(), parts: 1 }],
        subscriptions: vec![subscription("file_activity", key, &[("file.size", Kind::Integer)])],
        state_version: 1,
        ..DetectorPlan::default()
    }
}

fn count(call: Call) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    for (at, group) in call.groups.iter().enumerate() {
        let count = sum_of(group) + i64::from(group.rows);
        outcome.states.push(kept(at, count, None));
        if count >= 3 {
            let found =
                total(Call { groups: vec![Group { due: Some(0), rows: 0, ..group.clone() }], ..Call::default() });
            let finding = found.unwrap().findings.remove(0);
            outcome.findings.push(Finding { group: at as u32, figures: vec![("total".to_owned(), count)], ..finding });
        }
    }
    Ok(outcome)
}

fn log() -> Log {
    let wants = Wants {
        detectors: vec![configured("flooded", counting("user.name")), configured("beside", counting("file.size"))],
        ..plan().wants
    };
    let plan = Arc::new(build(wants).unwrap());
    let options = WorkerOptions { quota: Quota { bytes: u64::MAX, states: QUOTA }, ..WorkerOptions::default() };
    let detectors: Vec<Box<dyn Detector>> = vec![Box::new(Scripted(count)), Box::new(Scripted(count))];
    let mut worker = worker_of(&plan, detectors, options);
    for shard in (0..SHARDS).map(ShardId) {
        worker.own_shard(worker.restorer(shard).finish(&plan, None).unwrap());
    }
    Log { plan, worker, ..Log::new() }
}

/// What a detector remembers of a key, wherever that lies.
fn remembered(log: &Log, detector: u16, key: &str) -> Option<i64> {
    let key = StateKey::new(detector, 0, &[key]);
    let stored = log.worker.shards().find_map(|shard| shard.store.get(&key))?;
    Some(i64::from_le_bytes(stored.bytes()[..8].try_into().unwrap()))
}

#[test]
fn a_flood_of_keys_stays_within_the_quota_and_blinds_neither_an_open_alert_nor_another_detector() {
    let mut log = log();
    // An alert about user 0 stands open; user 1 was seen twice.
    log.write(&[(0, 7, 1), (0, 7, 2), (0, 7, 3), (1, 7, 1), (1, 7, 2)], 10);
    log.run();
    let opened = log.totals().len();
    for round in 0..30 {
        let flood: Vec<Line> = (0..1000).map(|at| (1000 * (round + 1) + at, 8, 100 + i64::from(round))).collect();
        log.write(&flood, 100 + i64::from(round));
        log.run();
        for shard in log.worker.shards() {
            assert!(shard.store.usage(0).states <= QUOTA);
        }
    }
    let evicted = log.worker.account().evicted.clone();
    assert!(evicted["flooded"] >= 30_000 - u64::from(SHARDS) * QUOTA && !evicted.contains_key("beside"), "{evicted:?}");
    let told: Vec<_> = log.out.iter().flat_map(|interval| &interval.coverage).collect();
    assert!(!told.is_empty() && told.iter().all(|gap| gap.reason == "evicted" && gap.detector == "flooded"));
    assert!(told.iter().all(|gap| gap.message.contains(" 0 of them with an open alert")), "{told:?}");
    assert_eq!(remembered(&log, 0, "user0"), Some(3), "its alert is open");
    assert_eq!(remembered(&log, 0, "user1"), Some(2), "seen more often than what floods");
    assert_eq!((remembered(&log, 1, "7"), remembered(&log, 1, "8")), (Some(5), Some(30_000)));
    // What was kept goes on: the second user's third row is found.
    log.write(&[(1, 7, 500)], 500);
    log.run();
    assert!(log.totals().len() > opened);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_changelog_has_one_record_for_each_changed_key_and_interval(
        intervals in prop::collection::vec(prop::collection::vec((0u32..20, 0i64..3, 0i64..900), 0..60), 1..6),
    ) {
        let mut log = log();
        for lines in &intervals {
            log.write(lines, 1);
            log.interval(true);
            let interval = log.out.last().unwrap();
            let mut keys: Vec<_> = interval.changes.iter().map(|change| (change.shard, &change.key)).collect();
            keys.sort_unstable();
            prop_assert!(keys.windows(2).all(|pair| pair[0] != pair[1]), "one record a key");
            let users: std::collections::BTreeSet<_> = lines.iter().map(|(user, _, _)| user).collect();
            let sizes: std::collections::BTreeSet<_> = lines.iter().map(|(_, size, _)| size).collect();
            let states = interval.changes.iter().filter(|change| change.key[0] == b's').count();
            prop_assert_eq!(states, users.len() + sizes.len());
            let metas = interval.changes.iter().filter(|change| change.key == b"m").count();
            prop_assert_eq!(metas, SHARDS as usize);
        }
    }
}
