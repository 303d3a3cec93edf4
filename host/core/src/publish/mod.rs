//! publish: findings become alerts.

/// A published finding: one revision of an OCSF Detection Finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Derived from what it is about; the same in every run.
    pub uid: String,
    /// Counted from 1 by the shard that owns the key.
    pub revision: u32,
    /// The OCSF object, whole.
    pub body: serde_json::Value,
}
