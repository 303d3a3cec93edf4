//! One log, three ways: as it happens, as a backlog of days, and from files without a broker. The alerts are the same,
//! though one partition is an hour behind the others, one is empty, and one holds the year 2600.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sekisho_core::model::Time;
use sekisho_tests::broker;
use sekisho_tests::chaos::{
    Cluster, Input, Line, Names, Outcome, Revision, Rng, Topics, differences_by_order, feed, gather,
};

use crate::chaos::detectors;
use crate::product::binary;

const LIMIT: Duration = Duration::from_secs(180);
/// Two as they should be, one behind, one empty, one with absurd times.
const PARTITIONS: i32 = 5;
const BEHIND: i32 = 2;
const ABSURD: i32 = 4;
const HOUR: i64 = 60 * Time::MINUTE;
/// As it happens: what of the log may be there and not read. A subscription tolerates five minutes unless said.
const STEP: i64 = 2 * Time::MINUTE;

/// When a line is written.
fn arrival(line: &Line) -> Time {
    let time = line.time.expect("every line has a time");
    if line.partition == BEHIND { time.plus(HOUR) } else { time }
}

/// The logs, in the order in which they are written as they happen.
fn input() -> Input {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/logs");
    let mut input = Input::of_logs(&logs, 2, 1, BEHIND + 1, &mut Rng::new(17)).unwrap();
    let mut before = Time::MIN;
    for line in &mut input.lines {
        // What can't be decoded is written with the line before it.
        before = *line.time.get_or_insert(before);
    }
    let absurd = |line: &Line| {
        let text = r#"{"EventTime":"2600-01-01T00:00:00Z","Hostname":"late.corp.example.com","Severity":"INFO","Channel":"System","EventID":7036,"SourceName":"Service Control Manager","param1":"Windows Update","param2":"stopped","RecordNumber":1}"#;
        Line { partition: ABSURD, time: line.time, text: text.to_owned() }
    };
    let absurd: Vec<_> = input.lines.iter().step_by(100).map(absurd).collect();
    input.lines.extend(absurd);
    input.lines.sort_by_key(arrival);
    input
}

fn names(run: &str) -> Names {
    Names {
        group: format!("ways-{run}"),
        prefix: format!("{run}."),
        raw: format!("{run}.raw"),
        workers: 2,
        protocol: "consumer",
    }
}

/// Starts with a topic of its own.
fn begin(cluster: &mut Cluster, run: &str) -> Topics {
    cluster.rename(names(run));
    let topics = cluster.topics().unwrap();
    topics.create_raw(PARTITIONS).unwrap();
    topics
}

/// Writes a piece of the log whenever all before it was read.
fn feed_as_it_happens(brokers: &str, topics: &Topics, raw: &str, lines: &[Line]) {
    let mut upto = 0;
    let next = || {
        let read: i64 = topics.raw_offsets().unwrap().iter().sum();
        if read as usize >= upto {
            let until = lines.get(upto).map_or(Time::MAX, |line| arrival(line).plus(STEP));
            upto += lines[upto.min(lines.len())..].iter().take_while(|line| arrival(line) < until).count();
        }
        upto
    };
    feed(brokers, raw, lines, next).unwrap();
}

/// What a replay makes of the same partitions as files.
fn replay(input: &Input) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("sekisho.yaml"), detectors()).unwrap();
    let mut command = Command::new(binary());
    command.args(["replay", "--format", "json", "-c"]).arg(path("sekisho.yaml"));
    command.arg("--alerts").arg(path("alerts.ndjson"));
    for partition in 0..PARTITIONS {
        let file = path(&format!("{partition}.log"));
        let of_it = input.lines.iter().chain(&input.flush).filter(|line| line.partition == partition);
        let text: String = of_it.map(|line| format!("{}\n", line.text)).collect();
        if !text.is_empty() {
            fs::write(&file, text).unwrap();
            command.arg(file);
        }
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let alerts = fs::read_to_string(path("alerts.ndjson")).unwrap();
    let revision = |line: &str| {
        let body: serde_json::Value = serde_json::from_str(line).unwrap();
        let uid = body["finding_info"]["uid"].as_str().unwrap().to_owned();
        Revision { uid, revision: body["unmapped"]["sekisho"]["revision"].as_u64().unwrap(), body }
    };
    Outcome { alerts: alerts.lines().map(revision).collect(), ..Outcome::default() }
}

#[test]
fn as_it_happens_as_a_backlog_and_from_files_the_alerts_are_the_same() {
    if !broker::can_start() {
        return;
    }
    let input = input();
    let mut cluster = Cluster::start(binary(), detectors(), names("live"), 1).unwrap();
    let brokers = cluster.brokers.address();

    let topics = begin(&mut cluster, "backlog");
    feed(&brokers, "backlog.raw", &[&input.lines[..], &input.flush].concat(), || usize::MAX).unwrap();
    cluster.launch(0).unwrap();
    topics.settled(LIMIT).unwrap();
    cluster.stop_all().unwrap();

    let topics = begin(&mut cluster, "live");
    cluster.launch(0).unwrap();
    feed_as_it_happens(&brokers, &topics, "live.raw", &input.lines);
    feed(&brokers, "live.raw", &input.flush, || usize::MAX).unwrap();
    topics.settled(LIMIT).unwrap();
    cluster.stop_all().unwrap();

    let alerts = |mut outcome: Outcome| {
        outcome.states.clear();
        outcome
    };
    let replayed = replay(&input);
    assert!(replayed.alerts.len() > 40, "there is something to compare: {}", replayed.alerts.len());
    for run in ["backlog", "live"] {
        let found = differences_by_order(&replayed, &alerts(gather(&brokers, &format!("{run}.")).unwrap()));
        assert!(found.is_empty(), "{run}, against a replay:\n{}", found.join("\n"));
    }
}
