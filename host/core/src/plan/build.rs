//! From what detectors want to streams, strata and a projection.

use super::{Plan, Wants};

/// Something that makes a plan impossible; all of them are told at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("detector {detector}: {message}")]
pub struct PlanError {
    pub detector: String,
    pub message: String,
}

/// Makes the plan that follows from what is wanted.
///
/// # Errors
/// Everything that is wrong with it.
pub fn build(_wants: Wants) -> Result<Plan, Vec<PlanError>> {
    Err(Vec::new())
}
