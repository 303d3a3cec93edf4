//! The logs themselves, audit policy, WMI, Defender, and Sysmon about itself.

use super::super::convert::{ACCOUNT, DOMAIN, FILE_NAME, HOST, NUMBER, WORDS};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, row, word};
use super::rows::{ACTING_PROCESS, ACTOR, HEADER_ACTOR, HEADER_USER, labelled, subject};
use crate::decode::raw::Raw;

const EVENT_LOG: u32 = 1008;
const PROCESS: u32 = 1007;
const ENTITY: u32 = 3004;
const FINDING: u32 = 2004;

const CLEARED: &[Row] = &[
    computed(
        "log_name",
        &["Channel", "LogFileCleared", "@event_id", "@channel", "@rendered"],
        cleared_log,
        "the cleared log: `Channel` of the user data, Security for 1102",
    ),
    row("file.path", "BackupPath"),
    computed("actor.user.name", &["@rendered"], |view| subject(view, "Account Name"), "`Account Name` of the message"),
    computed("actor.user.domain", &["@rendered"], |view| subject(view, "Domain Name"), "`Domain Name` of the message"),
    computed("actor.user.uid", &["@rendered"], |view| subject(view, "Security ID"), "`Security ID` of the message"),
    computed("actor.session.uid", &["@rendered"], |view| subject(view, "Logon ID"), "`Logon ID` of the message"),
];

fn cleared_log<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    if matches!(view.integer("@event_id"), Some(1102 | 1100 | 1104)) {
        return Raw::word("Security");
    }
    // The flat shape has the header's channel there; its message names the log: `The X log file was cleared.`
    let named = view
        .text("@rendered")
        .and_then(|message| message.strip_prefix("The ")?.split_once(" log file was cleared").map(|(log, _)| log));
    let told = named.or_else(|| view.text("Channel")).or_else(|| view.text("@channel"));
    told.map_or(Raw::Null, |log| Raw::Text(log.into()))
}

const POLICY: &[Row] = &[
    row("policy.name", "SubcategoryGuid"),
    row("policy.uid", "SubcategoryId"),
    row("policy.group", "CategoryId"),
    as_("policy.changes", "AuditPolicyChanges", WORDS),
];

/// %%8448 success removed, %%8450 failure removed, %%8449 success added, %%8451 failure added.
const BY_CHANGES: Classify = Classify::By {
    classes: &[EVENT_LOG],
    reads: &["AuditPolicyChanges"],
    decide: |view| {
        let changes = view.text("AuditPolicyChanges").unwrap_or_default();
        let removed = changes.contains("%%8448") || changes.contains("%%8450") || changes.contains("removed");
        let added = changes.contains("%%8449") || changes.contains("%%8451") || changes.contains("added");
        match (removed, added) {
            (true, false) => Judged::new(EVENT_LOG, 10, "Disable"),
            _ => Judged::new(EVENT_LOG, 99, "Audit policy changed"),
        }
    },
    told: "`AuditPolicyChanges`: 10 where auditing is only removed, else 99",
};

const SYSMON_STATE: Classify = Classify::By {
    classes: &[EVENT_LOG],
    reads: &["State"],
    decide: |view| match view.text("State") {
        Some("Stopped") => Judged::new(EVENT_LOG, 7, "Stop"),
        Some("Started") => Judged::new(EVENT_LOG, 6, "Start"),
        _ => Judged::new(EVENT_LOG, 99, "Sysmon state changed"),
    },
    told: "`State`",
};

const CONFIGURED: &[Row] = &[row("file.path", "Configuration"), row("log_name", "@channel")];

const WMI: &[Row] = &[
    row("process.cmd_line", "PossibleCause"),
    row("process.name", "HostProcess"),
    as_("process.file.name", "HostProcess", FILE_NAME),
    as_("process.pid", "ProcessID", NUMBER),
    as_("process.pid", "ClientProcessId", NUMBER),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("src_endpoint.hostname", "ClientMachine", HOST),
    row("wmi.namespace", "Namespace"),
    row("wmi.namespace", "NamespaceName"),
    row("wmi.query", "Query"),
    row("wmi.query", "ESS"),
    row("wmi.consumer", "CONSUMER"),
    row("wmi.operation", "Operation"),
    row("module.file.path", "ProviderPath"),
    row("module.name", "ProviderName"),
    row("entity.name", "ESS"),
    computed("wmi.text", &["@rendered"], |view| view.get("@rendered").borrow(), "the rendered message"),
];

/// Sysmon 19 to 21: a WMI filter, a consumer, and the two bound.
const WMI_SUBSCRIPTION: &[Row] = &[
    row("entity.name", "Name"),
    row("entity.name", "Consumer"),
    row("entity.type", "EventType"),
    row("entity.data", "Query"),
    row("entity.data", "Destination"),
    row("entity.data", "Filter"),
    row("wmi.namespace", "EventNamespace"),
    row("wmi.query", "Query"),
    row("wmi.consumer", "Consumer"),
    row("wmi.consumer", "Destination"),
    row("wmi.operation", "Operation"),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("actor.user.name", "User", ACCOUNT),
    as_("actor.user.domain", "User", DOMAIN),
];

const BY_WMI_OPERATION: Classify = Classify::By {
    classes: &[ENTITY],
    reads: &["Operation"],
    decide: |view| match view.text("Operation") {
        Some("Created") => Judged::new(ENTITY, 1, "Create"),
        Some("Modified") => Judged::new(ENTITY, 3, "Update"),
        Some("Deleted") => Judged::new(ENTITY, 4, "Delete"),
        _ => Judged::new(ENTITY, 99, "WMI subscription"),
    },
    told: "`Operation`",
};

const THREAT: &[Row] = &[
    row("finding_info.title", "Threat Name"),
    row("finding_info.uid", "Detection ID"),
    row("malware.name", "Threat Name"),
    row("malware.uid", "Threat ID"),
    row("malware.classification", "Category Name"),
    row("severity", "Severity Name"),
    computed("severity_id", &["Severity ID"], threat_severity, "`Severity ID`: 1 low, 2 medium, 4 high, 5 critical"),
    row("disposition", "Action Name"),
    row("file.path", "Path"),
    row("process.file.path", "Process Name"),
    as_("process.file.name", "Process Name", FILE_NAME),
    as_("user.name", "Detection User", ACCOUNT),
    as_("user.domain", "Detection User", DOMAIN),
];

fn threat_severity<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match view.integer("Severity ID") {
        Some(1) => Raw::Integer(2),
        Some(2) => Raw::Integer(3),
        Some(4) => Raw::Integer(4),
        Some(5) => Raw::Integer(5),
        _ => Raw::Null,
    }
}

const DEFENDER_SETTING: &[Row] = &[
    row("entity.name", "New Value"),
    row("entity.data", "New Value"),
    row("entity.old_name", "Old Value"),
    word("entity.type", "Defender setting"),
    row("policy.name", "New Value"),
    computed("policy.name", &["@rendered"], setting, "`New value` of the message"),
];

fn setting<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let value = view.text("@rendered").and_then(|message| labelled(message, "New value"));
    value.map_or(Raw::Null, |value| Raw::Text(value.into()))
}

const PROTECTION: &[Row] =
    &[row("log_name", "@channel"), row("policy.name", "Feature Name"), word("policy.group", "Defender")];

/// Directory and host policy that Security tells.
const POLICY_OBJECT: &[Row] = &[
    row("policy.name", "RuleName"),
    row("policy.name", "SettingType"),
    row("policy.name", "DomainPolicyChanged"),
    row("policy.name", "AuditSourceName"),
    row("policy.name", "TdoDomainName"),
    row("entity.name", "RuleName"),
    row("entity.name", "TdoDomainName"),
    row("entity.name", "AuditSourceName"),
    row("entity.uid", "RuleId"),
    row("entity.type", "SettingType"),
    row("entity.data", "SettingValue"),
];

const CREDENTIAL: &[Row] = &[
    row("entity.name", "TargetName"),
    row("entity.type", "Type"),
    row("entity.data", "ReadOperation"),
    row("entity.name", "KeyName"),
];

const fn eventlog(codes: &'static [u32], activity: u32, name: &'static str) -> Entry {
    Entry::new("eventlog", codes, EVENT_LOG, activity, name, &[ACTOR, CLEARED, HEADER_ACTOR])
}

const fn setting_change(kind: &'static str, codes: &'static [u32], activity: u32, name: &'static str) -> Entry {
    Entry::new(kind, codes, ENTITY, activity, name, &[POLICY_OBJECT, ACTOR, ACTING_PROCESS])
}

pub const ENTRIES: &[Entry] = &[
    eventlog(&[1102, 104], 1, "Clear"),
    eventlog(&[1100], 7, "Stop"),
    eventlog(&[1101], 99, "Events dropped"),
    eventlog(&[1104], 99, "Log full"),
    eventlog(&[1105], 4, "Archive"),
    Entry::new("eventlog-service", &[6005], EVENT_LOG, 6, "Start", &[CLEARED]),
    Entry::new("eventlog-service", &[6006], EVENT_LOG, 7, "Stop", &[CLEARED]),
    Entry::by("security", &[4719, 4912], BY_CHANGES, &[POLICY, ACTOR]),
    Entry::new("security", &[4906, 4715, 4817, 4902], EVENT_LOG, 99, "Audit setting changed", &[POLICY, ACTOR]),
    Entry::by("sysmon", &[4], SYSMON_STATE, &[CONFIGURED]),
    Entry::new("sysmon", &[16], EVENT_LOG, 99, "Sysmon configured", &[CONFIGURED]),
    Entry::new("sysmon", &[255], EVENT_LOG, 99, "Sysmon failed", &[CONFIGURED]).with_status(2),
    Entry::by("sysmon", &[19, 20, 21], BY_WMI_OPERATION, &[WMI_SUBSCRIPTION]),
    Entry::new("wmi", &[5857], PROCESS, 99, "WMI provider started", &[WMI, HEADER_USER, HEADER_ACTOR]),
    Entry::new("wmi", &[5858], PROCESS, 99, "WMI operation failed", &[WMI, HEADER_USER, HEADER_ACTOR]).with_status(2),
    Entry::new("wmi", &[5859, 5860], PROCESS, 99, "WMI temporary subscription", &[WMI, HEADER_USER, HEADER_ACTOR]),
    Entry::new("wmi", &[5861], PROCESS, 99, "WMI permanent subscription", &[WMI, HEADER_USER, HEADER_ACTOR]),
    Entry::new("defender", &[1116, 1006, 1015], FINDING, 1, "Create", &[THREAT, HEADER_USER]),
    Entry::new("defender", &[1117, 1007, 1118, 1119], FINDING, 2, "Update", &[THREAT, HEADER_USER]),
    Entry::new("defender", &[5001, 5010, 5012], EVENT_LOG, 10, "Disable", &[PROTECTION, HEADER_ACTOR]),
    Entry::new("defender", &[5000, 5009, 5011], EVENT_LOG, 9, "Enable", &[PROTECTION, HEADER_ACTOR]),
    Entry::new("defender", &[5007], ENTITY, 99, "Defender setting changed", &[DEFENDER_SETTING, HEADER_ACTOR]),
    Entry::new("defender", &[5013], ENTITY, 99, "Defender setting change blocked", &[DEFENDER_SETTING, HEADER_ACTOR]),
    setting_change("security", &[4946, 4904], 1, "Create"),
    setting_change("security", &[4947, 4950, 4739, 4716, 4865, 4867, 4713], 3, "Update"),
    setting_change("security", &[4948, 4905, 4866, 4707], 4, "Delete"),
    setting_change("security", &[4706], 1, "Create"),
    Entry::new(
        "security",
        &[5379, 5381, 5382, 5058, 5059, 5061],
        ENTITY,
        2,
        "Read",
        &[CREDENTIAL, ACTOR, ACTING_PROCESS],
    ),
    Entry::new("security", &[4616], ENTITY, 3, "Update", &[SYSTEM_TIME, ACTOR, ACTING_PROCESS]),
];

const SYSTEM_TIME: &[Row] =
    &[word("entity.name", "system time"), row("entity.data", "NewTime"), row("entity.old_name", "PreviousTime")];
