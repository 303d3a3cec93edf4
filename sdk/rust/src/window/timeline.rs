//! Single events in order of their time: sequences, steps, joins.

use super::Entry;
use super::entry::{evidence, unpack};
use crate::bindings::Evidence;
use crate::group::{Group, Order};
use crate::out::Bucket;
use crate::state::table::{self, Record, View};
use crate::state::{State, mix};

/// Events that a stretch of a rule's span keeps unless said.
const EVENTS: u32 = 256;

/// Single events in order of their time, each with a tag that says what it is.
///
/// Of each aligned stretch as long as bucket and reach together it keeps the earliest events up to its cap. Two events of
/// one time, tag, name and values seen are one that happened twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    section: u8,
    keep: i64,
    cap: u32,
}

/// One event of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'s> {
    /// What it is, as it was put in.
    pub tag: u32,
    /// Event time.
    pub time: i64,
    /// The name it was put in by.
    pub name: &'s str,
    /// Token of its row.
    pub origin: u64,
    /// Its amount.
    pub amount: i64,
    /// How often it happened.
    pub count: u64,
    seen: &'s [u8],
}

// === impl Timeline ===

impl Timeline {
    pub(crate) fn new(section: u8) -> Self {
        Self { section, keep: 0, cap: EVENTS }
    }

    /// Events that a stretch keeps, the earliest. (256 unless said.)
    #[must_use]
    pub fn events(mut self, cap: u32) -> Self {
        self.cap = cap.max(1);
        self
    }

    /// Keeps what it holds for so long beyond what the rules of the key space need, nanoseconds.
    #[must_use]
    pub fn keep(mut self, nanos: i64) -> Self {
        self.keep = nanos.max(0);
        self
    }

    /// Puts an event in. One that comes too late to matter is passed over.
    pub fn add(&self, group: &mut Group<'_>, tag: u32, entry: Entry<'_>) {
        let stretch = group.space.span.max(1);
        let keep = self.keep.saturating_add(stretch);
        let Some(window) = group.uses(self.section, entry.time, keep, Order::Time) else { return };
        let from = group.pane(window, entry.time, stretch);
        let seen = entry.packed();
        let b = mix(&seen, mix(entry.name.as_bytes(), u64::from(tag)));
        let state = &mut group.state;
        let view = View::of(state, self.section);
        let index = view.lower(entry.time, b);
        if index < view.len() && view.keys(index) == (entry.time, b) {
            let old = view.get(index);
            let record = Record { count: old.count + 1, origin: old.origin.min(entry.origin), ..old };
            return table::update(state, self.section, index, &record);
        }
        let (start, end) = (view.lower(from, 0), view.lower(from.saturating_add(stretch), 0));
        if end - start >= self.cap as usize {
            if index >= end {
                return;
            }
            table::remove(state, self.section, end - 1, end);
        }
        let record = Record {
            a: entry.time,
            b,
            first: i64::from(tag),
            origin: entry.origin,
            last: entry.time,
            count: 1,
            sum: entry.amounts.0,
            sum2: entry.amounts.1,
            ..Record::default()
        };
        table::insert(state, self.section, index, record, entry.name, &seen);
    }

    /// The events from a time to before another.
    pub fn between<'s>(
        &self,
        state: &'s State,
        from: i64,
        to: i64,
    ) -> impl Iterator<Item = Event<'s>> + Clone + use<'s> {
        let view = View::of(state, self.section);
        (view.lower(from, 0)..view.lower(to, 0)).map(move |index| event(&view, index))
    }

    /// The events of a tag from a time to before another.
    pub fn tagged<'s>(
        &self,
        state: &'s State,
        from: i64,
        to: i64,
        tag: u32,
    ) -> impl Iterator<Item = Event<'s>> + use<'s> {
        let view = View::of(state, self.section);
        let tagged = (view.lower(from, 0)..view.lower(to, 0)).filter(move |at| view.first(*at) == i64::from(tag));
        tagged.map(move |index| event(&view, index))
    }

    /// The events of a bucket.
    pub fn within<'s>(&self, state: &'s State, bucket: Bucket) -> impl Iterator<Item = Event<'s>> + Clone + use<'s> {
        self.between(state, bucket.start, bucket.end)
    }

    /// A then B: for each event of the second tag, the earliest of the first tag in this bucket that is not after it, not
    /// further before it than the rule's reach, and matches it.
    pub fn then<'s>(
        &self,
        state: &'s State,
        bucket: Bucket,
        tags: (u32, u32),
        matches: impl Fn(&Event<'s>, &Event<'s>) -> bool,
    ) -> Vec<(Event<'s>, Event<'s>)> {
        let to = bucket.end.saturating_add(bucket.reach);
        let seconds: Vec<Event<'s>> = self.tagged(state, bucket.start, to, tags.1).collect();
        if seconds.is_empty() {
            return Vec::new();
        }
        let firsts: Vec<Event<'s>> = self.tagged(state, bucket.start, bucket.end, tags.0).collect();
        let pair = |second: Event<'s>| {
            let earliest = second.time.saturating_sub(bucket.reach);
            let near = firsts.iter().filter(|first| first.time >= earliest && first.time <= second.time);
            near.into_iter().find(|first| matches(first, &second)).map(|first| (*first, second))
        };
        seconds.into_iter().filter_map(pair).collect()
    }

    /// k different tags within the rule's reach, in whatever order, of which the earliest lies in this bucket: the first
    /// event of each tag of the first window that has so many.
    pub fn steps<'s>(&self, state: &'s State, bucket: Bucket, k: usize) -> Option<Vec<Event<'s>>> {
        self.within(state, bucket).find_map(|start| {
            let mut steps: Vec<Event<'s>> = Vec::new();
            for event in self.between(state, start.time, start.time.saturating_add(bucket.reach).saturating_add(1)) {
                if !steps.iter().any(|step| step.tag == event.tag) {
                    steps.push(event);
                }
            }
            (steps.len() >= k).then_some(steps)
        })
    }
}

// === impl Event ===

impl<'s> Event<'s> {
    /// It as evidence.
    pub fn evidence(&self, role: &str) -> Evidence {
        evidence(self.origin, self.time, role, self.seen)
    }

    /// A value that it showed, by path.
    pub fn seen(&self, path: &str) -> Option<&'s str> {
        unpack(self.seen).find(|(name, _)| *name == path).map(|(_, value)| value)
    }
}

fn event<'s>(view: &View<'s>, index: usize) -> Event<'s> {
    let record = view.get(index);
    Event {
        tag: u32::try_from(record.first).unwrap_or_default(),
        time: record.a,
        name: view.name(&record),
        origin: record.origin,
        amount: record.sum,
        count: record.count,
        seen: view.seen(&record),
    }
}
