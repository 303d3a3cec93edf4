//! What a detector is and what it wants: `identity`, `plan` and their parts.

use serde::{Deserialize, Serialize};

use super::Extra;

/// What `describe` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub id: String,
    pub version: String,
    pub title: String,
    pub settings_schema: String,
    pub extra: Extra,
}

/// What `configure` answers: `plan` of the contract, named apart from the pipeline's union [`crate::plan::Plan`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectorPlan {
    pub rules: Vec<Rule>,
    pub key_spaces: Vec<KeySpace>,
    pub subscriptions: Vec<Subscription>,
    pub signals: Vec<SignalType>,
    pub counters: Vec<String>,
    pub state_version: u32,
    pub readable_versions: Vec<u32>,
    /// Bytes.
    pub memory: u64,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub id: String,
    pub key_space: u32,
    pub title: String,
    pub severity: Severity,
    /// 0 to 100.
    pub confidence: u8,
    pub techniques: Vec<Technique>,
    pub judged: Judged,
    /// Nanoseconds.
    pub bucket: u64,
    pub advice: String,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    pub id: String,
    pub shown_by: String,
}

/// As in OCSF, 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Informational = 1,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Judged {
    Immediate,
    Settled,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySpace {
    pub name: String,
    pub parts: u8,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub source: String,
    pub key_space: u32,
    pub key: Vec<String>,
    pub fields: Vec<Field>,
    /// Any of all of; empty: every row.
    #[serde(rename = "where")]
    pub where_: Vec<Vec<Condition>>,
    /// Nanoseconds.
    pub lateness: u64,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub path: String,
    pub kind: Kind,
    /// 0: [`super::DEFAULT_TEXT_BYTES`].
    pub max_bytes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Integer,
    Real,
    Boolean,
    Texts,
    Integers,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    pub path: String,
    pub negated: bool,
    pub test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    Present,
    OneOf(Vec<String>),
    Prefix(Vec<String>),
    Suffix(Vec<String>),
    Contains(Vec<String>),
    Equals(Vec<i64>),
    Between((i64, i64)),
    Mask(i64),
    Zone(Vec<String>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalType {
    pub name: String,
    pub key_space: u32,
    pub fields: Vec<Field>,
    pub extra: Extra,
}

/// Something wrong with the settings, and where (a JSON pointer).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub at: String,
    pub message: String,
}
