//! What the rules about hiding read: programs under false names, code in other processes, planted libraries, transfers.

use sekisho_sdk::bindings::Condition;
use sekisho_sdk::prelude::*;

use super::wanted::LOOSE;
use crate::act::Source;
use crate::rules::borrowed_program::{CHILDLESS, SILENT};
use crate::rules::code_injected::{CARRIERS, ENGINELESS, ENGINES, HOSTS, PIPES};
use crate::rules::library_planted::{ABSENT, COMMON};
use crate::rules::masquerade::{COPIES, CORE, DATA, ENDINGS, MADE, MANAGERS, ORIGINALS, OWN};

/// Rights of a process handle to start threads in another and to write its memory: `CREATE_THREAD`, `VM_OPERATION`,
/// `VM_WRITE`. All of them stand in those that tools ask for; the conditions ask for the last.
const VM_WRITE: i64 = 0x20;

fn programs(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}.exe")).collect()
}

/// Process starts: by names that are false, under parents that have no children.
pub fn processes() -> Vec<Vec<Condition>> {
    let starts = || eq("activity_id", 1);
    let elsewhere = || not(contains("process.file.path", OWN));
    vec![
        all([starts(), one_of("process.file.name", programs(&CORE)), elsewhere(), present("process.file.path")]),
        all([starts(), one_of("process.file.name", programs(&COPIES)), elsewhere(), present("process.file.path")]),
        all([
            starts(),
            one_of("process.original_name", ORIGINALS),
            not(one_of("process.file.name", ORIGINALS)),
            present("process.file.name"),
        ]),
        all([starts(), contains("process.file.name", ENDINGS.iter().copied().chain(["\u{202e}", "      ."]))]),
        all([starts(), suffix("process.file.name", DATA)]),
        all([
            starts(),
            one_of("process.file.name", ["svchost.exe"]),
            present("process.parent_process.file.name"),
            not(one_of("process.parent_process.file.name", MANAGERS)),
        ]),
        all([starts(), one_of("process.parent_process.file.name", programs(&CHILDLESS))]),
        all([starts(), one_of("process.file.name", ["program.exe", "common.exe"])]),
    ]
}

/// Files and pipes: system names elsewhere, hidden endings, libraries that are looked for, pipes of frameworks.
pub fn files() -> Vec<Vec<Condition>> {
    let made = || all([eq("activity_id", 1)]);
    let with = |more: Condition| {
        let mut all = made();
        all.push(more);
        all
    };
    let core = CORE.iter().chain(&COPIES).chain(&MADE).map(|name| format!("\\{name}.exe"));
    let mut system = with(suffix("file.path", core));
    system.push(not(contains("file.path", OWN)));
    let mut beside = with(one_of("file.name", COMMON));
    beside.push(contains("file.path", ["\\program files"]));
    beside.push(one_of("actor.process.file.name", programs(&CARRIERS).into_iter().chain(["explorer.exe".into()])));
    let mut pipes = vec![eq("file.type_id", 6), eq_any("activity_id", [1, 14])];
    pipes.push(prefix("file.path", PIPES));
    vec![
        system,
        with(suffix("file.path", ENDINGS)),
        with(suffix("file.path", ABSENT)),
        with(suffix("file.path", [":\\program.exe", ":\\program files\\common.exe"])),
        beside,
        pipes,
    ]
}

/// Rows of a class that a source of their own tells: source, class, conditions, fields.
pub type Wanted = (Source, &'static str, Vec<Vec<Condition>>, &'static [&'static str]);

/// Sources of their own.
pub fn others() -> Vec<Wanted> {
    let acting = || one_of("actor.process.file.name", programs(&CARRIERS));
    let loose = || contains("actor.process.file.path", LOOSE.iter().copied().chain(["\\users\\"]));
    let odd = |first: Vec<Condition>| {
        let with = |more: Condition| {
            let mut all = first.clone();
            all.push(more);
            all
        };
        vec![with(acting()), with(loose())]
    };
    let thread = odd(vec![eq("activity_id", 4), not(one_of("process.file.name", ["lsass.exe"]))]);
    let opened = odd(vec![
        eq("activity_id", 3),
        mask("actual_permissions", VM_WRITE),
        one_of("process.file.name", programs(&HOSTS)),
    ]);
    let engines = all([one_of("module.file.name", ENGINES), one_of("process.file.name", programs(&ENGINELESS))]);
    let places = || contains("module.file.path", LOOSE.iter().copied().chain(["\\users\\"]));
    let side = all([one_of("module.file.name", COMMON), places(), not(one_of("module.file.is_signed", ["true"]))]);
    let absent = all([suffix("module.file.path", ABSENT), not(one_of("module.file.is_signed", ["true"]))]);
    let encoded =
        ["-enc", "/enc", " -e ", " -ec ", " -en ", "frombase64", "downloadstring", "hidden", " -version 2", " -v 2"];
    vec![
        (Source::Thread, "process_activity", thread, &INTO),
        (Source::Opened, "process_activity", opened, &INTO),
        (
            Source::Tampered,
            "process_activity",
            vec![all([one_of("metadata.event_code", ["25"]), eq("activity_id", 99)])],
            &["process.file.name", "process.file.path", "user.canonical"],
        ),
        (
            Source::Library,
            "module_activity",
            vec![engines, side, absent],
            &["module.file.path", "module.file.is_signed", "process.file.name", "process.file.path", "user.canonical"],
        ),
        (
            Source::Contact,
            "network_activity",
            vec![all([eq("activity_id", 1), one_of("actor.process.file.name", programs(&SILENT))])],
            &["actor.process.file.name", "process.file.path", "user.canonical"],
        ),
        (
            Source::Stream,
            "file_activity",
            vec![all([
                one_of("metadata.event_code", ["15"]),
                eq("activity_id", 1),
                not(contains("file.path", [":zone.identifier", ":smartscreen"])),
            ])],
            &["file.path", "actor.process.file.name", "user.canonical"],
        ),
        (
            Source::Transfer,
            "http_activity",
            vec![all([one_of("metadata.event_code", ["3", "59", "60", "16403"])])],
            &["http_request.url.url_string", "job.name", "actor.process.file.path", "user.canonical"],
        ),
        (
            Source::Engine,
            "script_activity",
            vec![all([one_of("metadata.event_code", ["400"]), contains("process.cmd_line", encoded)])],
            &["process.cmd_line", "user.canonical"],
        ),
    ]
}

const INTO: [&str; 4] = ["process.file.name", "actor.process.file.name", "actor.process.file.path", "user.canonical"];
