//! `host-survey`: somebody asks a host what it is and runs.
//!
//! ATT&CK: T1082 (system), T1016 (network), T1033 (users), and kin. Weight: three kinds by one account within the hour
//! are low, six medium. One alone under a hidden script, a document or a network server weighs a step more. Questions that hardly
//! anybody types (patches and products by WMI, drivers, keys that tell what defends the host), and those that a script or a
//! shell with a command asks in a person's name, are low by themselves.
//!
//! False alarms: help desks ask one or two; inventory agents ask all, as the system's account, which is not told.

use crate::acts::Act;
use crate::records::Launch;
use crate::rules::{parentage, sweep};
use crate::text::any;

/// Judges a command about the host itself.
pub fn launch(launch: &Launch) -> Option<Act> {
    let (kind, rare) = question(launch).or_else(|| sweep::question(launch))?;
    match parentage::odd(launch) {
        Some(odd) if rare => Act::medium(format!("{kind}, {odd}")),
        Some(odd) => Act::low(format!("{kind}, {odd}")),
        None if rare || is_scripted(launch) => Act::low(kind),
        None => Act::hint(kind),
    }
}

/// Whether a script or a shell with a command asked, and nobody who types.
fn is_scripted(launch: &Launch) -> bool {
    let shell =
        matches!(launch.parent.as_str(), "cmd.exe" | "powershell.exe" | "pwsh.exe" | "cscript.exe" | "wscript.exe");
    let handed =
        any(&launch.parent_command, &[" /c ", "/c\"", " -c ", " -command ", " -file ", ".bat", ".vbs", ".ps1"]);
    shell && handed && crate::text::is_person(&launch.user)
}

/// The kind of the question, and whether it is rare.
fn question(launch: &Launch) -> Option<(&'static str, bool)> {
    let command = launch.command.as_str();
    let name = if launch.original.is_empty() { launch.name.as_str() } else { launch.original.as_str() };
    Some(match name {
        "systeminfo.exe" | "sysinfo.exe" => ("systeminfo", false),
        "whoami.exe" => ("whoami", false),
        "hostname.exe" => ("hostname", false),
        "ipconfig.exe" if command.contains("all") => ("ipconfig /all", false),
        "ipconfig.exe" if command.contains("displaydns") => ("ipconfig /displaydns", false),
        "tasklist.exe" => ("tasklist", false),
        "netstat.exe" => ("netstat", false),
        "route.exe" if command.contains("print") => ("route print", false),
        "netsh.exe" if command.contains("show") => ("netsh show", false),
        "arp.exe" => ("arp", false),
        "nbtstat.exe" => ("nbtstat", false),
        "sc.exe" if command.contains("query") => ("sc query", false),
        "net.exe" | "net1.exe" if command.trim_end().ends_with(" start") => ("net start", false),
        "net.exe" | "net1.exe" if command.contains(" config ") => ("net config", false),
        "reg.exe" if command.contains("query") => ("reg query", any(command, DEFENCES)),
        "driverquery.exe" | "drvqry.exe" => ("driverquery", true),
        "wmic.exe" if any(command, DEFENDERS) => ("wmic about defence", true),
        "wmic.exe" if any(command, FACTS) && !any(command, &["call", "delete", "/node:"]) => ("wmic", true),
        "fsutil.exe" if command.contains("drives") => ("fsutil drives", false),
        "vssadmin.exe" if command.contains("list") => ("vssadmin list", false),
        "quser.exe" | "qwinsta.exe" => ("quser", false),
        "findstr.exe" | "find.exe" if any(command, PRODUCTS) => ("search for defence", true),
        _ => return None,
    })
}

/// Keys that tell what defends a host and how it is reached.
const DEFENCES: &[&str] = &[
    "windows defender",
    "\\policies\\microsoft\\windows\\system",
    "\\lsa",
    "terminal server",
    "\\fipsalgorithmpolicy",
    "sysmondrv",
    "\\currentversion\\uninstall",
    "alwaysinstallelevated",
    "\\eventlog",
    "\\safer\\",
    "machineguid",
];

const DEFENDERS: &[&str] = &["antivirusproduct", "firewallproduct", "antispywareproduct", "securitycenter"];

const FACTS: &[&str] = &[
    " os ",
    "computersystem",
    "csproduct",
    "qfe",
    "process list",
    "process get",
    "product",
    "logicaldisk",
    "service get",
    "service where",
    "service list",
    "bios",
    "nicconfig",
    "cpu get",
    "volume",
    "environment",
    "ntevent",
];

/// Names of products that defend hosts.
const PRODUCTS: &[&str] = &[
    "antivirus",
    "virus",
    "defender",
    "msmpeng",
    "sysmon",
    "sentinel",
    "csfalcon",
    "cylance",
    "carbonblack",
    "cbdefense",
    "sophos",
    "mcafee",
    "symantec",
    "kaspersky",
    "avast",
    "bitdefender",
    "crowdstrike",
    "cortex",
    "fireeye",
    "eset",
];

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn common_questions_count_beside_others_and_rare_ones_by_themselves() {
        let weight = |name: &str, command: &str| {
            launch(&Launch { name: name.into(), command: command.into(), ..Launch::default() }).map(|act| act.weight)
        };
        assert_eq!(weight("ipconfig.exe", "ipconfig /all"), Some(Severity::Informational));
        assert_eq!(weight("wmic.exe", "wmic qfe get hotfixid"), Some(Severity::Low));
        assert_eq!(weight("wmic.exe", "wmic service where name='x' call stopservice"), None);
        assert_eq!(weight("ipconfig.exe", "ipconfig /flushdns"), None);
    }
}
