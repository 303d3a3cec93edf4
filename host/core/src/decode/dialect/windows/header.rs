//! The header of a Windows event in each shape: which log and event it is, when, and with what outcome.

use super::super::View;
use crate::decode::answer::Shape;
use crate::decode::raw::Raw;
use crate::decode::trie::ANY;
use crate::decode::when::Clock;
use crate::model::Time;

/// What the functions here read.
pub const READS: &[&str] = &[
    "@event_id",
    "@provider",
    "@provider_too",
    "@channel",
    "@time",
    "@time_local",
    "@time_late",
    "@received",
    "@local_time",
    "UtcTime",
];

/// What [`status`] reads besides.
pub const STATUS_READS: &[&str] = &["@keywords", "@outcome"];

/// Logs by their short names in the tables.
const LOGS: &[(&str, &str)] = &[
    ("Microsoft-Windows-Security-Auditing", "security"),
    ("Microsoft Windows security auditing.", "security"),
    ("Microsoft-Windows-Sysmon", "sysmon"),
    ("Microsoft-Windows-PowerShell", "powershell"),
    ("PowerShellCore", "powershell"),
    ("PowerShell", "powershell-classic"),
    ("Service Control Manager", "services"),
    ("Microsoft-Windows-TaskScheduler", "tasks"),
    ("Microsoft-Windows-Eventlog", "eventlog"),
    ("EventLog", "eventlog-service"),
    ("Microsoft-Windows-WMI-Activity", "wmi"),
    ("Microsoft-Windows-TerminalServices-LocalSessionManager", "terminal-sessions"),
    ("Microsoft-Windows-TerminalServices-RemoteConnectionManager", "terminal-connections"),
    ("Microsoft-Windows-Windows Defender", "defender"),
    ("Microsoft Antimalware", "defender"),
    ("Microsoft-Windows-DNSServer", "dns-server"),
    ("Microsoft-Windows-DNS-Client", "dns-client"),
    ("Microsoft-Windows-DNS Client Events", "dns-client"),
    ("Microsoft-Windows-WinRM", "winrm"),
    ("Microsoft-Windows-Bits-Client", "bits"),
    ("Microsoft-Windows-SMBServer", "smb-server"),
    ("Microsoft-Windows-NTLM", "ntlm"),
    ("Application Error", "application-error"),
    ("Microsoft-Windows-RemoteDesktopServices-RdpCoreTS", "rdp"),
    ("OpenSSH", "ssh"),
    ("MSSQLSERVER", "sql"),
    ("ESENT", "database-engine"),
    ("Microsoft-Windows-Windows Firewall With Advanced Security", "firewall"),
    ("Microsoft-Windows-DNS-Server-Service", "dns-service"),
    ("Microsoft-Windows-PrintService", "printing"),
];

/// What a channel holds, where the provider is not told.
const CHANNELS: &[(&str, &str)] = &[
    ("Security", "security"),
    ("Microsoft-Windows-Sysmon/Operational", "sysmon"),
    ("Microsoft-Windows-PowerShell/Operational", "powershell"),
    ("PowerShellCore/Operational", "powershell"),
    ("Windows PowerShell", "powershell-classic"),
    ("Microsoft-Windows-TaskScheduler/Operational", "tasks"),
    ("Microsoft-Windows-WMI-Activity/Operational", "wmi"),
    ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational", "terminal-sessions"),
    ("Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational", "terminal-connections"),
    ("Microsoft-Windows-Windows Defender/Operational", "defender"),
];

/// The log and the event id.
pub fn kind<'v>(view: &View<'v, '_>) -> (&'v str, u32) {
    let id = view.integer("@event_id").and_then(|id| u32::try_from(id).ok()).unwrap_or_default();
    // Old forwarders write the qualifiers into the upper half.
    let id = id & 0xffff;
    (log(view, id), id)
}

fn log(view: &View<'_, '_>, id: u32) -> &'static str {
    let of = |table: &'static [(&str, &'static str)], name: &str| {
        table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, log)| *log)
    };
    let provider = view.text("@provider").or_else(|| view.text("@provider_too"));
    if let Some(log) = provider.and_then(|provider| of(LOGS, provider)) {
        return log;
    }
    // A named instance of SQL Server is a provider of its own.
    if provider.is_some_and(|provider| provider.starts_with("MSSQL$")) {
        return "sql";
    }
    match view.text("@channel") {
        Some(channel) => match of(CHANNELS, channel) {
            Some("security") if matches!(id, 1100 | 1102 | 1104) => "eventlog",
            Some(log) => log,
            None if channel.eq_ignore_ascii_case("System") && matches!(id, 7000..7050) => "services",
            None if channel.eq_ignore_ascii_case("System") && id == 104 => "eventlog",
            None => "",
        },
        // Cloud workspaces keep Security's events in a table of their own, without a channel.
        None if provider.is_none() && matches!(id, 4600..5200) => "security",
        None => "",
    }
}

/// The time of the event, not of its receipt, as far as the record tells it.
pub fn time(view: &View<'_, '_>, clock: &Clock) -> Option<Time> {
    let utc = Clock::default();
    if let Some(time) = utc.read(view.get("@time")) {
        return Some(time);
    }
    if let Some(time) = clock.read(view.get("@time_local")) {
        return Some(time);
    }
    let local = view.get("@local_time");
    let received = utc.read(view.get("@received"));
    if let Some(time) = utc.read(view.get("UtcTime")) {
        return Some(time);
    }
    if clock.zone.is_none()
        && let (Some(local), Some(received)) = (utc.read(local), received)
    {
        return Some(by_receipt(local, received));
    }
    clock.read(local).or_else(|| utc.read(view.get("@time_late"))).or(received)
}

/// A local time of an unknown zone, moved by as many quarters of an hour as bring it closest to its receipt.
fn by_receipt(local: Time, received: Time) -> Time {
    const QUARTER: i64 = 15 * Time::MINUTE;
    let apart = received.0.saturating_sub(local.0);
    let zone = (apart + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    // No zone is farther than 14 hours from UTC: such a distance is a delay.
    if zone.abs() <= 14 * 60 * Time::MINUTE { local.plus(zone) } else { received }
}

/// Success or failure as the keywords of an audit tell it.
pub fn status(view: &View<'_, '_>) -> u32 {
    if let Some(outcome) = view.text("@outcome") {
        return audit_word(outcome);
    }
    match view.get("@keywords") {
        Raw::List(words) => words.iter().filter_map(Raw::text).map(audit_word).find(|status| *status != 0).unwrap_or(0),
        keywords => match keywords.integer() {
            Some(mask) if mask & 0x10_0000_0000_0000 != 0 => 2,
            Some(mask) if mask & 0x20_0000_0000_0000 != 0 => 1,
            Some(_) => 0,
            None => keywords.text().map_or(0, audit_word),
        },
    }
}

fn audit_word(word: &str) -> u32 {
    let lower = word.to_ascii_lowercase();
    match () {
        () if lower.contains("fail") => 2,
        () if lower.contains("succe") => 1,
        () => 0,
    }
}

/// Where a field stands. Names that begin with `@` are the header's.
pub fn paths(shape: Shape, name: &str, add: &mut dyn FnMut(&[&str])) {
    match shape {
        Shape::Winlogbeat => winlogbeat(name, add),
        Shape::EvtxJson => evtx(name, add),
        _ => flat(name, add),
    }
}

fn winlogbeat(name: &str, add: &mut dyn FnMut(&[&str])) {
    match name {
        "@event_id" => add_all(add, &[&["winlog", "event_id"], &["event_id"]]),
        "@provider" => add_all(add, &[&["winlog", "provider_name"], &["source_name"], &["provider_name"]]),
        "@channel" => add_all(add, &[&["winlog", "channel"], &["log_name"]]),
        "@computer" => add_all(add, &[&["winlog", "computer_name"], &["computer_name"]]),
        "@time" => add_all(add, &[&["@timestamp"]]),
        "@keywords" => add_all(add, &[&["winlog", "keywords"], &["keywords"]]),
        "@outcome" => add_all(add, &[&["event", "outcome"]]),
        "@message" => add_all(add, &[&["message"]]),
        "@level" => add_all(add, &[&["log", "level"], &["level"]]),
        "@record" => add_all(add, &[&["winlog", "record_id"], &["record_number"]]),
        "@user_id" => add_all(add, &[&["winlog", "user", "identifier"], &["user", "identifier"]]),
        "@user_name" => add_all(add, &[&["winlog", "user", "name"], &["user", "name"]]),
        "@user_domain" => add_all(add, &[&["winlog", "user", "domain"], &["user", "domain"]]),
        "@process_id" => add_all(add, &[&["winlog", "process", "pid"], &["process_id"]]),
        _ if name.starts_with('@') => {}
        _ => {
            add_all(add, &[&["winlog", "event_data", name], &["winlog", "user_data", name]]);
            add_all(add, &[&["event_data", name], &["user_data", name]]);
        }
    }
}

fn evtx(name: &str, add: &mut dyn FnMut(&[&str])) {
    // Text beside attributes stands under `#text`, attributes under `#attributes`, with or without a sign before them.
    let mut element = |path: &[&str]| {
        for root in [&["Event", "System"][..], &["System"]] {
            add(&[root, path].concat());
            add(&[root, path, &["#text"]].concat());
            add(&[root, path, &["_"]].concat());
        }
    };
    match name {
        "@event_id" => element(&["EventID"]),
        "@channel" => element(&["Channel"]),
        "@computer" => element(&["Computer"]),
        "@keywords" => element(&["Keywords"]),
        "@level" => element(&["Level"]),
        "@record" => element(&["EventRecordID"]),
        "@provider" => attribute(add, "Provider", "Name"),
        "@time" => attribute(add, "TimeCreated", "SystemTime"),
        "@user_id" => attribute(add, "Security", "UserID"),
        "@process_id" => attribute(add, "Execution", "ProcessID"),
        "@message" => {
            add(&["Event", "RenderingInfo", "Message"]);
            add(&["RenderingInfo", "Message"]);
        }
        _ if name.starts_with('@') => {}
        _ => {
            for root in [&["Event"][..], &[]] {
                add(&[root, &["EventData", name]].concat());
                add(&[root, &["EventData", name, "#text"]].concat());
                add(&[root, &["UserData", ANY, name]].concat());
                add(&[root, &["UserData", ANY, name, "#text"]].concat());
            }
        }
    }
}

fn attribute(add: &mut dyn FnMut(&[&str]), element: &str, name: &str) {
    let signed = format!("@{name}");
    let dashed = format!("-{name}");
    for root in [&["Event", "System"][..], &["System"]] {
        for path in [&[element, "#attributes", name][..], &[element, name], &[element, &signed], &[element, &dashed]] {
            add(&[root, path].concat());
        }
    }
    if (element, name) == ("Provider", "Name") {
        add(&["Event", "System", "Provider"]);
        add(&["System", "Provider"]);
    }
    if (element, name) == ("TimeCreated", "SystemTime") {
        add(&["Event", "System", "TimeCreated"]);
        add(&["System", "TimeCreated"]);
    }
}

fn flat(name: &str, add: &mut dyn FnMut(&[&str])) {
    match name {
        "@event_id" => add_all(add, &[&["EventID"], &["EventCode"], &["EventID", "#text"]]),
        "@provider" => add_all(add, &[&["SourceName"], &["Provider"]]),
        // Some forwarders name the provider so, and some events have a field of that name.
        "@provider_too" => add_all(add, &[&["ProviderName"], &["EventSourceName"]]),
        "@channel" => add_all(add, &[&["Channel"], &["LogName"]]),
        "@computer" => add_all(add, &[&["Hostname"], &["Computer"]]),
        "@computer_too" => add_all(add, &[&["ComputerName"], &["MachineName"]]),
        "@time" => add_all(add, &[&["TimeCreatedUtc"], &["SystemTime"]]),
        "@time_local" => add_all(add, &[&["TimeCreated"]]),
        "@time_late" => add_all(add, &[&["TimeGenerated"]]),
        "@received" => add_all(add, &[&["@timestamp"]]),
        "@local_time" => add_all(add, &[&["EventTime"]]),
        "@keywords" => add_all(add, &[&["Keywords"]]),
        "@message" | "@rendered" => add_all(add, &[&["Message"]]),
        "@user_name" => add_all(add, &[&["AccountName"]]),
        "@user_domain" => add_all(add, &[&["Domain"]]),
        "@level" => add_all(add, &[&["Level"], &["Severity"]]),
        "@record" => add_all(add, &[&["RecordNumber"], &["EventRecordID"], &["RecordId"]]),
        "@user_id" => add_all(add, &[&["UserID"], &["UserId"], &["Sid"]]),
        "@process_id" => add_all(add, &[&["ExecutionProcessID"]]),
        _ if name.starts_with('@') => {}
        _ => add_all(add, &[&[name], &["EventData", name]]),
    }
}

fn add_all(add: &mut dyn FnMut(&[&str]), paths: &[&[&str]]) {
    paths.iter().for_each(|path| add(path));
}

/// `unmapped.X` is the event data `X`.
pub fn unmapped(path: &str) -> Option<String> {
    path.strip_prefix("unmapped.").map(str::to_owned)
}
