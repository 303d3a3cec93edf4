//! What a run left behind, as a reader of committed records sees it.

use std::collections::BTreeMap;

use serde_json::Value;

/// A record of the alert topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// Of the alert.
    pub uid: String,
    /// From 1.
    pub revision: u64,
    /// The whole.
    pub body: Value,
}

/// All that a run is judged by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// In the order of the topic.
    pub alerts: Vec<Revision>,
    /// Dead letters: where the record stands, and why.
    pub letters: Vec<String>,
    /// What the changelog holds in the end, by partition and key. `meta` records are of one run, and left out.
    pub states: BTreeMap<(i32, Vec<u8>), Vec<u8>>,
}
