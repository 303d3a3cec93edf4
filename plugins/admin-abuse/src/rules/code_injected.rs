//! Code put into another process (T1055): a thread started there, its image replaced, its memory opened to write, and the
//! marks that frameworks for it leave.
//!
//! **Weight.** A program of a loose folder, or a script host, that starts a thread in a process of Windows or opens it to
//! write: medium; more of them, or a framework's own pipe or function: high. The engine of .NET or PowerShell in
//! a program that has no use for it: medium. **False alarms.** Debuggers, games and screen readers start threads elsewhere
//! from `Program Files`: not told. Browsers replace their own image when they update: not told. A parent opens its own
//! children with all rights: only processes that run for long are looked at.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const THREAD: Kind = Kind::new("thread-elsewhere", 3, "started a thread in another process: {}").many(3, 2);
pub const REPLACED: Kind = Kind::new("image-replaced", 3, "ran a process whose image was replaced: {}").many(3, 2);
pub const OPENED: Kind = Kind::new("memory-opened", 3, "opened a process of Windows to write into it: {}").many(3, 2);
pub const ENGINE: Kind =
    Kind::new("engine-elsewhere", 3, "loaded an engine of scripts into a program that needs none: {}");
pub const PIPE: Kind = Kind::new("framework-pipe", 5, "opened a pipe that a framework of intruders names: {}");
pub const FUNCTION: Kind = Kind::new("injection-script", 5, "ran a script that puts code into memory: {}");

pub const THEME: Theme = Theme {
    id: "code-injected",
    title: "Code put into another process",
    severity: Severity::Medium,
    confidence: 65,
    techniques: &[
        ("T1055", "a thread, an image or memory of another process is written"),
        ("T1620", "code is loaded that lies in no file"),
    ],
    advice: "Take an image of the memory of both processes before anything else, then isolate the host. What the target \
             process did since is the intruder's doing.",
    kinds: &[&THREAD, &REPLACED, &OPENED, &ENGINE, &PIPE, &FUNCTION],
    words: &[
        "virtualalloc",
        "writeprocessmemory",
        "createremotethread",
        "ntmapviewofsection",
        "queueuserapc",
        "invoke-shellcode",
        "reflectivepe",
        "invoke-dllinjection",
        "invoke-psinject",
        "getdelegateforfunctionpointer",
        "process hollowing",
        "ntunmapviewofsection",
    ],
    judge,
    command,
};

/// Processes of Windows that run for long, and are entered for it; without `.exe`.
pub const HOSTS: [&str; 18] = [
    "explorer",
    "svchost",
    "winlogon",
    "spoolsv",
    "services",
    "dllhost",
    "taskhostw",
    "sihost",
    "runtimebroker",
    "lsm",
    "searchindexer",
    "wininit",
    "csrss",
    "smss",
    "dwm",
    "userinit",
    "ctfmon",
    "msmpeng",
];
/// Programs that run the code of others, or have none of their own to run elsewhere; without `.exe`.
pub const CARRIERS: [&str; 14] = [
    "powershell",
    "pwsh",
    "rundll32",
    "regsvr32",
    "mshta",
    "wscript",
    "cscript",
    "cmd",
    "msbuild",
    "installutil",
    "notepad",
    "python",
    "regasm",
    "excel",
];
/// Programs into which the engine of PowerShell or .NET comes by injection alone; without `.exe`.
pub const ENGINELESS: [&str; 12] = [
    "rundll32", "regsvr32", "notepad", "mshta", "wscript", "cscript", "spoolsv", "lsass", "winlogon", "calc",
    "svchost", "userinit",
];
/// Libraries of those engines.
pub const ENGINES: [&str; 3] = ["system.management.automation.dll", "system.management.automation.ni.dll", "clr.dll"];
/// Beginnings of the names of pipes that frameworks and their tools make when nobody changes them.
pub const PIPES: [&str; 14] = [
    "\\msse-",
    "\\postex_",
    "\\msagent_",
    "\\status_",
    "\\gruntsvc",
    "\\mypipe-",
    "\\win_svc",
    "\\ntsvcs_",
    "\\scerpc_",
    "\\demoagent_",
    "\\jaccdpqnvbrrxlaf",
    "\\isapi_dg",
    "\\lsadump",
    "\\wkssvc_",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    let between = || format!("{} into {}", told.image, told.path);
    match told.source {
        Source::Thread => (told.image != told.path).then(|| THREAD.on(between())),
        Source::Opened => (told.image != told.path).then(|| OPENED.on(between())),
        Source::Tampered => {
            let browser =
                any(&told.image, &["chrome", "msedge", "firefox", "opera", "brave", "setup", "update", "code"]);
            let home = any(&told.image_path, &["\\program files", "\\appdata\\local\\"])
                && !told.image_path.contains("\\temp\\");
            (!(browser && home)).then(|| REPLACED.on(&*told.image_path))
        }
        Source::Library if ENGINES.iter().any(|engine| told.path.ends_with(engine)) => {
            // Services of Windows that are written in .NET run in service hosts.
            let usual = told.image == "svchost" && told.path.ends_with("clr.dll");
            (!usual).then(|| ENGINE.on(told.image.clone()))
        }
        Source::File if told.is_pipe && PIPES.iter().any(|pipe| told.path.starts_with(pipe)) => {
            Some(PIPE.on(&*told.path))
        }
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let named = ["invoke-shellcode", "reflectivepe", "invoke-dllinjection", "invoke-psinject"];
    if let Some(name) = named.iter().find(|name| line.contains(**name)) {
        return Some(FUNCTION.on(*name));
    }
    let runs =
        ["createthread", "createremotethread", "queueuserapc", "getdelegateforfunctionpointer", "writeprocessmemory"];
    let fills = any(line, &["virtualalloc", "ntmapviewofsection"]);
    let hollow = all(line, &["ntunmapviewofsection", "writeprocessmemory"]);
    (fills && any(line, &runs) || hollow).then(|| FUNCTION.on("memory is allocated, filled and run"))
}
