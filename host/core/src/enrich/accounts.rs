//! Sets of accounts, by name or pattern.

use rustc_hash::FxHashSet;

/// Accounts by canonical form, by bare name in any domain, and by pattern.
#[derive(Debug, Default)]
pub(super) struct AccountSet {
    whole: FxHashSet<String>,
    names: FxHashSet<String>,
    patterns: Vec<Pattern>,
}

/// `*` stands for any characters, `?` for any one.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    text: String,
}

// === impl AccountSet ===

impl AccountSet {
    /// Adds one account by its canonical form.
    pub(super) fn insert(&mut self, canonical: String) {
        self.whole.insert(canonical);
    }

    /// Adds a name of any domain, in lower case.
    pub(super) fn insert_name(&mut self, name: String) {
        self.names.insert(name);
    }

    /// Adds what a pattern in lower case matches: canonical forms where it names a domain, else names.
    pub(super) fn insert_pattern(&mut self, text: String) {
        self.patterns.push(Pattern { text });
    }

    pub(super) fn contains(&self, canonical: &str) -> bool {
        let name = canonical.split_once('\\').map_or(canonical, |(_, name)| name);
        self.whole.contains(canonical)
            || self.names.contains(name)
            || self.patterns.iter().any(|pattern| pattern.matches(if pattern.has_domain() { canonical } else { name }))
    }
}

// === impl Pattern ===

impl Pattern {
    /// A pattern in lower case.
    pub(super) fn new(text: String) -> Self {
        Self { text }
    }

    /// Whether the text is a pattern rather than a name.
    pub(super) fn is_one(text: &str) -> bool {
        text.contains(['*', '?'])
    }

    fn has_domain(&self) -> bool {
        self.text.contains('\\')
    }

    /// Whether all of the text matches. Costs at most pattern × text steps.
    pub(super) fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (self.text.as_bytes(), text.as_bytes());
        let (mut at, mut from) = (0, 0);
        let mut star = None;
        while from < text.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, from));
                    at += 1;
                }
                Some(b'?') => {
                    at += 1;
                    from += char_width(text[from]);
                }
                Some(byte) if *byte == text[from] => {
                    at += 1;
                    from += 1;
                }
                _ => match star {
                    Some((back, seen)) => {
                        star = Some((back, seen + 1));
                        at = back + 1;
                        from = seen + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

/// Bytes of the character that begins with this one.
fn char_width(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}
