//! What questions about the domain and the host make together.

use sekisho_sdk::prelude::*;

use super::APART;
use crate::acts::{Told, draft};
use crate::text::{is_person, plain, who};

/// Kinds of questions within the hour that are more than one errand; so many of them leave no doubt.
const KINDS: (usize, usize) = (3, 7);
/// Kinds by the system's own account, whose agents ask one or two.
const SYSTEM_KINDS: usize = 5;
/// Kinds of questions about the host.
const FACTS: (usize, usize) = (3, 6);

/// The kind of a question: its text up to what it names.
pub fn kind(what: &str) -> &str {
    what.split([':', '(', ',']).next().unwrap_or(what).trim_end()
}

/// A habit's name: who, and which kind.
pub fn habit(who: &str, what: &str) -> String {
    format!("{}{APART}{}", plain(who), kind(&plain(what)))
}

/// Questions about the domain: kinds of an account come together, habits of earlier days do not count.
pub fn judge(all: &[Told<'_>], known: &Set<&str>, host: &str) -> Option<Draft> {
    let mut by: Map<&str, Vec<Told<'_>>> = Map::new();
    all.iter().for_each(|act| by.entry(act.who).or_default().push(*act));
    let mut kept = Vec::new();
    let mut heaviest = None;
    let mut most = 0;
    for (who, acts) in by {
        let is_new = |act: &&Told<'_>| who.is_empty() || !known.contains(habit(who, act.what).as_str());
        let kinds = acts.iter().filter(is_new).map(|act| kind(act.what)).collect::<Set<_>>().len();
        let top = acts.iter().filter(is_new).map(|act| act.weight).max();
        let person = who.is_empty() || is_person(who);
        let weight = match top {
            _ if kinds >= KINDS.1 && person => Severity::High,
            _ if kinds >= if person { KINDS.0 } else { SYSTEM_KINDS } => Severity::Medium,
            Some(top) if top > Severity::Low || person && top == Severity::Low => top,
            // All of it is habit: told as far as it is more than a look, and low.
            None if acts.iter().any(|act| act.weight > Severity::Low) => Severity::Low,
            _ => continue,
        };
        heaviest = heaviest.max(Some(weight));
        most = most.max(kinds);
        kept.extend(acts.into_iter().filter(|act| person || act.weight > Severity::Low || kinds >= SYSTEM_KINDS));
    }
    kept.sort_by_key(|act| (act.member.first, act.what));
    Some(draft(&kept, host)?.figure("kinds", most as i64).severity(heaviest?))
}

/// Questions about the host itself: kinds by one account.
pub fn survey(all: &[Told<'_>], host: &str) -> Option<Draft> {
    let mut by: Map<&str, Vec<&Told<'_>>> = Map::new();
    let asks = |act: &&Told<'_>| act.who.is_empty() || is_person(act.who);
    all.iter().filter(asks).for_each(|act| by.entry(act.who).or_default().push(act));
    let kinds = |acts: &[&Told<'_>]| acts.iter().map(|act| kind(act.what)).collect::<Set<_>>().len();
    let top = |acts: &[&Told<'_>]| acts.iter().map(|act| act.weight).max();
    let order = |(user, acts): &(&str, Vec<&Told<'_>>)| (top(acts), kinds(acts), std::cmp::Reverse(user.to_string()));
    let (user, acts) = by.into_iter().max_by_key(order)?;
    let (n, top) = (kinds(&acts), top(&acts)?);
    let severity = match n {
        _ if n >= FACTS.1 || top > Severity::Low => Severity::Medium,
        _ if n >= FACTS.0 || top == Severity::Low => Severity::Low,
        _ => return None,
    };
    let names: Vec<&str> = acts.iter().take(8).map(|act| act.what).collect();
    let draft = Draft::new(format!("{} asked {host} what it is and runs: {}", who(user), names.join("; ")))
        .host(host, "target");
    let draft = if user.is_empty() { draft } else { draft.user(user, "actor") };
    let draft = draft.figure("kinds", n as i64).evidences(acts.iter().map(|act| act.member.evidence(act.what)));
    let text = format!(
        "{n} different kinds of questions about the host within an hour, from {} UTC on; an intruder who has just arrived asks several of them.",
        crate::text::clock(acts[0].member.first)
    );
    Some(draft.describe(text).severity(severity))
}
