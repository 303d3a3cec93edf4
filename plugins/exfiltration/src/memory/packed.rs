//! Records of one key and a few words each, in order of their keys.

use sekisho_sdk::State;

/// A section of a state as records of a key and `N` words.
#[derive(Clone, Copy, Debug)]
pub struct Packed<const N: usize> {
    pub section: u8,
}

// === impl Packed ===

impl<const N: usize> Packed<N> {
    const STRIDE: usize = 8 + 8 * N;

    pub fn len(self, state: &State) -> usize {
        state.section(self.section).len() / Self::STRIDE
    }

    /// The record at a position; out of range: zeroes.
    pub fn get(self, state: &State, index: usize) -> (u64, [i64; N]) {
        let bytes = state.section(self.section);
        let at = index * Self::STRIDE;
        let word = |from: usize| -> [u8; 8] {
            bytes.get(from..from + 8).and_then(|word| word.try_into().ok()).unwrap_or_default()
        };
        let mut words = [0; N];
        for (i, value) in words.iter_mut().enumerate() {
            *value = i64::from_le_bytes(word(at + 8 + i * 8));
        }
        (u64::from_le_bytes(word(at)), words)
    }

    /// Position of the first record whose key is not below this.
    pub fn lower(self, state: &State, key: u64) -> usize {
        let (mut low, mut high) = (0, self.len(state));
        while low < high {
            let middle = low.midpoint(high);
            if self.get(state, middle).0 < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The records from a key to before another.
    pub fn range(self, state: &State, from: u64, to: u64) -> impl Iterator<Item = (u64, [i64; N])> + '_ {
        (self.lower(state, from)..self.lower(state, to)).map(move |index| self.get(state, index))
    }

    /// Changes the record of a key, which is made when it is not there.
    pub fn merge(self, state: &mut State, key: u64, new: [i64; N], join: impl Fn(i64, i64, usize) -> i64) {
        let index = self.lower(state, key);
        if index < self.len(state) && self.get(state, index).0 == key {
            let (_, mut words) = self.get(state, index);
            words.iter_mut().zip(new).enumerate().for_each(|(i, (old, new))| *old = join(*old, new, i));
            let record = Self::record(key, words);
            let at = index * Self::STRIDE;
            if let Some(place) = state.section_mut(self.section).get_mut(at..at + Self::STRIDE) {
                place.copy_from_slice(&record);
            }
        } else {
            state.splice(self.section, index * Self::STRIDE, 0, &Self::record(key, new));
        }
    }

    pub fn remove(self, state: &mut State, index: usize) {
        if index < self.len(state) {
            state.splice(self.section, index * Self::STRIDE, Self::STRIDE, &[]);
        }
    }

    /// Lets go of all records below a key.
    pub fn forget_below(self, state: &mut State, key: u64) {
        if self.len(state) > 0 && self.get(state, 0).0 < key {
            let over = self.lower(state, key);
            state.splice(self.section, 0, over * Self::STRIDE, &[]);
        }
    }

    fn record(key: u64, words: [i64; N]) -> Vec<u8> {
        std::iter::once(key.to_le_bytes()).chain(words.map(i64::to_le_bytes)).flatten().collect()
    }
}
