//! Services on several hosts: who vouches for them, and who does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use lateral_movement::LateralMovement;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::Bench;

const INVENTORY: &str = r#"{"roles": {"scanner": ["10.1.0.63"]}}"#;

/// A network logon on a host (4624).
fn logon(time: &str, host: &str, user: &str, from: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Microsoft-Windows-Security-Auditing"}}}},"EventID":4624,"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}},"Channel":"Security","Computer":"{host}.corp.example"}},"EventData":{{"TargetUserName":"{user}","TargetDomainName":"CORP","TargetUserSid":"S-1-5-21-1-2-3-1105","TargetLogonId":"0x51a2","LogonType":3,"LogonProcessName":"Kerberos","AuthenticationPackageName":"Kerberos","WorkstationName":"-","KeyLength":0,"IpAddress":"{from}","IpPort":"50111","SubjectUserName":"-"}}}}}}"##
    )
}

/// A service whose program lies where ADMIN$ leads (7045).
fn service(time: &str, host: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{"Provider":{{"#attributes":{{"Name":"Service Control Manager"}}}},"EventID":7045,"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}},"Channel":"System","Computer":"{host}.corp.example"}},"EventData":{{"ServiceName":"mgr","ImagePath":"C:\\Windows\\mgrsvc.exe","ServiceType":"user mode service","StartType":"demand start","AccountName":"LocalSystem"}}}}}}"##
    )
}

/// The account comes to four hosts within minutes and installs a service on each.
fn spread(day: &str) -> Vec<String> {
    let each = |n: u32| {
        let host = format!("ws{n}");
        [
            logon(&format!("{day}T11:3{n}:01Z"), &host, "adm-ito", "10.2.0.14"),
            service(&format!("{day}T11:3{n}:09Z"), &host),
        ]
    };
    (1..5).flat_map(each).collect()
}

fn worst(lines: &[String]) -> Option<Severity> {
    let bench = Bench::<LateralMovement>::new("{}").inventory(INVENTORY);
    let found = bench.run(&bench.logs(&lines.join("\n")));
    let told = found.of("remote-service-spread");
    told.iter().filter(|told| told.key[0].starts_with("corp\\adm-ito")).map(|told| told.finding.severity).max()
}

#[test]
fn one_service_days_ago_makes_no_trade() {
    let early = [logon("2025-10-01T09:00:00Z", "ws9", "adm-ito", "10.2.0.14"), service("2025-10-01T09:00:05Z", "ws9")];
    let lines: Vec<String> = early.into_iter().chain(spread("2025-10-06")).collect();
    assert_eq!(worst(&lines), Some(Severity::High));
    let by_trade: Vec<String> = spread("2025-10-01").into_iter().chain(spread("2025-10-06")).collect();
    let bench = Bench::<LateralMovement>::new("{}");
    let found = bench.run(&bench.logs(&by_trade.join("\n")));
    let told = found.of("remote-service-spread");
    assert!(told.iter().any(|told| told.finding.severity == Severity::Low), "{}", found.story());
}

#[test]
fn a_scanner_that_came_too_vouches_for_nobody_else() {
    let scans = (1..5).map(|n| logon(&format!("2025-10-01T11:3{n}:05Z"), &format!("ws{n}"), "scan", "10.1.0.63"));
    let lines: Vec<String> = spread("2025-10-01").into_iter().chain(scans).collect();
    assert_eq!(worst(&lines), Some(Severity::High));
    let bench = Bench::<LateralMovement>::new("{}").inventory(INVENTORY);
    let found = bench.run(&bench.logs(&lines.join("\n")));
    let services = found.of("remote-service");
    assert_eq!(services.len(), 4);
    for told in services {
        assert_eq!(told.finding.severity, Severity::Medium);
        assert!(told.finding.title.contains("adm-ito"), "{}", told.finding.title);
    }
}
