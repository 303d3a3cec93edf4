//! One process of the real binary, under a configuration of its own, with its log in a file.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What a process is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The binary.
    pub binary: PathBuf,
    /// Where its configuration and log go.
    pub folder: PathBuf,
    /// Names the files.
    pub name: String,
    /// The configuration.
    pub yaml: String,
}

/// A running process; killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
    /// Where its own part of the log begins.
    from: u64,
}

const SIGTERM: i32 = 15;
/// How it ends where it could not commit in time what was open, once it was asked to stop: its exit code and what it says.
const GAVE_UP: (i32, &str) = (1, "what is open was not committed and comes again");
/// How many lines of a log are shown.
const TAIL: usize = 12;

// === impl Process ===

impl Process {
    /// Starts it; its log is added to that of an earlier one of the same name.
    ///
    /// # Errors
    /// It can't be started.
    pub fn start(setup: &Setup) -> Result<Self> {
        let file = |extension: &str| setup.folder.join(format!("{}.{extension}", setup.name));
        fs::write(file("yaml"), &setup.yaml)?;
        let log = file("log");
        let out = File::options().create(true).append(true).open(&log)?;
        let from = out.metadata()?.len();
        let child = Command::new(&setup.binary)
            .args(["run", "-c"])
            .arg(file("yaml"))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("failed to start {}", setup.binary.display()))?;
        Ok(Self { child, log, from })
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Stops it in its tracks until [`Process::go_on`].
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Ends a pause.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    /// Asks it to stop, as a service manager does, and waits until it has. Answers whether it ended in order: cut off from
    /// its brokers it gives up in time, which is a kill that nothing may be lost by either.
    ///
    /// # Errors
    /// It does not end in time, or for a fault of its own.
    pub fn stop(&mut self, limit: Duration) -> Result<bool> {
        self.signal("-TERM");
        let start = Instant::now();
        while start.elapsed() < limit {
            match self.ended() {
                // A signal that comes before it heeds signals ends it at once: nothing has begun then.
                Some(status) if status.success() || status.signal() == Some(SIGTERM) => return Ok(true),
                Some(status) if status.code() == Some(GAVE_UP.0) && self.tail().contains(GAVE_UP.1) => {
                    return Ok(false);
                }
                Some(status) => bail!("it was asked to stop and ended with {status}:\n{}", self.tail()),
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
        let tail = self.tail();
        self.kill();
        bail!("it was asked to stop and had not after {} s:\n{tail}", limit.as_secs())
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// The last lines of its log, none of them from an earlier process of its name.
    pub fn tail(&self) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.log).and_then(|mut log| {
            log.seek(SeekFrom::Start(self.from))?;
            log.read_to_end(&mut text)
        });
        if let Err(error) = read {
            return format!("{}: {error}", self.log.display());
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    fn signal(&self, name: &str) {
        let _ = Command::new("kill").args([name, &self.child.id().to_string()]).status();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;

    /// A process that says something and ends so when it is asked to stop.
    fn stopped(folder: &Path, end: &str) -> Result<bool> {
        let binary = folder.join("binary");
        fs::write(&binary, format!("#!/bin/sh\ntrap '{end}' TERM\necho ready\nwhile :; do sleep 0.01; done\n"))?;
        fs::set_permissions(&binary, fs::Permissions::from_mode(0o700))?;
        let setup = Setup { binary, folder: folder.to_owned(), name: "one".to_owned(), yaml: String::new() };
        let mut process = Process::start(&setup)?;
        while !process.tail().contains("ready") {
            std::thread::sleep(Duration::from_millis(5));
        }
        process.stop(Duration::from_secs(60))
    }

    #[test]
    fn only_a_process_that_itself_says_that_it_gave_up_may_end_badly() {
        let folder = tempfile::tempdir().unwrap();
        let gave_up = format!("echo {}; exit 1", GAVE_UP.1);
        assert!(stopped(folder.path(), "exit 0").unwrap());
        assert!(!stopped(folder.path(), &gave_up).unwrap());
        // What the one before it said stands in the same log.
        assert!(stopped(folder.path(), "exit 1").is_err());
        assert!(stopped(folder.path(), &gave_up.replace("exit 1", "exit 101")).is_err());
        assert!(stopped(folder.path(), "echo the frame comes again; exit 1").is_err());
    }
}
