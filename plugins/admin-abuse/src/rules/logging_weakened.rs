//! Logging weakened: audit policy reduced, the log service stopped, a channel or PowerShell's logging off (T1685.001).
//!
//! **Weight.** One step is medium, a step that silences the whole host (the log service, its threads, the `MiniNt` key) is
//! high. **False alarms.** Group policy sets audit policy as the machine itself: low. A service that stops at shutdown
//! (1100) is no act at all; only an order to stop it counts. Installers enlarge logs: only making them small counts.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{any, number, value_of};

pub const AUDIT_REMOVED: Kind = Kind::new("audit-removed", 3, "removed auditing of {}").many(5, 2).step(Step::Logs);
pub const AUDIT_BY_POLICY: Kind = Kind::new("audit-removed-by-policy", 1, "removed auditing of {} by policy");
pub const AUDIT_COMMAND: Kind = Kind::new("audit-command", 3, "weakened the audit policy: {}").step(Step::Logs);
pub const SERVICE_STOPPED: Kind =
    Kind::new("log-service-stopped", 5, "stopped or disabled the log service: {}").step(Step::Logs);
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
        &AUDIT_COMMAND,
        &SERVICE_STOPPED,
        &CHANNEL_OFF,
        &SHRUNK,
        &MOVED,
        &POWERSHELL_OFF,
        &DATABASE_AUDIT_OFF,
    ],
    judge,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.code == "4719" || told.code == "4912" => policy(told),
        Source::Process | Source::Script => command(told),
        Source::Value => value(&told.path, &told.data),
        Source::Key if told.path.ends_with("\\control\\minint") && told.activity != 4 => {
            Some(SERVICE_STOPPED.on("MiniNt key"))
        }
        Source::Key if told.activity == 4 && told.path.contains("scriptblocklogging") => {
            Some(POWERSHELL_OFF.on(&*told.path))
        }
        Source::Service if is_log_service(&told.path) && told.activity == 2 && told.kind.contains("disabled") => {
            Some(SERVICE_STOPPED.on(&*told.path))
        }
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
    if told.stops.iter().any(|name| is_log_service(name)) {
        return Some(SERVICE_STOPPED.on("Eventlog"));
    }
    if any(line, &["phant0m", "control\\minint", "minint /f"]) {
        return Some(SERVICE_STOPPED.on("threads or MiniNt key"));
    }
    if line.contains("wevtutil") && any(line, &[" sl ", " set-log "]) {
        if any(line, &["/e:false", "/enabled:false", "/e: false"]) {
            return Some(CHANNEL_OFF.on(short(line)));
        }
        if value_of(line, "/ms:").or_else(|| value_of(line, "/maxsize:")).is_some_and(is_small) {
            return Some(SHRUNK.on(short(line)));
        }
    }
    if line.contains("limit-eventlog") && value_of(line, "-maximumsize").is_some_and(is_small) {
        return Some(SHRUNK.on(short(line)));
    }
    if any(line, &[".isenabled = $false", ".isenabled=$false"]) && line.contains("eventlog") {
        return Some(CHANNEL_OFF.on("by script"));
    }
    if line.contains("logman") && any(line, &[" stop ", " delete "]) && any(line, &["eventlog", "-ets"]) {
        return Some(CHANNEL_OFF.on(short(line)));
    }
    if any(line, &["remove-etwtraceprovider", "set-etwtraceprovider"])
        && line.contains("-name") | line.contains("-guid")
    {
        return Some(CHANNEL_OFF.on(short(line)));
    }
    if line.contains("cachedgrouppolicysettings") && any(line, &["scriptblocklogging", "invocationlogging"]) {
        return Some(POWERSHELL_OFF.on("cached policy changed"));
    }
    let (path, data) = told.write.as_ref()?;
    value(path, data)
}

fn value(path: &str, data: &str) -> Option<Act> {
    let off = number(data) == Some(0) || data == "false";
    if path.contains("\\services\\eventlog\\start") && matches!(number(data), Some(3 | 4)) {
        return Some(SERVICE_STOPPED.on("start type of Eventlog"));
    }
    const SESSIONS: [&str; 4] =
        ["autologger\\eventlog-", "autologger\\defender", "autologger\\sysmon", "autologger\\microsoft-windows-sysmon"];
    if any(path, &SESSIONS) && any(path, &["\\start", "\\enabled"]) && off {
        return Some(CHANNEL_OFF.on(path));
    }
    if path.contains("\\winevt\\channels\\") && path.ends_with("\\enabled") && off {
        return Some(CHANNEL_OFF.on(path));
    }
    if path.contains("\\services\\eventlog\\")
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
        "processcreationincludecmdline_enabled",
    ];
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
