//! What an operator does when a detector or a record failed: see it, mend the cause, heal, try again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sekisho::kafka::{Config, Fetch, RETRY_HEADER, Topics};
use sekisho_tests::guests;
use serde_json::{Value, json};

use crate::helpers::{committed, config, create_raw, produce, wait_for};
use crate::product::{binary, run, stop};

const LIMIT: Duration = Duration::from_secs(90);
/// More than a detector may fail on in one interval of one shard.
const USERS: usize = 600;
/// As many rows as the zoo finds something at.
const ROWS: usize = 5;

/// Writes the configuration of the zoo with these settings, beside the test's other files.
fn configuration(folder: &Path, config: &Config, raw: &str, settings: &str) -> PathBuf {
    let file = folder.join(format!("{}.yaml", config.group));
    let zoo = guests::directory().join("sekisho_guest_zoo.wasm");
    let text = format!(
        "kafka:\n  brokers: [\"{}\"]\n  group: {}\n  instance: operator\n  prefix: {}\n  topics:\n    shards: 3\n\
         sources:\n  - topic: {raw}\n    shape: ocsf\ndetectors:\n  - name: zoo\n    plugin: {}\n    settings: {settings}\n",
        config.brokers[0],
        config.group,
        config.prefix,
        zoo.display(),
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// Runs a command of the binary; its exit code and what it printed.
fn sekisho(arguments: &[&str], file: &Path) -> (i32, String) {
    let out = Command::new(binary()).args(arguments).arg("-c").arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    eprint!("{}", String::from_utf8_lossy(&out.stderr));
    (out.status.code().unwrap(), text)
}

/// A logon, within one hour.
fn logon(user: &str, at: usize) -> String {
    let time = 1_768_899_600_000 + at as i64;
    json!({"class_uid": 3002, "activity_id": 1, "time": time, "user": {"name": user}}).to_string()
}

fn logons(users: usize) -> impl Iterator<Item = (i32, String)> {
    (0..users * ROWS).map(move |at| (0, logon(&format!("user{}", at % users), at)))
}

/// What stands on the alert topic, and every (uid, revision).
fn alerts(config: &Config) -> (BTreeSet<(String, String)>, Vec<String>) {
    let (mut standing, mut revisions) = (BTreeSet::new(), Vec::new());
    for seen in committed(config, &Topics::of(config).alerts) {
        let body: Value = serde_json::from_slice(&seen.value.unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        standing.insert((text(&body["finding_info"]["uid"]), text(&body["finding_info"]["title"])));
        revisions.push(text(&body["metadata"]["uid"]));
    }
    revisions.sort();
    (standing, revisions)
}

fn gaps(file: &Path) -> Vec<Value> {
    let (_, text) = sekisho(&["coverage", "--json"], file);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn healed_after_its_cause_is_mended_a_detector_has_found_what_it_would_have_found_though_it_is_killed_meanwhile() {
    let (Some(config), Some(well)) = (config("heal"), config("well")) else { return };
    let raw = create_raw(&config, 1);
    let folder = tempfile::tempdir().unwrap();
    produce(&config, &raw, logons(USERS));

    let undisturbed = configuration(folder.path(), &well, &raw, "{}");
    let child = run(&undisturbed);
    wait_for("an undisturbed run", LIMIT, || (alerts(&well).0.len() == USERS).then_some(()));
    stop(child);
    assert_eq!(sekisho(&["coverage"], &undisturbed).0, 0, "nothing is unseen");

    let file = configuration(folder.path(), &config, &raw, "{evaluate: trap}");
    let child = run(&file);
    wait_for("three suspensions", LIMIT, || (gaps(&file).len() == 3).then_some(()));
    stop(child);
    let told = gaps(&file);
    assert!(told.iter().all(|gap| gap["status"] == "open" && gap["reason"] == "suspended"), "{told:?}");
    assert!(told.iter().all(|gap| gap["raw"][0].as_str().unwrap().starts_with(&raw)), "{told:?}");
    let (code, text) = sekisho(&["coverage"], &file);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("zoo is suspended: it failed on more than 64 groups in one interval"), "{text}");

    // The cause is mended; the command waits for the owners, and outlives them.
    configuration(folder.path(), &config, &raw, "{}");
    let (code, text) = sekisho(&["heal", "zoo"], &file);
    assert_eq!(code, 0, "{text}");
    let killed = run(&file);
    std::thread::sleep(Duration::from_millis(1500));
    drop(killed);
    let child = run(&file);
    wait_for("healing", LIMIT, || gaps(&file).iter().all(|gap| gap["status"] == "healed").then_some(()));
    // What comes now is judged as ever.
    produce(&config, &raw, (0..ROWS).map(|at| (0, logon("late", at))));
    wait_for("all alerts", LIMIT, || (alerts(&config).0.len() > USERS).then_some(()));
    stop(child);

    let (standing, revisions) = alerts(&config);
    let standing: BTreeSet<_> = standing.into_iter().filter(|(_, title)| !title.ends_with("late")).collect();
    assert_eq!(standing, alerts(&well).0);
    assert!(revisions.windows(2).all(|pair| pair[0] != pair[1]), "each (uid, revision) once");
    assert_eq!(sekisho(&["coverage"], &file).0, 0);
    let (code, text) = sekisho(&["heal", "zoo"], &file);
    assert_eq!((code, text.contains("missed nothing")), (0, true), "{text}");
}

#[test]
fn dead_letters_are_listed_shown_and_tried_again_once() {
    let Some(config) = config("letters") else { return };
    let raw = create_raw(&config, 1);
    let folder = tempfile::tempdir().unwrap();
    produce(&config, &raw, [(0, "{oops".to_owned())]);
    produce(&config, &raw, (0..ROWS).map(|at| (0, logon("mallory", at))));
    let file = configuration(folder.path(), &config, &raw, "{evaluate: trap, on_key: mallory}");
    let letters = || {
        let (_, text) = sekisho(&["dead-letters", "list", "--json"], &file);
        text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let rows = |letters: &[Value]| -> usize {
        let quarantined = letters.iter().filter(|letter| letter["letter"]["detector"].is_object());
        quarantined.map(|letter| letter["letter"]["origins"].as_array().unwrap().len()).sum()
    };
    let child = run(&file);
    wait_for("letters", LIMIT, || (rows(&letters()) == ROWS && letters().len() > 1).then_some(()));
    stop(child);
    let (_, text) = sekisho(&["dead-letters", "list"], &file);
    assert!(text.contains("trap") && text.contains("zoo user [mallory]"), "{text}");
    let id = letters()[0]["id"].as_str().unwrap().to_owned();
    let garbage = letters().into_iter().find(|letter| letter["letter"]["record"].is_object()).unwrap();
    let (_, text) = sekisho(&["dead-letters", "show", garbage["id"].as_str().unwrap()], &file);
    assert!(text.contains("{oops"), "{text}");

    // The detector is mended; its group is judged by the owner of its shard.
    configuration(folder.path(), &config, &raw, "{}");
    let child = run(&file);
    let before = letters().len();
    let (code, text) = sekisho(&["dead-letters", "retry", "--detector", "zoo", "--dry-run"], &file);
    assert_eq!((code, alerts(&config).0.len()), (0, 0), "{text}");
    let (code, text) = sekisho(&["dead-letters", "retry", "--all"], &file);
    assert_eq!(code, 0, "{text}");
    wait_for("mallory's alert", LIMIT, || (alerts(&config).0.len() == 1).then_some(()));
    // The garbage is garbage still: it came once more, and is a letter once more.
    wait_for("another letter", LIMIT, || (letters().len() == before + 1).then_some(()));
    let (code, text) = sekisho(&["dead-letters", "retry", &id], &file);
    assert_eq!((code, text.contains("was retried at")), (3, true), "{text}");
    stop(child);
    let again = Fetch::new(&config).unwrap().record(&raw, 0, ROWS as i64 + 1).unwrap().unwrap();
    let id = garbage["id"].as_str().unwrap().as_bytes().to_vec();
    assert_eq!(again.headers, [(RETRY_HEADER.to_owned(), Some(id))]);
    assert_eq!(alerts(&config).0.len(), 1);
}
