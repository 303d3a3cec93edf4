//! One process of the real binary, under a configuration of its own, with its log in a file.

use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
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
}

const SIGTERM: i32 = 15;
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
        let child = Command::new(&setup.binary)
            .args(["run", "-c"])
            .arg(file("yaml"))
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .with_context(|| format!("failed to start {}", setup.binary.display()))?;
        Ok(Self { child, log })
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

    /// Asks it to stop, as a service manager does, and waits until it has.
    ///
    /// # Errors
    /// It does not end in time, or for a fault of its own.
    pub fn stop(&mut self, limit: Duration) -> Result<()> {
        self.signal("-TERM");
        let start = Instant::now();
        while start.elapsed() < limit {
            match self.ended() {
                // A signal that comes before it heeds signals ends it at once: nothing has begun then.
                Some(status) if status.success() || status.signal() == Some(SIGTERM) => return Ok(()),
                // Cut off from its brokers it gives up in time: that is a kill, which nothing may be lost by either.
                Some(_) if self.tail().contains("comes again") => return Ok(()),
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

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        tail(&self.log)
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

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
