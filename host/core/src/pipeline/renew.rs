//! Another plan for a worker at work: what it owns and remembers goes over, nothing is read again.

use super::shard::RestoreError;
use super::worker::Worker;

/// Why a worker keeps the plan that it has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenewError {
    /// Offsets and clocks would mean something else.
    #[error("the new plan reads other raw topics, or has another number of partitions: that takes a restart")]
    OtherSources,
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

impl Worker {
    /// Becomes `next`, a fresh worker of another plan over the same sources: it takes over the raw partitions with their
    /// clocks, and the shards with their memory, where every detector finds its states, and what it missed while it was
    /// suspended, by its name. No interval may be open.
    ///
    /// # Errors
    /// The plans do not go together; everything is as before.
    pub fn renew(&mut self, mut next: Self) -> Result<(), RenewError> {
        let (old, new) = (&self.plan.wants, &next.plan.wants);
        if (&old.sources, &old.clocks, old.shards) != (&new.sources, &new.clocks, new.shards) {
            return Err(RenewError::OtherSources);
        }
        for shard in self.shards.values() {
            let mut restorer = next.restorer(shard.id);
            for (key, value) in shard.store.snapshot() {
                restorer.apply(&key, Some(&value))?;
            }
            let mut renewed = restorer.finish(&next.plan, Some(shard.position()))?;
            renewed.restless |= shard.restless;
            // An abort goes back to here.
            renewed.commit();
            next.own_shard(renewed);
        }
        next.ingest.take_over(&mut self.ingest);
        next.account = std::mem::take(&mut self.account);
        // What was written until now is still on its way through the exchange.
        next.know_plan(&self.plan);
        *self = next;
        Ok(())
    }
}
