//! publish: findings become alerts.
//!
//! A finding becomes a [`Draft`], the OCSF Detection Finding that tells it; [`record`] holds it against what the shard
//! remembers of the alert, and answers with the revision to publish. Revisions that are held back come out of
//! [`release`]. [`readable`] shows an alert to people.

mod attack;
mod draft;
mod evidence;
mod ledger;
mod observable;
mod revision;
mod seen;
mod subject;
#[cfg(test)]
mod tests;
mod text;
mod uid;

pub use attack::{ATTACK_VERSION, TECHNIQUES, Tactic, Technique};
pub use draft::{Context, Draft, Facts, MAX_ALERT_BYTES, MAX_ENTITIES, MAX_EVIDENCE, draft};
pub use ledger::{is_told, record, release};
pub use revision::{Decision, FOLD, Memory, canonical, tell};
pub use subject::Subject;
pub use text::{Look, readable};
pub use uid::{Identity, bucket_start};

use crate::contract::Change;

/// A published finding: one revision of an OCSF Detection Finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Derived from what it is about; the same in every run.
    pub uid: String,
    /// Counted from 1 by the shard that owns the key.
    pub revision: u32,
    /// What the revision says of the finding.
    pub change: Change,
    /// The OCSF object, whole.
    pub body: serde_json::Value,
}

// === impl Alert ===

impl Alert {
    /// `detector/rule`, with the detector's configured name.
    pub fn rule(&self) -> &str {
        self.body["finding_info"]["analytic"]["uid"].as_str().unwrap_or_default()
    }
}
