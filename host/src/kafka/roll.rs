//! The roll of a group: by which plan each of its processes works, so that those that disagree notice.
//!
//! Detectors, settings and inventory may differ for as long as an upgrade rolls through the processes; it is said, since a
//! key meets the detectors of whoever owns its shard. Topics and partitions may not: offsets, clocks and places in alerts
//! would mean two things, so whoever comes second does not start.

use std::time::{Duration, Instant};

use sekisho_core::plan::{Plan, Wants};
use serde::{Deserialize, Serialize};

use super::config::Config;
use super::control::Control;
use super::failure::Failure;
use super::topics::Topics;
use super::transaction::{Outgoing, Transactions};

/// Between two signs of life.
const SIGN_EVERY: Duration = Duration::from_secs(60);
/// After a sign that was dropped on its way.
const SIGN_AGAIN: Duration = Duration::from_secs(5);
/// Whoever has not signed for so long is gone; clocks of machines may differ by a part of it.
const GONE_AFTER: i64 = 180_000;

/// What a process says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// Digest of its plan.
    plan: String,
    /// Milliseconds since 1970.
    at: i64,
}

/// Our own place on the roll.
#[derive(Debug)]
pub(super) struct Roll {
    key: Vec<u8>,
    /// When the next sign is due; none: now.
    due: Option<Instant>,
}

/// How two plans of one group differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Difference {
    /// They can't work beside each other.
    grave: Vec<String>,
    /// As in an upgrade.
    passing: Vec<String>,
}

// === impl Roll ===

impl Roll {
    /// Of this process.
    pub fn new(config: &Config) -> Self {
        Self { key: format!("{}{}", prefix(config), config.instance).into_bytes(), due: None }
    }

    /// Whether it is time for a sign of life.
    pub fn is_due(&self) -> bool {
        self.is_due_at(Instant::now())
    }

    fn is_due_at(&self, now: Instant) -> bool {
        self.due.is_none_or(|due| now >= due)
    }

    /// Writes that this process works by a plan, now; none: it has ended. Where that is dropped on its way it is due again
    /// soon: others miss a sign, and nothing else depends on it.
    pub fn sign(&mut self, plan: Option<&Plan>, topics: &Topics, producer: &Transactions) -> Result<(), Failure> {
        let entry = plan.map(|plan| Entry { plan: plan.digest.to_string(), at: millis() });
        let value = entry.and_then(|entry| serde_json::to_vec(&entry).ok());
        let record =
            Outgoing { topic: &topics.control, partition: Some(0), key: Some(&self.key), value: value.as_deref() };
        self.follow(producer.run([record], || Ok(None)), Instant::now())
    }

    /// What follows from a sign that was written, or not.
    fn follow(&mut self, written: Result<(), Failure>, now: Instant) -> Result<(), Failure> {
        let (after, result) = match written {
            Err(Failure::Abort(reason)) => {
                tracing::warn!("a sign of life was dropped, another follows: {reason}");
                (SIGN_AGAIN, Ok(()))
            }
            written => (SIGN_EVERY, written),
        };
        self.due = Some(now + after);
        result
    }
}

/// Says which other processes of the group work by another plan than ours.
///
/// # Errors
/// One of them reads other topics or partitions.
pub(super) fn call(control: &Control, config: &Config, plan: &Plan) -> Result<(), Failure> {
    for (instance, digest) in others(control, config, millis()) {
        let theirs = control.plan(&digest).and_then(|value| serde_json::from_slice::<Wants>(value).ok());
        // A plan that a newer version wrote can't be compared: its frames say so where it matters.
        let Some(theirs) = theirs.filter(|_| digest != plan.digest.to_string()) else { continue };
        let Difference { grave, passing } = difference(&plan.wants, &theirs);
        if !grave.is_empty() {
            let differing = grave.join("; ");
            return Err(Failure::Fatal(format!(
                "instance {instance} of group {} is at work with another {differing}: all processes of a group need the same; \
                 stop it first, or give this one another kafka.group and kafka.prefix",
                config.group
            )));
        }
        tracing::warn!(
            instance,
            differing = passing.join("; "),
            "another process of the group works by another plan; until all agree, a key meets the detectors of whoever owns \
             its shard"
        );
    }
    Ok(())
}

/// Other processes that were alive lately, with the digests of their plans.
fn others(control: &Control, config: &Config, now: i64) -> Vec<(String, String)> {
    let prefix = prefix(config);
    let entry = |(key, value): (&[u8], &[u8])| {
        let instance = std::str::from_utf8(key).ok()?.strip_prefix(&prefix)?;
        let entry: Entry = serde_json::from_slice(value).ok()?;
        let alive = now - entry.at < GONE_AFTER;
        (alive && instance != config.instance).then(|| (instance.to_owned(), entry.plan))
    };
    control.entries().filter_map(entry).collect()
}

fn difference(ours: &Wants, theirs: &Wants) -> Difference {
    let mut found = Difference::default();
    let sources = |wants: &Wants| {
        let each = wants.sources.iter().map(|source| format!("{} ({} partitions)", source.name, source.partitions));
        each.collect::<Vec<_>>().join(", ")
    };
    if ours.sources != theirs.sources || ours.clocks != theirs.clocks {
        found.grave.push(format!("list of raw topics: ours {}, theirs {}", sources(ours), sources(theirs)));
    }
    if ours.shards != theirs.shards {
        found.grave.push(format!("number of shards: ours {}, theirs {}", ours.shards, theirs.shards));
    }
    for detector in &ours.detectors {
        let name = &detector.name;
        match theirs.detectors.iter().find(|other| other.name == *name) {
            None => found.passing.push(format!("{name}: they don't have it")),
            Some(other) if other.plugin != detector.plugin => found.passing.push(format!(
                "{name}: ours is version {}, theirs {}",
                detector.identity.version, other.identity.version
            )),
            Some(other) if other.settings != detector.settings => found.passing.push(format!("{name}: its settings")),
            Some(_) => {}
        }
    }
    let known = |name: &str| ours.detectors.iter().any(|detector| detector.name == name);
    let more = theirs.detectors.iter().filter(|detector| !known(&detector.name));
    found.passing.extend(more.map(|detector| format!("{}: we don't have it", detector.name)));
    if ours.inventory != theirs.inventory {
        found.passing.push("the inventory".to_owned());
    }
    found
}

fn prefix(config: &Config) -> String {
    format!("process/{}/", config.group)
}

fn millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use sekisho_core::plan::SourceSpec;

    use super::*;

    fn wants(topics: &[&str], shards: u32) -> Wants {
        let source = |name: &&str| SourceSpec { name: (*name).to_owned(), partitions: 2 };
        Wants {
            detectors: Vec::new(),
            sources: topics.iter().map(source).collect(),
            clocks: Vec::new(),
            shards,
            inventory: Default::default(),
        }
    }

    #[test]
    fn other_topics_or_shards_are_grave_and_another_inventory_passes() {
        let ours = wants(&["a"], 3);
        assert_eq!(difference(&ours, &ours), Difference::default());
        assert_eq!(difference(&ours, &wants(&["a", "b"], 4)).grave.len(), 2);
        let theirs = Wants { inventory: sekisho_core::model::Digest::of(b"other"), ..ours.clone() };
        assert_eq!(difference(&ours, &theirs).passing, ["the inventory"]);
    }

    #[test]
    fn a_sign_that_was_dropped_ends_nothing_and_is_given_again_soon() {
        let (mut roll, now) = (Roll::new(&Config::new(["a:1".to_owned()])), Instant::now());
        assert!(roll.is_due_at(now));
        roll.follow(Err(Failure::Abort("the coordinator moved".to_owned())), now).unwrap();
        assert!(!roll.is_due_at(now) && roll.is_due_at(now + SIGN_AGAIN));
        roll.follow(Ok(()), now).unwrap();
        assert!(!roll.is_due_at(now + SIGN_AGAIN) && roll.is_due_at(now + SIGN_EVERY));
        let fenced = Err(Failure::Fenced("another".to_owned()));
        assert_eq!(roll.follow(fenced.clone(), now), fenced);
    }

    #[test]
    fn the_dead_and_we_ourselves_are_not_on_the_roll() {
        let mut config = Config::new(["a:1".to_owned()]);
        (config.group, config.instance) = ("g".to_owned(), "us".to_owned());
        let entry = |at: i64| serde_json::to_vec(&Entry { plan: "p".to_owned(), at }).unwrap();
        let control = Control::of([
            (b"process/g/us".to_vec(), entry(0)),
            (b"process/g/dead".to_vec(), entry(-GONE_AFTER)),
            (b"process/g/them".to_vec(), entry(0)),
            (b"process/other/them".to_vec(), entry(0)),
        ]);
        assert_eq!(others(&control, &config, 1), [("them".to_owned(), "p".to_owned())]);
    }
}
