//! Logging weakened: audit policy reduced, the log service stopped, a channel or PowerShell's logging off (T1685.001).
//!
//! **Weight.** One step is medium, a step that silences the whole host (the log service, its threads, the `MiniNt` key) is
//! high, and so does a crash of it add up. **False alarms.** Group policy sets audit policy as the machine itself: low. A
//! service that stops at shutdown (1100) is no act at all: `log-service-ended` tells one that stops without. Installers
//! enlarge logs: only making them small counts.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{any, calls_verb, number, value_of};

pub const AUDIT_REMOVED: Kind = Kind::new("audit-removed", 3, "removed auditing of {}").many(5, 2).step(Step::Logs);
pub const AUDIT_BY_POLICY: Kind =
    Kind::new("audit-removed-by-policy", 1, "removed auditing of {} by policy").many(12, 2);
pub const AUDIT_SETTING: Kind = Kind::new("audit-setting", 2, "changed a setting of auditing: {}");
pub const AUDIT_COMMAND: Kind = Kind::new("audit-command", 3, "weakened the audit policy: {}").step(Step::Logs);
pub const SERVICE_STOPPED: Kind =
    Kind::new("log-service-stopped", 5, "stopped or disabled the log service: {}").step(Step::Logs);
pub const SERVICE_CRASHED: Kind = Kind::new("log-service-crashed", 3, "saw the log service crash: {}").step(Step::Logs);
pub const CHANNEL_OFF: Kind = Kind::new("log-channel-off", 3, "switched off the log channel {}").step(Step::Logs);
pub const SHRUNK: Kind = Kind::new("log-shrunk", 3, "made a log small: {}").step(Step::Logs);
pub const MOVED: Kind = Kind::new("log-file-moved", 3, "moved the file of a log: {}").step(Step::Logs);
pub const POWERSHELL_OFF: Kind =
    Kind::new("powershell-logging-off", 3, "switched off PowerShell's logging: {}").step(Step::Logs);
pub const DATABASE_AUDIT_OFF: Kind =
    Kind::new("database-audit-off", 3, "took away a database's audit: {}").step(Step::Logs);

pub const THEME: Theme = Theme {
    id: "logging-weakened",
    title: "Logging weakened",
    severity: Severity::Medium,
    confidence: 75,
    techniques: &[
        ("T1685.001", "audit policy, channel or log service changed so that less is logged"),
        ("T1685", "what tells of an intrusion is impaired"),
    ],
    advice: "Put the setting back (compare with the group policy), and read what this account did since: the gap is where \
             to look. Check that logs of this host still arrive.",
    kinds: &[
        &AUDIT_REMOVED,
        &AUDIT_BY_POLICY,
        &AUDIT_SETTING,
        &AUDIT_COMMAND,
        &SERVICE_STOPPED,
        &SERVICE_CRASHED,
        &CHANNEL_OFF,
        &SHRUNK,
        &MOVED,
        &POWERSHELL_OFF,
        &DATABASE_AUDIT_OFF,
    ],
    words: &[
        "auditpol",
        "eventlog",
        "event log",
        "phant0m",
        "minint",
        "wevtutil",
        "logman",
        "etwtrace",
        "autologger",
        "cachedgrouppolicy",
        "blocklogging",
        "invocationlogging",
        "modulelogging",
        "transcript",
        "includecmdline",
        "winevt",
        "isenabled",
        "pslockdown",
        "legacyauditpolicy",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.code == "4719" || told.code == "4912" => policy(told),
        Source::Log if matches!(told.code, "4715" | "4906") && !told.by_machine() => {
            Some(AUDIT_SETTING.on(if told.code == "4906" { "CrashOnAuditFail" } else { "who may change it" }))
        }
        Source::Value => value(&told.path, &told.data),
        Source::Key if told.path.ends_with("\\control\\minint") && told.activity != 4 => {
            Some(SERVICE_STOPPED.on("MiniNt key"))
        }
        Source::Key if told.activity == 4 => deleted(&told.path),
        Source::Service if is_log_service(&told.path) && told.activity == 2 && told.kind.contains("disabled") => {
            Some(SERVICE_STOPPED.on(&*told.path))
        }
        Source::Service if is_log_service(&told.path) && told.activity == 99 => Some(SERVICE_CRASHED.on(&*told.path)),
        Source::Other if told.code == "4885" => Some(AUDIT_SETTING.on("the audit filter of certificate services")),
        Source::Other if told.code == "33205" => database(&told.data),
        _ => None,
    }
}

/// 4719 tells what was added (%%8449, %%8451) and removed (%%8448, %%8450).
fn policy(told: &Told<'_>) -> Option<Act> {
    let removed = any(&told.data, &["%%8448", "%%8450", "removed"]);
    let kind = if told.by_machine() { &AUDIT_BY_POLICY } else { &AUDIT_REMOVED };
    removed.then(|| kind.on(&*told.detail))
}

fn is_log_service(name: &str) -> bool {
    matches!(name, "eventlog" | "windows event log")
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if line.contains("auditpol") || told.image == "auditpol" {
        if any(line, &["/clear", "/remove"]) || line.contains("/set") && line.contains("disable") {
            return Some(AUDIT_COMMAND.on(short(line)));
        }
        if line.contains("/restore") {
            return Some(AUDIT_COMMAND.on("restored from a file"));
        }
    }
    if told.stops_any(&["eventlog", "windows event log"]) {
        return Some(SERVICE_STOPPED.on("Eventlog"));
    }
    let threads = line.contains("eventlog") && any(line, &["terminatethread", "suspendthread", "ntsuspendprocess"]);
    if threads || any(line, &["phant0m", "control\\minint", "minint /f"]) {
        return Some(SERVICE_STOPPED.on("threads or MiniNt key"));
    }
    if let Some(act) = told.deletes.iter().find_map(|path| deleted(path)).or_else(|| channel(line)) {
        return Some(act);
    }
    if line.contains("cachedgrouppolicysettings") && any(line, &["scriptblocklogging", "invocationlogging"]) {
        return Some(POWERSHELL_OFF.on("cached policy changed"));
    }
    told.writes.iter().find_map(|(path, data)| value(path, data))
}

/// A channel or trace session switched off or made small.
fn channel(line: &str) -> Option<Act> {
    if calls_verb(line, "wevtutil", &["sl", "set-log"]) {
        if any(line, &["/e:false", "/enabled:false", "/e: false"]) {
            return Some(CHANNEL_OFF.on(short(line)));
        }
        if value_of(line, "/ms:").or_else(|| value_of(line, "/maxsize:")).is_some_and(is_small) {
            return Some(SHRUNK.on(short(line)));
        }
    }
    if calls_verb(line, "wevtutil", &["um", "uninstall-manifest"]) {
        return Some(CHANNEL_OFF.on(short(line)));
    }
    if line.contains("limit-eventlog") && value_of(line, "-maximumsize").is_some_and(is_small) {
        return Some(SHRUNK.on(short(line)));
    }
    if any(line, &[".isenabled = $false", ".isenabled=$false"]) && any(line, &["eventlog", "winevent"]) {
        return Some(CHANNEL_OFF.on("by script"));
    }
    let session = calls_verb(line, "logman", &["stop", "delete", "update"]) && any(line, &["eventlog", "-ets"]);
    let by_cmdlet = any(line, &["remove-etwtrace", "set-etwtraceprovider", "stop-etwtrace", "remove-autologgerconfig"])
        && any(line, &["-name", "-guid"]);
    (session || by_cmdlet).then(|| CHANNEL_OFF.on(short(line)))
}

/// What a key or value that is deleted takes away.
fn deleted(path: &str) -> Option<Act> {
    if path.contains("scriptblocklogging") || path.ends_with("__pslockdownpolicy") {
        return Some(POWERSHELL_OFF.on(path));
    }
    let session = any(path, &SESSIONS);
    let channel = path.contains("\\winevt\\channels\\") && path.contains("security\\channel");
    (session || channel).then(|| CHANNEL_OFF.on(path))
}

/// Sessions that feed the log or a sensor.
const SESSIONS: [&str; 4] =
    ["autologger\\eventlog-", "autologger\\defender", "autologger\\sysmon", "autologger\\microsoft-windows-sysmon"];

fn value(path: &str, data: &str) -> Option<Act> {
    let off = number(data) == Some(0) || data == "false";
    if path.contains("\\services\\eventlog\\start") && matches!(number(data), Some(3 | 4)) {
        return Some(SERVICE_STOPPED.on("start type of Eventlog"));
    }
    if any(path, &SESSIONS) && any(path, &["\\start", "\\enabled"]) && off {
        return Some(CHANNEL_OFF.on(path));
    }
    if path.contains("\\winevt\\channels\\") && path.ends_with("\\enabled") && off {
        return Some(CHANNEL_OFF.on(path));
    }
    // An access list that shuts out everybody else.
    let closed = any(path, &["\\channelaccess", "\\customsd"]) && any(path, &["\\winevt\\", "\\eventlog\\"]);
    if closed && any(data, &["(d;;", "d:(a;;0x0", "d:(d"]) {
        return Some(CHANNEL_OFF.on(path));
    }
    if any(path, &["\\services\\eventlog\\", "\\windows\\eventlog\\"])
        && path.ends_with("\\maxsize")
        && number(data).is_some_and(|size| size < 1 << 20)
    {
        return Some(SHRUNK.on(path));
    }
    if path.contains("\\services\\eventlog\\") && path.ends_with("\\file") && !data.contains("winevt\\logs") {
        return Some(MOVED.on(path));
    }
    let logging = [
        "enablescriptblocklogging",
        "enablemodulelogging",
        "enabletranscripting",
        "enableinvocationheader",
        "processcreationincludecmdline_enabled",
    ];
    if path.ends_with("\\scenoapplylegacyauditpolicy") && off {
        return Some(AUDIT_SETTING.on("policy of categories overrides the one of subcategories"));
    }
    (any(path, &logging) && off).then(|| POWERSHELL_OFF.on(path))
}

fn is_small(size: &str) -> bool {
    let digits: String = size.chars().take_while(char::is_ascii_digit).collect();
    let unit = match &size[digits.len()..] {
        unit if unit.starts_with('k') => 1 << 10,
        unit if unit.starts_with('m') => 1 << 20,
        unit if unit.starts_with('g') => 1 << 30,
        _ => 1i64,
    };
    digits.parse::<i64>().is_ok_and(|size| size.saturating_mul(unit) <= 1 << 21)
}

/// SQL Server tells its own audit's changes as statements (event 33205).
fn database(data: &str) -> Option<Act> {
    let dropped = any(data, &["drop server audit", "drop database audit"]);
    let off = any(data, &["alter server audit", "alter database audit"])
        && any(data, &["state = off", "state=off", "drop ("]);
    let told = data.find("statement:").map(|at| short(&data[at + 10..]));
    (dropped || off).then(|| DATABASE_AUDIT_OFF.on(told.unwrap_or_default()))
}

fn short(line: &str) -> &str {
    super::short(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_small_logs_are_shrunk() {
        assert!(is_small("1") && is_small("65536") && is_small("64kb"));
        assert!(!is_small("1gb") && !is_small("104857600"));
    }
}
