//! The command line as people and scripts meet it: output, exit codes, the account.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use sekisho_tests::guests;
use tempfile::TempDir;

/// A logon as Winlogbeat ships it; the time and the user are put in.
fn logon(second: u32, user: &str) -> String {
    format!(
        r#"{{"@timestamp":"2026-04-08T13:47:{second:02}.000Z","winlog":{{"channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4624","computer_name":"fs1.corp.example.com","event_data":{{"TargetUserName":"{user}","TargetDomainName":"CORP","TargetLogonId":"0x51","LogonType":"3","IpAddress":"10.2.4.11"}}}}}}"#
    )
}

fn logons(user: &str) -> String {
    (0..9).map(|second| logon(second, user) + "\n").collect()
}

fn sekisho(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sekisho")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// The guest of the zoo that counts logons by user.
fn zoo() -> PathBuf {
    guests::directory().join("sekisho_guest_zoo.wasm")
}

fn replay(arguments: &[&str]) -> Output {
    let zoo = zoo();
    sekisho(&[&["replay", "--plugin", zoo.to_str().unwrap()], arguments].concat())
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

#[test]
fn bad_records_are_counted_with_their_reason_and_place_and_hurt_nobody() {
    let deep = "[".repeat(1_000_000);
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(10 << 20));
    let good = logon(1, "alice");
    let lines: [&[u8]; 7] = [
        good.as_bytes(),
        b"\xff\xfe not UTF-8",
        b"{\"EventID\":1,",
        b"{\"a\":1} trailing",
        deep.as_bytes(),
        large.as_bytes(),
        b"",
    ];
    let logs = folder(&[("bad.jsonl", &lines.join(&b'\n'))]);
    let output = replay(&[path(&logs)]);
    let text = stdout(&output);
    let records = text.lines().find(|line| line.starts_with("Records")).unwrap();
    let numbers: Vec<u64> = records.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[1] + numbers[2]), (3, 6, 6), "{text}");
    assert!(numbers[2] >= 3, "{text}");
    assert!(text.contains("bad.jsonl:2"), "{text}");
    assert_eq!(output.status.code(), Some(0), "{text}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let logs = folder(&[("a.jsonl", logons("alice").as_bytes()), ("b.jsonl", logons("bob").as_bytes())]);
    let run = |name: &str| {
        let alerts = logs.path().join(name);
        let output = replay(&[path(&logs), "--alerts", alerts.to_str().unwrap()]);
        let written = fs::read(&alerts).unwrap();
        fs::remove_file(alerts).unwrap();
        (output.stdout, written)
    };
    let (first, second) = (run("alerts"), run("alerts"));
    assert_eq!(first, second);
    assert!(!first.1.is_empty());
}

#[test]
fn machines_get_alerts_on_standard_output_and_nothing_else() {
    let logs = folder(&[("a.jsonl", logons("alice").as_bytes())]);
    let output = replay(&[path(&logs), "--format", "json"]);
    let lines: Vec<_> = stdout(&output).lines().collect();
    assert!(!lines.is_empty());
    for line in lines {
        let alert: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(alert["class_uid"], 2004);
    }
    assert!(stderr(&output).contains("Records     9 read = 9 decoded + 0 rejected"), "{}", stderr(&output));
}

#[test]
fn each_file_is_judged_with_empty_memory_where_that_is_asked() {
    let half: String = (0..3).map(|second| logon(second, "alice") + "\n").collect();
    let logs = folder(&[("a.jsonl", half.as_bytes()), ("b.jsonl", half.as_bytes())]);
    let alerts = |arguments: &[&str]| {
        let output = replay(&[&[path(&logs)], arguments].concat());
        stdout(&output).lines().find(|line| line.starts_with("Alerts")).unwrap().to_owned()
    };
    assert_ne!(alerts(&[]), alerts(&["--each"]));
    assert!(alerts(&["--each"]).contains("0 alerts stand"));
}

#[test]
fn the_evidence_of_an_alert_is_found_again_in_its_file() {
    let logs = folder(&[("a.jsonl", logons("alice").as_bytes())]);
    let alerts = logs.path().join("alerts");
    replay(&[path(&logs), "--alerts", alerts.to_str().unwrap()]);
    let first = fs::read_to_string(&alerts).unwrap().lines().next().unwrap().to_owned();
    let uid =
        serde_json::from_str::<serde_json::Value>(&first).unwrap()["finding_info"]["uid"].as_str().unwrap().to_owned();
    let output = sekisho(&["evidence", &uid[..12], "--alerts", alerts.to_str().unwrap()]);
    assert!(stdout(&output).contains("a.jsonl:") && stdout(&output).contains("\"event_id\":\"4624\""), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_file_that_breaks_off_is_told_and_makes_the_whole_incomplete() {
    let packed = zstd::encode_all(logons("alice").as_bytes(), 0).unwrap();
    let logs = folder(&[("a.jsonl.zst", &packed[..packed.len() - 8])]);
    let output = replay(&[path(&logs)]);
    assert!(stdout(&output).contains("not read to its end"), "{output:?}");
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn what_is_wrong_with_the_call_is_told_and_nothing_is_started() {
    for arguments in [&["replay", "/no/such/path"][..], &["replay"], &["check", "-c"], &["no-such-verb"]] {
        let output = sekisho(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn every_mistake_of_a_configuration_is_shown_by_check_and_stops_run() {
    let text = format!(
        "kafka:\n  brokers: [a:1]\n  goup: x\ndetectors:\n  - name: zoo\n    plugin: {}\n    setings: {{}}\n",
        zoo().display()
    );
    let config = folder(&[("sekisho.yaml", text.as_bytes())]);
    let file = config.path().join("sekisho.yaml");
    for verb in ["check", "run"] {
        let output = sekisho(&[verb, "-c", file.to_str().unwrap()]);
        let told = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("did you mean `group`?") && told.contains("did you mean `settings`?"), "{told}");
        assert!(told.contains("sekisho.yaml:3") && told.contains("sekisho.yaml:7"), "{told}");
    }
}

#[test]
fn a_right_configuration_is_checked_and_replayed_with() {
    let text = format!("detectors:\n  - name: one\n    plugin: {0}\n  - name: two\n    plugin: {0}\n", zoo().display());
    let config = folder(&[("sekisho.yaml", text.as_bytes()), ("a.jsonl", logons("alice").as_bytes())]);
    let file = |name: &str| config.path().join(name).to_str().unwrap().to_owned();
    let output = sekisho(&["check", "-c", &file("sekisho.yaml")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let output = sekisho(&["replay", "-c", &file("sekisho.yaml"), &file("a.jsonl")]);
    assert!(stdout(&output).contains("one/many-rows") && stdout(&output).contains("two/many-rows"), "{output:?}");
    let output = sekisho(&["run", "-c", &file("sekisho.yaml")]);
    assert!(stderr(&output).contains("has no section `kafka`"), "{output:?}");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_plugin_is_looked_at_and_one_that_is_none_is_refused() {
    let zoo = zoo();
    let output = sekisho(&["plugin", "inspect", zoo.to_str().unwrap()]);
    assert!(stdout(&output).contains("Imports      nothing"), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
    let folder = folder(&[("logs.ndjson", logons("alice").as_bytes()), ("wrong.yaml", b"zones: {lan: [nowhere]}\n")]);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (logs, wrong) = (at("logs.ndjson"), at("wrong.yaml"));
    let output = sekisho(&["plugin", "inspect", zoo.to_str().unwrap(), "--sample", &logs, "--inventory", &wrong]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(stderr(&output).contains("nowhere"), "{output:?}");
    let output = sekisho(&["plugin", "inspect", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn the_demo_ends_by_itself_with_alerts_and_what_to_try_next() {
    let begun = Instant::now();
    let plugins = guests::directory();
    let output = sekisho(&["demo", "--plugin-dir", plugins.to_str().unwrap()]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    for told in ["Evidence", "demo/logs/", "Stage of the attack", "Next:"] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../demo/logs")).exists());
}
