//! Every case in `cases/`: a hit raises its rule, a miss raises nothing that pages, and the five laws hold over all.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use exfiltration::Exfiltration;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::Bench;

/// Name of the file, the rule it is about, its lines.
fn cases(kind: &str) -> Vec<(String, String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut cases: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.to_owned();
            let rule = name.strip_prefix(kind)?.strip_suffix(".ndjson")?.split_once("--")?.0.to_owned();
            Some((name, rule, std::fs::read_to_string(&path).unwrap()))
        })
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn every_hit_raises_its_rule_and_obeys_the_laws() {
    let bench = Bench::<Exfiltration>::new("{}");
    let mut broken = Vec::new();
    for (name, rule, lines) in cases("hit_") {
        let rows = bench.logs(&lines);
        let found = bench.run(&rows);
        if found.of(&rule).is_empty() {
            broken.push(format!("{name} does not raise {rule}\n{}", found.story()));
        }
        broken.extend(bench.broken_laws(&rows).iter().map(|law| format!("{name}: {law}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_miss_raises_nothing_that_pages_and_obeys_the_laws() {
    let bench = Bench::<Exfiltration>::new("{}");
    let mut broken = Vec::new();
    for (name, rule, lines) in cases("miss_") {
        let rows = bench.logs(&lines);
        let found = bench.run(&rows);
        let pages = found.standing.values().any(|finding| finding.severity >= Severity::Medium);
        if pages || !found.of(&rule).is_empty() {
            broken.push(format!("{name} raises something\n{}", found.story()));
        }
        broken.extend(bench.broken_laws(&rows).iter().map(|law| format!("{name}: {law}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
