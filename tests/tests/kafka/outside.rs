//! What a run shows of itself: metrics and health over HTTP, its log, and no secrets in any of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sekisho::kafka::{Admin, Config, Topics};

use crate::helpers::{committed, config, create_raw, produce, unique, wait_for};
use crate::product::{Running, binary, configuration, logs, run, stop};
use crate::security::{self, PASSWORD};

const LIMIT: Duration = Duration::from_secs(90);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The status and the body of an answer; none: nobody listens yet.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: here\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n")?.1.to_owned()))
}

/// The samples of a scrape, by name with labels.
fn scrape(port: u16) -> BTreeMap<String, f64> {
    let (status, body) = get(port, "/metrics").unwrap();
    assert_eq!(status, 200);
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    };
    body.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

/// All series of a metric together.
fn sum(samples: &BTreeMap<String, f64>, name: &str) -> u64 {
    let of = |series: &str| series == name || series.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'));
    samples.iter().filter(|(series, _)| of(series)).map(|(_, value)| *value).sum::<f64>() as u64
}

fn admin(port: u16) -> String {
    format!("admin:\n  listen: 127.0.0.1:{port}\n")
}

#[test]
fn what_a_run_does_is_seen_from_outside() {
    let Some(config) = config("outside") else { return };
    let raw = create_raw(&config, 2);
    let logs = logs();
    let garbage = ["{\"cut\": \"off", "", "{\"cut\": \"off too"];
    let records = logs.iter().map(String::as_str).chain(garbage).map(str::to_owned);
    produce(&config, &raw, records.enumerate().map(|(at, line)| (at as i32 % 2, line)));
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let file = folder.path().join("sekisho.yaml");
    std::fs::write(&file, configuration(&config, &raw) + &admin(port)).unwrap();

    let child = run(&file);
    wait_for("readiness", LIMIT, || get(port, "/health/ready").filter(|(status, _)| *status == 200));
    assert_eq!(get(port, "/health/live").unwrap().0, 200);
    let all = (logs.len() + garbage.len()) as u64;
    // Everything is read, the exchange is read to its end, and nothing moves any more.
    let mut before = 0;
    let samples = wait_for("all records", LIMIT, || {
        let samples = scrape(port);
        let alerts = sum(&samples, "sekisho_alerts_total");
        let still = std::mem::replace(&mut before, alerts) == alerts && alerts > 0;
        std::thread::sleep(Duration::from_secs(1));
        (sum(&samples, "sekisho_records_read_total") == all && still).then_some(samples)
    });
    stop(child);

    let of = |name: &str| sum(&samples, name);
    assert_eq!(of("sekisho_records_rejected_total"), garbage.len() as u64);
    assert_eq!(of("sekisho_records_decoded_total"), logs.len() as u64);
    let topics = Topics::of(&config);
    assert_eq!(of("sekisho_dead_letters_total"), committed(&config, &topics.dead_letters).len() as u64);
    let alerts = of("sekisho_alerts_total");
    assert_eq!(of("sekisho_alert_latency_seconds_count"), alerts, "every alert's way was measured");
    assert!(alerts <= committed(&config, &topics.alerts).len() as u64);
    assert_eq!((of("sekisho_shards"), of("sekisho_raw_partitions"), of("sekisho_shards_restoring")), (3, 2, 0));
    assert_eq!((of("sekisho_ready"), of("sekisho_gate_open"), of("sekisho_workers_waiting")), (1, 1, 0));
    let lag = |partition: i32| samples[&format!("sekisho_lag_records{{topic=\"{raw}\",partition=\"{partition}\"}}")];
    assert!(lag(0) == 0.0 && lag(1) == 0.0);
    for name in [
        "sekisho_transactions_total{outcome=\"committed\"}",
        "sekisho_rows_routed_total",
        "sekisho_detector_calls_total{detector=\"lateral-movement\"}",
        "sekisho_state_keys{detector=\"lateral-movement\",shard=\"0\"}",
        "sekisho_worker_time_seconds_total{worker=\"0\",stage=\"commit\"}",
        "sekisho_watermark_delay_seconds{shard=\"2\",stratum=\"0\"}",
        "process_resident_memory_bytes",
    ] {
        assert!(samples.get(name).is_some_and(|value| *value > 0.0), "{name}: {:?}", samples.get(name));
    }
    assert!(get(port, "/health/live").is_none(), "nobody answers once it has ended");
}

/// A configuration that gives its secrets by the environment, with everything that may be logged being logged.
fn secured(config: &Config, raw: &str, port: u16) -> String {
    let tls = config.security.tls.as_ref().unwrap();
    let ca = tls.ca.as_ref().unwrap();
    configuration(config, raw).replace(
        "  topics:\n",
        &format!(
            "  security:\n    tls:\n      ca: {}\n    sasl:\n      mechanism: scram-sha-512\n      username: sekisho\n      \
             password: ${{KAFKA_PASSWORD}}\n  librdkafka:\n    debug: all\n  topics:\n",
            ca.display()
        ),
    ) + &admin(port)
        + "log:\n  level: trace\n"
}

/// Runs until it is ready or has ended by itself; answers all that it showed.
fn shown(file: &Path, port: u16, password: &str) -> String {
    let log = file.with_extension("log");
    let child = Command::new(binary())
        .args(["run", "-c"])
        .arg(file)
        .env("KAFKA_PASSWORD", password)
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn();
    let mut child = Running(child.unwrap());
    let mut told = String::new();
    wait_for("readiness or an end", LIMIT, || {
        let ready = get(port, "/health/ready");
        told += &format!("{ready:?}");
        (ready.is_some_and(|(status, _)| status == 200) || child.0.try_wait().unwrap().is_some()).then_some(())
    });
    told += &get(port, "/metrics").map(|(_, body)| body).unwrap_or_default();
    if child.0.try_wait().unwrap().is_none() {
        stop(child);
    }
    told + &std::fs::read_to_string(log).unwrap()
}

#[test]
fn secrets_are_in_no_log_no_metric_and_no_error() {
    let Some(fortress) = security::fortress() else { return };
    let mut config = security::config(fortress);
    (config.group, config.topics.shards) = (unique("secrets"), 3);
    let raw = config.topic("raw");
    Admin::new(&config).unwrap().create_topic(&raw, 1, None, &[]).unwrap();
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let file = folder.path().join("sekisho.yaml");
    std::fs::write(&file, secured(&config, &raw, port)).unwrap();
    let right = shown(&file, port, PASSWORD);
    assert!(
        right.contains("sekisho_ready 1") && right.contains("partitions assigned"),
        "it ran: {}",
        &right[..right.len().min(4000)]
    );
    let wrong = shown(&file, port, "open-barley");
    assert!(wrong.contains("refused our name or password"), "it was refused: {wrong}");
    assert!(!right.contains(PASSWORD) && !wrong.contains("open-barley"), "a secret was shown");
}

/// A logon as Winlogbeat ships it, of a user and an address that no other record has.
fn logon(number: u32) -> String {
    let (a, b, c) = (number >> 16 & 255, number >> 8 & 255, number & 255);
    format!(
        r#"{{"@timestamp":"2026-04-08T13:47:02.000Z","winlog":{{"channel":"Security","provider_name":"Microsoft-Windows-Security-Auditing","event_id":"4624","computer_name":"host{number}.corp.example.com","event_data":{{"TargetUserName":"user{number}","TargetDomainName":"CORP","TargetLogonId":"0x{number:x}","LogonType":"3","IpAddress":"10.{a}.{b}.{c}"}}}}}}"#
    )
}

const KEYS: u32 = 30_000;
const STATES: u64 = 500;

#[test]
fn a_flood_of_keys_stays_within_the_quota_and_is_told() {
    let Some(config) = config("flood") else { return };
    let raw = create_raw(&config, 1);
    produce(&config, &raw, (0..KEYS).map(|number| (0, logon(number))));
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let file = folder.path().join("sekisho.yaml");
    let memory = format!("memory:\n  bytes: 1MiB\n  states: {STATES}\n");
    std::fs::write(&file, configuration(&config, &raw) + &admin(port) + &memory).unwrap();

    let child = run(&file);
    wait_for("readiness", LIMIT, || get(port, "/health/ready").filter(|(status, _)| *status == 200));
    let samples = wait_for("all records judged", LIMIT, || {
        let samples = scrape(port);
        let lag = sum(&samples, "sekisho_lag_records");
        (sum(&samples, "sekisho_records_read_total") == u64::from(KEYS) && lag == 0).then_some(samples)
    });
    stop(child);

    let quota = sum(&samples, "sekisho_state_quota_keys");
    assert_eq!(quota, STATES);
    let keys: Vec<_> = samples.iter().filter(|(series, _)| series.starts_with("sekisho_state_keys{")).collect();
    assert!(!keys.is_empty() && keys.iter().all(|(_, kept)| **kept <= STATES as f64), "{keys:?}");
    assert!(sum(&samples, "sekisho_state_evicted_total") > u64::from(KEYS) / 2, "{samples:?}");
    let gaps = committed(&config, &Topics::of(&config).coverage).len() as u64;
    assert!(gaps > 0 && sum(&samples, "sekisho_coverage_gaps_total") <= gaps);
}
