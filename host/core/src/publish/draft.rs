//! From a finding to the OCSF Detection Finding that tells it, all but what depends on earlier revisions.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::attack::{ATTACK_VERSION, Technique};
use super::evidence::{cut, evidences, named};
use super::observable::observables;
use super::subject::Subject;
use super::uid::bucket_start;
use crate::contract::{Change, Finding, Rule, Severity};
use crate::model::{Digest, Origin, Time};
use crate::plan::{Configured, Plan};
use crate::schema::OCSF_VERSION;

/// What an alert weighs at most, in bytes of JSON, before its life adds some hundred. Evidence and entities are left out
/// until it does: a record that its topic refuses would abort its interval for ever.
pub const MAX_ALERT_BYTES: usize = 256 << 10;
/// At most this many pieces of evidence are shown, the earliest; a sample is enough for people.
pub const MAX_EVIDENCE: usize = 50;
/// At most this many entities are shown, in the detector's order.
pub const MAX_ENTITIES: usize = 200;

/// At most this many figures are shown.
const MAX_FIGURES: usize = 64;

/// Bytes of a title, of a description, of advice; one line, some sentences, a page.
const TITLE_BYTES: usize = 512;
const TEXT_BYTES: usize = 4 << 10;
const ADVICE_BYTES: usize = 8 << 10;

/// An alert is remembered for this long after its latest evidence and its window: a finding that is told again within
/// it is a revision, not a new alert. Longer than any dwell that a detector's window should span.
const MEMORY: i64 = 30 * 24 * 60 * Time::MINUTE;

/// Where findings are told: the plan, and what surrounds it.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub plan: &'a Plan,
    /// Sources are files, whose offsets are lines (under `replay`).
    pub files: bool,
    /// Version of the host.
    pub version: &'a str,
}

/// What a revision says, for telling whether the next one says more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub severity: Severity,
    /// XXH3-64 of kind, role and name: all of them, shown or not.
    pub entities: BTreeSet<u64>,
    pub techniques: BTreeSet<String>,
    pub figures: BTreeMap<String, i64>,
}

/// A finding as it would be published.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub uid: String,
    /// Of the finding, as [`Subject`] tells it.
    pub fingerprint: u64,
    pub change: Change,
    /// Event time of the latest evidence.
    pub until: Time,
    /// The alert's memory may be dropped when the watermark has passed this.
    pub keep: Time,
    pub facts: Facts,
    /// The OCSF object without activity, revision and status.
    pub body: Value,
    /// Why it was closed or retracted.
    pub reason: Option<String>,
}

/// Tells a finding of the detector at this position about a key. None: it names a rule that the plan does not have.
///
/// `origin_of` says where the row of a token came from.
pub fn draft(
    context: &Context<'_>,
    detector: usize,
    key: &[String],
    finding: &Finding,
    origin_of: impl Fn(u64) -> Option<Origin>,
) -> Option<Draft> {
    let configured = context.plan.wants.detectors.get(detector)?;
    let rule = configured.plan.rules.get(finding.rule as usize)?;
    let key_space = &configured.plan.key_spaces.get(rule.key_space as usize)?.name;
    let bucket = bucket_start(Time(finding.since), rule.bucket);
    let Subject { uid, fingerprint } = Subject::of(context, detector, key, finding)?;
    let body = Body { context, configured, rule, key_space, key, finding, bucket, uid: &uid };
    let origins: Vec<_> = finding.evidence.iter().map(|evidence| origin_of(evidence.origin)).collect();
    let width = i64::try_from(rule.bucket).unwrap_or(i64::MAX);
    Some(Draft {
        change: finding.change,
        until: Time(finding.until),
        keep: Time(finding.until).max(bucket.plus(width)).plus(MEMORY),
        facts: facts(rule, finding),
        reason: reason(finding),
        body: body.fitting(&origins),
        uid,
        fingerprint,
    })
}

fn facts(rule: &Rule, finding: &Finding) -> Facts {
    let entity = |entity: &crate::contract::Entity| {
        xxh3_64(format!("{:?}\0{}\0{}", entity.kind, entity.role, entity.name).as_bytes())
    };
    Facts {
        severity: finding.severity,
        entities: finding.entities.iter().map(entity).collect(),
        techniques: rule.techniques.iter().map(|technique| technique.id.clone()).collect(),
        figures: finding.figures.iter().cloned().collect(),
    }
}

/// A detector may say why under the name `reason`; else its description says it.
fn reason(finding: &Finding) -> Option<String> {
    let told = finding.extra.iter().find(|(name, _)| name == "reason").map(|(_, reason)| reason.as_str());
    let reason = told.unwrap_or(&finding.description);
    (finding.change != Change::Stands && !reason.is_empty()).then(|| cut(reason, TEXT_BYTES))
}

struct Body<'a> {
    context: &'a Context<'a>,
    configured: &'a Configured,
    rule: &'a Rule,
    key_space: &'a str,
    key: &'a [String],
    finding: &'a Finding,
    bucket: Time,
    uid: &'a str,
}

// === impl Body ===

impl Body<'_> {
    /// With as much evidence and as many entities as fit.
    fn fitting(&self, origins: &[Option<Origin>]) -> Value {
        let (mut evidence, mut entities) = (MAX_EVIDENCE, MAX_ENTITIES);
        loop {
            let body = self.object(origins, evidence, entities);
            if (evidence == 0 && entities == 0) || body.to_string().len() <= MAX_ALERT_BYTES {
                return body;
            }
            (evidence, entities) = (evidence / 2, entities / 2);
        }
    }

    fn object(&self, origins: &[Option<Origin>], max_evidence: usize, max_entities: usize) -> Value {
        let finding = self.finding;
        let (since, until) = (Time(finding.since).millis(), Time(finding.until).millis());
        let title = if finding.title.is_empty() { &self.rule.title } else { &finding.title };
        let title = cut(title, TITLE_BYTES);
        let entities = &finding.entities[..finding.entities.len().min(max_entities)];
        let mut body = json!({
            "class_uid": 2004,
            "class_name": "Detection Finding",
            "category_uid": 2,
            "category_name": "Findings",
            "time": until,
            "start_time": since,
            "end_time": until,
            "severity_id": finding.severity as u8,
            "severity": severity_caption(finding.severity),
            "confidence_score": finding.confidence.min(100),
            "is_alert": true,
            "message": title,
            "finding_info": self.finding_info(&title, since, until),
            "evidences": evidences(self.context, &finding.evidence, origins, max_evidence),
            "observables": observables(entities),
            "metadata": {
                "version": OCSF_VERSION,
                "product": {"name": "Sekisho", "vendor_name": "Sekisho", "version": self.context.version},
            },
            "unmapped": {"sekisho": self.own(entities, max_evidence)},
        });
        if !self.rule.advice.is_empty() {
            body["remediation"] = json!({"desc": cut(&self.rule.advice, ADVICE_BYTES)});
        }
        body
    }

    fn finding_info(&self, title: &str, since: i64, until: i64) -> Value {
        let identity = &self.configured.identity;
        let attacks: Vec<_> = self.rule.techniques.iter().map(|technique| attack(&technique.id)).collect();
        let tactics: BTreeSet<_> =
            self.rule.techniques.iter().filter_map(|t| Technique::by_id(&t.id)).map(|t| t.tactic.name).collect();
        let mut info = json!({
            "uid": self.uid,
            "title": title,
            "desc": cut(&self.finding.description, TEXT_BYTES),
            "first_seen_time": since,
            "last_seen_time": until,
            "analytic": {
                "uid": format!("{}/{}", self.configured.name, self.rule.id),
                "name": cut(&self.rule.title, TITLE_BYTES),
                "type_id": 1,
                "type": "Rule",
                "version": identity.version,
            },
        });
        if !attacks.is_empty() {
            info["attacks"] = Value::Array(attacks);
        }
        if !tactics.is_empty() {
            info["types"] = json!(tactics);
        }
        info
    }

    /// What OCSF has no place for.
    fn own(&self, entities: &[crate::contract::Entity], max_evidence: usize) -> Value {
        let (configured, finding) = (self.configured, self.finding);
        let shown_by = |technique: &crate::contract::Technique| (technique.id.clone(), json!(technique.shown_by));
        let entities: Vec<Value> =
            entities.iter().map(|e| json!({"kind": e.kind, "role": named(&e.role), "name": named(&e.name)})).collect();
        let mut own = json!({
            "detector": configured.name,
            "plugin": {
                "id": configured.identity.id,
                "version": configured.identity.version,
                "digest": configured.plugin,
            },
            "settings_digest": Digest::of(configured.settings.as_bytes()),
            "inventory_digest": self.context.plan.wants.inventory,
            "rule": self.rule.id,
            "judged": self.rule.judged,
            "key_space": self.key_space,
            "key": self.key.iter().map(|part| named(part)).collect::<Vec<_>>(),
            "window": {"start": self.bucket.to_string(), "seconds": self.rule.bucket / Time::SECOND as u64},
            "entities": entities,
            "techniques": self.rule.techniques.iter().map(shown_by).collect::<serde_json::Map<_, _>>(),
            "figures": finding.figures.iter().take(MAX_FIGURES).map(|(name, n)| (named(name), json!(n))).collect::<serde_json::Map<_, _>>(),
        });
        for (name, count, max) in [
            ("evidence_left_out", finding.evidence.len(), max_evidence),
            ("entities_left_out", finding.entities.len(), entities_shown(&own)),
        ] {
            if count > max {
                own[name] = json!(count - max);
            }
        }
        own
    }
}

fn entities_shown(own: &Value) -> usize {
    own["entities"].as_array().map_or(0, Vec::len)
}

/// As OCSF names them.
pub(super) fn severity_caption(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "Informational",
        Severity::Low => "Low",
        Severity::Medium => "Medium",
        Severity::High => "High",
        Severity::Critical => "Critical",
    }
}

/// One that the table does not know is told by its id.
fn attack(id: &str) -> Value {
    let named = |id: &str| match Technique::by_id(id) {
        Some(technique) => json!({"uid": id, "name": technique.name}),
        None => json!({"uid": id}),
    };
    let parent = id.split_once('.').map_or(id, |(parent, _)| parent);
    let mut attack = json!({"version": ATTACK_VERSION, "technique": named(parent)});
    if parent != id {
        attack["sub_technique"] = named(id);
    }
    if let Some(Technique { tactic, .. }) = Technique::by_id(id) {
        attack["tactic"] = json!({"uid": tactic.id, "name": tactic.name});
    }
    attack
}
