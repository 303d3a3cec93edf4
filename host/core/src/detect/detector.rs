//! The seam to a detector: whoever runs it (a WebAssembly engine, a native harness, a script in a test) stands behind it.

use std::time::Duration;

use crate::contract::{Call, Outcome};

/// A configured detector, ready to judge. It belongs to one worker and is called from its thread alone.
///
/// It is a pure function: all memory travels in the call. After a fault the implementation makes its instance anew
/// before the next call, so that nothing of the failed one is left.
pub trait Detector {
    /// Judges one call.
    fn evaluate(&mut self, call: Call) -> Evaluated;

    /// Throws the instance away; the next call meets a fresh one.
    fn renew(&mut self);
}

/// What became of one call.
#[derive(Clone, Debug)]
pub struct Evaluated {
    pub outcome: Result<Outcome, Fault>,
    /// CPU time of the thread that the call took.
    pub cpu: Duration,
}

/// Why a call failed. States stay as they were before it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The instance could not be made or configured.
    #[error("could not be started: {0}")]
    Start(String),
    /// The code stopped itself.
    #[error("trapped: {0}")]
    Trap(String),
    /// The CPU time of a call was spent.
    #[error("spent its time: {0}")]
    OutOfTime(String),
    /// The memory of an instance was spent.
    #[error("asked for too much memory: {0}")]
    OutOfMemory(String),
    /// The detector itself answered with an error.
    #[error("refused the rows: {0}")]
    Refused(String),
    /// The answer breaks the contract or its limits.
    #[error("answered against the contract: {0}")]
    BadOutput(String),
}

// === impl Fault ===

impl Fault {
    /// Every word of [`Fault::label`].
    pub const LABELS: [&'static str; 6] = ["start", "trap", "out-of-time", "out-of-memory", "refused", "bad-output"];

    /// A short word for metrics and dead letters, from a closed set.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Trap(_) => "trap",
            Self::OutOfTime(_) => "out-of-time",
            Self::OutOfMemory(_) => "out-of-memory",
            Self::Refused(_) => "refused",
            Self::BadOutput(_) => "bad-output",
        }
    }
}
