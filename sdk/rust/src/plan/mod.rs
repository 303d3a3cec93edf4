//! What a detector wants, said fluently: memories, rows, rules, signals. Each builder writes into the plan as it goes and
//! hands out a small handle that the detector keeps.

pub mod condition;
mod read;
mod rule;

pub use read::{ReadBuilder, SignalBuilder};
pub use rule::{Rule, RuleBuilder};

use crate::bindings as wit;
use crate::rows::Reading;
use crate::settings::Problems;
use crate::window::{Baseline, FirstSeen, Tally, Timeline};

/// The plan under construction.
#[derive(Debug, Default)]
pub struct Plan {
    pub(crate) rules: Vec<wit::Rule>,
    pub(crate) key_spaces: Vec<Space>,
    pub(crate) subscriptions: Vec<wit::Subscription>,
    /// Fields of the whole plan; a handle is a position here.
    pub(crate) fields: Vec<(String, wit::Kind)>,
    /// For each subscription, which field of the plan each of its columns is.
    pub(crate) columns: Vec<Vec<usize>>,
    pub(crate) signals: Vec<wit::SignalType>,
    counters: Vec<String>,
    state_version: u32,
    readable_versions: Vec<u32>,
    memory: u64,
}

/// A key space and what the SDK knows about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Space {
    pub name: String,
    pub key: Vec<String>,
    /// The most that a subscription of it tolerates, nanoseconds.
    pub lateness: i64,
    /// The most that a bucket of one of its rules reaches: bucket and reach.
    pub span: i64,
    /// The most that a rule or window of it looks back.
    pub lookback: i64,
    windows: u8,
}

/// A memory: states are kept for each key of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpace(pub(crate) u32);

/// Something counted, by position in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter(pub(crate) u32);

/// A kind of signal, by position in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalType(pub(crate) u32);

// === impl Plan ===

impl Plan {
    /// A memory by this name, keyed by these fields where a subscription does not name others.
    pub fn key_space<const N: usize>(&mut self, name: &str, key: [&str; N]) -> KeySpace {
        self.key_spaces.push(Space { name: name.into(), key: key.map(String::from).into(), ..Space::default() });
        KeySpace(position(self.key_spaces.len()))
    }

    /// Rows of a class (`authentication`), of findings (`finding:<detector>`) or of signals
    /// (`signal:<detector>/<name>`, `signal:self/<name>`) that feed a memory.
    pub fn read(&mut self, source: &str, into: KeySpace) -> ReadBuilder<'_> {
        let key = self.space(into).map(|space| space.key.clone()).unwrap_or_default();
        self.subscriptions.push(wit::Subscription {
            source: source.into(),
            key_space: into.0,
            key,
            fields: Vec::new(),
            where_: Vec::new(),
            lateness: 0,
            extra: Vec::new(),
        });
        self.columns.push(Vec::new());
        let builder = ReadBuilder::new(self, Reading(position(self.subscriptions.len())));
        builder.lateness(read::LATENESS)
    }

    /// A judgement that groups of a memory may raise.
    pub fn rule(&mut self, id: &str, on: KeySpace) -> RuleBuilder<'_> {
        RuleBuilder::new(self, id, on)
    }

    /// A fact that groups of a memory may tell other detectors.
    pub fn signal(&mut self, name: &str, from: KeySpace) -> SignalBuilder<'_> {
        let signal = wit::SignalType { name: name.into(), key_space: from.0, fields: Vec::new(), extra: Vec::new() };
        self.signals.push(signal);
        SignalBuilder::new(self)
    }

    /// Something to be counted.
    pub fn counter(&mut self, name: &str) -> Counter {
        self.counters.push(name.into());
        Counter(position(self.counters.len()))
    }

    /// Distinct members with their counts and sums, by panes of this width: windows slide in steps of a pane, and the
    /// buckets of rules that use it are whole panes.
    pub fn tally(&mut self, of: KeySpace, pane: i64) -> Tally {
        Tally::new(self.window(of), pane)
    }

    /// Single events in order of their time.
    pub fn timeline(&mut self, of: KeySpace) -> Timeline {
        Timeline::new(self.window(of))
    }

    /// Which members were not there for this long. Rules of the key space look back so far.
    pub fn first_seen(&mut self, of: KeySpace, absence: i64) -> FirstSeen {
        self.looks_back(of, absence);
        FirstSeen::new(self.window(of), absence)
    }

    /// Sums by day, to compare a day with the days before it. Rules of the key space look back so far.
    pub fn baseline(&mut self, of: KeySpace, days: u16) -> Baseline {
        let baseline = Baseline::new(self.window(of), days);
        self.looks_back(of, baseline.lookback());
        baseline
    }

    /// The version that states are written in: raise it when windows are added, removed or put in another order.
    /// (1 unless said.)
    pub fn state_version(&mut self, version: u32, readable: impl IntoIterator<Item = u32>) {
        self.state_version = version;
        self.readable_versions = readable.into_iter().collect();
    }

    /// Linear memory that the detector needs, bytes. (16 MiB unless said.)
    pub fn memory(&mut self, bytes: u64) {
        self.memory = bytes;
    }

    pub(crate) fn version(&self) -> u32 {
        self.state_version.max(1)
    }

    pub(crate) fn space(&self, of: KeySpace) -> Option<&Space> {
        self.key_spaces.get(of.0 as usize)
    }

    /// The number of a field of the plan; asking twice is asking once.
    pub(crate) fn field(&mut self, path: &str, kind: wit::Kind) -> usize {
        match self.fields.iter().position(|(p, k)| p == path && *k == kind) {
            Some(at) => at,
            None => {
                self.fields.push((path.into(), kind));
                self.fields.len() - 1
            }
        }
    }

    /// Notes that what rules of this key space say may follow from rows so long before.
    pub(crate) fn looks_back(&mut self, of: KeySpace, nanos: i64) {
        if let Some(space) = self.key_spaces.get_mut(of.0 as usize) {
            space.lookback = space.lookback.max(nanos);
        }
    }

    /// The section of a new window of this key space, from 1.
    fn window(&mut self, of: KeySpace) -> u8 {
        match self.key_spaces.get_mut(of.0 as usize) {
            Some(space) => {
                space.windows = space.windows.saturating_add(1);
                space.windows
            }
            None => 1,
        }
    }

    /// The contract's plan, or what makes it impossible.
    pub(crate) fn finish(&self, problems: &mut Problems) -> wit::Plan {
        for rule in &self.rules {
            if rule.techniques.len() > 3 {
                problems.add("", format!("rule {}: at most three techniques", rule.id));
            }
        }
        for subscription in &self.subscriptions {
            let parts = self.key_spaces.get(subscription.key_space as usize).map_or(0, |space| space.key.len());
            if subscription.key.len() != parts {
                let (source, count) = (&subscription.source, subscription.key.len());
                problems.add("", format!("reading {source}: its key has {count} fields, its key space {parts}"));
            }
        }
        wit::Plan {
            rules: self.rules.clone(),
            key_spaces: self.key_spaces.iter().map(Space::plain).collect(),
            subscriptions: self.subscriptions.clone(),
            signals: self.signals.clone(),
            counters: self.counters.clone(),
            state_version: self.version(),
            readable_versions: self.readable_versions.clone(),
            memory: if self.memory == 0 { 16 << 20 } else { self.memory },
            extra: Vec::new(),
        }
    }
}

// === impl Space ===

impl Space {
    fn plain(&self) -> wit::KeySpace {
        wit::KeySpace { name: self.name.clone(), parts: u8::try_from(self.key.len()).unwrap_or(u8::MAX) }
    }
}

/// The position of the last of so many.
fn position(len: usize) -> u32 {
    u32::try_from(len.saturating_sub(1)).unwrap_or(u32::MAX)
}
