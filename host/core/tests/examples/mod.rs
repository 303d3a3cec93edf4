//! Examples of alerts, made by the code that publishes them.

use sekisho_core::contract::{
    Change, DetectorPlan, Entity, EntityKind, Evidence, Finding, Identity, Judged, KeySpace, Rule, Severity, Technique,
};
use sekisho_core::model::{Digest, Origin, SourceId, Time};
use sekisho_core::plan::{Configured, Plan, SourceSpec, Wants, build};
use sekisho_core::publish::{Alert, Context, draft, record};
use sekisho_core::state::{Names, StateKey, Store};

pub struct Example {
    pub title: &'static str,
    pub about: &'static str,
    pub alert: Alert,
}

/// 2025-10-01T11:32:00Z.
const START: i64 = 1_759_318_320 * Time::SECOND;

fn rule(id: &str, title: &str, severity: Severity, techniques: &[(&str, &str)], advice: &str) -> Rule {
    let shown = |(id, by): &(&str, &str)| Technique { id: (*id).into(), shown_by: (*by).into() };
    Rule {
        id: id.into(),
        key_space: 0,
        title: title.into(),
        severity,
        confidence: 80,
        techniques: techniques.iter().map(shown).collect(),
        judged: Judged::Immediate,
        bucket: 24 * 3600 * Time::SECOND as u64,
        advice: advice.into(),
        extra: vec![],
    }
}

fn configured(name: &str, key_space: &str, rules: Vec<Rule>) -> Configured {
    let identity = Identity {
        id: name.into(),
        version: "0.1.0".into(),
        title: name.into(),
        settings_schema: "{}".into(),
        extra: vec![],
    };
    let key_spaces = vec![KeySpace { name: key_space.into(), parts: 1 }];
    let plan = DetectorPlan { rules, key_spaces, ..DetectorPlan::default() };
    Configured { name: name.into(), plugin: Digest::of(name.as_bytes()), identity, settings: "{}".into(), plan }
}

pub fn plan() -> Plan {
    let services = rule(
        "service-fan-out",
        "Remote services created on several hosts",
        Severity::High,
        &[("T1021.002", "network logons to admin shares"), ("T1569.002", "services created seconds after the logons")],
        "Ask the owner of the account whether this was planned work. If not: disable the account, isolate the source, and \
         look for the service's binary on every target.",
    );
    let fan_in = rule(
        "destination-fan-in",
        "Several clients send much to one young destination",
        Severity::Critical,
        &[("T1048.002", "outbound volume over TLS")],
        "Block the destination at the firewall **and cut the VPN**: the intruder's path may outlive the containment. Then \
         find what the sources read from file servers before.",
    );
    let odd = rule("odd", "", Severity::Low, &[("T9999.001", ""), ("not an id", "")], "");
    let wants = Wants {
        detectors: vec![
            configured("lateral-movement", "user", vec![services]),
            configured("exfiltration", "destination", vec![fan_in]),
            configured("odd", "key", vec![odd]),
        ],
        sources: vec![
            SourceSpec { name: "logs.windows".into(), partitions: 6 },
            SourceSpec { name: "logs.firewall".into(), partitions: 6 },
        ],
        clocks: vec![],
        shards: 1,
        inventory: Digest::of(b"inventory"),
    };
    build(wants).unwrap()
}

fn entity(kind: EntityKind, name: &str, role: &str) -> Entity {
    Entity { kind, name: name.into(), role: role.into() }
}

fn seen(origin: u64, seconds: i64, role: &str, values: &[(&str, &str)]) -> Evidence {
    Evidence {
        origin,
        time: START + seconds * Time::SECOND + 120_000_000,
        role: role.into(),
        seen: values.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect(),
        extra: vec![],
    }
}

/// A service on each of these hosts.
pub fn services(hosts: &[&str]) -> Finding {
    let mut entities =
        vec![entity(EntityKind::User, r"mino\adm-ito", "account"), entity(EntityKind::Address, "10.8.0.23", "source")];
    let mut evidence = Vec::new();
    for (at, host) in (0..).zip(hosts) {
        entities.push(entity(EntityKind::Host, host, "target"));
        evidence.push(seen(
            1841 + 7 * at as u64,
            90 * at,
            if at == 0 { "first network logon" } else { "network logon" },
            &[
                ("user.name", r"mino\adm-ito"),
                ("src_endpoint.ip", "10.8.0.23"),
                ("src_endpoint.zone", "vpn"),
                ("device.hostname", host),
                ("logon_type_id", "3"),
            ],
        ));
        evidence.push(seen(
            1844 + 7 * at as u64,
            90 * at + 2,
            "service created",
            &[
                ("device.hostname", host),
                ("win_service.name", "PSEXESVC"),
                ("win_service.cmd_line", r"%SystemRoot%\PSEXESVC.exe"),
            ],
        ));
    }
    Finding {
        group: 0,
        rule: 0,
        since: evidence[0].time,
        until: evidence[evidence.len() - 1].time,
        change: Change::Stands,
        severity: if hosts.len() < 5 { Severity::High } else { Severity::Critical },
        confidence: 80,
        title: format!(r"mino\adm-ito created services on {} hosts from 10.8.0.23", hosts.len()),
        description: format!(
            "From the VPN address 10.8.0.23, mino\\adm-ito logged on to {} hosts within {} minutes and created a service \
             on each right after. The account never logged on to any of them in the 30 days before.",
            hosts.len(),
            hosts.len() * 3 / 2
        ),
        entities,
        figures: vec![("distinct_hosts".into(), hosts.len() as i64), ("first_seen_edges".into(), hosts.len() as i64)],
        evidence,
        extra: vec![],
    }
}

fn exfiltration() -> Finding {
    let source = |name: &str| entity(EntityKind::Address, name, "source");
    let flow = |origin, seconds, from: &str, bytes: &str| {
        let values = [
            ("src_endpoint.ip", from),
            ("dst_endpoint.ip", "198.51.100.77"),
            ("dst_endpoint.port", "443"),
            ("traffic.bytes_out", bytes),
        ];
        seen(origin, seconds, "flow to the destination", &values)
    };
    Finding {
        group: 0,
        rule: 0,
        since: START + 3600 * Time::SECOND,
        until: START + 30_000 * Time::SECOND,
        change: Change::Stands,
        severity: Severity::Critical,
        confidence: 85,
        title: "3 clients sent 41.9 GB to 198.51.100.77, first seen 8 hours ago".into(),
        description:
            "Three clients that never spoke to this destination before sent 41.9 GB to it and took 0.2 GB, nine \
                      tenths of it outside office hours."
                .into(),
        entities: vec![
            source("10.1.4.21"),
            source("10.1.4.35"),
            source("10.1.7.12"),
            entity(EntityKind::Address, "198.51.100.77", "destination"),
        ],
        figures: vec![
            ("bytes_out".into(), 41_900_000_000),
            ("bytes_in".into(), 200_000_000),
            ("distinct_sources".into(), 3),
        ],
        evidence: vec![
            flow(90_112, 3600, "10.1.4.21", "178000000"),
            flow(97_400, 9000, "10.1.4.35", "163000000"),
            flow(101_233, 14_400, "10.1.7.12", "181000000"),
        ],
        extra: vec![],
    }
}

/// What is published of one finding after another about one key.
fn published(detector: usize, files: bool, key: &str, findings: &[Finding]) -> Vec<Alert> {
    let plan = plan();
    let context = Context { plan: &plan, files, version: "0.1.0" };
    let about = StateKey::new(detector as u16, 0, &[key]);
    let mut store = Store::new(Names::from(&plan));
    let source = SourceId(u32::from(detector == 1));
    let origin = |token| Some(Origin { source, partition: 3, offset: token as i64, index: 0 });
    let mut alerts = Vec::new();
    for finding in findings {
        let draft = draft(&context, detector, &[key.to_owned()], finding, origin).unwrap();
        alerts.extend(record(&mut store, &about, draft, Time(finding.until)).unwrap());
    }
    alerts
}

/// One of each kind, for people and for the validators.
pub fn examples() -> Vec<Example> {
    let user = r"mino\adm-ito";
    let retracted = Finding {
        change: Change::Retracted,
        extra: vec![("reason".into(), "an earlier logon arrived late: the alert is told under its window".into())],
        ..services(&["fs01", "fs02", "app01"])
    };
    let told = [services(&["fs01", "fs02", "app01"]), services(&["fs01", "fs02", "app01", "dc01", "bak01"]), retracted];
    let mut lateral = published(0, false, user, &told).into_iter();
    let quiet = vec![("reason".into(), "nothing went there for 24 hours".into())];
    let closed = Finding { change: Change::Closed, extra: quiet, ..exfiltration() };
    let mut outbound = published(1, true, "198.51.100.77", &[exfiltration(), closed]).into_iter();
    let mut next = |title, about, from_files: bool| {
        let alert = if from_files { outbound.next() } else { lateral.next() };
        Example { title, about, alert: alert.unwrap() }
    };
    vec![
        next(
            "Opened",
            "The first revision, as `sekisho replay` and `demo` print it and as it stands on the topic.",
            false,
        ),
        next("Revised", "It grew: two hosts more, and more severe. Told at once, since that is news.", false),
        next(
            "Retracted",
            "A late row showed that the window began earlier. The alert is closed with its reason.",
            false,
        ),
        next("From files", "Under `replay` evidence names file and line.", true),
        next("Closed", "It is over: nothing more will come of it.", true),
    ]
}

/// Alerts of detectors that make the worst of it.
pub fn hostile() -> Vec<Alert> {
    let kinds = [
        EntityKind::User,
        EntityKind::Host,
        EntityKind::Address,
        EntityKind::Domain,
        EntityKind::File,
        EntityKind::Process,
        EntityKind::Service,
        EntityKind::Session,
        EntityKind::Share,
    ];
    let paths = [
        "user.name",
        "user.uid",
        "user.domain",
        "actor.user.name",
        "actor.user.domain",
        "actor.session.uid",
        "device.hostname",
        "device.ip",
        "device.domain",
        "src_endpoint.ip",
        "src_endpoint.port",
        "src_endpoint.zone",
        "dst_endpoint.ip",
        "dst_endpoint.port",
        "dst_endpoint.svc_name",
        "file.name",
        "file.path",
        "process.pid",
        "process.name",
        "process.cmd_line",
        "url.hostname",
        "url.path",
        "url.url_string",
        "query.hostname",
        "win_service.name",
        "win_service.cmd_line",
        "connection_info.protocol_name",
        "no.such.path",
        "",
        ".",
        "user",
    ];
    let values =
        ["", "-", "10.0.0.1", "fe80::1%eth0", "443", "99999", "\u{1}\u{202e}\"\\", "C:\\a\\b.exe", "\u{1f980}"];
    let mut findings = Vec::new();
    for value in values {
        // Each path alone, and neighbours together.
        let alone = paths.map(|path| vec![(path, value)]);
        let together = paths.windows(3).map(|three| three.iter().map(|path| (*path, value)).collect());
        let evidence = alone.into_iter().chain(together).map(|values: Vec<_>| seen(u64::MAX, 0, value, &values));
        findings.push(Finding {
            group: 0,
            rule: 0,
            since: i64::MIN,
            until: i64::MAX,
            change: Change::Stands,
            severity: Severity::Informational,
            confidence: 255,
            title: value.into(),
            description: value.into(),
            entities: kinds.map(|kind| entity(kind, value, value)).to_vec(),
            figures: vec![(value.into(), i64::MIN), (value.into(), i64::MAX)],
            evidence: evidence.collect(),
            extra: vec![],
        });
    }
    let split = |finding: &Finding| {
        let evidence = finding.evidence.chunks(40);
        evidence.map(|some| Finding { evidence: some.to_vec(), ..finding.clone() }).collect::<Vec<_>>()
    };
    let findings = findings.iter().flat_map(split);
    findings.flat_map(|finding| published(2, false, "", &[finding])).collect()
}
