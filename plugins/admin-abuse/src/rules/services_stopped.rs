//! Many services stopped or disabled, or processes killed, within an hour (T1489): databases and agents hold the files
//! that are to be encrypted.
//!
//! **Weight.** One service is a day at work and is not told. Eight different ones by hand: medium; with another step it is
//! a part of `before-the-end`. (Elastic's rule takes ten processes or services a host.) Where no command is logged, the
//! services themselves tell: six databases, mail, backup or business services that stop within the hour: medium.
//! **False alarms.** Patch nights and database maintenance stop a handful; a host that shuts down stops all.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::any;

pub const STOPPED: Kind = Kind::new("service-stopped", 0, "stopped {}").many(8, 3).step(Step::Services);
pub const ENDED: Kind = Kind::new("service-ended", 0, "saw {} stop").many(6, 3).step(Step::Services);

pub const THEME: Theme = Theme {
    id: "services-stopped",
    title: "Many services stopped",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[("T1489", "many services or processes stopped by command")],
    advice: "Ask whether somebody is at work there. If not, look for what comes next on the same host (`recovery-off`, \
             `files-encrypted`) and isolate it.",
    kinds: &[&STOPPED, &ENDED],
    words: &[
        "net stop",
        "net1 stop",
        "net.exe stop",
        "net1.exe stop",
        " stop ",
        "start= disabled",
        "start=disabled",
        "sc delete",
        "sc.exe delete",
        "sc pause",
        "-service ",
        "stopservice",
        "changestartmode",
        "call delete",
        "taskkill",
        "tskill",
        "pskill",
        "terminate",
        "stop-process",
        "win32_process",
        "process where",
        "kill -name",
    ],
    judge,
    command,
};

/// Parts of the names of services that hold what a house lives on.
pub const KEPT: [&str; 20] = [
    "sql",
    "exchange",
    "oracle",
    "mysql",
    "postgres",
    "mongo",
    "backup",
    "veeam",
    "acronis",
    "arcserve",
    "volume shadow",
    "vss",
    "vmware",
    "hyper-v",
    "sap",
    "quickbooks",
    "intuit",
    "sharepoint",
    "domino",
    "dfs",
];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Service if told.activity == 2 && told.kind.contains("disabled") => Some(STOPPED.on(&*told.path)),
        Source::Service if told.activity == 4 && any(&told.path, &KEPT) => Some(ENDED.on(&*told.path)),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let mut names = told.stops.iter().chain(&told.kills);
    let first = names.next()?;
    Some(Act { more: names.cloned().collect(), ..STOPPED.on(&**first) })
}
