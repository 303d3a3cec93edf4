//! What the conditions of the subscriptions let through: rows that no rule looks at never reach the detector.

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::prelude::*;

use crate::rules::logon_screen::DOORS;
use crate::rules::sensors::SENSORS;
use crate::rules::services_stopped::KEPT;
use crate::rules::uac_bypass::{ELEVATING, INTERFACES};

/// Tools whose every start is looked at: of these the arguments matter, however they are spelt and spaced, and whatever
/// the file is called now.
pub const TOOLS: [&str; 26] = [
    "net.exe",
    "net1.exe",
    "sc.exe",
    "reg.exe",
    "wmic.exe",
    "wevtutil.exe",
    "auditpol.exe",
    "vssadmin.exe",
    "bcdedit.exe",
    "wbadmin.exe",
    "cipher.exe",
    "shutdown.exe",
    "takeown.exe",
    "icacls.exe",
    "taskkill.exe",
    "fltmc.exe",
    "netsh.exe",
    "logman.exe",
    "reagentc.exe",
    "diskshadow.exe",
    "diskpart.exe",
    "runas.exe",
    "cmstp.exe",
    "mpcmdrun.exe",
    "sysmon.exe",
    "sdelete.exe",
];
/// What images or patches a host, which explains what it does then.
const SET_UP: [&str; 5] = ["sysprep.exe", "setupcl.exe", "windeploy.exe", "trustedinstaller.exe", "tiworker.exe"];
/// What hides a command from a plain search: encodings, and signs within words.
const HIDING: [&str; 7] = ["-enc", "/enc", " -e ", " -ec ", "-en ", "^", "\"\""];
/// Folders where anybody writes, and whence programs are seldom started in an office.
pub const LOOSE: [&str; 8] = [
    "\\downloads\\",
    "\\desktop\\",
    "\\temp\\",
    "\\users\\public\\",
    "\\programdata\\",
    "\\perflogs\\",
    "$recycle.bin",
    "\\onedrive\\",
];
/// Accounts of the machine, by the names that they have in some languages, without their domain.
const MACHINE: [&str; 7] = ["system", "local service", "network service", "dwm-", "umfd-", "système", "система"];

/// Process starts: by the words of the command line, the tool, the parent, or whose it is.
pub fn processes(words: &[&'static str]) -> Vec<Vec<Condition>> {
    // Those that have no children in honest use, or few.
    let parents = ELEVATING
        .into_iter()
        .chain(DOORS)
        .chain(["spoolsv", "dns", "lsass", "winlogon"])
        .map(|name| format!("{name}.exe"));
    let tools = TOOLS.into_iter().chain(SET_UP).map(str::to_owned).chain(DOORS.map(|name| format!("{name}.exe")));
    let starts = || eq("activity_id", 1);
    let line = words.iter().copied().chain(HIDING);
    vec![
        vec![starts(), contains("process.cmd_line", line)],
        vec![starts(), one_of("process.file.name", tools)],
        vec![starts(), one_of("process.original_name", TOOLS)],
        vec![starts(), one_of("process.parent_process.file.name", parents)],
        vec![starts(), contains("process.parent_process.cmd_line", INTERFACES)],
        vec![starts(), contains("process.file.path", ["\\windows \\"])],
        // SYSTEM from a person's program, and a person's from a loose program of another's.
        vec![
            starts(),
            one_of("user.canonical", ["nt authority\\system"]),
            present("process.parent_process.user.name"),
            not(prefix("process.parent_process.user.name", MACHINE)),
            not(suffix("process.parent_process.user.name", ["$"])),
        ],
        vec![
            starts(),
            contains("process.parent_process.file.path", LOOSE),
            present("process.parent_process.user.name"),
            not(prefix("process.parent_process.user.name", MACHINE)),
        ],
    ]
}

/// What the rules look for in paths of values.
pub const VALUES: [&str; 58] = [
    "\\services\\eventlog",
    "\\windows\\eventlog\\",
    "\\autologger\\",
    "\\winevt\\channels\\",
    "blocklogging",
    "modulelogging",
    "transcript",
    "includecmdline",
    "legacyauditpolicy",
    "pslockdownpolicy",
    "defender",
    "\\sense\\start",
    "\\wdfilter\\start",
    "\\wdnis",
    "\\wdboot\\start",
    "\\windefend\\start",
    "\\csagent\\start",
    "\\sentinel",
    "sysmon",
    "securityhealthservice",
    "\\wscsvc\\start",
    "amsienable",
    "\\amsi\\providers\\",
    "etwenabled",
    "\\lsa\\runasppl",
    "limitblankpassword",
    "deviceguard",
    "blocklistenable",
    "smartscreen",
    "enablewebcontent",
    "accounttokenfilterpolicy",
    "vbawarnings",
    "accessvbom",
    "\\protectedview\\",
    "\\disablecmd",
    "security center\\",
    "enablefirewall",
    "lsacfgflags",
    "restrictedadmin",
    "mpssvc\\start",
    "\\bfe\\start",
    "systemrestore",
    "\\control\\safeboot\\",
    "userlist\\",
    "dsrmadmin",
    "\\shell\\",
    "\\environment\\windir",
    "\\environment\\systemroot",
    "\\environment\\cor_profiler",
    "{0a29ff9e-7f9c-4437-8b11-f424491e3931}",
    "{b29d466a-857d-35ba-8712-a758861bfea1}",
    "control.exe",
    "\\policies\\system\\",
    "execution options\\",
    "silentprocessexit\\",
    "serverlevelplugindll",
    "\\policies\\system\\legalnotice",
    "\\desktop\\wallpaper",
];

/// And in paths of keys.
pub const KEYS: [&str; 8] = [
    "\\control\\minint",
    "\\amsi\\providers\\",
    "\\account\\users\\names\\",
    "\\shell\\open\\command",
    "\\windows\\deviceguard",
    "scriptblocklogging",
    "\\autologger\\",
    "\\contextmenuhandlers\\epp",
];

pub const ENTITY_CODES: [&str; 10] = ["5136", "5137", "5141", "5007", "5013", "4950", "4739", "4713", "4706", "4716"];
/// Services' own logs: SQL Server's audit, the firewall, the DNS server, the spooler, backup, certificates, the boot
/// loader; start and shutdown of the host, which explain what stops.
pub const OTHER_CODES: [&str; 26] = [
    "33205", "2003", "2082", "2004", "2071", "2097", "2033", "2059", "770", "150", "316", "808", "524", "5124", "4826",
    "4882", "4885", "4890", "4891", "4892", "4899", "4900", "1074", "4608", "4609", "6008",
];
/// What such a record is told as: what was changed, a plug-in that was loaded, or nothing in particular.
pub const OTHER_CLASSES: [&str; 3] = ["base_event", "entity_management", "module_activity"];

/// Starts and shutdowns that the kernel tells. Other providers use these numbers for much else, such as the service that makes
/// shadow copies.
pub fn kernel() -> Vec<Condition> {
    all([
        one_of("metadata.event_code", ["12", "13", "109"]),
        prefix("metadata.log_provider", ["microsoft-windows-kernel-"]),
    ])
}

/// Services: made, reconfigured; stopped or crashed where it matters which.
pub fn services() -> Vec<Vec<Condition>> {
    let watched = || SENSORS.into_iter().chain(["eventlog", "windows event log"]);
    vec![
        vec![eq_any("activity_id", [1, 2])],
        vec![eq_any("activity_id", [4, 99]), prefix("win_service.name", watched())],
        vec![eq("activity_id", 4), contains("win_service.name", KEPT)],
    ]
}

/// Files: doors at the logon screen, logs and backups that go, policies, libraries that hands plant among Windows' own,
/// pipes within pipes, raw disks.
pub fn files() -> Vec<Vec<Condition>> {
    let doors = DOORS.map(|name| format!("\\{name}.exe"));
    let gone = [".evtx", ".vbk", ".vib", ".vbm", ".bkf", ".wbcat", ".tibx", ".spf", "consolehost_history.txt"];
    let hands = ["dllhost.exe", "wusa.exe", "explorer.exe", "cmd.exe", "powershell.exe", "makecab.exe", "expand.exe"];
    vec![
        vec![suffix("file.path", doors)],
        vec![eq("activity_id", 4), suffix("file.path", gone)],
        vec![contains("file.path", ["\\policies\\{"])],
        vec![
            eq("activity_id", 1),
            contains("file.path", ["\\windows\\system32\\", "\\windows\\syswow64\\"]),
            suffix("file.path", [".dll", ".exe", ".msc"]),
            one_of("actor.process.file.name", hands),
        ],
        vec![eq("activity_id", 1), eq("file.type_id", 6), contains("file.path", ["\\pipe\\"])],
        vec![
            eq("activity_id", 2),
            prefix("file.path", ["\\device\\harddisk"]),
            contains("actor.process.file.path", LOOSE),
        ],
    ]
}

/// Times of programs and scripts, changed by a shell or from a loose folder.
pub fn times() -> Vec<Vec<Condition>> {
    let programs = || {
        suffix("file.name", [".exe", ".dll", ".sys", ".ps1", ".bat", ".vbs", ".js", ".hta", ".aspx", ".php", ".jsp"])
    };
    let shells = [
        "powershell.exe",
        "pwsh.exe",
        "cmd.exe",
        "cscript.exe",
        "wscript.exe",
        "rundll32.exe",
        "python.exe",
        "mshta.exe",
    ];
    vec![
        vec![
            eq("activity_id", 6),
            one_of("metadata.event_code", ["2"]),
            programs(),
            one_of("actor.process.file.name", shells),
        ],
        vec![
            eq("activity_id", 6),
            one_of("metadata.event_code", ["2"]),
            programs(),
            contains("actor.process.file.path", LOOSE),
        ],
    ]
}

/// Drivers from loose folders, and those whose signature was withdrawn.
pub fn drivers() -> Vec<Vec<Condition>> {
    let loaded = || one_of("metadata.event_code", ["6"]);
    let places = LOOSE.into_iter().chain(["\\users\\"]);
    vec![
        vec![loaded(), contains("module.file.path", places)],
        vec![loaded(), one_of("module.file.signature.status", ["revoked"])],
    ]
}

/// Threats of Defender whose names say that they blind.
pub fn findings() -> Vec<Vec<Condition>> {
    let names = [
        "tamper",
        "amsi",
        "disabledef",
        "defendercontrol",
        "killav",
        "avkill",
        "edrkill",
        "vulndriver",
        "vulnerabledriver",
        "defenseevasion",
        "etwpatch",
    ];
    vec![vec![one_of("metadata.event_code", ["1116", "1006", "1117"]), contains("malware.name", names)]]
}

/// Great privileges that a shell or a loose program switches on for itself.
pub fn privileges() -> Vec<Vec<Condition>> {
    let great = || {
        contains(
            "privileges",
            ["sedebug", "seimpersonate", "setcb", "secreatetoken", "seassignprimary", "seloaddriver"],
        )
    };
    vec![vec![
        one_of("metadata.event_code", ["4703", "4673", "4674"]),
        great(),
        contains("actor.process.file.path", LOOSE),
    ]]
}
