//! Rows that many Windows events share.

use super::super::convert::{ADDRESS, FILE_NAME, GUID, HEX, HOST, NUMBER, PORT};
use super::super::{Row, View, as_, computed, row};
use crate::decode::raw::Raw;

/// Rows of all Windows events, behind their own.
pub const COMMON: &[Row] = &[
    row("metadata.event_code", "@event_id"),
    row("metadata.log_name", "@channel"),
    computed("metadata.log_name", &["@event_id"], security_by_id, "`Security` where nothing is told"),
    row("metadata.log_provider", "@provider"),
    row("metadata.log_provider", "@provider_too"),
    row("metadata.uid", "@record"),
    computed("metadata.product.name", &["@provider"], product, "`Sysmon` for its provider, else `Windows`"),
    computed("severity_id", &["@level"], severity, "critical 5, error 4, warning 3, else 1"),
    row("device.hostname", "@computer"),
    row("device.hostname", "@computer_too"),
    row("message", "@message"),
    row("status_code", "Status"),
];

fn product<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let sysmon = view.text("@provider").is_some_and(|provider| provider.ends_with("Sysmon"));
    Raw::word(if sysmon { "Sysmon" } else { "Windows" })
}

fn security_by_id<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match view.integer("@event_id") {
        Some(4600..5200) => Raw::word("Security"),
        _ => Raw::Null,
    }
}

fn severity<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let level = view.get("@level");
    let word = |word: &str| level.text().is_some_and(|text| text.eq_ignore_ascii_case(word));
    Raw::Integer(match level.integer() {
        Some(1) => 5,
        Some(2) => 4,
        Some(3) => 3,
        None if word("critical") => 5,
        None if word("error") => 4,
        None if word("warning") => 3,
        _ => 1,
    })
}

/// Who did it.
pub const ACTOR: &[Row] = &[
    row("actor.user.name", "SubjectUserName"),
    row("actor.user.domain", "SubjectDomainName"),
    row("actor.user.uid", "SubjectUserSid"),
    as_("actor.session.uid", "SubjectLogonId", HEX),
];

/// Whom it was done to, or who logged on.
pub const TARGET_USER: &[Row] = &[
    row("user.name", "TargetUserName"),
    row("user.domain", "TargetDomainName"),
    row("user.uid", "TargetUserSid"),
    row("user.uid", "TargetSid"),
];

/// Who did it is whom it is about.
pub const SUBJECT_IS_USER: &[Row] = &[
    row("user.name", "SubjectUserName"),
    row("user.domain", "SubjectDomainName"),
    row("user.uid", "SubjectUserSid"),
    as_("session.uid", "SubjectLogonId", HEX),
];

/// Where somebody came from.
pub const SOURCE: &[Row] = &[
    as_("src_endpoint.ip", "IpAddress", ADDRESS),
    as_("src_endpoint.port", "IpPort", PORT),
    as_("src_endpoint.hostname", "WorkstationName", HOST),
];

/// The host that wrote the event is where somebody went.
pub const HERE: &[Row] = &[row("dst_endpoint.hostname", "@computer"), row("dst_endpoint.hostname", "@computer_too")];

/// The process that acted, of Security's events.
pub const ACTING_PROCESS: &[Row] = &[
    row("actor.process.file.path", "ProcessName"),
    as_("actor.process.file.name", "ProcessName", FILE_NAME),
    as_("actor.process.pid", "ProcessId", NUMBER),
];

/// The process that acted, of Sysmon's events.
pub const ACTING_IMAGE: &[Row] = &[
    row("actor.process.file.path", "Image"),
    as_("actor.process.file.name", "Image", FILE_NAME),
    as_("actor.process.pid", "ProcessId", NUMBER),
    as_("actor.process.uid", "ProcessGuid", GUID),
];

/// The group of a change of members.
pub const GROUP: &[Row] =
    &[row("group.name", "TargetUserName"), row("group.domain", "TargetDomainName"), row("group.uid", "TargetSid")];

/// Who did it, where only the header tells.
pub const HEADER_ACTOR: &[Row] = &[
    row("actor.user.name", "@user_name"),
    row("actor.user.domain", "@user_domain"),
    row("actor.user.uid", "@user_id"),
];

/// Whose it is, where only the header tells.
pub const HEADER_USER: &[Row] =
    &[row("user.name", "@user_name"), row("user.domain", "@user_domain"), row("user.uid", "@user_id")];

/// A value in a rendered message or context, behind its label and `:` or `=` on a line of its own.
pub fn labelled<'t>(text: &'t str, label: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(label)?.trim_start();
        let value = rest.strip_prefix([':', '='])?.trim();
        (!matches!(value, "" | "-")).then_some(value)
    })
}

/// A value of the rendered message's only section.
pub fn subject<'v>(view: &'v View<'v, '_>, label: &str) -> Raw<'v> {
    let value = view.text("@rendered").and_then(|message| labelled(message, label));
    value.map_or(Raw::Null, |value| Raw::Text(value.into()))
}
