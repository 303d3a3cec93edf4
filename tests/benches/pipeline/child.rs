//! A system under measurement: one or more processes that say how far they are, line by line.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::usage;

/// How long any of them may take for anything.
const LIMIT: Duration = Duration::from_secs(300);

/// A process that is ended with this value.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    name: String,
    tail: Vec<String>,
}

/// A child says where it is.
pub fn say(word: &str) {
    println!("{word}");
    let _ = std::io::stdout().flush();
}

// === impl Running ===

impl Running {
    /// Starts it and listens to both its outputs.
    pub fn start(name: &str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {name}"))?;
        let (say, lines) = channel();
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let told = say.clone();
        thread::spawn(move || {
            out.map(|out| BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| told.send(line)))
        });
        thread::spawn(move || {
            err.map(|err| BufReader::new(err).lines().map_while(Result::ok).try_for_each(|line| say.send(line)))
        });
        Ok(Self { child, lines, name: name.to_owned(), tail: Vec::new() })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line that holds this; answers with it.
    pub fn wait_for(&mut self, word: &str) -> Result<String> {
        let deadline = Instant::now() + LIMIT;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(word) => return Ok(line),
                Ok(line) => self.keep(line),
                Err(RecvTimeoutError::Timeout) => bail!("{} did not say {word:?} in time{}", self.name, self.told()),
                Err(RecvTimeoutError::Disconnected) => bail!("{} ended without {word:?}{}", self.name, self.told()),
            }
        }
    }

    /// Waits until a condition holds while it lives.
    pub fn wait_until(&mut self, what: &str, mut holds: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        while !holds() {
            while let Ok(line) = self.lines.try_recv() {
                self.keep(line);
            }
            if Instant::now() > deadline {
                bail!("{}: waited in vain for {what}{}", self.name, self.told());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before {what}{}", self.name, self.told());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until it ended by itself, and leaves it for its times to be read.
    pub fn wait_exit(&mut self) -> Result<()> {
        let deadline = Instant::now() + LIMIT;
        while !usage::has_ended(self.pid()) {
            while let Ok(line) = self.lines.try_recv() {
                self.keep(line);
            }
            if Instant::now() > deadline {
                bail!("{} did not end in time{}", self.name, self.told());
            }
            thread::sleep(Duration::from_millis(5));
        }
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(200)) {
            self.keep(line);
        }
        Ok(())
    }

    /// Whether it ended well, with what it said if it did not.
    pub fn ended_well(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("{} ended with {status}{}", self.name, self.told());
        }
        Ok(())
    }

    pub fn cpu(&self) -> Duration {
        usage::cpu(self.pid())
    }

    /// Asks it to end, as a service manager does; kills it when it does not.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait()?.is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn keep(&mut self, line: String) {
        self.tail.push(line);
        if self.tail.len() > 15 {
            self.tail.remove(0);
        }
    }

    fn told(&self) -> String {
        self.tail.iter().map(|line| format!("\n    {line}")).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
