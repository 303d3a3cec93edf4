//! A background transfer of Windows (BITS) made to fetch a program or to start one (T1197).
//!
//! **Weight.** A job that starts a program when it ends, or a transfer from an address without a name, of a program into a
//! loose folder: medium. A job made by hand, or of a program or script from a source that is none of the big
//! publishers': low. **False alarms.** Windows, browsers and agents update by such jobs all day, as the machine or by their
//! own program: only jobs of tools and shells, and plain addresses, are told.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{all, any, calls};

pub const NOTIFY: Kind = Kind::new("job-starts-program", 4, "made a background transfer that starts a program: {}");
pub const LOOSE: Kind = Kind::new("transfer-of-program", 3, "fetched a program by a background transfer: {}");
pub const BY_HAND: Kind = Kind::new("transfer-by-hand", 1, "made a background transfer by hand: {}").many(6, 2);

pub const THEME: Theme = Theme {
    id: "background-transfer",
    title: "Background transfer made by hand",
    severity: Severity::Low,
    confidence: 50,
    techniques: &[("T1197", "a job of the background transfer service is made by a tool or shell")],
    advice: "Look at what was fetched, from where, and what started it afterwards. A job stays for 90 days and starts again \
             after a restart: list the jobs of all users.",
    kinds: &[&NOTIFY, &LOOSE, &BY_HAND],
    words: &["bitsadmin", "start-bitstransfer", "add-bitsfile", "setnotifycmdline"],
    judge,
    command,
};

const PROGRAMS: [&str; 14] =
    [".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".hta", ".scr", ".msi", ".sct", ".jar", ".bin", ".zip"];
/// Where updates come from.
const PUBLISHERS: [&str; 14] = [
    "microsoft.com",
    "windowsupdate.com",
    "windows.com",
    "office.com",
    "office.net",
    "google.com",
    "gvt1.com",
    "googleapis.com",
    "adobe.com",
    "mozilla",
    "dell.com",
    "hp.com",
    "lenovo.com",
    "live.net",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    if told.source != Source::Transfer {
        return None;
    }
    // `path`: the address, `detail`: the job's name, `image`: who made it.
    if told.path.is_empty() {
        let by_hand =
            matches!(&*told.image, "bitsadmin" | "powershell" | "pwsh" | "rundll32" | "cmd" | "powershell_ise");
        let default_name = told.image.is_empty() && told.detail == "bits transfer" && !told.whom.ends_with('$');
        return (by_hand || default_name).then(|| BY_HAND.on(&*told.detail));
    }
    let host = told.path.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let plain = host.split(':').next().unwrap_or_default().parse::<std::net::IpAddr>().is_ok();
    let file = told.path.split('?').next().unwrap_or_default();
    let program = PROGRAMS.iter().any(|end| file.ends_with(end));
    let known = PUBLISHERS.iter().any(|name| host.ends_with(name));
    match () {
        () if plain && program => Some(LOOSE.on(&*told.path)),
        () if (plain || program || told.detail == "bits transfer") && !known => Some(BY_HAND.on(&*told.path)),
        () => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let what = || super::short(line).to_owned();
    if line.contains("setnotifycmdline") {
        return Some(NOTIFY.on(what()));
    }
    let tool = told.image == "bitsadmin" || calls(line, "bitsadmin").next().is_some();
    let made = tool && any(line, &["/transfer", "/addfile", "/create", "/resume", "-transfer", "/download"]);
    let cmdlet = all(line, &["start-bitstransfer ", "-"]) && any(line, &["-source", "http", "-dest"])
        || line.contains("add-bitsfile -");
    if !(made || cmdlet) || told.source == Source::Script && line.len() > 6_000 {
        return None;
    }
    let program = PROGRAMS.iter().any(|end| line.contains(end)) && line.contains("http");
    Some(if program { LOOSE.on(what()) } else { BY_HAND.on(what()) })
}
