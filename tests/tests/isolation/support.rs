//! A runtime, the zoo, and calls for it.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use sekisho::wasm::{CompiledDetector, DetectorInstance, Limits, Runtime};
use sekisho_core::contract::{Outcome, State};
use sekisho_core::detect::{Detector, Fault};
use sekisho_tests::guests;
use sekisho_tests::zoo::call;

/// Limits that are reached soon.
pub fn tight() -> Limits {
    Limits {
        call_time: Duration::from_millis(50),
        start_time: Duration::from_millis(50),
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
