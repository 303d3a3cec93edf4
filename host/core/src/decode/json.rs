//! One pass over a JSON text that keeps the values of wanted paths and skips the rest.

use serde::de::DeserializeSeed;

use super::raw::Raw;
use super::scan;
use super::trie::{Slots, Trie};
use super::walk::Walk;

/// Why a text is not the JSON it should be.
#[derive(Debug)]
pub struct JsonError {
    pub message: String,
    /// Byte at which reading stopped.
    pub at: usize,
    /// The text ended too early.
    pub truncated: bool,
}

/// Extracts what the trie wants of a text into slots that are all absent. Of duplicate members the last one holds.
pub fn extract<'de>(trie: &Trie, text: &'de str, slots: &mut Slots<'de>) -> Result<(), JsonError> {
    if scan::extract(trie, text, slots).is_some() {
        return Ok(());
    }
    slots.iter_mut().for_each(|slot| *slot = Raw::Absent);
    by_serde(trie, text, slots)
}

/// The same by the reader that knows all of JSON, and says what is wrong with what is not.
pub fn by_serde<'de>(trie: &Trie, text: &'de str, slots: &mut Slots<'de>) -> Result<(), JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let walk = Walk::at(trie, Trie::ROOT, slots);
    let result = walk.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    result.map_err(|error| fault(text, &error))
}

/// The text with lone surrogate escapes replaced, if it has any: a reader of Rust strings refuses them.
pub fn without_lone_surrogates(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', &bytes[at..]) {
        at += next;
        let escape = surrogate(bytes, at);
        at += match escape {
            Some(Half::High) if surrogate(bytes, at + 6) == Some(Half::Low) => 12,
            Some(_) => {
                mended.push_str(&text[copied..at]);
                mended.push_str("\\ufffd");
                copied = at + 6;
                6
            }
            None => 2,
        };
        if at >= bytes.len() {
            break;
        }
    }
    (copied > 0).then(|| {
        mended.push_str(&text[copied..]);
        mended
    })
}

pub fn fault(text: &str, error: &serde_json::Error) -> JsonError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    JsonError { message, at: position(text, error.line(), error.column()), truncated: error.is_eof() }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    High,
    Low,
}

/// The half of a surrogate pair that is escaped at a byte.
fn surrogate(bytes: &[u8], at: usize) -> Option<Half> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let unit = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    match unit {
        0xd800..0xdc00 => Some(Half::High),
        0xdc00..0xe000 => Some(Half::Low),
        _ => None,
    }
}

/// The byte behind a line (from 1) and a column (bytes of the line read so far).
fn position(text: &str, line: usize, column: usize) -> usize {
    let before = memchr::memchr_iter(b'\n', text.as_bytes()).take(line.saturating_sub(1)).last();
    let start = if line > 1 { before.map_or(0, |newline| newline + 1) } else { 0 };
    (start + column.saturating_sub(1)).min(text.len())
}
