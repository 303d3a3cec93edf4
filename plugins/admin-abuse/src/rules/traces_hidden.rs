//! Traces made hard to find (T1070, T1564): times of files set back, files hidden, programs put into streams of other
//! files, what Windows remembers of programs and connections deleted.
//!
//! **Weight.** A program or script whose creation is set back by a day or more, by a shell or by a program that itself
//! lies in a loose folder: medium. Commands that set times or hide files as system files: low; scripts of administrators
//! do it too. A program or script in a stream of another file, the change journal deleted, a program that deletes itself
//! by a waiting shell, single files overwritten: medium. **False alarms.** Installers, unpackers and browsers keep the times
//! of what they copy, and browsers mark downloads by a stream: not told. Cleaning tools delete what Windows remembers: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{any, calls};

pub const TIMES: Kind = Kind::new("times-set-back", 3, "set back the creation of {}");
pub const TIMES_COMMAND: Kind = Kind::new("times-command", 1, "set the times of files by command: {}");
pub const HIDDEN: Kind = Kind::new("files-hidden", 1, "hid files as system files: {}");
pub const STREAM: Kind =
    Kind::new("program-in-stream", 3, "put a program into a stream of a file, or ran it there: {}");
pub const OTHER_STREAM: Kind = Kind::new("stream-written", 1, "wrote a stream of a file: {}");
pub const REMEMBERED: Kind = Kind::new("memory-deleted", 1, "deleted what Windows remembers: {}").many(3, 2);
pub const ITSELF: Kind = Kind::new("deleted-itself", 3, "deleted a program by a shell that waits for its end: {}");
pub const WIPED: Kind = Kind::new("files-wiped", 3, "overwrote files so that they can't be read again: {}");

pub const THEME: Theme = Theme {
    id: "traces-hidden",
    title: "Traces hidden",
    severity: Severity::Medium,
    confidence: 55,
    techniques: &[
        ("T1070.006", "times of files are changed"),
        ("T1070.004", "files are deleted or overwritten"),
        ("T1564", "files are hidden, or lie in streams of others"),
    ],
    advice: "Look at the file: when it was really written stands in the file system's journal. What hides is worth reading.",
    kinds: &[&TIMES, &TIMES_COMMAND, &HIDDEN, &STREAM, &OTHER_STREAM, &REMEMBERED, &ITSELF, &WIPED],
    words: &[
        "creationtime",
        "setlastwrite",
        "lastwritetime =",
        "lastwritetime=",
        "lastwritetimeutc",
        "setfiletime",
        "timestomp",
        "attrib",
        "prefetch\\",
        "terminal server client",
        "recentdocs",
        "automaticdestinations",
        "runmru",
        "typedpaths",
        "clear-recyclebin",
        "sdelete",
        "127.0.0.1",
        "timeout /t",
        "choice /c",
        "makecab",
        ".txt:",
        ".log:",
        ".ini:",
        ".dat:",
        ".jpg:",
        ".doc:",
        ".docx:",
        "-stream ",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    if told.source == Source::Stream {
        return stream(told);
    }
    // `data` is the creation as set, `detail` as it was: dates in one form compare as texts.
    let (now, before) = (told.data.get(..10)?, told.detail.get(..10)?);
    let shell =
        ["powershell", "pwsh", "cmd", "cscript", "wscript", "rundll32", "python", "mshta"].contains(&&*told.image);
    let loose =
        any(&told.image_path, &["\\users\\public", "\\temp\\", "\\perflogs\\", "\\downloads\\", "\\programdata\\"]);
    (told.source == Source::Times && now < before && (shell || loose)).then(|| TIMES.on(&*told.path))
}

/// Endings of what runs.
const RUNS: [&str; 12] =
    [".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".hta", ".scr", ".cpl", ".sct", ".com"];

/// Sysmon 15: a stream of a file was written. Browsers and unpackers mark what came from elsewhere by one.
fn stream(told: &Told<'_>) -> Option<Act> {
    let name = told.path.rsplit('\\').next()?.split_once(':')?.1;
    let name = name.trim_end_matches(":$data");
    if name.is_empty()
        || any(name, &["zone.identifier", "smartscreen", "com.dropbox", "favicon", "encryptable", "wofcompressed"])
    {
        return None;
    }
    let shell = ["powershell", "pwsh", "cmd", "cscript", "wscript", "rundll32", "mshta"].contains(&&*told.image);
    let runs = RUNS.iter().any(|end| name.ends_with(end)) || shell;
    Some(if runs { STREAM.on(&*told.path) } else { OTHER_STREAM.on(&*told.path) })
}

/// Whether a command names a program in a stream: `C:\x.txt:y.exe`.
fn names_stream(line: &str) -> bool {
    line.split([' ', '>', '<', ',', '(', ')', '=']).any(|word| {
        let Some((file, stream)) = word.rsplit_once(':') else { return false };
        let stream = stream.split('\\').next().unwrap_or_default();
        file.len() > 2
            && file.rsplit('\\').next().is_some_and(|file| file.contains('.'))
            && !file.contains("//")
            && RUNS.iter().any(|end| stream.ends_with(end))
    })
}

/// What Windows remembers of programs, files and connections.
const MEMORY: [&str; 6] =
    ["\\prefetch\\", "terminal server client", "recentdocs", "automaticdestinations", "runmru", "typedpaths"];

fn removes(told: &Told<'_>, line: &str) -> Option<Act> {
    let what = || super::short(line).to_owned();
    let deletes =
        any(line, &["del ", "erase ", "reg delete", "reg.exe delete", "remove-item", "clear-item", "rmdir ", "rd /"]);
    if deletes && any(line, &MEMORY) || line.contains("clear-recyclebin -") {
        return Some(REMEMBERED.on(what()));
    }
    if told.source != Source::Process {
        return None;
    }
    // Free space is another matter: `data-destroyed`.
    let wipes = told.image.starts_with("sdelete") && line.contains('.') && !any(line, &[" -z", " -c", "/z", "/c "]);
    if wipes {
        return Some(WIPED.on(what()));
    }
    let waits = line.contains("ping") && any(line, &["127.0.0.1", "1.1.1.1", "localhost"])
        || any(line, &["timeout /t", "choice /c"]);
    let itself = waits && any(line, &["del ", "erase "]) && any(line, &[".exe", ".dll", ".bat", ".ps1"]);
    itself.then(|| ITSELF.on(what()))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if let Some(act) = removes(told, line) {
        return Some(act);
    }
    let by_cmdlet = line.contains("-stream ")
        && any(line, &["set-content", "add-content", "out-file"])
        && !line.contains("zone.identifier");
    if by_cmdlet || told.source == Source::Process && names_stream(line) {
        return Some(STREAM.on(super::short(line)));
    }
    let sets = ["creationtime", "creationtimeutc", "lastwritetime", "lastwritetimeutc"];
    let assigns = sets.iter().any(|name| {
        line.match_indices(name).any(|(at, _)| {
            let rest = line[at + name.len()..].trim_start();
            line[..at].ends_with('.') && rest.starts_with('=') && !rest.starts_with("==")
                || line[..at].ends_with("set") && rest.starts_with('(')
        })
    });
    if assigns || any(line, &["setfiletime", "timestomp"]) {
        return Some(TIMES_COMMAND.on(super::short(line)));
    }
    let hides =
        told.source == Source::Process && calls(line, "attrib").any(|rest| rest.contains("+h") && rest.contains("+s"));
    hides.then(|| HIDDEN.on(super::short(line)))
}
