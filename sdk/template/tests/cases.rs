//! What it must find, what it must pass over, and the five laws.

use my_detector::ShareSweep;
use sekisho_sdk::testing::{Bench, Rows};

#[test]
fn a_sweep_over_twelve_hosts_is_told_with_its_first_share() {
    let rows = Rows::from_lines(include_str!("../cases/hit_sweep.ndjson"));
    let bench = Bench::<ShareSweep>::new("{}");
    let found = bench.run(&rows);
    found
        .finds("share-sweep", "corp\\sato")
        .says("12 hosts")
        .names("ws03")
        .shows("first share opened on this host", "C$");
    bench.obeys_the_laws(&rows);
}

#[test]
fn a_day_at_work_is_passed_over() {
    let rows = Rows::from_lines(include_str!("../cases/miss_work.ndjson"));
    Bench::<ShareSweep>::new("{}").run(&rows).finds_nothing();
}

#[test]
fn an_account_that_may_is_passed_over() {
    let rows = Rows::from_lines(include_str!("../cases/hit_sweep.ndjson"));
    Bench::<ShareSweep>::new(r#"{"allowed": ["CORP\\sato"]}"#).run(&rows).finds_nothing();
}
