//! The laws of watermarks.

use proptest::prelude::*;

use super::*;
use crate::bytes::{Reader, Writer};
use crate::model::{RawPartition, ShardId, SourceId, Time};

fn partition(source: u32) -> RawPartition {
    RawPartition { source: SourceId(source), partition: 0 }
}

fn progress() -> impl Strategy<Value = Progress> {
    (0i64..1000, prop_oneof![Just(Kind::Live), Just(Kind::Idle)]).prop_map(|(t, kind)| Progress { time: Time(t), kind })
}

/// What each of three partitions tells, in its order, and a way to interleave it.
fn told() -> impl Strategy<Value = (Vec<Vec<Progress>>, Vec<usize>)> {
    prop::collection::vec(prop::collection::vec(progress(), 0..8), 3).prop_flat_map(|told| {
        let order: Vec<usize> = told.iter().enumerate().flat_map(|(at, told)| vec![at; told.len()]).collect();
        (Just(told), Just(order).prop_shuffle())
    })
}

fn play(told: &[Vec<Progress>], order: &[usize]) -> Watermarks {
    let mut watermarks = Watermarks::new(&[partition(0), partition(1), partition(2)], 1, 1);
    let mut next = vec![0; told.len()];
    for at in order {
        let before = watermarks.at(0);
        watermarks.heard(partition(*at as u32), told[*at][next[*at]]);
        next[*at] += 1;
        assert!(watermarks.at(0) >= before, "a watermark never goes back");
    }
    watermarks
}

proptest! {
    #[test]
    fn watermarks_do_not_depend_on_how_partitions_interleave((told, order) in told()) {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        prop_assert_eq!(play(&told, &order), play(&told, &sorted));
    }

    #[test]
    fn a_table_comes_back_from_its_bytes((told, order) in told(), strata in 1u8..5, times: Vec<(u32, i64)>) {
        let mut watermarks = play(&told, &order);
        watermarks.expect(&[partition(0), partition(7)], 3, strata);
        for (shard, time) in times {
            watermarks.heard_stratum(ShardId(shard % 4), strata - 1, Time(time));
        }
        prop_assert_eq!(Watermarks::from_bytes(&watermarks.to_bytes()), Ok(watermarks));
    }

    #[test]
    fn no_bytes_make_a_table_panic(bytes: Vec<u8>) {
        let _ = Watermarks::from_bytes(&bytes);
        let _ = ProgressEntry::read(&mut Reader::new(&bytes));
    }

    #[test]
    fn an_entry_comes_back_from_its_bytes(source: u32, at in 0..i32::MAX, progress in progress()) {
        let entry = ProgressEntry { from: RawPartition { source: SourceId(source), partition: at }, progress };
        let mut out = Writer::default();
        entry.write(&mut out);
        prop_assert_eq!(ProgressEntry::read(&mut Reader::new(&out.finish())), Ok(entry));
    }
}

fn live(time: i64) -> Progress {
    Progress { time: Time(time), kind: Kind::Live }
}

#[test]
fn a_clock_that_was_not_heard_of_holds_the_watermark_back() {
    let mut watermarks = Watermarks::new(&[partition(0), partition(1)], 1, 1);
    watermarks.heard(partition(0), live(10));
    assert_eq!(watermarks.at(0), Time::MIN);
    assert_eq!(watermarks.held_by(), [partition(1)]);
    watermarks.heard(partition(1), live(7));
    assert_eq!(watermarks.at(0), Time(7));
}

#[test]
fn one_idle_partition_does_not_hold_the_watermark_back() {
    let mut watermarks = Watermarks::new(&[partition(0), partition(1)], 1, 1);
    watermarks.heard(partition(0), live(10));
    watermarks.heard(partition(1), live(5));
    watermarks.heard(partition(0), live(100));
    watermarks.heard(partition(1), Progress { time: Time(95), kind: Kind::Idle });
    assert_eq!(watermarks.at(0), Time(95));
}

#[test]
fn a_partition_that_is_gone_is_not_waited_for() {
    let mut watermarks = Watermarks::new(&[partition(0), partition(1)], 1, 1);
    watermarks.heard(partition(0), live(10));
    watermarks.heard(partition(1), Progress { time: Time::MIN, kind: Kind::Gone });
    assert_eq!(watermarks.at(0), Time(10));
}

#[test]
fn an_unknown_clock_and_an_unknown_shard_change_nothing() {
    let mut watermarks = Watermarks::new(&[partition(0)], 1, 2);
    let before = watermarks.clone();
    watermarks.heard(partition(9), live(10));
    watermarks.heard_stratum(ShardId(5), 0, Time(10));
    watermarks.heard_stratum(ShardId(0), 9, Time(10));
    assert_eq!(watermarks, before);
}

#[test]
fn a_stratum_waits_for_every_shard_of_the_one_below() {
    let mut watermarks = Watermarks::new(&[partition(0)], 2, 3);
    watermarks.heard(partition(0), live(100));
    watermarks.heard_stratum(ShardId(0), 0, Time(90));
    assert_eq!(watermarks.at(1), Time::MIN);
    watermarks.heard_stratum(ShardId(1), 0, Time(50));
    assert_eq!((watermarks.at(1), watermarks.at(2)), (Time(50), Time::MIN));
    watermarks.heard_stratum(ShardId(0), 1, Time(50));
    watermarks.heard_stratum(ShardId(1), 1, Time(40));
    assert_eq!(watermarks.at(2), Time(40));
}

#[test]
fn the_end_of_a_replay_is_the_end_of_time() {
    let mut watermarks = Watermarks::new(&[partition(0), partition(1)], 1, 1);
    watermarks.heard(partition(0), Progress::END);
    watermarks.heard(partition(1), Progress::END);
    assert_eq!(watermarks.at(0), Time::MAX);
}

#[test]
fn a_plan_that_expects_one_clock_more_waits_for_it_but_goes_not_back() {
    let mut watermarks = Watermarks::new(&[partition(0)], 1, 1);
    watermarks.heard(partition(0), live(100));
    watermarks.expect(&[partition(0), partition(1)], 1, 1);
    watermarks.heard(partition(0), live(200));
    assert_eq!(watermarks.at(0), Time(100));
    watermarks.heard(partition(1), live(150));
    assert_eq!(watermarks.at(0), Time(150));
}
