//! The section `kafka` of the configuration.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::passthrough::Passthrough;
use super::secret::Secret;
use crate::units;

/// Workers of one process; more belong into more processes.
const MOST_WORKERS: u32 = 64;

/// How Sekisho reaches Kafka, and under which names it works there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Brokers to begin with, each `host:port`.
    pub brokers: Vec<String>,
    /// The consumer group. Processes of one group share the work.
    #[serde(default = "default_group")]
    pub group: String,
    /// This process among those of the group: unique in it and the same after a restart. The host's name unless said.
    #[serde(default = "default_instance")]
    pub instance: String,
    /// Workers of this process: threads, each a member of the group of its own. One unless said: every worker writes frames
    /// to every partition of the exchange and commits by itself, so that more of them cost the brokers more, and pay only
    /// where one core is not enough.
    #[serde(default = "default_workers")]
    pub workers: u32,
    /// What the names of Sekisho's own topics begin with.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// How the group divides its partitions.
    #[serde(default)]
    pub protocol: Protocol,
    /// TLS and SASL.
    #[serde(default)]
    pub security: Security,
    /// Sekisho's own topics.
    #[serde(default)]
    pub topics: TopicsConfig,
    /// Settings of librdkafka by their names there. Those that would break a promise are refused.
    #[serde(default)]
    pub librdkafka: Passthrough,
}

/// The protocol of the consumer group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// KIP-848, Kafka 4.0 or newer: the broker assigns, and only what moves stops.
    #[default]
    Consumer,
    /// For older brokers: the members assign (`cooperative-sticky`). Only what moves stops here too, but a rebalance takes two
    /// rounds, and partitions are balanced over all topics together: one worker may get most of one topic.
    Classic,
}

/// TLS and SASL; neither unless said.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Security {
    /// Present, even empty: connections are encrypted and the broker's certificate is verified.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Present: connections are authenticated.
    #[serde(default)]
    pub sasl: Option<Sasl>,
}

/// Files in PEM form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// Certificates of the authorities to trust; the system's unless said.
    #[serde(default)]
    pub ca: Option<PathBuf>,
    /// Our own certificate, where brokers ask for one.
    #[serde(default)]
    pub certificate: Option<PathBuf>,
    /// The key of `certificate`.
    #[serde(default)]
    pub key: Option<PathBuf>,
    /// Opens `key`.
    #[serde(default)]
    pub key_password: Option<Secret>,
}

/// Who we are to the brokers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sasl {
    /// The way of proving it.
    pub mechanism: Mechanism,
    /// The name.
    pub username: String,
    /// Best given as `${NAME}`, from the environment.
    pub password: Secret,
}

/// SASL mechanisms that need a name and a password. Others can be set through `librdkafka`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mechanism {
    /// The password crosses the wire: use it with TLS alone.
    Plain,
    /// SCRAM-SHA-256.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// SCRAM-SHA-512.
    #[serde(rename = "scram-sha-512")]
    ScramSha512,
}

/// Sekisho's own topics.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicsConfig {
    /// Whether missing topics are created at start.
    #[serde(default = "default_create")]
    pub create: bool,
    /// Partitions of the exchange and of the state. It can't be changed later: keys would change their shard.
    #[serde(default = "default_shards")]
    pub shards: u32,
    /// Partitions of the alerts, dead letters and coverage, when they are created.
    #[serde(default = "default_outputs")]
    pub output_partitions: u32,
    /// Replicas of created topics; the broker's default unless said.
    #[serde(default)]
    pub replication: Option<u16>,
    /// Whether rows that come later than a detector tolerates are copied to the topic `late`.
    #[serde(default)]
    pub late: bool,
    /// Frames that a suspended detector missed are kept in the exchange for as long, to heal it; a day unless said. While
    /// none is suspended nothing is kept.
    #[serde(default = "default_horizon", with = "units::duration")]
    pub healing_horizon: Duration,
}

/// One mistake in the section, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kafka.{field}: {message}")]
pub struct Mistake {
    /// Path of the field below `kafka`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

// === impl Config ===

impl Config {
    /// A configuration with all defaults.
    pub fn new(brokers: impl IntoIterator<Item = String>) -> Self {
        Self {
            brokers: brokers.into_iter().collect(),
            group: default_group(),
            instance: default_instance(),
            workers: default_workers(),
            prefix: default_prefix(),
            protocol: Protocol::default(),
            security: Security::default(),
            topics: TopicsConfig::default(),
            librdkafka: Passthrough::default(),
        }
    }

    /// Everything that is wrong with it, without asking a broker.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut found = Vec::new();
        let mut tell = |field: &str, message: String| found.push(Mistake { field: field.to_owned(), message });
        if self.brokers.is_empty() {
            tell("brokers", "names no broker".to_owned());
        }
        for broker in self.brokers.iter().filter(|broker| !is_address(broker)) {
            tell("brokers", format!("{broker:?} is not host:port"));
        }
        for (field, name) in [("group", &self.group), ("instance", &self.instance)] {
            if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
                tell(field, format!("{name:?} must be a name without spaces"));
            }
        }
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if self.prefix.len() > 200 || !self.prefix.chars().all(legal) {
            tell("prefix", format!("{:?}: a topic's name holds letters, digits, '.', '_' and '-'", self.prefix));
        }
        if !(1..=MOST_WORKERS).contains(&self.workers) {
            tell("workers", format!("must be 1 to {MOST_WORKERS}"));
        }
        if !(1..=10_000).contains(&self.topics.shards) {
            tell("topics.shards", "must be 1 to 10000".to_owned());
        }
        if !(1..=10_000).contains(&self.topics.output_partitions) {
            tell("topics.output_partitions", "must be 1 to 10000".to_owned());
        }
        if self.topics.replication == Some(0) {
            tell("topics.replication", "must be at least 1".to_owned());
        }
        self.tls_mistakes(&mut tell);
        for (name, message) in self.librdkafka.mistakes() {
            tell(&format!("librdkafka.{name}"), message);
        }
        found
    }

    fn tls_mistakes(&self, tell: &mut impl FnMut(&str, String)) {
        let Some(tls) = &self.security.tls else { return };
        for (field, path) in [("ca", &tls.ca), ("certificate", &tls.certificate), ("key", &tls.key)] {
            if let Some(path) = path
                && let Err(error) = fs::File::open(path)
            {
                tell(&format!("security.tls.{field}"), format!("can't read {}: {error}", path.display()));
            }
        }
        if tls.certificate.is_some() != tls.key.is_some() {
            tell("security.tls", "certificate and key belong together: give both or none".to_owned());
        }
    }

    /// Sekisho's own topic of this kind.
    pub fn topic(&self, kind: &str) -> String {
        format!("{}{kind}", self.prefix)
    }
}

// === impl Mechanism ===

impl Mechanism {
    /// Its name in SASL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

// === impl TopicsConfig ===

impl Default for TopicsConfig {
    fn default() -> Self {
        Self {
            create: default_create(),
            shards: default_shards(),
            output_partitions: default_outputs(),
            replication: None,
            late: false,
            healing_horizon: default_horizon(),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port != 0))
}

fn default_group() -> String {
    "sekisho".to_owned()
}

fn default_workers() -> u32 {
    1
}

fn default_horizon() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

fn default_prefix() -> String {
    "sekisho.".to_owned()
}

fn default_create() -> bool {
    true
}

fn default_shards() -> u32 {
    12
}

fn default_outputs() -> u32 {
    1
}

/// The host's name, short; `sekisho` where the system does not tell it.
fn default_instance() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "sekisho".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_in_debug_output() {
        let text = r#"{"brokers": ["a:9092"], "security": {"tls": {"key_password": "hush"},
            "sasl": {"mechanism": "scram-sha-512", "username": "sekisho", "password": "hush"}},
            "librdkafka": {"ssl.keystore.password": "hush", "linger.ms": 7}}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("linger.ms"), "{shown}");
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let text = r#"{"brokers": ["a", ":9"], "group": "", "workers": 0, "prefix": "a b", "topics": {"shards": 0},
            "librdkafka": {"isolation.level": "read_uncommitted", "no.such.setting": 1}}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        let fields: Vec<_> = config.mistakes().into_iter().map(|mistake| mistake.field).collect();
        let expected = [
            "brokers",
            "brokers",
            "group",
            "prefix",
            "workers",
            "topics.shards",
            "librdkafka.isolation.level",
            "librdkafka.no.such.setting",
        ];
        assert_eq!(fields, expected);
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(serde_json::from_str::<Config>(r#"{"brokers": ["a:1"], "goup": "x"}"#).is_err());
    }
}
