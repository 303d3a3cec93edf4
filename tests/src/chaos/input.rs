//! What is streamed while faults strike: the logs of the demo (real captures among them), many times over with other
//! names, as one stream by event time.
//!
//! Within each raw partition events come in the order of their time. Between partitions the order is anybody's, within what
//! whoever feeds them allows. Times lie months in the past, as in a backlog: an owner that took silence for "as of now" would
//! make everything after it late, and the checker would see it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use sekisho_core::decode::Decoder;
use sekisho_core::enrich::Enrichment;
use sekisho_core::model::{RawPartition, Record, Time, TimestampKind};
use sekisho_core::schema::Projection;

use super::rng::Rng;
use super::times::closer;

/// A record of the input and its raw partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where to.
    pub partition: i32,
    /// Of the event; none: it can't be decoded.
    pub time: Option<Time>,
    /// The record.
    pub text: String,
}

/// The whole input.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// In the order in which they are fed.
    pub lines: Vec<Line>,
    /// At the very end, one for each partition: they move time past every window that matters.
    pub flush: Vec<Line>,
}

/// What can't be decoded: one of them after so many records.
const GARBAGE_EVERY: usize = 97;
const GARBAGE: &str = "{\"cut\": \"off";
/// Hosts of the demo's company.
const HOSTS: [&str; 8] = ["fs1", "fs2", "ts1", "dc1", "backup1", "sql1", "app1", "app2"];
/// What else tells one copy's names from another's.
const NAMES: [&str; 6] = ["a.mori", "k.tanaka", "da-suzuki", "WORKSTATION5", "WORKSTATION6", "pgustavo"];
/// From the last event to the flush, minutes: 20 days and an odd quarter of an hour, so that no window ends with it.
const FLUSH_MINUTES: i64 = 20 * 24 * 60 + 17;

// === impl Input ===

impl Input {
    /// `copies` of all logs below a folder, spread over partitions by chance. Each day in them is so many times as short.
    ///
    /// # Errors
    /// The logs can't be read.
    pub fn of_logs(folder: &Path, copies: usize, shorter: u32, partitions: i32, rng: &mut Rng) -> Result<Self> {
        let base = read(folder, shorter)?;
        let mut timed: Vec<(Time, String)> =
            (0..copies).flat_map(|copy| base.iter().map(move |(time, text)| (*time, renamed(text, copy)))).collect();
        timed.sort();
        let last = timed.last().map(|(time, _)| *time).context("no logs")?;
        let mut input = Self::default();
        for (at, (time, text)) in timed.into_iter().enumerate() {
            let mut add = |time, text| {
                let partition = rng.below(partitions as usize) as i32;
                input.lines.push(Line { partition, time, text });
            };
            add(Some(time), text);
            if at % GARBAGE_EVERY == 0 {
                add(None, GARBAGE.to_owned());
            }
        }
        let flush = last.plus(FLUSH_MINUTES * Time::MINUTE);
        let line = |partition| Line { partition, time: Some(flush), text: flush_record(flush) };
        input.flush = (0..partitions).map(line).collect();
        Ok(input)
    }
}

/// The records below a folder, each with its time.
fn read(folder: &Path, shorter: u32) -> Result<Vec<(Time, String)>> {
    let zones = Arc::new(Enrichment::default());
    let mut decoder = Decoder::new(&Projection::default(), Vec::new(), zones).context("no decoder")?;
    let mut files: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("failed to read {}", folder.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut records = Vec::new();
    for file in files {
        for line in fs::read_to_string(&file)?.lines().filter(|line| !line.trim().is_empty()) {
            let line = closer(line, shorter);
            let record = Record {
                from: RawPartition::default(),
                offset: 0,
                timestamp: None,
                timestamp_kind: TimestampKind::Create,
                arrival: Time::MAX,
                value: line.as_bytes(),
            };
            let time = decoder.time_of(&record).with_context(|| format!("{}: a line without time", file.display()))?;
            records.push((time, line));
        }
    }
    Ok(records)
}

/// The same record about other hosts, people and addresses. The first copy keeps its names.
fn renamed(text: &str, copy: usize) -> String {
    if copy == 0 {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    for host in HOSTS {
        text = text.replace(&format!("{host}.corp"), &format!("{host}w{copy}.corp"));
        text = text.replace(&format!("\"{host}\""), &format!("\"{host}w{copy}\""));
    }
    for name in NAMES {
        text = text.replace(name, &format!("{name}w{copy}"));
    }
    text = text.replace("10.1.0.", &format!("10.1.{}.", copy % 250));
    text.replace("10.2.4.", &format!("10.2.{}.", copy % 245 + 5))
}

/// A service that stopped: it moves time and means nothing to a detector.
fn flush_record(time: Time) -> String {
    let time = jiff::Timestamp::from_nanosecond(i128::from(time.0)).unwrap_or_default();
    format!(
        "{{\"EventTime\":\"{time}\",\"Hostname\":\"end.corp.example.com\",\"Severity\":\"INFO\",\"Channel\":\"System\",\
         \"EventID\":7036,\"SourceName\":\"Service Control Manager\",\"param1\":\"Windows Update\",\"param2\":\"stopped\",\
         \"RecordNumber\":1}}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_input_and_each_partition_is_in_the_order_of_time() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/logs");
        let input = |seed| Input::of_logs(&folder, 2, 48, 3, &mut Rng::new(seed)).unwrap();
        let (one, again, other) = (input(1), input(1), input(2));
        assert_eq!(one.lines, again.lines);
        assert_ne!(one.lines, other.lines);
        assert!(one.lines.len() > 1500 && one.flush.len() == 3);
        assert!(one.lines.iter().any(|line| line.text.contains("fs1w1")), "copies are about others");
        assert!(one.lines.iter().any(|line| line.text == GARBAGE));
    }
}
