//! Another plan for a session at work: between two intervals, with all that it owns.

use std::sync::Arc;

use super::failure::Failure;
use super::pipeline::Pipeline;
use super::worker::Session;

// === impl Session ===

impl<P: Pipeline> Session<'_, P> {
    /// Takes over what is offered now. What the pipeline can't take is told, and it goes on with what it has. A shard on
    /// its way is waited for, since it is restored for the plan of now.
    pub(super) fn renew(&mut self) -> Result<(), Failure> {
        if !self.restoring.is_empty() {
            return Ok(());
        }
        let (offered, blueprint) = self.offer.current();
        // No frame may name a plan that nobody can find.
        match self.control.announce(&blueprint.plan, self.shared.topics, &self.producer) {
            Err(Failure::Abort(reason)) => {
                tracing::warn!(
                    plan = blueprint.plan.digest.short(),
                    "a plan was not announced, trying again: {reason}"
                );
                return Ok(());
            }
            announced => announced?,
        }
        self.offered = offered;
        match blueprint.make().and_then(|next| self.pipeline.renew(next)) {
            Ok(()) => {
                tracing::info!(
                    plan = blueprint.plan.digest.short(),
                    shards = self.shards.len(),
                    "another plan taken over"
                );
                self.plan = Arc::clone(&blueprint.plan);
                self.sign(true)?;
            }
            Err(reason) => {
                tracing::error!(plan = blueprint.plan.digest.short(), "the plan is not taken over: {reason}");
            }
        }
        Ok(())
    }

    /// Writes on the group's roll that this process is at work by its plan, or has ended.
    pub(super) fn sign(&mut self, at_work: bool) -> Result<(), Failure> {
        let Some(roll) = &mut self.roll else { return Ok(()) };
        roll.sign(at_work.then_some(&*self.plan), self.shared.topics, &self.producer)
    }
}
