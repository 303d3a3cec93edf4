//! Event logs cleared: the trail is taken away (ATT&CK T1685.005).
//!
//! The log itself tells (1102 for Security, 104 for the others); where it does not, the command does (`wevtutil cl`,
//! `Clear-EventLog`, `ClearLog`, WMI's `ClearEventLog`), or the file of the log that is deleted.
//!
//! **Weight.** Nobody needs to clear Security: high by itself. Another log: medium, since people do it while they chase a
//! fault; several logs of one host within an hour: high. **False alarms.** Imaging clears logs: as the
//! machine itself, whatever the number, it is medium, and Sysprep by the machine itself within the hour makes it low. A shell's
//! history of one session is cleared by tidy people: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{after, all, any, calls, first_word};

pub const SECURITY: Kind = Kind::new("security-log-cleared", 5, "cleared the Security log").step(Step::Logs);
pub const OTHER: Kind = Kind::new("log-cleared", 3, "cleared the log {}").many(3, 2).step(Step::Logs);
pub const COMMAND: Kind = Kind::new("clear-command", 4, "ran a command that clears the log {}").step(Step::Logs);
pub const FILE: Kind = Kind::new("log-file-deleted", 5, "deleted the file of a log, {}").step(Step::Logs);
pub const HISTORY: Kind = Kind::new("history-removed", 3, "removed the history of commands: {}");
pub const SESSION_HISTORY: Kind = Kind::new("history-cleared", 1, "cleared the history of a shell");
pub const JOURNAL: Kind = Kind::new("journal-deleted", 3, "deleted the file system's journal of {}").step(Step::Logs);

pub const THEME: Theme = Theme {
    id: "log-cleared",
    title: "Event log cleared",
    severity: Severity::High,
    confidence: 85,
    techniques: &[
        ("T1685.005", "a log is cleared, or its file deleted"),
        ("T1070", "traces are removed"),
        ("T1070.003", "the history of commands is removed"),
    ],
    advice: "Read the forwarded copy of this host's log for the hour before: that is what was to be hidden. Ask who cleared \
             it and why; without an answer, treat the account and the host as taken. Look for the same account on other hosts.",
    kinds: &[&SECURITY, &OTHER, &COMMAND, &FILE, &HISTORY, &SESSION_HISTORY, &JOURNAL],
    words: &[
        "wevtutil",
        "eventlog",
        "clearlog",
        "winevt",
        "deletejournal",
        ".evtx",
        "consolehost_history",
        "clear-history",
        "historysave",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Log if told.activity == 1 && told.kind == "security" => Some(SECURITY.on("Security")),
        Source::Log if told.activity == 1 => Some(OTHER.on(&*told.kind)),
        // The log service itself deletes files of logs that are removed with their products.
        Source::File if told.activity == 4 && is_log_file(&told.path) && told.image != "svchost" => {
            Some(FILE.on(&*told.path))
        }
        Source::File if told.activity == 4 && told.path.ends_with("consolehost_history.txt") => {
            Some(HISTORY.on(&*told.path))
        }
        _ => None,
    }
}

fn is_log_file(path: &str) -> bool {
    path.ends_with(".evtx") && path.contains("winevt\\logs")
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if line.contains("wevtutil") {
        let clear = |rest: &str| {
            let (verb, name) = rest.split_once(' ')?;
            matches!(verb, "cl" | "clear-log").then(|| COMMAND.on(first_word(name)))
        };
        let loops = || {
            calls(line, "}")
                .find_map(clear)
                .or_else(|| all(line, &["foreach", " cl "]).then(|| COMMAND.on("of every name")))
        };
        if let Some(act) = calls(line, "wevtutil").find_map(clear).or_else(loops) {
            return Some(act);
        }
    }
    for verb in ["clear-eventlog", "remove-eventlog"] {
        if let Some(rest) = after(line, verb).filter(|_| is_called(line, verb)) {
            let named = after(rest, "-logname ").or_else(|| after(rest, "-log ")).unwrap_or(rest);
            return Some(COMMAND.on(first_word(named)));
        }
    }
    let by_call = all(line, &["eventlogsession", "clearlog("])
        || line.contains("evtclearlog")
        || any(line, &["diagnostics.eventlog", "get-eventlog"]) && any(line, &[".clear(", "eventlog]::delete("]);
    if by_call {
        return Some(COMMAND.on("of every name"));
    }
    if any(line, &["nteventlog", "win32_nteventlogfile"])
        && (any(line, &["cleareventlog", "clear-"]) || line.ends_with(" cl"))
    {
        return Some(COMMAND.on("by WMI"));
    }
    let away = ["del", "erase", "remove-item", "rm", "move", "ren", "move-item", "rename-item"];
    if line.contains("winevt\\logs") && away.iter().any(|verb| calls(line, verb).next().is_some()) {
        return Some(FILE.on("winevt\\logs"));
    }
    if all(line, &["usn", "deletejournal"]) {
        return Some(JOURNAL.on(line.rsplit(' ').next().unwrap_or_default()));
    }
    history(line)
}

fn history(line: &str) -> Option<Act> {
    let gone = ["del", "erase", "remove-item", "rm", "ri", "clear-content", "set-content"];
    let file = any(line, &["consolehost_history", "historysavepath"])
        && gone.iter().any(|verb| calls(line, verb).next().is_some());
    if file || all(line, &["historysavestyle", "savenothing"]) {
        return Some(HISTORY.on(super::short(line)));
    }
    calls(line, "clear-history").next().is_some().then(|| SESSION_HISTORY.on(""))
}

/// Whether a cmdlet is called, not only defined, exported or described.
fn is_called(line: &str, verb: &str) -> bool {
    !["function ", "export-modulemember ", "get-help ", "get-command "]
        .iter()
        .any(|before| line.contains(&format!("{before}{verb}")))
}
