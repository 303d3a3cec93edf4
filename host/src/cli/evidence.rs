//! `sekisho evidence`: the raw records that an alert rests on, from Kafka or from the files of a replay.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::arguments::EvidenceOptions;
use super::exit::Exit;
use super::screen::{self, plain};
use super::topic;
use crate::kafka::{self, Fetch, Isolation, Shutdown, raw_partitions, read_all};
use crate::replay::{self, Limits};

pub fn run(options: &EvidenceOptions) -> Result<Exit> {
    match (&options.alerts, &options.config) {
        (Some(alerts), _) => {
            let alert = from_file(alerts, &options.uid)?;
            show(&alert, file_record)
        }
        (None, Some(path)) => {
            let config = match topic::kafka_of(path)? {
                Ok(config) => config,
                Err(exit) => return Ok(exit),
            };
            let alert = from_kafka(&config, &options.uid)?;
            let fetch = Fetch::new(&config)?;
            show(&alert, |place| kafka_record(&fetch, place))
        }
        (None, None) => bail!("name a configuration (-c) or a file of alerts (--alerts)"),
    }
}

/// Shows each piece of evidence with its raw record; one that is gone makes the whole incomplete.
fn show(alert: &Value, mut record: impl FnMut(&Value) -> Result<Option<Vec<u8>>>) -> Result<Exit> {
    let mut out = std::io::stdout().lock();
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    writeln!(out, "{}  {}", text(&alert["finding_info"]["uid"]), text(&alert["message"]))?;
    let mut gone = 0;
    let evidences = alert["evidences"].as_array().map(Vec::as_slice).unwrap_or_default();
    for evidence in evidences {
        let data = &evidence["data"];
        writeln!(out, "\n# {}  {}  {}", text(&data["time"]), text(&data["role"]), place(&data["origin"]))?;
        match record(&data["origin"])? {
            Some(value) => writeln!(out, "{}", screen::record(&value))?,
            None => {
                gone += 1;
                writeln!(out, "(not there any more)")?;
            }
        }
    }
    ensure!(!evidences.is_empty(), "the alert names no evidence");
    Ok(if gone == 0 { Exit::Done } else { Exit::Incomplete })
}

fn place(origin: &Value) -> String {
    match (origin["file"].as_str(), origin["topic"].as_str()) {
        (Some(file), _) => format!("{}:{}", plain(file), origin["line"]),
        (_, Some(topic)) => format!("{}/{}@{}", plain(topic), origin["partition"], origin["offset"]),
        _ => "nowhere".to_owned(),
    }
}

// === files ===

/// The last revision of the alert in a file of JSON lines.
fn from_file(path: &Path, uid: &str) -> Result<Value> {
    let file = File::open(path).with_context(|| format!("failed to read {}", path.display()))?;
    let mut found = Found::new(uid);
    for line in BufReader::new(file).lines() {
        let line = line.with_context(|| format!("failed to read {}", path.display()))?;
        // A cheap look before the dear one: most lines are other alerts.
        if line.contains(uid)
            && let Ok(body) = serde_json::from_str(&line)
        {
            found.look(body);
        }
    }
    found.alert().with_context(|| format!("no alert {uid} in {}", path.display()))
}

fn file_record(origin: &Value) -> Result<Option<Vec<u8>>> {
    let (Some(file), Some(wanted)) = (origin["file"].as_str(), origin["line"].as_u64()) else { return Ok(None) };
    let Ok(mut reader) = replay::open(&PathBuf::from(file), Limits::default()) else { return Ok(None) };
    let mut value = Vec::new();
    loop {
        match reader.next(&mut value) {
            Ok(Some(line)) if line == wanted => return Ok(Some(value)),
            Ok(Some(_)) | Err(replay::ReadError::Record { .. }) => {}
            Ok(None) | Err(replay::ReadError::Rest(_)) => return Ok(None),
        }
    }
}

// === Kafka ===

/// The last revision of the alert on the alert topic.
fn from_kafka(config: &kafka::Config, uid: &str) -> Result<Value> {
    let reader = kafka::connect(config, &Shutdown::default())?;
    let uncommitted = kafka::reader(config, Isolation::Uncommitted)?;
    let topic = config.topic("alerts");
    let partitions = raw_partitions(&reader, std::slice::from_ref(&topic))?;
    let mut found = Found::new(uid);
    for partition in 0..i32::try_from(partitions.first().copied().unwrap_or_default())? {
        read_all(config, &uncommitted, (&topic, partition), |key, value| {
            if key.starts_with(uid.as_bytes())
                && let Some(Ok(body)) = value.map(serde_json::from_slice)
            {
                found.look(body);
            }
        })?;
    }
    found.alert().with_context(|| format!("no alert {uid} on {topic}"))
}

fn kafka_record(fetch: &Fetch, origin: &Value) -> Result<Option<Vec<u8>>> {
    let (Some(topic), Some(partition), Some(offset)) =
        (origin["topic"].as_str(), origin["partition"].as_i64(), origin["offset"].as_i64())
    else {
        return Ok(None);
    };
    Ok(fetch.value(topic, i32::try_from(partition)?, offset)?)
}

/// The alert whose uid begins as asked, if there is one alone.
struct Found<'a> {
    uid: &'a str,
    last: Option<Value>,
    others: bool,
}

// === impl Found ===

impl<'a> Found<'a> {
    fn new(uid: &'a str) -> Self {
        Self { uid, last: None, others: false }
    }

    fn look(&mut self, body: Value) {
        let uid = |body: &Value| body["finding_info"]["uid"].as_str().unwrap_or_default().to_owned();
        if uid(&body).starts_with(self.uid) {
            self.others |= self.last.as_ref().is_some_and(|last| uid(last) != uid(&body));
            self.last = Some(body);
        }
    }

    fn alert(self) -> Result<Value> {
        ensure!(!self.others, "several alerts begin with {}: give more of the uid", self.uid);
        self.last.context("there is none")
    }
}
