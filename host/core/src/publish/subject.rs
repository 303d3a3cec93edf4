//! Which alert a finding belongs to, and whether it says again what it said last: told without drafting it.
//!
//! A detector tells a finding whole each time its group is touched. Most tellings change nothing, and an alert that
//! stands in a busy group must not cost a draft for every call.

use std::hash::{Hash as _, Hasher as _};

use xxhash_rust::xxh3::Xxh3;

use super::draft::Context;
use super::uid::{Identity, bucket_start};
use crate::contract::Finding;
use crate::model::Time;

/// A finding by what it is about and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub uid: String,
    /// XXH3-64 of all that the finding says but for origins, and of the plan.
    pub fingerprint: u64,
}

// === impl Subject ===

impl Subject {
    /// None: the finding names a rule that the plan does not have.
    pub fn of(context: &Context<'_>, detector: usize, key: &[String], finding: &Finding) -> Option<Self> {
        let configured = context.plan.wants.detectors.get(detector)?;
        let rule = configured.plan.rules.get(finding.rule as usize)?;
        let key_space = &configured.plan.key_spaces.get(rule.key_space as usize)?.name;
        let bucket = bucket_start(Time(finding.since), rule.bucket);
        let uid = Identity { detector: &configured.name, rule: &rule.id, key_space, key, bucket }.uid();
        Some(Self { uid, fingerprint: fingerprint(context, finding) })
    }
}

fn fingerprint(context: &Context<'_>, finding: &Finding) -> u64 {
    let mut hasher = Xxh3::new();
    (context.plan.digest.0, context.version).hash(&mut hasher);
    (finding.rule, finding.since, finding.until, finding.change, finding.severity).hash(&mut hasher);
    (finding.confidence, &finding.title, &finding.description, &finding.figures, &finding.extra).hash(&mut hasher);
    for entity in &finding.entities {
        (entity.kind, &entity.name, &entity.role).hash(&mut hasher);
    }
    for evidence in &finding.evidence {
        (evidence.time, &evidence.role, &evidence.seen).hash(&mut hasher);
    }
    hasher.finish()
}
