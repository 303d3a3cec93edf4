//! A door at the logon screen (T1546.008, T1546.012): an accessibility program is replaced, or a debugger set for it, so
//! that whoever stands before the screen, or opens a desktop from afar, gets SYSTEM without a password.
//!
//! **Weight.** The shell itself, the debugger, the replaced file: high. A debugger for another program: medium, since
//! developers set some. **False alarms.** Windows servicing rewrites these files as TrustedInstaller: not told.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, any};

pub const SHELL: Kind = Kind::new("shell-at-logon-screen", 5, "opened a shell in the place of {} at the logon screen");
pub const DEBUGGER: Kind = Kind::new("accessibility-debugger", 5, "set a debugger for the accessibility program {}");
pub const OTHER_DEBUGGER: Kind = Kind::new("debugger-set", 3, "set a debugger or monitor for {}");
pub const REPLACED: Kind =
    Kind::new("accessibility-replaced", 4, "replaced, or tried to, the accessibility program {}");

pub const THEME: Theme = Theme {
    id: "logon-screen-door",
    title: "Door at the logon screen",
    severity: Severity::High,
    confidence: 80,
    techniques: &[
        ("T1546.008", "an accessibility program is replaced or debugged"),
        ("T1548", "the shell it opens has SYSTEM's rights"),
    ],
    advice: "Put the file or key back, see who logged on from afar since, and look for the account that had the rights to do it.",
    kinds: &[&SHELL, &DEBUGGER, &OTHER_DEBUGGER, &REPLACED],
    words: &[
        "sethc",
        "utilman",
        "osk",
        "magnify",
        "narrator",
        "displayswitch",
        "atbroker",
        "execution options",
        "silentprocessexit",
    ],
    judge,
    command,
};

/// Programs that the logon screen offers to anybody, without `.exe`.
pub const DOORS: [&str; 7] = ["sethc", "utilman", "osk", "magnify", "narrator", "displayswitch", "atbroker"];
const SHELLS: [&str; 7] = ["cmd", "powershell", "pwsh", "taskmgr", "explorer", "mmc", "regedit"];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process => shell(told),
        Source::Value | Source::Key if told.activity != 4 => key(&told.path, &told.data),
        Source::File
            if matches!(told.activity, 1 | 3 | 4 | 7) && !told.path.contains("winsxs") && !by_servicing(told) =>
        {
            replaced(&told.path).map(|name| REPLACED.on(name))
        }
        _ => None,
    }
}

fn by_servicing(told: &Told<'_>) -> bool {
    any(&told.image, &["tiworker", "trustedinstaller", "poqexec", "wuauclt", "dism"])
}

fn shell(told: &Told<'_>) -> Option<Act> {
    let called = |name: &&&str| {
        told.line.contains(&format!("{name}.exe 211"))
            || told.line.contains(&format!("{name}.exe /debug"))
            || told.parent == **name
    };
    let program = DOORS.iter().find(called);
    if let Some(program) = program.filter(|_| SHELLS.contains(&&*told.image)) {
        return Some(SHELL.on(*program));
    }
    // A shell under an accessibility program's name.
    let mask = DOORS.iter().find(|name| told.file_name == **name && SHELLS.contains(&&*told.image))?;
    Some(SHELL.on(*mask))
}

fn replaced(path: &str) -> Option<&'static str> {
    DOORS.into_iter().find(|name| path.ends_with(&format!("system32\\{name}.exe")))
}

fn key(path: &str, data: &str) -> Option<Act> {
    let program = after(path, "\\image file execution options\\").or_else(|| after(path, "\\silentprocessexit\\"))?;
    let (program, value) = program.split_once('\\')?;
    if !matches!(value, "debugger" | "monitorprocess") || data.is_empty() {
        return None;
    }
    let known = DOORS.iter().any(|name| program.strip_suffix(".exe") == Some(*name));
    Some(if known { DEBUGGER.on(program) } else { OTHER_DEBUGGER.on(program) })
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if let Some(act) = told.writes.iter().find_map(|(path, data)| key(path, data)) {
        return Some(act);
    }
    let writes =
        any(line, &["copy ", "move ", "ren ", "takeown", "icacls", "copy-item", "move-item", "xcopy ", "mklink "]);
    let program = DOORS.into_iter().find(|name| line.contains(&format!("{name}.exe")))?;
    (writes && line.contains("system32")).then(|| REPLACED.on(program))
}
