//! What the engine costs: a call, its conversion included, and the steps to a running detector.
//!
//! `cargo bench -p sekisho --bench engine`, after `cargo xtask plugins`.

use std::hint::black_box;
use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use sekisho::wasm::{CompiledDetector, Limits, Runtime};
use sekisho_core::contract::{Call, State};
use sekisho_core::detect::Detector;
use sekisho_tests::{guests, zoo};

const GROUPS: usize = 100;
const ROWS_OF_GROUP: u32 = 10;
const STATE_BYTES: usize = 200;

fn main() {
    divan::main();
}

fn runtime(cache: Option<&Path>) -> Runtime {
    Runtime::new(Limits::default(), cache).expect("default limits fit")
}

fn detector(runtime: &Runtime) -> CompiledDetector {
    runtime.load(&guests::wasm("sekisho_guest_zoo")).expect("the zoo is a detector")
}

/// 1,000 rows of 8 fields in 100 groups, each with 200 bytes of state.
fn call() -> Call {
    let keys: Vec<_> = (0..GROUPS).map(|at| format!("example\\user{at}")).collect();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let mut call = zoo::call(&keys, ROWS_OF_GROUP);
    for group in &mut call.groups {
        group.state = Some(State { version: 1, bytes: vec![1; STATE_BYTES], expires: None, wake: None });
    }
    call
}

/// Time of an event: everything between handing over a call and holding its checked answer. `idle` looks at nothing;
/// `good` reads every field of every row and writes every state.
#[divan::bench(sample_count = 300, args = ["idle", "good"])]
fn evaluate(bencher: Bencher, deed: &str) {
    let zoo = detector(&runtime(None));
    let settings = format!(r#"{{"evaluate": "{deed}"}}"#);
    let mut instance = zoo.instance(zoo.configure("zoo", &settings).expect("the zoo takes them").into());
    let call = call();
    bencher
        .counter(ItemsCount::new(GROUPS * ROWS_OF_GROUP as usize))
        .with_inputs(|| call.clone())
        .bench_local_values(|call| instance.evaluate(call).outcome.expect("the zoo behaves"));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn compile(bencher: Bencher) {
    let runtime = runtime(None);
    bencher.bench_local(|| detector(black_box(&runtime)));
}

#[divan::bench(sample_count = 50)]
fn load_from_cache(bencher: Bencher) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let runtime = runtime(Some(&home.path().join("compiled")));
    detector(&runtime);
    bencher.bench_local(|| detector(black_box(&runtime)));
}

/// A fresh instance with its settings, and its first row.
#[divan::bench(sample_count = 50)]
fn instantiate_configure_evaluate(bencher: Bencher) {
    let zoo = detector(&runtime(None));
    let mut instance = zoo.instance(zoo.configure("zoo", "{}").expect("the zoo takes no settings").into());
    bencher.with_inputs(|| zoo::call(&["alice"], 1)).bench_local_values(|call| {
        instance.renew();
        instance.evaluate(call).outcome.expect("the zoo behaves")
    });
}
