//! Reading: from a record's bytes over shapes, envelopes and packs to the events that are handed on.

use std::cell::{Cell, OnceCell};

use super::answer::{ItemFault, Reason, Rejected, Shape};
use super::compile::{Compiled, Facts, Field, Known};
use super::dialect::View;
use super::envelope;
use super::json::{self, JsonError};
use super::own::coerce;
use super::raw::Raw;
use super::reader::{JsonReader, Readers};
use super::shapes::TEXT_SHAPES;
use super::syslog;
use super::trie::{Slot, Slots};
use super::when::{Clock, is_trusted};
use super::xml;
use crate::enrich::Enricher;
use crate::model::{EventHead, Time, Value, Values};

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

/// Takes an event, with what can be asked of it.
pub type Sink<'o> = dyn FnMut(&EventHead, &dyn Values) + 'o;

/// Where events go, and what they are told with.
pub struct Output<'o> {
    pub enricher: &'o dyn Enricher,
    pub faults: &'o mut [u64],
    pub sink: Option<&'o mut Sink<'o>>,
    pub arrival: Time,
    pub fallback: Time,
    pub digest: u64,
    pub found: &'o mut Found,
    pub told: &'o mut Option<Told>,
}

/// The JSON shapes that were found last, by depth in envelopes and packs and by how a record begins: products begin all
/// their records alike, so that on a topic of several products the first guess is mostly right. A guess saves time, and
/// never changes what is found.
#[derive(Clone, Debug, Default)]
pub struct Last([[u8; BEGINNINGS]; MAX_DEPTH + 1]);

/// Beginnings that are told apart.
const BEGINNINGS: usize = 32;
/// Bytes that make a beginning: mostly the name of the first member.
const BEGINNING: usize = 16;

/// Reads a record.
pub fn record(
    readers: &Readers,
    clock: &Clock,
    fixed: Option<Shape>,
    last: &mut Last,
    value: &[u8],
    output: &mut Output<'_>,
) -> Result<(), Rejected> {
    let text = std::str::from_utf8(value)
        .map_err(|error| Rejected::new(Reason::Encoding, "not valid UTF-8", Some(error.valid_up_to())))?;
    Reading { readers, clock, fixed, last, output }.text(text, 0, Must::Anything).map(drop)
}

/// What a text must be to be read; what it is not is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Must {
    Anything,
    /// JSON, or a known shape.
    Json,
    Known,
}

struct Reading<'r, 'o, 's> {
    readers: &'r Readers,
    clock: &'r Clock,
    fixed: Option<Shape>,
    last: &'r mut Last,
    output: &'s mut Output<'o>,
}

/// The values of an event, each worked out when it is first asked for.
struct Unread<'v, 'a> {
    fields: &'v [Field],
    facts: &'v Facts<'v, 'a>,
    enricher: &'v dyn Enricher,
    faults: &'v [Cell<u64>],
    read: Vec<OnceCell<Value<'v>>>,
}

// === impl Last ===

impl Last {
    fn guess(&mut self, text: &str, depth: usize) -> &mut u8 {
        let mut begins = [0; BEGINNING];
        let bytes = &text.as_bytes()[..text.len().min(BEGINNING)];
        begins[..bytes.len()].copy_from_slice(bytes);
        let mixed = u128::from_le_bytes(begins).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        &mut self.0[depth][(mixed >> 100) as usize % BEGINNINGS]
    }
}

// === impl Reading ===

impl Reading<'_, '_, '_> {
    /// Whether a text is what it must be and was read.
    fn text(&mut self, text: &str, depth: usize, must: Must) -> Result<bool, Rejected> {
        if depth > MAX_DEPTH {
            return Err(Rejected::new(Reason::TooDeep, "records in records in records", None));
        }
        let inner = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        match inner.as_bytes().first() {
            None => Err(Rejected::new(Reason::Empty, "the record is empty", None)),
            Some(b'{') => self.json(text, depth, must),
            Some(b'[') if envelope::items(inner).is_some_and(|mut items| is_pack(items.next())) => {
                self.pack(text, text.len() - inner.len(), inner, depth)
            }
            Some(b'<') if inner.starts_with("<Event") || inner.starts_with("<?xml") => self.xml(text, must),
            Some(_) => self.plain(text, depth, must),
        }
    }

    fn json(&mut self, text: &str, depth: usize, must: Must) -> Result<bool, Rejected> {
        let first = self.json_once(text, depth, must);
        let Err(rejected) = &first else { return first };
        if rejected.reason != Reason::Json {
            return first;
        }
        if let Some(mended) = json::without_lone_surrogates(text) {
            return self.json_once(&mended, depth, must);
        }
        if rejected.message == "trailing characters"
            && envelope::values(text).all(|item| item.is_ok_and(|item| is_pack(Some(Ok(item)))))
        {
            return self.items(envelope::values(text), 0, depth);
        }
        first
    }

    fn json_once(&mut self, text: &str, depth: usize, must: Must) -> Result<bool, Rejected> {
        let readers = self.readers;
        let (at, slots) = self.recognise(text, depth)?;
        let reader = &readers.json[at];
        if at == readers.last() && self.opened(reader, &slots, text, depth)? {
            return Ok(true);
        }
        *self.last.guess(text, depth) = at as u8;
        if at == readers.last() && must == Must::Known {
            return Ok(false);
        }
        self.expect(reader.shape)?;
        self.tell(reader.shape, &readers.dialects[reader.dialect], &slots, text);
        Ok(true)
    }

    /// The shape of a JSON record, and its wanted values. The shape of the last record that began alike is tried first.
    fn recognise<'a>(&mut self, text: &'a str, depth: usize) -> Result<(usize, Slots<'a>), Rejected> {
        let readers = self.readers;
        let mut at = usize::from(*self.last.guess(text, depth)).min(readers.last());
        // The first reader that is tried may not know the shape; the last one always does, and it is the third's turn
        // to agree with it.
        for _ in 0..3 {
            let reader = &readers.json[at];
            let mut slots = reader.empty();
            json::extract(&reader.trie, text, &mut slots).map_err(rejected)?;
            match reader.recognise(&slots) {
                Some(shape) if shape == at => {
                    reader.alias(&mut slots);
                    return Ok((at, slots));
                }
                Some(shape) => at = shape,
                None => at = readers.last(),
            }
        }
        Err(Rejected::new(Reason::Json, "the shape of the record is not to be told", None))
    }

    /// Whether the record was an envelope or a pack whose content was read instead.
    fn opened(&mut self, reader: &JsonReader, slots: &Slots<'_>, text: &str, depth: usize) -> Result<bool, Rejected> {
        let get = |slot: &Slot| &slots[*slot as usize];
        for (name, slot) in &reader.packs {
            let is_list = matches!(get(slot), Raw::List(items) if matches!(items.first(), Some(Raw::Object)));
            if is_list && let Some((at, list)) = envelope::member(text, name) {
                return self.pack(text, at, list, depth);
            }
        }
        for (texts, must) in [(&reader.originals, Must::Json), (&reader.messages, Must::Known)] {
            for inner in texts.iter().filter_map(|(_, slot)| get(slot).text()) {
                if self.inner(inner, depth, must) {
                    return Ok(true);
                }
            }
        }
        for (name, slot) in &reader.nested {
            if *get(slot) == Raw::Object
                && let Some((_, object)) = envelope::member(text, name)
                && self.inner(object, depth, Must::Known)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a text within a record was read. What can't be read is no record but a value of the outer one.
    fn inner(&mut self, text: &str, depth: usize, must: Must) -> bool {
        self.text(text, depth + 1, must).unwrap_or(false)
    }

    fn pack(&mut self, _: &str, at: usize, list: &str, depth: usize) -> Result<bool, Rejected> {
        match envelope::items(list) {
            Some(items) => self.items(items, at, depth),
            None => Ok(false),
        }
    }

    /// Reads items; each one that can't be read is a fault of its own.
    fn items(&mut self, items: envelope::Items<'_>, from: usize, depth: usize) -> Result<bool, Rejected> {
        for item in items {
            let result = match item {
                Ok((at, item)) => self
                    .item(item, depth)
                    .map_err(|rejected| Rejected { at: Some(from + at + rejected.at.unwrap_or_default()), ..rejected }),
                Err(error) => Err(Rejected { at: Some(from + error.at), ..rejected(error) }),
            };
            if let Err(rejected) = result {
                let found = &mut *self.output.found;
                let index = found.events + found.unwanted + found.faulty_items.len() as u32;
                let Rejected { reason, message, at, .. } = rejected;
                found.faulty_items.push(ItemFault { index, reason, message, at });
            }
        }
        Ok(true)
    }

    fn item(&mut self, item: &str, depth: usize) -> Result<bool, Rejected> {
        match item.as_bytes().first() {
            Some(b'"') => {
                let text: String = serde_json::from_str(item).map_err(|error| rejected(json::fault(item, &error)))?;
                self.text(&text, depth + 1, Must::Anything)
            }
            Some(b'{' | b'[') => self.text(item, depth + 1, Must::Anything),
            _ => Err(Rejected::new(Reason::Json, "an item that is no record", Some(0))),
        }
    }

    fn xml(&mut self, text: &str, must: Must) -> Result<bool, Rejected> {
        let compiled = self.readers.dialect(super::dialect::windows::DIALECT.name);
        let mut slots: Slots<'_> = vec![Raw::Absent; compiled.names.len()];
        match xml::extract(text, &compiled.names, &mut slots) {
            Ok(()) => {
                self.expect(Shape::WindowsXml)?;
                self.tell(Shape::WindowsXml, compiled, &slots, text);
                Ok(true)
            }
            Err(_) if must != Must::Anything => Ok(false),
            Err(error) => {
                let reason = if error.truncated { Reason::Truncated } else { Reason::Xml };
                let rejected = Rejected::new(reason, error.message, Some(error.at));
                Err(Rejected { shape: Some(Shape::WindowsXml), ..rejected })
            }
        }
    }

    /// A text that is neither JSON nor XML: a known shape of text, a syslog line with a record behind its header, or
    /// just a text.
    fn plain(&mut self, text: &str, depth: usize, must: Must) -> Result<bool, Rejected> {
        let header = syslog::strip(text);
        let message = header.as_ref().map_or(text, |syslog| syslog.message);
        if let Some(known) = TEXT_SHAPES.iter().find(|known| (known.is)(message)) {
            self.expect(known.shape)?;
            let compiled = self.readers.dialect(known.dialect.name);
            let mut slots: Slots<'_> = vec![Raw::Absent; compiled.names.len()];
            (known.read)(message, &compiled.names, &mut slots);
            self.tell(known.shape, compiled, &slots, text);
            return Ok(true);
        }
        if message.len() < text.len()
            && matches!(message.as_bytes().first(), Some(b'{' | b'<' | b'['))
            && self.inner(message, depth, Must::Json)
        {
            return Ok(true);
        }
        if must == Must::Anything {
            self.base_text(text)?;
        }
        Ok(must == Must::Anything)
    }

    fn base_text(&mut self, text: &str) -> Result<(), Rejected> {
        self.expect(Shape::Text)?;
        let compiled = self.readers.dialect(super::dialect::base::DIALECT.name);
        let mut slots: Slots<'_> = vec![Raw::Absent; compiled.names.len()];
        let syslog = syslog::strip(text).unwrap_or(syslog::Syslog { message: text, ..syslog::Syslog::default() });
        let values = [("message", Some(syslog.message)), ("host", syslog.host), ("timestamp", syslog.time)];
        for (name, value) in values {
            if let (Some(slot), Some(value)) = (compiled.names.slot(name), value) {
                slots[slot as usize] = Raw::Text(value.into());
            }
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
        let facts = Facts { view, judged, status, time, text, known: Known::default() };
        let head = EventHead {
            class: crate::schema::ClassUid(judged.class),
            time,
            time_replaced: own.is_none(),
            digest: output.digest,
            index,
        };
        let values = Unread {
            fields,
            facts: &facts,
            enricher: output.enricher,
            faults: Cell::from_mut(output.faults).as_slice_of_cells(),
            read: vec![OnceCell::new(); fields.len()],
        };
        sink(&head, &values);
    }
}

// === impl Unread ===

impl Values for Unread<'_, '_> {
    fn columns(&self) -> usize {
        self.fields.len()
    }

    fn value(&self, column: usize) -> &Value<'_> {
        let (Some(field), Some(read)) = (self.fields.get(column), self.read.get(column)) else { return Value::NULL };
        read.get_or_init(|| {
            coerce(field.step.value(self.facts, self.enricher), field.kind).unwrap_or_else(|| {
                let faults = &self.faults[field.fault];
                faults.set(faults.get() + 1);
                Value::Null
            })
        })
    }
}

fn rejected(error: JsonError) -> Rejected {
    let reason = if error.truncated { Reason::Truncated } else { Reason::Json };
    Rejected::new(reason, error.message, Some(error.at))
}

/// Whether an item of a list can be a record.
fn is_pack(item: Option<Result<envelope::Piece<'_>, JsonError>>) -> bool {
    match item {
        Some(Ok((_, item))) => item.starts_with(['{', '[']) || (item.starts_with('"') && item.len() > 2),
        Some(Err(_)) => true,
        None => false,
    }
}
