//! What a shard remembers: a state with its use, the memory of an alert, a state set aside.

use super::StateKey;
use crate::contract::State;
use crate::model::Time;

/// The state of one key, and what eviction must know of its use.
///
/// Kept small (64 bytes beside the state's own): a shard holds millions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    bytes: Box<[u8]>,
    expires: i64,
    wake: i64,
    touched: Time,
    /// Under which time the agenda holds it; not later than its next deadline. `NEVER`: not at all.
    pub(super) filed: i64,
    version: u32,
    touches: u32,
    /// Failed calls since the last that went well.
    failures: u8,
}

/// Absent, in the compact fields. A deadline at the end of time is the end of time: it never comes before it.
pub(super) const NEVER: i64 = i64::MIN;

/// What is kept of an alert that was published, and when the shard must look at it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertMemory {
    /// The key whose group raised it.
    pub about: StateKey,
    /// It was neither closed nor retracted: its key's state is evicted last.
    pub open: bool,
    /// A revision is held back until the watermark of its key space reaches this.
    pub release: Option<Time>,
    /// When the watermark of its key space has passed this, it is forgotten.
    pub expires: Option<Time>,
    /// For the publisher; the store never looks inside.
    pub bytes: Vec<u8>,
}

/// A state that was taken out of use since calls with it kept failing; kept for whoever looks into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    pub state: State,
    pub touched: Time,
    pub touches: u32,
    /// Why the last call failed.
    pub reason: String,
}

// === impl Stored ===

impl Stored {
    pub(super) fn new(state: State, touched: Time, touches: u32) -> Self {
        Self {
            bytes: state.bytes.into_boxed_slice(),
            expires: state.expires.map_or(NEVER, |time| time.max(NEVER + 1)),
            wake: state.wake.map_or(NEVER, |time| time.max(NEVER + 1)),
            touched,
            filed: NEVER,
            version: state.version,
            touches,
            failures: 0,
        }
    }

    /// As it travels in a call.
    pub fn state(&self) -> State {
        State { version: self.version, bytes: self.bytes.to_vec(), expires: self.expires(), wake: self.wake() }
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn expires(&self) -> Option<i64> {
        (self.expires != NEVER).then_some(self.expires)
    }

    pub fn wake(&self) -> Option<i64> {
        (self.wake != NEVER).then_some(self.wake)
    }

    /// Event time of the latest row that touched it.
    pub fn touched(&self) -> Time {
        self.touched
    }

    /// How many rows touched it.
    pub fn touches(&self) -> u32 {
        self.touches
    }

    pub fn failures(&self) -> u8 {
        self.failures
    }

    pub(super) fn with_failures(mut self, failures: u8) -> Self {
        self.failures = failures;
        self
    }

    pub(super) fn without_wake(mut self) -> Self {
        self.wake = NEVER;
        self
    }

    /// When the store must look at it again: at its wake-up, which also keeps it alive, else when no row in time can ask
    /// for it any more.
    pub(super) fn deadline(&self, lateness: i64) -> Option<i64> {
        self.wake().or_else(|| self.expires().map(|time| time.saturating_add(lateness).max(NEVER + 1)))
    }
}
