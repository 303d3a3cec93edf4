//! What the operator tunes: a struct with defaults, its JSON Schema, and all that is wrong with a given JSON at once.
//!
//! [`settings!`](crate::settings!) makes the three from one text. There is no serde derive behind it: it would stop at the first mistake,
//! tells no place as a JSON pointer, and adds more to a component's size than this whole module.

mod units;
mod values;

pub use serde_json::{Value as Json, json};
pub use units::{Bytes, Span};

use crate::bindings::Problem;

/// A type that settings may have.
pub trait Setting: Sized {
    /// Its JSON Schema.
    fn schema() -> Json;
    /// Its JSON, for the schema's `default`.
    fn json(&self) -> Json;
    /// Reads it; what is wrong goes to the problems, with its place.
    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self>;
}

/// All that is wrong with settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problems(Vec<Problem>);

/// For a detector that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoSettings;

// === impl Problems ===

impl Problems {
    /// Adds one, with its place as a JSON pointer (empty for the whole).
    pub fn add(&mut self, at: &str, message: impl Into<String>) {
        self.0.push(Problem { at: at.into(), message: message.into() });
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order they were found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}

// === impl NoSettings ===

impl Setting for NoSettings {
    fn schema() -> Json {
        object_schema(&[])
    }

    fn json(&self) -> Json {
        json!({})
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        known_keys(json, at, &[], problems).then_some(Self)
    }
}

/// Reads settings from JSON text.
///
/// # Errors
/// All that is wrong with it.
pub fn parse<S: Setting>(text: &str) -> Result<S, Problems> {
    let mut problems = Problems::default();
    let text = if text.trim().is_empty() { "{}" } else { text };
    let settings = match serde_json::from_str::<Json>(text) {
        Ok(json) => S::read(&json, "", &mut problems),
        Err(error) => {
            problems.add("", format!("not JSON: {error}"));
            None
        }
    };
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(problems),
    }
}

/// A field as a schema shows it.
#[doc(hidden)]
#[derive(Debug)]
pub struct FieldSchema {
    pub name: &'static str,
    pub doc: &'static str,
    pub schema: Json,
    pub default: Json,
    pub range: Option<(i64, i64)>,
}

#[doc(hidden)]
pub fn object_schema(fields: &[FieldSchema]) -> Json {
    let mut properties = serde_json::Map::new();
    for field in fields {
        let mut schema = field.schema.clone();
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".into(), field.doc.trim().into());
            object.insert("default".into(), field.default.clone());
            if let Some((least, most)) = field.range {
                object.insert("minimum".into(), least.into());
                object.insert("maximum".into(), most.into());
            }
        }
        properties.insert(field.name.into(), schema);
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// Whether it is an object; keys that it should not have are problems.
#[doc(hidden)]
pub fn known_keys(json: &Json, at: &str, known: &[&str], problems: &mut Problems) -> bool {
    let Some(object) = json.as_object() else {
        problems.add(at, format!("an object is wanted, not {}", kind_of(json)));
        return false;
    };
    for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
        let near = known.iter().map(|name| (distance(key, name), name)).min().filter(|(d, _)| *d <= 2 + key.len() / 5);
        let hint = match near {
            Some((_, name)) => format!("; did you mean {name}?"),
            None if known.is_empty() => "; there are no settings".into(),
            None => format!("; known are {}", known.join(", ")),
        };
        problems.add(&pointer(at, key), format!("unknown setting{hint}"));
    }
    true
}

/// Reads one field of an object, or its default; a mistake is told and gives the default.
#[doc(hidden)]
pub fn field<T: Setting>(json: &Json, at: &str, name: &str, default: T, problems: &mut Problems) -> T {
    match json.get(name) {
        None => default,
        Some(value) => T::read(value, &pointer(at, name), problems).unwrap_or(default),
    }
}

#[doc(hidden)]
pub fn in_range<T: Setting>(value: &T, at: &str, name: &str, range: (i64, i64), problems: &mut Problems) {
    if value.json().as_i64().is_some_and(|value| value < range.0 || value > range.1) {
        problems.add(&pointer(at, name), format!("{} to {} is wanted, not {}", range.0, range.1, value.json()));
    }
}

/// A place below a place, as a JSON pointer.
pub fn pointer(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

pub(crate) fn kind_of(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// Makes a settings struct with defaults, JSON Schema and reading.
///
/// ```
/// sekisho_sdk::settings! {
///     /// How the operator tunes it.
///     pub struct Settings {
///         /// distinct hosts that raise a finding
///         threshold: u32 [2..=1000] = 5,
///         /// within this time
///         window: Span = Span::minutes(10),
///         /// accounts that may
///         allowed: Vec<String> = Vec::new(),
///     }
/// }
/// # use sekisho_sdk::Span;
/// let settings: Settings = sekisho_sdk::settings::parse(r#"{"window": "1h"}"#).unwrap();
/// assert_eq!((settings.threshold, settings.window.nanos()), (5, 3_600_000_000_000));
/// let wrong = sekisho_sdk::settings::parse::<Settings>(r#"{"threshhold": 1, "window": 3}"#).unwrap_err();
/// assert_eq!(wrong.into_vec().len(), 2);
/// ```
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])* $field:ident : $ty:ty $([$least:literal ..= $most:literal])? = $default:expr),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $($(#[doc = $doc])* pub $field: $ty,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::settings::Setting for $name {
            fn schema() -> $crate::settings::Json {
                let default = Self::default();
                $crate::settings::object_schema(&[$($crate::settings::FieldSchema {
                    name: stringify!($field),
                    doc: concat!($($doc, " "),*),
                    schema: <$ty as $crate::settings::Setting>::schema(),
                    default: $crate::settings::Setting::json(&default.$field),
                    range: $crate::settings!(@range $($least, $most)?),
                },)*])
            }

            fn json(&self) -> $crate::settings::Json {
                $crate::settings::json!({ $(stringify!($field): $crate::settings::Setting::json(&self.$field)),* })
            }

            fn read(
                json: &$crate::settings::Json, at: &str, problems: &mut $crate::settings::Problems,
            ) -> Option<Self> {
                if !$crate::settings::known_keys(json, at, &[$(stringify!($field)),*], problems) {
                    return None;
                }
                let default = Self::default();
                let read = Self {
                    $($field: $crate::settings::field(json, at, stringify!($field), default.$field, problems),)*
                };
                $($(
                    $crate::settings::in_range(&read.$field, at, stringify!($field), ($least, $most), problems);
                )?)*
                Some(read)
            }
        }
    };
    (@range) => { None };
    (@range $least:literal, $most:literal) => { Some(($least, $most)) };
}
