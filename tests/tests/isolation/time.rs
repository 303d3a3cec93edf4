//! CPU time convicts, wall time does not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sekisho::wasm::{Limits, Runtime};
use sekisho_core::detect::{Detector, Fault};
use sekisho_tests::guests;
use sekisho_tests::zoo::call;

use crate::support::tight;

/// Runs something while every core is kept busy several times over.
fn beside_busy_neighbours<T>(work: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    let neighbours = 4 * thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..neighbours {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    std::hint::black_box(0_u64);
                }
            });
        }
        let done = work();
        stop.store(true, Ordering::Relaxed);
        done
    })
}

/// A zoo whose calls take a tenth of a second or more, under this limit for a call.
fn slow_zoo(call_time: Duration) -> impl Detector {
    let runtime = Runtime::new(Limits { call_time, ..tight() }, None).unwrap();
    let zoo = runtime.load(&guests::wasm("sekisho_guest_zoo")).unwrap();
    let configured = zoo.configure("zoo", r#"{"evaluate": "slow"}"#).unwrap();
    zoo.instance(configured.into())
}

#[test]
fn a_busy_machine_convicts_nobody() {
    // How long a call computes on this machine when it is left alone; several, since the first may be unlucky.
    let alone = (0..3).map(|_| slow_zoo(Duration::from_secs(60)).evaluate(call(&["alice"], 1)).cpu).max().unwrap();
    let limit = alone * 3;
    let mut detector = slow_zoo(limit);
    let (wall, judged) = beside_busy_neighbours(|| {
        let begun = Instant::now();
        let judged = detector.evaluate(call(&["alice"], 1));
        (begun.elapsed(), judged)
    });
    assert!(judged.outcome.is_ok(), "{:?} after {wall:?}", judged.outcome);
    assert!(judged.cpu < limit);
    assert!(wall > limit, "the test proves something only if the wall clock would have convicted: {wall:?}");
}

#[test]
fn an_endless_loop_ends_soon_after_its_time_is_spent() {
    let runtime = Runtime::new(tight(), None).unwrap();
    let zoo = runtime.load(&guests::wasm("sekisho_guest_zoo")).unwrap();
    let configured = zoo.configure("zoo", r#"{"evaluate": "loop"}"#).unwrap();
    let mut detector = zoo.instance(configured.into());
    let judged = detector.evaluate(call(&["alice"], 1));
    assert!(matches!(judged.outcome, Err(Fault::OutOfTime(_))), "{:?}", judged.outcome);
    let limit = tight().call_time;
    assert!(judged.cpu >= limit && judged.cpu < limit * 3, "{:?}", judged.cpu);
}

#[test]
fn each_call_has_its_whole_time_again() {
    let alone = slow_zoo(Duration::from_secs(60)).evaluate(call(&["alice"], 1)).cpu;
    let mut detector = slow_zoo(alone * 3);
    for _ in 0..6 {
        assert!(detector.evaluate(call(&["alice"], 1)).outcome.is_ok());
    }
}
