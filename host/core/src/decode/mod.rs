//! Decoding: a record becomes zero or more events of OCSF classes, with the fields that somebody wants and no others.
//!
//! Decoders state facts; they never judge and remember nothing: the same record decodes the same wherever it is read.
//! A record shows its shape (how it is written) and thereby its dialect (a table that maps one product's log to OCSF, see
//! [`dialect`]); one pass over the text finds the wanted values. Texts in envelopes and items of packs are decoded as
//! records of their own. What can't be decoded is told with its reason and position. Nothing here panics on input.

mod answer;
mod compile;
pub mod dialect;
mod doc;
mod envelope;
mod flow;
mod json;
pub mod keyvalue;
mod message;
mod own;
mod raw;
mod read;
mod reader;
mod scan;
mod shapes;
pub mod syslog;
#[cfg(test)]
mod tests;
mod trie;
mod walk;
mod when;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

pub use answer::{DecodeConfigError, Decoded, ItemFault, Reason, Rejected, Shape, SourceSettings};

pub use doc::{known_fields, mapping_markdown};

use crate::enrich::Enricher;
use crate::model::{Event, EventHead, Record, Time, Values};
use crate::schema::Projection;
use read::{Found, Last, Told};
use reader::Readers;
use when::Clock;

/// Decodes records; one for each thread. It owns the wanted paths, compiled.
pub struct Decoder {
    readers: Readers,
    enricher: Arc<dyn Enricher>,
    sources: Vec<Source>,
    /// Wrong-kind values by place in the readers' paths.
    faults: Vec<u64>,
}

/// A source of records.
#[derive(Clone, Debug, Default)]
struct Source {
    shape: Option<Shape>,
    clock: Clock,
    /// The shapes that its last records had, tried first.
    last: Last,
}

// === impl Decoder ===

impl Decoder {
    /// A decoder of what the projection wants. `sources[i]` configures `SourceId(i)`; one that is missing has defaults.
    pub fn new(
        projection: &Projection,
        sources: Vec<SourceSettings>,
        enricher: Arc<dyn Enricher>,
    ) -> Result<Self, DecodeConfigError> {
        let readers = Readers::new(projection)?;
        let sources = sources.into_iter().enumerate().map(|(at, settings)| Source::new(at, settings));
        let faults = vec![0; readers.paths.len()];
        Ok(Self { readers, enricher, sources: sources.collect::<Result<_, _>>()?, faults })
    }

    /// Hands a record's events to `sink`, in the record's order. `fallback` is the time of an event that tells none, or
    /// one that can't be true: before 1990 or more than five minutes after the record's arrival.
    pub fn decode(
        &mut self,
        record: &Record<'_>,
        fallback: Time,
        sink: &mut dyn FnMut(Event<'_>),
    ) -> Result<Decoded, Rejected> {
        self.read(record, fallback, &mut |head, values| {
            let values = (0..values.columns()).map(|column| values.value(column).clone()).collect();
            let EventHead { class, time, time_replaced, digest, index } = *head;
            sink(Event { class, time, time_replaced, digest, index, values });
        })
    }

    /// The same, each value worked out when the sink asks for it: the columns are the fields of the class's projection,
    /// in its order.
    pub fn read(
        &mut self,
        record: &Record<'_>,
        fallback: Time,
        sink: &mut dyn FnMut(&EventHead, &dyn Values),
    ) -> Result<Decoded, Rejected> {
        let source = self.source(record);
        let digest = xxhash_rust::xxh3::xxh3_64(record.value);
        let (mut found, mut told) = (Found::default(), None);
        let result = {
            let faults = &mut self.faults;
            let mut output = read::Output {
                enricher: &*self.enricher,
                faults,
                sink: Some(sink),
                arrival: record.arrival,
                fallback,
                digest,
                found: &mut found,
                told: &mut told,
            };
            let source = &mut self.sources[source];
            read::record(&self.readers, &source.clock, source.shape, &mut source.last, record.value, &mut output)
        };
        answer(result, found, told)
    }

    /// The time that the record itself tells; none where it tells none that can be true. For merging files by time.
    pub fn time_of(&mut self, record: &Record<'_>) -> Option<Time> {
        let source = self.source(record);
        let (mut found, mut told) = (Found::default(), None);
        let mut output = read::Output {
            enricher: &*self.enricher,
            faults: &mut self.faults,
            sink: None,
            arrival: record.arrival,
            fallback: Time::default(),
            digest: 0,
            found: &mut found,
            told: &mut told,
        };
        let source = &mut self.sources[source];
        let result =
            read::record(&self.readers, &source.clock, source.shape, &mut source.last, record.value, &mut output);
        result.ok().and(found.latest)
    }

    /// Values that were asked for and were of another kind since the last call, by field.
    pub fn take_field_faults(&mut self) -> Vec<(String, u64)> {
        let mut by_path = BTreeMap::new();
        for (path, count) in self.readers.paths.iter().zip(&mut self.faults) {
            if *count > 0 {
                by_path.insert(path.clone(), std::mem::take(count));
            }
        }
        by_path.into_iter().collect()
    }

    fn source(&mut self, record: &Record<'_>) -> usize {
        // Sources are few and numbered by the plan; one beyond them all shares the last place.
        let at = (record.from.source.0 as usize).min(1 << 16);
        if at >= self.sources.len() {
            self.sources.resize(at + 1, Source::default());
        }
        at
    }
}

fn answer(result: Result<(), Rejected>, found: Found, told: Option<Told>) -> Result<Decoded, Rejected> {
    let shape = told.map(|told| told.shape);
    match (result, shape) {
        (Ok(()), Some(shape)) => Ok(Decoded {
            events: found.events,
            unwanted: found.unwanted,
            shape,
            faulty_items: found.faulty_items,
            latest: found.latest,
        }),
        (Ok(()), None) => match found.faulty_items.into_iter().next() {
            Some(fault) => Err(Rejected {
                reason: Reason::Pack,
                message: format!("no item of the pack could be decoded: {}", fault.message),
                at: fault.at,
                shape: None,
            }),
            None => Ok(Decoded { events: 0, unwanted: 0, shape: Shape::Json, faulty_items: Vec::new(), latest: None }),
        },
        (Err(rejected), shape) => Err(Rejected { shape: rejected.shape.or(shape), ..rejected }),
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("sources", &self.sources).finish_non_exhaustive()
    }
}

// === impl Source ===

impl Source {
    fn new(at: usize, settings: SourceSettings) -> Result<Self, DecodeConfigError> {
        let SourceSettings { shape, time_zone } = settings;
        let zone = match time_zone {
            Some(name) => {
                Some(TimeZone::get(&name).map_err(|_| DecodeConfigError::TimeZone { at, name: name.clone() })?)
            }
            None => None,
        };
        Ok(Self { shape, clock: Clock { zone }, last: Last::default() })
    }
}
