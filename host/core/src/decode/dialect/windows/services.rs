//! Services and scheduled tasks.

use super::super::convert::{ACCOUNT, DOMAIN, LOWER, NUMBER};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, row};
use super::rows::{ACTOR, HEADER_ACTOR};
use crate::decode::raw::Raw;

const SERVICE: u32 = 201_004;
const JOB: u32 = 1006;

const INSTALLED: &[Row] = &[
    row("win_service.name", "ServiceName"),
    row("win_service.cmd_line", "ServiceFileName"),
    row("win_service.cmd_line", "ImagePath"),
    row("win_service.start_type", "StartType"),
    row("win_service.start_type", "ServiceStartType"),
    row("win_service.type", "ServiceType"),
    row("win_service.run_as", "ServiceAccount"),
    computed(
        "win_service.run_as",
        &["AccountName", "AccountType"],
        run_as,
        "`AccountName`, but where the forwarder's own header uses the name",
    ),
    as_("actor.process.pid", "ClientProcessId", NUMBER),
];

/// NXLog writes the event's user into `AccountName`, with an `AccountType` beside it.
fn run_as<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    if view.get("AccountType").says() { Raw::Null } else { view.get("AccountName").borrow() }
}

const STATE: &[Row] = &[row("win_service.name", "param1"), as_("win_service.state", "param2", LOWER)];

/// 7040: the display name, the old and the new start type, the short name.
const START_TYPE: &[Row] = &[
    row("win_service.name", "param4"),
    row("win_service.name", "param1"),
    row("win_service.display_name", "param1"),
    row("win_service.start_type", "param3"),
    row("win_service.prev_start_type", "param2"),
];

const BY_STATE: Classify = Classify::By {
    classes: &[SERVICE],
    reads: &["param2"],
    decide: |view| match view.text("param2") {
        Some(state) if state.eq_ignore_ascii_case("running") => Judged::new(SERVICE, 3, "Start"),
        Some(state) if state.eq_ignore_ascii_case("stopped") => Judged::new(SERVICE, 4, "Stop"),
        _ => Judged::new(SERVICE, 99, "State changed"),
    },
    told: "`param2`: running 3, stopped 4 (in other languages 99)",
};

const TASK: &[Row] = &[
    row("job.name", "TaskName"),
    row("job.name", "Name"),
    computed("job.cmd_line", CONTENT, command, "`Command` and `Arguments` of the task's XML"),
    row("job.cmd_line", "ActionName"),
    row("job.cmd_line", "Path"),
    computed("job.user", CONTENT, task_user, "`UserId` of the task's XML"),
    row("job.user", "UserContext"),
    row("job.user", "UserName"),
    as_("user.name", "UserContext", ACCOUNT),
    as_("user.domain", "UserContext", DOMAIN),
    as_("user.name", "UserName", ACCOUNT),
    as_("user.domain", "UserName", DOMAIN),
    row("job.desc", "TaskContent"),
    row("job.desc", "TaskContentNew"),
    row("job.uid", "InstanceId"),
    row("job.uid", "TaskInstanceId"),
    as_("process.pid", "ProcessID", NUMBER),
    as_("actor.process.pid", "ClientProcessId", NUMBER),
];

const CONTENT: &[&str] = &["TaskContent", "TaskContentNew"];

fn content<'v>(view: &'v View<'v, '_>) -> Option<&'v str> {
    view.text("TaskContent").or_else(|| view.text("TaskContentNew"))
}

fn command<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let Some(content) = content(view) else { return Raw::Null };
    match (element(content, "Command"), element(content, "Arguments")) {
        (Some(command), Some(arguments)) => Raw::owned(format!("{} {}", unescaped(command), unescaped(arguments))),
        (Some(command), None) => Raw::owned(unescaped(command)),
        _ => element(content, "ClassId").map_or(Raw::Null, |class| Raw::owned(unescaped(class))),
    }
}

fn task_user<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let user = content(view).and_then(|content| element(content, "UserId"));
    user.map_or(Raw::Null, |user| Raw::owned(unescaped(user)))
}

/// The text of the first element of a name.
fn element<'t>(xml: &'t str, name: &str) -> Option<&'t str> {
    let from = xml.find(&format!("<{name}>"))? + name.len() + 2;
    let rest = &xml[from..];
    let text = rest[..rest.find("</")?].trim();
    (!text.is_empty()).then_some(text)
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

pub const ENTRIES: &[Entry] = &[
    Entry::new("security", &[4697], SERVICE, 1, "Create", &[INSTALLED, ACTOR]),
    Entry::new("services", &[7045], SERVICE, 1, "Create", &[INSTALLED, HEADER_ACTOR]),
    Entry::by("services", &[7036], BY_STATE, &[STATE, HEADER_ACTOR]),
    Entry::new("services", &[7040], SERVICE, 2, "Reconfigure", &[START_TYPE, HEADER_ACTOR]),
    Entry::new("services", &[7034, 7031], SERVICE, 99, "Service crashed", &[STATE]),
    Entry::new("services", &[7035], SERVICE, 99, "Control sent", &[STATE, HEADER_ACTOR]),
    Entry::new(
        "services",
        &[7000, 7001, 7009, 7011, 7022, 7023, 7024, 7026, 7038, 7041],
        SERVICE,
        99,
        "Service failed",
        &[STATE],
    )
    .with_status(2),
    Entry::new("security", &[4698], JOB, 1, "Create", &[TASK, ACTOR]),
    Entry::new("security", &[4699], JOB, 3, "Delete", &[TASK, ACTOR]),
    Entry::new("security", &[4700], JOB, 4, "Enable", &[TASK, ACTOR]),
    Entry::new("security", &[4701], JOB, 5, "Disable", &[TASK, ACTOR]),
    Entry::new("security", &[4702], JOB, 2, "Update", &[TASK, ACTOR]),
    Entry::new("tasks", &[106], JOB, 1, "Create", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[140], JOB, 2, "Update", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[141], JOB, 3, "Delete", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[142], JOB, 5, "Disable", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[100, 107, 108, 110, 118, 119, 129, 200], JOB, 6, "Start", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[101, 103, 203], JOB, 6, "Start", &[TASK, HEADER_ACTOR]).with_status(2),
    Entry::new("tasks", &[102, 201], JOB, 99, "Completed", &[TASK, HEADER_ACTOR]),
    Entry::new("tasks", &[111, 330], JOB, 99, "Stopped", &[TASK, HEADER_ACTOR]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_of_a_task_is_found_and_unescaped() {
        let xml = "<Task><Exec><Command>cmd.exe</Command><Arguments>/c a &amp;&amp; b</Arguments></Exec></Task>";
        assert_eq!(element(xml, "Arguments").map(unescaped).as_deref(), Some("/c a && b"));
        assert_eq!(element("<Command>", "Command"), None);
    }
}
