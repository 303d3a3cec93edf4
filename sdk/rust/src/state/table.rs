//! The layout that all windows share: records of one size in order of two keys, behind them a heap for their texts.
//!
//! A section is a word (`u32`: how many records, the highest bit: they are wide), the records, the heap. A lean record, all
//! little-endian, is the keys `a` (`i64`) and `b` (`u64`), `first`, `origin` and `last` (8 bytes each), `count` (`u32`), and
//! where in the heap its texts are: `u32` position, `u16` length of the name, `u16` length of the values seen, which follow
//! the name. A wide one has `count` in 8 bytes, and `sum` and `sum2` (8 bytes each) behind it. A section is lean until one of
//! its records has a sum.

use super::State;

const LEAN: usize = 52;
const WIDE: usize = 72;
const IS_WIDE: u32 = 1 << 31;
const HEAD: usize = 4;
/// Bytes of the words that lean and wide records begin with.
const COMMON: usize = 40;

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
    stride: usize,
}

// === impl Record ===

impl Record {
    /// From the bytes of a lean or a wide record.
    fn read(bytes: &[u8]) -> Self {
        let wide = bytes.len() == WIDE;
        let text = if wide { COMMON + 24 } else { COMMON + 4 };
        Self {
            a: word(bytes, 0).cast_signed(),
            b: word(bytes, 8),
            first: word(bytes, 16).cast_signed(),
            origin: word(bytes, 24),
            last: word(bytes, 32).cast_signed(),
            count: if wide { word(bytes, COMMON) } else { half(bytes, COMMON).into() },
            sum: if wide { word(bytes, COMMON + 8).cast_signed() } else { 0 },
            sum2: if wide { word(bytes, COMMON + 16).cast_signed() } else { 0 },
            at: half(bytes, text),
            name: half(bytes, text + 4) as u16,
            seen: (half(bytes, text + 4) >> 16) as u16,
        }
    }

    /// Whether it does not fit into a lean one.
    fn is_wide(&self) -> bool {
        self.sum != 0 || self.sum2 != 0 || self.count > u32::MAX.into()
    }

    /// Its bytes, as many as a record of the section has.
    fn bytes(&self, stride: usize) -> [u8; WIDE] {
        let common =
            [self.a.cast_unsigned(), self.b, self.first.cast_unsigned(), self.origin, self.last.cast_unsigned()];
        let text = u64::from(self.at) | u64::from(self.name) << 32 | u64::from(self.seen) << 48;
        let mut bytes = [0; WIDE];
        let mut put = |at: usize, word: u64| bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
        common.into_iter().enumerate().for_each(|(i, word)| put(i * 8, word));
        put(COMMON, self.count);
        if stride == LEAN {
            // The upper half of the count, which is zero, makes room.
            put(COMMON + 4, text);
        } else {
            put(COMMON + 8, self.sum.cast_unsigned());
            put(COMMON + 16, self.sum2.cast_unsigned());
            put(COMMON + 24, text);
        }
        bytes
    }
}

// === impl View ===

impl<'s> View<'s> {
    pub fn of(state: &'s State, id: u8) -> Self {
        let bytes = state.section(id);
        let head = if bytes.len() < HEAD { 0 } else { half(bytes, 0) };
        let stride = if head & IS_WIDE == 0 { LEAN } else { WIDE };
        let count = ((head & !IS_WIDE) as usize).min(bytes.len().saturating_sub(HEAD) / stride);
        let (head, heap) = bytes.split_at((HEAD + count * stride).min(bytes.len()));
        Self { records: head.get(HEAD..).unwrap_or_default(), heap, stride }
    }

    pub fn len(&self) -> usize {
        self.records.len() / self.stride
    }

    pub fn get(&self, index: usize) -> Record {
        let at = index * self.stride;
        self.records.get(at..at + self.stride).map(Record::read).unwrap_or_default()
    }

    pub fn keys(&self, index: usize) -> (i64, u64) {
        let at = index * self.stride;
        (word(self.records, at).cast_signed(), word(self.records, at + 8))
    }

    /// The word `first` of a record, without the rest.
    pub fn first(&self, index: usize) -> i64 {
        word(self.records, index * self.stride + 16).cast_signed()
    }

    /// The word `last` of a record, without the rest.
    pub fn last(&self, index: usize) -> i64 {
        word(self.records, index * self.stride + 32).cast_signed()
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
    if state.section(id).is_empty() {
        state.splice(id, 0, 0, &[0; HEAD]);
    }
    widen(state, id, &record);
    let view = View::of(state, id);
    let (count, heap, stride) = (view.len(), view.heap.len(), view.stride);
    record.at = u32::try_from(heap).unwrap_or(u32::MAX);
    record.name = u16::try_from(name.len()).unwrap_or(0);
    record.seen = u16::try_from(seen.len()).unwrap_or(0);
    state.splice(id, HEAD + index * stride, 0, &record.bytes(stride)[..stride]);
    put_head(state, id, count + 1, stride);
    let end = HEAD + (count + 1) * stride + heap;
    if seen.is_empty() {
        state.splice(id, end, 0, name.as_bytes());
    } else {
        state.splice(id, end, 0, &[name.as_bytes(), seen].concat());
    }
}

/// Writes a record's words in its place; its keys and texts stay.
pub fn update(state: &mut State, id: u8, index: usize, record: &Record) {
    widen(state, id, record);
    let stride = View::of(state, id).stride;
    let at = HEAD + index * stride;
    if let Some(place) = state.section_mut(id).get_mut(at..at + stride) {
        place.copy_from_slice(&record.bytes(stride)[..stride]);
    }
}

/// Takes records out and lets go of their texts.
pub fn remove(state: &mut State, id: u8, from: usize, to: usize) {
    let view = View::of(state, id);
    let to = to.min(view.len());
    if from < to {
        let section = written(&view, view.stride, (0..from).chain(to..view.len()));
        state.replace(id, &section);
    }
}

/// Makes the records of a section wide, if this one is to be among them and needs it.
fn widen(state: &mut State, id: u8, for_this: &Record) {
    let view = View::of(state, id);
    if view.stride == LEAN && for_this.is_wide() {
        let mut section = written(&view, WIDE, 0..view.len());
        if section.is_empty() {
            section = IS_WIDE.to_le_bytes().to_vec();
        }
        state.replace(id, &section);
    }
}

/// Some of the records with their texts as a section of its own; none of them: nothing.
fn written(view: &View<'_>, stride: usize, some: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut records = Vec::with_capacity(HEAD + view.len() * stride);
    let mut heap = Vec::with_capacity(view.heap.len());
    records.extend([0; HEAD]);
    for index in some {
        let mut record = view.get(index);
        let at = u32::try_from(heap.len()).unwrap_or(u32::MAX);
        heap.extend_from_slice(view.name(&record).as_bytes());
        heap.extend_from_slice(view.seen(&record));
        record.at = at;
        records.extend_from_slice(&record.bytes(stride)[..stride]);
    }
    let count = (records.len() - HEAD) / stride;
    if count == 0 {
        return Vec::new();
    }
    records[..HEAD].copy_from_slice(&head(count, stride).to_le_bytes());
    records.extend(heap);
    records
}

/// The longest beginning of a text that fits and ends at a character's end.
pub fn clip(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes { text } else { &text[..text.floor_char_boundary(bytes)] }
}

fn head(count: usize, stride: usize) -> u32 {
    let count = u32::try_from(count).unwrap_or(u32::MAX) & !IS_WIDE;
    if stride == WIDE { count | IS_WIDE } else { count }
}

fn put_head(state: &mut State, id: u8, count: usize, stride: usize) {
    if let Some(four) = state.section_mut(id).get_mut(..HEAD) {
        four.copy_from_slice(&head(count, stride).to_le_bytes());
    }
}

/// Eight bytes from a position; out of range: zero.
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|word| word.try_into().ok()).map_or(0, u64::from_le_bytes)
}

fn half(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_lean_until_a_record_has_a_sum() {
        let mut state = State::default();
        let record =
            |b: u64, sum: i64| Record { a: -1, b, first: 5, origin: 6, last: 7, count: 8, sum, ..Record::default() };
        insert(&mut state, 1, 0, record(1, 0), "one", b"seen");
        insert(&mut state, 1, 1, record(3, 0), "three", b"");
        assert_eq!(state.section(1).len(), HEAD + 2 * LEAN + "oneseenthree".len());
        insert(&mut state, 1, 1, record(2, i64::MIN), "two", b"too");
        assert_eq!(state.section(1).len(), HEAD + 3 * WIDE + "oneseenthreetwotoo".len());
        let counted = Record { count: u64::MAX, ..View::of(&state, 1).get(2) };
        update(&mut state, 1, 2, &counted);
        let view = View::of(&state, 1);
        let told: Vec<_> = (0..view.len())
            .map(|index| view.get(index))
            .map(|record| (view.name(&record), view.seen(&record), record.b, record.count, record.sum))
            .collect();
        let too = &b"too"[..];
        let all = [("one", &b"seen"[..], 1, 8, 0), ("two", too, 2, 8, i64::MIN), ("three", &[], 3, u64::MAX, 0)];
        assert_eq!(told, all);
        assert_eq!(view.lower(-1, 3), 2);
        assert_eq!((view.keys(1), view.first(1), view.last(1)), ((-1, 2), 5, 7));
        remove(&mut state, 1, 0, 2);
        assert_eq!(View::of(&state, 1).name(&View::of(&state, 1).get(0)), "three");
        remove(&mut state, 1, 0, 1);
        assert!(state.section(1).is_empty());
    }
}
