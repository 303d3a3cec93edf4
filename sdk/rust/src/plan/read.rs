//! Subscriptions and signal types, said fluently.

use super::{Plan, SignalType, position};
use crate::bindings::{Condition, Field, Kind};
use crate::rows::{Boolean, Integer, Integers, Reading, Real, Text, Texts};
use crate::time::MINUTE;

/// How far rows may be behind the watermark unless said: forwarders that send in batches of minutes are usual.
pub(super) const LATENESS: i64 = 5 * MINUTE;

/// A subscription under construction.
#[derive(Debug)]
pub struct ReadBuilder<'p> {
    plan: &'p mut Plan,
    reading: Reading,
}

/// A signal type under construction: its columns in the order in which values will be given.
#[derive(Debug)]
pub struct SignalBuilder<'p> {
    plan: &'p mut Plan,
}

macro_rules! columns {
    ($($(#[$meta:meta])* $name:ident -> $handle:ident),*) => {$(
        $(#[$meta])*
        pub fn $name(&mut self, path: &str) -> $handle {
            $handle(self.column(path, $handle::KIND, 0))
        }
    )*};
}

// === impl ReadBuilder ===

impl<'p> ReadBuilder<'p> {
    pub(super) fn new(plan: &'p mut Plan, reading: Reading) -> Self {
        Self { plan, reading }
    }

    /// The fields that make the key, where they are not the key space's own.
    #[must_use]
    pub fn by<const N: usize>(self, key: [&str; N]) -> Self {
        self.edit(|subscription| subscription.key = key.map(String::from).into())
    }

    /// Rows for which all of these hold. Said again, it is another alternative; never said, every row is wanted.
    #[must_use]
    pub fn when(self, all: Vec<Condition>) -> Self {
        self.edit(|subscription| subscription.where_.push(all))
    }

    /// How far a row may be behind the watermark, nanoseconds. (Five minutes unless said.)
    #[must_use]
    pub fn lateness(self, nanos: i64) -> Self {
        let this = self.edit(|subscription| subscription.lateness = nanos.max(0).unsigned_abs());
        let space = this.plan.subscriptions[this.reading.0 as usize].key_space;
        let all = this.plan.subscriptions.iter().filter(|subscription| subscription.key_space == space);
        let most = all.map(|subscription| i64::try_from(subscription.lateness).unwrap_or(i64::MAX)).max();
        if let Some(space) = this.plan.key_spaces.get_mut(space as usize) {
            space.lateness = most.unwrap_or(0);
        }
        this
    }

    columns! {
        /// Asks for a field that holds a text.
        text -> Text,
        /// Asks for a field that holds an integer.
        integer -> Integer,
        /// Asks for a field that holds a real number.
        real -> Real,
        /// Asks for a field that holds true or false.
        boolean -> Boolean,
        /// Asks for a field that holds a list of texts.
        texts -> Texts,
        /// Asks for a field that holds a list of integers.
        integers -> Integers
    }

    /// Asks for a text of at most so many bytes. (16 KiB unless said.)
    pub fn text_up_to(&mut self, path: &str, bytes: u32) -> Text {
        Text(self.column(path, Kind::Text, bytes))
    }

    /// The handle by which a row tells that it came this way.
    pub fn done(self) -> Reading {
        self.reading
    }

    fn column(&mut self, path: &str, kind: Kind, max_bytes: u32) -> usize {
        let field = self.plan.field(path, kind);
        let at = self.reading.0 as usize;
        if !self.plan.columns[at].contains(&field) {
            self.plan.columns[at].push(field);
            self.plan.subscriptions[at].fields.push(Field { path: path.into(), kind, max_bytes });
        }
        field
    }

    fn edit(self, change: impl FnOnce(&mut crate::bindings::Subscription)) -> Self {
        change(&mut self.plan.subscriptions[self.reading.0 as usize]);
        self
    }
}

// === impl SignalBuilder ===

impl<'p> SignalBuilder<'p> {
    pub(super) fn new(plan: &'p mut Plan) -> Self {
        Self { plan }
    }

    /// The next column holds a text.
    #[must_use]
    pub fn text(self, name: &str) -> Self {
        self.column(name, Kind::Text)
    }

    /// The next column holds an integer.
    #[must_use]
    pub fn integer(self, name: &str) -> Self {
        self.column(name, Kind::Integer)
    }

    /// The next column holds a real number.
    #[must_use]
    pub fn real(self, name: &str) -> Self {
        self.column(name, Kind::Real)
    }

    /// The next column holds true or false.
    #[must_use]
    pub fn boolean(self, name: &str) -> Self {
        self.column(name, Kind::Boolean)
    }

    /// The next column holds a list of texts.
    #[must_use]
    pub fn texts(self, name: &str) -> Self {
        self.column(name, Kind::Texts)
    }

    /// The handle by which signals of this type are sent.
    pub fn done(self) -> SignalType {
        SignalType(position(self.plan.signals.len()))
    }

    fn column(self, name: &str, kind: Kind) -> Self {
        if let Some(signal) = self.plan.signals.last_mut() {
            signal.fields.push(Field { path: name.into(), kind, max_bytes: 0 });
        }
        self
    }
}
