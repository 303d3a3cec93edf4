//! Whether a disturbed run came to the same as an undisturbed one: each (uid, revision) was seen once, dead letters are the
//! same, once each, every row was judged once, as the detector that counts them remembers, and the last revision of each
//! alert that a shard remembers is the last on the alert topic: they were written in one transaction.
//!
//! The uids that stand unretracted, the last canonical body of each and all other memory are compared too, but apart: they
//! are the same only where no row came later than its subscription tolerates. A fault that holds one partition back for
//! seconds does so for hours of log time when days are streamed in minutes.

use std::collections::BTreeMap;
use std::fmt::Display;

use sekisho_core::publish::canonical;
use serde_json::Value;

use super::memory::{self, COUNTER, Entry};
use super::outcome::{Outcome, Revision};

/// So many differences of a kind are told one by one.
const TOLD: usize = 5;

/// Everything that was lost or doubled in `seen`, one line each; none: nothing was.
pub fn differences(expected: &Outcome, seen: &Outcome) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(capped("alert", revisions(&seen.alerts)));
    found.extend(capped("alert of the undisturbed run", revisions(&expected.alerts)));
    found.extend(capped("memory of an alert", unlike_memory(seen)));
    found.extend(capped("memory of an alert of the undisturbed run", unlike_memory(expected)));
    let letters = |outcome: &Outcome| counted(outcome.letters.iter().cloned());
    found.extend(capped("dead letter", maps(&letters(expected), &letters(seen), |letter| letter.clone())));
    found.extend(states(expected, seen, |entry| matches!(entry, Entry::Counted { .. })));
    found
}

/// Everything else in which `seen` is not what `expected` is: what the order of rows may have changed.
pub fn differences_by_order(expected: &Outcome, seen: &Outcome) -> Vec<String> {
    let alerts = maps(&standing(&expected.alerts), &standing(&seen.alerts), |uid| uid.clone());
    let mut found = capped("alert", alerts);
    found.extend(states(expected, seen, |entry| !matches!(entry, Entry::Counted { .. })));
    found
}

/// How many alerts have a last body that is compared.
pub fn compared(expected: &Outcome) -> usize {
    standing(&expected.alerts).len()
}

fn states(expected: &Outcome, seen: &Outcome, which: impl Fn(&Entry) -> bool) -> Vec<String> {
    let name =
        |(partition, key): &(i32, Vec<u8>)| format!("{partition}:{}", String::from_utf8_lossy(key).escape_default());
    capped("state", maps(&remembered(expected, &which), &remembered(seen, &which), name))
}

/// Revisions that were seen more than once, or left out.
fn revisions(alerts: &[Revision]) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = BTreeMap::<&str, u64>::new();
    for Revision { uid, revision, .. } in alerts {
        let last = last.entry(uid).or_default();
        if *revision != *last + 1 {
            let what = if *revision <= *last { "doubled or out of order" } else { "without the one before it" };
            found.push(format!("{uid}: revision {revision} after {last}: {what}"));
        }
        *last = (*last).max(*revision);
    }
    found
}

/// Alerts whose last revision on the topic is not the one that their shard remembers. It does not matter in which order
/// rows came.
fn unlike_memory(outcome: &Outcome) -> Vec<String> {
    let last: BTreeMap<&str, u64> = outcome.alerts.iter().map(|alert| (&*alert.uid, alert.revision)).collect();
    let mut found = Vec::new();
    for ((partition, key), value) in &outcome.states {
        match memory::revision(key, value) {
            Ok(None) => {}
            Ok(Some((uid, revision))) => {
                let seen = last.get(&*uid).copied().unwrap_or(0);
                if seen != revision {
                    found.push(format!("{uid}: revision {revision} is remembered, and {seen} is the last one seen"));
                }
            }
            Err(error) => found.push(format!("in partition {partition} can't be read: {error}")),
        }
    }
    found
}

/// The last body of every alert that stands. The counter tells how many rows a call happened to bring: no law holds for
/// its alerts but that each revision is seen once.
fn standing(alerts: &[Revision]) -> BTreeMap<String, Value> {
    let mut standing = BTreeMap::new();
    let rule = |body: &Value| body.pointer("/finding_info/analytic/uid").and_then(Value::as_str).map(str::to_owned);
    let of_counter = |body| rule(body).is_some_and(|rule| rule.split('/').next() == Some(COUNTER));
    for Revision { uid, body, .. } in alerts.iter().filter(|alert| !of_counter(&alert.body)) {
        if body.pointer("/unmapped/sekisho/change").and_then(Value::as_str) == Some("retracted") {
            standing.remove(uid);
        } else {
            standing.insert(uid.clone(), canonical(body));
        }
    }
    standing
}

fn counted<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut counts = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}

fn remembered(outcome: &Outcome, which: impl Fn(&Entry) -> bool) -> BTreeMap<(i32, Vec<u8>), Entry> {
    let entries = outcome.states.iter().map(|(place, value)| (place.clone(), memory::read(&place.1, value)));
    entries.filter(|(_, entry)| *entry != Entry::PastAlert && which(entry)).collect()
}

fn maps<K: Ord, V: PartialEq + std::fmt::Debug>(
    expected: &BTreeMap<K, V>,
    seen: &BTreeMap<K, V>,
    name: impl Fn(&K) -> String,
) -> Vec<String> {
    let mut found = Vec::new();
    for (key, value) in expected {
        match seen.get(key) {
            None => found.push(format!("{} is missing", name(key))),
            Some(other) if other != value => {
                found.push(format!("{} is another: {}", name(key), first_difference(value, other)));
            }
            Some(_) => {}
        }
    }
    found.extend(seen.keys().filter(|key| !expected.contains_key(key)).map(|key| format!("{} is too much", name(key))));
    found
}

/// Two values from where they part.
fn first_difference(one: &impl std::fmt::Debug, two: &impl std::fmt::Debug) -> String {
    const SHOWN: usize = 160;
    let (one, two) = (format!("{one:?}"), format!("{two:?}"));
    let same = one.chars().zip(two.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(SHOWN / 2);
    let piece = |text: &str| text.chars().skip(from).take(SHOWN).collect::<String>();
    format!("…{}… where …{}… is expected", piece(&two), piece(&one))
}

fn capped<T: Display>(kind: &str, found: Vec<T>) -> Vec<String> {
    let more = found.len().saturating_sub(TOLD);
    let mut told: Vec<_> = found.into_iter().take(TOLD).map(|difference| format!("{kind} {difference}")).collect();
    if more > 0 {
        told.push(format!("{kind}: {more} more"));
    }
    told
}

#[cfg(test)]
mod tests {
    use sekisho_core::bytes::Writer;
    use serde_json::json;

    use super::*;

    /// Changelog key of a key of the counter.
    const COUNTED: &[u8] = b"s\x04rows\x04usera\0\x01";

    /// What a shard remembers of an alert, of no detector, key space and key.
    fn memory(revision: u64, open: bool) -> Vec<u8> {
        let facts = json!({"severity": "low", "entities": [], "techniques": [], "figures": {}});
        let memory = json!({"revision": revision, "change": "stands", "facts": facts, "body": {}, "told_at": 0,
            "held": null, "last": 0, "folded": 0, "keep": 0});
        let mut out = Writer::versioned(1);
        out.text("").text("").bytes(&[]).byte(u8::from(open)).option(None).option(None);
        out.byte(1).i64(0).raw(memory.to_string().as_bytes());
        out.finish()
    }

    fn alert(uid: &str, revision: u64, change: &str, hosts: u32) -> Revision {
        let body = json!({"metadata": {"uid": format!("{uid}:{revision}")}, "hosts": hosts,
            "unmapped": {"sekisho": {"revision": revision, "change": change}}});
        Revision { uid: uid.to_owned(), revision, body }
    }

    fn outcome() -> Outcome {
        let states = [((0, COUNTED.to_vec()), b"7".to_vec()), ((0, b"aa".to_vec()), memory(2, true))];
        Outcome {
            alerts: vec![alert("a", 1, "stands", 2), alert("a", 2, "stands", 3), alert("b", 1, "stands", 1)],
            letters: vec!["raw/0/17 broken".to_owned()],
            states: states.into(),
        }
    }

    fn all(expected: &Outcome, seen: &Outcome) -> Vec<String> {
        [differences(expected, seen), differences_by_order(expected, seen)].concat()
    }

    #[test]
    fn other_revisions_on_the_way_to_the_same_end_are_no_difference() {
        let mut other = outcome();
        other.alerts = vec![alert("b", 1, "stands", 1), alert("c", 1, "stands", 1), alert("c", 2, "retracted", 1)];
        other.alerts.push(alert("a", 1, "stands", 3));
        other.states.insert((0, b"aa".to_vec()), memory(1, true));
        other.states.insert((0, b"ac".to_vec()), memory(2, false));
        assert_eq!(all(&outcome(), &other), [""; 0]);
    }

    #[test]
    fn a_loss_a_duplicate_and_an_old_memory_are_seen_wherever_they_are() {
        let differ = |change: &dyn Fn(&mut Outcome)| {
            let mut other = outcome();
            change(&mut other);
            all(&outcome(), &other).join("\n")
        };
        assert!(differ(&|run| drop(run.alerts.pop())).contains("alert b is missing"));
        assert!(differ(&|run| drop(run.alerts.remove(0))).contains("revision 2 after 0"));
        assert!(differ(&|run| run.alerts.push(alert("b", 1, "stands", 1))).contains("doubled"));
        assert!(differ(&|run| run.alerts.push(alert("c", 1, "stands", 1))).contains("alert c is too much"));
        assert!(differ(&|run| run.alerts.push(alert("a", 3, "stands", 4))).contains("alert a is another"));
        assert!(differ(&|run| run.letters.clear()).contains("dead letter raw/0/17 broken is missing"));
        assert!(differ(&|run| run.letters.push("raw/0/17 broken".to_owned())).contains("is another"));
        let old = |run: &mut Outcome| drop(run.states.insert((0, COUNTED.to_vec()), b"6".to_vec()));
        assert!(differ(&old).contains("rows\\u{4}usera\\u{0}\\u{1} is another"), "{}", differ(&old));
        assert!(differ(&|run| run.states.clear()).contains("0:aa is missing"));
        let lost = |run: &mut Outcome| run.alerts.retain(|alert| alert.uid != "a");
        let lasting = |change: &dyn Fn(&mut Outcome)| {
            let mut other = outcome();
            change(&mut other);
            differences(&outcome(), &other).join("\n")
        };
        assert!(lasting(&lost).contains("a: revision 2 is remembered, and 0 is the last"), "{}", lasting(&lost));
        let forgotten = |run: &mut Outcome| drop(run.states.insert((0, b"aa".to_vec()), memory(1, true)));
        assert!(lasting(&forgotten).contains("revision 1 is remembered, and 2 is the last"));
        let broken = |run: &mut Outcome| drop(run.states.insert((0, b"aa".to_vec()), vec![9]));
        assert!(lasting(&broken).contains("can't be read"));
    }
}
