//! What a guest can answer against the contract.

use crate::exports::sekisho::detector::plugin::{Call, Identity, Kept, Outcome, Plan, Scalar, State};
use crate::good;

/// An identity, wrong where the word says so.
pub fn identity(mut identity: Identity, lie: &str) -> Identity {
    match lie {
        "bad-id" => identity.id = "Not Kebab".to_owned(),
        "bad-version" => identity.version = "first".to_owned(),
        "bad-schema" => identity.settings_schema = "[".to_owned(),
        "huge" => identity.title = "x".repeat(6 << 20),
        _ => {}
    }
    identity
}

/// A plan, wrong where the word says so.
pub fn plan(mut plan: Plan, lie: &str) -> Plan {
    match lie {
        "key-space-out-of-range" => plan.rules[0].key_space = 9,
        "rule-twice" => plan.rules[1].id = plan.rules[0].id.clone(),
        "key-too-long" => plan.subscriptions[0].key.push("user.uid".to_owned()),
        "unknown-own-signal" => plan.subscriptions[1].source = "signal:self/quiet".to_owned(),
        "huge-plan" => plan.rules[0].advice = "x".repeat(6 << 20),
        _ => {}
    }
    plan
}

/// An outcome, wrong where the word says so.
pub fn outcome(mut outcome: Outcome, call: &Call, lie: &str) -> Outcome {
    let state = |bytes| State { version: 1, bytes, expires: None, wake: None };
    let finding = || good::finding(call, 0, 1);
    let signal = || good::signal(call, 0, 1);
    match lie {
        "group-out-of-range" => outcome.findings.push({
            let mut finding = finding();
            finding.group = 999_999;
            finding
        }),
        "rule-of-another-key-space" => outcome.findings.push({
            let mut finding = finding();
            finding.rule = 1 - call.key_space;
            finding
        }),
        "foreign-origin" => outcome.findings.push({
            let mut finding = finding();
            finding.evidence[0].origin = u64::MAX;
            finding
        }),
        "too-many-findings" => outcome.findings.extend((0..20_000).map(|_| finding())),
        "long-title" => outcome.findings.push({
            let mut finding = finding();
            finding.title = "é".repeat(10_000);
            finding
        }),
        "signal-of-another-kind" => outcome.signals.push({
            let mut signal = signal();
            signal.values[1] = Some(Scalar::Real(1.0));
            signal
        }),
        "too-few-values" => outcome.signals.push({
            let mut signal = signal();
            signal.values.clear();
            signal
        }),
        "state-too-large" => outcome.states = vec![Kept { group: 0, state: Some(state(vec![0; 300 << 10])) }],
        "state-twice" => outcome.states.push(Kept { group: 0, state: None }),
        "counter-out-of-range" => outcome.counters.push((7, 1)),
        "not-utf-8" => outcome.findings.push({
            let mut finding = finding();
            // SAFETY: none; that it is no text is the lie.
            finding.title = unsafe { String::from_utf8_unchecked(vec![0xff; 4]) };
            finding
        }),
        "out-of-bounds" => outcome.states = vec![Kept { group: 0, state: Some(state(beyond_memory())) }],
        "overlapping" => outcome.states = overlapping(),
        _ => {}
    }
    outcome
}

/// A list that says it is longer than the memory that it lies in.
fn beyond_memory() -> Vec<u8> {
    let mut bytes = std::mem::ManuallyDrop::new(vec![0_u8; 16]);
    // SAFETY: none; that it is longer than it is, is the lie. The host must refuse it before it is freed.
    unsafe { Vec::from_raw_parts(bytes.as_mut_ptr(), 0x7fff_0000, 0x7fff_0000) }
}

/// Thousands of states of 256 KiB that are all the same bytes: small here, a gigabyte for a host that copies them.
fn overlapping() -> Vec<Kept> {
    const SIZE: usize = 256 << 10;
    let mut bytes = std::mem::ManuallyDrop::new(vec![0_u8; SIZE]);
    (0..4096)
        .map(|group| {
            // SAFETY: none; that they are many is the lie. The host must refuse them before they are freed.
            let bytes = unsafe { Vec::from_raw_parts(bytes.as_mut_ptr(), SIZE, SIZE) };
            Kept { group, state: Some(State { version: 1, bytes, expires: None, wake: None }) }
        })
        .collect()
}
