//! One record by its place: what an alert's evidence names.

use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, Timestamp, TopicPartitionList};

use super::changelog::is_passing;
use super::client::{Isolation, REQUEST_TIMEOUT};
use super::config::Config;
use super::connect::{Reader, ends, reader};
use super::failure::Failure;

/// Fetches records by topic, partition and offset.
pub struct Fetch {
    reader: Reader,
}

/// A record as it was produced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds.
    pub timestamp: Option<i64>,
    /// The timestamp is the broker's.
    pub appended: bool,
}

// === impl Fetched ===

impl Fetched {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(Headers::iter);
        Self {
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect(),
            timestamp: message.timestamp().to_millis(),
            appended: matches!(message.timestamp(), Timestamp::LogAppendTime(_)),
        }
    }
}

// === impl Fetch ===

impl Fetch {
    /// A client for it.
    ///
    /// # Errors
    /// When librdkafka refuses the settings.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let reader = reader(config, Isolation::Committed).map_err(|error| Failure::Fatal(error.to_string()))?;
        Ok(Self { reader })
    }

    /// The record's value. None: the topic does not have it any more, or never did.
    ///
    /// # Errors
    /// When the broker fails or does not answer.
    pub fn value(&self, topic: &str, partition: i32, offset: i64) -> Result<Option<Vec<u8>>, Failure> {
        Ok(self.record(topic, partition, offset)?.and_then(|record| record.value))
    }

    /// The record, whole. None: the topic does not have it any more, or never did.
    ///
    /// # Errors
    /// When the broker fails or does not answer.
    pub fn record(&self, topic: &str, partition: i32, offset: i64) -> Result<Option<Fetched>, Failure> {
        let doing = format!("read {topic}/{partition} at {offset}");
        let failed = |error: KafkaError| Failure::outside(&doing, &error);
        let (first, next) = ends(&self.reader, topic, partition).map_err(failed)?;
        if !(first..next).contains(&offset) {
            return Ok(None);
        }
        let mut from = TopicPartitionList::new();
        from.add_partition_offset(topic, partition, Offset::Offset(offset)).map_err(failed)?;
        self.reader.assign(&from).map_err(failed)?;
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        while Instant::now() < deadline {
            match self.reader.poll(Duration::from_millis(200)) {
                None => {}
                Some(Ok(message)) if message.offset() == offset => return Ok(Some(Fetched::of(&message))),
                // Compacted, aborted or the mark of a transaction: nobody could have read it.
                Some(Ok(_)) | Some(Err(KafkaError::PartitionEOF(_))) => return Ok(None),
                Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => return Ok(None),
                Some(Err(error)) if is_passing(&error) => {}
                Some(Err(error)) => return Err(failed(error)),
            }
        }
        Err(Failure::Rebuild(format!("{doing}: no answer within {} s", REQUEST_TIMEOUT.as_secs())))
    }
}
