//! The memory of a host: what is done on it, and who came to it over the network shortly before.

mod around;
mod judge;
mod plan;
mod readings;
mod rows;
mod rules;

use sekisho_sdk::prelude::*;

use crate::acts::{Acts, Told, draft};
use crate::habits;
use crate::rules::remote_tool;
use crate::signs::Signs;
use crate::text::{APART, is_person, who};

pub use plan::plan;

/// How long before an act somebody's arrival over the network explains it.
pub const ARRIVAL: i64 = 10 * MINUTE;
/// The habit of reading groups, accounts and objects of a host.
const ENUMERATION: &str = "enumeration";

/// Rules of single acts, by position in [`Host::acts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Service,
    Control,
    Wmi,
    Remoting,
    Com,
    Task,
    Hijack,
    AdminShare,
    Dump,
    Dcsync,
    Secrets,
    Ticket,
    Hash,
    Around,
    Survey,
    OddClient,
    Stored,
    Certificate,
    Coercion,
    Desktop,
}

/// The memory, configured.
#[derive(Debug)]
pub struct Host {
    pub space: KeySpace,
    signs: Signs,
    read: Readings,
    acts: Vec<Acts>,
    arrivals: Tally,
    counted: Tally,
    enumeration: Rule,
    computers: FirstSeen,
    habits: FirstSeen,
    fellows: Rule,
    spread: SignalType,
    tool: SignalType,
    brought: SignalType,
    limits: Limits,
}

/// Subscriptions.
#[derive(Debug)]
struct Readings {
    launch: Reading,
    reach: Reading,
    script: Reading,
    installed: Reading,
    job: Reading,
    share: Reading,
    file: Reading,
    value: Reading,
    object: Reading,
    membership: Reading,
    logon: Reading,
    ticket: Reading,
    connection: Reading,
    engine: Reading,
    key: Reading,
    library: Reading,
    thread: Reading,
    certificate: Reading,
    account: Reading,
    found: Reading,
    session: Reading,
}

/// What the operator set.
#[derive(Clone, Debug)]
struct Limits {
    groups: u64,
    objects: u64,
    replicators: Vec<String>,
}

/// Somebody who came over the network.
#[derive(Clone, Copy, Debug)]
struct Arrival<'s> {
    user: &'s str,
    from: &'s str,
    member: Member<'s>,
}

// === impl Arrival ===

impl Arrival<'_> {
    /// Whether a server or an account came that reaches many hosts for a living.
    fn is_trusted(&self) -> bool {
        self.member.seen("trusted").is_some()
    }
}

/// Who of those that came is behind an act: the same account; else, while a stranger is among them, no trusted one.
fn behind<'a, 's>(arrivals: &'a [Arrival<'s>], who: &str) -> Option<&'a Arrival<'s>> {
    let last = |is: &dyn Fn(&Arrival<'s>) -> bool| arrivals.iter().rev().find(|arrival| is(arrival));
    last(&|arrival| arrival.user == who).or_else(|| last(&|arrival| !arrival.is_trusted())).or(arrivals.last())
}

// === impl Host ===

impl Host {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let rows: Vec<Row<'_>> = group.rows().collect();
        let mut touched = Touched::default();
        for row in &rows {
            self.take(group, out, row, &mut touched);
        }
        let host = group.part(0);
        // An arrival matters to the acts after it: where there are none, nothing is to be judged anew.
        let first = rows.iter().map(Row::time).min().unwrap_or(i64::MAX);
        let last = rows.iter().map(Row::time).max().unwrap_or(i64::MIN).saturating_add(ARRIVAL + HOUR);
        for (at, acts) in self.acts.iter().enumerate() {
            let joined = touched.arrived && matches!(at, 0 | 5 | 9 | 10) && !acts.are_none(group.state(), first, last);
            if touched.acts & (1 << at) != 0 || joined {
                out.review(group, acts.rule, |state, bucket| self.tell(state, bucket, at, host));
            }
        }
        if touched.counted {
            out.review(group, self.enumeration, |state, bucket| self.enumerated(state, bucket, host));
        }
        if touched.computers {
            out.review(group, self.fellows, |state, bucket| self.replicated(state, bucket, host));
        }
        let services = &self.acts[Kind::Service as usize];
        if touched.acts & 1 != 0
            || touched.arrived && !services.are_none(group.state(), first.saturating_sub(ARRIVAL), last)
        {
            self.spread(group, out, &rows);
        }
    }

    fn tell(&self, state: &State, bucket: Bucket, at: usize, host: &str) -> Option<Draft> {
        let all = self.acts[at].of(state, bucket);
        if all.is_empty() {
            return None;
        }
        // What the same account reaches every day from the same place is its habit.
        let daily = [Kind::Control, Kind::AdminShare, Kind::Task, Kind::Hash].iter().any(|kind| *kind as usize == at);
        let all: Vec<Told<'_>> = match daily {
            true => {
                let known = self.known(state, bucket);
                let is_new = |act: &Told<'_>| {
                    act.weight != Severity::Low || !known.contains(around::habit(act.who, act.what).as_str())
                };
                all.into_iter().filter(is_new).collect()
            }
            false => all,
        };
        match at {
            at if at == Kind::Service as usize => self.remote(state, &all, host, "service"),
            at if at == Kind::Task as usize => self.remote(state, &all, host, "task"),
            at if at == Kind::Around as usize => around::judge(&all, &self.known(state, bucket), host),
            at if at == Kind::Survey as usize => around::survey(&all, host),
            at if at == Kind::Dcsync as usize || at == Kind::Secrets as usize => {
                let all: Vec<Told<'_>> = all.into_iter().map(|act| self.placed(state, act)).collect();
                draft(&all, host)
            }
            _ => draft(&all, host),
        }
    }

    /// What accounts did on this host on the day before a bucket or earlier, by account and kind: their habits there.
    fn known<'s>(&self, state: &'s State, bucket: Bucket) -> Set<&'s str> {
        habits::known(self.habits, state, bucket.start.saturating_sub(habits::BEFORE))
    }

    /// Acts that tell no source get it from the same account's arrival.
    fn placed<'s>(&self, state: &'s State, act: Told<'s>) -> Told<'s> {
        if !act.from.is_empty() || !is_person(act.who) {
            return act;
        }
        let arrival = self.arrived(state, act.member.first).into_iter().rev().find(|arrival| arrival.user == act.who);
        Told { from: arrival.map_or("", |arrival| arrival.from), ..act }
    }

    /// Services and tasks: odd ones are told whoever made them, others only when somebody had come over the network.
    fn remote(&self, state: &State, all: &[Told<'_>], host: &str, what: &str) -> Option<Draft> {
        let mut kept: Vec<Told<'_>> = Vec::new();
        let mut came = Vec::new();
        for act in all {
            let arrivals = self.arrived(state, act.member.first);
            let same = behind(&arrivals, act.who);
            let by_hand = what == "task"
                && act.weight == Severity::Informational
                && !arrivals.iter().any(|arrival| arrival.user == act.who);
            match same {
                // A deployment server installs for a living: that is told once for all hosts.
                Some(arrival) if arrival.is_trusted() => kept.extend((act.weight > Severity::Low).then_some(Told {
                    weight: Severity::Low,
                    who: arrival.user,
                    from: arrival.from,
                    ..*act
                })),
                Some(arrival) if !by_hand => {
                    let weight = if act.weight == Severity::Informational { Severity::Low } else { act.weight };
                    let actor = if is_person(act.who) { act.who } else { arrival.user };
                    kept.push(Told {
                        weight,
                        who: actor,
                        from: if act.from.is_empty() { arrival.from } else { act.from },
                        ..*act
                    });
                    came.push(*arrival);
                }
                _ if act.weight > Severity::Informational => kept.push(*act),
                _ => {}
            }
        }
        let told = draft(&kept, host)?;
        came.dedup_by(|a, b| a.member.name == b.member.name);
        let note = came.iter().map(|arrival| {
            format!(
                "{} came over the network from {} up to {} before.",
                who(arrival.user),
                arrival.from,
                crate::text::span(ARRIVAL)
            )
        });
        let note: Vec<String> = note.take(4).collect();
        let told = told.evidences(came.iter().take(6).map(|arrival| arrival.member.evidence("network logon before")));
        let told = told.figure("network_logons_before", came.len() as i64);
        Some(told.describe(format!("{}\n{}", crate::acts::listed(&kept), note.join(" ")).trim_end().to_owned()))
    }

    /// Who came over the network within [`ARRIVAL`] before a time, the earliest first.
    fn arrived<'s>(&self, state: &'s State, time: i64) -> Vec<Arrival<'s>> {
        let window = self.arrivals.between(state, time.saturating_sub(ARRIVAL), time.saturating_add(1));
        let members = window.members().into_iter().filter(|member| member.first <= time);
        members
            .filter_map(|member| {
                let (user, from) = member.name.split_once(APART)?;
                Some(Arrival { user, from, member })
            })
            .collect()
    }

    /// Bulk reading of groups, accounts and directory objects.
    fn enumerated(&self, state: &State, bucket: Bucket, host: &str) -> Option<Draft> {
        let members = self.counted.within(state, bucket).members();
        let mut by_user: Map<&str, Map<&str, Vec<&Member<'_>>>> = Map::new();
        for member in &members {
            let mut parts = member.name.split(APART);
            let (Some(user), Some(kind)) = (parts.next(), parts.next()) else { continue };
            by_user.entry(user).or_default().entry(kind).or_default().push(member);
        }
        let known = self.known(state, bucket);
        let mut told: Vec<(i64, &str, String, Vec<&Member<'_>>)> = Vec::new();
        for (user, kinds) in &by_user {
            let (mut points, mut parts, mut shown) = (0, Vec::new(), Vec::new());
            for (kind, objects) in kinds {
                let n = objects.len() as u64;
                let (least, name) = match *kind {
                    "group" => (self.limits.groups, "groups"),
                    "sam" => (self.limits.groups, "objects of the account database"),
                    "admins" => (1, "administrators' groups from elsewhere"),
                    "pipe" => (2, "interfaces that list accounts, shares and sessions"),
                    _ => (self.limits.objects, "directory objects"),
                };
                let gain = i64::from(n >= least)
                    + i64::from(*kind != "pipe" && n >= least * 10)
                    + i64::from(*kind == "pipe" && n >= 4);
                if gain > 0 {
                    points += gain;
                    parts.push(format!("{n} {name}"));
                    shown.extend(objects.iter().copied());
                }
            }
            // Inventories and scanners read the same every day: a habit, unless it grows.
            let habit = known.contains(around::habit(user, ENUMERATION).as_str());
            if points > if habit { 1 } else { 0 } {
                told.push((points, user, parts.join(", "), shown));
            }
        }
        let (points, user, what, _) =
            told.iter().max_by_key(|(points, user, ..)| (*points, std::cmp::Reverse(*user)))?;
        let others = if told.len() > 1 { format!(" (and {} accounts more)", told.len() - 1) } else { String::new() };
        let draft = Draft::new(format!("{} read {what} on {host} within an hour{others}", who(user)))
            .severity_by(*points, 2, 5, 9);
        let lines: Vec<String> = told.iter().map(|(_, user, what, _)| format!("{}: {what}.", who(user))).collect();
        let draft = draft.host(host, "target").describe(format!(
            "{}\nCounted are distinct objects within the hour; the machine's own accounts are left out.",
            lines.join("\n")
        ));
        let draft = told.iter().fold(draft, |draft, (_, user, ..)| draft.user(*user, "actor"));
        let shown: Vec<&Member<'_>> = told.into_iter().flat_map(|(.., shown)| shown).collect();
        Some(
            draft
                .figure("objects", shown.len() as i64)
                .evidences(shown.iter().take(20).map(|member| member.evidence("object read"))),
        )
    }

    /// Replication by computers: a fellow controller has a past.
    fn replicated(&self, state: &State, bucket: Bucket, host: &str) -> Option<Draft> {
        let new = self.computers.new_within(state, bucket);
        let first = new.first()?;
        let age = self.computers.age(state, first.first);
        let cold = age < 3 * DAY;
        let draft = Draft::new(format!("{} asked {host} for all secrets of the directory by replication", first.name))
            .host(host, "target");
        let text = match cold {
            true => "Cold start: a computer account replicates the directory, as fellow domain controllers do; which ones are controllers is not known yet.".to_owned(),
            false => format!("A computer account that did not replicate within the last {} does now: a new controller, or a stolen computer account.", crate::text::span(age)),
        };
        let draft = new.iter().fold(draft, |draft, computer| {
            draft.user(computer.name, "actor").evidence(computer.evidence("replication"))
        });
        Some(draft.describe(text).severity(if cold { Severity::Low } else { Severity::High }))
    }

    /// Tells the spread memory of services that were installed by somebody from elsewhere.
    fn spread(&self, group: &mut Group<'_>, out: &mut Out<'_>, rows: &[Row<'_>]) {
        let (Some(from), Some(to)) = (rows.iter().map(Row::time).min(), rows.iter().map(Row::time).max()) else {
            return;
        };
        let acts = &self.acts[Kind::Service as usize];
        let host = group.part(0).to_owned();
        let mut signals = Vec::new();
        for act in acts.all(group.state(), from.saturating_sub(ARRIVAL), to.saturating_add(ARRIVAL)) {
            let odd = act.weight > Severity::Low;
            let arrivals = self.arrived(group.state(), act.member.first);
            let tell = |by: String, trusted: bool| {
                Signal::new(self.spread, act.member.first)
                    .origin(act.member.origin)
                    .text(&*by)
                    .text(&*host)
                    .text(act.what)
                    .text(act.who)
                    .integer(i64::from(odd))
                    .integer(i64::from(trusted))
            };
            for arrival in &arrivals {
                signals.push(tell(format!("{} from {}", arrival.user, arrival.from), arrival.is_trusted()));
            }
            let trusted = behind(&arrivals, act.who).is_some_and(Arrival::is_trusted);
            if odd && is_person(act.who) {
                signals.push(tell(act.who.to_owned(), trusted));
            }
            if let Some(service) = act.member.seen("win_service.name").filter(|_| odd) {
                signals.push(tell(format!("service {}", service.to_lowercase()), trusted));
            }
        }
        signals.into_iter().for_each(|signal| out.signal(group, signal));
    }
}

/// What a call's rows touched.
#[derive(Debug, Default)]
struct Touched {
    acts: u32,
    arrived: bool,
    counted: bool,
    computers: bool,
}

/// Whether a product is a tunnel, which weighs more.
pub fn is_tunnel(product: &str) -> bool {
    remote_tool::TUNNELS.contains(&product)
}
