//! An identity or a plan by itself; what depends on other detectors is for [`sekisho_core::plan::build`].

use std::collections::HashSet;

use sekisho_core::contract::{
    Condition, DetectorPlan, Field, Identity, MAX_TECHNIQUES, Problem, Rule, SignalType, Subscription, Test,
};

use super::names::{is_kebab, is_path, is_technique, is_version, is_word};

/// The most parts of a key.
const MAX_PARTS: u8 = 8;
/// The most bytes of a text field: a row must fit the exchange's frames.
const MAX_FIELD_BYTES: u32 = 256 << 10;
/// A call names its tables by one byte, and an event's columns by the plan's projection.
const MAX_SUBSCRIPTIONS: usize = 256;
const MAX_FIELDS: usize = 256;
/// The widest bucket: a year.
const MAX_BUCKET: u64 = 366 * 24 * 3600 * 1_000_000_000;
/// The longest lateness: a week. It holds windows open and states alive.
const MAX_LATENESS: u64 = 7 * 24 * 3600 * 1_000_000_000;

/// Everything that is wrong with an identity, with JSON pointers into it.
pub(in super::super) fn identity(identity: &Identity) -> Vec<Problem> {
    let mut wrong = Wrong::default();
    wrong.unless(is_kebab(&identity.id), "/id", || not_kebab(&identity.id));
    wrong.unless(is_version(&identity.version), "/version", || {
        format!("{:?} is not a version such as 1.2.3", identity.version)
    });
    wrong.title("/title", &identity.title);
    if let Err(error) = serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(&identity.settings_schema) {
        wrong.add("/settings-schema", format!("not a JSON object: {error}"));
    }
    wrong.0
}

/// Everything that is wrong with a plan, with JSON pointers into it.
pub(in super::super) fn plan(plan: &DetectorPlan) -> Vec<Problem> {
    let mut wrong = Wrong::default();
    wrong.key_spaces(plan);
    let mut ids = HashSet::new();
    for (at, rule) in plan.rules.iter().enumerate() {
        wrong.name(&format!("/rules/{at}/id"), &rule.id, &mut ids);
        wrong.rule(&format!("/rules/{at}"), rule, plan);
    }
    wrong.unless(plan.subscriptions.len() <= MAX_SUBSCRIPTIONS, "/subscriptions", || {
        format!("{} of them, {MAX_SUBSCRIPTIONS} allowed", plan.subscriptions.len())
    });
    for (at, subscription) in plan.subscriptions.iter().enumerate() {
        wrong.subscription(&format!("/subscriptions/{at}"), subscription, plan);
    }
    let mut names = HashSet::new();
    for (at, signal) in plan.signals.iter().enumerate() {
        wrong.name(&format!("/signals/{at}/name"), &signal.name, &mut names);
        wrong.signal(&format!("/signals/{at}"), signal, plan);
    }
    let mut names = HashSet::new();
    for (at, counter) in plan.counters.iter().enumerate() {
        let pointer = format!("/counters/{at}");
        wrong.unless(is_word(counter), &pointer, || not_kebab(counter));
        wrong.unless(names.insert(counter), &pointer, || format!("{counter:?} is there twice"));
    }
    wrong.0
}

fn not_kebab(name: &str) -> String {
    format!("{name:?} is not a lower-case kebab name of at most {} bytes", super::names::LONGEST_NAME)
}

#[derive(Default)]
struct Wrong(Vec<Problem>);

// === impl Wrong ===

impl Wrong {
    fn add(&mut self, at: &str, message: impl Into<String>) {
        self.0.push(Problem { at: at.to_owned(), message: message.into() });
    }

    fn unless(&mut self, right: bool, at: &str, message: impl FnOnce() -> String) {
        if !right {
            self.add(at, message());
        }
    }

    fn title(&mut self, at: &str, title: &str) {
        let right = !title.trim().is_empty() && title.len() <= 200 && !title.contains(['\n', '\r']);
        self.unless(right, at, || "must be one line of at most 200 bytes".to_owned());
    }

    fn name<'a>(&mut self, at: &str, name: &'a str, others: &mut HashSet<&'a str>) {
        self.unless(is_kebab(name), at, || not_kebab(name));
        self.unless(others.insert(name), at, || format!("{name:?} is there twice"));
    }

    fn key_space(&mut self, at: &str, key_space: u32, plan: &DetectorPlan) {
        let count = plan.key_spaces.len();
        self.unless((key_space as usize) < count, &format!("{at}/key-space"), || {
            format!("{key_space} of {count} key spaces")
        });
    }

    fn key_spaces(&mut self, plan: &DetectorPlan) {
        let mut names = HashSet::new();
        self.unless(!plan.key_spaces.is_empty(), "/key-spaces", || "there is none".to_owned());
        for (at, space) in plan.key_spaces.iter().enumerate() {
            let pointer = format!("/key-spaces/{at}");
            self.name(&format!("{pointer}/name"), &space.name, &mut names);
            self.unless(space.parts <= MAX_PARTS, &format!("{pointer}/parts"), || {
                format!("{} parts, {MAX_PARTS} allowed", space.parts)
            });
            let fed = plan.subscriptions.iter().any(|subscription| subscription.key_space as usize == at);
            self.unless(fed, &pointer, || "no subscription feeds it".to_owned());
        }
    }

    fn rule(&mut self, at: &str, rule: &Rule, plan: &DetectorPlan) {
        self.key_space(at, rule.key_space, plan);
        self.title(&format!("{at}/title"), &rule.title);
        self.unless(rule.confidence <= 100, &format!("{at}/confidence"), || format!("{} of 100", rule.confidence));
        self.unless((1..=MAX_BUCKET).contains(&rule.bucket), &format!("{at}/bucket"), || {
            format!("{} ns is not between 1 ns and a year", rule.bucket)
        });
        self.unless(rule.techniques.len() <= MAX_TECHNIQUES, &format!("{at}/techniques"), || {
            format!("{} of them, {MAX_TECHNIQUES} allowed", rule.techniques.len())
        });
        for (which, technique) in rule.techniques.iter().enumerate() {
            self.unless(is_technique(&technique.id), &format!("{at}/techniques/{which}/id"), || {
                format!("{:?} is not a technique such as T1021.002", technique.id)
            });
        }
    }

    fn subscription(&mut self, at: &str, subscription: &Subscription, plan: &DetectorPlan) {
        self.key_space(at, subscription.key_space, plan);
        self.source(&format!("{at}/source"), &subscription.source, plan);
        if let Some(space) = plan.key_spaces.get(subscription.key_space as usize) {
            let (found, wanted) = (subscription.key.len(), space.parts as usize);
            self.unless(found == wanted, &format!("{at}/key"), || {
                format!("{found} fields for the {wanted} parts of a key of {}", space.name)
            });
        }
        for (which, path) in subscription.key.iter().enumerate() {
            self.path(&format!("{at}/key/{which}"), path);
        }
        self.fields(&format!("{at}/fields"), &subscription.fields);
        for (which, all) in subscription.where_.iter().enumerate() {
            for (each, condition) in all.iter().enumerate() {
                self.condition(&format!("{at}/where/{which}/{each}"), condition);
            }
        }
        self.unless(subscription.lateness <= MAX_LATENESS, &format!("{at}/lateness"), || {
            format!("{} ns is more than a week", subscription.lateness)
        });
    }

    fn source(&mut self, at: &str, source: &str, plan: &DetectorPlan) {
        if let Some(detector) = source.strip_prefix("finding:") {
            return self.unless(is_kebab(detector), at, || not_kebab(detector));
        }
        let Some(signal) = source.strip_prefix("signal:") else {
            return self.unless(is_word(source), at, || format!("{source:?} is not the name of a class"));
        };
        match signal.split_once('/') {
            Some(("self", name)) => {
                let sent = plan.signals.iter().any(|signal| signal.name == name);
                self.unless(sent, at, || format!("the plan has no signal {name:?}"));
            }
            Some((detector, name)) if is_kebab(detector) && is_kebab(name) => {}
            _ => self.add(at, format!("{source:?} is not of the form signal:<detector>/<name>")),
        }
    }

    fn signal(&mut self, at: &str, signal: &SignalType, plan: &DetectorPlan) {
        self.key_space(at, signal.key_space, plan);
        self.fields(&format!("{at}/fields"), &signal.fields);
    }

    fn fields(&mut self, at: &str, fields: &[Field]) {
        self.unless(fields.len() <= MAX_FIELDS, at, || format!("{} of them, {MAX_FIELDS} allowed", fields.len()));
        let mut seen = HashSet::new();
        for (which, field) in fields.iter().enumerate() {
            let pointer = format!("{at}/{which}");
            self.path(&format!("{pointer}/path"), &field.path);
            self.unless(seen.insert((&field.path, field.kind)), &pointer, || {
                format!("{:?} is there twice", field.path)
            });
            self.unless(field.max_bytes <= MAX_FIELD_BYTES, &format!("{pointer}/max-bytes"), || {
                format!("{} bytes, {MAX_FIELD_BYTES} allowed", field.max_bytes)
            });
        }
    }

    fn path(&mut self, at: &str, path: &str) {
        self.unless(is_path(path), at, || format!("{path:?} is not a path"));
    }

    fn condition(&mut self, at: &str, condition: &Condition) {
        self.path(&format!("{at}/path"), &condition.path);
        let never = match &condition.test {
            Test::Present => false,
            Test::OneOf(texts)
            | Test::Prefix(texts)
            | Test::Suffix(texts)
            | Test::Contains(texts)
            | Test::Zone(texts) => texts.is_empty(),
            Test::Equals(integers) => integers.is_empty(),
            Test::Between((from, to)) => from > to,
            Test::Mask(bits) => *bits == 0,
        };
        self.unless(!never, &format!("{at}/test"), || "nothing can pass it".to_owned());
    }
}
