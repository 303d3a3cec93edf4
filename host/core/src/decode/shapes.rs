//! How the shapes of JSON records are told apart: by members that are there, the most telling shape first.

use super::answer::Shape;
use super::compile::Names;
use super::dialect::{self, Dialect};
use super::message;
use super::trie::Slots;

/// A shape of JSON and the dialect that its records speak.
#[derive(Debug)]
pub struct JsonShape {
    pub shape: Shape,
    pub dialect: &'static Dialect,
    /// A record has this shape if all members of one of these lists are there. Paths with `/` between their steps.
    pub marks: &'static [&'static [&'static str]],
}

/// All of them; a record has the first shape whose marks it bears. The last one has none: it takes what is left.
pub static JSON_SHAPES: &[JsonShape] = &[
    JsonShape {
        shape: Shape::Winlogbeat,
        dialect: &dialect::windows::DIALECT,
        marks: &[&["winlog/event_id"], &["winlog/channel"], &["event_id", "log_name"], &["event_id", "event_data"]],
    },
    JsonShape {
        shape: Shape::EvtxJson,
        dialect: &dialect::windows::DIALECT,
        marks: &[&["Event/System"], &["System/EventID"]],
    },
    JsonShape { shape: Shape::Ocsf, dialect: &dialect::ocsf::DIALECT, marks: &[&["class_uid"]] },
    JsonShape {
        shape: Shape::WindowsFlat,
        dialect: &dialect::windows::DIALECT,
        marks: &[
            &["EventID", "Channel"],
            &["EventID", "SourceName"],
            &["EventID", "ProviderName"],
            &["EventID", "Computer"],
            &["EventID", "Hostname"],
            &["EventCode", "LogName"],
            &["EventCode", "SourceName"],
        ],
    },
    JsonShape { shape: Shape::Zeek, dialect: &dialect::zeek::DIALECT, marks: dialect::zeek::MARKS },
    JsonShape { shape: Shape::Json, dialect: &dialect::base::DIALECT, marks: &[] },
];

/// A shape of text that is no JSON, and how its fields are read.
#[derive(Debug)]
pub struct TextShape {
    pub shape: Shape,
    pub dialect: &'static Dialect,
    /// Whether a text, without the header of a syslog relay, has this shape.
    pub is: fn(&str) -> bool,
    /// Reads a text's fields into slots by name. What it can't read stays absent.
    pub read: for<'a> fn(&'a str, &Names, &mut Slots<'a>),
}

/// All of them; a text has the first one that knows it.
pub static TEXT_SHAPES: &[TextShape] = &[
    TextShape {
        shape: Shape::WindowsText,
        dialect: &dialect::windows::DIALECT,
        is: message::is_event,
        read: message::extract,
    },
    TextShape {
        shape: Shape::Fortigate,
        dialect: &dialect::fortigate::DIALECT,
        is: dialect::fortigate::is_one,
        read: dialect::fortigate::extract,
    },
];

/// Members that hold the record proper as text: a JSON text in them is the record.
pub const ORIGINALS: &[&str] = &["raw", "_raw", "event/original", "log"];

/// Members that may hold the record proper as text: a text of a known shape in them is the record.
pub const MESSAGES: &[&str] = &["message", "Message", "content", "event", "Event", "payload", "body", "data"];

/// Members that may hold an event of a known shape as an object.
pub const NESTED: &[&str] = &["event", "Event", "content", "raw", "payload", "body", "data", "_source", "result"];

/// Members that may hold a list of records.
pub const PACKS: &[&str] = &["Records", "records", "value"];

/// The steps of a mark.
pub fn steps(path: &str) -> Vec<&str> {
    path.split('/').collect()
}
