//! Reading: from a record's bytes over shapes, envelopes and packs to the events that are handed on.

use super::answer::{ItemFault, Reason, Rejected, Shape};
use super::compile::{Compiled, Facts};
use super::dialect::{View, fortigate};
use super::json::{self, JsonError};
use super::own::coerce;
use super::raw::Raw;
use super::reader::{JsonReader, Readers};
use super::syslog;
use super::trie::Slots;
use super::when::{Clock, is_trusted};
use crate::enrich::Enricher;
use crate::model::{Event, Time, Value};

/// Envelopes in packs in envelopes: deeper than this is not a log.
const MAX_DEPTH: usize = 6;

/// What was found so far.
#[derive(Debug, Default)]
pub struct Found {
    pub events: u32,
    pub unwanted: u32,
    pub faulty_items: Vec<ItemFault>,
    pub latest: Option<Time>,
}

/// What the first event showed.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    pub shape: Shape,
}

/// Where events go, and what they are told with.
pub struct Output<'o> {
    pub enricher: &'o dyn Enricher,
    pub faults: &'o mut [u64],
    pub sink: Option<&'o mut dyn FnMut(Event<'_>)>,
    pub arrival: Time,
    pub fallback: Time,
    pub digest: u64,
    pub found: &'o mut Found,
    pub told: &'o mut Option<Told>,
}

/// Reads a record.
pub fn record(
    readers: &Readers,
    clock: &Clock,
    fixed: Option<Shape>,
    last: &mut usize,
    value: &[u8],
    output: &mut Output<'_>,
) -> Result<(), Rejected> {
    let text = std::str::from_utf8(value)
        .map_err(|error| Rejected::new(Reason::Encoding, "not valid UTF-8", Some(error.valid_up_to())))?;
    Reading { readers, clock, fixed, last, output }.text(text.trim_start_matches('\u{feff}'), 0)
}

struct Reading<'r, 'o, 's> {
    readers: &'r Readers,
    clock: &'r Clock,
    fixed: Option<Shape>,
    last: &'r mut usize,
    output: &'s mut Output<'o>,
}

// === impl Reading ===

impl Reading<'_, '_, '_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<(), Rejected> {
        match text.trim_start().as_bytes().first() {
            None => Err(Rejected::new(Reason::Empty, "the record is empty", None)),
            Some(_) if depth > MAX_DEPTH => Err(Rejected::new(Reason::TooDeep, "packs in packs", None)),
            Some(b'{') => self.json(text, depth),
            Some(_) => self.line(text, depth),
        }
    }

    fn json(&mut self, text: &str, depth: usize) -> Result<(), Rejected> {
        let first = self.json_once(text, depth);
        if let Err(rejected) = &first
            && rejected.reason == Reason::Json
            && let Some(mended) = json::without_lone_surrogates(text)
        {
            return self.json_once(&mended, depth);
        }
        first
    }

    fn json_once(&mut self, text: &str, depth: usize) -> Result<(), Rejected> {
        let readers = self.readers;
        let (at, slots) = self.recognise(text)?;
        let reader = &readers.json[at];
        if at == readers.last() && self.opened(reader, &slots, text, depth)? {
            return Ok(());
        }
        *self.last = at;
        self.expect(reader.shape)?;
        self.tell(reader.shape, &readers.dialects[reader.dialect], &slots, text);
        Ok(())
    }

    /// The shape of a JSON record, and its wanted values. The shape of the last record is tried first.
    fn recognise<'a>(&self, text: &'a str) -> Result<(usize, Slots<'a>), Rejected> {
        let readers = self.readers;
        let mut at = (*self.last).min(readers.last());
        // The first reader that is tried may not know the shape, the last one always does, and it is the third's turn
        // to agree with it.
        for _ in 0..3 {
            let reader = &readers.json[at];
            let mut slots = reader.empty();
            json::extract(&reader.trie, text, &mut slots).map_err(rejected)?;
            match reader.recognise(&slots) {
                Some(shape) if shape == at => return Ok((at, slots)),
                Some(shape) => at = shape,
                None => at = readers.last(),
            }
        }
        Err(Rejected::new(Reason::Json, "the shape of the record is not to be told", None))
    }

    /// Whether the record was an envelope or a pack whose content was decoded instead.
    fn opened(&mut self, _: &JsonReader, _: &Slots<'_>, _: &str, _: usize) -> Result<bool, Rejected> {
        Ok(false)
    }

    /// A line of text, with the header of a syslog relay or without.
    fn line(&mut self, text: &str, depth: usize) -> Result<(), Rejected> {
        let header = syslog::strip(text);
        let message = header.map_or(text, |syslog| syslog.message);
        if header.is_some() && ["{\"", "<Event", "LogName="].iter().any(|start| message.starts_with(start)) {
            return self.text(message, depth + 1);
        }
        if !fortigate::is_one(message) {
            return self.base_text(text);
        }
        self.expect(Shape::Fortigate)?;
        let compiled = self.readers.dialect(fortigate::DIALECT.name);
        let mut slots: Slots<'_> = vec![Raw::Absent; compiled.names.len()];
        fortigate::extract(message, &compiled.names, &mut slots);
        self.tell(Shape::Fortigate, compiled, &slots, text);
        Ok(())
    }

    fn base_text(&mut self, text: &str) -> Result<(), Rejected> {
        self.expect(Shape::Text)?;
        let compiled = self.readers.dialect(super::dialect::base::DIALECT.name);
        let mut slots: Slots<'_> = vec![Raw::Absent; compiled.names.len()];
        if let Some(slot) = compiled.names.slot("message") {
            slots[slot as usize] = Raw::Text(text.into());
        }
        self.tell(Shape::Text, compiled, &slots, text);
        Ok(())
    }

    fn expect(&self, shape: Shape) -> Result<(), Rejected> {
        match self.fixed {
            Some(fixed) if fixed != shape => {
                let message = format!("a record of shape {}, not {}", shape.label(), fixed.label());
                Err(Rejected { shape: Some(shape), ..Rejected::new(Reason::OtherShape, message, None) })
            }
            _ => Ok(()),
        }
    }

    /// Hands on an event whose values were found.
    fn tell(&mut self, shape: Shape, compiled: &Compiled, slots: &Slots<'_>, text: &str) {
        let output = &mut *self.output;
        let view = View { names: &compiled.names, slots, shape };
        let own = (compiled.dialect.time)(&view, self.clock).filter(|time| is_trusted(*time, output.arrival));
        output.found.latest = output.found.latest.max(own);
        let index = output.found.events + output.found.unwanted + output.found.faulty_items.len() as u32;
        output.told.get_or_insert(Told { shape });
        let Some(sink) = &mut output.sink else { return };
        let (judged, fields) = compiled.judge(&view);
        let Some(fields) = fields else {
            output.found.unwanted += 1;
            return;
        };
        output.found.events += 1;
        let time = own.unwrap_or(output.fallback);
        let status = judged.status.unwrap_or_else(|| (compiled.dialect.status)(&view));
        let facts = Facts { view, judged, status, time, text, product: compiled.dialect.name };
        let values = fields.iter().map(|field| {
            let raw = field.step.value(&facts, output.enricher);
            coerce(raw, field.kind).unwrap_or_else(|| {
                output.faults[field.fault] += 1;
                Value::Null
            })
        });
        let values = values.collect();
        sink(Event {
            class: crate::schema::ClassUid(judged.class),
            time,
            time_replaced: own.is_none(),
            digest: output.digest,
            index,
            values,
        });
    }
}

fn rejected(error: JsonError) -> Rejected {
    let reason = if error.truncated { Reason::Truncated } else { Reason::Json };
    Rejected::new(reason, error.message, Some(error.at))
}
