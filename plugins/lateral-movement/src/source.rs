//! The memory of a source address: what network sensors see it do to others.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::acts::{Act, Acts, Setting, Told, heaviest, shown};
use crate::asks;
use crate::habits;
use crate::records::{Rpc, ShareAccess};
use crate::rules::{admin_share, coercion, directory, enumeration};
use crate::signs::{Signs, number, raw, text};
use crate::text::{REACHING, any, clock, is};

/// Ports by which hosts are administered.
const PORTS: &[i64] = &[22, 135, 139, 445, 3389, 5900, 5985, 5986];

/// The memory, configured.
#[derive(Debug)]
pub struct Source {
    pub space: KeySpace,
    signs: Signs,
    calls: Reading,
    files: Reading,
    connections: Reading,
    refused: Reading,
    execution: Acts,
    replication: Acts,
    coercion: Acts,
    habits: FirstSeen,
    shares: Acts,
    listed: Tally,
    enumeration: Rule,
    targets: Tally,
    known: FirstSeen,
    fan_out: Rule,
    probes: Tally,
    scan: Rule,
    limits: (u64, u64),
}

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Source {
    let space = plan.key_space("source", ["src_endpoint.address"]);
    let mut signs = Signs::default();
    let endpoints = [
        "svcctl",
        "atsvc",
        "itaskschedulerservice",
        "winreg",
        "iwbemservices",
        "iremotewinspool",
        "drsuapi",
        "samr",
        "srvsvc",
        "wkssvc",
        "lsarpc",
        "netlogon",
        "idispatch",
        "efsrpc",
        "netdfs",
        "spoolss",
        "fssagentrpc",
        "eventlog",
        "even",
    ];
    let mut calls = plan.read("smb_activity", space).when(all([one_of("dce_rpc.endpoint", endpoints)]));
    asks!(calls, signs: endpoint, operation, target, target_host);
    let calls = calls.done();
    let mut files = plan
        .read("smb_activity", space)
        .when(all([one_of("metadata.log_provider", ["zeek"]), suffix("share", ["$", "$\\"])]));
    asks!(files, signs: share, file, verb, target);
    let files = files.done();
    let inside = || zone("dst_endpoint.ip", ["internal"]);
    let mut connections = plan.read("network_activity", space).when(all([
        eq_any("dst_endpoint.port", PORTS.iter().copied()),
        eq_any("activity_id", [1, 6]),
        inside(),
    ]));
    asks!(connections, signs: target, port, role);
    let connections = connections.done();
    let failed = || one_of("status_code", ["S0", "REJ", "RSTO", "RSTOS0", "RSTR", "RSTRH", "SH"]);
    let mut refused = plan.read("network_activity", space).when(all([eq("activity_id", 5), inside()])).when(all([
        eq("activity_id", 6),
        failed(),
        inside(),
    ]));
    asks!(refused, signs: target, port, role);
    let refused = refused.done();
    let mut acts = |id: &str, title: &str, severity: Severity, techniques: &[(&str, &str)], advice: &str| {
        let rule = plan.rule(id, space).title(title).weighs(severity, 55).bucket(HOUR).advice(advice);
        let rule = techniques.iter().fold(rule, |rule, (id, shown)| rule.technique(id, shown)).done();
        (rule, Acts::window(plan, space))
    };
    let execution = acts(
        "rpc-execution",
        "Services, tasks or WMI of another host steered over the network",
        Severity::Medium,
        &[
            ("T1021.002", "calls to the service manager, task scheduler or registry"),
            ("T1569.002", "service made or started"),
            ("T1047", "WMI method called"),
        ],
        "Find the account by the logons on the target at that second, and what was started there.",
    );
    let replication = acts(
        "rpc-replication",
        "The directory's changes asked for over the network",
        Severity::Low,
        &[("T1003.006", "DRSGetNCChanges")],
        "Check whether the source is a domain controller. If not, isolate it and treat all passwords of the domain as known.",
    );
    let coercion = acts(
        "rpc-coercion",
        "Hosts asked to log on elsewhere, as a sensor saw it",
        Severity::Medium,
        &[("T1187", "procedures that take a path of another host"), ("T1557.001", "what comes of it is relayed")],
        "Look for logons of the asked host's own account from the source's address. Require signing for the directory and for web enrolment.",
    );
    let shares = acts(
        "smb-admin-share",
        "Administrative shares reached, as a sensor saw it",
        Severity::Low,
        &[("T1021.002", "ADMIN$ or the root share of a drive"), ("T1570", "program written there")],
        "Save the file on the target and look for what started it.",
    );
    let listed = plan.tally(space, HOUR).members(48);
    let enumeration = plan
        .rule("rpc-enumeration", space)
        .title("Accounts, groups or shares listed over the network")
        .weighs(Severity::Low, 35)
        .bucket(HOUR)
        .technique("T1087.002", "calls that list accounts")
        .technique("T1069.002", "calls that list groups")
        .technique("T1135", "calls that list shares and sessions")
        .advice("Look on the source for the program that asked.")
        .done();
    let targets = plan.tally(space, 5 * MINUTE).members(40);
    let known = plan.first_seen(space, settings.absence.nanos()).members(320);
    let fan_out = plan
        .rule("port-fan-out", space)
        .title("Administration ports of many hosts reached")
        .weighs(Severity::Low, 50)
        .bucket(30 * MINUTE)
        .reach(10 * MINUTE)
        .lookback(known.absence())
        .technique("T1018", "many hosts tried")
        .technique("T1021", "by ports of administration")
        .technique("T1135", "file sharing tried")
        .advice("Find out what runs on the source. A scanner of your own belongs into the inventory as role `scanner`.")
        .done();
    let probes = plan.tally(space, 5 * MINUTE).members(64);
    let scan = plan
        .rule("port-scan", space)
        .title("Many refused connections to inside hosts")
        .weighs(Severity::Low, 50)
        .bucket(30 * MINUTE)
        .reach(10 * MINUTE)
        .technique("T1046", "many different ports or hosts refused")
        .advice("Find out what runs on the source.")
        .done();
    let habits = plan.first_seen(space, 30 * DAY).members(24);
    // Behind the others: states that were written before them stay readable.
    let mut whole = |(rule, light)| Acts { rule, light, heavy: Acts::window(plan, space) };
    let (execution, replication, coercion, shares) =
        (whole(execution), whole(replication), whole(coercion), whole(shares));
    let limits = (settings.fan_out, settings.probes);
    Source {
        space,
        signs,
        calls,
        files,
        connections,
        refused,
        execution,
        replication,
        coercion,
        habits,
        shares,
        listed,
        enumeration,
        targets,
        known,
        fan_out,
        probes,
        scan,
        limits,
    }
}

impl Source {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let mut touched = [false; 7];
        for row in group.rows() {
            match () {
                () if row.is(self.calls) => self.call(group, &row, &mut touched),
                () if row.is(self.files) => touched[2] |= self.file(group, &row),
                () if row.is(self.connections) => touched[4] |= self.connection(group, &row),
                () if row.is(self.refused) => touched[5] |= self.refusal(group, &row),
                () => {}
            }
        }
        let source = group.part(0);
        for (at, acts) in [(0, &self.execution), (1, &self.replication), (2, &self.shares), (6, &self.coercion)] {
            if touched[at] {
                out.review(group, acts.rule, |state, bucket| {
                    // Connectors, monitors and administrators' hosts do the same every day.
                    let known = habits::known(self.habits, state, bucket.start.saturating_sub(habits::BEFORE));
                    let is_new = |act: &Told<'_>| act.weight > Severity::Low || !known.contains(act.what);
                    told(&acts.of(state, bucket).into_iter().filter(is_new).collect::<Vec<_>>(), source)
                });
            }
        }
        if touched[3] {
            out.review(group, self.enumeration, |state, bucket| self.enumerated(state, bucket, source));
        }
        if touched[4] {
            out.review(group, self.fan_out, |state, bucket| self.fanned(state, bucket, source));
        }
        if touched[5] {
            out.review(group, self.scan, |state, bucket| self.scanned(state, bucket, source));
        }
    }

    fn call(&self, group: &mut Group<'_>, row: &Row<'_>, touched: &mut [bool; 7]) {
        let signs = &self.signs;
        let rpc = Rpc { endpoint: text(row, signs.endpoint), operation: text(row, signs.operation) };
        let seen = [
            ("dce_rpc.endpoint", raw(row, signs.endpoint)),
            ("dce_rpc.operation", raw(row, signs.operation)),
            ("dst_endpoint.ip", raw(row, signs.target)),
        ];
        let to = raw(row, signs.target).unwrap_or_default();
        if let Some(act) = execution(&rpc) {
            self.habits.add(group, Entry::of(row, &act.what));
            self.execution.add(group, row, &act, Setting { who: "", from: to, seen: &seen });
            touched[0] = true;
        }
        if let Some(act) = directory::rpc(&rpc) {
            self.habits.add(group, Entry::of(row, &act.what));
            self.replication.add(group, row, &act, Setting { who: "", from: to, seen: &seen });
            touched[1] = true;
        }
        if let Some(act) = coercion::rpc(&rpc) {
            self.coercion.add(group, row, &act, Setting { who: "", from: to, seen: &seen });
            touched[6] = true;
        }
        if let Some(counted) = enumeration::rpc(&rpc) {
            self.listed.add(group, Entry::of(row, &counted.object).seen(&seen));
            touched[3] = true;
        }
    }

    fn file(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        let verb = text(row, signs.verb);
        let access = ShareAccess {
            share: text(row, signs.share).trim_end_matches('\\').to_owned(),
            path: text(row, signs.file),
            writes: any(&verb, &["write", "rename"]),
            ..ShareAccess::default()
        };
        let seen = [
            ("share", raw(row, signs.share)),
            ("file.path", raw(row, signs.file)),
            ("command", raw(row, signs.verb)),
            ("dst_endpoint.ip", raw(row, signs.target)),
        ];
        let written = admin_share::program(&access)
            .and_then(|weight| Act::new(weight, format!("wrote program {}", crate::text::short(&access.path, 80))));
        match written.or_else(|| admin_share::share(&access, true)) {
            Some(act) => {
                // What weighs more is told whenever it is done, and names a program of its own each time.
                if act.weight <= Severity::Low {
                    self.habits.add(group, Entry::of(row, &act.what));
                }
                self.shares.add(
                    group,
                    row,
                    &act,
                    Setting { who: "", from: raw(row, signs.target).unwrap_or_default(), seen: &seen },
                );
                true
            }
            None => false,
        }
    }

    fn connection(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        let Some(target) = raw(row, signs.target).filter(|target| *target != group.part(0)) else { return false };
        let seen = [("src_endpoint.role", raw(row, signs.role))];
        self.targets.add(group, Entry::of(row, target).seen(&seen));
        self.known.add(group, Entry::of(row, target));
        true
    }

    fn refusal(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        let Some(target) = raw(row, signs.target) else { return false };
        let port = number(row, signs.port).unwrap_or_default();
        let seen = [("src_endpoint.role", raw(row, signs.role))];
        self.probes.add(group, Entry::of(row, &format!("{target} {port}")).seen(&seen));
        self.known.add(group, Entry::of(row, target));
        true
    }

    fn enumerated(&self, state: &State, bucket: Bucket, source: &str) -> Option<Draft> {
        let listed = self.listed.within(state, bucket);
        let n = listed.distinct();
        // A logon of Windows itself opens and looks up; it does not list by several procedures.
        if n < 3 {
            return None;
        }
        let members = listed.members();
        let names: Vec<&str> = members.iter().take(8).map(|member| member.name).collect();
        let draft =
            Draft::new(format!("{source} listed accounts, groups or shares of other hosts by {n} different calls"))
                .describe(format!("Calls: {}; {} in all within an hour.", names.join(", "), listed.count()));
        let draft = draft.address(source, "source").figure("calls", n).severity(if n >= 8 {
            Severity::Medium
        } else {
            Severity::Low
        });
        Some(draft.evidences(members.iter().map(|member| member.evidence("call"))))
    }

    fn fanned(&self, state: &State, bucket: Bucket, source: &str) -> Option<Draft> {
        let window = self.targets.sliding(state, bucket, |window| window.distinct() >= self.limits.0)?;
        let n = window.distinct();
        let members = window.members();
        let new = habits::new_of(n, &members, &habits::known(self.known, state, window.since()?));
        let age = self.known.age(state, bucket.start);
        let cold = age < 7 * DAY;
        // A scanner or a management server knows its hosts.
        let severity = match () {
            () if cold || is_reaching(&members) => Severity::Low,
            () if new.saturating_mul(2) >= n && n >= self.limits.0.saturating_mul(4) => Severity::High,
            () if new.saturating_mul(2) >= n => Severity::Medium,
            () => return None,
        };
        let text = format!(
            "From {} UTC on, {} connections to ports of administration (file sharing, remote desktop, remote management, SSH) of {n} inside hosts within ten minutes; {new} of them are new to the source. {}",
            clock(window.since()?),
            window.count(),
            if cold {
                "Cold start: its past is shorter than a week.".into()
            } else {
                format!("Its past is {} long.", crate::text::span(age))
            }
        );
        let draft = Draft::new(format!("{source} reached administration ports of {n} hosts within ten minutes"))
            .describe(text)
            .address(source, "source")
            .severity(severity);
        let draft = draft.figure("hosts", n).figure("new_hosts", new).figure("connections", window.count());
        Some(
            draft
                .span(window.since()?, window.until()?)
                .evidences(members.iter().map(|member| member.evidence("first connection to this host"))),
        )
    }

    fn scanned(&self, state: &State, bucket: Bucket, source: &str) -> Option<Draft> {
        let window = self.probes.sliding(state, bucket, |window| window.distinct() >= self.limits.1)?;
        let members = window.members();
        let pairs = || members.iter().filter_map(|member| member.name.split_once(' '));
        let hosts: Set<&str> = pairs().map(|(host, _)| host).collect();
        let ports: Set<&str> = pairs().map(|(_, port)| port).collect();
        // A scanner of the house meets the same hosts every night.
        let known = habits::known(self.known, state, bucket.start.saturating_sub(habits::BEFORE));
        let new = hosts.difference(&known).count();
        let by_trade = is_reaching(&members) || new * 2 < hosts.len();
        let n = window.distinct();
        let title = format!("{source} was refused at {n} ports of {} inside hosts within ten minutes", hosts.len());
        let draft = Draft::new(title)
            .describe(format!(
                "{} refused connections from {} UTC on, to {} different ports.",
                window.count(),
                clock(window.since()?),
                ports.len()
            ))
            .address(source, "source")
            .severity(if n >= self.limits.1.saturating_mul(4) && !by_trade { Severity::Medium } else { Severity::Low })
            .figure("targets", n)
            .figure("hosts", hosts.len() as i64)
            .figure("new_hosts", new as i64)
            .figure("ports", ports.len() as i64);
        Some(
            draft
                .span(window.since()?, window.until()?)
                .evidences(members.iter().map(|member| member.evidence("refused"))),
        )
    }
}

/// Whether the source's role in the inventory is to reach many hosts.
fn is_reaching(members: &[Member<'_>]) -> bool {
    members.iter().filter_map(|member| member.seen("src_endpoint.role")).any(|role| is(role, REACHING))
}

/// Judges a call that steers another host.
fn execution(rpc: &Rpc) -> Option<Act> {
    let (endpoint, operation) = (rpc.endpoint.as_str(), rpc.operation.as_str());
    match endpoint {
        "svcctl" if any(operation, &["createservice", "startservice", "changeserviceconfig", "deleteservice"]) => {
            Act::medium("made, changed or started a service")
        }
        "svcctl" => Act::low("asked the service manager"),
        "atsvc" | "itaskschedulerservice" if any(operation, &["add", "register", "run", "create"]) => {
            Act::medium("made or started a scheduled task")
        }
        "atsvc" | "itaskschedulerservice" => Act::low("asked the task scheduler"),
        "iwbemservices" if any(operation, &["execmethod", "putinstance"]) => Act::medium("called a WMI method"),
        "winreg" if any(operation, &["save", "setvalue", "createkey"]) => Act::medium("saved or changed registry keys"),
        "winreg" => Act::low("reached the registry"),
        _ => None,
    }
}

/// One alert for a source's acts against others.
fn told(acts: &[Told<'_>], source: &str) -> Option<Draft> {
    let top = acts.iter().max_by_key(|act| (act.weight, std::cmp::Reverse(act.member.first)))?;
    let targets: Set<&str> = acts.iter().map(|act| act.from).filter(|to| !to.is_empty()).collect();
    let on = match targets.len() {
        0 => String::new(),
        1 => format!(" on {}", top.from),
        n => format!(" on {n} hosts"),
    };
    let severity = if targets.len() >= 3 && top.weight == Severity::Medium { Severity::High } else { top.weight };
    let lines: Vec<String> = heaviest(acts, 8)
        .into_iter()
        .map(|act| {
            format!("{} UTC: {} on {}, {} records.", clock(act.member.first), act.what, act.from, act.member.count)
        })
        .collect();
    let draft = Draft::new(format!("{source} {}{on}", top.what))
        .describe(lines.join("\n"))
        .address(source, "source")
        .severity(severity)
        .figure("targets", targets.len() as i64);
    let draft = targets.into_iter().fold(draft, |draft, target| draft.address(target, "target"));
    Some(shown(draft, acts))
}
