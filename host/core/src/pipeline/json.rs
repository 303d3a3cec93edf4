//! Dead letters, coverage and late rows as JSON, as they stand on their topics.

use serde_json::{Map, Value, json};

use super::interval::{Coverage, DeadLetter, LateRow};
use crate::model::{Origin, ShardId, SourceId};
use crate::plan::SourceSpec;

// === impl DeadLetter ===

impl DeadLetter {
    /// The letter as JSON text of at most `limit` bytes: of a record that would be too long, the head is kept, and of
    /// many origins the first ones. `sources` are the plan's.
    ///
    /// ```json
    /// {"reason": "not-json", "message": "…", "at": 17, "shape": "winlogbeat",
    ///  "origins": [{"topic": "logs", "partition": 0, "offset": 42, "index": 0}],
    ///  "record": {"length": 99, "sha256": "…", "text": "…"}}
    /// ```
    ///
    /// A record that is not UTF-8 is `hex` instead of `text`; `"cut": true` says that there was more of it.
    pub fn to_json(&self, sources: &[SourceSpec], limit: usize) -> Vec<u8> {
        let (mut head, mut origins) = (self.value.len(), self.origins.len());
        loop {
            let text = self.json(sources, head, origins).to_string().into_bytes();
            if text.len() <= limit || (head == 0 && origins <= 1) {
                return text;
            }
            if head > 0 {
                head /= 2;
            } else {
                origins = (origins / 2).max(1);
            }
        }
    }

    fn json(&self, sources: &[SourceSpec], head: usize, origins: usize) -> Value {
        let mut letter = Map::new();
        letter.insert("reason".to_owned(), json!(self.reason));
        letter.insert("message".to_owned(), json!(self.message));
        if let Some(at) = self.at {
            letter.insert("at".to_owned(), json!(at));
        }
        if let Some(shape) = &self.shape {
            letter.insert("shape".to_owned(), json!(shape));
        }
        let places: Vec<_> = self.origins.iter().take(origins).map(|origin| place(sources, origin)).collect();
        letter.insert("origins".to_owned(), json!(places));
        if origins < self.origins.len() {
            letter.insert("origins_in_all".to_owned(), json!(self.origins.len()));
        }
        if let Some(detector) = &self.detector {
            let key = &detector.key;
            letter.insert(
                "detector".to_owned(),
                json!({"name": detector.detector, "key_space": detector.key_space, "key": key, "shard": detector.shard.0}),
            );
        } else {
            letter.insert("record".to_owned(), self.record(head));
        }
        Value::Object(letter)
    }

    fn record(&self, head: usize) -> Value {
        let mut record = Map::new();
        record.insert("length".to_owned(), json!(self.length));
        if let Some(digest) = self.digest {
            record.insert("sha256".to_owned(), json!(digest.to_string()));
        }
        let (form, shown) = shown(&self.value[..head]);
        record.insert(form.to_owned(), json!(shown));
        if head < self.length {
            record.insert("cut".to_owned(), json!(true));
        }
        Value::Object(record)
    }
}

/// Bytes as text where they are text, up to a character that the cut went through.
fn shown(bytes: &[u8]) -> (&'static str, String) {
    match std::str::from_utf8(bytes) {
        Ok(text) => ("text", text.to_owned()),
        Err(error) if error.error_len().is_none() => {
            ("text", String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned())
        }
        Err(_) => ("hex", bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
    }
}

fn topic(sources: &[SourceSpec], source: SourceId) -> &str {
    sources.get(source.0 as usize).map_or("", |source| source.name.as_str())
}

fn place(sources: &[SourceSpec], origin: &Origin) -> Value {
    let topic = topic(sources, origin.source);
    json!({"topic": topic, "partition": origin.partition, "offset": origin.offset, "index": origin.index})
}

// === impl Coverage ===

impl Coverage {
    /// The gap as JSON text. `sources` are the plan's.
    ///
    /// ```json
    /// {"detector": "exfiltration", "shard": 3, "reason": "suspended", "status": "open", "message": "…",
    ///  "from_offset": 10, "to_offset": 12, "rows": 640, "since": "2026-01-20T09:00:00Z",
    ///  "raw": [{"topic": "logs", "partition": 0, "from_offset": 812, "to_offset": 1475}]}
    /// ```
    pub fn to_json(&self, sources: &[SourceSpec]) -> Vec<u8> {
        let ShardId(shard) = self.shard;
        let raw: Vec<_> = self
            .raw
            .iter()
            .map(|(from, first, last)| {
                let topic = topic(sources, from.source);
                json!({"topic": topic, "partition": from.partition, "from_offset": first, "to_offset": last})
            })
            .collect();
        json!({
            "detector": self.detector,
            "shard": shard,
            "reason": self.reason,
            "status": self.status.label(),
            "message": self.message,
            "from_offset": self.from_offset,
            "to_offset": self.to_offset,
            "rows": self.rows,
            "since": self.since.map(|since| since.to_string()),
            "raw": raw,
        })
        .to_string()
        .into_bytes()
    }

    /// The record's key: one gap's tellings stay in order.
    pub fn key(&self) -> String {
        format!("{}/{}", self.detector, self.shard.0)
    }
}

// === impl LateRow ===

/// Origins that a copy names, and bytes of its key that it shows: both far above what ordinary rows have.
const LATE_ORIGINS: usize = 64;
const LATE_KEY_BYTES: usize = 4 << 10;

impl LateRow {
    /// The copy as JSON text, of at most some 48 KiB. `sources` are the plan's.
    ///
    /// ```json
    /// {"detector": "exfiltration", "key_space": "source", "key": ["10.2.4.11"], "source": "network_activity",
    ///  "time": "2026-04-08T13:47:02Z", "watermark": "2026-04-08T14:00:00Z", "behind_seconds": 778.0,
    ///  "origins": [{"topic": "logs", "partition": 0, "offset": 42, "index": 0}]}
    /// ```
    pub fn to_json(&self, sources: &[SourceSpec]) -> Vec<u8> {
        let most = LATE_KEY_BYTES / self.key.len().max(1);
        let key: Vec<_> = self.key.iter().map(|part| crate::exchange::cut(part, most)).collect();
        let origins = self.origins.iter().take(LATE_ORIGINS).map(|origin| place(sources, origin));
        json!({
            "detector": self.detector,
            "key_space": self.key_space,
            "key": key,
            "source": self.source,
            "time": self.time.to_string(),
            "watermark": self.watermark.to_string(),
            "behind_seconds": self.watermark.0.saturating_sub(self.time.0) as f64 / 1e9,
            "origins": origins.collect::<Vec<_>>(),
        })
        .to_string()
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(value: &[u8]) -> DeadLetter {
        DeadLetter {
            origins: vec![Origin { offset: 42, ..Origin::default() }],
            reason: "not-json".to_owned(),
            message: "is not JSON".to_owned(),
            at: Some(1),
            shape: None,
            detector: None,
            value: value.to_vec(),
            length: value.len(),
            digest: None,
        }
    }

    fn sources() -> Vec<SourceSpec> {
        vec![SourceSpec { name: "logs".to_owned(), partitions: 1 }]
    }

    #[test]
    fn a_letter_names_the_place_of_its_record() {
        let json: Value = serde_json::from_slice(&letter(b"{oops").to_json(&sources(), 10_000)).unwrap();
        assert_eq!(json["origins"][0]["topic"], "logs");
        assert_eq!(json["origins"][0]["offset"], 42);
        assert_eq!(json["record"]["text"], "{oops");
    }

    #[test]
    fn a_letter_never_exceeds_its_limit_however_its_bytes_are_escaped() {
        for value in [vec![0; 100_000], "é".repeat(50_000).into_bytes(), vec![0xff; 100_000]] {
            let text = letter(&value).to_json(&sources(), 5_000);
            assert!(text.len() <= 5_000, "{}", text.len());
            let json: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!((&json["record"]["cut"], &json["record"]["length"]), (&json!(true), &json!(100_000)));
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_hexadecimal_digits() {
        let json: Value = serde_json::from_slice(&letter(&[0xff, 0x00, b'a']).to_json(&sources(), 10_000)).unwrap();
        assert_eq!(json["record"]["hex"], "ff0061");
    }
}
