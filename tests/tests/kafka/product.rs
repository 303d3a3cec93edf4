//! The product as an operator runs it: the binary, its detectors, raw topics in, alerts out, and a signal to stop.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use sekisho::kafka::{Config, Topics};
use sekisho_tests::guests;

use crate::helpers::{committed, config, create_raw, produce, wait_for};

/// The sample logs: FortiGate, Winlogbeat, flat Windows JSON, Windows XML, evtx as JSON, Zeek.
pub fn logs() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/logs");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// `target/release/sekisho`, beside the folder of the tests.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().join("sekisho")
}

pub fn configuration(config: &Config, raw: &str) -> String {
    let plugins = guests::directory();
    let detectors = ["lateral-movement", "admin-abuse", "exfiltration"].map(|name| {
        let file = plugins.join(format!("{}.wasm", name.replace('-', "_")));
        format!("  - name: {name}\n    plugin: {}\n", file.display())
    });
    let inventory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/inventory.yaml");
    format!(
        "kafka:\n  brokers: [\"{}\"]\n  group: {}\n  instance: product\n  prefix: {}\n  topics:\n    shards: 3\nsources:\n  - topic: {raw}\n\
         inventory: {}\ndetectors:\n{}",
        config.brokers[0],
        config.group,
        config.prefix,
        inventory.display(),
        detectors.concat()
    )
}

/// A process that ends with the test, however that ends.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn run(file: &Path) -> Running {
    Running(Command::new(binary()).args(["run", "-c"]).arg(file).spawn().unwrap())
}

/// Asks it to stop, as a service manager does, and waits until it has.
pub fn stop(mut child: Running) {
    Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().unwrap();
    let status = child.0.wait().unwrap();
    assert!(status.success(), "it drains, commits and ends well, not with {status}");
}

/// The rules that raised what stands on the alert topic, and each (uid, revision).
fn alerts(config: &Config) -> (BTreeSet<String>, Vec<String>) {
    let bodies = committed(config, &Topics::of(config).alerts)
        .into_iter()
        .map(|seen| serde_json::from_slice::<serde_json::Value>(&seen.value.unwrap()).unwrap());
    let (mut rules, mut revisions) = (BTreeSet::new(), Vec::new());
    for body in bodies {
        rules.insert(body["finding_info"]["analytic"]["uid"].as_str().unwrap_or_default().to_owned());
        revisions.push(body["metadata"]["uid"].as_str().unwrap().to_owned());
        let origin = &body["evidences"][0]["data"]["origin"];
        assert!(
            origin["topic"].is_string() && origin["offset"].is_i64(),
            "evidence leads back to the raw record: {origin}"
        );
    }
    revisions.sort();
    (rules, revisions)
}

#[test]
fn logs_of_many_shapes_become_the_expected_alerts_once_and_a_signal_ends_it_well() {
    let Some(config) = config("product") else { return };
    let raw = create_raw(&config, 1);
    produce(&config, &raw, logs().into_iter().map(|line| (0, line)));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sekisho.yaml");
    std::fs::write(&file, configuration(&config, &raw)).unwrap();

    let expected = [
        "admin-abuse/log-cleared",
        "exfiltration/archive",
        "exfiltration/fan-in",
        "lateral-movement/admin-share",
        "lateral-movement/remote-service",
        "lateral-movement/remote-service-spread",
    ];
    let child = run(&file);
    wait_for("the expected alerts", Duration::from_secs(90), || {
        let (rules, _) = alerts(&config);
        expected.iter().all(|rule| rules.contains(*rule)).then_some(())
    });
    stop(child);
    let (_, first) = alerts(&config);
    assert!(first.windows(2).all(|pair| pair[0] != pair[1]), "each (uid, revision) once: {first:?}");

    // A record that can't be decoded shows that the second run is at work behind all that the first one read.
    let letters = || committed(&config, &Topics::of(&config).dead_letters).len();
    let before = letters();
    produce(&config, &raw, [(0, "{\"cut\": \"off".to_owned())]);
    let child = run(&file);
    wait_for("another dead letter", Duration::from_secs(90), || (letters() > before).then_some(()));
    stop(child);
    let (_, second) = alerts(&config);
    assert_eq!(first, second, "a second run from the stored offsets adds none");
}
