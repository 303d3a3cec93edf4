//! Our membership in the consumer group: a plain consumer polled on the worker's thread, and its rebalances.
//!
//! The callback of a rebalance only notes it. The loop serves it between two polls, where it can commit first; until
//! it answers, the group waits for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;

use super::changelog::is_passing;
use super::client::{self, REQUEST_TIMEOUT, Reporter};
use super::config::Config;
use super::failure::Failure;
use super::native::{self, Membership};
use super::transaction::Offsets;

/// A partition by its names.
pub type Place = (String, i32);

/// The group's offset of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Of the next record.
    pub offset: i64,
    /// What the last owner left beside it; may be empty.
    pub remembered: String,
}

/// A rebalance that waits to be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// These are ours from when they are taken.
    Assigned(Vec<Place>),
    /// These are to be given up: after a commit, or at once where they are `lost` to another member already.
    Revoked {
        /// Which.
        places: Vec<Place>,
        /// Somebody else may work on them already: nothing of ours may be committed.
        lost: bool,
    },
}

/// Our membership.
pub struct Group {
    name: String,
    consumer: Arc<BaseConsumer<GroupContext>>,
}

/// What the consumer tells between polls.
pub(super) struct GroupContext {
    reporter: Reporter,
    waiting: Mutex<VecDeque<Rebalance>>,
    closing: AtomicBool,
    worker: Thread,
}

// === impl Group ===

impl Group {
    /// Joins the group with a subscription of these topics. To be called on the worker's thread.
    ///
    /// # Errors
    /// When the settings are refused.
    pub fn join(config: &Config, worker: u32, topics: &[&str]) -> Result<Self, Failure> {
        let context = GroupContext {
            reporter: Reporter::new("consumer"),
            waiting: Mutex::default(),
            closing: AtomicBool::new(false),
            worker: thread::current(),
        };
        let fatal = |error: KafkaError| Failure::Fatal(format!("failed to join group {}: {error}", config.group));
        let mut consumer: BaseConsumer<GroupContext> =
            client::member(config, worker).create_with_context(context).map_err(fatal)?;
        let thread = thread::current();
        consumer.set_nonempty_callback(move || thread.unpark());
        consumer.subscribe(topics).map_err(fatal)?;
        Ok(Self { name: config.group.clone(), consumer: Arc::new(consumer) })
    }

    /// Serves the client's events, and answers with the next rebalance to be served.
    ///
    /// # Errors
    /// What the client can't heal.
    pub fn poll(&self) -> Result<Option<Rebalance>, Failure> {
        while let Some(event) = self.consumer.poll(Duration::ZERO) {
            match event {
                Err(KafkaError::PartitionEOF(_)) => {}
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(consumption(&self.name, &error)),
                // Every partition has a queue of its own; what was fetched before the split comes again.
                Ok(message) => {
                    use rdkafka::Message;
                    return Err(Failure::Rebuild(format!(
                        "a record of {}/{} came outside its queue",
                        message.topic(),
                        message.partition()
                    )));
                }
            }
        }
        Ok(self.consumer.context().lock().pop_front())
    }

    /// Whether a rebalance waits to be served.
    pub fn is_rebalancing(&self) -> bool {
        !self.consumer.context().lock().is_empty()
    }

    /// The consumer, for partition queues and seeks.
    pub(super) fn consumer(&self) -> &Arc<BaseConsumer<GroupContext>> {
        &self.consumer
    }

    /// The group's offsets of these partitions, each with what its last owner left beside it; none where it has none. Waits while a transaction with offsets is open.
    ///
    /// # Errors
    /// When the coordinator does not answer.
    pub fn committed(&self, places: &[Place]) -> Result<Vec<Option<Committed>>, Failure> {
        let asked = list(places.iter().map(|place| (place, rdkafka::Offset::Invalid)))?;
        let answer = self
            .consumer
            .committed_offsets(asked, 3 * REQUEST_TIMEOUT)
            .map_err(|error| Failure::outside(&format!("ask for the offsets of group {}", self.name), &error))?;
        places
            .iter()
            .map(|(topic, partition)| {
                let Some(element) = answer.find_partition(topic, *partition) else { return Ok(None) };
                element.error().map_err(|error| {
                    Failure::outside(&format!("ask for the offsets of group {}", self.name), &error)
                })?;
                let offset = element.offset().to_raw().filter(|offset| *offset >= 0);
                Ok(offset.map(|offset| Committed { offset, remembered: element.metadata().to_owned() }))
            })
            .collect()
    }

    /// Takes partitions that were assigned, from these offsets.
    ///
    /// # Errors
    /// When the client refuses.
    pub(super) fn take(&self, from: &TopicPartitionList) -> Result<(), Failure> {
        let taken =
            if self.is_incremental() { self.consumer.incremental_assign(from) } else { self.consumer.assign(from) };
        taken.map_err(|error| Failure::outside("take assigned partitions", &error))
    }

    /// Gives up partitions that were revoked.
    ///
    /// # Errors
    /// When the client refuses.
    pub fn give_up(&self, places: &[Place]) -> Result<(), Failure> {
        let list = list(places.iter().map(|place| (place, rdkafka::Offset::Invalid)))?;
        self.consumer
            .context()
            .let_go(&self.consumer, &list)
            .map_err(|error| Failure::outside("give up revoked partitions", &error))
    }

    /// Who we are at this moment.
    pub fn membership(&self) -> Option<Membership> {
        native::membership(&self.consumer)
    }

    /// The offsets with who we are now.
    ///
    /// # Errors
    /// [`Failure::Abort`] when we are not the member that gathered the interval, or a rebalance waits: a commit without
    /// a member would be accepted unchecked (KAFKA-18060).
    pub fn offsets(&self, positions: TopicPartitionList, began_as: Option<&str>) -> Result<Offsets, Failure> {
        if self.is_rebalancing() {
            return Err(Failure::Abort("a rebalance came".to_owned()));
        }
        let now = self.membership().filter(|now| now.generation >= 0 && !now.member.is_empty());
        if now.as_ref().map(|now| now.member.as_str()) != began_as || began_as.is_none() {
            return Err(Failure::Abort("we are not the member of the group that we were".to_owned()));
        }
        let group = self.consumer.group_metadata().ok_or_else(|| Failure::Abort("we left the group".to_owned()))?;
        Ok(Offsets { positions, group })
    }

    fn is_incremental(&self) -> bool {
        matches!(self.consumer.rebalance_protocol(), RebalanceProtocol::Cooperative)
    }
}

impl Drop for Group {
    /// Leaves the group. Rebalances are answered in the callback from now on, since no loop serves them any more.
    fn drop(&mut self) {
        let context = self.consumer.context();
        context.closing.store(true, Ordering::Release);
        let waiting: Vec<_> = context.lock().drain(..).collect();
        for rebalance in waiting {
            let (Rebalance::Assigned(places) | Rebalance::Revoked { places, .. }) = rebalance;
            if let Ok(list) = list(places.iter().map(|place| (place, rdkafka::Offset::Invalid))) {
                let _ = context.let_go(&self.consumer, &list);
            }
        }
    }
}

fn consumption(group: &str, error: &KafkaError) -> Failure {
    use rdkafka::error::RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => {
            Failure::Rebuild("a subscribed topic is gone".to_owned())
        }
        Some(Code::AutoOffsetReset | Code::OffsetOutOfRange) => {
            Failure::Rebuild("a partition does not hold the offset that was asked for".to_owned())
        }
        _ => Failure::outside(&format!("consume as a member of group {group}"), error),
    }
}

/// What to do when records were deleted before they were read.
pub(super) const LOST_OFFSET: &str = "the group's offset of a partition lies outside of what the topic still holds: records \
     were deleted before they were read; reset the group's offset of that partition on purpose to go on";

/// A list of partitions with offsets.
pub(super) fn list<'a>(
    places: impl IntoIterator<Item = (&'a Place, rdkafka::Offset)>,
) -> Result<TopicPartitionList, Failure> {
    let mut list = TopicPartitionList::new();
    for ((topic, partition), offset) in places {
        list.add_partition_offset(topic, *partition, offset)
            .map_err(|error| Failure::Fatal(format!("{topic}/{partition}: {error}")))?;
    }
    Ok(list)
}

// === impl GroupContext ===

impl GroupContext {
    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Rebalance>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn let_go(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> KafkaResult<()> {
        match consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
            _ => consumer.unassign(),
        }
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.reporter.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.reporter.error(error, reason);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, kind: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let places = list.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
        let rebalance = match kind {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assigned(places),
            _ => Rebalance::Revoked { places, lost: consumer.assignment_lost() },
        };
        if self.closing.load(Ordering::Acquire) {
            let _ = self.let_go(consumer, list);
            return;
        }
        self.lock().push_back(rebalance);
        self.worker.unpark();
    }
}
