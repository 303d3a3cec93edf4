//! More hosts, accounts and habits than a window keeps: who makes a crowd hides nothing in it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use lateral_movement::LateralMovement;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::Bench;

const SECURITY: &str =
    r##""Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"Channel":"Security""##;

/// A connection to file sharing as Zeek tells it; `state` is Zeek's.
fn connection(second: u64, target: &str, state: &str) -> String {
    let at = 1_759_318_320 + second;
    format!(
        r#"{{"_path":"conn","ts":{at}.0,"uid":"C{at}{target}","id.orig_h":"10.2.0.14","id.orig_p":50000,"id.resp_h":"{target}","id.resp_p":445,"proto":"tcp","duration":0.5,"orig_bytes":100,"resp_bytes":100,"conn_state":"{state}","history":"ShADadfF"}}"#
    )
}

/// The pipe of accounts of a host reached by a user (5145).
fn asked(time: &str, host: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{{SECURITY},"EventID":5145,"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}},"EventRecordID":1,"Computer":"{host}.corp.example"}},"EventData":{{"SubjectUserSid":"S-1-5-21-1-2-3-1109","SubjectUserName":"hara","SubjectDomainName":"CORP","SubjectLogonId":"0x3e71a","ObjectType":"File","IpAddress":"10.0.5.9","IpPort":"50111","ShareName":"\\\\*\\IPC$","ShareLocalPath":"","RelativeTargetName":"samr","AccessMask":"0x12019f"}}}}}}"##
    )
}

/// A failed logon over the network (4625).
fn failed(time: &str, account: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{{SECURITY},"EventID":4625,"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}},"EventRecordID":1,"Computer":"files1.corp.example"}},"EventData":{{"SubjectUserSid":"S-1-0-0","SubjectUserName":"-","SubjectDomainName":"-","TargetUserName":"{account}","TargetDomainName":"CORP","Status":"0xc000006d","SubStatus":"0xc000006a","LogonType":3,"LogonProcessName":"NtLmSsp ","AuthenticationPackageName":"NTLM","WorkstationName":"WS9","IpAddress":"10.0.5.9","IpPort":"50111"}}}}}}"##
    )
}

/// A process as Sysmon tells it.
fn launched(second: u64, program: &str, command: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Sysmon"}}}},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws9.corp.example","TimeCreated":{{"#attributes":{{"SystemTime":"2026-03-02T08:{:02}:{:02}Z"}}}}}},"EventData":{{"Image":"C:\\Windows\\System32\\{program}","OriginalFileName":"{program}","CommandLine":"{command}","User":"CORP\\hara","ParentImage":"C:\\Windows\\System32\\cmd.exe","ParentCommandLine":"cmd.exe"}}}}}}"##,
        second / 60,
        second % 60
    )
}

/// The severities that a rule tells of these lines.
fn told(lines: &[String], rule: &str) -> Vec<Severity> {
    let bench = Bench::<LateralMovement>::new("{}");
    let found = bench.run(&bench.logs(&lines.join("\n")));
    found.of(rule).iter().map(|finding| finding.finding.severity).collect()
}

#[test]
fn a_sweep_of_more_hosts_than_are_kept_weighs_no_less() {
    for hosts in [100, 250, 1000] {
        let past = (0..9).map(|day| connection(day * 86_400, "10.1.0.9", "SF"));
        let sweep = (0..hosts).map(|n| connection(9 * 86_400 + n / 5, &format!("10.1.{}.{}", n / 250, n % 250), "SF"));
        let lines: Vec<String> = past.chain(sweep).collect();
        assert_eq!(told(&lines, "port-fan-out").into_iter().max(), Some(Severity::High), "{hosts} hosts");
    }
}

#[test]
fn a_scan_of_more_hosts_than_are_remembered_is_none_by_trade() {
    let past = (0..9).map(|day| connection(day * 86_400, "10.1.0.9", "SF"));
    let scan = (0..2000).map(|n| connection(9 * 86_400 + n / 10, &format!("10.1.{}.{}", n / 250, n % 250), "REJ"));
    let lines: Vec<String> = past.chain(scan).collect();
    assert_eq!(told(&lines, "port-scan").into_iter().max(), Some(Severity::Medium));
}

#[test]
fn a_walk_of_a_large_estate_weighs_more_than_one_of_a_small_one() {
    for hosts in [60, 300, 700] {
        let past = std::iter::once(asked("2026-03-02T08:00:00Z", "files1"));
        let walk =
            (0..hosts).map(|n| asked(&format!("2026-03-05T08:{:02}:{:02}Z", n / 240, n / 4 % 60), &format!("pc-{n}")));
        let lines: Vec<String> = past.chain(walk).collect();
        assert_eq!(told(&lines, "estate-walk").into_iter().max(), Some(Severity::High), "{hosts} hosts");
    }
}

#[test]
fn guesses_are_told_where_many_accounts_failed_before() {
    let spray = (0..120).map(|n| failed(&format!("2026-03-02T08:{:02}:{:02}Z", n / 60, n % 60), &format!("user{n}")));
    let guesses = (0..30).map(|n| failed(&format!("2026-03-05T08:00:{n:02}Z"), "hara"));
    let lines: Vec<String> = spray.chain(guesses).collect();
    assert_eq!(told(&lines, "failed-logons").len(), 2);
}

#[test]
fn a_flood_of_harmless_commands_hides_no_dump() {
    let flood =
        (0..500).map(|n| launched(n, "tasklist.exe", &format!("tasklist /fi \\\"imagename eq lsass.exe\\\" /s {n}")));
    for place in 0..8 {
        let dump = format!("rundll32.exe comsvcs.dll, MiniDump {place} c:\\\\x.bin full");
        let lines: Vec<String> = flood.clone().chain([launched(600, "rundll32.exe", &dump)]).collect();
        let bench = Bench::<LateralMovement>::new("{}");
        let found = bench.run(&bench.logs(&lines.join("\n")));
        let told = found.of("credential-dump");
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].finding.severity, Severity::High);
        assert!(told[0].finding.description.contains("comsvcs"), "{}", found.story());
        assert!(told[0].finding.evidence.iter().any(|evidence| evidence.role.contains("comsvcs")));
    }
}
