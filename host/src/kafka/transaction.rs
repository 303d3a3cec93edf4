//! One transaction for each interval: begin → produce → offsets → commit, in one short burst.
//!
//! An exchange partition is only as far as its slowest open transaction, so nothing else happens while one is open.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientConfig, Message, TopicPartitionList};

use super::client::{self, REQUEST_TIMEOUT, Reporter, TRANSACTION_TIMEOUT};
use super::config::Config;
use super::failure::Failure;
use super::native;
use super::topics::Limits;

/// The largest record that an operator writes; the topic's own limit is the broker's to keep.
const OPERATOR_BYTES: usize = 32 << 20;

/// A record to be produced.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Where to.
    pub topic: &'a str,
    /// None: by the key, or any.
    pub partition: Option<i32>,
    /// What it is about.
    pub key: Option<&'a [u8]>,
    /// None: a tombstone.
    pub value: Option<&'a [u8]>,
}

/// Offsets to be committed, with who commits them.
pub struct Offsets {
    /// For each partition the offset of the next record.
    pub positions: TopicPartitionList,
    /// Fences a worker that lost its partitions (KIP-447).
    pub group: ConsumerGroupMetadata,
}

/// The transactional producer of one worker.
pub struct Transactions {
    producer: BaseProducer<Deliveries>,
}

/// Keeps the first delivery that failed, with its topic.
struct Deliveries {
    reporter: Reporter,
    failed: Mutex<Option<(String, KafkaError)>>,
    /// What the client said when it gave the transaction up by itself. Nothing that is queued is sent any more then.
    given_up: Mutex<Option<String>>,
}

// === impl Transactions ===

impl Transactions {
    /// Makes the producer and ends what an earlier one of the same name left open.
    ///
    /// # Errors
    /// When the settings are refused, or the coordinator does not answer in time or forbids it.
    pub fn open(config: &Config, worker: u32, limits: &Limits) -> Result<Self, Failure> {
        let (largest, smallest) = limits.extremes();
        Self::begin(&client::producer(config, worker, largest, smallest))
    }

    /// The producer of an operator beside the workers of an instance.
    ///
    /// # Errors
    /// As [`Transactions::open`].
    pub(super) fn of_operator(config: &Config) -> Result<Self, Failure> {
        let mut settings = client::producer(config, 0, OPERATOR_BYTES, 1_000_000);
        settings.set("transactional.id", format!("{}/{}/operator", config.group, config.instance));
        Self::begin(&settings)
    }

    fn begin(settings: &ClientConfig) -> Result<Self, Failure> {
        let context =
            Deliveries { reporter: Reporter::new("producer"), failed: Mutex::default(), given_up: Mutex::default() };
        let producer: BaseProducer<Deliveries> = settings
            .create_with_context(context)
            .map_err(|error| Failure::Fatal(format!("failed to make the producer: {error}")))?;
        let this = Self { producer };
        let name = settings.get("transactional.id").unwrap_or_default();
        this.patiently(&format!("begin as the transactional producer {name}"), || {
            this.producer.init_transactions(REQUEST_TIMEOUT)
        })?;
        Ok(this)
    }

    /// Writes all records and offsets, or none.
    ///
    /// `offsets` is called when all records are written, so that membership is that of the moment of the commit.
    ///
    /// # Errors
    /// After [`Failure::Abort`] nothing of it is visible and the next one may begin. After any other failure this
    /// producer is done, and what became of the transaction is for its successor to find out.
    pub fn run<'a>(
        &self,
        records: impl IntoIterator<Item: Into<BaseRecord<'a, [u8], [u8]>>>,
        offsets: impl FnOnce() -> Result<Option<Offsets>, Failure>,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        self.producer.context().clear();
        self.patiently("begin a transaction", || self.producer.begin_transaction())?;
        let written = self.write(records).and_then(|()| offsets()).and_then(|offsets| self.send_offsets(offsets));
        let committed = written.and_then(|()| self.commit());
        match committed {
            Err(Failure::Abort(reason)) => {
                self.abort()?;
                Err(Failure::Abort(reason))
            }
            // The coordinator ends what is open for too long, by the same means by which it fences.
            Err(Failure::Fenced(reason)) if begun.elapsed() >= TRANSACTION_TIMEOUT => {
                Err(Failure::Rebuild(format!("a transaction was open for longer than it may be: {reason}")))
            }
            other => other,
        }
    }

    /// Serves delivery reports and errors; to be called now and then while there is no transaction.
    pub fn poll(&self) {
        self.producer.poll(Duration::ZERO);
    }

    fn write<'a>(&self, records: impl IntoIterator<Item: Into<BaseRecord<'a, [u8], [u8]>>>) -> Result<(), Failure> {
        let deadline = Instant::now() + TRANSACTION_TIMEOUT;
        for record in records {
            self.send(record.into(), deadline)?;
        }
        let limit = deadline.saturating_duration_since(Instant::now());
        let mut given_up = None;
        let flushed = native::flush(&self.producer, limit, || {
            given_up = self.given_up();
            given_up.is_some()
        });
        if !flushed {
            return Err(given_up.unwrap_or_else(|| {
                Failure::Abort("the brokers took no records for as long as a transaction may last".to_owned())
            }));
        }
        match self.producer.context().take_failed() {
            Some((topic, error)) => Err(Failure::of(&format!("write to {topic}"), &error)),
            None => Ok(()),
        }
    }

    /// Why the client has given up the open transaction, if it has. What it logs may be about the transaction before, so it
    /// is asked: one can't begin within another, and the refusal says in which state this one is. (A commit would say so
    /// too, but where nothing was given up it would commit a part.)
    fn given_up(&self) -> Option<Failure> {
        let context = self.producer.context();
        let reason = context.given_up()?;
        match self.producer.begin_transaction() {
            Err(KafkaError::Transaction(error)) if error.code() == RDKafkaErrorCode::State => {
                context.forget_given_up();
                None
            }
            Err(error) => Some(Failure::of("write records", &error).because(&reason)),
            Ok(()) => Some(Failure::Rebuild("a transaction began within another".to_owned())),
        }
    }

    fn send(&self, mut outgoing: BaseRecord<'_, [u8], [u8]>, deadline: Instant) -> Result<(), Failure> {
        let topic = outgoing.topic;
        loop {
            match self.producer.send(outgoing) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if Instant::now() < deadline =>
                {
                    self.producer.poll(Duration::from_millis(1));
                    outgoing = back;
                }
                Err((error, _)) => return Err(Failure::of(&format!("write to {topic}"), &error)),
            }
        }
    }

    fn commit(&self) -> Result<(), Failure> {
        self.patiently("commit a transaction", || self.producer.commit_transaction(TRANSACTION_TIMEOUT))
    }

    fn send_offsets(&self, offsets: Option<Offsets>) -> Result<(), Failure> {
        let Some(Offsets { positions, group }) = offsets else { return Ok(()) };
        self.patiently("send offsets", || {
            self.producer.send_offsets_to_transaction(&positions, &group, REQUEST_TIMEOUT)
        })
    }

    fn abort(&self) -> Result<(), Failure> {
        let aborted = self.patiently("abort a transaction", || self.producer.abort_transaction(TRANSACTION_TIMEOUT));
        self.producer.context().clear();
        aborted.map_err(|failure| match failure {
            Failure::Abort(reason) => Failure::Rebuild(reason),
            other => other,
        })
    }

    /// Tries again what may be tried again, for as long as a transaction may last.
    fn patiently(&self, doing: &str, mut call: impl FnMut() -> Result<(), KafkaError>) -> Result<(), Failure> {
        let deadline = Instant::now() + TRANSACTION_TIMEOUT + REQUEST_TIMEOUT;
        loop {
            match call() {
                Ok(()) => return Ok(()),
                Err(KafkaError::Transaction(error)) if error.is_retriable() && Instant::now() < deadline => {
                    self.producer.poll(Duration::from_millis(5));
                }
                Err(error) => return Err(Failure::of(doing, &error)),
            }
        }
    }
}

// === impl Outgoing ===

impl<'a> From<Outgoing<'a>> for BaseRecord<'a, [u8], [u8]> {
    fn from(outgoing: Outgoing<'a>) -> Self {
        let mut record = Self::to(outgoing.topic);
        (record.partition, record.key, record.payload) = (outgoing.partition, outgoing.key, outgoing.value);
        record
    }
}

// === impl Deliveries ===

impl Deliveries {
    fn clear(&self) {
        self.take_failed();
        self.forget_given_up();
    }

    fn forget_given_up(&self) {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn given_up(&self) -> Option<String> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take_failed(&self) -> Option<(String, KafkaError)> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        // Told nowhere else before a flush has waited in vain. The first line names the partition that is at fault, but for
        // those of the others in its request.
        let at_fault = !message.contains("Operation not attempted");
        if matches!(facility, "ADDPARTS" | "TXNERR") && matches!(level, RDKafkaLogLevel::Error) && at_fault {
            let text = message.split_once("]: ").map_or(message, |(_thread, text)| text);
            let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
            given_up.get_or_insert_with(|| text.to_owned());
        }
        self.reporter.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.reporter.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = result {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.get_or_insert_with(|| (message.topic().to_owned(), error.clone()));
        }
    }
}
