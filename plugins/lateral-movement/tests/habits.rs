//! What an account does every day is told on the first.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use lateral_movement::LateralMovement;
use sekisho_core::contract::Severity;
use sekisho_sdk::testing::Bench;

const SYSMON: &str = r##""Provider":{"#attributes":{"Name":"Microsoft-Windows-Sysmon"}},"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"ws9.corp.example""##;

/// A process as Sysmon tells it.
fn launch(time: &str, program: &str, command: &str) -> String {
    format!(
        r##"{{"Event":{{"System":{{{SYSMON},"TimeCreated":{{"#attributes":{{"SystemTime":"{time}"}}}}}},"EventData":{{"Image":"C:\\Windows\\System32\\{program}","OriginalFileName":"{program}","CommandLine":"{command}","User":"CORP\\hara","ParentImage":"C:\\Windows\\System32\\cmd.exe","ParentCommandLine":"cmd.exe"}}}}}}"##
    )
}

#[test]
fn an_errand_of_every_day_is_told_on_the_first_day_alone() {
    let bench = Bench::<LateralMovement>::new("{}");
    let day = |day: u32| {
        [
            launch(&format!("2026-03-0{day}T08:00:00Z"), "net.exe", "net user sato /domain"),
            launch(&format!("2026-03-0{day}T08:01:00Z"), "quser.exe", "quser"),
        ]
    };
    let lines: Vec<String> = (2..6).flat_map(day).collect();
    let found = bench.run(&bench.logs(&lines.join("\n")));
    assert_eq!(found.of("looking-around").len(), 1, "{}", found.story());
}

#[test]
fn what_is_asked_of_the_whole_domain_every_day_pages_once() {
    let bench = Bench::<LateralMovement>::new("{}");
    let day = |day: u32| launch(&format!("2026-03-0{day}T08:00:00Z"), "nltest.exe", "nltest /domain_trusts");
    let lines: Vec<String> = (2..6).map(day).collect();
    let found = bench.run(&bench.logs(&lines.join("\n")));
    let pages = found.standing.values().filter(|finding| finding.severity >= Severity::Medium).count();
    assert_eq!(pages, 1, "{}", found.story());
}

#[test]
fn a_command_that_holds_the_mark_between_parts_names_no_other_source() {
    let bench = Bench::<LateralMovement>::new("{}");
    let command = r"rundll32 comsvcs.dll, MiniDump 1\u001fdc1.corp.example c:\\x full";
    let found = bench.run(&bench.logs(&launch("2026-03-02T08:00:00Z", "rundll32.exe", command)));
    let told = found.of("credential-dump");
    assert_eq!(told.len(), 1, "{}", found.story());
    assert!(told[0].finding.entities.iter().all(|entity| entity.role != "source"), "{}", found.story());
    assert!(!told[0].finding.title.contains(char::is_control));
}
