//! A program made to load somebody's library or start somebody's file, because of where it lies (T1574).
//!
//! **Weight.** A library that Windows looks for and does not have, or a profiler named in a user's environment: high. A
//! library by the name of one of Windows' own, unsigned, in a folder of users; one written beside an installed
//! program by hands; a file that an unquoted path finds first: medium. **False alarms.** Portable programs bring
//! libraries of their own beside them, signed: not told. Servicing writes as the machine itself: not told.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::any;

pub const MISSING: Kind = Kind::new("missing-library", 5, "planted a library that Windows looks for and has not: {}");
pub const SIDE: Kind = Kind::new("side-loaded", 3, "loaded an unsigned library by a name of Windows': {}");
pub const BESIDE: Kind = Kind::new("library-beside", 3, "wrote a library by a name of Windows' beside a program: {}");
pub const UNQUOTED: Kind = Kind::new("unquoted-path", 4, "ran or wrote what an unquoted path finds first: {}");
pub const PROFILER: Kind = Kind::new("profiler", 5, "named a profiler that .NET programs load: {}");

pub const THEME: Theme = Theme {
    id: "library-planted",
    title: "Library or program planted to be loaded by another",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[
        ("T1574", "a library or program is found before the right one"),
        ("T1574.012", "a profiler is named for .NET programs"),
        ("T1548.002", "what loads it may be elevated"),
    ],
    advice: "Keep the library, see who wrote it and which program loads it: that program's rights are the intruder's.",
    kinds: &[&MISSING, &SIDE, &BESIDE, &UNQUOTED, &PROFILER],
    words: &["cor_profiler"],
    judge,
    command,
};

/// Libraries that parts of Windows look for and that no installation has.
pub const ABSENT: [&str; 13] = [
    "\\wlbsctrl.dll",
    "\\tsmsisrv.dll",
    "\\tsvipsrv.dll",
    "\\wbem\\wbemcomn.dll",
    "\\ualapi.dll",
    "\\wow64log.dll",
    "\\wptsextensions.dll",
    "\\windowscoredeviceinfo.dll",
    "\\cdpsgshims.dll",
    "\\phoneinfo.dll",
    "\\system32\\oci.dll",
    "\\sprintcsp.dll",
    "\\system32\\bthserv\\bthserv.dll",
];
/// Names of Windows' own libraries that programs look for beside themselves first.
pub const COMMON: [&str; 25] = [
    "version.dll",
    "cryptbase.dll",
    "cryptsp.dll",
    "userenv.dll",
    "uxtheme.dll",
    "dwmapi.dll",
    "propsys.dll",
    "profapi.dll",
    "sspicli.dll",
    "wtsapi32.dll",
    "winmm.dll",
    "msimg32.dll",
    "iphlpapi.dll",
    "netapi32.dll",
    "secur32.dll",
    "wininet.dll",
    "dpapi.dll",
    "mscoree.dll",
    "textshaping.dll",
    "edputil.dll",
    "ntmarta.dll",
    "winhttp.dll",
    "wldp.dll",
    "credui.dll",
    "dismcore.dll",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    let is_absent = || ABSENT.iter().any(|end| told.path.ends_with(end));
    match told.source {
        Source::File if told.activity == 1 && is_absent() => {
            (!told.by_machine() || told.image == "system").then(|| MISSING.on(&*told.path))
        }
        Source::Library if is_absent() => (told.data != "true").then(|| MISSING.on(&*told.path)),
        Source::Library if COMMON.iter().any(|name| told.path.ends_with(name)) => {
            (told.data != "true").then(|| SIDE.on(&*told.path))
        }
        Source::File if told.activity == 1 && is_first_of_unquoted(&told.path) => Some(UNQUOTED.on(&*told.path)),
        Source::File if told.activity == 1 && COMMON.iter().any(|name| told.path.ends_with(&format!("\\{name}"))) => {
            told.path.contains("\\program files").then(|| BESIDE.on(&*told.path))
        }
        Source::Process if is_first_of_unquoted(&told.image_path) => Some(UNQUOTED.on(&*told.image_path)),
        Source::Value => profiler(&told.path, &told.data),
        _ => None,
    }
}

/// `C:\Program.exe` and its kin: what Windows tries first of a path with blanks and without quotes.
fn is_first_of_unquoted(path: &str) -> bool {
    path.ends_with(":\\program.exe") || any(path, &[":\\program files\\common.exe", ":\\documents.exe"])
}

fn profiler(path: &str, data: &str) -> Option<Act> {
    let named = any(path, &["\\environment\\cor_profiler", "\\environment\\coreclr_profiler"]);
    (named && data.contains('\\')).then(|| PROFILER.on(data))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let sets = line.contains("cor_profiler_path")
        && any(line, &["cor_enable", "setx ", "set ", "setenvironmentvariable", "-value"]);
    if sets {
        return Some(PROFILER.on(super::short(line)));
    }
    told.writes.iter().find_map(|(path, data)| profiler(path, data))
}
