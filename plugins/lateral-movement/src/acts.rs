//! Acts that are bad, or odd, by their nature: each is told by a single record, and one alert gathers those of a rule on
//! a host within an hour.

use sekisho_sdk::prelude::*;

use crate::text::{APART, clock, plain, short, who};

/// Different acts that an hour keeps, of those of low weight and of the heavier ones; more of them are counted and not
/// named.
const ACTS: u32 = 48;
/// Acts that a description tells one by one.
const TOLD: usize = 8;
/// Acts whose records are shown.
const SHOWN: usize = 20;

/// Something that somebody did, as one record tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// What it weighs by itself. Informational: it counts only beside others.
    pub weight: Severity,
    /// What was done, as it goes on after the name of who did it.
    pub what: String,
}

/// Who did an act, from where, and the values to show.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'s> {
    /// The account, canonical; empty: not told.
    pub who: &'s str,
    /// The address or host it came from; empty: not told.
    pub from: &'s str,
    /// Values to show, by path.
    pub seen: &'s [(&'s str, Option<&'s str>)],
}

/// An act as a window remembers it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'s> {
    /// What it weighs by itself.
    pub weight: Severity,
    /// The account; empty: not told.
    pub who: &'s str,
    /// What was done.
    pub what: &'s str,
    /// Where it came from; empty: not told.
    pub from: &'s str,
    /// Its times and count.
    pub member: Member<'s>,
}

/// The acts of one rule on a host.
#[derive(Clone, Copy, Debug)]
pub struct Acts {
    /// The rule that tells them.
    pub rule: Rule,
    /// Those of low weight.
    pub light: Tally,
    /// The others, apart: a flood of harmless commands pushes no dump of passwords out.
    pub heavy: Tally,
}

// === impl Act ===

impl Act {
    /// An act of this weight.
    pub fn new(weight: Severity, what: impl Into<String>) -> Option<Self> {
        Some(Self { weight, what: what.into() })
    }

    /// One of low weight.
    pub fn low(what: impl Into<String>) -> Option<Self> {
        Self::new(Severity::Low, what)
    }

    /// One of medium weight.
    pub fn medium(what: impl Into<String>) -> Option<Self> {
        Self::new(Severity::Medium, what)
    }

    /// One of high weight.
    pub fn high(what: impl Into<String>) -> Option<Self> {
        Self::new(Severity::High, what)
    }

    /// One that counts only beside others.
    pub fn hint(what: impl Into<String>) -> Option<Self> {
        Self::new(Severity::Informational, what)
    }
}

// === impl Acts ===

impl Acts {
    /// A window of acts; the rules' buckets are hours.
    pub fn window(plan: &mut Plan, space: KeySpace) -> Tally {
        plan.tally(space, HOUR).members(ACTS)
    }

    /// Remembers an act of a row.
    pub fn add(&self, group: &mut Group<'_>, row: &Row<'_>, act: &Act, setting: Setting<'_>) {
        let weight = act.weight as u8;
        let [who, what, from] = [setting.who, &act.what, setting.from].map(plain);
        let name = format!("{weight}{APART}{who}{APART}{what}{APART}{from}");
        let window = if act.weight > Severity::Low { self.heavy } else { self.light };
        window.add(group, Entry::of(row, &name).seen(setting.seen));
    }

    /// Whether nothing is remembered from a time to another, in whole hours.
    pub fn are_none(&self, state: &State, from: i64, to: i64) -> bool {
        self.light.between(state, from, to).is_empty() && self.heavy.between(state, from, to).is_empty()
    }

    /// The acts of a bucket, the earliest first.
    pub fn of<'s>(&self, state: &'s State, bucket: Bucket) -> Vec<Told<'s>> {
        self.all(state, bucket.start, bucket.end)
    }

    /// The acts from a time to before another, in whole hours, the earliest first.
    pub fn all<'s>(&self, state: &'s State, from: i64, to: i64) -> Vec<Told<'s>> {
        let mut members = self.light.between(state, from, to).members();
        members.extend(self.heavy.between(state, from, to).members());
        members.sort_by_key(|member| (member.first, member.name));
        members.into_iter().filter_map(told).collect()
    }
}

fn told(member: Member<'_>) -> Option<Told<'_>> {
    let mut parts = member.name.split(APART);
    let weight = match parts.next()? {
        "0" => Severity::Informational,
        "1" => Severity::Low,
        "2" => Severity::Medium,
        "3" => Severity::High,
        _ => Severity::Critical,
    };
    Some(Told { weight, who: parts.next()?, what: parts.next()?, from: parts.next()?, member })
}

/// The heaviest of acts, so many of them, in their order.
pub fn heaviest<'a, 's>(acts: &'a [Told<'s>], most: usize) -> Vec<&'a Told<'s>> {
    let mut by_weight: Vec<(usize, &Told<'s>)> = acts.iter().enumerate().collect();
    by_weight.sort_by_key(|(_, act)| std::cmp::Reverse(act.weight));
    by_weight.truncate(most);
    by_weight.sort_by_key(|(place, _)| *place);
    by_weight.into_iter().map(|(_, act)| act).collect()
}

/// The records of acts, the heaviest where there are many, and the time that all of them span.
pub fn shown(draft: Draft, acts: &[Told<'_>]) -> Draft {
    let times = || acts.iter().map(|act| act.member.first);
    let draft = match times().min().zip(times().max()) {
        Some((first, last)) => draft.span(first, last),
        None => draft,
    };
    draft.evidences(heaviest(acts, SHOWN).into_iter().map(|act| act.member.evidence(act.what)))
}

/// One alert for these acts on a host: the heaviest gives the title.
pub fn draft(acts: &[Told<'_>], host: &str) -> Option<Draft> {
    let top = acts.iter().max_by_key(|act| (act.weight as u8, std::cmp::Reverse(act.member.first)))?;
    let others = acts.iter().filter(|act| act.what != top.what).map(|act| act.what).collect::<Set<_>>().len();
    let more = match others {
        0 => String::new(),
        1 => " and did one thing more of the kind".into(),
        n => format!(" and did {n} things more of the kind"),
    };
    let from = if top.from.is_empty() { String::new() } else { format!(" from {}", top.from) };
    let title = format!("{} {} on {host}{from}{more}", who(top.who), short(top.what, 110));
    let draft = Draft::new(title).host(host, "target").severity(top.weight).figure("acts", acts.len() as i64);
    let count: u64 = acts.iter().map(|act| act.member.count).sum();
    let draft = acts.iter().fold(draft.figure("records", count), entities);
    Some(shown(draft.describe(listed(acts)), acts))
}

fn entities(draft: Draft, act: &Told<'_>) -> Draft {
    let draft = if act.who.is_empty() { draft } else { draft.user(act.who, "actor") };
    match act.from {
        "" => draft,
        from if from.parse::<std::net::IpAddr>().is_ok() => draft.address(from, "source"),
        from => draft.host(from, "source"),
    }
}

/// The acts one by one, for a description.
pub fn listed(acts: &[Told<'_>]) -> String {
    let line = |act: &Told<'_>| {
        let times = if act.member.count > 1 { format!(", {} records", act.member.count) } else { String::new() };
        let from = if act.from.is_empty() { String::new() } else { format!(" from {}", act.from) };
        format!("{} UTC: {} {}{from}{times}.", clock(act.member.first), who(act.who), act.what)
    };
    let mut lines: Vec<String> = heaviest(acts, TOLD).into_iter().map(line).collect();
    if acts.len() > TOLD {
        lines.push(format!("And {} acts more of the kind.", acts.len() - TOLD));
    }
    lines.join("\n")
}
