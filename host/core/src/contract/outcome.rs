//! What a detector answers: `outcome` and its parts.

use serde::{Deserialize, Serialize};

use super::{Extra, Severity, State};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub signals: Vec<Signal>,
    pub states: Vec<Kept>,
    /// Counter by position in the plan, and by how much it grew.
    pub counters: Vec<(u32, u64)>,
    pub notes: Vec<Note>,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub group: u32,
    pub rule: u32,
    pub since: i64,
    pub until: i64,
    pub change: Change,
    pub severity: Severity,
    /// 0 to 100.
    pub confidence: u8,
    pub title: String,
    pub description: String,
    pub entities: Vec<Entity>,
    pub figures: Vec<(String, i64)>,
    pub evidence: Vec<Evidence>,
    pub extra: Extra,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Stands,
    Closed,
    Retracted,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entity {
    pub kind: EntityKind,
    pub name: String,
    pub role: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    User,
    Host,
    Address,
    Domain,
    File,
    Process,
    Service,
    Session,
    Share,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub origin: u64,
    pub time: i64,
    pub role: String,
    pub seen: Vec<(String, String)>,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    pub kind: u32,
    pub group: u32,
    pub time: i64,
    pub origins: Vec<u64>,
    pub values: Vec<Option<Scalar>>,
    pub extra: Extra,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    Texts(Vec<String>),
    Integers(Vec<i64>),
}

/// The new memory of a group; none: forget the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub group: u32,
    pub state: Option<State>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub group: u32,
    pub origin: Option<u64>,
    pub text: String,
}
