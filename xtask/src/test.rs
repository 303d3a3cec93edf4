//! `cargo xtask test`: every test there is.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::plugins;
use crate::workspace::{Workspace, cargo, is_there, say};

/// Names a broker for the tests on Kafka.
const BROKER: &str = "SEKISHO_TEST_KAFKA";

/// What the runner said at the end of each test binary, summed up.
#[derive(Default)]
struct Tally {
    binaries: u32,
    passed: u64,
    ignored: u64,
    /// Names of tests that failed.
    failed: Vec<String>,
}

/// Builds the plugins that tests need, then runs all tests but those of the guests, which have none.
pub fn run(workspace: &Workspace, rest: &[OsString]) -> Result<()> {
    let kafka = kafka(workspace)?;
    let components = plugins::run(workspace)?;
    let mut test = cargo();
    test.args(["test", "--release", "--no-fail-fast", "--workspace"]).current_dir(&workspace.root);
    for guest in workspace.guests() {
        test.args(["--exclude", guest]);
    }
    // A package that is asked for by name replaces the whole workspace.
    if rest.iter().any(|argument| argument == "-p" || argument == "--package") {
        test = cargo();
        test.args(["test", "--release", "--no-fail-fast"]).current_dir(&workspace.root);
    }
    test.args(rest).env("SEKISHO_PLUGIN_DIR", components);
    let (tally, succeeded) = follow(&mut test)?;
    say(format!(
        "{} passed, {} failed, {} ignored in {} test binaries",
        tally.passed,
        tally.failed.len(),
        tally.ignored,
        tally.binaries
    ));
    for name in &tally.failed {
        say(format!("failed: {name}"));
    }
    say(kafka);
    ensure!(succeeded, "some tests failed");
    Ok(())
}

/// Says what the tests on Kafka will do, and what to say of them at the end.
fn kafka(workspace: &Workspace) -> Result<&'static str> {
    if let Some(broker) = std::env::var_os(BROKER) {
        say(format!("tests on Kafka use the broker {} ({BROKER})", broker.to_string_lossy()));
        return Ok("the tests on Kafka ran against the broker named by SEKISHO_TEST_KAFKA");
    }
    if is_there("java", "-version") && is_there("mvn", "--version") {
        say(format!(
            "tests on Kafka start Apache Kafka on free ports; its jars come once from Maven Central into {}",
            workspace.cache()?.display()
        ));
        return Ok("the tests on Kafka ran on brokers of their own, which are gone again");
    }
    if std::env::var_os("CI").is_some() {
        bail!("the tests on Kafka need a Java runtime (17 or newer) and Maven, or a broker: {BROKER}=host:port");
    }
    let skipped = "the tests on Kafka were skipped: install a Java runtime (17 or newer) and Maven \
                   (Debian: default-jre-headless maven), or name a broker: SEKISHO_TEST_KAFKA=host:port cargo xtask test";
    say(skipped);
    Ok(skipped)
}

/// Runs the tests, passing on what they print, and remembers how each binary ended.
fn follow(command: &mut Command) -> Result<(Tally, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("failed to run cargo test")?;
    let mut tally = Tally::default();
    let output = child.stdout.take().context("no output of cargo test")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("failed to read what the tests print")?;
        std::io::stdout().write_all(&[&line[..], b"\n"].concat())?;
        tally.add(&String::from_utf8_lossy(&line));
    }
    Ok((tally, child.wait()?.success()))
}

// === impl Tally ===

impl Tally {
    fn add(&mut self, line: &str) {
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED")) {
            self.failed.push(name.to_owned());
        }
        let Some(result) = line.strip_prefix("test result: ") else { return };
        self.binaries += 1;
        let count = |word: &str| {
            let before = result.split(';').find_map(|part| part.trim().strip_suffix(word))?;
            before.trim().rsplit(' ').next()?.parse::<u64>().ok()
        };
        self.passed += count("passed").unwrap_or_default();
        self.ignored += count("ignored").unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_all_binaries_are_summed_up() {
        let mut tally = Tally::default();
        for line in [
            "test decode::json::a_record_is_read ... ok",
            "test decode::json::another ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: ok. 30 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
        ] {
            tally.add(line);
        }
        assert_eq!((tally.binaries, tally.passed, tally.ignored), (2, 42, 2));
        assert_eq!(tally.failed, ["decode::json::another"]);
    }
}
