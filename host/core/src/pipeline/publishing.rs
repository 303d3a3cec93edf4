//! Findings become revisions of alerts, and what is no longer needed is forgotten.

use super::outputs::Outputs;
use crate::contract::Finding;
use crate::detect::Memory;
use crate::state::{Quota, StateKey};

pub fn publish(_outputs: &mut Outputs<'_>, _key: &StateKey, _finding: Finding, _memory: &mut Memory<'_>) {}
pub fn release(_outputs: &mut Outputs<'_>, _memory: &mut Memory<'_>) {}
pub fn forget(_outputs: &mut Outputs<'_>, _memory: &mut Memory<'_>, _quota: Quota) {}
