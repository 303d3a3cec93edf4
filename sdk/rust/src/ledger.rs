//! What was said of a key, remembered in its state: so that only changes are said, a finding that no longer holds is
//! retracted, and a settled rule is judged once.
//!
//! Section 255, a table ([`crate::state::table`]): `a` is the bucket (a signal's time), `b` the rule (2³² + kind of
//! signal, mixed with its digest), `first` and `last` the span, `origin` the digest, `count` severity, confidence and
//! flags, `sum` the time from which nothing can change it, and the name is the title.

use crate::bindings::Severity;
use crate::group::Group;
use crate::plan::Rule;
use crate::state::mix;
use crate::state::table::{self, Record, View};

const SECTION: u8 = 255;
const SAID: u64 = 1 << 16;
const EXPECTED: u64 = 1 << 17;
const SIGNAL: u64 = 1 << 32;
const MAX_TITLE: usize = 200;

/// A finding that stands, as it was said last.
pub(crate) struct Said {
    pub since: i64,
    pub until: i64,
    pub digest: u64,
    pub severity: Severity,
    pub confidence: u8,
    pub title: String,
}

/// What was said of this bucket and stands.
pub(crate) fn said(group: &Group<'_>, rule: Rule, bucket: i64) -> Option<Said> {
    let (view, record) = (View::of(&group.state, SECTION), find(group, bucket, rule.index.into())?.1);
    (record.count & SAID != 0).then(|| Said {
        since: record.first,
        until: record.last,
        digest: record.origin,
        severity: severity(record.count as u8),
        confidence: (record.count >> 8) as u8,
        title: view.name(&record).to_owned(),
    })
}

/// Remembers what is said.
pub(crate) fn remember(group: &mut Group<'_>, rule: Rule, bucket: i64, said: &Said) {
    forget(group, rule, bucket);
    let count = said.severity as u64 | u64::from(said.confidence) << 8 | SAID;
    let record = Record { first: said.since, last: said.until, origin: said.digest, count, ..until(rule, bucket) };
    put(group, record, &said.title);
}

/// Forgets what was said, and that more was expected.
pub(crate) fn forget(group: &mut Group<'_>, rule: Rule, bucket: i64) {
    if let Some((index, _)) = find(group, bucket, rule.index.into()) {
        table::remove(&mut group.state, SECTION, index, index + 1);
    }
}

/// Remembers that a settled rule is to judge this bucket.
pub(crate) fn expect(group: &mut Group<'_>, rule: Rule, bucket: i64) {
    if find(group, bucket, rule.index.into()).is_none() {
        put(group, Record { count: EXPECTED, ..until(rule, bucket) }, "");
    }
}

/// Whether a settled rule has yet to judge this bucket.
pub(crate) fn expected(group: &Group<'_>, rule: Rule, bucket: i64) -> bool {
    find(group, bucket, rule.index.into()).is_some_and(|(_, record)| record.count & EXPECTED != 0)
}

/// Buckets that a settled rule is to judge now.
pub(crate) fn ripe<'g>(group: &'g Group<'_>, rule: Rule) -> impl Iterator<Item = i64> + 'g {
    let b = u64::from(rule.index);
    let due = move |record: &Record| record.b == b && record.count & EXPECTED != 0 && record.sum <= group.horizon;
    records(group).filter(due).map(|record| record.a)
}

/// Whether a signal was not sent before.
pub(crate) fn first_time(group: &mut Group<'_>, kind: u32, time: i64, digest: u64) -> bool {
    let b = SIGNAL | mix(&kind.to_le_bytes(), digest);
    if find(group, time, b).is_some() {
        return false;
    }
    let keep = time.saturating_add(group.space.span).saturating_add(group.space.lookback);
    if keep <= group.horizon {
        return false;
    }
    put(group, Record { a: time, b, sum: keep, ..Record::default() }, "");
    true
}

/// When the next bucket is to be settled: when the watermark has passed it and the lateness.
pub(crate) fn wake(group: &Group<'_>) -> Option<i64> {
    let open = records(group).filter(|record| record.count & EXPECTED != 0);
    open.map(|record| record.sum.saturating_add(group.space.lateness)).min()
}

/// Lets go of what nothing can change any more.
pub(crate) fn prune(group: &mut Group<'_>) {
    let over = |record: &Record| record.sum <= group.horizon && record.count & EXPECTED == 0;
    let gone: Vec<usize> =
        records(group).enumerate().filter(|(_, record)| over(record)).map(|(index, _)| index).collect();
    gone.into_iter().rev().for_each(|index| table::remove(&mut group.state, SECTION, index, index + 1));
}

fn until(rule: Rule, bucket: i64) -> Record {
    let sum = bucket.saturating_add(rule.bucket).saturating_add(rule.reach);
    Record { a: bucket, b: rule.index.into(), sum, ..Record::default() }
}

fn put(group: &mut Group<'_>, record: Record, title: &str) {
    group.keep_until(record.sum);
    let index = View::of(&group.state, SECTION).lower(record.a, record.b);
    table::insert(&mut group.state, SECTION, index, record, table::clip(title, MAX_TITLE), &[]);
}

fn find(group: &Group<'_>, a: i64, b: u64) -> Option<(usize, Record)> {
    let view = View::of(&group.state, SECTION);
    let index = view.lower(a, b);
    (index < view.len() && view.keys(index) == (a, b)).then(|| (index, view.get(index)))
}

fn records<'g>(group: &'g Group<'_>) -> impl Iterator<Item = Record> + 'g {
    let view = View::of(&group.state, SECTION);
    (0..view.len()).map(move |index| view.get(index))
}

fn severity(number: u8) -> Severity {
    match number {
        0 => Severity::Informational,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        _ => Severity::Critical,
    }
}
