//! Many words looked for in one pass.
//!
//! A command line or a script is asked for hundreds of words. Searching it once for each costs more than all else that
//! the detector does, so a list of words knows which three bytes its words begin with, as a table of bits that the compiler
//! fills; a place of the text whose three bytes are not there is passed over.

const BITS: usize = 4096;

/// A list of words, each of three bytes at least, in lower case.
#[derive(Debug)]
pub struct Words {
    words: &'static [&'static str],
    heads: [u64; BITS / 64],
}

impl Words {
    /// A list that is searched for in one pass.
    ///
    /// # Panics
    /// When the program is compiled, where a word is shorter than three bytes.
    pub const fn new(words: &'static [&'static str]) -> Self {
        let mut heads = [0; BITS / 64];
        let mut at = 0;
        while at < words.len() {
            let word = words[at].as_bytes();
            assert!(word.len() >= 3, "a word is too short");
            let bit = head(word[0], word[1], word[2]);
            heads[bit / 64] |= 1 << (bit % 64);
            at += 1;
        }
        Self { words, heads }
    }

    /// The first word of the list that the text holds.
    pub fn find(&self, text: &str) -> Option<&'static str> {
        let bytes = text.as_bytes();
        let mut best = self.words.len();
        for at in 0..bytes.len().saturating_sub(2) {
            let bit = head(bytes[at], bytes[at + 1], bytes[at + 2]);
            if self.heads[bit / 64] & (1 << (bit % 64)) != 0 {
                let rest = &bytes[at..];
                let found = self.words[..best].iter().position(|word| rest.starts_with(word.as_bytes()));
                best = found.unwrap_or(best);
            }
        }
        self.words.get(best).copied()
    }

    /// Whether the text holds any of them.
    pub fn are_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        (0..bytes.len().saturating_sub(2)).any(|at| {
            let bit = head(bytes[at], bytes[at + 1], bytes[at + 2]);
            self.heads[bit / 64] & (1 << (bit % 64)) != 0
                && self.words.iter().any(|word| bytes[at..].starts_with(word.as_bytes()))
        })
    }
}

/// The bit of three bytes. Letters differ in their five low bits, which is what is mixed.
const fn head(a: u8, b: u8, c: u8) -> usize {
    ((a as usize) ^ ((b as usize) << 3) ^ ((c as usize) << 6)) % BITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &[&str] = &["mimikatz", "sekurlsa", "get-ad", "-ma ", "lsa", "\\admin$"];
    static WORDS: Words = Words::new(LIST);

    proptest! {
        #[test]
        fn one_pass_finds_what_a_search_for_each_word_finds(
            parts in prop::collection::vec(prop_oneof!["[a-z$\\\\ -]{0,12}", prop::sample::select(LIST).prop_map(String::from)], 0..8)
        ) {
            let text = parts.concat();
            prop_assert_eq!(WORDS.find(&text), LIST.iter().find(|word| text.contains(**word)).copied());
            prop_assert_eq!(WORDS.are_in(&text), LIST.iter().any(|word| text.contains(word)));
        }
    }
}
