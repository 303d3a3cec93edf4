//! The examples find what they are for, pass over what they are not, and obey the laws.

#![cfg(feature = "testing")]

use sekisho_sdk::testing::{Bench, Rows};

#[path = "../examples/first_seen.rs"]
mod first_seen;
#[path = "../examples/sequence.rs"]
mod sequence;
#[path = "../examples/threshold.rs"]
mod threshold;

const START: i64 = 1_759_314_600_000_000_000;
const SECOND: i64 = 1_000_000_000;

fn failures(rows: &mut Rows, user: &str, count: i64, apart: i64) {
    for at in 0..count {
        let address = format!("10.1.0.{}", at % 3);
        let row = rows.of("authentication").at_nanos(START + at * apart).set("user.canonical", user);
        row.set("activity_id", 1).set("status_id", 2).set("src_endpoint.ip", address);
    }
}

#[test]
fn many_failures_within_ten_minutes_are_one_finding() {
    let mut rows = Rows::default();
    failures(&mut rows, "corp\\sato", 25, 5 * SECOND);
    failures(&mut rows, "corp\\abe", 19, 5 * SECOND);
    let bench = Bench::<threshold::Guessing>::new("{}");
    let found = bench.run(&rows);
    found.finds("guessing", "corp\\sato").counts("failures", 25).shows("first failure from this address", "");
    assert_eq!(found.standing.len(), 1);
    bench.obeys_the_laws(&rows);
}

#[test]
fn rows_that_come_a_day_late_are_judged_all_the_same() {
    let mut rows = Rows::default();
    failures(&mut rows, "corp\\sato", 25, 5 * SECOND);
    let found = Bench::<threshold::Guessing>::new("{}").run_behind(&rows, START + 86_400 * SECOND);
    found.finds("guessing", "corp\\sato");
}

#[test]
fn slow_failures_stay_below_the_threshold() {
    let mut rows = Rows::default();
    failures(&mut rows, "corp\\sato", 100, 60 * SECOND);
    Bench::<threshold::Guessing>::new("{}").run(&rows).finds_nothing();
}

fn logon(rows: &mut Rows, day: i64, second: i64, host: &str) {
    let time = START + day * 86_400 * SECOND + second * SECOND;
    let row = rows.of("authentication").at_nanos(time).set("user.canonical", "corp\\sato");
    row.set("activity_id", 1).set("dst_endpoint.host", host);
}

#[test]
fn new_hosts_are_told_once_there_is_a_past_and_known_ones_are_not() {
    let mut rows = Rows::default();
    (0..5).for_each(|day| logon(&mut rows, day, 0, "files"));
    (0..5).for_each(|day| logon(&mut rows, day, 30, "mail"));
    ["ws1", "files", "ws2", "ws3"].iter().zip(0..).for_each(|(host, at)| logon(&mut rows, 5, at * 60, host));
    let bench = Bench::<first_seen::NewHosts>::new("{}");
    let found = bench.run(&rows);
    found.finds("new-hosts", "corp\\sato").says("3 new hosts").names("ws1").names("ws3");
    assert_eq!(found.standing.len(), 1);
    bench.obeys_the_laws(&rows);
}

#[test]
fn a_service_after_a_network_logon_is_told_with_both() {
    let mut rows = Rows::default();
    let logon = rows.of("authentication").at("2025-10-01T20:32:00+09:00").set("device.host", "ws7");
    logon.set("logon_type_id", 3).set("src_endpoint.ip", "10.9.0.4").set("user.canonical", "corp\\admin");
    let service = rows.of("windows_service_activity").at("2025-10-01T20:33:00+09:00").set("device.host", "ws7");
    service.set("activity_id", 1).set("service.name", "PSEXESVC");
    let other = rows.of("windows_service_activity").at("2025-10-01T20:50:00+09:00").set("device.host", "ws8");
    other.set("activity_id", 1).set("service.name", "updater");
    let bench = Bench::<sequence::RemoteService>::new("{}");
    let found = bench.run(&rows).finds("remote-service", "ws7").finding.clone();
    assert_eq!(found.evidence.len(), 2);
    bench.run(&rows).finds("remote-service", "ws7").since("2025-10-01T20:32:00+09:00").says("PSEXESVC");
    bench.obeys_the_laws(&rows);
}

#[test]
fn wrong_settings_are_told_all_at_once_with_their_places() {
    let problems = Bench::<first_seen::NewHosts>::problems(r#"{"hosts": 0, "absense": "1d", "absence": 3}"#);
    let told: Vec<_> = problems.iter().map(|problem| (problem.at.as_str(), problem.message.as_str())).collect();
    assert_eq!(
        told,
        [
            ("/absense", "unknown setting; did you mean absence?"),
            ("/absence", "a duration such as \"30s\", \"10m\", \"1h\" or \"30d\" is wanted, not a number"),
            ("/hosts", "1 to 1000 is wanted, not 0"),
        ]
    );
}

/// A failed logon as Winlogbeat ships it, made by hand after its documented layout.
fn winlogbeat(second: i64) -> String {
    let head = r#""event":{"code":"4625","provider":"Microsoft-Windows-Security-Auditing"}"#;
    let told = r#""TargetUserName":"Sato","TargetDomainName":"CORP","LogonType":"3","IpAddress":"10.9.0.4""#;
    let log = r#""channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4625""#;
    let log = format!(r#"{log},"computer_name":"WS7.corp.example","event_data":{{{told}}}"#);
    format!(r#"{{"@timestamp":"2025-10-01T11:32:{second:02}.000Z",{head},"winlog":{{{log}}}}}"#)
}

#[test]
fn real_log_lines_reach_a_detector_as_the_pipeline_reads_them() {
    let lines: Vec<String> = (0..25).map(winlogbeat).collect();
    let bench = Bench::<threshold::Guessing>::new("{}");
    let rows = bench.logs(&lines.join("\n"));
    let found = bench.run(&rows);
    found.finds("guessing", "corp\\sato").counts("failures", 25).since("2025-10-01T20:32:00+09:00");
    bench.obeys_the_laws(&rows);
}
