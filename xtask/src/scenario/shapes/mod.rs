//! Log lines in the shapes of real forwarders. A [`Scene`] writes what happens in the house into its logs.

mod changes;
mod firewall;
mod sysmon;
mod windows;
mod zeek;

use super::chance::Chance;
use super::estate::{Account, Host};
use super::moment::SECOND;
use super::stream::{Log, Stream};
use super::truth::Label;

pub use self::firewall::Tunnel;
pub use self::sysmon::Started;

/// Where what happens is written.
pub struct Scene<'s> {
    stream: &'s mut Stream,
    label: Label,
    /// Draws of what no detector should care for: ports, process ids.
    trivia: Chance,
    record: u64,
    session: u64,
    outages: Vec<Outage>,
}

/// A source that told nothing for a time.
#[derive(Clone, Debug)]
pub struct Outage {
    /// A host's forwarder; none: the network sensor.
    pub host: Option<String>,
    pub from: i64,
    pub until: i64,
}

/// Bytes of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'f> {
    pub start: i64,
    /// Nanoseconds.
    pub lasts: i64,
    pub from: &'f str,
    pub to: &'f str,
    pub port: u16,
    pub out: u64,
    pub back: u64,
    /// The server's name as the client asked for it.
    pub name: Option<&'f str>,
    /// Whether the network sensor sees it, besides the firewall.
    pub sensed: bool,
}

/// What an access to a share asks for (access masks of `[MS-SMB2]`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

// === impl Scene ===

impl<'s> Scene<'s> {
    pub fn new(stream: &'s mut Stream, seed: u64) -> Self {
        let trivia = Chance::of(seed, "trivia", 0);
        Self { stream, label: Label::default(), trivia, record: 100_000, session: 0x10_0000, outages: Vec::new() }
    }

    /// From now on lines carry this label; gives back the one before.
    pub fn label(&mut self, name: &str) -> Label {
        let label = self.stream.truth.label(name);
        std::mem::replace(&mut self.label, label)
    }

    /// Lines carry an earlier label again.
    pub fn relabel(&mut self, label: Label) {
        self.label = label;
    }

    /// From now on the lines of a source in this time are late or missing.
    pub fn outage(&mut self, outage: Outage) {
        self.outages.push(outage);
    }

    /// Stolen bytes leave.
    pub fn stolen(&mut self, from: i64, until: i64, bytes: u64) {
        self.stream.truth.gone(from, until, bytes);
    }

    /// Writes everything before a moment.
    pub fn write_until(&mut self, end: i64) -> anyhow::Result<()> {
        self.stream.write_until(end)
    }

    /// A forwarder that was down delivers what it missed when it is back.
    fn of_host(&mut self, host: &str, time: i64, text: String) {
        let down = self
            .outages
            .iter()
            .find(|outage| outage.host.as_deref() == Some(host) && (outage.from..outage.until).contains(&time));
        let at = down.map_or(time, |outage| outage.until + (time - outage.from) / 60);
        self.stream.line(Log::Windows, at, self.label, text);
    }

    /// What a sensor that was down did not see is not there.
    fn of_sensor(&mut self, log: Log, time: i64, text: String) {
        let blind =
            self.outages.iter().any(|outage| outage.host.is_none() && (outage.from..outage.until).contains(&time));
        if !blind {
            self.stream.line(log, time, self.label, text);
        }
    }

    fn of_firewall(&mut self, time: i64, text: String) {
        self.stream.line(Log::Firewall, time, self.label, text);
    }

    fn port(&mut self) -> u64 {
        self.trivia.between(49_152, 65_535)
    }

    fn next_session(&mut self) -> String {
        self.session += 1 + self.trivia.below(4000);
        format!("{:#x}", self.session)
    }
}

/// The SID of an account of the domain.
fn sid(account: &Account) -> String {
    format!("S-1-5-21-1004336348-1177238915-682003330-{}", account.rid)
}

/// The full name of a host.
fn full(host: &Host) -> String {
    format!("{}.corp.example.com", host.name)
}

/// Writes a text as JSON does.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => {}
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// Seconds with their fraction, as Zeek writes them.
fn seconds(time: i64) -> String {
    format!("{}.{:06}", time.div_euclid(SECOND), time.rem_euclid(SECOND) / 1000)
}
