//! A walk of a JSON text along a trie by hand: quick where a text is what logs are made of.
//!
//! It does not decide what JSON is. Whatever it can't vouch for, broken or merely odd (a member's name with an escape, a
//! number with a fraction, a list that somebody wants), it leaves to serde's reader ([`super::walk`]), whole or in part.
//! What it takes, that one takes too, with the same values.

use std::borrow::Cow;

use serde::de::DeserializeSeed;

use super::raw::Raw;
use super::trie::{NodeId, Slots, Trie};
use super::walk::Walk;

/// Bytes that are looked at together.
const BLOCK: usize = 16;
/// Objects in objects along the trie; serde's reader refuses more than 128.
const DEEPEST: usize = 100;
/// Digits of an integer that surely fits.
const DIGITS: usize = 18;

/// Extracts what the trie wants into slots that are all absent. None: it is for serde's reader, and what stands in the
/// slots means nothing.
pub fn extract<'de>(trie: &Trie, text: &'de str, slots: &mut Slots<'de>) -> Option<()> {
    let mut scan = Scan { trie, slots, text, at: 0 };
    scan.blank();
    scan.value(Trie::ROOT, 0)?;
    scan.blank();
    (scan.at == text.len()).then_some(())
}

struct Scan<'t, 's, 'de> {
    trie: &'t Trie,
    slots: &'s mut Slots<'de>,
    text: &'de str,
    at: usize,
}

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    Plain,
    /// With escapes that are one character each.
    Escaped,
    /// With escapes that name a character by its number.
    Numbered,
}

// === impl Scan ===

impl<'de> Scan<'_, '_, 'de> {
    /// A value at a node of the trie.
    fn value(&mut self, node: NodeId, depth: usize) -> Option<()> {
        let from = self.at;
        match self.peek()? {
            b'"' => {
                self.at += 1;
                match self.string()? {
                    Spelling::Plain => self.set(node, Raw::Text(Cow::Borrowed(&self.text[from + 1..self.at - 1]))),
                    // Texts that are made of many lines are long, and there is one in most records.
                    Spelling::Escaped => self.set(node, Raw::owned(unescaped(&self.text[from + 1..self.at - 1]))),
                    Spelling::Numbered => return self.leave(node, from),
                }
            }
            b'{' if self.trie.pairs_for(node).is_none() => {
                self.set(node, Raw::Object);
                return if depth < DEEPEST { self.object(node, depth) } else { None };
            }
            b'{' | b'[' => {
                self.skip()?;
                return self.leave(node, from);
            }
            b'-' | b'0'..=b'9' => match self.number()? {
                Some(integer) => self.set(node, Raw::Integer(integer)),
                None => return self.leave(node, from),
            },
            _ => {
                let literal = self.literal()?;
                self.set(node, literal);
            }
        }
        Some(())
    }

    fn set(&mut self, node: NodeId, value: Raw<'de>) {
        Walk::at(self.trie, node, self.slots).set(value);
    }

    /// Leaves the value that begins at a byte and has been passed to serde's reader.
    fn leave(&mut self, node: NodeId, from: usize) -> Option<()> {
        let mut deserializer = serde_json::Deserializer::from_str(&self.text[from..self.at]);
        Walk::at(self.trie, node, self.slots).deserialize(&mut deserializer).ok()
    }

    fn object(&mut self, node: NodeId, depth: usize) -> Option<()> {
        self.at += 1;
        self.blank();
        if self.takes(b'}') {
            return Some(());
        }
        loop {
            let from = self.at + 1;
            if !self.takes(b'"') || self.string()? != Spelling::Plain {
                return None;
            }
            let name = &self.text[from..self.at - 1];
            self.colon()?;
            match self.trie.child(node, name) {
                Some(child) => self.value(child, depth + 1)?,
                None => self.skip()?,
            }
            self.blank();
            match self.next()? {
                b',' => self.blank(),
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }

    /// Passes a value that nobody wants.
    fn skip(&mut self) -> Option<()> {
        // The containers around, the innermost in the lowest bit: 1 is an object. The highest bit that is set is none.
        let mut around = 1_u64;
        loop {
            let is_empty = |this: &mut Self, end| {
                this.at += 1;
                this.blank();
                this.takes(end)
            };
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    self.string()?;
                }
                b'{' => {
                    if !is_empty(self, b'}') {
                        around = enter(around, 1)?;
                        self.name()?;
                        continue;
                    }
                }
                b'[' => {
                    if !is_empty(self, b']') {
                        around = enter(around, 0)?;
                        continue;
                    }
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                _ => {
                    self.literal()?;
                }
            }
            loop {
                if around == 1 {
                    return Some(());
                }
                self.blank();
                match (self.next()?, around & 1) {
                    (b',', inside) => {
                        self.blank();
                        if inside == 1 {
                            self.name()?;
                        }
                        break;
                    }
                    (b'}', 1) | (b']', 0) => around >>= 1,
                    _ => return None,
                }
            }
        }
    }

    /// Passes a member's name and what stands before its value.
    fn name(&mut self) -> Option<()> {
        if !self.takes(b'"') {
            return None;
        }
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Option<()> {
        self.blank();
        let colon = self.takes(b':').then_some(());
        self.blank();
        colon
    }

    /// Passes the rest of a string, its closing quote included.
    fn string(&mut self) -> Option<Spelling> {
        let bytes = self.text.as_bytes();
        let (mut at, mut spelling) = (self.at, Spelling::Plain);
        loop {
            match *bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    let (escape, length) = escape(&bytes[at + 1..])?;
                    (spelling, at) = (spelling.max(escape), at + length);
                }
                byte if byte < b' ' => return None,
                _ => at += plain(&bytes[at..]),
            }
        }
        self.at = at + 1;
        Some(spelling)
    }

    /// Passes a number: an integer that is one without doubt, or one (`None`) that serde's reader reads.
    fn number(&mut self) -> Option<Option<i64>> {
        let negative = self.takes(b'-');
        let (from, mut integer) = (self.at, 0_i64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            integer = integer.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            self.at += 1;
        }
        let (digits, begins) = (self.at - from, self.text.as_bytes().get(from));
        if digits == 0 || (digits > 1 && begins == Some(&b'0')) {
            return None;
        }
        let mut is_whole = true;
        if self.takes(b'.') {
            is_whole = false;
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            is_whole = false;
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            self.digits()?;
        }
        // -0 is no integer.
        let is_sure = is_whole && digits <= DIGITS && !(negative && integer == 0);
        Some(is_sure.then_some(if negative { -integer } else { integer }))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn literal(&mut self) -> Option<Raw<'de>> {
        let rest = &self.text.as_bytes()[self.at..];
        let (length, value) = match rest {
            [b't', b'r', b'u', b'e', ..] => (4, Raw::Boolean(true)),
            [b'f', b'a', b'l', b's', b'e', ..] => (5, Raw::Boolean(false)),
            [b'n', b'u', b'l', b'l', ..] => (4, Raw::Null),
            _ => return None,
        };
        self.at += length;
        Some(value)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }
}

/// The escape of which these bytes follow the backslash, and its length.
fn escape(rest: &[u8]) -> Option<(Spelling, usize)> {
    match rest.first()? {
        b'u' => rest.get(1..5)?.iter().all(u8::is_ascii_hexdigit).then_some((Spelling::Numbered, 6)),
        byte => meant(*byte).map(|_| (Spelling::Escaped, 2)),
    }
}

/// What a byte behind a backslash means.
fn meant(byte: u8) -> Option<char> {
    Some(match byte {
        b'"' | b'\\' | b'/' => char::from(byte),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        _ => return None,
    })
}

/// A text without its escapes, which are all of one character.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut after = after.chars();
        out.extend(after.next().and_then(|char| meant(char as u8)));
        rest = after.as_str();
    }
    out.push_str(rest);
    out
}

/// Bytes before the next one that means something in a string: a quote, a backslash, or a control character.
fn plain(bytes: &[u8]) -> usize {
    // Without branches: the compiler looks at a whole block with a few instructions.
    let means = |byte: u8| (byte == b'"') | (byte == b'\\') | (byte < b' ');
    let (mut at, mut rest) = (0, bytes);
    while let Some((block, after)) = rest.split_first_chunk::<BLOCK>() {
        let mut found = [0; BLOCK];
        for (found, byte) in found.iter_mut().zip(block) {
            *found = if means(*byte) { u8::MAX } else { 0 };
        }
        let found = u128::from_le_bytes(found);
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        (at, rest) = (at + BLOCK, after);
    }
    at + rest.iter().position(|byte| means(*byte)).unwrap_or(rest.len())
}

/// One container deeper; none: deeper than can be told here.
fn enter(around: u64, object: u64) -> Option<u64> {
    (around.leading_zeros() > 0).then_some(around << 1 | object)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::json;
    use super::*;

    /// A trie with every kind of place: nested, any name, pairs, a leaf, a place within lists.
    fn trie() -> (Trie, usize) {
        let mut trie = Trie::new();
        let paths: [&[&str]; 8] =
            [&["a"], &["b"], &["b", "a"], &["b", "c", "a"], &["c", "*"], &["d", "a"], &["d", "b"], &["e"]];
        for (slot, path) in paths.iter().enumerate() {
            trie.insert(path, slot as u16);
        }
        trie.pairs(&["d", "Data"], &["d"]);
        (trie, paths.len())
    }

    /// What both readers find.
    fn both(text: &str) -> (Option<Slots<'_>>, Option<Slots<'_>>) {
        let (trie, count) = trie();
        let mut quick = vec![Raw::Absent; count];
        let quick = extract(&trie, text, &mut quick).map(|()| quick);
        let mut slow = vec![Raw::Absent; count];
        let slow = json::by_serde(&trie, text, &mut slow).ok().map(|()| slow);
        (quick, slow)
    }

    fn value() -> impl Strategy<Value = String> {
        let scalar = prop_oneof![
            Just("null"),
            Just("true"),
            Just("false"),
            Just("0"),
            Just("-0"),
            Just("-12"),
            Just("01"),
            Just("1.50"),
            Just("1e3"),
            Just("1E+400"),
            Just("9223372036854775807"),
            Just("18446744073709551616"),
            Just("-"),
            Just("\"\""),
            Just("\"-\""),
            Just("\"a text that is longer than one block\""),
            Just("\"tab\\tand \\u00e9\""),
            Just("\"all: \\\" \\\\ \\/ \\b \\f \\n \\r \\t\\n\\\\\""),
            Just("\"lone \\ud800\""),
            Just("\"bad \\x\""),
            Just("\"é\u{1F600}\""),
            Just("\"raw\ttab\""),
            Just("\"open"),
        ]
        .prop_map(str::to_owned);
        scalar.prop_recursive(4, 40, 5, |inner| {
            let name = prop_oneof![
                Just("a"),
                Just("b"),
                Just("c"),
                Just("d"),
                Just("e"),
                Just("Data"),
                Just("Name"),
                Just("#text"),
                Just("other"),
                Just("\\u0061"),
                Just("a name that is longer than a block"),
            ];
            let blank = prop_oneof![8 => Just(""), 1 => Just(" "), 1 => Just("\r\n\t")];
            let member = (name, blank.clone(), inner.clone())
                .prop_map(|(name, blank, value)| format!("{blank}\"{name}\"{blank}:{blank}{value}{blank}"));
            prop_oneof![
                prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(","))),
                (prop::collection::vec(inner, 0..4), blank)
                    .prop_map(|(items, blank)| format!("[{blank}{}{blank}]", items.join(","))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn what_it_takes_serde_takes_with_the_same_values(text in value()) {
            let (quick, slow) = both(&text);
            if quick.is_some() {
                prop_assert_eq!(quick, slow);
            }
        }

        #[test]
        fn what_is_broken_anywhere_it_leaves_to_serde(text in value(), at in 0_usize..200, with in "[\\[\\]{}\",:\\\\ 0-9a-f\n-]?") {
            let chars: Vec<char> = text.chars().collect();
            let at = at % chars.len().max(1);
            let broken: String =
                chars[..at].iter().collect::<String>() + &with + &chars[(at + 1).min(chars.len())..].iter().collect::<String>();
            let (quick, slow) = both(&broken);
            if quick.is_some() {
                prop_assert_eq!(quick, slow);
            }
        }
    }

    #[test]
    fn a_usual_record_is_not_left_to_serde() {
        let text = r##" { "a" : "x\ny", "b":{"a":-5,"c":{"a":[1,{"x":"}"}]}}, "z":[{"a":{}},[],[[1.5e-3]],null],
            "c":{"any":true},"d":{"Data":[{"Name":"b","#text":"7"}]},"e":1.25} "##;
        let (quick, slow) = both(text);
        assert!(quick.is_some());
        assert_eq!(quick, slow);
    }

    #[test]
    fn nesting_beyond_count_is_left_to_serde() {
        let deep = |levels: usize| format!("{{\"z\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(both(&deep(63)).0.is_some());
        let deep = deep(100_000);
        let (quick, slow) = both(&deep);
        assert!(quick.is_none() && slow.is_some());
    }
}
