//! What people type taken while they type it (T1056): keys recorded, passwords asked for by a window of a script.
//!
//! **Weight.** Functions that read the keyboard's state, or a prompt whose password is read out again: medium; a published
//! recorder: high. **False alarms.** Administrators' scripts ask for credentials and hand them on (`Get-Credential`): only
//! those that read the password out count. Games and remote support read keys as programs, not as scripts.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const RECORDER: Kind = Kind::new("key-recorder", 5, "ran a script that records keys: {}");
pub const KEYS: Kind = Kind::new("keys-read", 3, "ran a script that reads the keyboard: {}");
pub const PROMPT: Kind = Kind::new("password-prompt", 3, "asked for a password by a window and read it out: {}");
pub const SPRAY: Kind = Kind::new("passwords-tried", 3, "ran a script that tries passwords: {}");

pub const THEME: Theme = Theme {
    id: "input-captured",
    title: "Passwords or keys taken from people",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[
        ("T1056.001", "the keyboard is read by a script"),
        ("T1056.002", "a window asks for a password that the script reads out"),
        ("T1110.003", "a script tries passwords of many accounts"),
    ],
    advice: "Reset the passwords of whoever worked at the host since. See where the script wrote what it took.",
    kinds: &[&RECORDER, &KEYS, &PROMPT, &SPRAY],
    words: &[
        "getasynckeystate",
        "getkeyboardstate",
        "setwindowshookex",
        "get-keystrokes",
        "keylogger",
        "promptforcredential",
        "getnetworkcredential",
        "invoke-credentialphisher",
        "invoke-loginprompt",
        "passwordspray",
        "invoke-bruteforce",
        "invoke-spray",
        "ipc$ /user:",
    ],
    judge: |_| None,
    command,
};

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if any(line, &["get-keystrokes", "keylogger"]) {
        return Some(RECORDER.on(super::short(line)));
    }
    if any(line, &["passwordspray", "invoke-bruteforce", "invoke-spray"]) || is_loop(line) {
        return Some(SPRAY.on(super::short(line)));
    }
    if told.source != Source::Script || line.len() > 20_000 {
        return None;
    }
    if any(line, &["getasynckeystate", "getkeyboardstate"]) || all(line, &["setwindowshookex", "dllimport"]) {
        return Some(KEYS.on("its functions are called"));
    }
    let asks = any(line, &["promptforcredential", "invoke-credentialphisher", "invoke-loginprompt"])
        || all(line, &["get-credential", "getnetworkcredential"]);
    let reads = line.contains("getnetworkcredential") && line.contains(".password")
        || any(line, &["invoke-credentialphisher", "invoke-loginprompt"]);
    (asks && reads).then(|| PROMPT.on("the password is read out"))
}

/// A connection with credentials for every line of a list.
fn is_loop(line: &str) -> bool {
    any(line, &["for /f", "foreach", "| %"]) && all(line, &["ipc$", "/user:"])
}
