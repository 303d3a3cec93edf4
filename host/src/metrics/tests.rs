use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sekisho_core::detect::DetectorReport;
use sekisho_core::model::{ShardId, Time};
use sekisho_core::pipeline::{Account, AlertCounts, Coverage, DeadLetter, Interval, Report, ShardReport, Status};
use sekisho_core::state::{Quota, Usage};

use super::*;

fn counts(of: &[(&str, u64)]) -> BTreeMap<String, u64> {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn account() -> Account {
    Account {
        read: 100,
        decoded: 97,
        rejected: counts(&[("json", 2), ("empty", 1)]),
        shapes: counts(&[("zeek", 97)]),
        faulty_items: 4,
        events: 120,
        unwanted: 5,
        time_replaced: 6,
        rows: 240,
        keyless: 7,
        field_faults: counts(&[("src_endpoint.port", 8)]),
        quarantined: counts(&[("lateral", 1)]),
        late: counts(&[("lateral", 9)]),
        findings: counts(&[("lateral/spread", 3)]),
        alerts: [("lateral/spread".to_owned(), AlertCounts { opened: 2, revised: 1, closed: 0 })].into(),
        counters: counts(&[("lateral/logons", 50)]),
        evicted: counts(&[("lateral", 11)]),
    }
}

fn interval() -> Interval {
    let letter = |reason: &str| DeadLetter {
        origins: Vec::new(),
        reason: reason.to_owned(),
        message: String::new(),
        at: None,
        shape: None,
        detector: None,
        value: Vec::new(),
        length: 0,
        digest: None,
    };
    let gap = Coverage {
        detector: "lateral".to_owned(),
        shard: ShardId(1),
        reason: "suspended".to_owned(),
        message: String::new(),
        from_offset: 1,
        to_offset: 2,
        rows: 30,
        status: Status::Closed,
        since: None,
        raw: Vec::new(),
    };
    Interval {
        frames: vec![(ShardId(1), vec![0; 512])],
        dead_letters: vec![letter("json"), letter("json"), letter("trap")],
        coverage: vec![gap.clone(), gap],
        alert_records: vec![Time(1_000_000_000), Time::MAX],
        ..Interval::default()
    }
}

fn published() -> Published {
    let mut flow = Flow::default();
    flow.commits(&interval(), Duration::from_millis(40), Duration::from_millis(4), Time(1_090_000_000));
    flow.aborted = 1;
    flow.rebalanced(Rebalanced::Assigned);
    flow.spend(Stage::Judge, Duration::from_millis(1500));
    let lane = |topic: &str, partition, raw, lag| LaneReport { topic: topic.to_owned(), partition, raw, lag };
    Published {
        pipeline: Report {
            account: account(),
            detectors: vec![DetectorReport {
                name: "lateral".to_owned(),
                calls: 12,
                cpu: Duration::from_millis(250),
                faults: [("trap", 2)].into(),
                suspended: true,
            }],
            shards: vec![ShardReport {
                shard: ShardId(1),
                usage: vec![Usage { bytes: 4096, states: 10 }],
                watermarks: vec![Time(5_000_000_000), Time::MIN],
                unheard: 1,
            }],
            quota: Quota { bytes: 1 << 20, states: 1000 },
        },
        flow,
        standing: Standing {
            member: true,
            settled: true,
            lanes: vec![
                lane("logs", 0, true, Some(17)),
                lane("logs", 1, true, None),
                lane("exchange", 1, false, Some(2)),
            ],
            restoring: vec![RestoreReport { shard: ShardId(2), records: 40, part: 0.25 }],
            gate_open: true,
            backlog_bytes: 32_768,
            silent: Duration::from_millis(500),
        },
    }
}

/// Two workers, one of them at its beginning.
pub fn snapshot() -> Snapshot {
    let telemetry = Telemetry::new();
    telemetry.worker(0).enters(Phase::Working);
    telemetry.worker(0).publish(published());
    telemetry.worker(1).enters(Phase::Waiting("the coordinator is gone".to_owned()));
    let mut snapshot = telemetry.snapshot();
    // What depends on the clock and the machine.
    (snapshot.now, snapshot.up, snapshot.held_back) = (Time(7_500_000_000), Duration::from_secs(90), 3);
    snapshot.process = Process { resident_bytes: Some(100 << 20), cpu_seconds: Some(12.5), open_files: Some(40) };
    for worker in &mut snapshot.workers {
        (worker.still, worker.age) = (Duration::from_millis(50), Duration::from_millis(250));
    }
    snapshot
}

fn repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}

/// Compares with what is written, or writes it where that is asked for.
fn fresh(path: &str, text: &str) {
    let path = repository(path);
    if std::env::var_os("SEKISHO_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == text, "{} is stale: run the test with SEKISHO_BLESS=1", path.display());
}

#[test]
fn what_metrics_answers_is_as_the_golden_file_has_it() {
    fresh("host/src/metrics/golden.txt", &expose(&snapshot(), false).unwrap());
}

#[test]
fn every_family_of_the_table_has_samples_and_names_follow_the_convention() {
    let text = expose(&snapshot(), true).unwrap();
    assert!(text.ends_with("# EOF\n"), "OpenMetrics ends so");
    let mut names = Vec::new();
    for family in ALL {
        for name in family.samples() {
            let has =
                text.lines().any(|line| line.strip_prefix(&name).is_some_and(|rest| rest.starts_with(['{', ' '])));
            assert!(has, "{name} has no sample");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
            names.push(name);
        }
        assert!(
            !family.help.is_empty() && !family.help.contains('\n') && family.help.ends_with('.'),
            "{}",
            family.stem
        );
        assert!(!family.watch.ends_with('.') && !family.watch.contains('|'), "{}", family.stem);
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all, "each name once");
}

#[test]
fn the_page_on_metrics_is_fresh() {
    let mut page = String::from(
        "# Metrics\n\n\
         <!-- made of host/src/metrics/table.rs by a test, which `SEKISHO_BLESS=1 cargo test -p sekisho` lets write -->\n\n\
         `sekisho run` answers over HTTP at `admin.listen` (`127.0.0.1:9464` unless said; without a password, so think \
         before you open it to others):\n\n\
         | path | answer |\n|---|---|\n\
         | `/metrics` | OpenMetrics text, for Prometheus and whatever reads its format |\n\
         | `/health/live` | 200 while every worker's loop turns; 503 and why where one has not for 120 s. To start anew by |\n\
         | `/health/ready` | 200 while the process does its full work: the brokers answer, every worker is a member of the \
         group, no shard is being restored; else 503 and the reasons, as JSON. To wait for and to alert by, never to start anew by |\n\n\
         Workers hand over what they counted four times a second, so a scrape is at most so old. Counts are those of \
         committed intervals, so that an aborted one counts once, when it is committed; calls, CPU time and faults of \
         detectors count whenever they happen. Counters begin at 0 with the process and \
         never go back, also when a detector's plugin or settings change.\n\n\
         Labels never hold what stands in a log: detectors, rules, fields and topics are those of the configuration and \
         of the plugins' plans, reasons and shapes come from closed sets. There are some 100 series and, for each shard, \
         two for each detector and one for each stratum.\n\n\
         `deploy/prometheus/` has alert rules for the column *look when*, `deploy/grafana/` a dashboard; `docker compose up` \
         runs both.\n\n\
         | metric | kind | labels | what it says | look when |\n|---|---|---|---|---|\n",
    );
    for family in ALL {
        let name = match family.kind {
            Kind::Counter => family.samples()[0].clone(),
            Kind::Gauge | Kind::Histogram => family.name(),
        };
        let labels: Vec<_> = family.labels.iter().map(|label| format!("`{label}`")).collect();
        let (kind, help, watch) = (family.kind.label(), family.help, family.watch);
        page += &format!("| `{name}` | {kind} | {} | {help} | {watch} |\n", labels.join(", "));
    }
    fresh("docs/metrics.md", &page);
}

/// Whatever looks like the name of one of our metrics.
fn named(text: &str) -> Vec<String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let ours = |name: &&str| name.starts_with("sekisho_") || name.starts_with("process_");
    text.split(word).filter(ours).map(str::to_owned).collect()
}

/// The queries of the dashboard.
fn queries() -> Vec<String> {
    fn gather(node: &serde_json::Value, into: &mut Vec<String>) {
        match node {
            serde_json::Value::Object(fields) => {
                for (name, field) in fields {
                    match field {
                        serde_json::Value::String(text) if name == "expr" || name == "query" => into.push(text.clone()),
                        other => gather(other, into),
                    }
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
            _ => {}
        }
    }
    let text = std::fs::read_to_string(repository("deploy/grafana/dashboards/sekisho.json")).unwrap();
    let mut queries = Vec::new();
    gather(&serde_json::from_str(&text).unwrap(), &mut queries);
    queries
}

#[test]
fn every_metric_of_the_dashboard_and_of_the_alert_rules_exists_and_what_is_to_be_watched_is_shown() {
    let known: Vec<_> = ALL.iter().flat_map(|family| family.samples()).collect();
    let rules = std::fs::read_to_string(repository("deploy/prometheus/rules.yml")).unwrap();
    let mut shown = queries();
    // What is said to people names metrics without their endings.
    shown.extend(rules.lines().filter(|line| !line.trim_start().starts_with("action:")).map(str::to_owned));
    let shown: Vec<_> = shown.iter().flat_map(|text| named(text)).collect();
    for name in &shown {
        assert!(known.contains(name), "{name} is shown and does not exist");
    }
    let families: Vec<_> = ALL.iter().map(|family| family.stem).collect();
    for name in rules.lines().flat_map(named) {
        assert!(families.iter().any(|family| name.starts_with(family)), "{name} does not exist");
    }
    for family in ALL.iter().filter(|family| !family.watch.is_empty()) {
        assert!(family.samples().iter().any(|name| shown.contains(name)), "{} is shown nowhere", family.stem);
    }
}

#[test]
fn what_a_session_counted_is_kept_when_the_next_one_begins() {
    let telemetry = Telemetry::new();
    let slot = telemetry.worker(3);
    for _ in 0..3 {
        slot.enters(Phase::Starting);
        slot.enters(Phase::Working);
        // Handed over twice: the counts are those since the session began.
        slot.publish(published());
        slot.publish(published());
        slot.enters(Phase::Waiting("a test".to_owned()));
    }
    let snapshot = telemetry.snapshot();
    let totals = &snapshot.workers[0].totals;
    assert_eq!((totals.account.read, totals.flow.committed, totals.detectors["lateral"].calls), (300, 3, 36));
    assert!(snapshot.workers[0].last.is_none(), "what it held is not held any more");
}

#[test]
fn no_counter_goes_back_when_a_detector_begins_anew_or_goes() {
    let telemetry = Telemetry::new();
    let slot = telemetry.worker(0);
    slot.enters(Phase::Working);
    let told = |name: &str, calls: u64| {
        let mut published = published();
        let detector = &mut published.pipeline.detectors[0];
        (detector.name, detector.calls, detector.cpu) = (name.to_owned(), calls, Duration::from_millis(calls));
        slot.publish(published);
        let totals = telemetry.snapshot().workers.remove(0).totals;
        totals.detectors.into_iter().map(|(name, known)| (name, known.calls)).collect::<Vec<_>>()
    };
    let is = |name: &str, calls| (name.to_owned(), calls);
    assert_eq!(told("lateral", 10), [is("lateral", 10)]);
    assert_eq!(told("lateral", 12), [is("lateral", 12)]);
    assert_eq!(told("lateral", 1), [is("lateral", 13)], "the same with another plugin");
    assert_eq!(told("other", 2), [is("lateral", 13), is("other", 2)]);
    assert_eq!(told("lateral", 5), [is("lateral", 18), is("other", 2)]);
}

#[test]
fn a_histogram_keeps_what_it_was_given() {
    let mut histogram = Histogram::new(&[1.0, 2.0]);
    for value in [0.5, 1.0, 1.5, 9.0] {
        histogram.observe(value, 2);
    }
    assert_eq!((histogram.counts.clone(), histogram.count()), (vec![4, 2, 2], 8));
    assert!((histogram.sum - 24.0).abs() < 1e-9);
}
