//! The laws of the store.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::contract::State;
use crate::model::Time;

fn names(detectors: &[&str]) -> Names {
    let spaces = |names: &[(&str, i64)]| {
        names.iter().map(|(name, lateness)| KeySpaceNames { name: (*name).into(), lateness: *lateness }).collect()
    };
    let of = |name: &&str| DetectorNames { name: (*name).into(), key_spaces: spaces(&[("user", 0), ("host", 10)]) };
    Names { detectors: detectors.iter().map(of).collect() }
}

fn store() -> Store {
    Store::new(names(&["spray", "lateral"]))
}

fn state(bytes: usize, expires: Option<i64>, wake: Option<i64>) -> State {
    State { version: 3, bytes: vec![7; bytes], expires, wake }
}

fn user(name: &str) -> StateKey {
    StateKey::new(0, 0, &[name])
}

#[derive(Clone, Debug)]
enum Step {
    Put(StateKey, State, i64, u32),
    Forget(StateKey),
    Fail(StateKey),
    Alert(u8, Option<(StateKey, bool, Option<i64>, Option<i64>)>),
    Meta(Vec<u8>),
    Due(i64),
    Expire(i64),
    Enforce(u64),
}

fn key() -> impl Strategy<Value = StateKey> {
    (0u16..2, 0u16..2, 0u8..6).prop_map(|(d, k, name)| StateKey::new(d, k, &[format!("k{name}")]))
}

fn time() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(0i64..100)
}

fn step() -> impl Strategy<Value = Step> {
    let alert = prop::option::of((key(), any::<bool>(), time(), time()));
    prop_oneof![
        6 => (key(), 0usize..40, time(), time(), 0i64..100, 0u32..3)
            .prop_map(|(key, bytes, expires, wake, at, rows)| Step::Put(key, state(bytes, expires, wake), at, rows)),
        1 => key().prop_map(Step::Forget),
        1 => key().prop_map(Step::Fail),
        2 => (0u8..4, alert).prop_map(|(uid, alert)| Step::Alert(uid, alert)),
        1 => any::<Vec<u8>>().prop_map(Step::Meta),
        2 => (0i64..100).prop_map(Step::Due),
        2 => (0i64..100).prop_map(Step::Expire),
        1 => (100u64..1500).prop_map(Step::Enforce),
    ]
}

fn take(store: &mut Store, step: Step) {
    match step {
        Step::Put(key, state, at, rows) => store.put(&key, Some(state), Time(at), rows),
        Step::Forget(key) => store.put(&key, None, Time(0), 1),
        Step::Fail(key) => {
            store.failed(&key, "trap");
        }
        Step::Alert(uid, alert) => {
            let alert = alert.map(|(about, open, release, expires)| AlertMemory {
                about,
                open,
                release: release.map(Time),
                expires: expires.map(Time),
                bytes: vec![uid; 3],
            });
            store.put_alert(&format!("alert-{uid}"), alert);
        }
        Step::Meta(meta) => store.set_meta(meta),
        Step::Due(at) => {
            store.due(|_, _| Time(at));
        }
        Step::Expire(at) => {
            store.expire(|_, _| Time(at));
        }
        Step::Enforce(bytes) => {
            store.enforce(|_| Quota { bytes, states: 6 });
        }
    }
}

/// What stands, and what will come up: the snapshot, the count of open alerts, usage, and all deadlines.
fn everything(store: &Store) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut copy = restored(store);
    let open: BTreeMap<_, _> = store.open.clone().into_iter().collect();
    assert_eq!(open, copy.open.clone().into_iter().collect::<BTreeMap<_, _>>());
    assert_eq!((store.usage(0), store.usage(1)), (copy.usage(0), copy.usage(1)));
    assert_eq!(store.due_alerts(|_, _| Time(60)), copy.due_alerts(|_, _| Time(60)));
    let due = copy.due(|_, _| Time(60));
    (store.snapshot(), open, due, copy.expire(|_, _| Time(60)))
}

fn restored(store: &Store) -> Store {
    let mut copy = Store::new(store.names.clone());
    for (key, value) in store.snapshot() {
        copy.restore(&key, Some(&value)).unwrap();
    }
    copy
}

proptest! {
    #[test]
    fn the_store_is_the_fold_of_its_changelog(intervals in prop::collection::vec(prop::collection::vec(step(), 0..12), 1..6)) {
        let mut original = store();
        let mut log: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut follower = store();
        for interval in intervals {
            interval.into_iter().for_each(|step| take(&mut original, step));
            for (key, value) in original.changes() {
                follower.restore(&key, value.as_deref()).unwrap();
                match value {
                    Some(value) => { log.insert(key, value); }
                    None => { log.remove(&key); }
                }
            }
            original.commit();
        }
        prop_assert_eq!(original.snapshot(), log.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(everything(&follower), everything(&original));
        prop_assert!(!follower.is_changed());
    }

    #[test]
    fn abort_restores_exactly_what_was_before(
        committed in prop::collection::vec(step(), 0..20),
        aborted in prop::collection::vec(step(), 0..20),
        again in prop::collection::vec(step(), 0..10),
    ) {
        let mut store = store();
        committed.into_iter().for_each(|step| take(&mut store, step));
        store.commit();
        let mut twin = restored(&store);
        let before = everything(&store);
        aborted.into_iter().for_each(|step| take(&mut store, step));
        store.abort();
        prop_assert_eq!(everything(&store), before);
        prop_assert!(store.changes().is_empty());
        // The agenda too: what comes up afterwards is the same.
        prop_assert_eq!(store.due(|_, _| Time(50)), twin.due(|_, _| Time(50)));
        for step in again {
            take(&mut store, step.clone());
            take(&mut twin, step);
        }
        prop_assert_eq!(everything(&store), everything(&twin));
    }

    #[test]
    fn wake_ups_and_expiry_do_not_depend_on_how_intervals_are_cut(
        steps in prop::collection::vec(step().prop_filter("quotas look at the whole", |s| !matches!(s, Step::Enforce(_))), 0..12),
        mut cuts in prop::collection::vec(0i64..100, 0..6),
    ) {
        let mut at_once = store();
        steps.into_iter().for_each(|step| take(&mut at_once, step));
        at_once.commit();
        let mut in_steps = restored(&at_once);
        let woken = at_once.due(|_, _| Time(100));
        at_once.expire(|_, _| Time(100));
        let mut woken_in_steps = Vec::new();
        cuts.sort_unstable();
        for cut in cuts.into_iter().chain([100]) {
            woken_in_steps.extend(in_steps.due(|_, _| Time(cut)));
            in_steps.expire(|_, _| Time(cut));
            in_steps.commit();
        }
        prop_assert_eq!(woken, woken_in_steps);
        prop_assert_eq!(at_once.snapshot(), in_steps.snapshot());
    }

    #[test]
    fn no_record_of_a_changelog_makes_a_store_panic(key: Vec<u8>, tag in "[saxm]", value: Vec<u8>) {
        let mut store = store();
        let tagged = [tag.as_bytes(), &key].concat();
        let _ = store.restore(&key, Some(&value));
        let _ = store.restore(&tagged, Some(&[&[1], &value[..]].concat()));
        let _ = store.restore(&tagged, None);
    }
}

#[test]
fn a_wake_up_is_told_once_and_comes_back_when_the_interval_is_aborted() {
    let mut store = store();
    store.put(&user("b"), Some(state(1, None, Some(20))), Time(1), 1);
    store.put(&user("a"), Some(state(1, None, Some(20))), Time(1), 1);
    store.put(&user("c"), Some(state(1, None, Some(10))), Time(1), 1);
    store.commit();
    assert_eq!(store.due(|_, _| Time(9)), []);
    let told: Vec<_> = store.due(|_, _| Time(20)).into_iter().map(|wake| (wake.time.0, wake.key)).collect();
    assert_eq!(told, [(10, user("c")), (20, user("a")), (20, user("b"))]);
    assert_eq!(store.due(|_, _| Time(20)), []);
    store.abort();
    assert_eq!(store.due(|_, _| Time(20)).len(), 3);
}

#[test]
fn an_expired_state_is_kept_for_the_lateness_of_its_key_space() {
    let mut store = store();
    let host = StateKey::new(1, 1, &["web-1"]);
    store.put(&host, Some(state(1, Some(50), None)), Time(1), 1);
    assert_eq!(store.expire(|_, _| Time(59)).states, 0);
    assert_eq!(store.expire(|_, _| Time(60)).states, 1);
    assert!(store.get(&host).is_none());
}

#[test]
fn a_pending_wake_up_keeps_its_state_beyond_the_expiry() {
    let mut store = store();
    store.put(&user("a"), Some(state(1, Some(10), Some(30))), Time(1), 1);
    assert_eq!(store.expire(|_, _| Time(20)).states, 0);
    assert_eq!(store.due(|_, _| Time(30)).len(), 1);
    assert_eq!(store.expire(|_, _| Time(30)).states, 1);
}

#[test]
fn a_state_that_lives_on_is_not_dropped_at_its_first_expiry() {
    let mut store = store();
    for round in 0..10 {
        store.put(&user("a"), Some(state(1, Some(round * 10 + 10), None)), Time(round), 1);
    }
    assert_eq!(store.expire(|_, _| Time(99)).states, 0);
    assert_eq!(store.expire(|_, _| Time(100)).states, 1);
}

#[test]
fn eviction_takes_what_one_row_touched_then_the_least_recent_and_open_alerts_last() {
    let mut store = store();
    let states = [("alert", 1, 1), ("old", 5, 2), ("recent", 50, 2), ("once-late", 90, 1), ("once-early", 20, 1)];
    for (name, touched, rows) in states {
        store.put(&user(name), Some(state(10, None, None)), Time(touched), rows);
    }
    let memory = AlertMemory { about: user("alert"), open: true, release: None, expires: None, bytes: vec![] };
    store.put_alert("a", Some(memory));
    store.commit();
    let evicted = store.enforce(|_| Quota { bytes: 0, states: 0 });
    let order: Vec<_> = evicted.iter().map(|state| (state.key.key.parts().remove(0), state.open_alert)).collect();
    let expected = [("once-early", false), ("once-late", false), ("old", false), ("recent", false), ("alert", true)];
    assert_eq!(order, expected.map(|(name, open)| (name.to_owned(), open)));
    assert!(store.changes().iter().all(|(_, value)| value.is_none()), "an eviction is a tombstone");
}

#[test]
fn a_detector_within_its_quota_loses_nothing_to_another_beyond_its_own() {
    let mut store = store();
    for name in ["a", "b", "c"] {
        store.put(&StateKey::new(0, 0, &[name]), Some(state(10, None, None)), Time(1), 1);
    }
    store.put(&StateKey::new(1, 0, &["a"]), Some(state(10, None, None)), Time(0), 1);
    let evicted = store.enforce(|_| Quota { bytes: u64::MAX, states: 2 });
    assert!(evicted.iter().all(|state| state.key.detector == 0));
    assert_eq!((store.usage(0).states, store.usage(1).states), (2, 1));
}

#[test]
fn after_three_failures_in_a_row_a_state_is_set_aside_and_the_key_starts_anew() {
    let mut store = store();
    store.put(&user("a"), Some(state(10, None, None)), Time(1), 1);
    assert!(!store.failed(&user("a"), "trap"));
    assert!(!store.failed(&user("a"), "trap"));
    store.put(&user("a"), Some(state(11, None, None)), Time(2), 1);
    let failed = [(); 3].map(|()| store.failed(&user("a"), "trap"));
    assert_eq!(failed, [false, false, true]);
    assert!(store.get(&user("a")).is_none());
    let aside: Vec<_> = store.set_aside().map(|(key, aside)| (key.clone(), aside.state.bytes.len())).collect();
    assert_eq!(aside, [(user("a"), 11)]);
}

#[test]
fn positions_may_change_between_plans() {
    let mut old = store();
    old.put(&StateKey::new(1, 1, &["web-1"]), Some(state(5, None, None)), Time(1), 1);
    let mut new = Store::new(names(&["lateral", "spray"]));
    for (key, value) in old.changes() {
        new.restore(&key, value.as_deref()).unwrap();
    }
    assert_eq!(new.get(&StateKey::new(0, 1, &["web-1"])).map(|stored| stored.bytes().len()), Some(5));
}

#[test]
fn what_a_detector_remembered_waits_for_its_return() {
    let mut old = store();
    let key = StateKey::new(1, 0, &["a"]);
    old.put(&key, Some(state(5, None, None)), Time(1), 1);
    let memory = AlertMemory { about: key.clone(), open: true, release: None, expires: None, bytes: vec![1] };
    old.put_alert("uid", Some(memory));
    let mut without = Store::new(names(&["spray"]));
    for (key, value) in old.changes() {
        without.restore(&key, value.as_deref()).unwrap();
    }
    assert!(without.states().next().is_none() && without.alert("uid").is_none());
    assert_eq!(without.snapshot(), old.snapshot());
    for (key, _) in old.changes() {
        without.restore(&key, None).unwrap();
    }
    assert!(without.snapshot().is_empty());
}

#[test]
fn a_held_revision_is_due_at_its_release_and_keeps_its_alert() {
    let mut store = store();
    let held =
        AlertMemory { about: user("a"), open: true, release: Some(Time(50)), expires: Some(Time(10)), bytes: vec![] };
    store.put_alert("x", Some(held.clone()));
    assert_eq!(store.expire(|_, _| Time(40)).alerts, 0);
    assert!(store.due_alerts(|_, _| Time(49)).is_empty());
    assert_eq!(store.due_alerts(|_, _| Time(50)), ["x"]);
    store.put_alert("x", Some(AlertMemory { release: None, ..held }));
    assert_eq!(store.expire(|_, _| Time(50)).alerts, 1);
    assert!(!store.has_open_alert(&user("a")));
}
