//! A program that is not what its name says (T1036): Windows' own names elsewhere than Windows has them, a tool under
//! another name, endings that hide what a file is.
//!
//! **Weight.** A core process's name in another folder, a program whose name ends twice, a program called like a document:
//! medium, high for the names that only the system starts. A tool of Windows or of intruders that was renamed: medium.
//! A service host that no service manager started: medium. **False alarms.** Products unpack Windows'
//! files for repair (`WinSxS`, update folders, mounted images): not told. Developers copy compilers and shells: told by the
//! original name, once an hour.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::any;

pub const MISPLACED: Kind = Kind::new("system-name-elsewhere", 5, "ran a program by the name of a system process: {}");
pub const COPIED: Kind = Kind::new("tool-elsewhere", 3, "ran a tool of Windows from another folder: {}");
pub const RENAMED: Kind = Kind::new("tool-renamed", 3, "ran a tool under another name: {}");
pub const ENDING: Kind = Kind::new("ending-hidden", 4, "ran or wrote a program whose ending is hidden: {}");
pub const ORPHAN: Kind = Kind::new("odd-service-host", 3, "ran a service host that no service manager started: {}");
pub const WRITTEN: Kind = Kind::new("system-name-written", 3, "wrote a file by the name of a system program: {}");

pub const THEME: Theme = Theme {
    id: "masquerade",
    title: "Program under a false name",
    severity: Severity::Medium,
    confidence: 65,
    techniques: &[
        ("T1036.005", "name of a system program in another folder"),
        ("T1036.003", "a known tool was renamed"),
        ("T1036", "a program looks like another, or hides its ending"),
    ],
    advice: "Compare the file's hash and signature with what its name promises. Keep it, isolate the host, and look at who \
             brought it and what it started.",
    kinds: &[&MISPLACED, &COPIED, &RENAMED, &ENDING, &ORPHAN, &WRITTEN],
    words: &[],
    judge,
    command: |_| None,
};

/// Names that the system alone starts.
pub const CORE: [&str; 18] = [
    "svchost",
    "lsass",
    "csrss",
    "services",
    "winlogon",
    "smss",
    "wininit",
    "lsm",
    "spoolsv",
    "taskhostw",
    "taskhost",
    "dwm",
    "sihost",
    "runtimebroker",
    "fontdrvhost",
    "audiodg",
    "lsaiso",
    "userinit",
];
/// Tools whose copy elsewhere is worth a look.
pub const COPIES: [&str; 13] = [
    "cmd",
    "powershell",
    "rundll32",
    "regsvr32",
    "mshta",
    "wscript",
    "cscript",
    "certutil",
    "dllhost",
    "explorer",
    "net",
    "schtasks",
    "wmic",
];
/// Further names that nobody gives a file of his own.
pub const MADE: [&str; 4] = ["explorer", "dllhost", "rundll32", "bitsadmin"];
/// Where Windows has them.
pub const OWN: [&str; 10] = [
    "\\windows\\system32\\",
    "\\windows\\syswow64\\",
    "\\windows\\sysnative\\",
    "\\windows\\winsxs\\",
    "\\windows\\servicing\\",
    "\\softwaredistribution\\",
    "$windows.~",
    "\\windows.old\\",
    "\\systemroot\\system32\\",
    "\\windows\\uus\\",
];
/// Names given by their makers to tools that intruders rename.
pub const ORIGINALS: [&str; 44] = [
    "powershell.exe",
    "pwsh.dll",
    "cmd.exe",
    "rundll32.exe",
    "regsvr32.exe",
    "mshta.exe",
    "wscript.exe",
    "cscript.exe",
    "certutil.exe",
    "bitsadmin.exe",
    "wmic.exe",
    "msbuild.exe",
    "installutil.exe",
    "msdt.exe",
    "schtasks.exe",
    "net.exe",
    "reg.exe",
    "wevtutil.exe",
    "vssadmin.exe",
    "esentutl.exe",
    "ntdsutil.exe",
    "cmstp.exe",
    "psexec.c",
    "psexesvc.exe",
    "procdump",
    "autoit3.exe",
    "csc.exe",
    "finger.exe",
    "ftp.exe",
    "hh.exe",
    "netsh.exe",
    "sc.exe",
    "bcdedit.exe",
    "wbadmin.exe",
    "taskkill.exe",
    "nltest.exe",
    "adfind.exe",
    "dsquery.exe",
    "whoami.exe",
    "odbcconf.exe",
    "mavinject.exe",
    "forfiles.exe",
    "tscon.exe",
    "wusa.exe",
];
/// Endings of documents with a program's behind.
pub const ENDINGS: [&str; 22] = [
    ".pdf.exe",
    ".doc.exe",
    ".docx.exe",
    ".xls.exe",
    ".xlsx.exe",
    ".ppt.exe",
    ".pptx.exe",
    ".txt.exe",
    ".rtf.exe",
    ".jpg.exe",
    ".jpeg.exe",
    ".png.exe",
    ".gif.exe",
    ".zip.exe",
    ".htm.exe",
    ".html.exe",
    ".pdf.scr",
    ".doc.scr",
    ".jpg.scr",
    ".pdf.js",
    ".pdf.hta",
    ".pdf.lnk",
];
/// Endings that no program has.
pub const DATA: [&str; 10] = [".jpg", ".png", ".gif", ".pdf", ".doc", ".docx", ".xls", ".txt", ".log", ".dat"];
/// What starts service hosts in honest use.
pub const MANAGERS: [&str; 6] =
    ["services.exe", "msmpeng.exe", "mrt.exe", "svchost.exe", "tiworker.exe", "mpcmdrun.exe"];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process => started(told),
        Source::File if told.activity == 1 => written(told),
        _ => None,
    }
}

fn started(told: &Told<'_>) -> Option<Act> {
    let (name, path) = (&*told.file_name, &*told.image_path);
    let by_name = |list: &[&str]| list.contains(&name);
    let file = path.rsplit('\\').next().unwrap_or_default();
    let elsewhere =
        path.contains('\\') && !any(path, &OWN) && !(name == "explorer" && path.ends_with(":\\windows\\explorer.exe"));
    if any(file, &ENDINGS) || file.contains('\u{202e}') || file.contains("      .") {
        return Some(ENDING.on(path));
    }
    if DATA.iter().any(|end| file.ends_with(end)) {
        return Some(ENDING.on(path));
    }
    if elsewhere && by_name(&CORE) {
        return Some(MISPLACED.on(path));
    }
    // PowerShell has a folder of its own below Windows'.
    if elsewhere && by_name(&COPIES) && !path.contains("\\program files") && !path.contains("\\git\\") {
        return Some(COPIED.on(path));
    }
    if is_renamed(told) {
        return Some(RENAMED.on(format!("{} as {file}", told.image)));
    }
    let manager =
        told.parent.is_empty() || MANAGERS.iter().any(|name| name.strip_suffix(".exe") == Some(&*told.parent));
    (name == "svchost" && !manager).then(|| ORPHAN.on(format!("by {}", told.parent)))
}

/// Whether the maker's name of a known tool is not the file's. Versions and builds of one tool have one name of their maker.
fn is_renamed(told: &Told<'_>) -> bool {
    let original = &*told.image;
    let stem = original.trim_end_matches(".c").trim_end_matches(".dll");
    let known = ORIGINALS.iter().any(|name| name.strip_suffix(".exe").unwrap_or(name) == original);
    known && !told.file_name.is_empty() && !told.file_name.starts_with(stem)
}

fn written(told: &Told<'_>) -> Option<Act> {
    let file = told.path.rsplit('\\').next().unwrap_or_default();
    if any(file, &ENDINGS) || file.contains('\u{202e}') {
        return Some(ENDING.on(&*told.path));
    }
    let stem = file.strip_suffix(".exe")?;
    // A shell copies its tools where Windows has none.
    let by_shell = matches!(&*told.image, "cmd" | "powershell" | "pwsh" | "xcopy" | "robocopy" | "wscript" | "cscript");
    let system = CORE.contains(&stem) || MADE.contains(&stem) || by_shell && COPIES.contains(&stem);
    let own = any(&told.path, &OWN) || told.path.ends_with(":\\windows\\explorer.exe");
    (system && !own && !told.by_machine()).then(|| WRITTEN.on(&*told.path))
}
