//! The incident as different logs tell it, and the honest work that looks like it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use admin_abuse::AdminAbuse;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::{Bench, Findings};

/// Log lines as forwarders ship them; times are minutes after the first of April 2026, 10:00 UTC.
#[derive(Default)]
struct Stream(String);

// === impl Stream ===

impl Stream {
    fn line(&mut self, line: &str) -> &mut Self {
        writeln!(self.0, "{line}").unwrap();
        self
    }

    fn windows(
        &mut self,
        minute: i64,
        host: &str,
        (channel, provider, event): (&str, &str, u32),
        data: &str,
    ) -> &mut Self {
        let time = time(minute);
        self.line(&format!(
            r#"{{"@timestamp":"{time}","winlog":{{"channel":"{channel}","provider_name":"{provider}","event_id":{event},"computer_name":"{host}.corp.example","event_data":{{{data}}}}}}}"#
        ))
    }

    fn security(&mut self, minute: i64, host: &str, event: u32, data: &str) -> &mut Self {
        self.windows(minute, host, ("Security", "Microsoft-Windows-Security-Auditing", event), data)
    }

    fn service(&mut self, minute: i64, host: &str, name: &str, state: &str) -> &mut Self {
        let data = format!(r#""param1":"{name}","param2":"{state}""#);
        self.windows(minute, host, ("System", "Service Control Manager", 7036), &data)
    }

    /// 4688 with its command line.
    fn runs(&mut self, minute: i64, host: &str, user: &str, line: &str) -> &mut Self {
        let image = line.split(' ').next().unwrap();
        let sid = if user == "SYSTEM" { "S-1-5-18" } else { "S-1-5-21-1-2-3-1107" };
        let domain = if user == "SYSTEM" { "NT AUTHORITY" } else { "CORP" };
        let data = format!(
            r#""SubjectUserSid":"{sid}","SubjectUserName":"{user}","SubjectDomainName":"{domain}","SubjectLogonId":"0x77","NewProcessName":"C:\\Windows\\System32\\{image}","CommandLine":"{line}","ParentProcessName":"C:\\Windows\\System32\\cmd.exe""#
        );
        self.security(minute, host, 4688, &data)
    }

    fn logon(&mut self, minute: i64, host: &str, user: &str, from: &str) -> &mut Self {
        let data = format!(
            r#""TargetUserSid":"S-1-5-21-1-2-3-1177","TargetUserName":"{user}","TargetDomainName":"CORP","TargetLogonId":"0x51","LogonType":"3","IpAddress":"{from}","IpPort":"50123""#
        );
        self.security(minute, host, 4624, &data)
    }

    fn member(
        &mut self,
        minute: i64,
        host: &str,
        event: u32,
        actor: &str,
        group: (&str, &str),
        member: &str,
    ) -> &mut Self {
        let data = format!(
            r#""MemberName":"-","MemberSid":"{member}","TargetUserName":"{}","TargetDomainName":"Builtin","TargetSid":"{}","SubjectUserSid":"S-1-5-21-1-2-3-1101","SubjectUserName":"{actor}","SubjectDomainName":"CORP""#,
            group.0, group.1
        );
        self.security(minute, host, event, &data)
    }

    fn fortigate(&mut self, minute: i64, user: &str, given: &str) -> &mut Self {
        let at: jiff::Timestamp = time(minute).parse().unwrap();
        self.line(&format!(
            r#"eventtime={} logid="0101039947" type="event" subtype="vpn" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=7 remip=198.51.100.80 srccountry="Japan" tunnelip={given} user="{user}" group="vpn""#,
            at.as_nanosecond()
        ))
    }

    fn judge(&self) -> Findings {
        let bench = Bench::<AdminAbuse>::new("{}");
        let rows = bench.logs(&self.0);
        let broken = bench.broken_laws(&rows);
        let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
        bench.run(&rows)
    }
}

fn time(minute: i64) -> String {
    let start: jiff::Timestamp = "2026-04-01T10:00:00Z".parse().unwrap();
    let at = start.checked_add(jiff::SignedDuration::from_mins(minute)).unwrap();
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

#[track_caller]
fn tells(found: &Findings, rule: &str, least: Severity) {
    let loudest = found.of(rule).iter().map(|found| found.finding.severity).max();
    assert!(loudest.is_some_and(|severity| severity >= least), "{rule}: {loudest:?}\n{}", found.story());
}

#[track_caller]
fn pages_nobody(found: &Findings) {
    let loud = found.standing.values().any(|finding| finding.severity >= Severity::Medium);
    assert!(!loud, "{}", found.story());
}

#[test]
fn the_incident_is_told_by_security_logs_alone_without_inventory_or_4672() {
    let mut stream = Stream::default();
    stream.fortigate(0, "kato", "10.9.1.9").logon(61, "app1", "adm-mori", "10.9.1.9");
    for (minute, host) in [(300, "dc1"), (303, "fs1")] {
        stream.runs(minute, host, "adm-mori", "vssadmin.exe delete shadows /all /quiet");
        stream.runs(minute + 1, host, "adm-mori", "wbadmin.exe delete catalog -quiet");
        stream.runs(minute + 2, host, "adm-mori", "bcdedit.exe /set {default} recoveryenabled no");
    }
    let found = stream.judge();
    tells(&found, "privileged-logon-from-vpn", Severity::High);
    tells(&found, "before-the-end", Severity::Critical);
    tells(&found, "before-the-end-everywhere", Severity::Critical);
}

#[test]
fn windows_own_vpn_server_tells_whose_address_it_is() {
    let mut stream = Stream::default();
    let given = r#""param1":"{1}","param2":"CORP\\kato","param3":"VPN3-127","param4":"10.9.1.9""#;
    stream.windows(0, "ras1", ("System", "RemoteAccess", 20274), given).logon(61, "app1", "adm-mori", "10.9.1.9");
    tells(&stream.judge(), "privileged-logon-from-vpn", Severity::High);
}

#[test]
fn the_gateways_clock_may_be_a_minute_ahead() {
    let mut stream = Stream::default();
    stream.logon(0, "app1", "adm-mori", "10.9.1.9").fortigate(1, "kato", "10.9.1.9");
    tells(&stream.judge(), "privileged-logon-from-vpn", Severity::High);
}

#[test]
fn an_administrator_on_call_comes_through_a_tunnel_of_his_own() {
    let mut stream = Stream::default();
    stream
        .fortigate(0, "mori", "10.9.1.9")
        .logon(3, "jump1", "adm-mori", "10.9.1.9")
        .logon(9, "dc1", "adm-mori", "10.9.1.9");
    let found = stream.judge();
    tells(&found, "privileged-logon-from-vpn", Severity::Low);
    pages_nobody(&found);
}

#[test]
fn the_help_desk_makes_local_administrators_every_week() {
    let administrators = ("Administrators", "S-1-5-32-544");
    let mut stream = Stream::default();
    for week in 0..3 {
        let (host, member) = (format!("ws{week}"), format!("S-1-5-21-1-2-3-200{week}"));
        stream.member(week * 7 * 24 * 60, &host, 4732, "hd-abe", administrators, &member);
    }
    let found = stream.judge();
    let severities: Vec<Severity> =
        found.of("local-administrator-added").iter().map(|found| found.finding.severity).collect();
    assert_eq!(severities.iter().filter(|severity| **severity == Severity::Low).count(), 1, "{}", found.story());
}

#[test]
fn a_patch_night_pages_nobody() {
    let mut stream = Stream::default();
    stream.runs(0, "srv1", "SYSTEM", "TrustedInstaller.exe");
    let services =
        ["SQL Server (MSSQLSERVER)", "SQL Server Agent", "SQL Server Browser", "Volume Shadow Copy", "Veeam Agent"];
    for (minute, name) in
        (1..).zip(services.into_iter().chain(["Microsoft Exchange Transport", "Windows Defender Antivirus Service"]))
    {
        stream.service(minute, "srv1", name, "stopped");
    }
    let found = stream.judge();
    assert!(found.standing.is_empty(), "{}", found.story());
}

#[test]
fn databases_that_stop_without_a_command_are_told() {
    let mut stream = Stream::default();
    let services =
        ["SQL Server (MSSQLSERVER)", "SQL Server Agent", "SQL Server Browser", "Volume Shadow Copy", "Veeam Agent"];
    for (minute, name) in (1..).zip(services.into_iter().chain(["Microsoft Exchange Transport"])) {
        stream.service(minute, "srv1", name, "stopped");
    }
    tells(&stream.judge(), "services-stopped", Severity::Medium);
}

#[test]
fn an_image_is_made_by_clearing_logs() {
    let mut stream = Stream::default();
    for (minute, log) in (0..).zip(["Application", "System", "Setup", "Security"]) {
        stream.runs(minute, "image1", "SYSTEM", &format!("wevtutil.exe cl {log}"));
    }
    tells(&stream.judge(), "log-cleared", Severity::Medium);
    stream.runs(5, "image1", "SYSTEM", "sysprep.exe /generalize /oobe /shutdown");
    pages_nobody(&stream.judge());
}

#[test]
fn a_flood_of_little_things_hides_no_great_one() {
    let mut stream = Stream::default();
    for number in 0..2000 {
        stream.runs(0, "fs1", "adm-mori", &format!("attrib.exe +h +s f{number}.txt"));
    }
    stream.runs(1, "fs1", "adm-mori", "wevtutil.exe cl Security");
    stream.runs(2, "fs1", "adm-mori", "vssadmin.exe delete shadows /all");
    let found = stream.judge();
    tells(&found, "log-cleared", Severity::Medium);
    tells(&found, "recovery-off", Severity::High);
}

#[test]
fn a_lease_that_is_renewed_under_another_name_is_the_same_hosts() {
    let mut stream = Stream::default();
    for day in 0..3 {
        stream.logon(day * 24 * 60, "fs1", "kato", "10.1.7.7");
    }
    for (minute, name) in [(-1, "pc-kato"), (20, "paw-mori")] {
        let at = time(2 * 24 * 60 + minute).parse::<jiff::Timestamp>().unwrap().as_second();
        stream.line(&format!(
            r#"{{"ts":{at}.0,"uid":"D{minute}","client_addr":"10.1.7.7","mac":"00:00:5e:00:53:01","host_name":"{name}","assigned_addr":"10.1.7.7","lease_time":3600.0,"msg_types":["REQUEST","ACK"],"_path":"dhcp"}}"#
        ));
    }
    stream.logon(2 * 24 * 60 + 40, "dc1", "adm-mori", "10.1.7.7");
    tells(&stream.judge(), "credential-switch", Severity::Medium);
}

#[test]
fn setting_up_and_patching_are_no_cover_for_what_people_do() {
    let mut stream = Stream::default();
    stream.runs(0, "fs1", "adm-mori", "vssadmin.exe delete shadows /all /quiet");
    stream.runs(1, "fs1", "SYSTEM", "sysprep.exe /?");
    tells(&stream.judge(), "recovery-off", Severity::High);
    let mut stream = Stream::default();
    stream.runs(0, "fs1", "SYSTEM", "wevtutil.exe cl Security").runs(1, "fs1", "adm-mori", "sysprep.exe /?");
    tells(&stream.judge(), "log-cleared", Severity::Medium);
    // The name alone, and the end of the log service, which an intruder brings about as well.
    let mut stream = Stream::default();
    stream.runs(0, "srv1", "adm-mori", "tiworker.exe").windows(1, "srv1", ("System", "EventLog", 6006), "");
    for (minute, number) in (2..).zip(0..6) {
        stream.service(minute, "srv1", &format!("SQL Server (NODE{number})"), "stopped");
    }
    tells(&stream.judge(), "services-stopped", Severity::Medium);
}

#[test]
fn only_the_kernel_tells_of_a_shutdown_by_these_numbers() {
    let ended = |provider: &str| {
        let mut stream = Stream::default();
        stream.windows(0, "srv1", ("System", provider, 13), "");
        stream.windows(1, "srv1", ("Security", "Microsoft-Windows-Eventlog", 1100), "").judge()
    };
    tells(&ended("VSS"), "log-service-ended", Severity::Low);
    assert!(ended("Microsoft-Windows-Kernel-General").standing.is_empty());
}

#[test]
fn many_changes_of_the_audit_policy_do_not_hide_the_end_of_the_log() {
    let mut stream = Stream::default();
    for number in 0..60 {
        let data = format!(r#""SubjectUserName":"DC1$","CategoryId":"%%8274","SubcategoryId":"%%{}""#, 12800 + number);
        stream.security(number, "srv1", 4719, &data);
    }
    stream.windows(60, "srv1", ("Security", "Microsoft-Windows-Eventlog", 1100), "");
    tells(&stream.judge(), "log-service-ended", Severity::Low);
}

#[test]
fn many_people_behind_one_address_switch_nothing() {
    let mut stream = Stream::default();
    for day in 0..3 {
        for (minute, user) in (0..).zip(["abe", "baba", "chiba", "doi", "endo", "fujii"]) {
            stream.logon(day * 24 * 60 + minute, "fs1", user, "10.1.255.1");
        }
    }
    stream.logon(2 * 24 * 60 + 30, "dc1", "adm-mori", "10.1.255.1");
    let found = stream.judge();
    assert!(found.of("credential-switch").is_empty(), "{}", found.story());
}

#[test]
fn a_switch_on_a_persons_host_is_told_and_the_persons_own_second_account_is_low() {
    let switched = |to: &str| {
        let mut stream = Stream::default();
        for day in 0..3 {
            stream.logon(day * 24 * 60, "fs1", "kato", "10.1.7.7");
        }
        stream.logon(2 * 24 * 60 + 40, "dc1", to, "10.1.7.7");
        stream.judge()
    };
    tells(&switched("adm-mori"), "credential-switch", Severity::Medium);
    let own = switched("adm-kato");
    tells(&own, "credential-switch", Severity::Low);
    pages_nobody(&own);
}

#[test]
fn a_command_and_the_controllers_record_of_it_are_one_alert() {
    let mut stream = Stream::default();
    stream.runs(0, "ws1", "kato", "net.exe group 'Domain Admins' eve /add /domain");
    tells(&stream.judge(), "group-command", Severity::Medium);
    stream.member(0, "dc1", 4728, "kato", ("Domain Admins", "S-1-5-21-1-2-3-512"), "S-1-5-21-1-2-3-1190");
    let found = stream.judge();
    tells(&found, "privileged-group-grown", Severity::High);
    assert!(found.of("group-command").is_empty(), "{}", found.story());
}
