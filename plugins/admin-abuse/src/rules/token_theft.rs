//! Somebody acts with another's token (T1134): impersonation tools and calls, services that are tricked into handing over
//! SYSTEM, `runas`.
//!
//! **Weight.** A potato-like tool, a pipe that carries another pipe's path in its name (so that a service of SYSTEM opens
//! it), a service that only echoes into a pipe: high. `runas /netonly` and saved credentials, a loose program that may
//! debug others: medium. A plain `runas` is how administrators work: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const TOOL: Kind = Kind::new("token-tool", 5, "ran a tool that takes another's token: {}");
pub const CALL: Kind = Kind::new("token-call", 4, "called the functions that take another's token: {}");
pub const PIPE: Kind = Kind::new("pipe-echo", 5, "had a service echo into a pipe to become SYSTEM: {}");
pub const TRICK: Kind = Kind::new("pipe-in-pipe", 5, "made a pipe that services of SYSTEM are tricked into: {}");
pub const PRIVILEGE: Kind = Kind::new("privilege-switched-on", 3, "switched on the right to act for others: {}");
pub const CHILD: Kind = Kind::new("system-child", 3, "started {} as SYSTEM from a program of a person");
pub const UNDER_CORE: Kind = Kind::new("shell-under-core", 4, "started {} under a core process of Windows");
pub const OTHER_LOGON: Kind = Kind::new("other-logon", 3, "started a program with other credentials: {}");
pub const RUNAS: Kind = Kind::new("runas", 1, "started a program as another user: {}");
pub const CROSSED: Kind = Kind::new("crossed", 1, "started {} from another person's program");

pub const THEME: Theme = Theme {
    id: "token-theft",
    title: "Another account's token used",
    severity: Severity::Medium,
    confidence: 65,
    techniques: &[("T1134", "a token is taken, made or passed on"), ("T1134.002", "a process is created with a token")],
    advice: "See what runs as the other account now, and which service was used. Isolate the host when a tool was named; \
             for `runas`, ask the user.",
    kinds: &[&TOOL, &CALL, &PIPE, &TRICK, &PRIVILEGE, &CHILD, &UNDER_CORE, &OTHER_LOGON, &RUNAS, &CROSSED],
    words: &[
        "potato",
        "spoofer",
        "incognito",
        "tokenvator",
        "sharptoken",
        "tokenmanip",
        "token::",
        "duplicatetoken",
        "setthreadtoken",
        "privilege::",
        "\\pipe\\",
        ",a /p:",
        "impersonateloggedon",
        "createprocesswith",
        "runas",
        "credentialinjection",
        " -credential ",
    ],
    judge,
    command,
};

const TOOLS: [&str; 13] = [
    "juicypotato",
    "rottenpotato",
    "sweetpotato",
    "godpotato",
    "roguepotato",
    "efspotato",
    "hotpotato",
    "lonelypotato",
    "printspoofer",
    "incognito",
    "tokenvator",
    "sharptoken",
    "invoke-tokenmanipulation",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process => child(told),
        Source::File if told.activity == 1 && told.path.contains("\\pipe\\") => Some(TRICK.on(&*told.path)),
        Source::Privilege if !told.by_machine() => Some(PRIVILEGE.on(format!("{} by {}", told.data, told.image))),
        // A loose program that brings credentials of its own (4648).
        Source::Logon if told.code == "4648" => (told.who != told.whom && !told.by_machine())
            .then(|| OTHER_LOGON.on(format!("{} by {}", told.whom, told.image))),
        // Type 9 goes out as somebody else, type 2 is somebody else here.
        Source::Logon if told.who != told.whom && !told.by_machine() => {
            let kind = if told.activity == 9 { &OTHER_LOGON } else { &RUNAS };
            Some(kind.on(format!("{} by the secondary logon", told.whom)))
        }
        Source::Service if told.activity == 1 && is_echo(&told.line) => Some(PIPE.on(super::short(&told.line))),
        _ => None,
    }
}

/// `cmd.exe /c echo x > \\.\pipe\x`: the service that a framework's `getsystem` makes.
fn is_echo(line: &str) -> bool {
    all(line, &["echo ", "\\\\.\\pipe\\"]) || all(line, &["rundll32", ",a /p:"])
}

fn child(told: &Told<'_>) -> Option<Act> {
    let shells = ["cmd", "powershell", "pwsh", "rundll32", "mshta", "wscript", "cscript", "regsvr32", "whoami", "net"];
    if matches!(&*told.parent, "lsass" | "winlogon") && shells.contains(&&*told.image) {
        return Some(UNDER_CORE.on(format!("{} ({})", told.image, told.parent)));
    }
    let system = told.whom == "nt authority\\system";
    let person = !told.parent_user.is_empty()
        && !told.parent_user.to_lowercase().starts_with("nt ")
        && !matches!(&*told.parent_user.to_lowercase(), "system" | "local service" | "network service")
        && !told.parent_user.ends_with('$');
    let name = told.whom.rsplit('\\').next().unwrap_or(told.whom);
    if person && !told.by_machine() && !name.is_empty() && !told.parent_user.eq_ignore_ascii_case(name) {
        return Some(CROSSED.on(&*told.image));
    }
    (system && person && !matches!(&*told.image, "werfault" | "consent" | "conhost")).then(|| CHILD.on(&*told.image))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if let Some(tool) = TOOLS.iter().find(|tool| line.contains(**tool) || told.file_name.contains(**tool)) {
        return Some(TOOL.on(*tool));
    }
    if told.file_name.contains("potato") {
        return Some(TOOL.on(&*told.file_name));
    }
    if any(line, &["token::elevate", "token::run", "privilege::debug token", "token::revert"]) {
        return Some(TOOL.on("token::elevate"));
    }
    if is_echo(line) {
        return Some(PIPE.on(super::short(line)));
    }
    let calls = [
        "impersonateloggedonuser",
        "createprocesswithtoken",
        "createprocesswithlogon",
        "duplicatetokenex",
        "setthreadtoken",
    ];
    if let Some(call) = calls.iter().find(|call| line.contains(**call)) {
        return Some(CALL.on(*call));
    }
    if any(line, &["invoke-runas", "invoke-credentialinjection"]) {
        return Some(OTHER_LOGON.on(super::short(line)));
    }
    let process = line.contains("start-process") || line.contains("diagnostics.process");
    if process && any(line, &["-credential ", "securestring", ".password ="]) {
        return Some(RUNAS.on(super::short(line)));
    }
    if told.image == "runas" || any(line, &["runas /", "runas.exe /"]) {
        let other = any(line, &["/netonly", "/savecred"]);
        return Some(if other { OTHER_LOGON.on(super::short(line)) } else { RUNAS.on(super::short(line)) });
    }
    None
}
