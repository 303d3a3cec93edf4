//! Which members were not there before.

use super::{Entry, Member};
use crate::group::{Group, Order};
use crate::out::Bucket;
use crate::state::table::{self, Record, View};
use crate::state::{State, hash};

/// Members kept unless said.
const MEMBERS: u32 = 512;
/// The key of the spells of the past itself.
const PAST: i64 = i64::MIN;

/// Members by their spells: a spell is a run of events of which none is as far from the next as the absence that makes
/// a member new again. A late event draws spells together or begins one earlier, whatever the order they came in.
///
/// When it is full, members that it does not know are taken as known: it goes blind rather than mad, and says so by
/// [`FirstSeen::is_full`]. Give it room for all members that an honest key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    section: u8,
    absence: i64,
    cap: u32,
}

// === impl FirstSeen ===

impl FirstSeen {
    pub(crate) fn new(section: u8, absence: i64) -> Self {
        Self { section, absence: absence.max(1), cap: MEMBERS }
    }

    /// Members that it keeps. (512 unless said; a record takes 52 bytes and its texts.)
    #[must_use]
    pub fn members(mut self, cap: u32) -> Self {
        self.cap = cap.max(1);
        self
    }

    /// How long a member must be away to be new again, nanoseconds. Rules that ask for new members look back so far.
    pub fn absence(&self) -> i64 {
        self.absence
    }

    /// Puts an event in. One that comes too late to matter is passed over.
    pub fn add(&self, group: &mut Group<'_>, entry: Entry<'_>) {
        if group.uses(self.section, entry.time, self.absence, Order::Member).is_none() {
            return;
        }
        let state = &mut group.state;
        // The past itself is a spell, of whomever: when nobody came for so long, there is none any more.
        self.put(state, PAST, Entry { name: "", seen: &[], ..entry });
        self.put(state, key_of(entry.name), entry);
    }

    fn put(&self, state: &mut State, a: i64, entry: Entry<'_>) {
        let near = |record: &Record| {
            let (first, last) = (record.first.saturating_sub(self.absence), record.last.saturating_add(self.absence));
            entry.time > first && entry.time < last
        };
        let view = View::of(state, self.section);
        // Nearly always the member has one spell, and the event goes on with it.
        let index = view.lower(a, 0);
        let mut known = view.get(index);
        let alone = index + 1 >= view.len() || view.keys(index + 1).0 != a;
        if known.a == a && alone && entry.time > known.first && near(&known) && view.is_named(&known, entry.name) {
            known.last = known.last.max(entry.time);
            known.count = known.count.saturating_add(1);
            return table::update(state, self.section, index, &known);
        }
        let joined: Vec<(usize, Record)> = spells(&view, a, entry.name).filter(|(_, record)| near(record)).collect();
        match joined.as_slice() {
            [] if view.len() > self.cap as usize && a != PAST => {}
            [] => {
                let record = Record { a, b: ordered(entry.time), count: 1, ..spell(&entry) };
                let index = view.lower(record.a, record.b);
                table::insert(state, self.section, index, record, entry.name, &entry.packed());
            }
            joined => self.draw_together(state, a, &entry, joined),
        }
    }

    /// The members whose spell begins in a bucket, by the time of their first event.
    pub fn new_within<'s>(&self, state: &'s State, bucket: Bucket) -> Vec<Member<'s>> {
        self.new_between(state, bucket.start, bucket.end)
    }

    /// The members whose spell begins from a time to before another, by the time of their first event.
    pub fn new_between<'s>(&self, state: &'s State, from: i64, to: i64) -> Vec<Member<'s>> {
        let view = View::of(state, self.section);
        let new = new(&view, from, to).map(|index| member(&view, &view.get(index)));
        let mut members: Vec<Member<'s>> = new.collect();
        members.sort_by(|x, y| (x.first, x.name).cmp(&(y.first, y.name)));
        members
    }

    /// How many members' spells begin from a time to before another.
    pub fn count_between(&self, state: &State, from: i64, to: i64) -> usize {
        new(&View::of(state, self.section), from, to).count()
    }

    /// Whether a member's spell begins at this time: the event at it is the first.
    pub fn is_new(&self, state: &State, name: &str, time: i64) -> bool {
        let view = View::of(state, self.section);
        spells(&view, key_of(name), name).any(|(_, record)| record.first == time)
    }

    /// How long there has been a past at this time, nanoseconds: what is new to a young past may be new to us alone.
    pub fn age(&self, state: &State, time: i64) -> i64 {
        let view = View::of(state, self.section);
        let pasts = spells(&view, PAST, "").map(|(_, record)| record);
        let here = pasts.filter(|past| past.first <= time && time < past.last.saturating_add(self.absence));
        here.map(|past| time.saturating_sub(past.first)).max().unwrap_or(0)
    }

    /// Whether members that it does not know are taken as known.
    pub fn is_full(&self, state: &State) -> bool {
        View::of(state, self.section).len() > self.cap as usize
    }

    /// Makes one spell of those that an event joins, and of the event.
    fn draw_together(&self, state: &mut State, a: i64, entry: &Entry<'_>, joined: &[(usize, Record)]) {
        let view = View::of(state, self.section);
        let mut whole = (spell(entry), entry.packed());
        whole.0.count = 1;
        for (_, record) in joined {
            let (mine, seen) = (&mut whole.0, view.seen(record));
            if (record.first, seen, record.origin) < (mine.first, whole.1.as_slice(), mine.origin) {
                (mine.first, mine.origin) = (record.first, record.origin);
                whole.1 = seen.to_vec();
            }
            mine.last = mine.last.max(record.last);
            mine.count = mine.count.saturating_add(record.count);
        }
        for (index, _) in joined.iter().rev() {
            table::remove(state, self.section, *index, index + 1);
        }
        let record = Record { a, b: ordered(whole.0.first), ..whole.0 };
        let index = View::of(state, self.section).lower(record.a, record.b);
        table::insert(state, self.section, index, record, entry.name, &whole.1);
    }
}

/// Where the spells are that begin from a time to before another; not those of the past itself.
fn new<'v>(view: &'v View<'_>, from: i64, to: i64) -> impl Iterator<Item = usize> + 'v {
    (0..view.len()).filter(move |index| (from..to).contains(&view.first(*index)) && view.keys(*index).0 != PAST)
}

fn spells<'v>(view: &'v View<'_>, a: i64, name: &'v str) -> impl Iterator<Item = (usize, Record)> + 'v {
    let same = (view.lower(a, 0)..view.len()).take_while(move |index| view.keys(*index).0 == a);
    same.map(|index| (index, view.get(index))).filter(move |(_, record)| view.is_named(record, name))
}

fn member<'s>(view: &View<'s>, record: &Record) -> Member<'s> {
    Member {
        name: view.name(record),
        first: record.first,
        origin: record.origin,
        last: record.last,
        count: record.count,
        sum: record.sum,
        sum2: record.sum2,
        seen: view.seen(record),
    }
}

fn spell(entry: &Entry<'_>) -> Record {
    Record { first: entry.time, origin: entry.origin, last: entry.time, ..Record::default() }
}

fn key_of(name: &str) -> i64 {
    hash(name.as_bytes()).cast_signed().max(PAST + 1)
}

/// A time as a word of the same order.
fn ordered(time: i64) -> u64 {
    time.cast_unsigned() ^ (1 << 63)
}
