//! `cargo xtask test`: every test there is.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::plugins;
use crate::workspace::{Workspace, cargo, is_there, say};

/// Names a broker for the tests on Kafka.
const BROKER: &str = "SEKISHO_TEST_KAFKA";

/// A test binary that says nothing for so long hangs: its longest test takes a fraction of that.
const SILENCE: Duration = Duration::from_secs(480);
/// How often it is looked after while nothing is said.
const LOOK: Duration = Duration::from_secs(1);

/// What the runner said at the end of each test binary, summed up.
#[derive(Default)]
struct Tally {
    /// A test binary has begun and not ended.
    running: bool,
    /// Tests that the runner called slow, and that have not ended since.
    slow: Vec<String>,
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
    let (tally, succeeded) = follow(&mut test, &mut std::io::stdout())?;
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

/// Runs the tests, passing on what they print, and remembers how each binary ended. One that hangs is ended and counts
/// as failed.
fn follow(command: &mut Command, out: &mut dyn Write) -> Result<(Tally, bool)> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("failed to run cargo test")?;
    let mut tally = Tally::default();
    let output = child.stdout.take().context("no output of cargo test")?;
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || BufReader::new(output).split(b'\n').try_for_each(|line| sender.send(line)));
    let mut heard = Instant::now();
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) => {
                heard = Instant::now();
                let line = line.context("failed to read what the tests print")?;
                out.write_all(&[&line[..], b"\n"].concat())?;
                tally.add(&String::from_utf8_lossy(&line));
            }
            Err(RecvTimeoutError::Timeout) if tally.running && heard.elapsed() >= SILENCE => {
                say(format!("no word for {} s, ended; still running: {}", SILENCE.as_secs(), tally.slow.join(", ")));
                tally.failed.append(&mut tally.slow);
                tally.running = false;
                end_children_of(child.id())?;
            }
            Err(RecvTimeoutError::Timeout) => {
                // What the ended binary has started may live on and hold the output open for ever.
                if let Some(status) = child.try_wait()? {
                    return Ok((tally, status.success()));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((tally, child.wait()?.success())),
        }
    }
}

/// Kills the test binary that Cargo runs; Cargo goes on with the next.
fn end_children_of(cargo: u32) -> Result<()> {
    let list = format!("/proc/{cargo}/task/{cargo}/children");
    let children = std::fs::read_to_string(&list).with_context(|| format!("failed to read {list}"))?;
    Command::new("sh").args(["-c", &format!("kill -KILL {children}")]).status().context("failed to run sh")?;
    Ok(())
}

// === impl Tally ===

impl Tally {
    fn add(&mut self, line: &str) {
        self.running |= line.starts_with("running ") && line.contains(" test");
        if let Some(rest) = line.strip_prefix("test ") {
            if let Some(name) = rest.strip_suffix(" ... FAILED") {
                self.failed.push(name.to_owned());
            }
            if let Some((name, _)) = rest.split_once(" has been running for over ") {
                self.slow.push(name.to_owned());
            } else if let Some((name, _)) = rest.split_once(" ... ") {
                self.slow.retain(|slow| slow != name);
            }
        }
        let Some(result) = line.strip_prefix("test result: ") else { return };
        self.running = false;
        self.slow.clear();
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

    #[test]
    fn a_binary_that_hangs_is_known_with_the_tests_that_have_not_ended() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test first has been running for over 60 seconds",
            "test second has been running for over 60 seconds",
            "test first ... ok",
        ] {
            tally.add(line);
        }
        assert!(tally.running);
        assert_eq!(tally.slow, ["second"]);
    }

    #[test]
    fn what_a_test_leaves_running_holds_up_nobody() {
        let mut command = Command::new("sh");
        // Its name is the number of the process that it leaves.
        let said = "sleep 3600 & echo 'running 1 test'; echo \"test $! has been running for over 60 seconds\"; exit 1";
        let (tally, succeeded) = follow(command.args(["-c", said]), &mut std::io::sink()).unwrap();
        assert!(tally.running && !succeeded);
        assert!(Command::new("kill").args(&tally.slow).status().unwrap().success(), "it still ran");
    }

    #[test]
    fn a_hanging_child_is_ended_and_its_parent_goes_on() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & wait; echo went on"]).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        while std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap().is_empty() {
            thread::yield_now();
        }
        end_children_of(child.id()).unwrap();
        assert_eq!(child.wait_with_output().unwrap().stdout, b"went on\n");
    }
}
