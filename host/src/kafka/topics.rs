//! The topics that Sekisho owns: their names, what they must be like, and whether they are.
//!
//! Missing ones are created where that is allowed; all are checked at every start, since a topic that compacts what it
//! should keep, or forgets what it should keep, loses alerts without a word.

use std::thread;
use std::time::Duration;

use rdkafka::admin::ConfigResource;
use rdkafka::consumer::Consumer;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafkaRespErr;

use sekisho_core::publish::MAX_ALERT_BYTES;

use super::admin::Admin;
use super::client::REQUEST_TIMEOUT;
use super::config::Config;
use super::connect::Reader;

/// What the worst record needs beside its key and value: the batch's and the record's own heads, generously.
const RECORD_OVERHEAD: usize = 512;
/// How often, and how far apart, brokers are asked again that may not know a new topic yet.
const SETTLE: (u32, Duration) = (50, Duration::from_millis(100));

/// The names of Sekisho's own topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// Alerts, keyed by uid.
    pub alerts: String,
    /// Rows on their way to the shard of their key.
    pub exchange: String,
    /// The last state of every key, by shard; compacted.
    pub state: String,
    /// Plans and starts; compacted, one partition.
    pub control: String,
    /// What could not be handled.
    pub dead_letters: String,
    /// What some detector did not see.
    pub coverage: String,
    /// What operators say: ordinary events.
    pub notes: String,
    /// Copies of rows that came too late; none: they are not wanted.
    pub late: Option<String>,
}

/// The largest value that each topic takes, in bytes, its record's overhead taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of the exchange.
    pub frame: usize,
    /// Key and value together.
    pub state: usize,
    /// Of the alerts, key included.
    pub alert: usize,
    /// Of the dead letters.
    pub dead_letter: usize,
    /// Of the coverage topic.
    pub coverage: usize,
    /// Of the control topic, key included.
    pub control: usize,
}

/// Topics as they were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What they take.
    pub limits: Limits,
}

/// What is wrong with topics; each line of the text is one thing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Some do not exist.
    #[error("these topics do not exist: {0}{1}")]
    Missing(String, &'static str),
    /// The broker does not let us.
    #[error("no rights {doing} topic {topic}: grant them to our user")]
    Rights { doing: &'static str, topic: String },
    /// They are not as they must be.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
    /// A topic could not be created.
    #[error("failed to create topic {topic}: {reason}")]
    Create { topic: String, reason: String },
    /// The broker did not answer; it may later.
    #[error("failed to ask about topics: {0}")]
    Ask(String),
}

/// What a topic must be like.
struct Spec<'a> {
    name: &'a str,
    /// Fixed where a key's place depends on it.
    partitions: Option<u32>,
    create_with: u32,
    /// Set at creation and demanded ever after.
    must: &'static [(&'static str, &'static str)],
    /// Set at creation; the operator may change it.
    may: &'static [(&'static str, &'static str)],
    /// The least `max.message.bytes` to work with.
    least_bytes: usize,
}

// === impl Topics ===

impl Topics {
    /// Their names under the configured prefix.
    pub fn of(config: &Config) -> Self {
        Self {
            alerts: config.topic("alerts"),
            exchange: config.topic("exchange"),
            state: config.topic("state"),
            control: config.topic("control"),
            dead_letters: config.topic("dead-letters"),
            coverage: config.topic("coverage"),
            notes: config.topic("notes"),
            late: config.topics.late.then(|| config.topic("late")),
        }
    }

    /// Creates what is missing, where that is allowed, and checks all.
    ///
    /// # Errors
    /// Everything that is wrong, at once; see [`TopicError`].
    pub fn prepare(&self, config: &Config, reader: &Reader, admin: &Admin) -> Result<Checked, TopicError> {
        let specs = self.specs(config);
        let missing = missing(reader, specs.iter().map(|spec| spec.name))?;
        if !missing.is_empty() {
            if !config.topics.create {
                let hint = "; create them, or set kafka.topics.create: true";
                return Err(TopicError::Missing(missing.join(", "), hint));
            }
            let wanted: Vec<_> = specs.iter().filter(|spec| missing.contains(&spec.name.to_owned())).collect();
            create(config, admin, &wanted)?;
        }
        check(reader, admin, &specs)
    }

    fn specs(&self, config: &Config) -> Vec<Spec<'_>> {
        const FRAME: &[(&str, &str)] =
            &[("cleanup.policy", "delete"), ("retention.ms", "-1"), ("retention.bytes", "-1")];
        const COMPACT: &[(&str, &str)] = &[("cleanup.policy", "compact")];
        // Small segments and a short lag keep a restore short after hours of churn.
        const STATE: &[(&str, &str)] = &[
            ("segment.bytes", "33554432"),
            ("segment.ms", "600000"),
            ("min.cleanable.dirty.ratio", "0.2"),
            ("max.compaction.lag.ms", "900000"),
            ("max.message.bytes", "2097152"),
        ];
        let shards = config.topics.shards;
        let output = config.topics.output_partitions;
        let plain =
            |name| Spec { name, partitions: None, create_with: output, must: &[], may: &[], least_bytes: 65_536 };
        let large: &[(&str, &str)] = &[("max.message.bytes", "4194304")];
        let mut specs = vec![
            Spec { partitions: Some(shards), must: FRAME, may: large, least_bytes: 1_000_000, ..plain(&self.exchange) },
            Spec { partitions: Some(shards), must: COMPACT, may: STATE, least_bytes: 400_000, ..plain(&self.state) },
            Spec { partitions: Some(1), must: COMPACT, may: large, least_bytes: 1_000_000, ..plain(&self.control) },
            Spec { least_bytes: MAX_ALERT_BYTES + 65_536, ..plain(&self.alerts) },
            plain(&self.dead_letters),
            plain(&self.coverage),
            plain(&self.notes),
        ];
        specs.extend(self.late.as_deref().map(plain));
        specs
    }
}

/// The partition counts of raw topics.
///
/// # Errors
/// All that do not exist or may not be read.
pub fn raw_partitions(reader: &Reader, topics: &[String]) -> Result<Vec<u32>, TopicError> {
    let missing = missing(reader, topics.iter().map(String::as_str))?;
    if !missing.is_empty() {
        return Err(TopicError::Missing(
            missing.join(", "),
            "; raw topics are the forwarders' and are not created here",
        ));
    }
    topics.iter().map(|topic| partitions(reader, topic).map(|count| count.unwrap_or(0))).collect()
}

fn missing<'a>(reader: &Reader, topics: impl Iterator<Item = &'a str>) -> Result<Vec<String>, TopicError> {
    let mut missing = Vec::new();
    for topic in topics {
        if partitions(reader, topic)?.is_none() {
            missing.push(topic.to_owned());
        }
    }
    Ok(missing)
}

/// None: it does not exist.
fn partitions(reader: &Reader, topic: &str) -> Result<Option<u32>, TopicError> {
    let ask = |error: String| TopicError::Ask(format!("{topic}: {error}"));
    let metadata = reader.fetch_metadata(Some(topic), REQUEST_TIMEOUT).map_err(|error| ask(error.to_string()))?;
    let Some(found) = metadata.topics().first() else { return Ok(None) };
    match found.error() {
        None => Ok(Some(found.partitions().len() as u32)),
        Some(
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART | RDKafkaRespErr::RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC,
        ) => Ok(None),
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) => {
            Err(TopicError::Rights { doing: "to describe", topic: topic.to_owned() })
        }
        Some(other) => Err(ask(RDKafkaErrorCode::from(other).to_string())),
    }
}

fn create(config: &Config, admin: &Admin, specs: &[&Spec<'_>]) -> Result<(), TopicError> {
    for spec in specs {
        let partitions = spec.partitions.unwrap_or(spec.create_with);
        let settings: Vec<_> = spec.must.iter().chain(spec.may).copied().collect();
        admin.create_topic(spec.name, partitions, config.topics.replication, &settings).map_err(|code| match code {
            RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::ClusterAuthorizationFailed => {
                TopicError::Rights { doing: "to create", topic: spec.name.to_owned() }
            }
            // The brokers went away, or are on their way: the same may succeed later.
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::NotController => TopicError::Ask(format!("{}: {code}", spec.name)),
            code => TopicError::Create { topic: spec.name.to_owned(), reason: code.to_string() },
        })?;
        tracing::info!(topic = spec.name, partitions, "topic created");
    }
    Ok(())
}

fn check(reader: &Reader, admin: &Admin, specs: &[Spec<'_>]) -> Result<Checked, TopicError> {
    let mut wrong = Vec::new();
    for spec in specs {
        let count = settled_partitions(reader, spec.name)?;
        if let Some(wanted) = spec.partitions.filter(|wanted| *wanted != count) {
            wrong.push(format!(
                "topic {} has {count} partitions where {wanted} are configured; the count can't change once keys have their place",
                spec.name
            ));
        }
    }
    let names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
    let described = settled_settings(admin, &names)?;
    let mut largest = vec![0; specs.len()];
    for ((spec, settings), largest) in specs.iter().zip(described).zip(&mut largest) {
        let settings = match settings {
            Ok(settings) if is_told(&settings) => settings,
            Ok(_) | Err(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                return Err(TopicError::Rights { doing: "to describe the settings of", topic: spec.name.to_owned() });
            }
            Err(code) => return Err(TopicError::Ask(format!("{}: {code}", spec.name))),
        };
        let value = |name: &str| settings.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
        for (name, wanted) in spec.must {
            let found = value(name);
            if found != *wanted {
                wrong.push(format!("topic {} has {name}={found} where {name}={wanted} is needed", spec.name));
            }
        }
        *largest = value("max.message.bytes").parse().unwrap_or(0);
        if *largest < spec.least_bytes {
            let (found, least) = (*largest, spec.least_bytes);
            wrong.push(format!("topic {} has max.message.bytes={found} where {least} is the least", spec.name));
        }
    }
    if !wrong.is_empty() {
        return Err(TopicError::Wrong(wrong));
    }
    // In the order of the specs; the topic of late rows takes more than any of them, as was checked.
    let limit = |at: usize| largest.get(at).map_or(0, |bytes: &usize| bytes - RECORD_OVERHEAD);
    let [frame, state, control, alert, dead_letter, coverage] = std::array::from_fn(limit);
    Ok(Checked { limits: Limits { frame, state, alert, dead_letter, coverage, control } })
}

/// Without the right to describe them, the client answers with no settings and no error; from a broker that does not know
/// the topic yet, too.
fn is_told(settings: &ConfigResource) -> bool {
    settings.get("max.message.bytes").is_some()
}

/// The settings of topics that exist; one just created may take a moment to be known to the broker that is asked.
fn settled_settings(
    admin: &Admin,
    topics: &[&str],
) -> Result<Vec<Result<ConfigResource, RDKafkaErrorCode>>, TopicError> {
    let mut tries = 0..SETTLE.0;
    loop {
        let described = admin.describe(topics).map_err(|error| TopicError::Ask(error.to_string()))?;
        let is_settled = described.iter().all(|settings| match settings {
            Ok(settings) => is_told(settings),
            Err(code) => *code != RDKafkaErrorCode::UnknownTopicOrPartition,
        });
        if is_settled || tries.next().is_none() {
            return Ok(described);
        }
        thread::sleep(SETTLE.1);
    }
}

/// The count of a topic that exists; one just created may take a moment to be known everywhere.
fn settled_partitions(reader: &Reader, topic: &str) -> Result<u32, TopicError> {
    for _ in 0..SETTLE.0 {
        if let Some(count) = partitions(reader, topic)?.filter(|count| *count > 0) {
            return Ok(count);
        }
        thread::sleep(SETTLE.1);
    }
    Err(TopicError::Missing(topic.to_owned(), ", though it was just created"))
}

// === impl Limits ===

impl Limits {
    /// The largest and the smallest of them, overhead included: what the producer's own limits follow from.
    pub(super) fn extremes(&self) -> (usize, usize) {
        let all = [self.frame, self.state, self.alert, self.dead_letter, self.coverage, self.control];
        let largest = all.into_iter().max().unwrap_or_default();
        let smallest = all.into_iter().min().unwrap_or_default();
        (largest + RECORD_OVERHEAD, smallest)
    }
}
