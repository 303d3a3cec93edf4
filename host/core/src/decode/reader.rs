//! The readers of all shapes: dialects compiled against the projection, and a trie for each shape of JSON.

use super::answer::{DecodeConfigError, Shape};
use super::compile::Compiled;
use super::dialect::DIALECTS;
use super::raw::Raw;
use super::shapes::{JSON_SHAPES, MESSAGES, NESTED, ORIGINALS, PACKS, steps};
use super::trie::{Slot, Slots, Trie};
use crate::schema::Projection;

/// A record may hold this many wanted source fields of a dialect.
const MAX_FIELDS: usize = 1 << 14;

#[derive(Debug)]
pub struct Readers {
    /// In the order of [`DIALECTS`].
    pub dialects: Vec<Compiled>,
    /// In the order of [`JSON_SHAPES`].
    pub json: Vec<JsonReader>,
    /// Wanted paths, by the places that count their faults.
    pub paths: Vec<String>,
}

/// Reads one shape of JSON.
#[derive(Debug)]
pub struct JsonReader {
    pub shape: Shape,
    /// Position of its dialect.
    pub dialect: usize,
    pub trie: Trie,
    pub slots: usize,
    /// Values that two names ask for: (where it stands, where it is wanted too).
    aliases: Vec<(Slot, Slot)>,
    /// The marks of this shape and of all that go before it, by shape.
    marks: Vec<Vec<Vec<Slot>>>,
    /// Members that may hold records (of the last reader alone), as (path, slot).
    pub originals: Vec<(&'static str, Slot)>,
    pub messages: Vec<(&'static str, Slot)>,
    pub nested: Vec<(&'static str, Slot)>,
    pub packs: Vec<(&'static str, Slot)>,
}

// === impl Readers ===

impl Readers {
    pub fn new(projection: &Projection) -> Result<Self, DecodeConfigError> {
        let mut paths = Vec::new();
        let dialects: Vec<Compiled> =
            DIALECTS.iter().map(|dialect| Compiled::new(dialect, projection, &mut paths)).collect();
        if let Some(count) = dialects.iter().map(|dialect| dialect.names.len()).find(|count| *count > MAX_FIELDS) {
            return Err(DecodeConfigError::TooManyFields { count, max: MAX_FIELDS });
        }
        let json = (0..JSON_SHAPES.len()).map(|at| JsonReader::new(at, &dialects)).collect();
        Ok(Self { dialects, json, paths })
    }

    /// The place of a dialect.
    pub fn dialect(&self, name: &str) -> &Compiled {
        let at = self.dialects.iter().position(|compiled| compiled.dialect.name == name);
        &self.dialects[at.unwrap_or(self.dialects.len() - 1)]
    }

    /// The reader that takes what no other one knows.
    pub fn last(&self) -> usize {
        self.json.len() - 1
    }
}

// === impl JsonReader ===

impl JsonReader {
    fn new(at: usize, dialects: &[Compiled]) -> Self {
        let shape = &JSON_SHAPES[at];
        let dialect = dialects.iter().position(|compiled| compiled.dialect.name == shape.dialect.name).unwrap_or(0);
        let compiled = &dialects[dialect];
        let mut reader = Self {
            shape: shape.shape,
            dialect,
            trie: Trie::new(),
            slots: compiled.names.len(),
            aliases: Vec::new(),
            marks: Vec::new(),
            originals: Vec::new(),
            messages: Vec::new(),
            nested: Vec::new(),
            packs: Vec::new(),
        };
        for (name, slot) in compiled.names.iter() {
            (compiled.dialect.paths)(shape.shape, name, &mut |path| {
                let stands = reader.trie.insert(path, slot);
                if stands != slot {
                    reader.aliases.push((stands, slot));
                }
            });
        }
        if shape.shape == Shape::EvtxJson {
            for root in [&["Event", "EventData"][..], &["EventData"]] {
                let list = [root, &["Data"]].concat();
                reader.trie.pairs(&list, root);
            }
        }
        for shape in &JSON_SHAPES[..=at] {
            let marks = shape.marks.iter().map(|all| all.iter().map(|path| reader.mark(path)).collect()).collect();
            reader.marks.push(marks);
        }
        if at + 1 == JSON_SHAPES.len() {
            reader.originals = ORIGINALS.iter().map(|path| (*path, reader.mark(path))).collect();
            reader.messages = MESSAGES.iter().map(|path| (*path, reader.mark(path))).collect();
            reader.nested = NESTED.iter().map(|path| (*path, reader.mark(path))).collect();
            reader.packs = PACKS.iter().map(|path| (*path, reader.mark(path))).collect();
        }
        reader
    }

    /// The slot of a path, a new one if nobody wants it yet.
    fn mark(&mut self, path: &str) -> Slot {
        let slot = self.trie.insert(&steps(path), self.slots as Slot);
        self.slots = self.slots.max(slot as usize + 1);
        slot
    }

    pub fn empty<'a>(&self) -> Slots<'a> {
        let mut slots = Vec::with_capacity(self.slots);
        // Not `vec!`, which would clone each.
        slots.resize_with(self.slots, || Raw::Absent);
        slots
    }

    /// Gives values to the other names that ask for them.
    pub fn alias(&self, slots: &mut [Raw<'_>]) {
        for (from, to) in &self.aliases {
            if slots[*from as usize].exists() && !slots[*to as usize].exists() {
                slots[*to as usize] = slots[*from as usize].clone();
            }
        }
    }

    /// The first shape whose marks a record bears, if it is this reader's or one before it.
    pub fn recognise(&self, slots: &[Raw<'_>]) -> Option<usize> {
        let bears = |all: &Vec<Slot>| all.iter().all(|slot| slots[*slot as usize].exists());
        let is_last = self.marks.len() == JSON_SHAPES.len();
        let found = self.marks.iter().position(|any| any.iter().any(bears));
        found.or(is_last.then(|| self.marks.len() - 1))
    }
}
