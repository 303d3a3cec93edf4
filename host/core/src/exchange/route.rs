//! From an event, a signal or a finding to rows of streams.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::key::shard_of;
use crate::model::{Event, EventHead, Key, Origin, ShardId, Time, Value, Values};
use crate::plan::{Plan, Source, Stream, Zones};
use crate::schema::ClassUid;

/// One row of a stream, on its way.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    pub time: Time,
    pub time_replaced: bool,
    pub digest: u64,
    pub index: u32,
    pub readers: u64,
    pub key: &'a [u8],
    /// As [`super::write_origins`] writes them.
    pub origins: &'a [u8],
    /// The row of the source.
    pub values: &'a dyn Values,
}

/// What became of the events that were routed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that travel, for each of their keys one.
    pub routed: u64,
    /// Rows that a stream's readers wanted but that lack a value for its key.
    pub keyless: u64,
}

/// The source's row before it is known who wants it.
#[derive(Clone, Copy)]
pub struct Unrouted<'a> {
    pub time: Time,
    pub time_replaced: bool,
    pub digest: u64,
    pub index: u32,
    pub origins: &'a [u8],
    pub values: &'a dyn Values,
}

/// Knows which streams each source feeds.
#[derive(Debug)]
pub struct Router {
    by_class: HashMap<ClassUid, Vec<usize>, FxBuildHasher>,
    by_sender: HashMap<Source, Vec<usize>, FxBuildHasher>,
    shards: u32,
    origins: Vec<u8>,
    keys: Keys,
}

/// The keys of the row at hand, kept for their room, and what was counted.
#[derive(Debug, Default)]
struct Keys {
    keys: Vec<Vec<u8>>,
    counts: RowCounts,
}

/// A stream that a row may travel on.
struct Lane<'a> {
    at: usize,
    stream: &'a Stream,
    zones: &'a dyn Zones,
    shards: u32,
}

// === impl Router ===

impl Router {
    pub fn new(plan: &Plan) -> Self {
        let mut by_class: HashMap<_, Vec<_>, _> = HashMap::default();
        let mut by_sender: HashMap<_, Vec<_>, _> = HashMap::default();
        for (at, stream) in plan.streams.iter().enumerate() {
            match &stream.source {
                Source::Class(class) => by_class.entry(*class).or_default().push(at),
                sender => by_sender.entry(sender.clone()).or_default().push(at),
            }
        }
        let shards = plan.wants.shards;
        Self { by_class, by_sender, shards, origins: Vec::new(), keys: Keys::default() }
    }

    /// Sends an event to every shard that owns one of its keys.
    pub fn event(
        &mut self,
        plan: &Plan,
        zones: &dyn Zones,
        event: &Event<'_>,
        origin: Origin,
        send: &mut dyn FnMut(ShardId, usize, &Row<'_>),
    ) {
        self.values(plan, zones, &event.head(), &event.values.as_slice(), origin, send);
    }

    /// The same for an event whose values may yet have to be worked out: those of the conditions are asked for, and where
    /// one holds, those of the key and of the columns that travel.
    pub fn values(
        &mut self,
        plan: &Plan,
        zones: &dyn Zones,
        head: &EventHead,
        values: &dyn Values,
        origin: Origin,
        send: &mut dyn FnMut(ShardId, usize, &Row<'_>),
    ) {
        let Some(streams) = self.by_class.get(&head.class) else { return };
        self.origins.clear();
        super::write_origins(&[origin], &mut self.origins);
        let EventHead { time, time_replaced, digest, index, .. } = *head;
        let row = Unrouted { time, time_replaced, digest, index, origins: &self.origins, values };
        for at in streams {
            let lane = Lane { at: *at, stream: &plan.streams[*at], zones, shards: self.shards };
            self.keys.route(&lane, &row, send);
        }
    }

    /// Sends a row of a signal or a finding to every shard that owns one of its keys.
    pub fn sent(
        &mut self,
        plan: &Plan,
        zones: &dyn Zones,
        source: &Source,
        row: &Unrouted<'_>,
        send: &mut dyn FnMut(ShardId, usize, &Row<'_>),
    ) {
        for at in self.by_sender.get(source).into_iter().flatten() {
            let lane = Lane { at: *at, stream: &plan.streams[*at], zones, shards: self.shards };
            self.keys.route(&lane, row, send);
        }
    }

    /// Whether anybody reads rows of this sender.
    pub fn is_read(&self, source: &Source) -> bool {
        self.by_sender.contains_key(source)
    }

    /// What was counted since the last call.
    pub fn take_counts(&mut self) -> RowCounts {
        std::mem::take(&mut self.keys.counts)
    }
}

// === impl Keys ===

impl Keys {
    fn route(&mut self, lane: &Lane<'_>, row: &Unrouted<'_>, send: &mut dyn FnMut(ShardId, usize, &Row<'_>)) {
        let mut readers = 0;
        for (bit, reader) in lane.stream.readers.iter().enumerate() {
            readers |= u64::from(reader.condition.holds(row.values, lane.zones)) << bit;
        }
        if readers == 0 {
            return;
        }
        self.fill(lane.stream, row.values);
        if self.keys.is_empty() {
            self.counts.keyless += 1;
        }
        for key in &self.keys {
            self.counts.routed += 1;
            let Unrouted { time, time_replaced, digest, index, origins, values } = *row;
            let row = Row { time, time_replaced, digest, index, readers, key, origins, values };
            send(shard_of(key, lane.shards), lane.at, &row);
        }
    }

    /// The keys of a row: one, or one for each item of a list; none where a part has no value.
    fn fill(&mut self, stream: &Stream, values: &dyn Values) {
        let keys = &mut self.keys;
        keys.clear();
        keys.push(Vec::new());
        for column in &stream.key {
            match values.value(*column) {
                Value::Null | Value::Real(_) => keys.clear(),
                Value::Text(text) => extend(keys, [text.as_ref()]),
                Value::Integer(integer) => extend(keys, [integer.to_string()]),
                Value::Boolean(boolean) => extend(keys, [boolean.to_string()]),
                Value::Texts(texts) => extend(keys, texts),
                Value::Integers(integers) => extend(keys, integers.iter().map(ToString::to_string)),
            }
        }
        keys.sort_unstable();
        keys.dedup();
    }
}

/// Extends every key by each of the parts; an empty text is no value.
fn extend<T: AsRef<str>>(keys: &mut Vec<Vec<u8>>, parts: impl IntoIterator<Item = T>) {
    let parts: Vec<T> = parts.into_iter().filter(|part| !part.as_ref().is_empty()).collect();
    if let ([part], [key]) = (&parts[..], &mut keys[..]) {
        return Key::push(key, part.as_ref());
    }
    let extended = keys.iter().flat_map(|key| {
        parts.iter().map(|part| {
            let mut key = key.clone();
            Key::push(&mut key, part.as_ref());
            key
        })
    });
    *keys = extended.collect();
}
