//! How the shapes of JSON records are told apart: by members that are there, the most telling shape first.

use super::answer::Shape;
use super::dialect::{self, Dialect};

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

/// Members that may hold the record proper as text.
pub const ENVELOPES: &[&str] =
    &["message", "raw", "event/original", "log", "_raw", "content", "event", "Event", "Message", "payload", "body"];

/// Members that may hold the record proper as an object.
pub const NESTED: &[&str] = &["event", "Event", "content", "raw", "payload", "body", "_source", "result"];

/// Members that may hold a list of records.
pub const PACKS: &[&str] = &["Records", "records", "value", "events", "Events"];

/// The steps of a mark.
pub fn steps(path: &str) -> Vec<&str> {
    path.split('/').collect()
}
