//! Elevation without the question (T1548.002): a key that an elevated program of Windows trusts is turned, the program
//! started, and what it starts is elevated.
//!
//! **Weight.** The key, the library planted beside an elevated program, and the child of a program that has no children:
//! high, each by one record. The question switched off by policy: medium. **False alarms.** Programs register their own
//! protocols under `Classes`: only the ones that elevated programs open count. Servicing writes into Windows' folders as
//! TrustedInstaller: only hands of users count.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any, number};

pub const KEY: Kind = Kind::new("trusted-key-turned", 5, "turned a key that elevated programs trust: {}");
pub const CHILD: Kind = Kind::new("elevated-child", 5, "started a program through {}, which elevates without asking");
pub const INTERFACE: Kind = Kind::new("elevated-interface", 5, "started {} through an elevated interface");
pub const PROFILE: Kind = Kind::new("connection-profile", 3, "installed a connection profile silently: {}");
pub const PLANTED: Kind = Kind::new("planted-library", 4, "planted a file beside Windows' own programs: {}");
pub const MOCK: Kind = Kind::new("mock-folder", 5, "used a folder that looks like Windows' own: {}");
pub const TOOL: Kind = Kind::new("bypass-command", 4, "ran a command known for elevation: {}");
pub const POLICY: Kind = Kind::new("question-off", 3, "switched off the question before elevation: {}");

pub const THEME: Theme = Theme {
    id: "uac-bypass",
    title: "Elevation without the question (UAC bypass)",
    severity: Severity::High,
    confidence: 75,
    techniques: &[
        ("T1548.002", "an elevated program of Windows is made to start another"),
        ("T1218.003", "a connection profile is installed silently"),
    ],
    advice: "Somebody runs code as this user and wanted more. Look at what was started, isolate the host, and take the \
             user's session as taken.",
    kinds: &[&KEY, &CHILD, &INTERFACE, &PROFILE, &PLANTED, &MOCK, &TOOL, &POLICY],
    words: &[
        "cmstp",
        "c:\\windows \\",
        "bypassuac",
        "bypass-uac",
        "uacbypass",
        "vwrbypass",
        "sdcltbypass",
        "scriptbypass",
        "envbypass",
        "fodhelper",
        "sdclt",
        "elevation:administrator",
        "silentcleanup",
        "wusa",
        "ms-settings",
        "mscfile",
        "exefile",
        "shell\\open",
        "shell\\runas",
        "folder\\shell",
        "\\environment",
        "control.exe",
        "enablelua",
        "consentprompt",
        "promptonsecure",
        "isolatedcommand",
        "akagi",
        "uacme",
    ],
    judge,
    command,
};

/// Programs of Windows that elevate by themselves and start nothing else in honest use.
pub const ELEVATING: [&str; 24] = [
    "fodhelper",
    "computerdefaults",
    "eventvwr",
    "sdclt",
    "wsreset",
    "slui",
    "changepk",
    "cmstp",
    "iscsicpl",
    "bitlockerwizardelev",
    "systempropertiesadvanced",
    "msconfig",
    "compmgmtlauncher",
    "cliconfg",
    "mcx2prov",
    "migwiz",
    "dccw",
    "winsat",
    "ieinstal",
    "perfmon",
    "inetmgr",
    "cttune",
    "optionalfeatures",
    "rekeywiz",
];

/// What they start in honest use.
const HONEST: [&str; 21] = [
    "mmc",
    "werfault",
    "control",
    "conhost",
    "sdclt",
    "changepk",
    "slui",
    "wsreset",
    "explorer",
    "systemsettings",
    "applicationframehost",
    "cmmon32",
    "rundll32",
    "taskmgr",
    "dwwin",
    "iexplore",
    "msedge",
    "w3wp",
    "resmon",
    "appcmd",
    "fontdrvhost",
];

/// Elevated interfaces by which other programs start one (CMSTPLUA and its kin).
pub const INTERFACES: [&str; 7] = [
    "3e5fc7f9-9a51-4367-9063-a120244fbec7",
    "d2e7041b-2927-42fb-8e9f-7ce93b6dc937",
    "e9495b87-d950-4ab5-87a5-ff6d70bf3e90",
    "4d111e08-cbf7-4f12-a926-2c7920af52fc",
    "e614de9e-0000-0000-0000-000000000000",
    "bd54c901-076b-434e-b6c7-17c531f4ab41",
    "3e000d72-a845-4cd9-bd83-80c07c3b881f",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process => child(told),
        Source::File if told.activity == 1 && is_planted(told) => Some(PLANTED.on(&*told.path)),
        Source::Value | Source::Key if told.activity != 4 => key(&told.path, &told.data),
        _ => None,
    }
}

/// A program or library that a user's hands put among Windows' own: by the elevated file mover (a `dllhost` surrogate), by
/// the unpacker of updates, or beside a side-by-side redirection.
fn is_planted(told: &Told<'_>) -> bool {
    let hands = ["dllhost", "wusa", "explorer", "cmd", "powershell", "makecab", "expand"];
    let own = any(&told.path, &["\\windows\\system32\\", "\\windows\\syswow64\\"]);
    let beside = any(&told.path, &["\\sysprep\\", "\\migwiz\\", "\\wbem\\", "\\oobe\\", ".exe.local\\", "\\spp\\"]);
    let by_mover = matches!(&*told.image, "dllhost" | "wusa");
    let kind = told.path.ends_with(".dll") || told.path.ends_with(".exe") || told.path.ends_with(".msc");
    own && kind && hands.contains(&&*told.image) && (beside || by_mover) && !told.path.contains("\\spool\\")
}

fn child(told: &Told<'_>) -> Option<Act> {
    let parent = ELEVATING.iter().find(|name| told.parent == **name);
    if let Some(parent) = parent.filter(|_| !HONEST.contains(&&*told.image) && !ELEVATING.contains(&&*told.image)) {
        return Some(CHILD.on(*parent));
    }
    if told.parent == "dllhost" && any(&told.parent_line, &INTERFACES) && told.image != "werfault" {
        return Some(INTERFACE.on(&*told.image));
    }
    if told.image_path.contains("\\windows \\") {
        return Some(MOCK.on(&*told.image_path));
    }
    None
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if any(line, &["cmstp /", "cmstp.exe /"]) && any(line, &[" /s", " /au", " /ni", "/ns"]) && line.contains(".inf") {
        return Some(PROFILE.on(super::short(line)));
    }
    if any(line, &["c:\\windows \\", "\\\\?\\c:\\windows "]) {
        return Some(MOCK.on(super::short(line)));
    }
    if any(
        line,
        &[
            "invoke-bypassuac",
            "bypass-uac",
            "invoke-eventvwrbypass",
            "invoke-fodhelper",
            "invoke-sdcltbypass",
            "invoke-wscriptbypassuac",
            "invoke-envbypass",
            "elevation:administrator!new:",
        ],
    ) || matches!(&*told.file_name, "akagi" | "akagi64" | "akagi32" | "uacme")
    {
        return Some(TOOL.on(super::short(line)));
    }
    let task = all(line, &["silentcleanup", "/run"]) || all(line, &["start-scheduledtask", "silentcleanup"]);
    let isolated = line.contains("sdclt") && any(line, &["/kickoffelev", "isolatedcommand"]);
    if task || isolated || all(line, &["wusa", ".cab", "/extract"]) {
        return Some(TOOL.on(super::short(line)));
    }
    told.writes.iter().find_map(|(path, data)| key(path, data))
}

fn key(path: &str, data: &str) -> Option<Act> {
    let own =
        any(path, &["hku\\", "hkcu", "hkey_current_user", "\\registry\\user\\", "_classes\\", "registry::hkey_users"]);
    let opened = [
        "ms-settings\\",
        "mscfile\\",
        "exefile\\shell\\runas",
        "folder\\shell\\open",
        "appx82a6gwre4fdg3bt635tn5ctqjf8msdd2\\",
        "launcher.systemsettings\\",
        "windows.systemtoast",
        "\\folder\\shell\\",
        "\\exefile\\shell\\open",
        "ms-windows-store\\",
    ];
    if own && any(path, &opened) && any(path, &["\\command", "\\curver", "shell\\open"]) {
        return Some(KEY.on(path));
    }
    let places = ["\\environment\\windir", "\\environment\\systemroot"];
    if own && any(path, &places) && !data.is_empty() {
        return Some(KEY.on(path));
    }
    if own && path.contains("\\app paths\\control.exe") {
        return Some(KEY.on(path));
    }
    // Libraries that elevated consoles load before Windows' own.
    let consoles = ["{0a29ff9e-7f9c-4437-8b11-f424491e3931}", "{b29d466a-857d-35ba-8712-a758861bfea1}"];
    if own && any(path, &consoles) && path.contains("inprocserver32") {
        return Some(KEY.on(path));
    }
    let off = number(data) == Some(0);
    let policy = any(
        path,
        &[
            "\\policies\\system\\enablelua",
            "\\policies\\system\\consentpromptbehavioradmin",
            "\\policies\\system\\promptonsecuredesktop",
        ],
    );
    (policy && off).then(|| POLICY.on(path.rsplit('\\').next().unwrap_or_default()))
}
