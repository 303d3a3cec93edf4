//! From a tree with places to a typed value, with everything that is wrong on the way.

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::node::{Entry, Node, Place, Tree};
use super::show::Mistake;
use super::wrong::{Kind, Wrong};

/// Reads a value, telling all that is wrong with it. What is wrong is left out, so that the rest can be judged too;
/// none: too much is wrong.
pub fn read<T: DeserializeOwned>(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<T> {
    let mut node = node.clone();
    let mut removed = Vec::new();
    loop {
        let wrong = match T::deserialize(&node) {
            Ok(value) => return Some(value),
            Err(wrong) => wrong,
        };
        if let Kind::Missing(name) = &wrong.kind {
            // It is missing since it was wrong, which has been told.
            if !removed.iter().any(|key| key == name) {
                mistakes.push(wrong.mistake());
            }
            return None;
        }
        mistakes.push(wrong.mistake());
        match remove(&mut node, wrong.at.unwrap_or_default(), wrong.in_key) {
            Some(key) => removed.push(key),
            None => return None,
        }
    }
}

/// Takes out what stands in this place, an entry by its key or by its value; tells its key, or nothing of an item of a
/// list.
fn remove(node: &mut Node, at: Place, by_key: bool) -> Option<String> {
    match &mut node.tree {
        Tree::Map(entries) => {
            let is_it = |entry: &Entry| if by_key { entry.key_at == at } else { entry.value.at == at };
            match entries.iter().position(is_it) {
                Some(found) => Some(entries.remove(found).key),
                None => entries.iter_mut().find_map(|entry| remove(&mut entry.value, at, by_key)),
            }
        }
        Tree::List(items) => match items.iter().position(|item| !by_key && item.at == at) {
            Some(found) => {
                items.remove(found);
                Some(String::new())
            }
            None => items.iter_mut().find_map(|item| remove(item, at, by_key)),
        },
        _ => None,
    }
}

impl Node {
    /// A text of the environment as the number or boolean that it spells.
    fn scalar<'de, V: Visitor<'de>>(&self, text: &str, visitor: V) -> Result<V::Value, Wrong> {
        if let Ok(unsigned) = text.parse::<u64>() {
            return visitor.visit_u64(unsigned);
        }
        match (text.parse::<i64>(), text) {
            (Ok(integer), _) => visitor.visit_i64(integer),
            (_, "true") => visitor.visit_bool(true),
            (_, "false") => visitor.visit_bool(false),
            _ => visitor.visit_str(text),
        }
    }

    fn visit<'de, V: Visitor<'de>>(&'de self, visitor: V) -> Result<V::Value, Wrong> {
        match &self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Boolean(boolean) => visitor.visit_bool(*boolean),
            Tree::Integer(integer) => match u64::try_from(*integer) {
                Ok(unsigned) => visitor.visit_u64(unsigned),
                Err(_) => visitor.visit_i64(*integer),
            },
            Tree::Unsigned(unsigned) => visitor.visit_u64(*unsigned),
            Tree::Real(real) => visitor.visit_f64(*real),
            Tree::Text(text) => visitor.visit_borrowed_str(text),
            Tree::List(items) => visitor.visit_seq(Items(items.iter())),
            Tree::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        }
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match &self.tree {
                Tree::Text(text) if self.from_environment => self.scalar(text, visitor),
                _ => self.visit(visitor),
            }
            .map_err(|wrong| wrong.at(self.at))
        }
    )*};
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Wrong;

    numbers! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        self.visit(visitor).map_err(|wrong| wrong.at(self.at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match &self.tree {
            Tree::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            Tree::Map(entries) if entries.len() == 1 => visitor.visit_enum(Variant(&entries[0])),
            _ => self.visit(visitor),
        }
        .map_err(|wrong| wrong.at(self.at))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.tree {
            // A section of which every line is commented out.
            Tree::Null => visitor.visit_map(Entries { rest: [].iter(), value: None }),
            _ => self.visit(visitor),
        }
        .map_err(|wrong| wrong.at(self.at))
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Wrong> {
        self.0.next().map(|item| seed.deserialize(item).map_err(|wrong| wrong.at(item.at))).transpose()
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Wrong> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(&entry.value);
        let key: StrDeserializer<'_, Wrong> = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|wrong: Wrong| wrong.at_key(entry.key_at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        let value = self.value.take().ok_or_else(|| <Wrong as de::Error>::custom("a key without a value"))?;
        seed.deserialize(value).map_err(|wrong| wrong.at(value.at))
    }
}

/// `{name: value}` as a variant with content.
struct Variant<'de>(&'de Entry);

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Wrong;
    type Variant = &'de Node;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, &'de Node), Wrong> {
        let key: StrDeserializer<'_, Wrong> = self.0.key.as_str().into_deserializer();
        let variant = seed.deserialize(key).map_err(|wrong| wrong.at(self.0.key_at))?;
        Ok((variant, &self.0.value))
    }
}

impl<'de> VariantAccess<'de> for &'de Node {
    type Error = Wrong;

    fn unit_variant(self) -> Result<(), Wrong> {
        Err(<Wrong as de::Error>::custom("takes no value").at(self.shown()))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Wrong> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.visit(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Wrong> {
        self.visit(visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        brokers: Vec<String>,
        #[serde(default)]
        shards: u32,
        #[serde(default)]
        protocol: Option<Protocol>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Protocol {
        Consumer,
        Classic,
    }

    fn mistakes(text: &str) -> Vec<(String, String)> {
        let mut mistakes = Vec::new();
        read::<Sample>(&Node::parse(text).unwrap(), &mut mistakes);
        let shown = |place: Place| text[place.offset..place.offset + place.len].to_owned();
        mistakes.into_iter().map(|mistake| (shown(mistake.at), mistake.message)).collect()
    }

    #[test]
    fn a_right_document_is_read() {
        let node = Node::parse("brokers: [a]\nshards: 3\nprotocol: classic\n").unwrap();
        let sample = read::<Sample>(&node, &mut Vec::new()).unwrap();
        assert_eq!((sample.brokers.len(), sample.shards, sample.protocol), (1, 3, Some(Protocol::Classic)));
    }

    #[test]
    fn all_mistakes_are_told_in_one_go_and_in_their_places() {
        let told = mistakes("borkers: [a]\nshards: many\nprotocol: clasic\nbrokers: [a, {b: 1}]\n");
        let places: Vec<_> = told.iter().map(|(place, _)| place.as_str()).collect();
        assert_eq!(places, ["borkers", "many", "clasic", "{"]);
        assert!(told[1].1.contains("u32 is wanted"), "{told:?}");
    }

    #[test]
    fn a_number_may_come_from_the_environment() {
        let mut node = Node::parse("brokers: []\nshards: ${N}\n").unwrap();
        node.resolve(&|_| Some("7".to_owned()), &mut Vec::new());
        assert_eq!(read::<Sample>(&node, &mut Vec::new()).unwrap().shards, 7);
    }
}
