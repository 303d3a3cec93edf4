//! Detectors and settings that change while the product runs: what is sound is taken with all memory, the rest is left;
//! and processes that disagree.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use sekisho::kafka::{Admin, Config, Control, Isolation, Topics, reader};
use sekisho_tests::guests;

use crate::helpers::{committed, config, create_raw, produce, wait_for};
use crate::product::binary;

const LIMIT: Duration = Duration::from_secs(90);

/// The product with detectors of the guest zoo, which count the rows of each user and find `many-rows` at the fifth.
struct Product {
    config: Config,
    raw: String,
    folder: tempfile::TempDir,
    child: Option<Child>,
    produced: u64,
}

// === impl Product ===

impl Product {
    /// Starts it with a detector `first`.
    fn start(name: &str) -> Option<Self> {
        let config = config(name)?;
        let raw = create_raw(&config, 2);
        let folder = tempfile::tempdir().unwrap();
        let mut this = Self { config, raw, folder, child: None, produced: 0 };
        std::fs::copy(guests::directory().join("sekisho_guest_zoo.wasm"), this.plugin()).unwrap();
        this.configure(&["first"]);
        let errors = File::create(this.log()).unwrap();
        let file = this.file();
        this.child = Some(Command::new(binary()).args(["run", "-c"]).arg(file).stderr(errors).spawn().unwrap());
        this.wait_for_plans(1);
        Some(this)
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("sekisho.yaml")
    }

    fn plugin(&self) -> PathBuf {
        self.folder.path().join("zoo.wasm")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn configure(&self, detectors: &[&str]) {
        let Config { brokers, group, prefix, .. } = &self.config;
        let detectors = detectors.iter().map(|name| format!("  - name: {name}\n    plugin: zoo.wasm\n"));
        let text = format!(
            "kafka:\n  brokers: [\"{}\"]\n  group: {group}\n  instance: upgrade\n  prefix: {prefix}\n  workers: 2\n  topics:\n    shards: 3\n\
             admin:\n  listen: 127.0.0.1:0\nsources:\n  - topic: {}\ndetectors:\n{}",
            brokers[0],
            self.raw,
            detectors.collect::<String>()
        );
        std::fs::write(self.file(), text).unwrap();
    }

    /// Logon failures of a user.
    fn fail_logons(&mut self, user: &str, count: u64) {
        let lines = (self.produced..self.produced + count).map(|number| {
            let line = format!(
                r#"{{"@timestamp":"2026-11-25T10:00:{:02}.000Z","event":{{"code":"4625"}},"winlog":{{"channel":"Security","computer_name":"srv1","event_id":"4625","provider_name":"Microsoft-Windows-Security-Auditing","event_data":{{"TargetUserName":"{user}","TargetDomainName":"CORP","IpAddress":"10.0.0.5","LogonType":"3"}}}}}}"#,
                number % 60
            );
            ((number % 2) as i32, line)
        });
        produce(&self.config, &self.raw, lines);
        self.produced += count;
    }

    /// Waits until everything that was produced is in the memory of this detector.
    fn wait_for_memory(&self, detector: &str, user: &str) {
        let state = &Topics::of(&self.config).state;
        let holds = |key: &[u8], text: &str| key.windows(text.len()).any(|part| part == text.as_bytes());
        wait_for("a state", LIMIT, || {
            committed(&self.config, state)
                .iter()
                .filter_map(|seen| seen.key.as_deref())
                .any(|key| holds(key, detector) && holds(key, user))
                .then_some(())
        });
    }

    /// Waits until the workers know so many plans.
    fn wait_for_plans(&self, count: usize) {
        let topics = Topics::of(&self.config);
        wait_for("a plan", LIMIT, || {
            let reader = reader(&self.config, Isolation::Uncommitted).ok()?;
            let control = Control::read(&self.config, &topics, &reader).ok()?;
            (control.plans().count() >= count).then_some(())
        });
    }

    /// Waits until the log says this, so often.
    fn wait_for_word(&self, word: &str, count: usize) {
        wait_for(word, LIMIT, || {
            let log = std::fs::read_to_string(self.log()).unwrap();
            (log.matches(word).count() >= count).then_some(())
        });
    }

    /// Waits until a detector has found many rows of a user.
    fn wait_for_alert(&self, detector: &str, user: &str) {
        wait_for(&format!("{detector} about {user}"), LIMIT, || self.found(detector, user).then_some(()));
    }

    fn found(&self, detector: &str, user: &str) -> bool {
        committed(&self.config, &Topics::of(&self.config).alerts).iter().any(|seen| {
            let body: serde_json::Value = serde_json::from_slice(seen.value.as_deref().unwrap()).unwrap();
            body["finding_info"]["analytic"]["uid"] == format!("{detector}/many-rows").as_str()
                && body.to_string().contains(user)
        })
    }

    fn signal(&self, signal: &str) {
        let child = self.child.as_ref().unwrap();
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    }

    fn stop(&mut self) {
        self.signal("-TERM");
        assert!(self.child.take().unwrap().wait().unwrap().success(), "it drains, commits and ends well");
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
            let log: &Path = &self.log();
            eprintln!("{}", std::fs::read_to_string(log).unwrap_or_default());
        }
    }
}

#[test]
fn a_changed_configuration_is_taken_with_all_memory_and_a_bad_one_is_left() {
    let Some(mut product) = Product::start("upgrade") else { return };
    product.fail_logons("alice", 3);
    product.wait_for_memory("first", "alice");

    // Seen by its file alone.
    product.configure(&["second", "first"]);
    product.wait_for_word("another plan taken over", 2);
    product.fail_logons("alice", 2);
    product.wait_for_alert("first", "alice");
    assert!(!product.found("second", "alice"), "it saw what came since it is there");
    product.fail_logons("alice", 3);
    product.wait_for_alert("second", "alice");

    std::fs::write(product.plugin(), "no WebAssembly").unwrap();
    product.signal("-HUP");
    product.wait_for_word("the configuration is left as it is", 1);
    product.fail_logons("bob", 5);
    product.wait_for_alert("first", "bob");
    product.wait_for_alert("second", "bob");
    product.stop();
}

#[test]
fn a_process_that_reads_other_topics_than_one_at_work_does_not_start() {
    let Some(mut product) = Product::start("disagree") else { return };
    let control = Topics::of(&product.config).control;
    let signed = |seen: &crate::helpers::Seen| {
        seen.key.as_deref().is_some_and(|key| key.starts_with(b"process/")) && seen.value.is_some()
    };
    wait_for("a sign", LIMIT, || committed(&product.config, &control).iter().any(signed).then_some(()));
    let more = product.config.topic("more");
    Admin::new(&product.config).unwrap().create_topic(&more, 1, None, &[]).unwrap();
    let text = std::fs::read_to_string(product.file()).unwrap();
    let text = text
        .replace("instance: upgrade", "instance: other")
        .replace("detectors:", &format!("  - topic: {more}\ndetectors:"));
    let other = product.folder.path().join("other.yaml");
    std::fs::write(&other, text).unwrap();
    let ended = Command::new(binary()).args(["run", "-c"]).arg(&other).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("instance upgrade") && said.contains(&more), "{said}");
    product.stop();
    let last = committed(&product.config, &control)
        .into_iter()
        .rfind(|seen| seen.key.as_deref().is_some_and(|key| key.starts_with(b"process/")));
    assert_eq!(last.unwrap().value, None, "who ends well is off the roll");
}
