//! Dialects: how the log of one product maps to OCSF, as tables.
//!
//! A dialect is a file with one [`Dialect`]: what tells its events apart (`kind` and code), an [`Entry`] for each of them
//! (class, activity, rows) and rows that hold for all. A [`Row`] fills an OCSF path from a field of the source through a
//! [`Convert`], or computes it. Several rows for one path are alternatives: the first that says something wins. Dialects
//! state facts and remember nothing.
//!
//! To add one: write its file, put it into [`DIALECTS`], and give it a shape (`super::shapes`).

pub mod base;
pub mod convert;
pub mod fortigate;
pub mod ocsf;
#[cfg(test)]
mod testing;
pub mod windows;
pub mod zeek;

pub use super::flow::FlowFact;
use crate::model::Time;

use super::answer::Shape;
use super::compile::Names;
use super::raw::Raw;
use super::when::Clock;

/// Every dialect.
pub static DIALECTS: &[&Dialect] =
    &[&windows::DIALECT, &zeek::DIALECT, &fortigate::DIALECT, &ocsf::DIALECT, &base::DIALECT];

/// Tells where a source field stands in the JSON of a shape: the steps of each place that it may have.
pub type Paths = fn(Shape, &str, &mut dyn FnMut(&[&str]));

/// The mapping of one product's log.
#[derive(Debug)]
pub struct Dialect {
    /// As the documentation names it.
    pub name: &'static str,
    /// Tables of events; a kind and code that stands twice takes its first entry.
    pub entries: &'static [&'static [Entry]],
    /// Events that no entry names.
    pub other: &'static Entry,
    /// Rows of all entries, behind their own.
    pub common: &'static [Row],
    /// Tells an event's kind and code (0 where kinds are enough).
    pub kind: for<'v> fn(&View<'v, '_>) -> (&'v str, u32),
    /// The event's own time.
    pub time: fn(&View<'_, '_>, &Clock) -> Option<Time>,
    /// The status of an event whose entry fixes none: `status_id` of OCSF.
    pub status: fn(&View<'_, '_>) -> u32,
    /// The source fields that `kind` and `time` read.
    pub reads: &'static [&'static str],
    /// The source fields that `status` reads besides; they are there only where somebody wants the status.
    pub status_reads: &'static [&'static str],
    /// Where a source field stands in the JSON of a shape.
    pub paths: Paths,
    /// An unmapped OCSF path as a source field: `unmapped.X` without its `unmapped.` (or any path, where records are OCSF).
    pub unmapped: fn(&str) -> Option<String>,
}

/// One or several kinds of events that map the same way.
#[derive(Debug)]
pub struct Entry {
    pub kind: &'static str,
    pub codes: &'static [u32],
    pub class: Classify,
    /// Groups of rows, in order.
    pub rows: &'static [&'static [Row]],
}

/// Which class and activity an event has.
#[derive(Debug)]
pub enum Classify {
    Is(Judged),
    /// It depends on the event's fields.
    By {
        /// All classes that may come of it.
        classes: &'static [u32],
        /// The source fields that decide.
        reads: &'static [&'static str],
        decide: fn(&View<'_, '_>) -> Judged,
        /// How it is decided, for the documentation.
        told: &'static str,
    },
}

/// The class and activity of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub class: u32,
    pub activity: u32,
    /// Name of the activity: OCSF's, or of the source's own word for 99.
    pub name: &'static str,
    /// `status_id` where the kind of event fixes it.
    pub status: Option<u32>,
}

/// One field of the mapping.
#[derive(Debug)]
pub struct Row {
    pub path: &'static str,
    pub from: From,
}

/// Where a value comes from.
#[derive(Debug)]
pub enum From {
    Field(&'static str, Convert),
    Constant(Raw<'static>),
    /// Which way a flow goes, by the zones of its endpoints, and which of the bytes at `@sent` and `@received` leave.
    Flow(FlowFact),
    Computed {
        reads: &'static [&'static str],
        compute: Compute,
        told: &'static str,
    },
}

/// Computes a value of several fields.
pub type Compute = for<'v> fn(&'v View<'v, '_>) -> Raw<'v>;

/// Turns a source value into the form of all sources.
#[derive(Clone, Copy, Debug)]
pub struct Convert {
    /// As the documentation names it; empty: as it is.
    pub name: &'static str,
    pub with: for<'v> fn(&'v Raw<'_>) -> Raw<'v>,
}

/// The wanted source fields of an event, by name.
#[derive(Clone, Copy, Debug)]
pub struct View<'v, 'a> {
    pub(super) names: &'v Names,
    pub(super) slots: &'v [Raw<'a>],
    pub(super) shape: Shape,
}

static ABSENT: Raw<'static> = Raw::Absent;

// === impl View ===

impl<'v, 'a> View<'v, 'a> {
    /// A source field; absent too where nobody declared to read it.
    pub fn get(&self, name: &str) -> &'v Raw<'a> {
        match self.names.slot(name).and_then(|slot| self.slots.get(slot as usize)) {
            Some(raw) => raw,
            None => &ABSENT,
        }
    }

    /// A source field that is a text and says something.
    pub fn text(&self, name: &str) -> Option<&'v str> {
        let raw = self.get(name);
        raw.says().then(|| raw.text()).flatten()
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).integer()
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }
}

// === impl Entry ===

impl Entry {
    pub const fn new(
        kind: &'static str,
        codes: &'static [u32],
        class: u32,
        activity: u32,
        name: &'static str,
        rows: &'static [&'static [Row]],
    ) -> Self {
        Self { kind, codes, class: Classify::Is(Judged { class, activity, name, status: None }), rows }
    }

    /// The same with a fixed `status_id`.
    pub const fn with_status(mut self, status: u32) -> Self {
        if let Classify::Is(judged) = &mut self.class {
            judged.status = Some(status);
        }
        self
    }

    pub const fn by(
        kind: &'static str,
        codes: &'static [u32],
        class: Classify,
        rows: &'static [&'static [Row]],
    ) -> Self {
        Self { kind, codes, class, rows }
    }

    /// The classes that may come of it.
    pub fn classes(&self) -> Vec<u32> {
        match &self.class {
            Classify::Is(judged) => vec![judged.class],
            Classify::By { classes, .. } => classes.to_vec(),
        }
    }

    /// The source fields that its class and rows read.
    pub fn reads(&self) -> &'static [&'static str] {
        match &self.class {
            Classify::Is(_) => &[],
            Classify::By { reads, .. } => reads,
        }
    }
}

// === impl Judged ===

impl Judged {
    pub const fn new(class: u32, activity: u32, name: &'static str) -> Self {
        Self { class, activity, name, status: None }
    }
}

// === impl Row ===

impl Row {
    /// What it tells of a flow, if that is what it does.
    pub fn flow_fact(&self) -> Option<FlowFact> {
        match self.from {
            From::Flow(fact) => Some(fact),
            _ => None,
        }
    }
}

// === rows ===

/// A field as it is.
pub const fn row(path: &'static str, field: &'static str) -> Row {
    Row { path, from: From::Field(field, convert::PLAIN) }
}

/// A converted field.
pub const fn as_(path: &'static str, field: &'static str, convert: Convert) -> Row {
    Row { path, from: From::Field(field, convert) }
}

/// A text that holds for all events of an entry.
pub const fn word(path: &'static str, text: &'static str) -> Row {
    Row { path, from: From::Constant(Raw::word(text)) }
}

/// A number that holds for all events of an entry.
pub const fn number(path: &'static str, number: i64) -> Row {
    Row { path, from: From::Constant(Raw::Integer(number)) }
}

/// What a flow is, seen from the organisation.
pub const fn flow(path: &'static str, fact: FlowFact) -> Row {
    Row { path, from: From::Flow(fact) }
}

/// A value computed of the fields it reads.
pub const fn computed(path: &'static str, reads: &'static [&'static str], compute: Compute, told: &'static str) -> Row {
    Row { path, from: From::Computed { reads, compute, told } }
}
