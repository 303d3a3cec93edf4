//! The coverage topic, read together: a range that is told again supersedes what was told of it, and what happens again and
//! again for one reason is one line.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::topic::Entry;

/// A range that a detector did not see, as it was told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub detector: String,
    pub shard: u32,
    pub reason: String,
    pub status: Status,
    pub message: String,
    /// Offsets of the exchange partition, both included.
    pub from: i64,
    pub to: i64,
    pub rows: u64,
    /// RFC 3339.
    pub since: Option<String>,
    pub raw: Vec<String>,
    /// Records that were drawn together.
    pub times: u64,
}

/// What became of a range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Open,
    #[default]
    Closed,
    Lost,
    Healed,
}

/// Gathers the records of the topic, in their order.
#[derive(Debug, Default)]
pub struct Gaps {
    gaps: BTreeMap<(String, u32, String, i64), Gap>,
}

/// A record of the topic.
#[derive(Deserialize)]
struct Told {
    detector: String,
    shard: u32,
    reason: String,
    #[serde(default)]
    status: Status,
    message: String,
    from_offset: i64,
    to_offset: i64,
    rows: u64,
    #[serde(default)]
    since: Option<String>,
    #[serde(default)]
    raw: Vec<Raw>,
}

#[derive(Deserialize)]
struct Raw {
    topic: String,
    partition: i32,
    from_offset: i64,
    to_offset: i64,
}

/// The reason whose ranges are told again as they grow, close and are healed. Every other is told once for each time.
const GROWS: &str = "suspended";

// === impl Status ===

impl Status {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Healed => "healed",
        }
    }

    /// As a number of ANSI: red, yellow, magenta, green.
    pub fn color(self) -> u8 {
        match self {
            Self::Open => 31,
            Self::Closed => 33,
            Self::Lost => 35,
            Self::Healed => 32,
        }
    }
}

// === impl Gap ===

impl Gap {
    /// Whether its rows are still unseen.
    pub fn is_unseen(&self) -> bool {
        self.status != Status::Healed
    }

    /// Whether healing can give the detector what it missed.
    pub fn can_heal(&self) -> bool {
        self.reason == GROWS && matches!(self.status, Status::Open | Status::Closed)
    }

    pub fn place(&self, exchange: &str) -> String {
        let more = if self.status == Status::Open { "…" } else { "" };
        format!("{exchange}/{} {}–{}{more}", self.shard, self.from, self.to)
    }

    pub fn json(&self, exchange: &str) -> Value {
        json!({
            "detector": self.detector, "reason": self.reason, "status": self.status.label(), "topic": exchange,
            "partition": self.shard, "from_offset": self.from, "to_offset": self.to, "rows": self.rows,
            "since": self.since, "raw": self.raw, "times": self.times, "message": self.message,
        })
    }
}

// === impl Gaps ===

impl Gaps {
    pub fn take(&mut self, entry: &Entry) {
        let Ok(told) = serde_json::from_value::<Told>(entry.body.clone()) else { return };
        let grows = told.reason == GROWS;
        let key = (told.detector.clone(), told.shard, told.reason.clone(), if grows { told.from_offset } else { 0 });
        let since = told.since.or_else(|| entry.time.map(|time| time.to_string()));
        let raw = told.raw.iter().map(|raw| {
            let Raw { topic, partition, from_offset, to_offset } = raw;
            format!("{topic}/{partition} {from_offset}–{to_offset}")
        });
        let gap = Gap {
            detector: told.detector,
            shard: told.shard,
            reason: told.reason,
            status: told.status,
            message: told.message,
            from: told.from_offset,
            to: told.to_offset,
            rows: told.rows,
            since,
            raw: raw.collect(),
            times: 1,
        };
        match self.gaps.get_mut(&key) {
            None => {
                self.gaps.insert(key, gap);
            }
            Some(known) if grows => *known = Gap { since: known.since.clone(), ..gap },
            Some(known) => {
                (known.from, known.to) = (known.from.min(gap.from), known.to.max(gap.to));
                known.rows += gap.rows;
                known.times += 1;
                known.message = gap.message;
            }
        }
    }

    /// All of them: open ones first, healed ones last, else by detector and place.
    pub fn finish(self) -> Vec<Gap> {
        let mut gaps: Vec<_> = self.gaps.into_values().collect();
        gaps.sort_by_key(|gap| gap.status);
        gaps
    }
}

#[cfg(test)]
mod tests {
    use sekisho_core::model::{ShardId, Time};
    use sekisho_core::pipeline::{self, Coverage};

    use super::*;

    fn entry(reason: &str, status: pipeline::Status, from: i64, to: i64, rows: u64) -> Entry {
        let gap = Coverage {
            detector: "zoo".to_owned(),
            shard: ShardId(2),
            reason: reason.to_owned(),
            message: "…".to_owned(),
            from_offset: from,
            to_offset: to,
            rows,
            status,
            since: None,
            raw: Vec::new(),
        };
        let body = serde_json::from_slice(&gap.to_json(&[])).unwrap();
        Entry { partition: 0, offset: 0, time: Some(Time(0)), key: gap.key(), body }
    }

    fn merged(entries: impl IntoIterator<Item = Entry>) -> Vec<(String, Status, i64, i64, u64)> {
        let mut gaps = Gaps::default();
        entries.into_iter().for_each(|entry| gaps.take(&entry));
        gaps.finish().into_iter().map(|gap| (gap.reason, gap.status, gap.from, gap.to, gap.rows)).collect()
    }

    #[test]
    fn what_is_told_of_a_suspension_again_supersedes_what_was() {
        use pipeline::Status::{Closed, Healed, Open};
        let told = [
            entry("suspended", Open, 5, 5, 10),
            entry("suspended", Open, 5, 9, 40),
            entry("suspended", Closed, 5, 12, 60),
            entry("suspended", Open, 20, 20, 3),
            entry("suspended", Healed, 5, 12, 60),
        ];
        let expected =
            [("suspended".to_owned(), Status::Open, 20, 20, 3), ("suspended".to_owned(), Status::Healed, 5, 12, 60)];
        assert_eq!(merged(told), expected);
    }

    #[test]
    fn what_happens_again_and_again_for_one_reason_is_one_range() {
        let closed = pipeline::Status::Closed;
        let told = [entry("evicted", closed, 5, 6, 1), entry("evicted", closed, 8, 9, 2)];
        assert_eq!(merged(told), [("evicted".to_owned(), Status::Closed, 5, 9, 3)]);
    }
}
