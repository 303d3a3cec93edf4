//! Settings of librdkafka that an operator gives by their names there.

use std::collections::BTreeMap;
use std::fmt;

use rdkafka::ClientConfig;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Settings by name. Those that would break a promise of Sekisho's are refused by [`Passthrough::mistakes`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Passthrough(BTreeMap<String, String>);

/// What Sekisho decides itself, and why.
const REFUSED: &[(&str, &str)] = &[
    ("isolation.level", "only committed records may be read"),
    ("enable.auto.commit", "offsets are committed with the outputs of their records"),
    ("enable.auto.offset.store", "offsets are committed with the outputs of their records"),
    ("auto.commit.enable", "offsets are committed with the outputs of their records"),
    ("auto.commit.interval.ms", "offsets are committed with the outputs of their records"),
    ("auto.offset.reset", "a lost offset must stop the worker, never skip or repeat records"),
    ("topic.auto.offset.reset", "a lost offset must stop the worker, never skip or repeat records"),
    ("offset.store.method", "offsets are committed with the outputs of their records"),
    ("transactional.id", "it follows from group, instance and worker, so that a restart ends what was open"),
    ("transaction.timeout.ms", "the time that detectors may take follows from it"),
    ("enable.idempotence", "transactions need it"),
    ("acks", "transactions need all replicas"),
    ("request.required.acks", "transactions need all replicas"),
    ("max.in.flight", "the order of records depends on it"),
    ("max.in.flight.requests.per.connection", "the order of records depends on it"),
    ("delivery.report.only.error", "the flush before a commit depends on it"),
    ("enable.partition.eof", "idle partitions are known by it"),
    ("message.max.bytes", "it follows from the topics' limits"),
    ("batch.size", "it follows from the topics' limits"),
    ("partitioner", "one key must stay in one partition"),
    ("check.crcs", "what is read must be what was written"),
    ("bootstrap.servers", "set kafka.brokers"),
    ("metadata.broker.list", "set kafka.brokers"),
    ("group.id", "set kafka.group"),
    ("group.protocol", "set kafka.protocol"),
    ("group.instance.id", "members are dynamic: a restart after a kill would wait for the session's end"),
    ("group.remote.assignor", "every topic must be balanced by itself"),
    ("partition.assignment.strategy", "what moves in a rebalance depends on it: set kafka.protocol"),
    ("allow.auto.create.topics", "topics are created with their settings, or not at all"),
    ("enabled_events", "the client's own matter"),
];

/// Names that hold one of these are not shown with their values.
const SECRET: &[&str] = &["password", "secret", "pem", "token", "jaas"];

// === impl Passthrough ===

impl Passthrough {
    /// Name and reason of each setting that is refused or that librdkafka does not know.
    pub fn mistakes(&self) -> Vec<(String, String)> {
        self.0.iter().filter_map(|(name, value)| Some((name.clone(), mistake(name, value)?))).collect()
    }

    /// Adds the settings to those of a client.
    pub fn apply(&self, client: &mut ClientConfig) {
        for (name, value) in &self.0 {
            client.set(name, value);
        }
    }

    /// Whether it sets this.
    pub fn sets(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Sets one by hand.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

fn mistake(name: &str, value: &str) -> Option<String> {
    if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Some(format!("can't be set: {reason}"));
    }
    let error = ClientConfig::new().set(name, value).create_native_config().err()?;
    Some(match error {
        rdkafka::error::KafkaError::ClientConfig(_, reason, ..) => reason,
        other => other.to_string(),
    })
}

impl fmt::Debug for Passthrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|(name, value)| {
            let hidden = SECRET.iter().any(|word| name.contains(word));
            (name, if hidden { "(redacted)" } else { value.as_str() })
        });
        f.debug_map().entries(shown).finish()
    }
}

impl<'de> Deserialize<'de> for Passthrough {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let settings = BTreeMap::<String, Scalar>::deserialize(deserializer)?;
        Ok(Self(settings.into_iter().map(|(name, Scalar(value))| (name, value)).collect()))
    }
}

/// A number, boolean or text, as librdkafka takes it: text.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl Visitor<'_> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a boolean")
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Scalar, E> {
        Ok(Scalar(value.to_owned()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Scalar, E> {
        Ok(Scalar(value.to_string()))
    }
}
