//! The first contact: whether the brokers answer, and if not, why, in one line.

use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};

use super::client::{self, Isolation, REQUEST_TIMEOUT, Reporter, Trouble};
use super::config::Config;
use super::shutdown::Shutdown;

/// A consumer that belongs to no group and answers questions about topics.
pub type Reader = BaseConsumer<Reporter>;

/// Where a partition begins and ends.
///
/// When its leader has moved, librdkafka (2.12) may go on asking the one before, or call the partition unknown, for as long
/// as nobody makes it look anew; and a new leader does not know the end for a moment. So a question that failed is asked
/// again, after the brokers were asked who leads.
///
/// # Errors
/// What the brokers say in the end.
pub fn ends(reader: &Reader, topic: &str, partition: i32) -> KafkaResult<(i64, i64)> {
    let (begun, mut looked) = (Instant::now(), false);
    loop {
        match reader.fetch_watermarks(topic, partition, REQUEST_TIMEOUT) {
            Err(_) if !looked || begun.elapsed() < SETTLED => {
                looked = true;
                thread::sleep(LOOK_AGAIN);
                // Where this fails too, the next question says why.
                let _ = reader.fetch_metadata(Some(topic), REQUEST_TIMEOUT);
            }
            answer => return answer,
        }
    }
}

/// How long brokers may take to settle who leads a partition and where it ends.
const SETTLED: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Why no work can begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The settings are not ones that librdkafka takes.
    #[error("the settings for kafka are wrong: {0}")]
    Settings(String),
    /// Encryption could not be agreed on.
    #[error("no TLS connection with {brokers}: {reason}")]
    Tls { brokers: String, reason: String },
    /// The broker does not know us.
    #[error("{brokers} refused our name or password: {reason}")]
    Authentication { brokers: String, reason: String },
    /// Asked to stop before a broker answered.
    #[error("stopped while waiting for {brokers}: {reason}")]
    Stopped { brokers: String, reason: String },
}

/// How long one attempt waits for an answer.
const ATTEMPT: Duration = Duration::from_secs(2);
/// How long a client is heard out.
const HEARING: Duration = Duration::from_millis(20);
/// While nobody answers, it is told this often.
const TELL_EVERY: Duration = Duration::from_secs(10);

/// Waits until a broker answers. An unreachable one may come; a wrong password will not become right.
///
/// # Errors
/// When waiting can't help, or the shutdown was asked for.
pub fn connect(config: &Config, shutdown: &Shutdown) -> Result<Reader, ConnectError> {
    let reader = reader(config, Isolation::Uncommitted)?;
    wait_for_answer(&reader, config, shutdown)?;
    Ok(reader)
}

/// The same with a client that is there already: after an outage.
///
/// # Errors
/// When waiting can't help, or the shutdown was asked for.
pub fn wait_for_answer(reader: &Reader, config: &Config, shutdown: &Shutdown) -> Result<(), ConnectError> {
    // Asking for a topic that may not exist is answered too; what is known of the cluster would come from memory.
    let answers = || reader.fetch_metadata(Some(&config.topic("control")), ATTEMPT).is_ok();
    let brokers = || config.brokers.join(", ");
    let mut told: Option<Instant> = None;
    let mut reason = "no answer".to_owned();
    while !answers() {
        hear(reader);
        let mut kind = Trouble::Unreachable;
        if let Some(complaint) = reader.client().context().take_complaint() {
            kind = complaint.kind;
            reason = hinted(complaint.reason);
        }
        match kind {
            Trouble::Tls => return Err(ConnectError::Tls { brokers: brokers(), reason }),
            Trouble::Authentication => return Err(ConnectError::Authentication { brokers: brokers(), reason }),
            Trouble::Unreachable | Trouble::UnknownHost => {}
        }
        if shutdown.is_requested() {
            return Err(ConnectError::Stopped { brokers: brokers(), reason });
        }
        if told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            tracing::warn!(brokers = brokers(), "can't reach kafka, trying again: {reason}");
            told = Some(Instant::now());
        }
    }
    Ok(())
}

/// Takes what a client has to tell: complaints are events that only a poll delivers. A poll without time takes one line of
/// the log and ends; lines go before complaints, and while new ones came the complaint would never be heard.
pub(super) fn hear(reader: &Reader) {
    let until = Instant::now() + HEARING;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || reader.poll(left).is_none() {
            return;
        }
    }
}

/// A listener that hangs up before it has said what it speaks most often wants another security.
fn hinted(reason: String) -> String {
    if reason.contains("APIVERSION_QUERY") || reason.contains("SSL_HANDSHAKE") {
        format!("{reason}; does this listener want other settings of kafka.security, such as tls?")
    } else {
        reason
    }
}

/// A consumer for questions and for reading by hand.
///
/// # Errors
/// When librdkafka refuses the settings.
pub fn reader(config: &Config, isolation: Isolation) -> Result<Reader, ConnectError> {
    client::reader(config, isolation).create_with_context(Reporter::new("reader")).map_err(settings)
}

/// Why a client could not be made.
pub(super) fn settings(error: KafkaError) -> ConnectError {
    ConnectError::Settings(match error {
        KafkaError::ClientConfig(_, reason, name, _) => format!("{name}: {reason}"),
        KafkaError::ClientCreation(reason) => reason,
        other => other.to_string(),
    })
}
