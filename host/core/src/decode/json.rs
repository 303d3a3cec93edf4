//! One pass over a JSON text that keeps the values of wanted paths and skips the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::raw::Raw;
use super::trie::{NodeId, Slots, Trie};

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
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let walk = Walk { trie, node: Trie::ROOT, slots, listed: false };
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

/// Visits a value at a node of the trie.
struct Walk<'t, 's, 'de> {
    trie: &'t Trie,
    node: NodeId,
    slots: &'s mut Slots<'de>,
    /// The value lies in a list: values of one slot are gathered.
    listed: bool,
}

/// Reads a member's name as the node it leads to.
struct Name<'t> {
    trie: &'t Trie,
    node: NodeId,
}

/// Reads an element of a list of pairs.
struct Pair<'t, 's, 'de> {
    trie: &'t Trie,
    of: NodeId,
    slots: &'s mut Slots<'de>,
    number: usize,
}

/// Reads any value as [`Raw`]; a list's items too, but not what lies deeper.
struct Any {
    listed: bool,
}

const ONE: Any = Any { listed: false };
const ITEM: Any = Any { listed: true };

// === impl Walk ===

impl<'de> Walk<'_, '_, 'de> {
    fn set(self, value: Raw<'de>) {
        let Some(slot) = self.trie.slot(self.node) else { return };
        let place = &mut self.slots[slot as usize];
        match place {
            Raw::List(items) if self.listed => items.push(value),
            Raw::Absent | Raw::Null | Raw::Object => *place = value,
            _ if self.listed => *place = Raw::List(vec![std::mem::take(place), value]),
            _ => *place = value,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.set(Raw::Boolean(truth));
        Ok(())
    }

    fn visit_i64<E>(self, integer: i64) -> Result<(), E> {
        self.set(Raw::Integer(integer));
        Ok(())
    }

    fn visit_u64<E>(self, integer: u64) -> Result<(), E> {
        self.set(unsigned(integer));
        Ok(())
    }

    fn visit_f64<E>(self, real: f64) -> Result<(), E> {
        self.set(Raw::Real(real));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.set(Raw::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.set(Raw::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.set(Raw::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        if let Some(of) = self.trie.pairs_for(self.node) {
            let mut number = 1;
            while seq.next_element_seed(Pair { trie: self.trie, of, slots: self.slots, number })?.is_some() {
                number += 1;
            }
            return Ok(());
        }
        if self.listed {
            return skip(seq);
        }
        if self.trie.is_leaf(self.node) {
            let items = items(seq)?;
            self.set(Raw::List(items));
            return Ok(());
        }
        if let Some(slot) = self.trie.slot(self.node) {
            self.slots[slot as usize] = Raw::List(Vec::new());
        }
        while seq
            .next_element_seed(Walk { trie: self.trie, node: self.node, slots: self.slots, listed: true })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if let Some(of) = self.trie.pairs_for(self.node) {
            return Pair { trie: self.trie, of, slots: self.slots, number: 1 }.visit_map(map);
        }
        let Walk { trie, node, slots, listed } = self;
        if trie.slot(node).is_some() {
            Walk { trie, node, slots, listed }.set(Raw::Object);
        }
        while let Some(child) = map.next_key_seed(Name { trie, node })? {
            match child {
                Some(child) => map.next_value_seed(Walk { trie, node: child, slots, listed })?,
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn items<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<Raw<'de>>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element_seed(ITEM)? {
        items.push(item);
    }
    Ok(items)
}

fn skip<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn unsigned(integer: u64) -> Raw<'static> {
    i64::try_from(integer).map_or_else(|_| Raw::owned(integer.to_string()), Raw::Integer)
}

// === impl Name ===

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<NodeId>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<NodeId>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.trie.child(self.node, name))
    }
}

// === impl Pair ===

impl<'de> Pair<'_, '_, 'de> {
    fn set(mut self, name: Option<&str>, value: Raw<'de>) {
        match (name, value) {
            (Some(name), value) => self.put(name, value),
            (None, Raw::List(items)) => {
                for value in items {
                    self.put(&format!("param{}", self.number), value);
                    self.number += 1;
                }
            }
            (None, value) => self.put(&format!("param{}", self.number), value),
        }
    }

    fn put(&mut self, name: &str, value: Raw<'de>) {
        if let Some(node) = self.trie.child(self.of, name) {
            Walk { trie: self.trie, node, slots: self.slots, listed: false }.set(value);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Pair<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pair<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a named value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.set(None, Raw::Boolean(truth));
        Ok(())
    }

    fn visit_i64<E>(self, integer: i64) -> Result<(), E> {
        self.set(None, Raw::Integer(integer));
        Ok(())
    }

    fn visit_u64<E>(self, integer: u64) -> Result<(), E> {
        self.set(None, unsigned(integer));
        Ok(())
    }

    fn visit_f64<E>(self, real: f64) -> Result<(), E> {
        self.set(None, Raw::Real(real));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.set(None, Raw::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.set(None, Raw::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<(), A::Error> {
        skip(seq)
    }

    /// `{"Name": …, "#text": …}`, the name perhaps among `#attributes`.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut name, mut value) = (None::<Cow<'de, str>>, Raw::Null);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "Name" | "@Name" | "name" | "-Name" => {
                    name = map.next_value_seed(ITEM)?.to_text().map(|name| Cow::Owned(name.into_owned()));
                }
                "#attributes" => name = map.next_value::<Attributes<'de>>()?.name.or(name),
                "#text" | "text" | "Value" | "value" | "_" | "content" => value = map.next_value_seed(ONE)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.set(name.as_deref(), value);
        Ok(())
    }
}

/// What `#attributes` tells of a pair.
#[derive(serde::Deserialize)]
struct Attributes<'a> {
    #[serde(rename = "Name", borrow)]
    name: Option<Cow<'a, str>>,
}

// === impl Any ===

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Raw<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Raw<'de>, E> {
        Ok(Raw::Boolean(truth))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Raw<'de>, E> {
        Ok(Raw::Integer(integer))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Raw<'de>, E> {
        Ok(unsigned(integer))
    }

    fn visit_f64<E>(self, real: f64) -> Result<Raw<'de>, E> {
        Ok(Raw::Real(real))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Raw<'de>, E> {
        Ok(Raw::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw<'de>, E> {
        Ok(Raw::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Raw<'de>, E> {
        Ok(Raw::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Raw<'de>, A::Error> {
        if self.listed {
            skip(seq)?;
            return Ok(Raw::Object);
        }
        items(seq).map(Raw::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Raw::Object)
    }
}
