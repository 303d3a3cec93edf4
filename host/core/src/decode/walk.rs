//! The walk of a JSON text along a trie: serde's seeds and visitors, one for each kind of place.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::raw::Raw;
use super::trie::{NodeId, Slots, Trie};

/// The visits of scalars, which all end in one method that takes the value.
macro_rules! scalars {
    ($take:ident -> $value:ty) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }

        fn visit_bool<E>(self, truth: bool) -> Result<$value, E> {
            Ok(self.$take(Raw::Boolean(truth)))
        }

        fn visit_i64<E>(self, integer: i64) -> Result<$value, E> {
            Ok(self.$take(Raw::Integer(integer)))
        }

        /// Beyond 63 bits an integer keeps its digits.
        fn visit_u64<E>(self, integer: u64) -> Result<$value, E> {
            let small = i64::try_from(integer).map(Raw::Integer);
            Ok(self.$take(small.unwrap_or_else(|_| Raw::owned(integer.to_string()))))
        }

        fn visit_f64<E>(self, real: f64) -> Result<$value, E> {
            Ok(self.$take(Raw::Real(real)))
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<$value, E> {
            Ok(self.$take(Raw::Text(Cow::Borrowed(text))))
        }

        fn visit_str<E>(self, text: &str) -> Result<$value, E> {
            Ok(self.$take(Raw::owned(text.to_owned())))
        }

        fn visit_unit<E>(self) -> Result<$value, E> {
            Ok(self.$take(Raw::Null))
        }
    };
}

/// Visits a value at a node of the trie.
pub struct Walk<'t, 's, 'de> {
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

impl<'t, 's, 'de> Walk<'t, 's, 'de> {
    /// A walk that begins at a node.
    pub fn at(trie: &'t Trie, node: NodeId, slots: &'s mut Slots<'de>) -> Self {
        Self { trie, node, slots, listed: false }
    }

    /// Keeps a value at its node's slot, if that has one.
    pub fn set(self, value: Raw<'de>) {
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

    scalars!(set -> ());

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
    fn set_unnamed(self, value: Raw<'de>) {
        if value.exists() {
            self.set(None, value);
        }
    }

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

    scalars!(set_unnamed -> ());

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

impl Any {
    fn value(self, value: Raw<'_>) -> Raw<'_> {
        value
    }
}

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Raw<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Raw<'de>;

    scalars!(value -> Raw<'de>);

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
