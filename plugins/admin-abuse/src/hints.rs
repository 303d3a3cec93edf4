//! Which rules a command or script may be about, found in one pass: nearly all are about none, and hundreds of searches
//! in each would cost more than everything else.

use sekisho_sdk::prelude::Map;

use crate::rules::{THEMES, services_stopped};

/// Hint of a text that may stop services or kill processes.
pub const STOPS: u32 = 1 << 30;
/// Hint of a text that may write or delete values of the registry.
pub const WRITES: u32 = 1 << 31;
const WRITE_WORDS: [&str; 6] = ["reg add", "reg.exe add", "reg delete", "reg.exe delete", "registry]::", "-item"];

/// The words of all rules, by their first three letters.
pub struct Hints {
    /// Which three letters may begin a word, one bit for each hash of them.
    begins: Vec<u64>,
    words: Map<[u8; 3], Vec<(&'static str, u32)>>,
}

// === impl Hints ===

impl Hints {
    /// The words of all themes.
    pub fn new() -> Self {
        let mut hints = Self { begins: vec![0; 1 << 10], words: Map::default() };
        for (at, theme) in THEMES.iter().enumerate() {
            hints.add(theme.words, 1 << at);
        }
        hints.add(services_stopped::THEME.words, STOPS);
        hints.add(&WRITE_WORDS, WRITES);
        hints
    }

    fn add(&mut self, words: &[&'static str], bit: u32) {
        for word in words {
            let Some(first) = word.as_bytes().first_chunk() else { continue };
            let hash = hash(first);
            self.begins[hash >> 6] |= 1 << (hash & 63);
            let alike = self.words.entry(*first).or_default();
            match alike.iter_mut().find(|(known, _)| known == word) {
                Some((_, bits)) => *bits |= bit,
                None => alike.push((word, bit)),
            }
        }
    }

    /// All words, in order.
    pub fn words(&self) -> Vec<&'static str> {
        let mut words: Vec<&str> = self.words.values().flatten().map(|(word, _)| *word).collect();
        words.sort_unstable();
        words
    }

    /// A bit for each theme, by its number, of which a word occurs in a plain text; [`STOPS`], [`WRITES`].
    pub fn of(&self, text: &str) -> u32 {
        let bytes = text.as_bytes();
        let mut found = 0;
        for (at, first) in bytes.windows(3).enumerate() {
            let Some(first) = first.first_chunk() else { continue };
            let hash = hash(first);
            if self.begins[hash >> 6] >> (hash & 63) & 1 == 0 {
                continue;
            }
            for (word, bits) in self.words.get(first).into_iter().flatten() {
                if found & bits != *bits && bytes[at..].starts_with(word.as_bytes()) {
                    found |= bits;
                }
            }
        }
        found
    }
}

fn hash([a, b, c]: &[u8; 3]) -> usize {
    (usize::from(*a) * 961 + usize::from(*b) * 31 + usize::from(*c)) & 0xffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_hints_at_the_rules_whose_words_it_holds() {
        let hints = Hints::new();
        assert_eq!(hints.of("whoami /all"), 0);
        assert_eq!(hints.of(""), 0);
        let clear = hints.of("cmd /c wevtutil cl security");
        let named: Vec<&str> = (0..THEMES.len()).filter(|at| clear >> at & 1 == 1).map(|at| THEMES[at].id).collect();
        assert_eq!(named, ["log-cleared", "logging-weakened"]);
        assert_ne!(hints.of("net stop x /y") & STOPS, 0);
        assert_ne!(hints.of("reg add hklm\\x /v y") & WRITES, 0);
        assert!(THEMES.len() < 30);
    }
}
