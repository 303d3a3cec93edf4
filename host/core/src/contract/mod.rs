//! The contract with a detector, as plain Rust: one type for each type of `wit/plugin.wit`, which documents them.
//!
//! The rest of the host speaks these; generated bindings are turned into them by [`crate::contract_bridge`] in the one
//! room that holds the bindings.

mod bridge;
mod call;
mod outcome;
mod plan;

pub use call::{Call, Column, Group, IntegersColumn, State, Table, TextColumn, TextsColumn, Values, bit};
pub use outcome::{Change, Entity, EntityKind, Evidence, Finding, Kept, Note, Outcome, Scalar, Signal};
pub use plan::{
    Condition, DetectorPlan, Field, Identity, Judged, KeySpace, Kind, Problem, Rule, Severity, SignalType,
    Subscription, Technique, Test,
};

/// Room for growth of the contract: names that a reader does not know are ignored.
pub type Extra = Vec<(String, String)>;

/// At most this many rows come in one call.
pub const MAX_CALL_ROWS: usize = 4096;
/// At most this many bytes of columns come in one call.
pub const MAX_CALL_BYTES: usize = 4 << 20;
/// The bytes of a text field that does not say otherwise.
pub const DEFAULT_TEXT_BYTES: u32 = 16 << 10;
/// An evidence shows at most this many values.
pub const MAX_SEEN: usize = 8;
/// A rule names at most this many techniques.
pub const MAX_TECHNIQUES: usize = 3;
