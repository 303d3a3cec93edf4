//! The layout that all windows share: records of one size in order of two keys, behind them a heap for their texts.
//!
//! A section is `count: u32`, `count` records of 72 bytes, the heap. A record is nine little-endian words: the keys `a`
//! (signed) and `b` (unsigned), `first`, `origin`, `last`, `count`, `sum`, `sum2`, and where in the heap its texts are
//! (`u32` position, `u16` length of the name, `u16` length of the values seen, which follow the name).

use super::State;

const STRIDE: usize = 72;
const HEAD: usize = 4;

/// One record, decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    pub a: i64,
    pub b: u64,
    pub first: i64,
    pub origin: u64,
    pub last: i64,
    pub count: u64,
    pub sum: i64,
    pub sum2: i64,
    pub(crate) at: u32,
    pub(crate) name: u16,
    pub(crate) seen: u16,
}

/// A section read in place.
#[derive(Clone, Copy)]
pub struct View<'s> {
    records: &'s [u8],
    heap: &'s [u8],
}

// === impl Record ===

impl Record {
    fn read(bytes: &[u8]) -> Self {
        let Ok(bytes) = <&[u8; STRIDE]>::try_from(bytes) else { return Self::default() };
        let word = |i: usize| -> [u8; 8] {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[i * 8..i * 8 + 8]);
            word
        };
        let text = word(8);
        Self {
            a: i64::from_le_bytes(word(0)),
            b: u64::from_le_bytes(word(1)),
            first: i64::from_le_bytes(word(2)),
            origin: u64::from_le_bytes(word(3)),
            last: i64::from_le_bytes(word(4)),
            count: u64::from_le_bytes(word(5)),
            sum: i64::from_le_bytes(word(6)),
            sum2: i64::from_le_bytes(word(7)),
            at: u32::from_le_bytes([text[0], text[1], text[2], text[3]]),
            name: u16::from_le_bytes([text[4], text[5]]),
            seen: u16::from_le_bytes([text[6], text[7]]),
        }
    }

    fn bytes(&self) -> [u8; STRIDE] {
        let text = u64::from(self.at) | u64::from(self.name) << 32 | u64::from(self.seen) << 48;
        let words = [
            self.a.to_le_bytes(),
            self.b.to_le_bytes(),
            self.first.to_le_bytes(),
            self.origin.to_le_bytes(),
            self.last.to_le_bytes(),
            self.count.to_le_bytes(),
            self.sum.to_le_bytes(),
            self.sum2.to_le_bytes(),
            text.to_le_bytes(),
        ];
        let mut bytes = [0; STRIDE];
        for (to, word) in bytes.chunks_exact_mut(8).zip(words) {
            to.copy_from_slice(&word);
        }
        bytes
    }
}

// === impl View ===

impl<'s> View<'s> {
    pub fn of(state: &'s State, id: u8) -> Self {
        let bytes = state.section(id);
        let count = count_of(bytes);
        let (head, heap) = bytes.split_at((HEAD + count * STRIDE).min(bytes.len()));
        Self { records: head.get(HEAD..).unwrap_or_default(), heap }
    }

    pub fn len(&self) -> usize {
        self.records.len() / STRIDE
    }

    pub fn get(&self, index: usize) -> Record {
        self.records.get(index * STRIDE..(index + 1) * STRIDE).map(Record::read).unwrap_or_default()
    }

    pub fn keys(&self, index: usize) -> (i64, u64) {
        (i64::from_le_bytes(self.word(index, 0)), u64::from_le_bytes(self.word(index, 1)))
    }

    /// The word `first` of a record, without the rest.
    pub fn first(&self, index: usize) -> i64 {
        i64::from_le_bytes(self.word(index, 2))
    }

    fn word(&self, index: usize, word: usize) -> [u8; 8] {
        let at = index * STRIDE + word * 8;
        self.records.get(at..at + 8).and_then(|word| word.try_into().ok()).unwrap_or_default()
    }

    /// Position of the first record whose keys are not below these.
    pub fn lower(&self, a: i64, b: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.keys(middle) < (a, b) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub fn name(&self, record: &Record) -> &'s str {
        let at = record.at as usize;
        self.heap.get(at..at + usize::from(record.name)).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default()
    }

    /// Whether a record has this name.
    pub fn is_named(&self, record: &Record, name: &str) -> bool {
        let at = record.at as usize;
        self.heap.get(at..at + usize::from(record.name)) == Some(name.as_bytes())
    }

    pub fn seen(&self, record: &Record) -> &'s [u8] {
        let at = record.at as usize + usize::from(record.name);
        self.heap.get(at..at + usize::from(record.seen)).unwrap_or_default()
    }
}

/// Puts a record where it belongs; its texts go to the heap's end.
pub fn insert(state: &mut State, id: u8, index: usize, mut record: Record, name: &str, seen: &[u8]) {
    let name = clip(name, u16::MAX.into());
    let seen = seen.get(..seen.len().min(u16::MAX.into())).unwrap_or_default();
    let view = View::of(state, id);
    let (count, heap) = (view.len(), view.heap.len());
    record.at = u32::try_from(heap).unwrap_or(u32::MAX);
    record.name = u16::try_from(name.len()).unwrap_or(0);
    record.seen = u16::try_from(seen.len()).unwrap_or(0);
    if state.section(id).is_empty() {
        state.splice(id, 0, 0, &[0; HEAD]);
    }
    state.splice(id, HEAD + index * STRIDE, 0, &record.bytes());
    set_count(state, id, count + 1);
    let end = HEAD + (count + 1) * STRIDE + heap;
    if seen.is_empty() {
        state.splice(id, end, 0, name.as_bytes());
    } else {
        state.splice(id, end, 0, &[name.as_bytes(), seen].concat());
    }
}

/// Writes a record's words in its place; its keys and texts stay.
pub fn update(state: &mut State, id: u8, index: usize, record: &Record) {
    let at = HEAD + index * STRIDE;
    if let Some(place) = state.section_mut(id).get_mut(at..at + STRIDE) {
        place.copy_from_slice(&record.bytes());
    }
}

/// Takes records out and lets go of their texts.
pub fn remove(state: &mut State, id: u8, from: usize, to: usize) {
    let view = View::of(state, id);
    let to = to.min(view.len());
    if from >= to {
        return;
    }
    let mut records = Vec::with_capacity(view.records.len());
    let mut heap = Vec::with_capacity(view.heap.len());
    for index in (0..from).chain(to..view.len()) {
        let mut record = view.get(index);
        let at = u32::try_from(heap.len()).unwrap_or(u32::MAX);
        heap.extend_from_slice(view.name(&record).as_bytes());
        heap.extend_from_slice(view.seen(&record));
        record.at = at;
        records.extend_from_slice(&record.bytes());
    }
    if records.is_empty() {
        return state.replace(id, &[]);
    }
    let count = u32::try_from(records.len() / STRIDE).unwrap_or(0);
    let mut section = count.to_le_bytes().to_vec();
    section.extend(records);
    section.extend(heap);
    state.replace(id, &section);
}

/// The longest beginning of a text that fits and ends at a character's end.
pub fn clip(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes { text } else { &text[..text.floor_char_boundary(bytes)] }
}

fn count_of(bytes: &[u8]) -> usize {
    let told = bytes.get(..HEAD).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes) as usize;
    told.min(bytes.len().saturating_sub(HEAD) / STRIDE)
}

fn set_count(state: &mut State, id: u8, count: usize) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    if let Some(four) = state.section_mut(id).get_mut(..HEAD) {
        four.copy_from_slice(&count.to_le_bytes());
    }
}
