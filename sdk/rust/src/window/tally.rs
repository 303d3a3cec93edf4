//! Distinct members with counts and sums, by panes of time.

use super::{Entry, Member};
use crate::group::{Group, Order};
use crate::out::Bucket;
use crate::state::table::{self, Record, View};
use crate::state::{State, hash};
use crate::time::align;

/// The record of a pane for all members that it has no room for.
const OTHERS: u64 = u64::MAX;
/// Members that a pane keeps unless said.
const MEMBERS: u32 = 256;

/// Distinct members with their counts and sums, by aligned panes.
///
/// A pane keeps the members of the smallest hashes when there are more than its cap; what the others add up to is kept as
/// one. So counts and sums stay exact, the number of distinct members becomes an estimate, and all of it follows from
/// the rows alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    section: u8,
    pane: i64,
    keep: i64,
    cap: u32,
}

/// A stretch of panes, read in place.
#[derive(Clone, Copy)]
pub struct Window<'s> {
    view: View<'s>,
    from: usize,
    to: usize,
    /// Start of the first pane and end of the last, nanoseconds.
    pub span: (i64, i64),
}

// === impl Tally ===

impl Tally {
    pub(crate) fn new(section: u8, pane: i64) -> Self {
        Self { section, pane: pane.max(1), keep: 0, cap: MEMBERS }
    }

    /// Members that a pane keeps. (256 unless said; a record takes 52 bytes and its texts, 72 with amounts.)
    #[must_use]
    pub fn members(mut self, cap: u32) -> Self {
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
    pub fn add(&self, group: &mut Group<'_>, entry: Entry<'_>) {
        let keep = self.keep.saturating_add(self.pane);
        let Some(window) = group.uses(self.section, entry.time, keep, Order::Time) else { return };
        let pane = group.pane(window, entry.time, self.pane);
        let state = &mut group.state;
        let view = View::of(state, self.section);
        let (index, b) = match place(&view, pane, entry.name) {
            Place::Known(index, record) => return self.grow(state, index, record, &entry),
            Place::New(index, b) => (index, b),
        };
        let (start, end) = (view.lower(pane, 0), view.lower(pane, OTHERS));
        if end - start < self.cap as usize {
            return self.insert(state, index, pane, b, &entry);
        }
        let last = view.get(end - 1);
        if b > last.b {
            self.pour(state, pane, &Record { count: 1, ..words(&entry) });
        } else {
            table::remove(state, self.section, end - 1, end);
            self.insert(state, index, pane, b, &entry);
            self.pour(state, pane, &last);
        }
    }

    /// What lies from a time to before another, in whole panes.
    pub fn between<'s>(&self, state: &'s State, from: i64, to: i64) -> Window<'s> {
        let view = View::of(state, self.section);
        let start = align(from, self.pane);
        let end = align(to.saturating_sub(1), self.pane).saturating_add(self.pane);
        Window { view, from: view.lower(start, 0), to: view.lower(end, 0), span: (start, end) }
    }

    /// What lies in a bucket.
    pub fn within<'s>(&self, state: &'s State, bucket: Bucket) -> Window<'s> {
        self.between(state, bucket.start, bucket.end)
    }

    /// The windows that begin in a bucket, are as long as the rule's reach and pass a test, drawn together; none passes:
    /// none. They slide in panes: what happens within the reach less a pane is met wherever it lies.
    pub fn sliding<'s>(
        &self,
        state: &'s State,
        bucket: Bucket,
        passes: impl Fn(&Window<'s>) -> bool,
    ) -> Option<Window<'s>> {
        let whole = self.between(state, bucket.start, bucket.end.saturating_add(bucket.reach));
        let (mut found, mut at) = (None::<(i64, i64)>, whole.from);
        while at < whole.to {
            let pane = whole.view.keys(at).0;
            if pane >= bucket.end {
                break;
            }
            let window = self.between(state, pane, pane.saturating_add(bucket.reach.max(self.pane)));
            if passes(&window) {
                found = Some((found.map_or(pane, |(from, _)| from), window.span.1));
            }
            at = whole.view.lower(pane.saturating_add(1), 0);
        }
        found.map(|(from, to)| self.between(state, from, to))
    }

    fn insert(&self, state: &mut State, index: usize, pane: i64, b: u64, entry: &Entry<'_>) {
        let record = Record { a: pane, b, count: 1, ..words(entry) };
        table::insert(state, self.section, index, record, entry.name, &entry.packed());
    }

    /// Adds an event to its member, in place.
    fn grow(&self, state: &mut State, index: usize, mut record: Record, entry: &Entry<'_>) {
        if entry.time > record.first {
            record.last = record.last.max(entry.time);
            record.count = record.count.saturating_add(1);
            record.sum = record.sum.saturating_add(entry.amounts.0);
            record.sum2 = record.sum2.saturating_add(entry.amounts.1);
            return table::update(state, self.section, index, &record);
        }
        let view = View::of(state, self.section);
        let earlier = entry.time < record.first
            || entry.time == record.first
                && (entry.packed().as_slice(), entry.origin) < (view.seen(&record), record.origin);
        let (first, origin) = if earlier { (entry.time, entry.origin) } else { (record.first, record.origin) };
        record = Record {
            first,
            origin,
            last: record.last.max(entry.time),
            count: record.count.saturating_add(1),
            sum: record.sum.saturating_add(entry.amounts.0),
            sum2: record.sum2.saturating_add(entry.amounts.1),
            ..record
        };
        if earlier && view.seen(&record) != entry.packed() {
            table::remove(state, self.section, index, index + 1);
            table::insert(state, self.section, index, record, entry.name, &entry.packed());
        } else {
            table::update(state, self.section, index, &record);
        }
    }

    /// Adds to the members that a pane has no room for.
    fn pour(&self, state: &mut State, pane: i64, more: &Record) {
        let view = View::of(state, self.section);
        let index = view.lower(pane, OTHERS);
        if index < view.len() && view.keys(index) == (pane, OTHERS) {
            let old = view.get(index);
            let (first, origin) = (old.first, old.origin).min((more.first, more.origin));
            let record = Record {
                first,
                origin,
                last: old.last.max(more.last),
                count: old.count.saturating_add(more.count),
                sum: old.sum.saturating_add(more.sum),
                sum2: old.sum2.saturating_add(more.sum2),
                ..old
            };
            table::update(state, self.section, index, &record);
        } else {
            table::insert(state, self.section, index, Record { a: pane, b: OTHERS, ..*more }, "", &[]);
        }
    }
}

// === impl Window ===

impl<'s> Window<'s> {
    /// Whether nothing lies in it.
    pub fn is_empty(&self) -> bool {
        self.from >= self.to
    }

    /// How many distinct members; an estimate where [`Window::is_full`].
    pub fn distinct(&self) -> u64 {
        let one_pane = self.is_empty() || self.view.keys(self.from).0 == self.view.keys(self.to - 1).0;
        if one_pane && !self.is_full() {
            return (self.to - self.from) as u64;
        }
        let mut hashes: Vec<u64> = self.keys().map(|(_, b)| b).filter(|b| *b != OTHERS).collect();
        hashes.sort_unstable();
        hashes.dedup();
        match (self.fullest(), hashes.len()) {
            // The least hashes of a set of n lie evenly: the k-th of them is about k/n of the whole range.
            (Some(cap), n) if cap > 1 && n >= cap => {
                let (k, last) = (cap as u128, u128::from(hashes[cap - 1]).max(1));
                u64::try_from((k - 1) * (1 << 64) / last).unwrap_or(u64::MAX).max(n as u64)
            }
            (_, n) => n as u64,
        }
    }

    /// Whether some pane had more members than it keeps.
    pub fn is_full(&self) -> bool {
        self.keys().any(|(_, b)| b == OTHERS)
    }

    /// All events.
    pub fn count(&self) -> u64 {
        self.records().fold(0, |sum, record| sum.saturating_add(record.count))
    }

    /// The first amounts, summed.
    pub fn sum(&self) -> i64 {
        self.records().fold(0, |sum, record| sum.saturating_add(record.sum))
    }

    /// The second amounts, summed.
    pub fn sum2(&self) -> i64 {
        self.records().fold(0, |sum, record| sum.saturating_add(record.sum2))
    }

    /// Time of the earliest event.
    pub fn since(&self) -> Option<i64> {
        self.records().map(|record| record.first).min()
    }

    /// Time of the latest event.
    pub fn until(&self) -> Option<i64> {
        self.records().map(|record| record.last).max()
    }

    /// The members, by the time of their first event.
    pub fn members(&self) -> Vec<Member<'s>> {
        let named = self.records().filter(|record| record.b != OTHERS).map(|record| self.member(&record));
        let mut all: Vec<Member<'s>> = named.collect();
        all.sort_by(|x, y| x.name.cmp(y.name));
        let mut members: Vec<Member<'s>> = Vec::with_capacity(all.len());
        for member in all {
            match members.last_mut() {
                Some(last) if last.name == member.name => last.join(member),
                _ => members.push(member),
            }
        }
        members.sort_by(|x, y| (x.first, x.name).cmp(&(y.first, y.name)));
        members
    }

    fn member(&self, record: &Record) -> Member<'s> {
        Member {
            name: self.view.name(record),
            first: record.first,
            origin: record.origin,
            last: record.last,
            count: record.count,
            sum: record.sum,
            sum2: record.sum2,
            seen: self.view.seen(record),
        }
    }

    /// The members that the fullest pane keeps, where one had to leave some out.
    fn fullest(&self) -> Option<usize> {
        let full: Vec<i64> = self.keys().filter(|(_, b)| *b == OTHERS).map(|(a, _)| a).collect();
        full.into_iter().map(|pane| self.keys().filter(|(a, b)| *a == pane && *b != OTHERS).count()).min()
    }

    fn keys(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        (self.from..self.to).map(|index| self.view.keys(index))
    }

    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        (self.from..self.to).map(|index| self.view.get(index))
    }
}

/// Where a member's record is, or where it belongs with its second key.
enum Place {
    Known(usize, Record),
    New(usize, u64),
}

/// Looks a member up in a pane. Members of one hash stand side by side.
fn place(view: &View<'_>, pane: i64, name: &str) -> Place {
    let mut b = hash(name.as_bytes()).min(OTHERS - 1);
    let mut index = view.lower(pane, b);
    while index < view.len() && view.keys(index) == (pane, b) {
        let record = view.get(index);
        if view.is_named(&record, name) {
            return Place::Known(index, record);
        }
        (index, b) = (index + 1, (b + 1).min(OTHERS - 1));
    }
    Place::New(index, b)
}

fn words(entry: &Entry<'_>) -> Record {
    Record {
        first: entry.time,
        origin: entry.origin,
        last: entry.time,
        sum: entry.amounts.0,
        sum2: entry.amounts.1,
        ..Record::default()
    }
}
