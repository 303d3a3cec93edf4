//! Records of one key and a few words each, in order of their keys.

use sekisho_sdk::State;

/// A section of a state as records of a key and `N` words.
#[derive(Clone, Copy, Debug)]
pub struct Packed<const N: usize> {
    pub section: u8,
}

/// The records as they lie in a state.
#[derive(Clone, Copy)]
pub struct Records<'s, const N: usize>(&'s [u8]);

// === impl Packed ===

impl<const N: usize> Packed<N> {
    const STRIDE: usize = 8 + 8 * N;

    /// The records, found once for many look-ups.
    pub fn of(self, state: &State) -> Records<'_, N> {
        Records(state.section(self.section))
    }

    /// The records from a key to before another.
    pub fn range(self, state: &State, from: u64, to: u64) -> impl Iterator<Item = (u64, [i64; N])> + '_ {
        let records = self.of(state);
        let start = records.lower(from);
        (start..records.len()).map(move |index| records.get(index)).take_while(move |(key, _)| *key < to)
    }

    /// Changes the record of a key, which is made when it is not there. Answers what it holds then.
    pub fn merge(self, state: &mut State, key: u64, new: [i64; N], join: impl Fn(i64, i64, usize) -> i64) -> [i64; N] {
        let index = self.of(state).lower(key);
        match self.join_at(state, index, key, new, join) {
            Some(words) => words,
            None => {
                self.insert_at(state, index, key, new);
                new
            }
        }
    }

    /// Changes the record at a position, if it has this key, and answers what it holds then.
    pub fn join_at(
        self,
        state: &mut State,
        index: usize,
        key: u64,
        new: [i64; N],
        join: impl Fn(i64, i64, usize) -> i64,
    ) -> Option<[i64; N]> {
        let records = self.of(state);
        if index >= records.len() || records.key(index) != key {
            return None;
        }
        let (_, old) = records.get(index);
        let mut words = old;
        words.iter_mut().zip(new).enumerate().for_each(|(i, (old, new))| *old = join(*old, new, i));
        if words != old {
            let at = index * Self::STRIDE + 8;
            if let Some(place) = state.section_mut(self.section).get_mut(at..at + 8 * N) {
                place.chunks_exact_mut(8).zip(words).for_each(|(to, word)| to.copy_from_slice(&word.to_le_bytes()));
            }
        }
        Some(words)
    }

    /// Puts a record at the position where its key belongs.
    pub fn insert_at(self, state: &mut State, index: usize, key: u64, words: [i64; N]) {
        let mut record = [0; 64];
        let all = std::iter::once(key.to_le_bytes()).chain(words.map(i64::to_le_bytes));
        record.chunks_exact_mut(8).zip(all).for_each(|(to, word)| to.copy_from_slice(&word));
        state.splice(self.section, index * Self::STRIDE, 0, &record[..Self::STRIDE]);
    }

    pub fn remove(self, state: &mut State, index: usize) {
        if index < self.of(state).len() {
            state.splice(self.section, index * Self::STRIDE, Self::STRIDE, &[]);
        }
    }

    /// Lets go of all records below a key.
    pub fn forget_below(self, state: &mut State, key: u64) {
        let records = self.of(state);
        if records.len() > 0 && records.key(0) < key {
            let over = records.lower(key);
            state.splice(self.section, 0, over * Self::STRIDE, &[]);
        }
    }
}

// === impl Records ===

impl<const N: usize> Records<'_, N> {
    const STRIDE: usize = Packed::<N>::STRIDE;

    pub fn len(self) -> usize {
        self.0.len() / Self::STRIDE
    }

    /// The record at a position; out of range: zeroes.
    pub fn get(self, index: usize) -> (u64, [i64; N]) {
        let mut words = [0; N];
        let at = index * Self::STRIDE + 8;
        let all = self.0.get(at..at + 8 * N).unwrap_or_default().chunks_exact(8);
        words.iter_mut().zip(all).for_each(|(to, word)| *to = i64::from_le_bytes(eight(word)));
        (self.key(index), words)
    }

    pub fn key(self, index: usize) -> u64 {
        let at = index * Self::STRIDE;
        self.0.get(at..at + 8).map_or(0, |word| u64::from_le_bytes(eight(word)))
    }

    /// Position of the first record whose key is not below this.
    pub fn lower(self, key: u64) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) < key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn eight(word: &[u8]) -> [u8; 8] {
    word.try_into().unwrap_or_default()
}
