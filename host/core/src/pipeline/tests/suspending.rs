//! A detector that fails for a while: it rests, the others go on, what it missed is told, and it can be healed.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::detect::FaultPolicy;

/// Event times of this file count minutes.
const MINUTE: i64 = Time::MINUTE;

/// A log whose summing detector fails when it has answered so many calls more; one failed group suspends it.
struct Ill {
    log: Log,
    answers: Rc<Cell<u64>>,
}

const WELL: u64 = u64::MAX;

impl Ill {
    fn new() -> Self {
        let answers = Rc::new(Cell::new(WELL));
        let mut log = Log::new();
        log.worker = Self::worker(&log.plan, &answers);
        Self { log, answers }
    }

    fn worker(plan: &Arc<Plan>, answers: &Rc<Cell<u64>>) -> Worker {
        let answers = Rc::clone(answers);
        let summing = move |call: Call| match answers.get() {
            WELL => sum(call),
            0 => Err(Fault::Trap("it is ill".to_owned())),
            left => {
                answers.set(left - 1);
                sum(call)
            }
        };
        let detectors: Vec<Box<dyn Detector>> = vec![Box::new(Scripted(summing)), Box::new(Scripted(total))];
        let policy = FaultPolicy { interval_quarantines: 0, interval_cpu: Duration::from_secs(3) };
        let mut worker = worker_of(plan, detectors, WorkerOptions { policy, ..WorkerOptions::default() });
        for shard in (0..SHARDS).map(ShardId) {
            worker.own_shard(worker.restorer(shard).finish(plan, None).unwrap());
        }
        worker
    }

    fn crash(&mut self) {
        let worker = Self::worker(&self.log.plan, &self.answers);
        self.log.restore(worker);
    }

    /// How many shards it rests in.
    fn suspended(&self) -> usize {
        self.log.worker.shards().filter(|shard| shard.standings[0].suspended.is_some()).count()
    }

    /// The gaps as they were told last: shard, first offset, last, rows, status.
    fn gaps(&self) -> Vec<(u32, i64, i64, u64, Status)> {
        let mut last = std::collections::BTreeMap::new();
        for gap in self.log.out.iter().flat_map(|interval| &interval.coverage) {
            assert_eq!((gap.detector.as_str(), gap.reason.as_str()), ("summing", "suspended"), "{gap:?}");
            last.insert((gap.shard.0, gap.from_offset), (gap.to_offset, gap.rows, gap.status));
        }
        last.into_iter().map(|((shard, from), (to, rows, status))| (shard, from, to, rows, status)).collect()
    }

    /// Time goes on until everything is settled, revisions that were held back included.
    fn end(&mut self) {
        for hour in 1..4 {
            self.log.write(&[], hour * 60 * MINUTE);
            self.log.run();
        }
    }

    /// Asks every shard to heal, then goes on until nothing is wanted; `fate` says what becomes of each interval.
    fn heal(&mut self, mut fate: impl FnMut(&mut Self, usize)) {
        for shard in (0..SHARDS).map(ShardId) {
            self.log.worker.heal(shard, "summing");
        }
        self.log.interval(true);
        let wanted = |log: &Log| (0..SHARDS).map(ShardId).find_map(|s| Some((s, log.worker.wanted(s)?)));
        for round in 0.. {
            if wanted(&self.log).is_none() {
                self.log.interval(true);
            }
            let Some((shard, (from, _))) = wanted(&self.log) else { break };
            let frame = self.log.frames[shard.0 as usize][from as usize].clone();
            self.log.worker.replay(shard, from, &frame).unwrap();
            fate(self, round);
            assert!(round < 10_000, "healing ends");
        }
        self.log.write(&[], 0);
        self.log.run();
    }
}

/// Users' rows at each minute from 0 on.
fn minutes(from: i64, count: i64) -> impl Iterator<Item = (Vec<Line>, i64)> {
    (from..from + count).map(|minute| ((0..5).map(|user| (user, 1, minute * MINUTE + 1)).collect(), minute * MINUTE))
}

fn feed(ill: &mut Ill, from: i64, count: i64) {
    for (lines, progress) in minutes(from, count) {
        ill.log.write(&lines, progress);
        ill.log.interval(true);
    }
}

#[test]
fn a_detector_that_fails_rests_is_tried_again_and_leaves_a_gap_that_is_told_once() {
    let mut ill = Ill::new();
    feed(&mut ill, 0, 3);
    ill.answers.set(0);
    feed(&mut ill, 3, 2);
    assert_eq!(ill.suspended(), SHARDS as usize);
    let calls = ill.log.out.iter().map(|interval| interval.coverage.len()).sum::<usize>();
    ill.answers.set(WELL);
    // It moves with the shard, and through a restart.
    ill.crash();
    assert_eq!(ill.suspended(), SHARDS as usize);
    feed(&mut ill, 5, 10);
    assert_eq!(ill.suspended(), 0);
    let gaps = ill.gaps();
    assert_eq!(gaps.len(), SHARDS as usize, "{gaps:?}");
    assert!(gaps.iter().all(|(_, from, to, _, status)| from < to && *status == Status::Closed), "{gaps:?}");
    assert!(calls <= 3 * SHARDS as usize, "a gap is told when it has doubled, not in every interval");
    // Nothing of the interval that it failed in was kept: every row is judged or in a gap.
    ill.end();
    let judged = ill.log.totals().pop().unwrap();
    let missed: u64 = gaps.iter().map(|(_, _, _, rows, _)| rows).sum();
    assert_eq!(judged as u64 + missed, 15 * 5);
}

#[test]
fn what_a_detector_said_in_the_interval_that_it_failed_in_is_not_published() {
    let mut ill = Ill::new();
    feed(&mut ill, 0, 1);
    // It answers rows, then fails on its wake-ups, or on those of the second shard.
    ill.answers.set(4);
    ill.log.write(&[(0, 1, 2), (1, 1, 2), (2, 1, 2), (3, 1, 2), (4, 1, 2)], 5 * MINUTE);
    ill.log.interval(true);
    assert!(ill.suspended() > 0);
    assert!(ill.log.out.iter().all(|interval| interval.dead_letters.is_empty()));
    ill.answers.set(WELL);
    ill.end();
    let missed: u64 = ill.gaps().iter().map(|(_, _, _, rows, _)| rows).sum();
    assert_eq!(ill.log.totals().pop().unwrap() as u64 + missed, 10, "each row counts once or not at all");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Healed from the frozen states, it has found what it would have found, whatever is killed or aborted meanwhile.
    #[test]
    fn healing_gives_what_an_undisturbed_run_gives(
        before in 0i64..4, answers in 0u64..9, ill_for in 1i64..4, after in 0i64..3,
        fates in prop::collection::vec(0u8..4, 1..8),
    ) {
        let all = before + ill_for + after;
        let mut well = Ill::new();
        feed(&mut well, 0, all);
        well.end();

        let mut ill = Ill::new();
        feed(&mut ill, 0, before);
        ill.answers.set(answers);
        feed(&mut ill, before, ill_for);
        ill.log.interval(true);
        // It stays suspended: nobody tries it again before it is healed.
        for shard in (0..SHARDS).map(ShardId) {
            if let Some(suspension) = ill.log.worker.standing(shard, "summing").and_then(|s| s.suspended.as_mut()) {
                suspension.until = Time::MAX;
            }
        }
        feed(&mut ill, before + ill_for, after);
        ill.answers.set(WELL);
        ill.heal(|ill, round| match fates[round % fates.len()] {
            _ if round % 3 == 2 => { ill.log.interval(true); }
            0 => { ill.log.interval(false); ill.log.interval(true); }
            1 => { ill.log.interval(true); ill.crash(); }
            2 => {}
            _ => { ill.log.interval(true); }
        });
        ill.end();
        prop_assert_eq!(ill.log.totals().pop(), well.log.totals().pop());
        let statuses: Vec<_> = ill.gaps().into_iter().map(|gap| gap.4).collect();
        prop_assert!(statuses.iter().all(|status| *status == Status::Healed), "{:?}", statuses);
    }
}

#[test]
fn a_gap_that_the_exchange_has_no_more_is_told_as_lost_and_the_detector_goes_on() {
    let mut ill = Ill::new();
    ill.answers.set(0);
    feed(&mut ill, 0, 2);
    ill.answers.set(WELL);
    for shard in (0..SHARDS).map(ShardId) {
        assert_eq!(ill.log.worker.held(shard), Some(0));
        assert_eq!(ill.log.worker.heal(shard, "summing"), Asked::Taken);
        ill.log.worker.lost(shard, 1000);
    }
    feed(&mut ill, 2, 1);
    assert_eq!(ill.suspended(), 0);
    let lost = ill.gaps().into_iter().filter(|gap| gap.4 == Status::Lost).count();
    assert_eq!(lost, SHARDS as usize);
    assert!((0..SHARDS).map(ShardId).all(|shard| ill.log.worker.held(shard).is_none()));
    assert_eq!(ill.log.worker.heal(ShardId(0), "nobody"), Asked::Nothing);
}

#[test]
fn a_gap_whose_healing_is_undone_by_the_rows_that_came_since_is_not_told_as_healed() {
    let mut ill = Ill::new();
    ill.answers.set(0);
    feed(&mut ill, 0, 2);
    ill.answers.set(WELL);
    feed(&mut ill, 2, 10);
    assert_eq!(ill.suspended(), 0);
    for shard in (0..SHARDS).map(ShardId) {
        assert_eq!(ill.log.worker.heal(shard, "summing"), Asked::Taken);
        while let Some((from, _)) = ill.log.worker.wanted(shard) {
            let frame = ill.log.frames[shard.0 as usize][from as usize].clone();
            ill.log.worker.replay(shard, from, &frame).unwrap();
        }
    }
    let poison: Vec<_> = (0..20).map(|user| (user, POISON, 12 * MINUTE + 1)).collect();
    ill.log.write(&poison, 12 * MINUTE);
    ill.log.interval(true);
    assert_eq!(ill.suspended(), SHARDS as usize);
    assert!((0..SHARDS).map(ShardId).all(|shard| ill.log.worker.held(shard) == Some(0)), "all of it is there again");
    let gaps = ill.gaps();
    assert!(gaps.iter().all(|gap| gap.4 != Status::Healed), "{gaps:?}");
}

#[test]
fn a_detector_that_rests_through_a_change_of_plan_waits_for_the_strata_of_the_new_one() {
    let mut ill = Ill::new();
    let alone = configured("summing", DetectorPlan { signals: Vec::new(), ..summing() });
    ill.log.plan = Arc::new(plan_of(vec![alone]));
    ill.log.worker = Ill::worker(&ill.log.plan, &ill.answers);
    feed(&mut ill, 1, 1);
    ill.answers.set(0);
    feed(&mut ill, 2, 2);
    ill.log.plan = Arc::new(plan());
    ill.log.worker.renew(idle_worker(&ill.log.plan)).unwrap();
    assert_eq!(ill.suspended(), SHARDS as usize);
    let frozen = ill.log.worker.shards().filter_map(|shard| shard.standings[0].suspended.as_ref());
    for watermarks in frozen.map(|suspension| &suspension.watermarks) {
        assert_eq!(watermarks.at(0), Time(MINUTE));
        assert_eq!(watermarks.at(1), Time::MIN, "no shard has told of the new stratum: {watermarks:?}");
    }
}
