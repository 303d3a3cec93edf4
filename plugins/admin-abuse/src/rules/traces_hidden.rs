//! Traces made hard to find (T1070.006, T1564.001): times of files set back, files hidden.
//!
//! **Weight.** A program or script whose creation is set back by a day or more, by a shell or by a program that itself
//! lies in a loose folder: medium. Commands that set times or hide files as system files: low; scripts of administrators
//! do it too. **False alarms.** Installers, unpackers and browsers keep the times of what they copy: not told.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{any, calls};

pub const TIMES: Kind = Kind::new("times-set-back", 3, "set back the creation of {}");
pub const TIMES_COMMAND: Kind = Kind::new("times-command", 1, "set the times of files by command: {}");
pub const HIDDEN: Kind = Kind::new("files-hidden", 1, "hid files as system files: {}");

pub const THEME: Theme = Theme {
    id: "traces-hidden",
    title: "Traces hidden",
    severity: Severity::Medium,
    confidence: 55,
    techniques: &[("T1070.006", "times of files are changed"), ("T1564.001", "files are hidden")],
    advice: "Look at the file: when it was really written stands in the file system's journal. What hides is worth reading.",
    kinds: &[&TIMES, &TIMES_COMMAND, &HIDDEN],
    words: &[
        "creationtime",
        "setlastwrite",
        "lastwritetime =",
        "lastwritetime=",
        "lastwritetimeutc",
        "setfiletime",
        "timestomp",
        "attrib",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    // `data` is the creation as set, `detail` as it was: dates in one form compare as texts.
    let (now, before) = (told.data.get(..10)?, told.detail.get(..10)?);
    let shell =
        ["powershell", "pwsh", "cmd", "cscript", "wscript", "rundll32", "python", "mshta"].contains(&&*told.image);
    let loose =
        any(&told.image_path, &["\\users\\public", "\\temp\\", "\\perflogs\\", "\\downloads\\", "\\programdata\\"]);
    (told.source == Source::Times && now < before && (shell || loose)).then(|| TIMES.on(&*told.path))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
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
