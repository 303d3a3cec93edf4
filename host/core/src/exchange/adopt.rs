//! Frames that were written under another plan: what of them the present plan's subscriptions can read.
//!
//! A subscription reads a frame of another plan only where that plan held the same subscription of the same detector:
//! then every field that it asks for was extracted and every condition was put. Anything else would turn "was not asked
//! for" into "did not happen"; such a range is told, not guessed.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, UInt64Array, new_null_array};

use super::layout::{FIXED, Layout, column};
use super::{FrameError, Section};
use crate::plan::{Plan, Reader, Source, Stream};

/// What the present plan makes of frames of another.
#[derive(Debug)]
pub struct Adoption {
    /// For each stream of the other plan, the streams of this one that read it.
    lanes: Vec<Vec<Lane>>,
    /// Detectors with a subscription that frames of the other plan don't cover.
    uncovered: BTreeSet<usize>,
}

#[derive(Debug)]
struct Lane {
    stream: usize,
    /// For each column of this plan's stream, the other's.
    columns: Vec<Option<usize>>,
    /// Bits of readers: the other's and this plan's.
    readers: Vec<(usize, usize)>,
}

// === impl Adoption ===

impl Adoption {
    pub fn new(other: &Plan, plan: &Plan) -> Self {
        let mut lanes: Vec<Vec<Lane>> = other.streams.iter().map(|_| Vec::new()).collect();
        let mut uncovered = BTreeSet::new();
        for (at, stream) in plan.streams.iter().enumerate() {
            for (bit, reader) in stream.readers.iter().enumerate() {
                let Some((from, from_bit)) = same_reader(other, plan, stream, reader) else {
                    uncovered.insert(reader.detector);
                    continue;
                };
                let lane = match lanes[from].iter_mut().find(|lane| lane.stream == at) {
                    Some(lane) => lane,
                    None => {
                        let columns = columns(&other.streams[from], stream);
                        lanes[from].push(Lane { stream: at, columns, readers: Vec::new() });
                        let last = lanes[from].len() - 1;
                        &mut lanes[from][last]
                    }
                };
                lane.readers.push((from_bit, bit));
            }
        }
        Self { lanes, uncovered }
    }

    /// Detectors, by position in this plan, that a frame of the other plan does not cover.
    pub fn uncovered(&self) -> impl Iterator<Item = usize> {
        self.uncovered.iter().copied()
    }

    /// The rows of a section, as this plan's streams hold them.
    pub fn section(&self, section: &Section, layout: &Layout) -> Result<Vec<Section>, FrameError> {
        let lanes = self.lanes.get(section.stream).ok_or(FrameError::UnknownStream(section.stream))?;
        lanes.iter().map(|lane| lane.section(section, layout)).collect()
    }
}

// === impl Lane ===

impl Lane {
    fn section(&self, section: &Section, layout: &Layout) -> Result<Section, FrameError> {
        let batch = &section.batch;
        let schema = layout.schema(self.stream).ok_or(FrameError::UnknownStream(self.stream))?;
        let mut arrays: Vec<ArrayRef> = batch.columns()[..FIXED].to_vec();
        let readers = batch.column(column::READERS).as_primitive::<UInt64Type>().values();
        let moved = readers
            .iter()
            .map(|mask| self.readers.iter().fold(0, |moved, (from, to)| moved | (mask >> from & 1) << to));
        arrays[column::READERS] = Arc::new(UInt64Array::from_iter_values(moved));
        for (at, from) in self.columns.iter().enumerate() {
            arrays.push(match from {
                Some(from) => batch.column(FIXED + from).clone(),
                None => new_null_array(schema.field(FIXED + at).data_type(), batch.num_rows()),
            });
        }
        let batch =
            RecordBatch::try_new(schema.clone(), arrays).map_err(|error| FrameError::Section(error.to_string()))?;
        Ok(Section { stream: self.stream, batch })
    }
}

fn columns(from: &Stream, to: &Stream) -> Vec<Option<usize>> {
    let find = |path: &str, kind| from.columns.iter().position(|column| column.path == path && column.kind == kind);
    to.columns.iter().map(|column| find(&column.path, column.kind)).collect()
}

/// The stream and bit under which the other plan held the same subscription of the same detector.
fn same_reader(other: &Plan, plan: &Plan, stream: &Stream, reader: &Reader) -> Option<(usize, usize)> {
    let detector = &plan.wants.detectors[reader.detector];
    let subscription = &detector.plan.subscriptions[reader.subscription];
    other.streams.iter().enumerate().find_map(|(at, from)| {
        if !same_source(other, &from.source, plan, &stream.source) {
            return None;
        }
        let same = |candidate: &Reader| {
            let known = &other.wants.detectors[candidate.detector];
            known.name == detector.name && known.plan.subscriptions[candidate.subscription] == *subscription
        };
        from.readers.iter().position(same).map(|bit| (at, bit))
    })
}

fn same_source(other: &Plan, from: &Source, plan: &Plan, to: &Source) -> bool {
    let name = |plan: &'_ Plan, detector: usize| plan.wants.detectors[detector].name.clone();
    match (from, to) {
        (Source::Class(from), Source::Class(to)) => from == to,
        (Source::Finding(from), Source::Finding(to)) => name(other, *from) == name(plan, *to),
        (Source::Signal(from, a), Source::Signal(to, b)) => {
            let signals = (&other.wants.detectors[*from].plan.signals[*a], &plan.wants.detectors[*to].plan.signals[*b]);
            name(other, *from) == name(plan, *to) && signals.0 == signals.1
        }
        _ => false,
    }
}
