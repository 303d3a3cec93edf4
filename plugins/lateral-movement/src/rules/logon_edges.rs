//! `logon-fan-out`: an account logs on to several hosts that are new to it, within an hour.
//!
//! Meaning: takeover of clients and servers goes along edges user → host that were never used. Novelty alone floods (people
//! get new machines and new file servers), so the sum of oddities decides. ATT&CK: T1021.001 (remote desktop), T1021.002
//! (network logons), T1078.002 (domain accounts).
//!
//! Oddities, a point each: 3 new hosts (setting), twice and four times as many; a remote desktop among them; a source that
//! is new to the account; a source in the VPN pool or among clients that leads to a client; outside office hours; a
//! privileged account. Medium from 3 points, high from 5. Without a past of a week (setting) it is a cold start, which is
//! said, and low.
//!
//! False alarms: an administrator on a jump host or a workstation for administration (role of the inventory: low up to twice
//! the limit), a new employee (short past: cold start), scanners and management accounts (their hosts are known after
//! the first round; `service_account` of the inventory takes a point away), ticket noise of domain controllers (one host each).

use sekisho_sdk::prelude::*;

use crate::text::{clock, span};

/// An account's logons within an hour.
#[derive(Debug)]
pub struct Edges<'s> {
    /// The account.
    pub user: &'s str,
    /// Hosts that are new to it.
    pub hosts: Vec<Member<'s>>,
    /// Sources that are new to it.
    pub sources: Vec<Member<'s>>,
    /// How long its past is, nanoseconds.
    pub age: i64,
}

/// What makes it fire.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// New hosts within an hour.
    pub hosts: usize,
    /// A past shorter than this is a cold start, nanoseconds.
    pub learning: i64,
}

/// Judges the logons of an hour.
pub fn judge(edges: &Edges<'_>, limits: Limits) -> Option<Draft> {
    let new = edges.hosts.len();
    let is = |path: &str, value: &str| edges.hosts.iter().filter(|host| host.seen(path) == Some(value)).count();
    let desktop = is("logon_type_id", "10");
    if new < limits.hosts.max(1) {
        return None;
    }
    let zone = |at: &str, zones: &[&str]| {
        edges.hosts.iter().any(|host| host.seen(at).is_some_and(|zone| zones.contains(&zone)))
    };
    let clients =
        zone("src_endpoint.role", &["client", "workstation"]) && zone("device.role", &["client", "workstation"]);
    let oddities = [
        (true, format!("{new} hosts new to the account")),
        (new >= 2 * limits.hosts, "twice the limit".into()),
        (new >= 4 * limits.hosts, "four times the limit".into()),
        (desktop > 0, format!("{desktop} of them by remote desktop")),
        (!edges.sources.is_empty() && edges.sources.len() < new, "from a source new to it".into()),
        (zone("src_endpoint.zone", &["vpn", "vpn-pool", "vpn_pool"]), "from the VPN pool".into()),
        (clients, "from client to client".into()),
        (is("off_hours", "true") > 0, "outside office hours".into()),
        (is("user.privileged", "true") > 0, "a privileged account".into()),
    ];
    let service = is("user.service_account", "true") > 0;
    let found: Vec<&str> = oddities.iter().filter(|(holds, _)| *holds).map(|(_, what)| what.as_str()).collect();
    let points = found.len() as i64 - i64::from(service);
    let cold = edges.age < limits.learning;
    let user = edges.user;
    let title = format!("{user} logged on to {new} hosts that are new to it within an hour{}", from(&edges.hosts));
    let past = match cold {
        true => format!(
            "Cold start: the account's past is only {} long, so what is new may be new to the detector alone.",
            span(edges.age)
        ),
        false => format!("The account's past is {} long.", span(edges.age)),
    };
    let list: Vec<String> =
        edges.hosts.iter().take(12).map(|host| format!("{} {}", clock(host.first), host.name)).collect();
    let draft = Draft::new(title)
        .describe(format!("{}. {past} First logons (UTC): {}.", found.join("; "), list.join(", ")))
        .user(user, "actor")
        .figure("new_hosts", new as i64)
        .figure("oddities", points)
        .figure("past_days", edges.age / DAY);
    // Whoever works through a jump host reaches servers by trade.
    let jumped = zone("src_endpoint.role", &["jump-host", "admin-workstation"]) && new <= 2 * limits.hosts;
    let draft = if jumped && !cold {
        draft.severity(Severity::Low)
    } else if cold {
        draft.severity(Severity::Low).confidence(20)
    } else {
        draft.severity_by(points, 3, 5, 8)
    };
    let draft = edges.hosts.iter().fold(draft, |draft, host| draft.host(host.name, "target"));
    let sources: Set<&str> = edges.hosts.iter().filter_map(|host| host.seen("src_endpoint.ip")).collect();
    let draft = sources.into_iter().fold(draft, |draft, source| draft.address(source, "source"));
    Some(draft.evidences(edges.hosts.iter().map(|host| host.evidence("first logon to this host"))))
}

fn from(hosts: &[Member<'_>]) -> String {
    let sources: Set<&str> = hosts.iter().filter_map(|host| host.seen("src_endpoint.ip")).collect();
    match sources.len() {
        0 => String::new(),
        1 => format!(" from {}", sources.first().copied().unwrap_or_default()),
        n => format!(" from {n} sources"),
    }
}
