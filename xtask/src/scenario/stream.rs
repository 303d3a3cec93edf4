//! Lines on their way to the files of a stream, in the order in which a forwarder would have written them.
//!
//! Only what lies ahead of the day being written is held in memory.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::moment::{day_of, is_weekend};
use super::truth::{Label, Truth};

/// The logs of the house, a file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    /// Security, System and Sysmon, by Winlogbeat.
    Windows,
    /// Traffic and VPN, FortiGate's key=value by syslog.
    Firewall,
    Conn,
    Dns,
    Ssl,
    Rpc,
}

/// All logs with the names of their files.
pub const LOGS: [(Log, &str); 6] = [
    (Log::Windows, "windows.ndjson"),
    (Log::Firewall, "firewall.log"),
    (Log::Conn, "zeek-conn.ndjson"),
    (Log::Dns, "zeek-dns.ndjson"),
    (Log::Ssl, "zeek-ssl.ndjson"),
    (Log::Rpc, "zeek-dce_rpc.ndjson"),
];

struct Line {
    /// When it is written; a source that was down writes late.
    at: i64,
    log: Log,
    label: Label,
    text: String,
}

/// The files being written.
pub struct Stream {
    outputs: Vec<Output>,
    waiting: Vec<Line>,
    pub truth: Truth,
    pub size: Size,
}

struct Output {
    file: BufWriter<File>,
    lines: u64,
}

/// How much was written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    pub lines: u64,
    pub bytes: u64,
    /// Lines on working days.
    pub working: u64,
}

// === impl Stream ===

impl Stream {
    /// Files in a folder that is there.
    pub fn create(folder: &Path) -> Result<Self> {
        let output = |(_, name): &(Log, &str)| {
            let path = folder.join(name);
            let file = File::create(&path).with_context(|| format!("failed to write {}", path.display()))?;
            Ok(Output { file: BufWriter::with_capacity(1 << 20, file), lines: 0 })
        };
        let outputs = LOGS.iter().map(output).collect::<Result<_>>()?;
        Ok(Self { outputs, waiting: Vec::new(), truth: Truth::default(), size: Size::default() })
    }

    /// Takes a line of an event, to be written at a moment.
    pub fn line(&mut self, log: Log, at: i64, label: Label, text: String) {
        self.waiting.push(Line { at, log, label, text });
    }

    /// Writes everything before a moment.
    pub fn write_until(&mut self, end: i64) -> Result<()> {
        // Stable: lines of one moment keep the order in which they were made.
        self.waiting.sort_by_key(|line| line.at);
        let ready = self.waiting.partition_point(|line| line.at < end);
        for line in self.waiting.drain(..ready) {
            let output = &mut self.outputs[line.log as usize];
            output.file.write_all(line.text.as_bytes()).context("failed to write a log")?;
            output.file.write_all(b"\n").context("failed to write a log")?;
            output.lines += 1;
            self.size.lines += 1;
            self.size.bytes += line.text.len() as u64 + 1;
            self.size.working += u64::from(!is_weekend(day_of(line.at)));
            self.truth.line(line.log, output.lines, line.label, line.at);
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self) -> Result<(Truth, Size)> {
        self.write_until(i64::MAX)?;
        for output in &mut self.outputs {
            output.file.flush().context("failed to write a log")?;
        }
        Ok((self.truth, self.size))
    }
}
