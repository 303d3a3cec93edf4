//! Processes, as Security and Sysmon tell them.

use super::super::convert::{ACCOUNT, DOMAIN, FILE_NAME, GUID, HEX, NUMBER, WORDS};
use super::super::{Entry, Row, View, as_, computed, row};
use super::rows::{ACTOR, SUBJECT_IS_USER};
use crate::decode::raw::Raw;

const PROCESS: u32 = 1007;
const MODULE: u32 = 1005;

/// 4688 names the new process's account in `Target…` where it differs from its creator's.
const NEW_PROCESS: &[Row] = &[
    row("process.file.path", "NewProcessName"),
    as_("process.file.name", "NewProcessName", FILE_NAME),
    row("process.cmd_line", "CommandLine"),
    as_("process.pid", "NewProcessId", NUMBER),
    row("process.integrity", "MandatoryLabel"),
    row("process.parent_process.file.path", "ParentProcessName"),
    as_("process.parent_process.file.name", "ParentProcessName", FILE_NAME),
    as_("process.parent_process.pid", "ProcessId", NUMBER),
    row("actor.process.file.path", "ParentProcessName"),
    as_("actor.process.file.name", "ParentProcessName", FILE_NAME),
    as_("actor.process.pid", "ProcessId", NUMBER),
    computed("user.name", TARGET, new_user_name, "`TargetUserName`, else `SubjectUserName`"),
    computed("user.domain", TARGET, new_user_domain, "the domain beside the name"),
    computed("user.uid", TARGET, new_user_uid, "the SID beside the name"),
    computed("session.uid", TARGET, new_session, "`TargetLogonId`, else `SubjectLogonId`"),
    row("process.token_elevation", "TokenElevationType"),
];

const TARGET: &[&str] = &[
    "TargetUserName",
    "TargetDomainName",
    "TargetUserSid",
    "TargetLogonId",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectUserSid",
    "SubjectLogonId",
];

fn has_target(view: &View<'_, '_>) -> bool {
    view.get("TargetUserName").says()
}

fn new_user_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.get(if has_target(view) { "TargetUserName" } else { "SubjectUserName" }).borrow()
}

fn new_user_domain<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.get(if has_target(view) { "TargetDomainName" } else { "SubjectDomainName" }).borrow()
}

/// Security writes the null SID (`S-1-0-0`) where the target's is not known.
fn new_user_uid<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let uid = view.get(if has_target(view) { "TargetUserSid" } else { "SubjectUserSid" });
    if uid.text() == Some("S-1-0-0") { Raw::Null } else { uid.borrow() }
}

fn new_session<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let target = view.get("TargetLogonId");
    let own = target.says() && target.integer() != Some(0);
    (HEX.with)(if own { target } else { view.get("SubjectLogonId") })
}

const ENDED_PROCESS: &[Row] = &[
    row("process.file.path", "ProcessName"),
    as_("process.file.name", "ProcessName", FILE_NAME),
    as_("process.pid", "ProcessId", NUMBER),
    row("exit_code", "Status"),
];

const IMAGE: &[Row] = &[
    row("process.file.path", "Image"),
    as_("process.file.name", "Image", FILE_NAME),
    row("process.cmd_line", "CommandLine"),
    as_("process.pid", "ProcessId", NUMBER),
    as_("process.uid", "ProcessGuid", GUID),
    row("process.original_name", "OriginalFileName"),
    row("process.integrity", "IntegrityLevel"),
    row("process.working_directory", "CurrentDirectory"),
    row("process.file.company_name", "Company"),
    row("process.file.product.name", "Product"),
    row("process.file.desc", "Description"),
    as_("process.file.hashes", "Hashes", WORDS),
    row("process.parent_process.file.path", "ParentImage"),
    as_("process.parent_process.file.name", "ParentImage", FILE_NAME),
    row("process.parent_process.cmd_line", "ParentCommandLine"),
    as_("process.parent_process.pid", "ParentProcessId", NUMBER),
    as_("process.parent_process.uid", "ParentProcessGuid", GUID),
    as_("process.parent_process.user.name", "ParentUser", ACCOUNT),
    row("actor.process.file.path", "ParentImage"),
    as_("actor.process.file.name", "ParentImage", FILE_NAME),
    row("actor.process.cmd_line", "ParentCommandLine"),
    as_("actor.process.pid", "ParentProcessId", NUMBER),
    as_("actor.process.uid", "ParentProcessGuid", GUID),
    as_("actor.user.name", "ParentUser", ACCOUNT),
    as_("actor.user.domain", "ParentUser", DOMAIN),
    as_("actor.user.name", "User", ACCOUNT),
    as_("actor.user.domain", "User", DOMAIN),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("session.uid", "LogonId", HEX),
    as_("actor.session.uid", "LogonId", HEX),
];

/// Sysmon 8 and 10: one process reaches into another.
const INTO: &[Row] = &[
    row("actor.process.file.path", "SourceImage"),
    as_("actor.process.file.name", "SourceImage", FILE_NAME),
    as_("actor.process.pid", "SourceProcessId", NUMBER),
    as_("actor.process.uid", "SourceProcessGUID", GUID),
    as_("actor.process.uid", "SourceProcessGuid", GUID),
    as_("actor.user.name", "SourceUser", ACCOUNT),
    as_("actor.user.domain", "SourceUser", DOMAIN),
    row("process.file.path", "TargetImage"),
    as_("process.file.name", "TargetImage", FILE_NAME),
    as_("process.pid", "TargetProcessId", NUMBER),
    as_("process.uid", "TargetProcessGUID", GUID),
    as_("process.uid", "TargetProcessGuid", GUID),
    as_("user.name", "TargetUser", ACCOUNT),
    as_("user.domain", "TargetUser", DOMAIN),
    as_("actual_permissions", "GrantedAccess", NUMBER),
    as_("requested_permissions", "GrantedAccess", NUMBER),
    row("module.file.path", "StartModule"),
    row("module.function_name", "StartFunction"),
    row("module.start_address", "StartAddress"),
    row("call_trace", "CallTrace"),
];

const LOADED: &[Row] = &[
    row("module.file.path", "ImageLoaded"),
    as_("module.file.name", "ImageLoaded", FILE_NAME),
    as_("module.file.hashes", "Hashes", WORDS),
    row("module.file.signature.status", "SignatureStatus"),
    row("module.file.signature.certificate.subject", "Signature"),
    row("module.file.is_signed", "Signed"),
    row("module.file.original_name", "OriginalFileName"),
    row("module.file.company_name", "Company"),
    row("process.file.path", "Image"),
    as_("process.file.name", "Image", FILE_NAME),
    as_("process.pid", "ProcessId", NUMBER),
    as_("process.uid", "ProcessGuid", GUID),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
];

/// 4690: a process takes over another one's handle.
const HANDLE: &[Row] =
    &[as_("actor.process.pid", "SourceProcessId", NUMBER), as_("process.pid", "TargetProcessId", NUMBER)];

/// Application log: a crash.
const CRASH: &[Row] = &[
    row("process.file.path", "AppPath"),
    row("process.file.name", "AppName"),
    row("process.file.name", "param1"),
    row("process.file.path", "param11"),
    row("module.file.name", "ModuleName"),
    row("module.file.name", "param4"),
];

pub const ENTRIES: &[Entry] = &[
    Entry::new("security", &[4688], PROCESS, 1, "Launch", &[NEW_PROCESS, ACTOR]).with_status(1),
    Entry::new("security", &[4689], PROCESS, 2, "Terminate", &[ENDED_PROCESS, SUBJECT_IS_USER, ACTOR]),
    Entry::new("security", &[4690], PROCESS, 99, "Handle duplicated", &[HANDLE, SUBJECT_IS_USER, ACTOR]),
    Entry::new("security", &[4696], PROCESS, 5, "Set User ID", &[NEW_PROCESS, ACTOR]),
    Entry::new("sysmon", &[1], PROCESS, 1, "Launch", &[IMAGE]).with_status(1),
    Entry::new("sysmon", &[5], PROCESS, 2, "Terminate", &[IMAGE]),
    Entry::new("sysmon", &[8], PROCESS, 4, "Inject", &[INTO]),
    Entry::new("sysmon", &[10], PROCESS, 3, "Open", &[INTO]),
    Entry::new("sysmon", &[25], PROCESS, 99, "Process tampering", &[IMAGE]),
    Entry::new("sysmon", &[6, 7], MODULE, 1, "Load", &[LOADED, super::rows::ACTING_IMAGE]),
    Entry::new("application-error", &[1000, 1001], PROCESS, 99, "Process crashed", &[CRASH]),
];
