//! The compacted control topic: plans by their digest, which partitions the group has begun to read, and who is at work.

use std::collections::BTreeMap;

use sekisho_core::plan::{self, Plan};

use super::changelog::read_all;
use super::config::Config;
use super::connect::Reader;
use super::failure::Failure;
use super::topics::Topics;
use super::transaction::{Outgoing, Transactions};

/// The last value of every key of the control topic, as of a moment.
#[derive(Clone, Debug, Default)]
pub struct Control {
    values: BTreeMap<Vec<u8>, Vec<u8>>,
}

// === impl Control ===

impl Control {
    /// Reads the topic whole.
    ///
    /// # Errors
    /// When the broker fails.
    pub fn read(config: &Config, topics: &Topics, uncommitted: &Reader) -> Result<Self, Failure> {
        let mut values = BTreeMap::new();
        read_all(config, uncommitted, (&topics.control, 0), |key, value| {
            match value {
                Some(value) => values.insert(key.to_vec(), value.to_vec()),
                None => values.remove(key),
            };
        })?;
        Ok(Self { values })
    }

    #[cfg(test)]
    pub(super) fn of(values: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        Self { values: values.into_iter().collect() }
    }

    /// What the plan of this digest (as hexadecimal digits) was made from, as JSON.
    pub fn plan(&self, digest: &str) -> Option<&[u8]> {
        self.values.get(&plan_key(digest)).map(Vec::as_slice)
    }

    /// The plan of this digest, made anew.
    ///
    /// # Errors
    /// When the topic does not have it, or it can't be made by this version.
    pub fn build_plan(&self, digest: &str) -> Result<Plan, String> {
        let value = self.plan(digest).ok_or_else(|| format!("its plan {digest} is not on the control topic"))?;
        let wants =
            serde_json::from_slice(value).map_err(|error| format!("its plan {digest} can't be read: {error}"))?;
        plan::build(wants).map_err(|errors| {
            let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
            format!("its plan {digest} can't be made: {}", errors.join("; "))
        })
    }

    /// Digests of all plans that are known.
    pub fn plans(&self) -> impl Iterator<Item = &str> {
        self.values.keys().filter_map(|key| std::str::from_utf8(key).ok()?.strip_prefix(PLAN))
    }

    /// All keys with their values, in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.values.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// Whether the group has committed an offset of this partition before.
    pub fn has_started(&self, group: &str, topic: &str, partition: i32) -> bool {
        self.values.contains_key(&started_key(group, topic, partition))
    }

    /// Writes the plan where the topic does not have it yet: no frame may name a plan that nobody can find.
    ///
    /// # Errors
    /// When the broker fails.
    pub fn announce(&mut self, plan: &Plan, topics: &Topics, producer: &Transactions) -> Result<(), Failure> {
        let digest = plan.digest.to_string();
        if self.plan(&digest).is_some() {
            return Ok(());
        }
        let key = plan_key(&digest);
        let value = serde_json::to_vec(&plan.wants)
            .map_err(|error| Failure::Fatal(format!("failed to write the plan as JSON: {error}")))?;
        producer.run(
            [Outgoing { topic: &topics.control, partition: Some(0), key: Some(&key), value: Some(&value) }],
            || Ok(None),
        )?;
        tracing::info!(topic = topics.control, plan = plan.digest.short(), "plan announced");
        self.values.insert(key, value);
        Ok(())
    }
}

const PLAN: &str = "plan/";

fn plan_key(digest: &str) -> Vec<u8> {
    format!("{PLAN}{digest}").into_bytes()
}

/// The key under which it is remembered that a group has begun a partition: from then on a missing offset is a loss.
pub(super) fn started_key(group: &str, topic: &str, partition: i32) -> Vec<u8> {
    format!("started/{group}/{topic}/{partition}").into_bytes()
}
