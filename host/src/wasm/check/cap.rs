//! Texts and lists of an answer cut to their caps.
//!
//! What is cut is not a fault: most of it is copied from logs, and an attacker who logs on under a long name must not be
//! able to take the detector's findings away.

use sekisho_core::contract::{DEFAULT_TEXT_BYTES, Field};
use sekisho_core::contract::{DetectorPlan, Evidence, Finding, Note, Outcome, Scalar, Signal};

use super::super::limits::Limits;

/// The longest text of a refusal that the host repeats.
const LONGEST_LINE: usize = 1 << 10;

/// A guest's text as part of one log line.
pub(in super::super) fn line(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_LINE).collect();
    cut(&mut line, LONGEST_LINE);
    line
}

/// Cuts everything that may be cut.
pub(super) fn cap(outcome: &mut Outcome, plan: &DetectorPlan, explain: bool, limits: &Limits) {
    for finding in &mut outcome.findings {
        cap_finding(finding, limits);
    }
    for signal in &mut outcome.signals {
        cap_signal(signal, plan, limits);
    }
    outcome.notes.truncate(if explain { limits.notes } else { 0 });
    for Note { text, .. } in &mut outcome.notes {
        cut(text, limits.description_bytes);
    }
}

fn cap_finding(finding: &mut Finding, limits: &Limits) {
    let text = limits.text_bytes;
    cut(&mut finding.title, text);
    cut(&mut finding.description, limits.description_bytes);
    finding.entities.truncate(limits.entities);
    for entity in &mut finding.entities {
        cut(&mut entity.name, text);
        cut(&mut entity.role, text);
    }
    finding.figures.truncate(limits.entities);
    for (name, _) in &mut finding.figures {
        cut(name, text);
    }
    keep_earliest(&mut finding.evidence, limits.evidence);
    for evidence in &mut finding.evidence {
        cut(&mut evidence.role, text);
        for (path, value) in &mut evidence.seen {
            cut(path, text);
            cut(value, text);
        }
    }
}

/// Keeps the earliest in event time, in the order in which they were given.
fn keep_earliest(evidence: &mut Vec<Evidence>, most: usize) {
    if evidence.len() <= most {
        return;
    }
    let mut order: Vec<usize> = (0..evidence.len()).collect();
    order.sort_by_key(|&at| evidence[at].time);
    let mut kept = vec![false; evidence.len()];
    for &at in order.iter().take(most) {
        kept[at] = true;
    }
    let mut kept = kept.into_iter();
    evidence.retain(|_| kept.next() == Some(true));
}

fn cap_signal(signal: &mut Signal, plan: &DetectorPlan, limits: &Limits) {
    signal.origins.truncate(limits.evidence);
    let fields = plan.signals.get(signal.kind as usize).map_or(&[][..], |kind| &kind.fields);
    for (value, Field { max_bytes, .. }) in signal.values.iter_mut().zip(fields) {
        let most = match *max_bytes {
            0 => DEFAULT_TEXT_BYTES,
            max_bytes => max_bytes,
        } as usize;
        match value {
            Some(Scalar::Text(text)) => cut(text, most),
            Some(Scalar::Texts(texts)) => texts.iter_mut().for_each(|text| cut(text, most)),
            _ => {}
        }
    }
}

fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
    }
}
