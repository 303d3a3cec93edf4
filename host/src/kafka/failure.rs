//! Errors of Kafka by what follows from them.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What a failure means for the worker. Waiting and trying again has been done before one of these is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Normal: the interval is dropped, every partition goes back to its committed offset, work goes on.
    #[error("{0}")]
    Abort(String),
    /// What became of the last transaction is not known, or a client is broken: both clients are made anew, and every
    /// shard is restored.
    #[error("{0}")]
    Rebuild(String),
    /// Another producer works under our name.
    #[error("{0}")]
    Fenced(String),
    /// Trying again can't help.
    #[error("{0}")]
    Fatal(String),
}

// === impl Failure ===

impl Failure {
    /// The same, with what the client said of its cause.
    #[must_use]
    pub fn because(self, cause: &str) -> Self {
        let with = |text: String| format!("{text}: {cause}");
        match self {
            Self::Abort(text) => Self::Abort(with(text)),
            Self::Rebuild(text) => Self::Rebuild(with(text)),
            Self::Fenced(text) => Self::Fenced(with(text)),
            Self::Fatal(text) => Self::Fatal(with(text)),
        }
    }

    /// What an error of a transaction's call means; `doing` completes "failed to".
    pub fn of(doing: &str, error: &KafkaError) -> Self {
        let text = format!("failed to {doing}: {error}");
        if let KafkaError::Transaction(error) = error {
            let text = format!("failed to {doing}: {} ({})", error.string(), error.name());
            return match error.code() {
                code if is_fencing(code) => Self::Fenced(text),
                code if is_hopeless(code) => Self::Fatal(text),
                _ if error.is_fatal() => Self::Rebuild(text),
                _ if error.txn_requires_abort() => Self::Abort(text),
                _ => Self::Rebuild(text),
            };
        }
        match error.rdkafka_error_code() {
            Some(code) if is_fencing(code) => Self::Fenced(text),
            Some(code) if is_hopeless(code) => Self::Fatal(text),
            Some(RDKafkaErrorCode::Fatal) => Self::Rebuild(text),
            _ => Self::Abort(text),
        }
    }

    /// The same, for calls outside a transaction: whatever is not hopeless asks for new clients.
    pub fn outside(doing: &str, error: &KafkaError) -> Self {
        match Self::of(doing, error) {
            Self::Abort(text) => Self::Rebuild(text),
            other => other,
        }
    }
}

fn is_fencing(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
            | RDKafkaErrorCode::FencedInstanceId
    )
}

/// Rights and sizes do not change by waiting a little.
fn is_hopeless(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::UnsupportedVersion
            | RDKafkaErrorCode::InvalidTransactionTimeout
            | RDKafkaErrorCode::MessageSizeTooLarge
            | RDKafkaErrorCode::UnsupportedAssignor
    )
}
