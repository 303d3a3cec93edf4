//! Settings of each client that a worker needs, and what librdkafka reports while it runs.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use super::config::{Config, Protocol};

/// A transaction that is open longer is ended by the coordinator, so that a dead worker blocks its readers no longer.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a call that asks a broker something may take before it is tried again.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// One librdkafka error of a kind is told at most this often.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Which records a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Records of committed transactions alone; the end is the last stable offset.
    Committed,
    /// All records; the end is the high watermark.
    Uncommitted,
}

/// The member of the consumer group.
pub fn member(config: &Config, worker: u32) -> ClientConfig {
    let mut client = base(config, &format!("worker-{worker}"));
    client
        .set("group.id", &config.group)
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        // Every start offset is given; a partition that has lost it must say so.
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true");
    match config.protocol {
        Protocol::Consumer => client.set("group.protocol", "consumer").set("group.remote.assignor", "range"),
        Protocol::Classic => {
            client.set("group.protocol", "classic").set("partition.assignment.strategy", "cooperative-sticky")
        }
    };
    defaults(
        config,
        &mut client,
        &[
            // A queue that ran full would stall the fetcher for a second.
            ("fetch.queue.backoff.ms", "2"),
            ("fetch.message.max.bytes", "8388608"),
            ("queued.min.messages", "500000"),
            // For each partition, since each has a queue of its own.
            ("queued.max.messages.kbytes", "8192"),
            ("fetch.wait.max.ms", "100"),
        ],
    );
    client
}

/// The transactional producer of a worker. `largest` and `smallest` are the limits of a record among the topics that it
/// writes, in bytes.
pub fn producer(config: &Config, worker: u32, largest: usize, smallest: usize) -> ClientConfig {
    let mut client = base(config, &format!("worker-{worker}"));
    client
        .set("transactional.id", transactional_id(config, worker))
        .set("transaction.timeout.ms", TRANSACTION_TIMEOUT.as_millis().to_string())
        // Successes need no report: the flush then waits for the count of what is in flight alone.
        .set("delivery.report.only.error", "true")
        // The default partitioner of the Java clients, so that others can find a key's partition.
        .set("partitioner", "murmur2_random")
        .set("message.max.bytes", largest.clamp(1_000, 1_000_000_000).to_string())
        // A batch of small records must fit its topic as well as one large record.
        .set("batch.size", smallest.clamp(1_000, 1_000_000).to_string());
    defaults(
        config,
        &mut client,
        &[
            // The next transaction meets the end of the last one, and would wait 100 ms each time.
            ("retry.backoff.ms", "5"),
            ("retry.backoff.max.ms", "20"),
            ("linger.ms", "5"),
            // librdkafka (2.12) sends offsets to the coordinator that it knows, and where the brokers took that one off their
            // list it waits, past any limit, until the connection to some other broker changes. An idle one is closed in
            // time for the transaction.
            ("connections.max.idle.ms", "8000"),
            // Frames and states are read once or twice and soon gone: what counts is the time, ours and the broker's.
            ("compression.type", "lz4"),
        ],
    );
    client
}

/// A consumer that reads partitions given by hand. It never joins the group and never commits; the group's name is there
/// since the library assigns nothing without one, and since its rights then suffice.
pub fn reader(config: &Config, isolation: Isolation) -> ClientConfig {
    let mut client = base(config, "reader");
    client
        .set("group.id", &config.group)
        .set("group.protocol", "classic")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set(
            "isolation.level",
            match isolation {
                Isolation::Committed => "read_committed",
                Isolation::Uncommitted => "read_uncommitted",
            },
        );
    defaults(
        config,
        &mut client,
        &[
            ("fetch.queue.backoff.ms", "2"),
            ("fetch.wait.max.ms", "20"),
            // Many shards may be restored at the same time, each by a reader of its own.
            ("queued.max.messages.kbytes", "8192"),
        ],
    );
    client
}

/// A client for creating, describing and purging topics.
pub fn admin(config: &Config) -> ClientConfig {
    base(config, "admin")
}

/// The name under which the coordinator knows a worker's producer: stable, so that a restart fences what it left.
pub fn transactional_id(config: &Config, worker: u32) -> String {
    format!("{}/{}/{worker}", config.group, config.instance)
}

fn base(config: &Config, role: &str) -> ClientConfig {
    let mut client = ClientConfig::new();
    client
        .set("bootstrap.servers", config.brokers.join(","))
        .set("client.id", format!("sekisho-{}-{role}", config.instance));
    secure(config, &mut client);
    config.librdkafka.apply(&mut client);
    // librdkafka may go on asking a leader that was until it looks at the whole cluster again, by default after five minutes:
    // so long a partition stands still.
    defaults(config, &mut client, &[("topic.metadata.refresh.interval.ms", "10000")]);
    client.set_log_level(RDKafkaLogLevel::Info);
    client
}

/// Sets what the operator has not set.
fn defaults(config: &Config, client: &mut ClientConfig, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        if !config.librdkafka.sets(name) {
            client.set(*name, *value);
        }
    }
}

fn secure(config: &Config, client: &mut ClientConfig) {
    let security = &config.security;
    client.set(
        "security.protocol",
        match (&security.tls, &security.sasl) {
            (None, None) => "plaintext",
            (Some(_), None) => "ssl",
            (None, Some(_)) => "sasl_plaintext",
            (Some(_), Some(_)) => "sasl_ssl",
        },
    );
    if let Some(tls) = &security.tls {
        let files = [
            ("ssl.ca.location", &tls.ca),
            ("ssl.certificate.location", &tls.certificate),
            ("ssl.key.location", &tls.key),
        ];
        for (name, path) in files {
            if let Some(path) = path {
                client.set(name, path.to_string_lossy());
            }
        }
        if let Some(password) = &tls.key_password {
            client.set("ssl.key.password", password.reveal());
        }
    }
    if let Some(sasl) = &security.sasl {
        client
            .set("sasl.mechanism", sasl.mechanism.name())
            .set("sasl.username", &sasl.username)
            .set("sasl.password", sasl.password.reveal());
    }
}

/// Tells what a client reports to the log, and keeps its gravest complaint for a message.
#[derive(Debug)]
pub struct Reporter {
    client: &'static str,
    state: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    gravest: Option<Complaint>,
    last: Option<(RDKafkaErrorCode, Instant)>,
}

/// Why a broker can't be worked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its kind.
    pub kind: Trouble,
    /// In librdkafka's words.
    pub reason: String,
}

/// Kinds of trouble with a connection, the gravest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// Nobody answers.
    Unreachable,
    /// A broker's name has no address.
    UnknownHost,
    /// Encryption could not be agreed on.
    Tls,
    /// The name or password is wrong.
    Authentication,
}

// === impl Reporter ===

impl Reporter {
    /// A reporter for the client of this name.
    pub fn new(client: &'static str) -> Self {
        Self { client, state: Mutex::default() }
    }

    /// The gravest complaint since the last call.
    pub fn take_complaint(&self) -> Option<Complaint> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).gravest.take()
    }

    /// A connection failed. Not all such failures become errors, and none as early as here.
    fn failed(&self, message: &str) {
        let reason = message.split_once("]: ").map_or(message, |(_thread, reason)| reason).to_owned();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.gravest.get_or_insert(Complaint { kind: Trouble::Unreachable, reason });
    }

    fn note(&self, code: RDKafkaErrorCode, reason: &str) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = trouble(code)
            && state.gravest.as_ref().is_none_or(|gravest| gravest.kind < kind)
        {
            state.gravest = Some(Complaint { kind, reason: reason.to_owned() });
        }
        let now = Instant::now();
        let again = state.last.is_some_and(|(last, at)| last == code && now - at < TELL_EVERY);
        if !again {
            state.last = Some((code, now));
        }
        !again
    }
}

fn trouble(code: RDKafkaErrorCode) -> Option<Trouble> {
    match code {
        RDKafkaErrorCode::BrokerTransportFailure
        | RDKafkaErrorCode::AllBrokersDown
        | RDKafkaErrorCode::OperationTimedOut => Some(Trouble::Unreachable),
        RDKafkaErrorCode::Resolve => Some(Trouble::UnknownHost),
        RDKafkaErrorCode::SSL => Some(Trouble::Tls),
        RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SaslAuthenticationFailed => Some(Trouble::Authentication),
        _ => None,
    }
}

impl ClientContext for Reporter {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        let client = self.client;
        if facility == "FAIL" {
            self.failed(message);
        }
        match level {
            // The pass-through map goes to every client, and each says which settings are the other kind's.
            _ if facility == "CONFWARN" => tracing::debug!(client, facility, "librdkafka: {message}"),
            // Told by `error` too, or by what the transaction answers, and there by its kind.
            _ if facility == "FAIL" || facility == "ERROR" || facility.starts_with("TXN") => {
                tracing::debug!(client, facility, "librdkafka: {message}");
            }
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                tracing::error!(client, facility, "librdkafka: {message}");
            }
            RDKafkaLogLevel::Warning => tracing::warn!(client, facility, "librdkafka: {message}"),
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                tracing::debug!(client, facility, "librdkafka: {message}");
            }
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let Some(code) = error.rdkafka_error_code() else { return };
        if code != RDKafkaErrorCode::PartitionEOF && self.note(code, reason) {
            tracing::warn!(client = self.client, error = %code, "kafka: {reason}");
        }
    }
}

impl ConsumerContext for Reporter {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operator_sets_beats_a_default_and_never_a_promise() {
        let mut config = Config::new(["a:9092".to_owned()]);
        config.librdkafka.set("linger.ms", "50");
        let client = producer(&config, 0, 1_000_000, 1_000_000);
        assert_eq!(client.get("linger.ms"), Some("50"));
        config.librdkafka.set("isolation.level", "read_uncommitted");
        assert_eq!(member(&config, 0).get("isolation.level"), Some("read_committed"));
    }

    #[test]
    fn the_gravest_complaint_is_kept() {
        let reporter = Reporter::new("test");
        reporter.note(RDKafkaErrorCode::AllBrokersDown, "all down");
        reporter.note(RDKafkaErrorCode::Authentication, "wrong password");
        reporter.note(RDKafkaErrorCode::AllBrokersDown, "all down");
        let complaint = reporter.take_complaint().unwrap();
        assert_eq!((complaint.kind, complaint.reason.as_str()), (Trouble::Authentication, "wrong password"));
    }
}
