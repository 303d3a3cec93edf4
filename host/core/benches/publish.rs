//! What telling an alert costs: a draft of a finding, the same finding told again, and one that grew a little.

#[path = "../tests/examples/mod.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the tests")]
mod examples;

use divan::Bencher;
use sekisho_core::contract::Finding;
use sekisho_core::model::Time;
use sekisho_core::publish::{Context, Look, Subject, draft, is_told, readable, record};
use sekisho_core::state::{Names, StateKey, Store};

fn main() {
    divan::main();
}

fn finding() -> Finding {
    examples::services(&["fs01", "fs02", "app01", "dc01", "bak01"])
}

#[divan::bench]
fn know_a_finding_that_was_told(bencher: Bencher<'_, '_>) {
    let (plan, finding) = (examples::plan(), finding());
    let context = Context { plan: &plan, files: false, version: "0.1.0" };
    let (about, key) = (StateKey::new(0, 0, &["ito"]), ["ito".to_owned()]);
    let mut store = Store::new(Names::from(&plan));
    let first = draft(&context, 0, &key, &finding, |_| None).expect("the plan has the rule");
    record(&mut store, &about, first, Time(0)).expect("nothing is remembered yet");
    bencher.bench_local(|| {
        let subject = Subject::of(&context, 0, &key, &finding).expect("the plan has the rule");
        assert!(is_told(&store, &subject));
    });
}

#[divan::bench]
fn draft_with_ten_pieces_of_evidence(bencher: Bencher<'_, '_>) {
    let (plan, finding) = (examples::plan(), finding());
    let context = Context { plan: &plan, files: false, version: "0.1.0" };
    bencher.bench_local(|| draft(&context, 0, &["ito".to_owned()], &finding, |_| None));
}

#[divan::bench(args = [0, 1])]
fn told_again_with_so_many_more(bencher: Bencher<'_, '_>, more: i64) {
    let plan = examples::plan();
    let context = Context { plan: &plan, files: false, version: "0.1.0" };
    let about = StateKey::new(0, 0, &["ito"]);
    let mut store = Store::new(Names::from(&plan));
    let key = ["ito".to_owned()];
    let first = draft(&context, 0, &key, &finding(), |_| None).expect("the plan has the rule");
    record(&mut store, &about, first, Time(0)).expect("nothing is remembered yet");
    let mut count = 100;
    bencher
        .with_inputs(|| {
            count += more;
            let mut finding = finding();
            finding.figures[0].1 += count % 2 * more;
            draft(&context, 0, &key, &finding, |_| None).expect("the plan has the rule")
        })
        .bench_local_values(|draft| record(&mut store, &about, draft, Time(1)));
}

#[divan::bench]
fn readable_text(bencher: Bencher<'_, '_>) {
    let alert = examples::examples().swap_remove(0).alert;
    bencher.bench_local(|| readable(&alert.body, Look { color: true, width: 100 }));
}
