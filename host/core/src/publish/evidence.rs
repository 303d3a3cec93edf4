//! The evidence of an alert: what was seen, in which role, and the raw record that shows it.

use serde_json::{Map, Value, json};

use super::draft::Context;
use super::seen::typed;
use crate::contract::{Evidence, MAX_SEEN};
use crate::model::{Origin, Time};

/// Bytes of a value seen: a command line that tells itself.
const VALUE_BYTES: usize = 512;
/// Bytes of a name or a role.
const NAME_BYTES: usize = 256;

/// The earliest pieces of evidence, each with where it came from (`origins` stands beside them).
pub(super) fn evidences(
    context: &Context<'_>,
    evidence: &[Evidence],
    origins: &[Option<Origin>],
    max: usize,
) -> Vec<Value> {
    let mut ordered: Vec<_> = evidence.iter().zip(origins).collect();
    ordered.sort_by_key(|(evidence, _)| evidence.time);
    ordered.truncate(max);
    ordered.into_iter().map(|(evidence, origin)| told(context, evidence, *origin)).collect()
}

fn told(context: &Context<'_>, evidence: &Evidence, origin: Option<Origin>) -> Value {
    let role = named(&evidence.role);
    let seen = || evidence.seen.iter().take(MAX_SEEN).map(|(path, value)| (named(path), cut(value, VALUE_BYTES)));
    let mut values = Map::new();
    for (path, value) in seen() {
        // A list was seen item by item.
        match values.get_mut(&path) {
            None => {
                values.insert(path, json!(value));
            }
            Some(Value::Array(items)) => items.push(json!(value)),
            Some(first) => *first = json!([first.take(), value]),
        }
    }
    let texts: Vec<_> = seen().collect();
    let mut object = typed(texts.iter().map(|(path, value)| (path.as_str(), value.as_str())));
    if !role.is_empty() {
        object.insert("name".to_owned(), json!(role));
    }
    let mut data = json!({"role": role, "time": Time(evidence.time).to_string(), "seen": values});
    if let Some(origin) = origin {
        data["origin"] = place(context, origin);
    }
    object.insert("data".to_owned(), data);
    Value::Object(object)
}

/// `{topic, partition, offset}` or `{file, line}`, with the index in a record that packs several events.
pub(super) fn place(context: &Context<'_>, origin: Origin) -> Value {
    let source = context.plan.wants.sources.get(origin.source.0 as usize);
    let name = source.map_or_else(|| format!("source {}", origin.source.0), |source| source.name.clone());
    let mut place = if context.files {
        json!({"file": name, "line": origin.offset})
    } else {
        json!({"topic": name, "partition": origin.partition, "offset": origin.offset})
    };
    if origin.index > 0 {
        place["index"] = json!(origin.index);
    }
    place
}

/// At most so many bytes of a text, cut at a character's end and marked.
pub(super) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes - '…'.len_utf8())])
}

pub(super) fn named(text: &str) -> String {
    cut(text, NAME_BYTES)
}
