//! PowerShell: script blocks, pipelines and engines. Parts of a block pass as they are, with its id, number and total.

use super::super::convert::{ACCOUNT, DOMAIN, GUID, NUMBER};
use super::super::{Entry, Row, View, as_, computed, row};
use super::rows::{HEADER_ACTOR, HEADER_USER, labelled};
use crate::decode::raw::Raw;

const SCRIPT: u32 = 1009;

const BLOCK: &[Row] = &[
    row("script.script_content", "ScriptBlockText"),
    as_("script.uid", "ScriptBlockId", GUID),
    as_("script.part", "MessageNumber", NUMBER),
    as_("script.parts", "MessageTotal", NUMBER),
    row("script.file.path", "Path"),
];

const CONTEXT: &[Row] = &[
    row("script.script_content", "Payload"),
    row("script.script_content", "param3"),
    computed("process.cmd_line", CONTEXT_READS, host_application, "`Host Application` of the context"),
    computed("script.file.path", CONTEXT_READS, script_name, "`Script Name` of the context"),
    computed("script.command", CONTEXT_READS, command_name, "`Command Name` of the context"),
    computed("user.name", CONTEXT_READS, user_name, "`User` of the context without its domain"),
    computed("user.domain", CONTEXT_READS, user_domain, "domain of `User` of the context"),
    as_("actor.user.name", "@user_name", ACCOUNT),
];

/// The classic log packs its context into the second or third text, or leaves it to the rendered message.
const CLASSIC: &[Row] = &[
    row("script.script_content", "Payload"),
    computed("script.script_content", CONTEXT_READS, pipeline, "`CommandLine` of the context, else the first text"),
    computed("process.cmd_line", CONTEXT_READS, host_application, "`HostApplication` of the context"),
    computed("script.file.path", CONTEXT_READS, script_name, "`ScriptName` of the context"),
    computed("user.name", CONTEXT_READS, user_name, "`UserId` of the context without its domain"),
    computed("user.domain", CONTEXT_READS, user_domain, "domain of `UserId` of the context"),
    computed("script.state", CONTEXT_READS, engine_state, "`NewEngineState` or `NewProviderState`"),
];

const CONTEXT_READS: &[&str] = &["ContextInfo", "param1", "param2", "param3", "@rendered"];

/// A value of the context, by one of its names.
fn context<'v>(view: &View<'v, '_>, labels: &[&str]) -> Option<&'v str> {
    let texts = ["ContextInfo", "param2", "param3", "param1", "@rendered"].into_iter();
    texts.filter_map(|name| view.text(name)).find_map(|text| labels.iter().find_map(|label| labelled(text, label)))
}

fn host_application<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    text(context(view, &["Host Application", "HostApplication"]))
}

fn script_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    text(context(view, &["Script Name", "ScriptName"]))
}

fn command_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    text(context(view, &["Command Name", "CommandName"]))
}

fn engine_state<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    text(context(view, &["NewEngineState", "NewProviderState"]))
}

fn pipeline<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    text(context(view, &["CommandLine"]).or_else(|| view.text("param1").filter(|first| !first.contains("EngineState"))))
}

fn user_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let user = context(view, &["User", "UserId"]);
    text(user.map(|user| user.rsplit('\\').next().unwrap_or(user)))
}

fn user_domain<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let user = context(view, &["User", "UserId"]);
    text(user.and_then(|user| user.split_once('\\')).map(|(domain, _)| domain))
}

fn text(text: Option<&str>) -> Raw<'_> {
    text.map_or(Raw::Null, |text| Raw::Text(text.into()))
}

/// A remote session's shell (WinRM 91, PowerShell 53504 and 8193 to 8197, 32784).
const REMOTE: &[Row] = &[as_("user.name", "@user_name", ACCOUNT), as_("user.domain", "@user_name", DOMAIN)];

pub const ENTRIES: &[Entry] = &[
    Entry::new("powershell", &[4104], SCRIPT, 1, "Execute", &[BLOCK, HEADER_USER, HEADER_ACTOR]),
    Entry::new("powershell", &[4103], SCRIPT, 1, "Execute", &[CONTEXT, HEADER_USER, HEADER_ACTOR]),
    Entry::new("powershell", &[4105], SCRIPT, 99, "Script block started", &[BLOCK, HEADER_USER, HEADER_ACTOR]),
    Entry::new("powershell", &[4106], SCRIPT, 99, "Script block completed", &[BLOCK, HEADER_USER, HEADER_ACTOR]),
    Entry::new(
        "powershell",
        &[40961, 40962, 53504],
        SCRIPT,
        99,
        "Console started",
        &[REMOTE, HEADER_USER, HEADER_ACTOR],
    ),
    Entry::new("powershell-classic", &[400, 403, 600], SCRIPT, 1, "Execute", &[CLASSIC, HEADER_USER]),
    Entry::new("powershell-classic", &[800, 500, 501], SCRIPT, 1, "Execute", &[CLASSIC, HEADER_USER]),
];
