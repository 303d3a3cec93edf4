//! The few calls of librdkafka that its Rust wrapper does not offer: all unsafe code of this room.

use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

use rdkafka::bindings::{
    rd_kafka_consumer_group_metadata, rd_kafka_consumer_group_metadata_destroy,
    rd_kafka_consumer_group_metadata_generation_id, rd_kafka_consumer_group_metadata_member_id, rd_kafka_flush,
    rd_kafka_get_watermark_offsets,
};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};

/// Who we are in the group at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Empty before the first join.
    pub member: String,
    /// Negative while we are no member.
    pub generation: i32,
}

/// Sends everything that is queued and waits until nothing is in flight, serving delivery reports.
///
/// The wrapper's own flush polls in steps of 100 ms, which every transaction would pay.
/// Answers whether all was sent in time; false too as soon as it is `in_vain`.
pub fn flush<C: ProducerContext>(
    producer: &BaseProducer<C>,
    limit: Duration,
    mut in_vain: impl FnMut() -> bool,
) -> bool {
    const STEP_MS: i32 = 50;
    let deadline = Instant::now() + limit;
    loop {
        // SAFETY: the producer's handle is valid as long as it is borrowed.
        let result = unsafe { rd_kafka_flush(producer.client().native_ptr(), STEP_MS) };
        producer.poll(Duration::ZERO);
        if producer.in_flight_count() == 0 {
            return true;
        }
        let late = result != rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && Instant::now() >= deadline;
        if late || in_vain() {
            return false;
        }
    }
}

/// The end of a partition as the last fetch told it, without asking anybody; none: nothing was fetched of it yet.
pub fn known_end<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str, partition: i32) -> Option<i64> {
    let topic = CString::new(topic).ok()?;
    let (mut low, mut high) = (-1, -1);
    // SAFETY: handle, name and both places are valid for the call, which keeps none of them.
    let result = unsafe {
        rd_kafka_get_watermark_offsets(
            consumer.client().native_ptr(),
            topic.as_ptr(),
            partition,
            &raw mut low,
            &raw mut high,
        )
    };
    (result == rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0).then_some(high)
}

/// Our membership as the client knows it; none without a group.
pub fn membership<C: ConsumerContext>(consumer: &BaseConsumer<C>) -> Option<Membership> {
    // SAFETY: the handle is valid; the metadata is ours until destroyed, and its texts live as long as it does.
    unsafe {
        let metadata = rd_kafka_consumer_group_metadata(consumer.client().native_ptr());
        if metadata.is_null() {
            return None;
        }
        let member = rd_kafka_consumer_group_metadata_member_id(metadata);
        let member =
            if member.is_null() { String::new() } else { CStr::from_ptr(member).to_string_lossy().into_owned() };
        let generation = rd_kafka_consumer_group_metadata_generation_id(metadata);
        rd_kafka_consumer_group_metadata_destroy(metadata);
        Some(Membership { member, generation })
    }
}
