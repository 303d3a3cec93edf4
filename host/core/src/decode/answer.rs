//! What decoding answers, and how a source is configured.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::Time;

/// The form of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Windows events as Winlogbeat and the Elastic Agent write them (`winlog.event_data`).
    Winlogbeat,
    /// Windows events as JSON of their XML (`Event.System`, `Event.EventData`).
    EvtxJson,
    /// Windows events as flat JSON (NXLog, cloud workspaces): event data beside the header.
    WindowsFlat,
    /// Windows events as XML.
    WindowsXml,
    /// Windows events as `LogName=…` text with the rendered message.
    WindowsText,
    /// Zeek's logs as JSON.
    Zeek,
    /// FortiGate's `key=value` lines.
    Fortigate,
    /// Events that are OCSF already.
    Ocsf,
    /// Any other JSON: a Base Event whose fields are reached as `unmapped.<path>`.
    Json,
    /// Any other text: a Base Event with `message` and `raw_data`.
    Text,
}

/// How the records of one source are read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceSettings {
    /// The one shape of its records; none: each record shows its own.
    pub shape: Option<Shape>,
    /// Time zone (IANA name) of local times that name none; none: UTC, or what the record itself lets conclude.
    pub time_zone: Option<String>,
}

/// What is wrong with a decoder's configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeConfigError {
    #[error("source {at} names the unknown time zone {name:?}")]
    TimeZone { at: usize, name: String },
    #[error("{count} source fields are wanted, more than {max}")]
    TooManyFields { count: usize, max: usize },
}

/// What came of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Events that were handed on.
    pub events: u32,
    /// Events of classes that nobody wants.
    pub unwanted: u32,
    /// Shape of the record's (first) event.
    pub shape: Shape,
    /// Items of a pack that could not be decoded.
    pub faulty_items: Vec<ItemFault>,
    /// The latest time that the record itself tells, whether or not somebody wants its event.
    pub latest: Option<Time>,
}

/// An item of a pack that could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemFault {
    /// Position in the pack.
    pub index: u32,
    pub reason: Reason,
    pub message: String,
    /// Byte of the record.
    pub at: Option<usize>,
}

/// Why no event came of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub reason: Reason,
    pub message: String,
    /// Byte of the record at which reading stopped.
    pub at: Option<usize>,
    pub shape: Option<Shape>,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nothing but white space.
    Empty,
    /// Not UTF-8.
    Encoding,
    /// Begins as JSON and is not.
    Json,
    /// JSON or XML that ends too early.
    Truncated,
    /// Begins as a Windows XML event and is not.
    Xml,
    /// Not of the source's configured shape.
    OtherShape,
    /// A pack without a single item that could be decoded.
    Pack,
    /// Packs in packs beyond reason.
    TooDeep,
}

// === impl Shape ===

impl Shape {
    pub const ALL: [Self; 10] = [
        Self::Winlogbeat,
        Self::EvtxJson,
        Self::WindowsFlat,
        Self::WindowsXml,
        Self::WindowsText,
        Self::Zeek,
        Self::Fortigate,
        Self::Ocsf,
        Self::Json,
        Self::Text,
    ];

    /// As metrics and configurations name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Winlogbeat => "winlogbeat",
            Self::EvtxJson => "evtx-json",
            Self::WindowsFlat => "windows-flat",
            Self::WindowsXml => "windows-xml",
            Self::WindowsText => "windows-text",
            Self::Zeek => "zeek",
            Self::Fortigate => "fortigate",
            Self::Ocsf => "ocsf",
            Self::Json => "json",
            Self::Text => "text",
        }
    }
}

// === impl Reason ===

impl Reason {
    pub const ALL: [Self; 8] = [
        Self::Empty,
        Self::Encoding,
        Self::Json,
        Self::Truncated,
        Self::Xml,
        Self::OtherShape,
        Self::Pack,
        Self::TooDeep,
    ];

    /// As metrics and dead letters name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Encoding => "encoding",
            Self::Json => "json",
            Self::Truncated => "truncated",
            Self::Xml => "xml",
            Self::OtherShape => "other_shape",
            Self::Pack => "pack",
            Self::TooDeep => "too_deep",
        }
    }
}

// === impl Rejected ===

impl Rejected {
    pub(super) fn new(reason: Reason, message: impl Into<String>, at: Option<usize>) -> Self {
        Self { reason, message: message.into(), at, shape: None }
    }
}
