//! Files, pipes and registry, as Sysmon tells them.

use super::super::convert::{ACCOUNT, DOMAIN, FILE_NAME, WORDS};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, number, row};
use super::rows::ACTING_IMAGE;
use crate::decode::raw::Raw;

const FILE: u32 = 1001;
const KEY: u32 = 201_001;
const VALUE: u32 = 201_002;

const TARGET_FILE: &[Row] = &[
    row("file.path", "TargetFilename"),
    as_("file.name", "TargetFilename", FILE_NAME),
    row("file.created_time_dt", "CreationUtcTime"),
    row("file.previous_created_time_dt", "PreviousCreationUtcTime"),
    as_("file.hashes", "Hashes", WORDS),
    as_("file.hashes", "Hash", WORDS),
    row("file.contents", "Contents"),
];

/// OCSF: file type 6 is a named pipe.
const PIPE: &[Row] = &[
    row("file.path", "PipeName"),
    as_("file.name", "PipeName", FILE_NAME),
    number("file.type_id", 6),
    super::super::word("file.type", "Named Pipe"),
];

const RAW_DISK: &[Row] = &[row("file.path", "Device"), row("file.name", "Device")];

const REGISTRY: &[Row] = &[
    computed("reg_key.path", REGISTRY_READS, key_path, "`TargetObject`, without the value's name"),
    computed("reg_value.path", REGISTRY_READS, value_path, "`TargetObject` of a value"),
    computed("reg_value.name", REGISTRY_READS, value_name, "last part of `TargetObject` of a value"),
    row("reg_value.data", "Details"),
    row("reg_key.new_path", "NewName"),
];

const REGISTRY_READS: &[&str] = &["TargetObject", "EventType", "@event_id"];

/// Who acted; older Sysmon tells no user.
const USER: &[Row] = &[
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("actor.user.name", "User", ACCOUNT),
    as_("actor.user.domain", "User", DOMAIN),
];

fn is_value(view: &View<'_, '_>) -> bool {
    match view.text("EventType") {
        Some("SetValue" | "DeleteValue" | "RenameValue") => true,
        Some("CreateKey" | "DeleteKey" | "RenameKey") => false,
        _ => view.integer("@event_id") == Some(13),
    }
}

fn key_path<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let Some(path) = view.text("TargetObject") else { return Raw::Null };
    match path.rsplit_once('\\') {
        Some((key, _)) if is_value(view) => Raw::Text(key.into()),
        _ => Raw::Text(path.into()),
    }
}

fn value_path<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    if is_value(view) { view.get("TargetObject").borrow() } else { Raw::Null }
}

fn value_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    if is_value(view) { (FILE_NAME.with)(view.get("TargetObject")) } else { Raw::Null }
}

const BY_EVENT_TYPE: Classify = Classify::By {
    classes: &[KEY, VALUE],
    reads: REGISTRY_READS,
    decide: |view| match view.text("EventType") {
        Some("CreateKey") => Judged::new(KEY, 1, "Create"),
        Some("DeleteKey") => Judged::new(KEY, 4, "Delete"),
        Some("RenameKey") => Judged::new(KEY, 5, "Rename"),
        Some("SetValue") => Judged::new(VALUE, 2, "Set"),
        Some("DeleteValue") => Judged::new(VALUE, 4, "Delete"),
        Some("RenameValue") => Judged::new(VALUE, 99, "Renamed"),
        _ => match view.integer("@event_id") {
            Some(13) => Judged::new(VALUE, 2, "Set"),
            Some(14) => Judged::new(KEY, 5, "Rename"),
            _ => Judged::new(KEY, 99, "Created or deleted"),
        },
    },
    told: "`EventType`, else the event's number: 13 sets a value, 14 renames a key",
};

pub const ENTRIES: &[Entry] = &[
    Entry::new("sysmon", &[11], FILE, 1, "Create", &[TARGET_FILE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[15], FILE, 1, "Create", &[TARGET_FILE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[2], FILE, 6, "Set Attributes", &[TARGET_FILE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[23, 26], FILE, 4, "Delete", &[TARGET_FILE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[27, 28], FILE, 99, "Blocked", &[TARGET_FILE, USER, ACTING_IMAGE]).with_status(2),
    Entry::new("sysmon", &[29], FILE, 1, "Create", &[TARGET_FILE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[9], FILE, 2, "Read", &[RAW_DISK, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[17], FILE, 1, "Create", &[PIPE, USER, ACTING_IMAGE]),
    Entry::new("sysmon", &[18], FILE, 14, "Open", &[PIPE, USER, ACTING_IMAGE]),
    Entry::by("sysmon", &[12, 13, 14], BY_EVENT_TYPE, &[REGISTRY, USER, ACTING_IMAGE]),
];
