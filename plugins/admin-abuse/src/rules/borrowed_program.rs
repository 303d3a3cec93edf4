//! Programs of Windows made to run somebody's code (T1218, T1202): the signed program starts, and what it fetches or is
//! handed runs under its name.
//!
//! **Weight.** Code from the network, or a script on the command line: high, since no set-up does it. A library or control
//! panel of a loose folder, a shell under a program that shows pages or registers libraries, one of them that speaks with
//! the network: medium. Starting one program by another that has no need to: medium where nobody else uses it, low where
//! scripts of administrators do (`forfiles`, `pcalua`). **False alarms.** Installers register their libraries from
//! temporary folders, as children of the installer or as the machine itself: not told. `forfiles` that deletes old
//! files is a chore: not told.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any, calls};

pub const REMOTE: Kind = Kind::new("code-from-afar", 5, "made a program of Windows run code from elsewhere: {}");
pub const SCRIPT: Kind = Kind::new("code-on-the-line", 5, "made a program of Windows run a script: {}");
pub const LIBRARY: Kind = Kind::new("code-of-a-loose-file", 3, "made a program of Windows run a loose file: {}");
pub const CHILD: Kind = Kind::new("shell-under-it", 3, "started {} under a program that starts none");
pub const CONTACT: Kind = Kind::new("spoke-outside", 3, "had {} speak with another host");
pub const SPOKE: Kind = Kind::new("library-host-spoke", 1, "had {} speak with another host");
pub const INDIRECT: Kind =
    Kind::new("started-by-proxy", 3, "started a program through another that has no need to: {}");
pub const CHORE: Kind = Kind::new("started-by-chore", 1, "started a program through a tool for chores: {}");

pub const THEME: Theme = Theme {
    id: "borrowed-program",
    title: "Program of Windows made to run foreign code",
    severity: Severity::Medium,
    confidence: 65,
    techniques: &[
        ("T1218", "a signed program of Windows runs code that it is handed"),
        ("T1202", "a command is started by way of another program"),
    ],
    advice: "Read the file or address that it was handed: that is the intruder's code. Look at what the program started and \
             with whom it spoke, and at who sent the user there.",
    kinds: &[&REMOTE, &SCRIPT, &LIBRARY, &CHILD, &CONTACT, &SPOKE, &INDIRECT, &CHORE],
    words: &[
        "scrobj",
        "regsvr32",
        "mshta",
        "rundll32",
        "msiexec",
        "odbcconf",
        "installutil",
        "regasm",
        "regsvcs",
        "hh.exe",
        "mavinject",
        "syncappvpublishing",
        "register-cimprovider",
        "it_browseforfile",
        "ms-msdt",
        "/format:",
        "script:http",
        "forfiles",
        "pcalua",
        "--headless",
        ".cpl",
        "launchinfsection",
        "lockscreenurl",
        "cmstp",
        "squirrel",
        "infdefaultinstall",
        "dxcap",
        "presentationhost",
        "xwizard",
        "scriptrunner",
        "wuauclt",
        "stordiag",
        "openwith",
        "msxsl",
    ],
    judge,
    command,
};

/// Programs under which nothing starts in honest use but what [`HONEST`] names, without `.exe`.
pub const CHILDLESS: [&str; 10] =
    ["mshta", "hh", "regsvr32", "regasm", "regsvcs", "installutil", "odbcconf", "msxsl", "presentationhost", "dfsvc"];
const HONEST: [&str; 9] =
    ["conhost", "werfault", "regsvr32", "hh", "iexplore", "msedge", "dw20", "installutil", "mshta"];
/// Programs that have no business on the network, without `.exe`.
pub const SILENT: [&str; 12] = [
    "regsvr32",
    "installutil",
    "regasm",
    "regsvcs",
    "cmstp",
    "odbcconf",
    "mshta",
    "msxsl",
    "notepad",
    "calc",
    "mavinject",
    "rundll32",
];

/// Where users write, and the variables that name it.
const LOOSE_PLACES: [&str; 7] =
    ["\\users\\", "\\temp\\", "%temp%", "%appdata%", "\\programdata\\", "\\perflogs\\", "\\recycle"];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process if CHILDLESS.contains(&&*told.parent) && !HONEST.contains(&&*told.image) => {
            Some(CHILD.on(format!("{} by {}", told.image, told.parent)))
        }
        // Some of Windows' own libraries speak with printers and services from there.
        Source::Contact if told.image == "rundll32" => Some(SPOKE.on(&*told.image)),
        Source::Contact => Some(CONTACT.on(&*told.image)),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    // Scripts that are libraries speak of all that they can do.
    if told.source == Source::Script && line.len() > 6_000 {
        return None;
    }
    let what = || super::short(line).to_owned();
    let is = |tool: &str| told.image == tool || calls(line, tool).next().is_some();
    let web = any(line, &["http:", "https:", "ftp:", "script:"]);
    let from_web = web
        && ["mshta", "hh", "regsvr32", "odbcconf", "installutil", "presentationhost"].iter().any(|tool| is(tool))
        || all(line, &["/format:", "http"])
        || is("msiexec") && web && any(line, &["/i", "/q", "/p", "-i", "-q", "/package"]) && !told.by_machine()
        || any(line, &["script:http", "lockscreenurl:http"])
        || is("rundll32")
            && any(line, &["http:", "https:"])
            && !any(line, &["url.dll", "davclnt", "ieframe", "shell32.dll,openas"]);
    if from_web {
        return Some(REMOTE.on(what()));
    }
    let written = (is("mshta") || is("rundll32")) && any(line, &["javascript:", "vbscript:", "runhtmlapplication"])
        || is("regsvr32") && line.contains("scrobj")
        || line.contains("it_browseforfile") && any(line, &["$(", "../", "..\\", "mpsigstub"])
        || line.contains("syncappvpublishing") && line.contains(';')
        || is("mavinject") && line.contains("/injectrunning");
    if written {
        return Some(SCRIPT.on(what()));
    }
    if is_loose_library(told) {
        return Some(LIBRARY.on(what()));
    }
    indirect(told)
}

/// A library, control panel or page from where users write, by a program that runs it.
fn is_loose_library(told: &Told<'_>) -> bool {
    let line = &*told.line;
    if told.source != Source::Process || told.by_machine() || any(&told.parent, &["msiexec", "setup", "install"]) {
        return false;
    }
    let runs = [
        "rundll32",
        "regsvr32",
        "odbcconf",
        "installutil",
        "regasm",
        "regsvcs",
        "mshta",
        "register-cimprovider",
        "xwizard",
    ];
    let by_msi = told.image == "msiexec" && any(line, &[" /y ", " -y ", " /z ", " -z "]);
    let by_panel = matches!(&*told.image, "control" | "rundll32") && line.contains(".cpl");
    let runs = runs.contains(&&*told.image) || by_msi || by_panel;
    let own = ["zzzzinvoke", "\\appdata\\local\\microsoft\\", "\\programdata\\microsoft\\", "photoviewer", "shimgvw"];
    // What follows the library are its function and that function's own arguments.
    let handed = line.split(',').next().unwrap_or(line);
    let handed = if by_panel { line } else { handed };
    let handed = if handed.contains("comsvcs") { "" } else { handed };
    runs && any(handed, &LOOSE_PLACES) && !any(line, &own)
}

fn indirect(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    if told.source != Source::Process {
        return None;
    }
    let what = || super::short(line).to_owned();
    let launches = line.contains("launchinfsection")
        || line.contains("register-cimprovider") && line.contains("-path")
        || matches!(&*told.image, "conhost" | "conhost.exe") && line.contains("--headless")
        || all(line, &["url.dll", ".exe"])
        || all(line, &["scriptrunner", "-appvscript"])
        || all(line, &["wuauclt", "/updatedeploymentprovider", ".dll"])
        || all(line, &["infdefaultinstall", ".inf"])
        || all(line, &["squirrel", "--processstart"])
        || told.image == "dxcap" && line.contains("-c ");
    if launches {
        return Some(INDIRECT.on(what()));
    }
    let cleans = any(line, &["del ", "erase ", "@path", "@file", "rd ", "echo "]);
    let chore =
        told.image == "forfiles" && line.contains("/c ") && !cleans || told.image == "pcalua" && line.contains("-a");
    chore.then(|| CHORE.on(what()))
}
