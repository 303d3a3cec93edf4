//! Rules, said fluently.

use super::{KeySpace, Plan, position};
use crate::bindings as wit;
use crate::time::HOUR;

/// A rule of the plan, with what the SDK needs to review it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(crate) index: u32,
    pub(crate) key_space: u32,
    pub(crate) severity: wit::Severity,
    pub(crate) confidence: u8,
    /// Width of the aligned window that gives a finding its identity.
    pub(crate) bucket: i64,
    /// How far behind its bucket a finding's evidence may lie.
    pub(crate) reach: i64,
    pub(crate) settled: bool,
}

/// A rule under construction.
#[derive(Debug)]
pub struct RuleBuilder<'p> {
    plan: &'p mut Plan,
    rule: wit::Rule,
    handle: Rule,
    lookback: i64,
}

// === impl Rule ===

impl Rule {
    /// What a finding of it usually weighs.
    pub fn severity(&self) -> wit::Severity {
        self.severity
    }

    /// Width of its aligned window, nanoseconds.
    pub fn bucket(&self) -> i64 {
        self.bucket
    }

    /// How far behind its bucket evidence may lie, nanoseconds.
    pub fn reach(&self) -> i64 {
        self.reach
    }
}

// === impl RuleBuilder ===

impl<'p> RuleBuilder<'p> {
    pub(super) fn new(plan: &'p mut Plan, id: &str, on: KeySpace) -> Self {
        let index = position(plan.rules.len() + 1);
        let severity = wit::Severity::Medium;
        let handle = Rule { index, key_space: on.0, severity, confidence: 50, bucket: HOUR, reach: 0, settled: false };
        let rule = wit::Rule {
            id: id.into(),
            key_space: on.0,
            title: id.into(),
            severity,
            confidence: 50,
            techniques: Vec::new(),
            judged: wit::Judged::Immediate,
            bucket: HOUR.unsigned_abs(),
            advice: String::new(),
            extra: Vec::new(),
        };
        Self { plan, rule, handle, lookback: 0 }
    }

    /// One line for people.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.rule.title = title.into();
        self
    }

    /// What a finding of it usually weighs, and how likely (0 to 100) it is what it says.
    #[must_use]
    pub fn weighs(mut self, severity: wit::Severity, confidence: u8) -> Self {
        (self.rule.severity, self.handle.severity) = (severity, severity);
        (self.rule.confidence, self.handle.confidence) = (confidence.min(100), confidence.min(100));
        self
    }

    /// An ATT&CK technique and which evidence shows it; at most three.
    #[must_use]
    pub fn technique(mut self, id: &str, shown_by: &str) -> Self {
        self.rule.techniques.push(wit::Technique { id: id.into(), shown_by: shown_by.into() });
        self
    }

    /// The aligned UTC window that gives a finding its identity, nanoseconds: one finding for each key and bucket that
    /// its earliest evidence falls into. (An hour unless said.) At least a sixteenth of reach and lookback is wise:
    /// that many buckets are looked at again for a row.
    #[must_use]
    pub fn bucket(mut self, nanos: i64) -> Self {
        self.handle.bucket = nanos.max(1);
        self.rule.bucket = nanos.max(1).unsigned_abs();
        self
    }

    /// How far behind its bucket a finding's evidence may lie, nanoseconds: the window of a sequence or of a sliding count.
    #[must_use]
    pub fn reach(mut self, nanos: i64) -> Self {
        self.handle.reach = nanos.max(0);
        self
    }

    /// How far before its bucket the past reaches that a finding is compared with, nanoseconds. First-seen and baseline
    /// windows say it by themselves; a tally or timeline that is asked about the past (`keep`) needs it said.
    #[must_use]
    pub fn lookback(mut self, nanos: i64) -> Self {
        self.lookback = nanos.max(0);
        self
    }

    /// Judged once, when the watermark has passed bucket, reach and lateness; else at once, and corrected by late rows.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.handle.settled = true;
        self.rule.judged = wit::Judged::Settled;
        self
    }

    /// What the analyst should do next, in Markdown.
    #[must_use]
    pub fn advice(mut self, markdown: &str) -> Self {
        self.rule.advice = markdown.into();
        self
    }

    /// The handle by which findings of it are told.
    pub fn done(self) -> Rule {
        if let Some(space) = self.plan.key_spaces.get_mut(self.handle.key_space as usize) {
            space.span = space.span.max(self.handle.bucket.saturating_add(self.handle.reach));
        }
        self.plan.looks_back(KeySpace(self.handle.key_space), self.lookback);
        self.plan.rules.push(self.rule);
        self.handle
    }
}
