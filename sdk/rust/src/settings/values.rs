//! Plain values as settings.

use super::{Json, Problems, Setting, json, kind_of, pointer};
use crate::maps::Map;

macro_rules! integers {
    ($($ty:ty),*) => {$(
        impl Setting for $ty {
            fn schema() -> Json {
                json!({ "type": "integer" })
            }

            fn json(&self) -> Json {
                json!(self)
            }

            fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
                let read = json.as_i64().and_then(|value| Self::try_from(value).ok());
                if read.is_none() {
                    let range = format!("{} to {}", Self::MIN, Self::MAX);
                    let what = if json.is_i64() || json.is_u64() { json.to_string() } else { kind_of(json).into() };
                    problems.add(at, format!("an integer from {range} is wanted, not {what}"));
                }
                read
            }
        }
    )*};
}
integers!(u8, u16, u32, u64, i64, usize);

macro_rules! plain {
    ($ty:ty, $name:literal, $wanted:literal, $read:expr) => {
        impl Setting for $ty {
            fn schema() -> Json {
                json!({ "type": $name })
            }

            fn json(&self) -> Json {
                json!(self)
            }

            fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
                let read = $read(json);
                if read.is_none() {
                    problems.add(at, format!(concat!($wanted, " is wanted, not {}"), kind_of(json)));
                }
                read
            }
        }
    };
}
plain!(bool, "boolean", "true or false", Json::as_bool);
plain!(f64, "number", "a number", Json::as_f64);
plain!(String, "string", "a text", |json: &Json| json.as_str().map(String::from));

impl<T: Setting> Setting for Option<T> {
    fn schema() -> Json {
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }

    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::json)
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        if json.is_null() { Some(None) } else { T::read(json, at, problems).map(Some) }
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn schema() -> Json {
        json!({ "type": "array", "items": T::schema() })
    }

    fn json(&self) -> Json {
        self.iter().map(T::json).collect()
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        let Some(items) = json.as_array() else {
            problems.add(at, format!("a list is wanted, not {}", kind_of(json)));
            return None;
        };
        let each = items.iter().enumerate().map(|(i, item)| T::read(item, &pointer(at, &i.to_string()), problems));
        let read: Vec<Option<T>> = each.collect();
        read.into_iter().collect()
    }
}

impl<T: Setting> Setting for Map<String, T> {
    fn schema() -> Json {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }

    fn json(&self) -> Json {
        self.iter().map(|(key, value)| (key.clone(), value.json())).collect()
    }

    fn read(json: &Json, at: &str, problems: &mut Problems) -> Option<Self> {
        let Some(object) = json.as_object() else {
            problems.add(at, format!("an object is wanted, not {}", kind_of(json)));
            return None;
        };
        let each = object.iter().map(|(key, item)| Some((key.clone(), T::read(item, &pointer(at, key), problems)?)));
        let read: Vec<Option<(String, T)>> = each.collect();
        read.into_iter().collect()
    }
}
