//! What comes of files, taken as it comes: alerts, dead letters, notes, blind spots.

use std::collections::BTreeMap;
use std::io::{self, Write};

use sekisho_core::model::{Origin, Time};
use sekisho_core::pipeline::{Coverage, DeadLetter, Explained, Interval, Remembered};
use sekisho_core::plan::Plan;
use sekisho_core::publish::Alert;
use serde_json::{Value, json};

use super::progress::Progress;
use super::screen::plain;
use crate::replay::Sink;

/// Gathers what people read at the end, and writes what machines read at once.
pub struct Gathered<'a> {
    /// Every revision, as JSON lines.
    pub revisions: Option<Box<dyn Write + 'a>>,
    pub dead_letters: Option<Box<dyn Write + 'a>>,
    pub notes: Option<Box<dyn Write + 'a>>,
    pub memory: Option<Box<dyn Write + 'a>>,
    pub progress: Option<Progress>,
    /// The last revision of each alert, as text: bodies are large and many.
    last: BTreeMap<String, Last>,
    /// The first dead letter of each reason.
    pub first_rejected: BTreeMap<String, String>,
    /// What detectors did not see, by detector and reason.
    pub blind: BTreeMap<(String, String), Blind>,
    /// Groups that detectors failed on: the first few.
    pub failures: Vec<String>,
}

/// What a detector did not see for one reason.
#[derive(Default)]
pub struct Blind {
    pub message: String,
    /// Rows by range, as they were told last.
    rows: BTreeMap<(u32, i64), u64>,
}

struct Last {
    stands: bool,
    since: i64,
    body: String,
}

/// Failures told one by one.
const TOLD: usize = 10;

// === impl Gathered ===

impl Gathered<'_> {
    pub fn new() -> Self {
        Self {
            revisions: None,
            dead_letters: None,
            notes: None,
            memory: None,
            progress: None,
            last: BTreeMap::new(),
            first_rejected: BTreeMap::new(),
            blind: BTreeMap::new(),
            failures: Vec::new(),
        }
    }

    /// The alerts that stand, as they stand at the end, in the order of their first evidence.
    pub fn standing(&self) -> Vec<Value> {
        let mut standing: Vec<_> = self.last.iter().filter(|(_, last)| last.stands).collect();
        standing.sort_by_key(|(uid, last)| (last.since, uid.as_str()));
        standing.into_iter().filter_map(|(_, last)| serde_json::from_str(&last.body).ok()).collect()
    }

    /// How many alerts were taken back.
    pub fn retracted(&self) -> usize {
        self.last.values().filter(|last| !last.stands).count()
    }

    fn alert(&mut self, alert: &Alert) -> io::Result<()> {
        let body = alert.body.to_string();
        if let Some(out) = &mut self.revisions {
            writeln!(out, "{body}")?;
        }
        let stands = alert.body["unmapped"]["sekisho"]["change"] != "retracted";
        let since = alert.body["start_time"].as_i64().unwrap_or_default();
        self.last.insert(alert.uid.clone(), Last { stands, since, body });
        Ok(())
    }

    fn dead_letter(&mut self, letter: &DeadLetter, plan: &Plan) -> io::Result<()> {
        let place = letter.origins.first().map(|origin| place(origin, plan)).unwrap_or_default();
        match &letter.detector {
            Some(group) => {
                if self.failures.len() < TOLD {
                    let (detector, space, key) = (&group.detector, &group.key_space, group.key.join(", "));
                    let told = format!("{} on {space} [{}], first row {place}", letter.message, plain(&key));
                    self.failures.push(if letter.message.contains(detector.as_str()) {
                        told
                    } else {
                        format!("{detector} {told}")
                    });
                }
            }
            None => {
                let at = letter.at.map(|at| format!(", byte {at}")).unwrap_or_default();
                let first = || format!("first {place}{at}: {}", plain(&letter.message));
                self.first_rejected.entry(letter.reason.clone()).or_insert_with(first);
            }
        }
        let Some(out) = &mut self.dead_letters else { return Ok(()) };
        let origins: Vec<_> = letter.origins.iter().map(|origin| file_and_line(origin, plan)).collect();
        let group = letter.detector.as_ref();
        let line = json!({
            "reason": letter.reason, "message": letter.message, "origins": origins, "at": letter.at, "shape": letter.shape,
            "detector": group.map(|group| json!({"name": group.detector, "key_space": group.key_space, "key": group.key})),
            "length": letter.length, "value": String::from_utf8_lossy(&letter.value),
        });
        writeln!(out, "{line}")
    }

    fn note(&mut self, note: &Explained, plan: &Plan) -> io::Result<()> {
        let Some(out) = &mut self.notes else { return Ok(()) };
        let place = note.origin.as_ref().map(|origin| format!(" at {}", place(origin, plan))).unwrap_or_default();
        let key = plain(&note.key.join(", "));
        writeln!(out, "why {} {} [{key}]{place}: {}", note.detector, note.key_space, plain(&note.text))
    }

    fn blind(&mut self, gap: Coverage) {
        let blind = self.blind.entry((gap.detector, gap.reason)).or_default();
        blind.message = gap.message;
        blind.rows.insert((gap.shard.0, gap.from_offset), gap.rows);
    }
}

// === impl Blind ===

impl Blind {
    pub fn rows(&self) -> u64 {
        self.rows.values().sum()
    }
}

impl Sink for Gathered<'_> {
    fn interval(&mut self, interval: Interval, plan: &Plan) -> io::Result<()> {
        interval.notes.iter().try_for_each(|note| self.note(note, plan))?;
        interval.alerts.iter().try_for_each(|alert| self.alert(alert))?;
        interval.dead_letters.iter().try_for_each(|letter| self.dead_letter(letter, plan))?;
        interval.coverage.into_iter().for_each(|gap| self.blind(gap));
        Ok(())
    }

    fn remembered(&mut self, at: Time, remembered: &[Remembered]) -> io::Result<()> {
        let Some(out) = &mut self.memory else { return Ok(()) };
        remembered.iter().try_for_each(|of| {
            let line = json!({
                "time": at.millis(), "detector": of.detector, "key_space": of.key_space, "keys": of.sizes.len(),
                "bytes": of.sizes.iter().sum::<usize>(), "median": of.median(),
                "largest": of.sizes.last().copied().unwrap_or_default(),
            });
            writeln!(out, "{line}")
        })
    }

    fn read(&mut self, bytes: usize) {
        if let Some(progress) = &mut self.progress {
            progress.read(bytes);
        }
    }
}

fn source<'p>(origin: &Origin, plan: &'p Plan) -> &'p str {
    plan.wants.sources.get(origin.source.0 as usize).map_or("", |source| &source.name)
}

fn place(origin: &Origin, plan: &Plan) -> String {
    format!("{}:{}", plain(source(origin, plan)), origin.offset)
}

fn file_and_line(origin: &Origin, plan: &Plan) -> Value {
    json!({"file": source(origin, plan), "line": origin.offset, "index": origin.index})
}
