//! What is answered: findings that are reviewed bucket by bucket, signals that are said once, counts, notes, states.

use crate::bindings as wit;
use crate::detector::Setup;
use crate::finding::Draft;
use crate::group::Group;
use crate::ledger::{self, Said};
use crate::plan::{Counter, Rule, SignalType};
use crate::state::State;
use crate::state::table;
use crate::time::align;

/// States above this many bytes lose their oldest records: the host would refuse them.
const MAX_STATE: usize = 256 << 10;

/// The answer under construction.
pub struct Out<'s> {
    setup: &'s Setup,
    explain: bool,
    outcome: wit::Outcome,
    buckets: Vec<i64>,
}

/// An aligned UTC window of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first nanosecond.
    pub start: i64,
    /// The first nanosecond behind it.
    pub end: i64,
    /// How far behind the end evidence may lie.
    pub reach: i64,
}

/// A signal under construction: values in the order of its type's columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    kind: SignalType,
    time: i64,
    origins: Vec<u64>,
    values: Vec<Option<wit::Scalar>>,
}

// === impl Out ===

impl<'s> Out<'s> {
    pub(crate) fn new(setup: &'s Setup, explain: bool) -> Self {
        let outcome = wit::Outcome {
            findings: Vec::new(),
            signals: Vec::new(),
            states: Vec::new(),
            counters: Vec::new(),
            notes: Vec::new(),
            extra: Vec::new(),
        };
        Self { setup, explain, outcome, buckets: Vec::new() }
    }

    pub(crate) fn into_outcome(self) -> wit::Outcome {
        self.outcome
    }

    /// Judges every bucket of a rule that this call may have changed: what the closure answers stands for the bucket.
    ///
    /// The closure must follow from the state alone. The SDK remembers what was said and tells only changes: a finding
    /// that is new or grown is told whole, one that the closure no longer answers is retracted. A settled rule's bucket
    /// is judged once, when nothing can come for it any more; the wake-up for it is set.
    pub fn review(
        &mut self,
        group: &mut Group<'_>,
        rule: Rule,
        mut judge: impl FnMut(&State, Bucket) -> Option<Draft>,
    ) {
        let mut buckets = std::mem::take(&mut self.buckets);
        touched(group, rule, &mut buckets);
        for start in buckets.drain(..) {
            let bucket = Bucket::of(rule, start);
            let open = bucket.end.saturating_add(rule.reach) > group.horizon;
            if rule.settled && open {
                ledger::expect(group, rule, start);
            } else if open || rule.settled && ledger::expected(group, rule, start) {
                let draft = judge(&group.state, bucket);
                if self.explain && draft.is_none() {
                    self.unmet(group, rule);
                }
                self.say(group, rule, bucket, draft);
            }
        }
        self.buckets = buckets;
    }

    /// Sends a signal, once: the same again from the same key is passed over while its memory lives.
    pub fn signal(&mut self, group: &mut Group<'_>, signal: Signal) {
        if ledger::first_time(group, signal.kind.0, signal.time, signal.digest()) {
            self.outcome.signals.push(wit::Signal {
                kind: signal.kind.0,
                group: group.index,
                time: signal.time,
                origins: signal.origins,
                values: signal.values,
                extra: Vec::new(),
            });
        }
    }

    /// Counts something.
    pub fn count(&mut self, counter: Counter, by: u64) {
        match self.outcome.counters.iter_mut().find(|(index, _)| *index == counter.0) {
            Some((_, total)) => *total += by,
            None => self.outcome.counters.push((counter.0, by)),
        }
    }

    /// Says why a rule did or did not fire; asked of the closure only when the operator wants to know.
    pub fn note(&mut self, group: &Group<'_>, text: impl FnOnce() -> String) {
        if self.explain {
            self.outcome.notes.push(wit::Note { group: group.index, origin: None, text: text() });
        }
    }

    /// Tells that a rule looked at the latest row of a group and did not fire.
    fn unmet(&mut self, group: &Group<'_>, rule: Rule) {
        let Some(row) = group.rows().last() else { return };
        let text = format!("looked, and did not fire: {}", self.title(rule));
        let note = wit::Note { group: group.index, origin: Some(row.origin()), text };
        if self.outcome.notes.last() != Some(&note) {
            self.outcome.notes.push(note);
        }
    }

    /// Whether the operator wants notes.
    pub fn explains(&self) -> bool {
        self.explain
    }

    /// Tells what changed between what was said of a bucket and what is to be said now.
    fn say(&mut self, group: &mut Group<'_>, rule: Rule, bucket: Bucket, draft: Option<Draft>) {
        let before = ledger::said(group, rule, bucket.start);
        let Some(mut draft) = draft else {
            if let Some(said) = before {
                self.retract(group, rule, &said);
            }
            ledger::forget(group, rule, bucket.start);
            return;
        };
        // Evidence outside of the bucket would give the finding another identity: the bucket is where it belongs.
        let (since, until) = draft.settle().unwrap_or((bucket.start, bucket.start));
        let since = since.clamp(bucket.start, bucket.end.saturating_sub(1));
        draft.span = Some((since, until.max(since)));
        let severity = draft.severity.unwrap_or(rule.severity);
        let confidence = draft.confidence.unwrap_or(rule.confidence);
        let digest = draft.digest(severity, confidence);
        if before.as_ref().is_some_and(|said| said.digest == digest) {
            return;
        }
        let said = Said { since, until: until.max(since), digest, severity, confidence, title: draft.title.clone() };
        ledger::remember(group, rule, bucket.start, &said);
        self.outcome.findings.push(wit::Finding {
            group: group.index,
            rule: rule.index,
            since,
            until: said.until,
            change: wit::Change::Stands,
            severity,
            confidence,
            title: draft.title,
            description: draft.description,
            entities: draft.entities,
            figures: draft.figures,
            evidence: draft.evidence,
            extra: Vec::new(),
        });
    }

    fn retract(&mut self, group: &Group<'_>, rule: Rule, said: &Said) {
        self.outcome.findings.push(wit::Finding {
            group: group.index,
            rule: rule.index,
            since: said.since,
            until: said.until,
            change: wit::Change::Retracted,
            severity: said.severity,
            confidence: said.confidence,
            title: said.title.clone(),
            description: "later rows showed that this does not hold".into(),
            entities: Vec::new(),
            figures: Vec::new(),
            evidence: Vec::new(),
            extra: Vec::new(),
        });
    }

    /// Lets go of what is over, and gives the state back when it or its wake-up changed.
    pub(crate) fn finish(&mut self, mut group: Group<'_>) -> Result<(), String> {
        group.put_latest();
        for used in std::mem::take(&mut group.windows) {
            crate::window::prune(&mut group.state, used, group.horizon);
        }
        ledger::prune(&mut group);
        while group.state.len() > MAX_STATE && shrink(&mut group.state) {}
        let wake = ledger::wake(&group).into_iter().chain(group.asked_wake()).min();
        // A wake-up that came due is gone, unless it is asked for again.
        let remembered = group.had_wake.filter(|wake| group.given.due.is_none_or(|due| *wake > due));
        if !group.state.changed() && wake == remembered {
            return Ok(());
        }
        let expires = group.expires.max(wake.unwrap_or(i64::MIN));
        let kept = !group.state.is_empty();
        if kept || group.had {
            self.outcome.states.push(wit::Kept {
                group: group.index,
                state: kept.then(|| wit::State {
                    version: group.version,
                    bytes: group.state.into_bytes(),
                    expires: Some(expires).filter(|expires| *expires > i64::MIN).or(group.had_expiry),
                    wake,
                }),
            });
        }
        Ok(())
    }

    /// Titles of the rules, for notes.
    pub fn title(&self, rule: Rule) -> &str {
        self.setup.rule_titles.get(rule.index as usize).map_or("", String::as_str)
    }
}

// === impl Bucket ===

impl Bucket {
    fn of(rule: Rule, start: i64) -> Self {
        Self { start, end: start.saturating_add(rule.bucket), reach: rule.reach }
    }
}

// === impl Signal ===

impl Signal {
    /// A signal of this type about this time.
    pub fn new(kind: SignalType, time: i64) -> Self {
        Self { kind, time, origins: Vec::new(), values: Vec::new() }
    }

    /// A row it rests on.
    #[must_use]
    pub fn origin(mut self, origin: u64) -> Self {
        self.origins.push(origin);
        self
    }

    /// The next column's text, or none.
    #[must_use]
    pub fn text<'t>(self, value: impl Into<Option<&'t str>>) -> Self {
        let value = value.into().map(|text| wit::Scalar::Text(text.into()));
        self.value(value)
    }

    /// The next column's integer, or none.
    #[must_use]
    pub fn integer(self, value: impl Into<Option<i64>>) -> Self {
        let value = value.into().map(wit::Scalar::Integer);
        self.value(value)
    }

    /// The next column's value, or none.
    #[must_use]
    pub fn value(mut self, value: Option<wit::Scalar>) -> Self {
        self.values.push(value);
        self
    }

    fn digest(&self) -> u64 {
        crate::state::hash(format!("{:?}", self.values).as_bytes())
    }
}

/// Starts of the buckets of a rule that the group's rows fall into, or that are to be settled now.
///
/// A row counts for buckets that begin up to the rule's reach before it, and as their past for later ones: those that
/// had rows before this call (the rows of this call bring up their own).
fn touched(group: &Group<'_>, rule: Rule, into: &mut Vec<i64>) {
    into.clear();
    let mut last = i64::MIN;
    // The first start that was not brought up yet: rows come in order of time, so what they touch moves forward too.
    let mut next = i64::MIN;
    for row in group.rows() {
        let time = row.time();
        let most = time.saturating_add(group.space.lookback).min(group.latest_before).max(time);
        // Nearly always a row falls where the one before it did.
        let oldest = time.saturating_sub(rule.reach);
        if last > i64::MIN && oldest >= last && most < next {
            continue;
        }
        last = align(oldest, rule.bucket);
        let mut start = last.max(next);
        while start <= most && start < i64::MAX {
            into.push(start);
            start = start.saturating_add(rule.bucket);
        }
        next = next.max(start);
    }
    if rule.settled {
        into.extend(ledger::ripe(group, rule));
    }
    into.sort_unstable();
    into.dedup();
}

/// Takes the older half out of the largest window; whether there was one.
fn shrink(state: &mut State) -> bool {
    let windows = state.sections().filter(|id| *id < 250);
    let Some(largest) = windows.max_by_key(|id| (state.section(*id).len(), *id)) else { return false };
    let records = table::View::of(state, largest).len();
    table::remove(state, largest, 0, records.div_ceil(2));
    records > 0
}
