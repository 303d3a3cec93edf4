//! Event logs cleared: the trail is taken away (ATT&CK T1685.005).
//!
//! The log itself tells (1102 for Security, 104 for the others); where it does not, the command does (`wevtutil cl`,
//! `Clear-EventLog`, `ClearLog`, WMI's `ClearEventLog`), or the file of the log that is deleted.
//!
//! **Weight.** Nobody needs to clear Security: high by itself. Another log: medium, since people do it while they chase a
//! fault; several logs of one host within an hour: high. **False alarms.** Imaging clears logs: Sysprep within the hour,
//! as SYSTEM, makes it low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{after, all, any, first_word};

pub const SECURITY: Kind = Kind::new("security-log-cleared", 5, "cleared the Security log").step(Step::Logs);
pub const OTHER: Kind = Kind::new("log-cleared", 3, "cleared the log {}").many(3, 2).step(Step::Logs);
pub const COMMAND: Kind = Kind::new("clear-command", 4, "ran a command that clears the log {}").step(Step::Logs);
pub const FILE: Kind = Kind::new("log-file-deleted", 5, "deleted the file of a log, {}").step(Step::Logs);
pub const JOURNAL: Kind = Kind::new("journal-deleted", 3, "deleted the file system's journal of {}").step(Step::Logs);

pub const THEME: Theme = Theme {
    id: "log-cleared",
    title: "Event log cleared",
    severity: Severity::High,
    confidence: 85,
    techniques: &[("T1685.005", "a log is cleared, or its file deleted"), ("T1070", "traces are removed")],
    advice: "Read the forwarded copy of this host's log for the hour before: that is what was to be hidden. Ask who cleared \
             it and why; without an answer, treat the account and the host as taken. Look for the same account on other hosts.",
    kinds: &[&SECURITY, &OTHER, &COMMAND, &FILE, &JOURNAL],
    judge,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.activity == 1 && told.kind == "security" => Some(SECURITY.on("Security")),
        Source::Log if told.activity == 1 => Some(OTHER.on(&*told.kind)),
        // The log service itself deletes files of logs that are removed with their products.
        Source::File if told.activity == 4 && is_log_file(&told.path) && told.image != "svchost" => {
            Some(FILE.on(&*told.path))
        }
        Source::Process | Source::Script => command(&told.line),
        _ => None,
    }
}

fn is_log_file(path: &str) -> bool {
    path.ends_with(".evtx") && path.contains("winevt\\logs")
}

fn command(line: &str) -> Option<Act> {
    for verb in
        ["wevtutil cl ", "wevtutil.exe cl ", "wevtutil clear-log ", "wevtutil.exe clear-log ", "} cl ", ".exe cl "]
    {
        if line.contains("wevtutil")
            && let Some(rest) = after(line, verb)
        {
            return Some(COMMAND.on(first_word(rest)));
        }
    }
    for verb in ["clear-eventlog", "remove-eventlog"] {
        if let Some(rest) = after(line, verb).filter(|_| is_called(line, verb)) {
            let named = after(rest, "-logname ").or_else(|| after(rest, "-log ")).unwrap_or(rest);
            return Some(COMMAND.on(first_word(named)));
        }
    }
    if all(line, &["eventlogsession", "clearlog("]) || all(line, &["wevtutil", "foreach", " cl "]) {
        return Some(COMMAND.on("of every name"));
    }
    if any(line, &["nteventlog", "win32_nteventlogfile"]) && any(line, &["cleareventlog", "clear-"]) {
        return Some(COMMAND.on("by WMI"));
    }
    if any(line, &["del ", "erase ", "remove-item ", "rm "]) && line.contains("winevt\\logs") {
        return Some(FILE.on("winevt\\logs"));
    }
    if all(line, &["fsutil", "usn", "deletejournal"]) {
        return Some(JOURNAL.on(line.rsplit(' ').next().unwrap_or_default()));
    }
    None
}

/// Whether a cmdlet is called, not only defined, exported or described.
fn is_called(line: &str, verb: &str) -> bool {
    !["function ", "export-modulemember ", "get-help ", "get-command "]
        .iter()
        .any(|before| line.contains(&format!("{before}{verb}")))
}
