//! A dead letter as it stands on its topic, and what was done with it since.

use std::collections::BTreeMap;

use sekisho_core::model::Digest;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::topic::Entry;
use crate::kafka::Bytes;

/// The key of a record that says what was done with a letter begins so; the letter's id follows.
const MARK: &str = "retried/";

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Partition and offset on the dead-letter topic: `0-42`.
    pub id: String,
    /// RFC 3339.
    pub time: String,
    pub reason: String,
    pub message: String,
    pub origins: Vec<Origin>,
    /// How many origins there were, where the letter names only the first.
    pub origins_in_all: Option<u64>,
    /// The group of a detector that failed on it; none: the record could not be decoded.
    pub group: Option<Group>,
    pub record: Option<Kept>,
    /// When it was retried last.
    pub retried: Option<String>,
    pub body: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Origin {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
    #[serde(default)]
    pub index: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    pub name: String,
    pub key_space: String,
    pub key: Vec<String>,
    #[serde(default)]
    pub shard: Option<u32>,
}

/// What the letter kept of the record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Kept {
    pub length: usize,
    #[serde(default)]
    pub sha256: Option<String>,
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub hex: Option<String>,
    #[serde(default)]
    pub cut: bool,
}

/// Gathers letters and what was done with them.
#[derive(Default)]
pub struct Letters {
    letters: Vec<Letter>,
    retried: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Body {
    reason: String,
    message: String,
    origins: Vec<Origin>,
    #[serde(default)]
    origins_in_all: Option<u64>,
    #[serde(default)]
    detector: Option<Group>,
    #[serde(default)]
    record: Option<Kept>,
}

// === impl Letters ===

impl Letters {
    pub fn take(&mut self, entry: Entry) {
        let time = entry.time.map_or_else(|| "-".to_owned(), |time| time.to_string());
        if let Some(id) = entry.key.strip_prefix(MARK) {
            self.retried.insert(id.to_owned(), time);
            return;
        }
        let Ok(body) = serde_json::from_value::<Body>(entry.body.clone()) else { return };
        self.letters.push(Letter {
            id: format!("{}-{}", entry.partition, entry.offset),
            time,
            reason: body.reason,
            message: body.message,
            origins: body.origins,
            origins_in_all: body.origins_in_all,
            group: body.detector,
            record: body.record,
            retried: None,
            body: entry.body,
        });
    }

    /// The letters, oldest first.
    pub fn finish(self) -> Vec<Letter> {
        let Self { mut letters, retried } = self;
        for letter in &mut letters {
            letter.retried = retried.get(&letter.id).cloned();
        }
        letters.sort_by(|a, b| (&a.time, &a.id).cmp(&(&b.time, &b.id)));
        letters
    }
}

// === impl Letter ===

impl Letter {
    /// Key and body of the record that says that it was retried.
    pub fn mark(&self, how: &str) -> (String, Vec<u8>) {
        (format!("{MARK}{}", self.id), json!({"retried": self.id, "how": how}).to_string().into_bytes())
    }

    /// Who could not judge it, or where it comes from.
    pub fn about(&self) -> String {
        match (&self.group, self.origins.first()) {
            (Some(group), _) => format!("{} {} [{}]", group.name, group.key_space, group.key.join(", ")),
            (None, Some(origin)) => origin.place(),
            (None, None) => "-".to_owned(),
        }
    }
}

// === impl Origin ===

impl Origin {
    pub fn place(&self) -> String {
        format!("{}/{}@{}", self.topic, self.partition, self.offset)
    }
}

// === impl Kept ===

impl Kept {
    /// The record's bytes, where the letter has all of them.
    pub fn whole(&self) -> Option<Vec<u8>> {
        let bytes = match (&self.text, &self.hex) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(hex)) => Bytes::Hex(hex.clone()).to_vec(),
            (None, None) => return None,
        };
        (!self.cut && self.is(&bytes)).then_some(bytes)
    }

    /// Whether these bytes are the record: a topic that was made anew gives its offsets again.
    pub fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() == self.length && self.sha256.as_ref().is_none_or(|digest| *digest == Digest::of(bytes).to_string())
    }
}

#[cfg(test)]
mod tests {
    use sekisho_core::model::{self, Time};
    use sekisho_core::pipeline::DeadLetter;
    use sekisho_core::plan::SourceSpec;

    use super::*;

    fn entry(offset: i64, value: &[u8]) -> Entry {
        let letter = DeadLetter {
            origins: vec![model::Origin { offset: 7, ..model::Origin::default() }],
            reason: "json".to_owned(),
            message: "…".to_owned(),
            at: None,
            shape: None,
            detector: None,
            value: value.to_vec(),
            length: value.len(),
            digest: Some(Digest::of(value)),
        };
        let sources = [SourceSpec { name: "logs".to_owned(), partitions: 1 }];
        let body = serde_json::from_slice(&letter.to_json(&sources, 10_000)).unwrap();
        Entry { partition: 0, offset, time: Some(Time(offset)), key: String::new(), body }
    }

    #[test]
    fn a_letter_gives_its_record_back_where_it_has_all_of_it() {
        for value in [b"{oops".to_vec(), vec![0xff, 0, 1]] {
            let mut letters = Letters::default();
            letters.take(entry(3, &value));
            let letter = letters.finish().remove(0);
            assert_eq!((letter.id.as_str(), letter.about().as_str()), ("0-3", "logs/0@7"));
            assert_eq!(letter.record.unwrap().whole(), Some(value));
        }
        let mut letters = Letters::default();
        letters.take(entry(3, &vec![b'x'; 50_000]));
        assert_eq!(letters.finish().remove(0).record.unwrap().whole(), None, "only the head fits a letter");
    }

    #[test]
    fn a_mark_says_that_a_letter_was_retried() {
        let mut letters = Letters::default();
        letters.take(entry(3, b"{"));
        letters.take(entry(4, b"{"));
        let (key, body) =
            Letters { letters: letters.letters.clone(), ..Letters::default() }.finish()[0].mark("produced");
        letters.take(Entry { key, body: serde_json::from_slice(&body).unwrap(), ..entry(9, b"") });
        let retried: Vec<_> = letters.finish().into_iter().map(|letter| letter.retried.is_some()).collect();
        assert_eq!(retried, [true, false]);
    }
}
