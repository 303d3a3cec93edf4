//! Objects that Security audits: files, keys, processes, shares, directory objects.

use super::super::convert::{ADDRESS, FILE_NAME, GUID, HEX, NUMBER, PORT, WORDS};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, row};
use super::rows::{ACTING_PROCESS, ACTOR, HERE, SUBJECT_IS_USER};
use crate::decode::raw::Raw;

const FILE: u32 = 1001;
const PROCESS: u32 = 1007;
const KEY: u32 = 201_001;
const VALUE: u32 = 201_002;
const RESOURCE: u32 = 201_003;
const SMB: u32 = 4006;
const ENTITY: u32 = 3004;

// Rights in an access mask: https://learn.microsoft.com/windows/win32/secauthz/access-mask-format and the object's own.
const DELETE: i64 = 0x1_0000;
const WRITE_DAC: i64 = 0x4_0000;
const WRITE_OWNER: i64 = 0x8_0000;
const WRITE_DATA: i64 = 0x2;
const APPEND_DATA: i64 = 0x4;
const READ_DATA: i64 = 0x1;
const WRITE_ATTRIBUTES: i64 = 0x100;

const OBJECT: &[Row] = &[
    computed("file.path", OBJECT_READS, |view| of_kind(view, FILE), "`ObjectName` of a file"),
    computed("file.name", OBJECT_READS, |view| name_of_kind(view, FILE), "last part of `ObjectName` of a file"),
    computed("reg_key.path", OBJECT_READS, |view| of_kind(view, KEY), "`ObjectName` of a key"),
    computed("process.file.path", OBJECT_READS, |view| of_kind(view, PROCESS), "`ObjectName` of a process"),
    computed("process.file.name", OBJECT_READS, |view| name_of_kind(view, PROCESS), "last part of it"),
    row("win_resource.name", "ObjectName"),
    row("win_resource.type", "ObjectType"),
    row("win_resource.server", "ObjectServer"),
    row("win_resource.uid", "HandleId"),
    as_("requested_permissions", "AccessMask", NUMBER),
    as_("actual_permissions", "AccessMask", NUMBER),
    as_("privileges", "PrivilegeList", WORDS),
    row("win_resource.properties", "Properties"),
];

const OBJECT_READS: &[&str] = &["ObjectType", "ObjectName", "AccessMask", "@event_id"];

fn class_of(view: &View<'_, '_>) -> u32 {
    match view.text("ObjectType") {
        Some(kind) if kind.eq_ignore_ascii_case("file") => FILE,
        Some(kind) if kind.eq_ignore_ascii_case("key") => KEY,
        Some(kind) if kind.eq_ignore_ascii_case("process") => PROCESS,
        _ => RESOURCE,
    }
}

fn of_kind<'v>(view: &'v View<'v, '_>, class: u32) -> Raw<'v> {
    if class_of(view) == class { view.get("ObjectName").borrow() } else { Raw::Null }
}

fn name_of_kind<'v>(view: &'v View<'v, '_>, class: u32) -> Raw<'v> {
    if class_of(view) == class { (FILE_NAME.with)(view.get("ObjectName")) } else { Raw::Null }
}

const BY_OBJECT: Classify = Classify::By {
    classes: &[FILE, PROCESS, KEY, RESOURCE],
    reads: OBJECT_READS,
    decide: |view| by_object(view),
    told: "`ObjectType` and `AccessMask`: the strongest right decides (delete, set security, write, read)",
};

fn by_object(view: &View<'_, '_>) -> Judged {
    let mask = view.integer("AccessMask").unwrap_or_default();
    let has = |right: i64| mask & right != 0;
    let class = class_of(view);
    match class {
        FILE if has(DELETE) => Judged::new(FILE, 4, "Delete"),
        FILE if has(WRITE_DAC | WRITE_OWNER) => Judged::new(FILE, 7, "Set Security"),
        FILE if has(WRITE_DATA | APPEND_DATA) => Judged::new(FILE, 3, "Update"),
        FILE if has(WRITE_ATTRIBUTES) => Judged::new(FILE, 6, "Set Attributes"),
        FILE if has(READ_DATA) => Judged::new(FILE, 2, "Read"),
        FILE => Judged::new(FILE, 14, "Open"),
        KEY if has(DELETE) => Judged::new(KEY, 4, "Delete"),
        KEY if has(WRITE_DATA | APPEND_DATA | WRITE_DAC | WRITE_OWNER) => Judged::new(KEY, 3, "Modify"),
        KEY if has(READ_DATA) => Judged::new(KEY, 2, "Read"),
        KEY => Judged::new(KEY, 6, "Open"),
        PROCESS => Judged::new(PROCESS, 3, "Open"),
        _ if has(DELETE) => Judged::new(RESOURCE, 2, "Delete"),
        _ => Judged::new(RESOURCE, 1, "Access"),
    }
}

const DELETED: Classify = Classify::By {
    classes: &[FILE, PROCESS, KEY, RESOURCE],
    reads: OBJECT_READS,
    decide: |view| match class_of(view) {
        FILE => Judged::new(FILE, 4, "Delete"),
        KEY => Judged::new(KEY, 4, "Delete"),
        PROCESS => Judged::new(PROCESS, 99, "Object deleted"),
        _ => Judged::new(RESOURCE, 2, "Delete"),
    },
    told: "`ObjectType`",
};

const SECURITY_SET: Classify = Classify::By {
    classes: &[FILE, PROCESS, KEY, RESOURCE],
    reads: OBJECT_READS,
    decide: |view| match class_of(view) {
        FILE => Judged::new(FILE, 7, "Set Security"),
        KEY => Judged::new(KEY, 3, "Modify"),
        PROCESS => Judged::new(PROCESS, 99, "Permissions changed"),
        _ => Judged::new(RESOURCE, 99, "Permissions changed"),
    },
    told: "`ObjectType`",
};

const DESCRIPTOR: &[Row] =
    &[row("win_resource.security_descriptor", "NewSd"), row("win_resource.prev_security_descriptor", "OldSd")];

/// 4657 tells a value of a key.
const VALUE_CHANGE: &[Row] = &[
    row("reg_key.path", "ObjectName"),
    row("reg_value.name", "ObjectValueName"),
    computed("reg_value.path", &["ObjectName", "ObjectValueName"], value_path, "`ObjectName`\\\\`ObjectValueName`"),
    row("reg_value.data", "NewValue"),
    row("prev_reg_value.data", "OldValue"),
    row("reg_value.type", "NewValueType"),
];

fn value_path<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match (view.text("ObjectName"), view.text("ObjectValueName")) {
        (Some(key), Some(value)) => Raw::owned(format!("{key}\\{value}")),
        _ => Raw::Null,
    }
}

const BY_OPERATION: Classify = Classify::By {
    classes: &[VALUE],
    reads: &["OperationType"],
    decide: |view| match view.text("OperationType").unwrap_or_default() {
        "%%1904" => Judged::new(VALUE, 2, "Set"),
        "%%1906" => Judged::new(VALUE, 4, "Delete"),
        word if word.contains("delete") => Judged::new(VALUE, 4, "Delete"),
        word if word.contains("New") => Judged::new(VALUE, 2, "Set"),
        _ => Judged::new(VALUE, 3, "Modify"),
    },
    told: "`OperationType`: %%1904 set, %%1905 modified, %%1906 deleted",
};

const SHARE: &[Row] = &[
    row("share", "ShareName"),
    row("share_local_path", "ShareLocalPath"),
    row("file.path", "RelativeTargetName"),
    as_("file.name", "RelativeTargetName", FILE_NAME),
    as_("src_endpoint.ip", "IpAddress", ADDRESS),
    as_("src_endpoint.port", "IpPort", PORT),
    as_("requested_permissions", "AccessMask", NUMBER),
    as_("actual_permissions", "AccessMask", NUMBER),
];

const BY_SHARE_MASK: Classify = Classify::By {
    classes: &[SMB],
    reads: &["AccessMask"],
    decide: |view| {
        let mask = view.integer("AccessMask").unwrap_or_default();
        let has = |right: i64| mask & right != 0;
        match () {
            () if has(WRITE_DATA) => Judged::new(SMB, 5, "File Overwrite"),
            () if has(APPEND_DATA) => Judged::new(SMB, 3, "File Create"),
            () if has(DELETE) => Judged::new(SMB, 99, "File deletion requested"),
            () if has(READ_DATA) => Judged::new(SMB, 2, "File Open"),
            () => Judged::new(SMB, 99, "File access checked"),
        }
    },
    told: "`AccessMask`: write data 5, append data (or add a folder) 3, delete 99, read data 2, else 99",
};

const DIRECTORY_OBJECT: &[Row] = &[
    row("entity.name", "ObjectDN"),
    row("entity.name", "NewObjectDN"),
    row("entity.name", "ObjectName"),
    as_("entity.uid", "ObjectGUID", GUID),
    row("entity.type", "ObjectClass"),
    row("entity.type", "ObjectType"),
    row("entity.data", "AttributeValue"),
    row("entity.attribute", "AttributeLDAPDisplayName"),
    row("entity.operation", "OperationType"),
    row("entity.old_name", "OldObjectDN"),
    row("entity.domain", "DSName"),
];

const DIRECTORY_ACCESS: &[Row] = &[as_("actor.session.uid", "SubjectLogonId", HEX)];

pub const ENTRIES: &[Entry] = &[
    Entry::by("security", &[4656, 4663, 4661, 4658], BY_OBJECT, &[OBJECT, SUBJECT_IS_USER, ACTOR, ACTING_PROCESS]),
    Entry::by("security", &[4660, 4659], DELETED, &[OBJECT, SUBJECT_IS_USER, ACTOR, ACTING_PROCESS]),
    Entry::by("security", &[4670, 4907], SECURITY_SET, &[OBJECT, DESCRIPTOR, SUBJECT_IS_USER, ACTOR, ACTING_PROCESS]),
    Entry::by("security", &[4657], BY_OPERATION, &[VALUE_CHANGE, SUBJECT_IS_USER, ACTOR, ACTING_PROCESS]),
    Entry::new("security", &[5140], SMB, 99, "Share connected", &[SHARE, SUBJECT_IS_USER, ACTOR, HERE]),
    Entry::by("security", &[5145], BY_SHARE_MASK, &[SHARE, SUBJECT_IS_USER, ACTOR, HERE]),
    Entry::new("security", &[5142], SMB, 99, "Share added", &[SHARE, SUBJECT_IS_USER, ACTOR, HERE]),
    Entry::new("security", &[5143], SMB, 99, "Share changed", &[SHARE, SUBJECT_IS_USER, ACTOR, HERE]),
    Entry::new("security", &[5144], SMB, 99, "Share deleted", &[SHARE, SUBJECT_IS_USER, ACTOR, HERE]),
    Entry::new("security", &[4662], RESOURCE, 1, "Access", &[OBJECT, DIRECTORY_ACCESS, SUBJECT_IS_USER, ACTOR]),
    Entry::new("security", &[5136], ENTITY, 3, "Update", &[DIRECTORY_OBJECT, ACTOR]),
    Entry::new("security", &[5137], ENTITY, 1, "Create", &[DIRECTORY_OBJECT, ACTOR]),
    Entry::new("security", &[5138], ENTITY, 99, "Undeleted", &[DIRECTORY_OBJECT, ACTOR]),
    Entry::new("security", &[5139], ENTITY, 5, "Move", &[DIRECTORY_OBJECT, ACTOR]),
    Entry::new("security", &[5141], ENTITY, 4, "Delete", &[DIRECTORY_OBJECT, ACTOR]),
];
