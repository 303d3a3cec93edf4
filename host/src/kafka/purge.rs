//! Deletes consumed records of the exchange, which has no time retention of its own.

use rdkafka::{Offset, TopicPartitionList};

use super::admin::Admin;

/// Deletes the records before each partition's committed offset.
///
/// Deleting only ever goes up to what the group has committed, so that nothing unread and nothing that an abort goes
/// back to can be lost. Repeating it does nothing.
///
/// # Errors
/// What the broker says, such as missing rights.
pub fn purge(admin: &Admin, topic: &str, committed: &[(i32, i64)]) -> Result<(), String> {
    let mut before = TopicPartitionList::new();
    for (partition, offset) in committed.iter().filter(|(_, offset)| *offset > 0) {
        before.add_partition_offset(topic, *partition, Offset::Offset(*offset)).map_err(|error| error.to_string())?;
    }
    if before.count() == 0 {
        return Ok(());
    }
    admin
        .delete_before(topic, &before)
        .map_err(|error| format!("failed to delete what is consumed of {topic}: {error}"))
}
