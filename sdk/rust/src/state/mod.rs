//! What a detector remembers of one key: flat bytes, read and changed in place, written back only when changed.
//!
//! Layout, little-endian: layout version (`u8`, now 2), number of sections (`u8`), for each section its id (`u8`) and its
//! length (`u32`), then the sections' bytes one after another. Each window owns a section; [`table`] is their layout.
//! Bytes that do not parse read as empty: nothing here panics.

mod hash;
pub(crate) mod table;

pub use hash::{hash, mix};

const LAYOUT: u8 = 2;
const HEAD: usize = 2;
const ENTRY: usize = 5;

/// The memory of one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    bytes: Vec<u8>,
    changed: bool,
}

/// Where a section's bytes are, and which entry of the directory it is.
#[derive(Clone, Copy)]
struct Place {
    entry: usize,
    start: usize,
    len: usize,
}

// === impl State ===

impl State {
    /// Takes over bytes as they were kept.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let mut state = Self { bytes, changed: false };
        if !state.is_sound() {
            state.bytes.clear();
        }
        state
    }

    /// The bytes to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        (0..self.count()).all(|entry| self.len_of(entry) == 0)
    }

    /// How many bytes it takes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it was changed since it was taken over.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The bytes of a section, for memories that no window fits. The author answers for the laws there.
    pub fn section(&self, id: u8) -> &[u8] {
        self.place(id).and_then(|at| self.bytes.get(at.start..at.start + at.len)).unwrap_or_default()
    }

    /// The same, to be changed in place.
    pub fn section_mut(&mut self, id: u8) -> &mut [u8] {
        let Some(at) = self.place(id) else { return &mut [] };
        self.changed = true;
        self.bytes.get_mut(at.start..at.start + at.len).unwrap_or_default()
    }

    /// Puts new bytes in the place of a part of a section, which is made when it is not there; out of range: nothing.
    pub fn splice(&mut self, id: u8, from: usize, removed: usize, with: &[u8]) {
        let at = match self.place(id) {
            Some(at) => at,
            None => match self.add(id) {
                Some(at) => at,
                None => return,
            },
        };
        if from + removed > at.len {
            return;
        }
        self.changed = true;
        let start = at.start + from;
        if removed >= with.len() {
            self.bytes[start..start + with.len()].copy_from_slice(with);
            self.bytes.drain(start + with.len()..start + removed);
        } else {
            let (same, more) = with.split_at(removed);
            self.bytes[start..start + removed].copy_from_slice(same);
            let tail = start + removed;
            let old = self.bytes.len();
            self.bytes.resize(old + more.len(), 0);
            self.bytes.copy_within(tail..old, tail + more.len());
            self.bytes[tail..tail + more.len()].copy_from_slice(more);
        }
        self.set_len(at.entry, at.len - removed + with.len());
    }

    /// Puts a section's bytes, whole.
    pub fn replace(&mut self, id: u8, with: &[u8]) {
        if self.section(id) != with {
            self.splice(id, 0, self.section(id).len(), with);
        }
    }

    /// Ids of the sections.
    pub(crate) fn sections(&self) -> impl Iterator<Item = u8> + '_ {
        (0..self.count()).filter_map(|entry| self.bytes.get(HEAD + entry * ENTRY).copied())
    }

    fn count(&self) -> usize {
        self.bytes.get(1).copied().unwrap_or(0).into()
    }

    fn len_of(&self, entry: usize) -> usize {
        let at = HEAD + entry * ENTRY + 1;
        self.bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes) as usize
    }

    fn set_len(&mut self, entry: usize, len: usize) {
        let at = HEAD + entry * ENTRY + 1;
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        if let Some(four) = self.bytes.get_mut(at..at + 4) {
            four.copy_from_slice(&len.to_le_bytes());
        }
    }

    fn place(&self, id: u8) -> Option<Place> {
        let mut start = HEAD + self.count() * ENTRY;
        for entry in 0..self.count() {
            let len = self.len_of(entry);
            if self.bytes.get(HEAD + entry * ENTRY) == Some(&id) {
                return Some(Place { entry, start, len });
            }
            start += len;
        }
        None
    }

    /// Adds an empty section; none: there are 255 already.
    fn add(&mut self, id: u8) -> Option<Place> {
        if self.bytes.is_empty() {
            self.bytes.extend([LAYOUT, 0]);
        }
        let count = self.count();
        self.bytes[1] = u8::try_from(count + 1).ok()?;
        let at = HEAD + count * ENTRY;
        self.bytes.splice(at..at, [id, 0, 0, 0, 0]);
        self.changed = true;
        Some(Place { entry: count, start: self.bytes.len(), len: 0 })
    }

    fn is_sound(&self) -> bool {
        if self.bytes.is_empty() {
            return true;
        }
        let Some(heads) = self.bytes.len().checked_sub(HEAD + self.count() * ENTRY) else { return false };
        let total = (0..self.count()).try_fold(0usize, |sum, entry| sum.checked_add(self.len_of(entry)));
        self.bytes[0] == LAYOUT && total == Some(heads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_grow_and_shrink_without_touching_their_neighbours() {
        let mut state = State::default();
        state.splice(1, 0, 0, b"one");
        state.splice(2, 0, 0, b"two");
        state.splice(1, 1, 1, b"xyz");
        assert_eq!((state.section(1), state.section(2)), (&b"oxyze"[..], &b"two"[..]));
        state.splice(1, 0, 4, b"");
        let kept = State::from_bytes(state.into_bytes());
        assert_eq!((kept.section(1), kept.section(2)), (&b"e"[..], &b"two"[..]));
        assert!(!kept.changed());
    }

    #[test]
    fn bytes_that_do_not_parse_read_as_empty() {
        for bytes in [vec![9], vec![2, 200], vec![2, 1, 7, 255, 255, 255, 255], vec![1, 0]] {
            assert!(State::from_bytes(bytes).is_empty());
        }
    }
}
