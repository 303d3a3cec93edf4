//! The memory of an account: hosts and sources that it uses, services that it asks tickets for.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::asks;
use crate::records::Ticket;
use crate::rules::{logon_edges, tickets};
use crate::signs::{Signs, number, raw, text};
use crate::text::{clock, is_person};
use crate::wants::NOBODY;

/// The memory, configured.
#[derive(Debug)]
pub struct User {
    pub space: KeySpace,
    signs: Signs,
    logons: Reading,
    tickets: Reading,
    extra: Extra,
    hosts: FirstSeen,
    sources: FirstSeen,
    services: Tally,
    burst: Tally,
    every: Reading,
    edges: Rule,
    roasting: Rule,
    limits: logon_edges::Limits,
    roasted: (u64, u64),
}

/// Different services that accounts run, within five minutes, whose tickets one account gets: no client uses so many.
const COLLECTED: u64 = 8;

/// Facts of the inventory about a logon.
#[derive(Clone, Copy, Debug)]
struct Extra {
    zone: Text,
    role: Text,
    own_role: Text,
    privileged: Text,
    service_account: Text,
    off_hours: Text,
}

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> User {
    let space = plan.key_space("user", ["user.canonical"]);
    let mut signs = Signs::default();
    let person = || not(suffix("user.name", ["$"]));
    let named = || not(one_of("user.name", NOBODY.iter().copied()));
    let mut logons = plan
        .read("authentication", space)
        .when(all([
            eq("activity_id", 1),
            eq("status_id", 1),
            eq_any("logon_type_id", [3, 10]),
            present("src_endpoint.ip"),
            person(),
            named(),
        ]))
        .when(all([
            eq("activity_id", 1),
            eq("metadata.event_code", 4648),
            person(),
            named(),
            present("dst_endpoint.hostname"),
        ]));
    asks!(logons, signs: source, target_host, host, logon, code);
    let extra = Extra {
        zone: logons.text("src_endpoint.zone"),
        role: logons.text("src_endpoint.role"),
        own_role: logons.text("device.role"),
        privileged: logons.text("user.privileged"),
        service_account: logons.text("user.service_account"),
        off_hours: logons.text("off_hours"),
    };
    let logons = logons.done();
    let old = || eq_any("authentication_token.encryption_details.algorithm_id", [0x17, 0x18, 0x1, 0x3]);
    let mut asked = plan.read("authentication", space).when(all([
        eq("activity_id", 4),
        eq("status_id", 1),
        old(),
        not(suffix("service.name", ["$"])),
        person(),
    ]));
    asks!(asked, signs: account, ticket_service, cipher, source, host);
    let asked = asked.done();
    // Of today's ciphers too: who asks for many at once collects them.
    let mut every = plan.read("authentication", space).when(all([
        eq("activity_id", 4),
        eq("status_id", 1),
        not(suffix("service.name", ["$"])),
        not(prefix("service.name", ["krbtgt"])),
        person(),
    ]));
    asks!(every, signs: account, ticket_service, cipher, source, host);
    let every = every.done();
    let burst = plan.tally(space, 5 * MINUTE).members(24);
    let hosts = plan.first_seen(space, settings.absence.nanos()).members(512);
    let sources = plan.first_seen(space, settings.absence.nanos()).members(256);
    let services = plan.tally(space, HOUR).members(64);
    let edges = plan
        .rule("logon-fan-out", space)
        .title("An account on several hosts that are new to it")
        .weighs(Severity::Low, 40)
        .bucket(HOUR)
        .lookback(hosts.absence().max(sources.absence()))
        .technique("T1021.001", "remote desktop logons")
        .technique("T1021.002", "network logons")
        .technique("T1078.002", "a valid account")
        .advice("Ask the account's owner. If it was not planned: disable the account, isolate the source, and look on each host for services, tasks and programs made in the minutes after the logon.")
        .done();
    let roasting = plan
        .rule("roasting", space)
        .title("Tickets of an old cipher for several services")
        .weighs(Severity::Low, 40)
        .bucket(HOUR)
        .technique("T1558.003", "4769 with RC4 or DES for services of user accounts")
        .advice("Find what asked on the source. Give the services long random passwords and forbid the old ciphers for them; reset those that were asked for.")
        .done();
    let limits = logon_edges::Limits { hosts: settings.new_hosts, learning: settings.learning.nanos() };
    let roasted = (settings.roasted_services, settings.roasted_services.saturating_mul(2));
    User {
        space,
        signs,
        logons,
        tickets: asked,
        extra,
        hosts,
        sources,
        services,
        burst,
        every,
        edges,
        roasting,
        limits,
        roasted,
    }
}

impl User {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let user = group.part(0);
        if !is_person(user) {
            return;
        }
        let (mut logons, mut asked) = (false, false);
        for row in group.rows() {
            if row.is(self.logons) {
                logons |= self.logon(group, &row);
            } else if row.is(self.tickets) {
                asked |= self.ticket(group, &row);
            } else if row.is(self.every) {
                asked |= self.any_ticket(group, &row);
            }
        }
        if logons {
            out.review(group, self.edges, |state, bucket| {
                let hosts = self.hosts.new_within(state, bucket);
                let age = hosts.first().map_or(0, |host| self.hosts.age(state, host.first));
                let edges = logon_edges::Edges { user, sources: self.sources.new_within(state, bucket), age, hosts };
                logon_edges::judge(&edges, self.limits)
            });
        }
        if asked {
            out.review(group, self.roasting, |state, bucket| self.roasted(state, bucket, user));
        }
    }

    fn logon(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        // 4648 is written on the source and names the target; the others are written on the target.
        let explicit = number(row, signs.code) == Some(4648);
        let Some(host) =
            (if explicit { raw(row, signs.target_host) } else { raw(row, signs.host).or(raw(row, signs.target_host)) })
        else {
            return false;
        };
        let source = if explicit { raw(row, signs.host) } else { raw(row, signs.source) };
        if source.is_none() || source == Some(host) {
            return false;
        }
        let kind = match number(row, signs.logon) {
            Some(10) => "10",
            Some(3) => "3",
            _ => "explicit",
        };
        let extra = &self.extra;
        let seen = [
            ("src_endpoint.ip", source),
            ("logon_type_id", Some(kind).filter(|kind| *kind != "3")),
            // What is usual is not kept: a host is remembered for months.
            ("src_endpoint.zone", row.text(extra.zone).filter(|zone| *zone != "internal")),
            ("src_endpoint.role", row.text(extra.role)),
            (
                "device.role",
                row.text(extra.own_role).filter(|role| role.contains("client") || role.contains("workstation")),
            ),
            ("user.privileged", row.text(extra.privileged).filter(|told| *told == "true")),
            ("user.service_account", row.text(extra.service_account).filter(|told| *told == "true")),
            ("off_hours", row.text(extra.off_hours).filter(|told| *told == "true")),
        ];
        self.hosts.add(group, Entry::of(row, host).seen(&seen));
        if let Some(source) = source {
            self.sources.add(group, Entry::of(row, source));
        }
        true
    }

    fn ticket(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        let ticket = Ticket {
            name: text(row, signs.account),
            service: text(row, signs.ticket_service),
            cipher: number(row, signs.cipher).unwrap_or_default(),
            given: true,
            ..Ticket::default()
        };
        if !tickets::roastable(&ticket) {
            return false;
        }
        let seen = [
            ("service.name", raw(row, signs.ticket_service)),
            ("src_endpoint.ip", raw(row, signs.source)),
            ("device.hostname", raw(row, signs.host)),
        ];
        self.services.add(group, Entry::of(row, &ticket.service).seen(&seen));
        true
    }

    fn any_ticket(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let Some(service) = raw(row, self.signs.ticket_service) else { return false };
        self.burst.add(group, Entry::of(row, service).seen(&[("src_endpoint.ip", raw(row, self.signs.source))]));
        true
    }

    fn roasted(&self, state: &State, bucket: Bucket, user: &str) -> Option<Draft> {
        let services = self.services.within(state, bucket);
        let (n, members) = (services.distinct(), services.members());
        let old = || self.old(&members, n, services.count(), user);
        if n >= self.roasted.0 { old() } else { self.collected(state, bucket, user).or_else(old) }
    }

    /// Tickets of any cipher for many services within minutes.
    fn collected(&self, state: &State, bucket: Bucket, user: &str) -> Option<Draft> {
        let window = self.burst.sliding(state, bucket, |window| window.distinct() >= COLLECTED)?;
        let (n, members) = (window.distinct(), window.members());
        let names: Vec<&str> = members.iter().take(12).map(|member| member.name).collect();
        let sources: Set<&str> = members.iter().filter_map(|member| member.seen("src_endpoint.ip")).collect();
        let from = sources.first().map_or(String::new(), |from| format!(" from {from}"));
        let draft = Draft::new(format!("{user} got tickets for {n} services of accounts{from} within minutes"))
            .describe(format!("From {} UTC on: {}. A client asks for the few services that it uses; who collects tickets to crack them asks for all.", clock(window.since()?), names.join(", ")))
            .user(user, "actor")
            .severity(Severity::Medium)
            .figure("services", n)
            .figure("tickets", window.count());
        let draft = sources.into_iter().fold(draft, |draft, source| draft.address(source, "source"));
        Some(draft.evidences(members.iter().map(|member| member.evidence("ticket for a service of an account"))))
    }

    fn old(&self, members: &[Member<'_>], n: u64, count: u64, user: &str) -> Option<Draft> {
        let first = members.first()?;
        let severity = match n {
            n if n >= self.roasted.1 => Severity::High,
            n if n >= self.roasted.0 => Severity::Medium,
            _ => Severity::Low,
        };
        let from = first.seen("src_endpoint.ip").map_or(String::new(), |from| format!(" from {from}"));
        let what = if n == 1 { format!("service {}", first.name) } else { format!("{n} services") };
        let names: Vec<&str> = members.iter().take(12).map(|member| member.name).collect();
        let draft = Draft::new(format!("{user} got tickets of an old cipher for {what}{from} within an hour"))
            .describe(format!("From {} UTC on: {}. Such tickets can be cracked without the network; clients of today ask for AES unless told otherwise.", clock(first.first), names.join(", ")))
            .user(user, "actor")
            .severity(severity)
            .figure("services", n)
            .figure("tickets", count);
        let sources: Set<&str> = members.iter().filter_map(|member| member.seen("src_endpoint.ip")).collect();
        let draft = sources.into_iter().fold(draft, |draft, source| draft.address(source, "source"));
        Some(draft.evidences(members.iter().map(|member| member.evidence("ticket of an old cipher"))))
    }
}
