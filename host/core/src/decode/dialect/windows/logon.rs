//! Logons, tickets and sessions.

use super::super::convert::{ACCOUNT, ADDRESS, DOMAIN, HEX, HOST, NUMBER, PORT, WORDS};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, row};
use super::rows::{ACTING_PROCESS, ACTOR, HERE, SOURCE, SUBJECT_IS_USER, TARGET_USER};
use crate::decode::raw::Raw;

const AUTHENTICATION: u32 = 3002;
const SUCCESS: u32 = 1;
const FAILURE: u32 = 2;

const SESSION: &[Row] = &[
    as_("session.uid", "TargetLogonId", HEX),
    row("logon_type_id", "LogonType"),
    row("auth_protocol", "AuthenticationPackageName"),
    as_("logon_process.name", "LogonProcessName", super::super::convert::PLAIN),
    row("session.is_elevated", "ElevatedToken"),
    row("status_detail", "SubStatus"),
    row("status_detail", "FailureReason"),
];

const EXPLICIT: &[Row] = &[
    as_("dst_endpoint.hostname", "TargetServerName", HOST),
    row("service.name", "TargetInfo"),
    as_("src_endpoint.ip", "IpAddress", ADDRESS),
    as_("src_endpoint.port", "IpPort", PORT),
];

const TICKET: &[Row] = &[
    as_("user.name", "TargetUserName", ACCOUNT),
    row("user.domain", "TargetDomainName"),
    as_("user.domain", "TargetUserName", DOMAIN),
    row("user.uid", "TargetSid"),
    row("service.name", "ServiceName"),
    row("service.uid", "ServiceSid"),
    super::super::word("auth_protocol", "Kerberos"),
    as_("authentication_token.encryption_details.algorithm_id", "TicketEncryptionType", NUMBER),
    row("authentication_token.kerberos_flags", "TicketOptions"),
    row("status_code", "Status"),
];

const VALIDATION: &[Row] = &[
    as_("src_endpoint.hostname", "Workstation", HOST),
    as_("src_endpoint.hostname", "WorkstationName", HOST),
    row("auth_protocol", "PackageName"),
    as_("user.name", "TargetUserName", ACCOUNT),
    as_("user.domain", "TargetUserName", DOMAIN),
];

const PRIVILEGES: &[Row] = &[as_("privileges", "PrivilegeList", WORDS), as_("privileges", "Privileges", WORDS)];

const SESSION_CHANGE: &[Row] = &[
    row("user.name", "AccountName"),
    row("user.domain", "AccountDomain"),
    as_("session.uid", "LogonID", HEX),
    as_("src_endpoint.hostname", "ClientName", HOST),
    as_("src_endpoint.ip", "ClientAddress", ADDRESS),
];

const TERMINAL: &[Row] = &[
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("src_endpoint.ip", "Address", ADDRESS),
    row("session.uid", "SessionID"),
    super::super::number("logon_type_id", 10),
];

const TERMINAL_CONNECTION: &[Row] =
    &[row("user.name", "Param1"), row("user.domain", "Param2"), as_("src_endpoint.ip", "Param3", ADDRESS)];

const fn by_status(decide: fn(&View<'_, '_>) -> Judged) -> Classify {
    Classify::By { classes: &[AUTHENTICATION], reads: &["Status"], decide, told: "a failure unless `Status` is 0x0" }
}

fn judged(view: &View<'_, '_>, activity: u32, name: &'static str) -> Judged {
    let status = match view.get("Status") {
        Raw::Absent | Raw::Null => None,
        status => Some(if status.integer() == Some(0) { SUCCESS } else { FAILURE }),
    };
    Judged { class: AUTHENTICATION, activity, name, status }
}

pub const ENTRIES: &[Entry] = &[
    Entry::new(
        "security",
        &[4624],
        AUTHENTICATION,
        1,
        "Logon",
        &[TARGET_USER, ACTOR, SOURCE, HERE, SESSION, ACTING_PROCESS],
    )
    .with_status(SUCCESS),
    Entry::new(
        "security",
        &[4625],
        AUTHENTICATION,
        1,
        "Logon",
        &[TARGET_USER, ACTOR, SOURCE, HERE, SESSION, ACTING_PROCESS],
    )
    .with_status(FAILURE),
    Entry::new("security", &[4648], AUTHENTICATION, 1, "Logon", &[TARGET_USER, ACTOR, EXPLICIT, ACTING_PROCESS])
        .with_status(SUCCESS),
    Entry::new("security", &[4634, 4647], AUTHENTICATION, 2, "Logoff", &[TARGET_USER, HERE, SESSION])
        .with_status(SUCCESS),
    Entry::by("security", &[4768], by_status(|view| judged(view, 3, "Authentication Ticket")), &[TICKET, SOURCE]),
    Entry::by("security", &[4769], by_status(|view| judged(view, 4, "Service Ticket Request")), &[TICKET, SOURCE]),
    Entry::by("security", &[4770], by_status(|view| judged(view, 5, "Service Ticket Renew")), &[TICKET, SOURCE]),
    Entry::new("security", &[4771], AUTHENTICATION, 6, "Preauth", &[TICKET, SOURCE]).with_status(FAILURE),
    Entry::by("security", &[4776, 4777], by_status(|view| judged(view, 99, "Credential validation")), &[VALIDATION]),
    Entry::new("security", &[4672], 3003, 1, "Assign Privileges", &[SUBJECT_IS_USER, ACTOR, HERE, PRIVILEGES])
        .with_status(SUCCESS),
    Entry::new("security", &[4964, 4627], 3003, 2, "Assign Groups", &[TARGET_USER, ACTOR, SESSION]),
    Entry::new(
        "security",
        &[4673, 4674],
        3003,
        99,
        "Privilege used",
        &[SUBJECT_IS_USER, ACTOR, PRIVILEGES, ACTING_PROCESS],
    ),
    Entry::new("security", &[4778], AUTHENTICATION, 1, "Logon", &[SESSION_CHANGE, HERE]).with_status(SUCCESS),
    Entry::new("security", &[4779], AUTHENTICATION, 2, "Logoff", &[SESSION_CHANGE, HERE]).with_status(SUCCESS),
    Entry::new("terminal-sessions", &[21, 25], AUTHENTICATION, 1, "Logon", &[TERMINAL, HERE]).with_status(SUCCESS),
    Entry::new("terminal-sessions", &[23, 24], AUTHENTICATION, 2, "Logoff", &[TERMINAL, HERE]).with_status(SUCCESS),
    Entry::new("terminal-connections", &[1149], 4005, 1, "Initial Request", &[TERMINAL_CONNECTION, HERE]),
    Entry::new(
        "security",
        &[4649],
        AUTHENTICATION,
        99,
        "Replay detected",
        &[TARGET_USER, ACTOR, SOURCE, ACTING_PROCESS],
    ),
    Entry::new(
        "security",
        &[4703],
        3003,
        99,
        "Privileges adjusted",
        &[SUBJECT_IS_USER, ACTOR, ACTING_PROCESS, ADJUSTED],
    ),
    Entry::new("security", &[4704, 4717], 3003, 1, "Assign Privileges", &[ACTOR, GRANTED]),
    Entry::new("security", &[4705, 4718], 3003, 99, "Privileges removed", &[ACTOR, GRANTED]),
    Entry::new("security", &[4800], AUTHENTICATION, 99, "Workstation locked", &[TARGET_USER, SESSION, HERE]),
    Entry::new("security", &[4801], AUTHENTICATION, 99, "Workstation unlocked", &[TARGET_USER, SESSION, HERE]),
    Entry::new("security", &[4611, 4610, 4614, 4622], 1005, 1, "Load", &[ACTOR, PACKAGE]),
];

const ADJUSTED: &[Row] = &[as_("privileges", "EnabledPrivilegeList", WORDS)];

const GRANTED: &[Row] = &[
    row("user.uid", "TargetSid"),
    as_("privileges", "PrivilegeList", WORDS),
    as_("privileges", "AccessGranted", WORDS),
    as_("privileges", "AccessRemoved", WORDS),
];

const PACKAGE: &[Row] = &[
    row("module.file.path", "AuthenticationPackageName"),
    row("module.file.path", "SecurityPackageName"),
    row("module.file.path", "NotificationPackageName"),
    computed("module.type", &["LogonProcessName"], logon_process, "`LogonProcessName`"),
];

fn logon_process<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.get("LogonProcessName").borrow()
}
