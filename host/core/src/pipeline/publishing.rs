//! publish: findings become revisions of alerts; and what nothing can ask for any more is forgotten.

use super::account::count;
use super::outputs::Outputs;
use super::said::Said;
use crate::contract::Finding;
use crate::detect::{Memory, Standing, watermark_of};
use crate::model::Time;
use crate::publish::{self, Context, Subject, draft};
use crate::state::{Quota, StateKey};

/// Takes a finding: tells it to the detectors that read this one's findings, and publishes a revision if it says news.
pub fn publish(outputs: &mut Outputs<'_>, key: &StateKey, finding: Finding, memory: &mut Memory<'_>) {
    let plan = outputs.plan;
    let context = Context { plan, files: outputs.files, version: env!("CARGO_PKG_VERSION") };
    let parts = key.key.parts();
    let detector = usize::from(key.detector);
    let rule = rule_name(outputs, key, finding.rule);
    count(&mut outputs.account.findings, &rule, 1);
    let Some(subject) = Subject::of(&context, detector, &parts, &finding) else { return };
    outputs.tell_finding(key, &subject.uid, &finding, memory);
    if publish::is_told(memory.store, &subject) {
        return;
    }
    let origin_of = |token| memory.origins.origin(token);
    let Some(draft) = draft(&context, detector, &parts, &finding, origin_of) else { return };
    let watermark = watermark_of(plan, memory, key);
    let alert = match publish::record(memory.store, key, draft.clone(), watermark) {
        Ok(alert) => alert,
        // Its memory can't be read: better a second first revision than silence.
        Err(_) => {
            memory.store.put_alert(&draft.uid, None);
            publish::record(memory.store, key, draft, watermark).unwrap_or_default()
        }
    };
    if let Some(alert) = alert {
        outputs.said.push((key.detector, Said::Alert { rule, change: finding.change, alert }));
    }
}

/// Publishes the revisions that were held back and whose time has come.
pub fn release(outputs: &mut Outputs<'_>, memory: &mut Memory<'_>) {
    let plan = outputs.plan;
    let watermarks = memory.watermarks;
    let due =
        memory.store.due_alerts(|detector, space| watermarks.at(plan.stratum(usize::from(detector), u32::from(space))));
    for uid in due {
        let Some(about) = memory.store.alert(&uid).map(|alert| alert.about.clone()) else { continue };
        let watermark = watermark_of(plan, memory, &about);
        let released = publish::release(memory.store, &uid, watermark).unwrap_or_default();
        if let Some(alert) = released {
            let (rule, change) = (alert.rule().to_owned(), alert.change);
            outputs.said.push((about.detector, Said::Alert { rule, change, alert }));
        }
    }
}

/// Forgets what has expired, and what is over the quota; the latter is told. What a suspended detector remembers does not
/// expire: healing goes on from it.
pub fn forget(outputs: &mut Outputs<'_>, memory: &mut Memory<'_>, quota: Quota, standings: &[Standing]) {
    let plan = outputs.plan;
    let watermarks = memory.watermarks;
    memory.store.expire(|detector, space| match standings.get(usize::from(detector)) {
        Some(Standing { suspended: Some(_), .. }) => Time::MIN,
        _ => watermarks.at(plan.stratum(usize::from(detector), u32::from(space))),
    });
    let evicted = memory.store.enforce(|_| quota);
    for run in evicted.chunk_by(|a, b| a.key.detector == b.key.detector) {
        let detector = plan.wants.detectors.get(usize::from(run[0].key.detector)).map_or("", |known| &known.name);
        count(&mut outputs.account.evicted, detector, run.len() as u64);
        let open = run.iter().filter(|state| state.open_alert).count();
        let message = format!(
            "{detector} remembers more than its quota here: {} states had to go, {open} of them with an open alert",
            run.len()
        );
        let gap = outputs.gap(detector, "evicted", message, 0);
        outputs.interval.coverage.push(gap);
    }
}

fn rule_name(outputs: &Outputs<'_>, key: &StateKey, rule: u32) -> String {
    let detector = outputs.plan.wants.detectors.get(usize::from(key.detector));
    let rule = detector.and_then(|known| known.plan.rules.get(rule as usize)).map_or("", |rule| &rule.id);
    format!("{}/{rule}", detector.map_or("", |known| &known.name))
}
