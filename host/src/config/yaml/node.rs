//! A YAML document as a tree with places.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::show::Mistake;

/// Where something stands in the file: bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub offset: usize,
    pub len: usize,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub at: Place,
    pub tree: Tree,
    /// The text came, in part or whole, from the environment: a number in it is a number.
    pub from_environment: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    Null,
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Real(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_at: Place,
    pub value: Node,
}

// === impl Node ===

impl Node {
    /// Parses a document.
    ///
    /// # Errors
    /// The first thing that is not YAML.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        if text.trim().is_empty() {
            return Ok(Self::of(Tree::Map(Vec::new())));
        }
        serde_saphyr::from_str::<Self>(text).map_err(|error| {
            let at = error.location().map(|location| found(text, &location)).unwrap_or_default();
            let message = error.without_snippet().to_string();
            let message = message.lines().next().unwrap_or("not YAML");
            Mistake::new(at, message.split(" at line ").next().unwrap_or(message))
        })
    }

    fn of(tree: Tree) -> Self {
        Self { at: Place::default(), tree, from_environment: false }
    }

    pub fn is_text(&self, text: &str) -> bool {
        matches!(&self.tree, Tree::Text(own) if own == text)
    }

    pub fn entries(&self) -> &[Entry] {
        match &self.tree {
            Tree::Map(entries) => entries,
            _ => &[],
        }
    }

    pub fn items(&self) -> &[Self] {
        match &self.tree {
            Tree::List(items) => items,
            _ => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Takes an entry out of a map.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let Tree::Map(entries) = &mut self.tree else { return None };
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at))
    }

    /// The place that shows this value best: itself, or the first key of a map.
    pub fn shown(&self) -> Place {
        match &self.tree {
            Tree::Map(entries) => entries.first().map_or(self.at, |entry| entry.key_at),
            Tree::List(items) => items.first().map_or(self.at, Self::shown),
            _ => self.at,
        }
    }

    /// The place of what a JSON pointer names; of the nearest value around it where it is not there.
    pub fn pointer(&self, pointer: &str) -> Place {
        let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
        self.follow(&steps.collect::<Vec<_>>())
    }

    fn follow(&self, steps: &[String]) -> Place {
        let Some((step, rest)) = steps.split_first() else { return self.shown() };
        let entry = self.entries().iter().find(|entry| entry.key == *step);
        let item = step.parse::<usize>().ok().and_then(|at| self.items().get(at));
        match (entry, item) {
            (Some(entry), _) if rest.is_empty() && !matches!(entry.value.tree, Tree::Map(_) | Tree::List(_)) => {
                entry.value.at
            }
            (Some(entry), _) if rest.is_empty() => entry.key_at,
            (Some(entry), _) => entry.value.follow(rest),
            (_, Some(item)) => item.follow(rest),
            _ => self.shown(),
        }
    }

    /// The place of what a dotted path names; keys may hold dots themselves.
    pub fn dotted(&self, path: &str) -> Place {
        for entry in self.entries() {
            match path.strip_prefix(entry.key.as_str()) {
                Some("") => return entry.value.scalar_or(entry.key_at),
                Some(rest) if rest.starts_with('.') => return entry.value.dotted(&rest[1..]),
                _ => {}
            }
        }
        self.shown()
    }

    fn scalar_or(&self, other: Place) -> Place {
        if matches!(self.tree, Tree::Map(_) | Tree::List(_)) { other } else { self.at }
    }

    /// The same as JSON, without places.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.tree {
            Tree::Null => Value::Null,
            Tree::Boolean(boolean) => Value::Bool(*boolean),
            Tree::Integer(integer) => Value::from(*integer),
            Tree::Unsigned(unsigned) => Value::from(*unsigned),
            Tree::Real(real) => Value::from(*real),
            Tree::Text(text) => Value::String(text.clone()),
            Tree::List(items) => items.iter().map(Self::json).collect(),
            Tree::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.value.json())).collect(),
        }
    }

    /// Puts values of the environment for `${NAME}` in texts; `$${` is a plain `${`. Tells names that are not set.
    pub fn resolve(&mut self, variable: &dyn Fn(&str) -> Option<String>, mistakes: &mut Vec<Mistake>) {
        match &mut self.tree {
            Tree::Text(text) if text.contains("${") => match substituted(text, variable) {
                Ok(value) => {
                    *text = value;
                    self.from_environment = true;
                }
                Err(message) => mistakes.push(Mistake::new(self.at, message)),
            },
            Tree::List(items) => items.iter_mut().for_each(|item| item.resolve(variable, mistakes)),
            Tree::Map(entries) => entries.iter_mut().for_each(|entry| entry.value.resolve(variable, mistakes)),
            _ => {}
        }
    }
}

fn substituted(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            out.push_str(&rest[..at]);
            out.push('{');
            rest = &rest[at + 2..];
            continue;
        }
        out.push_str(&rest[..at]);
        let after = &rest[at + 2..];
        let end = after.find('}').ok_or("`${` is not closed: `${NAME}` takes a value from the environment")?;
        let name = &after[..end];
        out.push_str(&variable(name).ok_or_else(|| format!("{name} is not set in the environment"))?);
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The place of a fault, of which the parser tells line and column alone.
fn found(text: &str, location: &Location) -> Place {
    let at = place(location);
    if at.offset != 0 {
        return at;
    }
    let whole = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or_default();
    let line = text.split_inclusive('\n').take(whole(location.line())).map(str::len).sum::<usize>();
    let column = text[line..].chars().take(whole(location.column())).map(char::len_utf8).sum::<usize>();
    Place { offset: line + column, len: 1 }
}

fn place(location: &Location) -> Place {
    let span = location.span();
    let whole = |bytes: Option<u64>| usize::try_from(bytes.unwrap_or_default()).unwrap_or_default();
    Place { offset: whole(span.byte_offset()), len: whole(span.byte_len()) }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        Ok(Self { at: place(&spanned.referenced), tree: spanned.value, from_environment: false })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Tree, E> {
        Ok(Tree::Boolean(boolean))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Tree, E> {
        Ok(Tree::Integer(integer))
    }

    fn visit_u64<E>(self, unsigned: u64) -> Result<Tree, E> {
        Ok(i64::try_from(unsigned).map_or(Tree::Unsigned(unsigned), Tree::Integer))
    }

    fn visit_f64<E>(self, real: f64) -> Result<Tree, E> {
        Ok(Tree::Real(real))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<Spanned<String>>()? {
            let key_at = place(&key.referenced);
            map.push(Entry { key: key.value, key_at, value: entries.next_value()? });
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "kafka:\n  brokers: [a:1, b:2]\n  librdkafka:\n    linger.ms: 5\n";

    #[test]
    fn every_value_knows_its_place() {
        let node = Node::parse(TEXT).unwrap();
        let shown = |place: Place| &TEXT[place.offset..place.offset + place.len];
        assert_eq!(shown(node.pointer("/kafka/brokers/1")), "b:2");
        assert_eq!(shown(node.pointer("/kafka/brokers")), "brokers");
        assert_eq!(shown(node.pointer("/kafka/nothing")), "brokers");
        assert_eq!(shown(node.dotted("kafka.librdkafka.linger.ms")), "5");
    }

    #[test]
    fn names_in_braces_are_taken_from_the_environment() {
        let mut node = Node::parse("a: \"${NAME}-x\"\nb: \"$${NAME}\"\nc: ${GONE}\n").unwrap();
        let mut mistakes = Vec::new();
        node.resolve(&|name| (name == "NAME").then(|| "value".to_owned()), &mut mistakes);
        assert_eq!(node.get("a").unwrap().tree, Tree::Text("value-x".to_owned()));
        assert_eq!(node.get("b").unwrap().tree, Tree::Text("${NAME}".to_owned()));
        assert_eq!(mistakes.len(), 1);
        assert_eq!(mistakes[0].message, "GONE is not set in the environment");
    }

    #[test]
    fn what_is_not_yaml_is_shown_in_its_place() {
        let mistake = Node::parse("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(mistake.at.offset > 4, "{mistake:?}");
    }
}
