//! Revisions of an alert: what is told at once, what is folded into the next revision, what says nothing new.
//!
//! A fold saves the analyst from a revision for every row. It never hides news: an entity or a technique that no
//! revision has told, a higher severity, a figure that has doubled, a closing and a retraction are published at once.
//! What is folded is released in event time, so a replay folds as the live run did, and at the end of time.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Alert;
use super::draft::{Draft, Facts};
use crate::bytes::{CodecError, Reader, Writer};
use crate::contract::Change;
use crate::model::Time;

/// A revision without news waits until the watermark is this far past the last one: long enough that a burst is one
/// revision, short enough that an analyst who has the alert open sees it grow.
pub const FOLD: i64 = 5 * Time::MINUTE;

const VERSION: u8 = 1;

/// What the shard remembers of an alert between its revisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// Of the last revision, from 1.
    pub revision: u32,
    /// What the last revision said.
    pub change: Change,
    facts: Facts,
    body: Value,
    /// Where the fold is counted from.
    told_at: Time,
    held: Option<Held>,
    /// Fingerprint of the finding that was told last, published or not.
    last: u64,
    /// How often a revision was folded since the last.
    folded: u64,
    /// When it may be forgotten.
    pub keep: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    facts: Facts,
    body: Value,
}

/// What follows from a finding for what is published.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Publish(Alert),
    /// It waits for [`Memory::release_at`].
    Hold,
    /// It says what the last revision said.
    Nothing,
}

/// Decides what a finding is to the alert that it belongs to. The memory is what the shard keeps from now on.
pub fn tell(memory: Option<Memory>, draft: Draft, watermark: Time) -> (Option<Memory>, Decision) {
    match memory {
        None if draft.change == Change::Retracted => (None, Decision::Nothing),
        None => {
            let (memory, alert) = publish(None, draft, watermark);
            (Some(memory), Decision::Publish(alert))
        }
        Some(memory) => {
            let (memory, decision) = memory.tell(draft, watermark);
            (Some(memory), decision)
        }
    }
}

// === impl Memory ===

impl Memory {
    fn tell(mut self, mut draft: Draft, watermark: Time) -> (Self, Decision) {
        self.keep = self.keep.max(draft.keep);
        self.last = draft.fingerprint;
        if draft.change == Change::Retracted {
            if self.change == Change::Retracted {
                return (self, Decision::Nothing);
            }
            // What is taken back is what was told.
            draft.body = self.body.clone();
            draft.facts = self.facts.clone();
        } else if draft.change == self.change {
            if canonical(&draft.body) == canonical(&self.body) {
                self.held = None;
                return (self, Decision::Nothing);
            }
            if draft.change == Change::Stands && !is_news(&self.facts, &draft.facts) && watermark < self.fold_end() {
                self.held = Some(Held { facts: draft.facts, body: draft.body });
                self.folded += 1;
                return (self, Decision::Hold);
            }
        }
        let (memory, alert) = publish(Some(self), draft, watermark);
        (memory, Decision::Publish(alert))
    }

    /// Publishes what is held, if the watermark has reached its time.
    pub fn release(self, uid: &str, watermark: Time) -> (Self, Option<Alert>) {
        if self.release_at().is_none_or(|time| watermark < time) {
            return (self, None);
        }
        let mut memory = self;
        let Some(Held { facts, body }) = memory.held.take() else { return (memory, None) };
        let draft = Draft {
            uid: uid.to_owned(),
            fingerprint: memory.last,
            change: Change::Stands,
            until: memory.told_at,
            keep: memory.keep,
            facts,
            body,
            reason: None,
        };
        let (memory, alert) = publish(Some(memory), draft, watermark);
        (memory, Some(alert))
    }

    fn fold_end(&self) -> Time {
        self.told_at.plus(FOLD)
    }

    /// When the revision that is held may be published; none: none is held.
    pub fn release_at(&self) -> Option<Time> {
        self.held.as_ref().map(|_| self.fold_end())
    }

    /// The alert was neither closed nor retracted.
    pub fn is_open(&self) -> bool {
        self.change == Change::Stands
    }

    /// A version byte, the fingerprint of the finding that was told last, and JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::versioned(VERSION);
        out.i64(self.last as i64);
        // Maps with text keys, numbers and texts: nothing that JSON can't say.
        out.raw(json!(self).to_string().as_bytes());
        out.finish()
    }

    /// The fingerprint of the finding that was told last, read without the rest.
    pub fn last_of(bytes: &[u8]) -> Option<u64> {
        Some(Reader::versioned(bytes, VERSION).ok()?.i64().ok()? as u64)
    }

    /// # Errors
    /// The bytes are not what [`Memory::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::versioned(bytes, VERSION)?;
        reader.i64()?;
        let json = reader.remainder();
        serde_json::from_slice(json).map_err(|_| reader.invalid("a memory of an alert that is not its json"))
    }
}

/// Whether a finding says what no revision said: it must not wait.
fn is_news(told: &Facts, new: &Facts) -> bool {
    let grown = |(name, figure): (&String, &i64)| match told.figures.get(name) {
        Some(before) if *before > 0 => *figure >= before.saturating_mul(2),
        Some(before) => figure > before,
        None => *figure != 0,
    };
    new.severity > told.severity
        || !new.entities.is_subset(&told.entities)
        || !new.techniques.is_subset(&told.techniques)
        || new.figures.iter().any(grown)
}

fn publish(memory: Option<Memory>, draft: Draft, watermark: Time) -> (Memory, Alert) {
    let (revision, folded) =
        memory.as_ref().map_or((1, 0), |memory| (memory.revision.saturating_add(1), memory.folded));
    let mut facts = draft.facts;
    if let Some(memory) = memory {
        // An entity that was told once is not new when it comes back.
        facts.entities.extend(memory.facts.entities);
        facts.techniques.extend(memory.facts.techniques);
    }
    let body = finish(draft.body.clone(), &draft.uid, revision, draft.change, draft.reason, folded);
    let told_at = if watermark == Time::MIN { draft.until } else { watermark };
    let memory = Memory {
        revision,
        change: draft.change,
        facts,
        body: draft.body,
        told_at,
        held: None,
        last: draft.fingerprint,
        folded: 0,
        keep: draft.keep,
    };
    (memory, Alert { uid: draft.uid, revision, change: draft.change, body })
}

/// Adds what the life of the alert decides: activity, status and revision.
fn finish(mut body: Value, uid: &str, revision: u32, change: Change, reason: Option<String>, folded: u64) -> Value {
    let (activity_id, activity) = match (change, revision) {
        (Change::Closed | Change::Retracted, _) => (3, "Close"),
        (Change::Stands, 1) => (1, "Create"),
        (Change::Stands, _) => (2, "Update"),
    };
    let (status_id, status) = match change {
        Change::Stands => (1, "New"),
        Change::Closed => (4, "Resolved"),
        Change::Retracted => (99, "Retracted"),
    };
    body["activity_id"] = json!(activity_id);
    body["activity_name"] = json!(activity);
    body["type_uid"] = json!(200_400 + activity_id);
    body["type_name"] = json!(format!("Detection Finding: {activity}"));
    body["status_id"] = json!(status_id);
    body["status"] = json!(status);
    body["metadata"]["uid"] = json!(format!("{uid}:{revision}"));
    body["unmapped"]["sekisho"]["revision"] = json!(revision);
    body["unmapped"]["sekisho"]["change"] = json!(change);
    if folded > 0 {
        body["unmapped"]["sekisho"]["folded"] = json!(folded);
    }
    let default = match change {
        Change::Stands => return body,
        Change::Closed => "it is over",
        Change::Retracted => "later rows showed that it does not stand",
    };
    body["status_detail"] = json!(reason.as_deref().unwrap_or(default));
    body
}

/// What two runs over the same input must agree on: the body without how it came to be (activity, revision, folds) and
/// without origins, which name places of one run. It holds no processing times: an alert has none.
pub fn canonical(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(body) = body.as_object_mut() {
        for name in ["activity_id", "activity_name", "type_uid", "type_name"] {
            body.remove(name);
        }
    }
    let remove = |object: Option<&mut Value>, names: &[&str]| {
        if let Some(object) = object.and_then(Value::as_object_mut) {
            names.iter().for_each(|name| {
                object.remove(*name);
            });
        }
    };
    remove(body.get_mut("metadata"), &["uid"]);
    remove(body.pointer_mut("/unmapped/sekisho"), &["revision", "folded"]);
    if let Some(Value::Array(evidences)) = body.get_mut("evidences") {
        evidences.iter_mut().for_each(|evidence| remove(evidence.get_mut("data"), &["origin"]));
    }
    body
}
