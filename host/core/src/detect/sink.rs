//! Where judgements go, and what a judgement may look at.

use super::Fault;
use super::late::Late;
use crate::contract::{Finding, Signal};
use crate::exchange::OriginTable;
use crate::model::Origin;
use crate::state::{StateKey, Store};
use crate::time::Watermarks;

/// The parts of a shard that calls read and change.
pub struct Memory<'a> {
    pub store: &'a mut Store,
    pub origins: &'a mut OriginTable,
    pub watermarks: &'a Watermarks,
}

/// Takes what detectors judge, in the order in which they judge it.
pub trait Sink {
    fn finding(&mut self, key: &StateKey, finding: Finding, memory: &mut Memory<'_>);
    fn signal(&mut self, key: &StateKey, signal: Signal, memory: &mut Memory<'_>);
    fn counted(&mut self, detector: u16, counter: u32, by: u64);
    /// A row came too late; it is judged all the same.
    fn late(&mut self, row: &Late<'_>);
    fn note(&mut self, key: &StateKey, origin: Option<Origin>, text: String);
    /// A detector failed on one group; its rows go to the dead-letter topic for that detector.
    fn quarantined(&mut self, key: &StateKey, origins: Vec<Origin>, fault: &Fault, state_set_aside: bool);
}
