//! Commands written so that nobody reads them (T1027): encoded, compressed, cut into pieces, in a window that is not shown.
//!
//! **Weight.** Management tools encode their commands, so an encoded one alone is low. Two oddities are medium: encoded and
//! hidden, encoded and fetching, a compressed script, words cut by carets, slices of variables or signs. **False
//! alarms.** Agents of management start encoded commands as the machine itself: not told unless they fetch or unpack
//! code.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any};

pub const HIDDEN: Kind = Kind::new("command-hidden", 3, "ran a hidden command: {}");
pub const ENCODED: Kind = Kind::new("command-encoded", 1, "ran an encoded command: {}");
pub const WINDOW: Kind = Kind::new("window-hidden", 1, "ran a command in a hidden window: {}");
pub const PACKED: Kind = Kind::new("script-packed", 3, "ran a script that unpacks its own code: {}");
pub const CUT: Kind = Kind::new("words-cut", 3, "ran a command whose words are cut: {}");

pub const THEME: Theme = Theme {
    id: "command-hidden",
    title: "Command hidden from readers",
    severity: Severity::Medium,
    confidence: 55,
    techniques: &[
        ("T1027", "a command is encoded, compressed or cut into pieces"),
        ("T1564.003", "its window is hidden"),
    ],
    advice: "Decode it: the evidence holds the whole command. See what started it and what it fetched.",
    kinds: &[&HIDDEN, &ENCODED, &WINDOW, &PACKED, &CUT],
    words: &[
        "-enc",
        "/enc",
        "-w hidden",
        "-windowstyle h",
        "-win hidden",
        "-w 1 ",
        " -e ",
        " -ec ",
        " -en ",
        "frombase64string",
        "gzipstream",
        "deflatestream",
        "-bxor",
        "[char]",
        "comspec:~",
        ":~0,",
        ":~-1",
        "-join",
        "[string]",
        "$pshome[",
        "comspec[",
        "shellid[",
        "certutil -decode",
        "certutil.exe -decode",
        "-decodehex",
    ],
    judge,
    command,
};

/// Signs within words, above which a command is cut on purpose.
const CUTS: usize = 6;

fn judge(told: &Told<'_>) -> Option<Act> {
    let cut = matches!(told.source, Source::Process | Source::Engine) && told.cuts >= CUTS;
    (cut && !told.by_machine()).then(|| CUT.on(super::short(&told.line)))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if told.source == Source::Script {
        return script(line);
    }
    let what = || super::short(line).to_owned();
    // Words made of numbers, or of single signs of a variable that every host has.
    let letters = any(line, &["$pshome[", "comspec[", "shellid["]) && line.contains("]+");
    if letters || line.contains("powershell") && numbers(line) >= NUMBERS {
        return Some(CUT.on(what()));
    }
    if line.matches(":~").count() >= 2 {
        return Some(CUT.on(what()));
    }
    let decodes = line.contains("certutil") && any(line, &["-decode", "/decode"]);
    if decodes {
        return Some(PACKED.on(what()));
    }
    let hidden = any(line, &["-w hidden", "-windowstyle h", "-win hidden", "-w 1 ", "-windowstyle 1", "-wi hidden"]);
    let fetches =
        any(line, &["downloadstring", "downloaddata", "downloadfile", "net.webclient", "invoke-webrequest", "iwr "]);
    let unpacks = any(line, &["gzipstream", "deflatestream", "-bxor", "virtualalloc"])
        || line.contains("frombase64string") && any(line, &["iex", "invoke-expression", "load("]);
    let oddities = [told.encoded, hidden, fetches, unpacks].into_iter().filter(|odd| *odd).count();
    match () {
        () if unpacks && oddities > 1 || oddities > 1 && told.encoded && !told.by_machine() => Some(HIDDEN.on(what())),
        () if unpacks => Some(PACKED.on(what())),
        () if told.encoded && !told.by_machine() => Some(ENCODED.on(what())),
        () if hidden && !told.by_machine() => Some(WINDOW.on(what())),
        () => None,
    }
}

/// Numbers as letters have them, above which a command is a text in numbers.
const NUMBERS: usize = 60;

/// How many numbers from 32 to 126 a text holds, one after the other.
fn numbers(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|part| part.parse::<u8>().is_ok_and(|n| (32..127).contains(&n)))
        .count()
}

/// A script block: code within code.
fn script(text: &str) -> Option<Act> {
    let runs = any(text, &["iex", "invoke-expression", "load(", "createthread", ".invoke("]);
    let packed = any(text, &["gzipstream", "deflatestream"]) && text.contains("frombase64string")
        || all(text, &["-bxor"]) && any(text, &["frombase64string", "[byte[]]", "load("]);
    if runs && packed {
        return Some(PACKED.on("compressed or scrambled text is run"));
    }
    (runs && text.matches("[char]").count() >= 10).then(|| CUT.on("it is made of single signs"))
}
