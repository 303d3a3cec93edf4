//! Services beside Windows itself that write its event log: remote desktop's transport, sshd, SQL Server, the directory's
//! database engine, the firewall, printing and DNS plug-ins.

use super::super::convert::{FILE_NAME, GUID};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, row, word};
use super::rows::{HEADER_ACTOR, HERE};
use crate::decode::raw::Raw;

const AUTHENTICATION: u32 = 3002;

/// `ClientIP` holds an address and a port.
const TRANSPORT: &[Row] = &[
    computed("src_endpoint.ip", &["ClientIP"], client_address, "`ClientIP` without its port"),
    computed("src_endpoint.port", &["ClientIP"], client_port, "port of `ClientIP`"),
    row("src_endpoint.ip", "IPString"),
    row("connection_info.protocol_name", "ConnType"),
];

fn client_address<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let client = view.text("ClientIP").and_then(|client| client.rsplit_once(':'));
    client.map_or(Raw::Null, |(address, _)| Raw::Text(address.trim_matches(['[', ']']).into()))
}

fn client_port<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let client = view.text("ClientIP").and_then(|client| client.rsplit_once(':'));
    client.map_or(Raw::Null, |(_, port)| Raw::Text(port.into()))
}

/// sshd's sentences: `Failed password for [invalid user ]NAME from ADDRESS port PORT ssh2`.
const SSH: &[Row] = &[
    computed("user.name", &["payload"], |view| ssh_word(view, " for ", " from "), "the name in the sentence"),
    computed("src_endpoint.ip", &["payload"], |view| ssh_word(view, " from ", " port "), "the address in the sentence"),
    computed("src_endpoint.port", &["payload"], |view| ssh_word(view, " port ", " "), "the port in the sentence"),
    row("message", "payload"),
    word("auth_protocol", "SSH"),
    word("service.name", "sshd"),
];

/// The text between the last two signs of a sentence: names may hold any, what follows them is sshd's.
fn ssh_word<'v>(view: &'v View<'v, '_>, from: &str, to: &str) -> Raw<'v> {
    let Some(sentence) = view.text("payload") else { return Raw::Null };
    let tail = match from {
        " for " => sentence.split_once(from).map(|(_, tail)| tail),
        _ => sentence.rsplit_once(from).map(|(_, tail)| tail),
    };
    let Some(tail) = tail else { return Raw::Null };
    let word = match to {
        " from " => tail.rsplit_once(to).map_or(tail, |(word, _)| word),
        _ => tail.split(to).next().unwrap_or(tail),
    };
    let word = word.strip_prefix("invalid user ").unwrap_or(word).trim();
    if word.is_empty() { Raw::Null } else { Raw::Text(word.into()) }
}

const BY_SENTENCE: Classify = Classify::By {
    classes: &[AUTHENTICATION, 4007],
    reads: &["payload"],
    decide: |view| {
        let sentence = view.text("payload").unwrap_or_default();
        let logon = |status| Judged { class: AUTHENTICATION, activity: 1, name: "Logon", status: Some(status) };
        match sentence {
            _ if sentence.starts_with("Accepted ") => logon(1),
            _ if sentence.starts_with("Failed ") => logon(2),
            _ => Judged::new(4007, 99, "sshd"),
        }
    },
    told: "the sentence: `Accepted …` and `Failed …` are logons",
};

const SQL: &[Row] = &[
    row("user.name", "param1"),
    row("status_detail", "param2"),
    computed("src_endpoint.ip", &["param3", "param2"], sql_client, "the address behind `CLIENT:`"),
    word("service.name", "SQL Server"),
];

fn sql_client<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let texts = ["param3", "param2"].into_iter().filter_map(|name| view.text(name));
    let mut clients = texts.filter_map(|text| text.rsplit_once("CLIENT:"));
    let client = clients.next().map(|(_, client)| client.trim().trim_end_matches(']').trim());
    client.filter(|client| !client.starts_with('<')).map_or(Raw::Null, |client| Raw::Text(client.into()))
}

/// SQL Server's audit is one text of `name:value` lines.
const SQL_AUDIT: &[Row] = &[
    computed("user.name", &["param1"], |view| audited(view, "server_principal_name"), "`server_principal_name`"),
    computed(
        "actor.user.name",
        &["param1"],
        |view| audited(view, "session_server_principal_name"),
        "`session_server_principal_name`",
    ),
    computed("src_endpoint.ip", &["param1"], |view| audited(view, "client_ip"), "`client_ip`"),
    computed("entity.name", &["param1"], |view| audited(view, "object_name"), "`object_name`"),
    computed("entity.data", &["param1"], |view| audited(view, "statement"), "`statement`"),
    computed("entity.operation", &["param1"], |view| audited(view, "action_id"), "`action_id`"),
    word("service.name", "SQL Server"),
];

fn audited<'v>(view: &'v View<'v, '_>, label: &str) -> Raw<'v> {
    audit_value(view, label).map_or(Raw::Null, |value| Raw::Text(value.into()))
}

fn audit_value<'v>(view: &View<'v, '_>, label: &str) -> Option<&'v str> {
    let mut lines = view.text("param1")?.lines();
    let value = lines.find_map(|line| line.strip_prefix(label)?.strip_prefix(':'))?.trim();
    (!value.is_empty()).then_some(value)
}

const BY_AUDIT_ACTION: Classify = Classify::By {
    classes: &[AUTHENTICATION, 3004],
    reads: &["param1"],
    decide: |view| {
        let status = if audit_value(view, "succeeded") == Some("false") { 2 } else { 1 };
        let (class, activity, name) = match audit_value(view, "action_id").unwrap_or_default() {
            "LGIF" | "LGIS" | "LGSD" => (AUTHENTICATION, 1, "Logon"),
            "LGO" => (AUTHENTICATION, 2, "Logoff"),
            "CR" => (3004, 1, "Create"),
            "DR" => (3004, 4, "Delete"),
            "AL" | "ALST" => (3004, 3, "Update"),
            _ => (3004, 99, "SQL audit"),
        };
        Judged { class, activity, name, status: Some(status) }
    },
    told: "`action_id`: LGIS, LGIF, LGSD logon, LGO logoff, CR create, DR delete, AL update",
};

/// The database engine's events name the process first and the database among the last.
const DATABASE: &[Row] = &[
    computed("file.path", DATABASE_READS, database, "the first text that is a path"),
    row("actor.process.name", "param1"),
    row("actor.process.pid", "param2"),
];

const DATABASE_READS: &[&str] = &["param4", "param5", "param6"];

fn database<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let mut texts = DATABASE_READS.iter().filter_map(|name| view.text(name));
    texts.find(|text| text.contains('\\')).map_or(Raw::Null, |path| Raw::Text(path.into()))
}

const FIREWALL_RULE: &[Row] = &[
    row("policy.name", "RuleName"),
    as_("policy.uid", "RuleId", GUID),
    row("entity.name", "RuleName"),
    as_("entity.uid", "RuleId", GUID),
    word("entity.type", "firewall rule"),
    row("entity.data", "ApplicationPath"),
    row("actor.user.uid", "ModifyingUser"),
    row("actor.process.file.path", "ModifyingApplication"),
    as_("actor.process.file.name", "ModifyingApplication", FILE_NAME),
];

const SETTING: &[Row] = &[row("entity.name", "param1"), row("entity.old_name", "param2"), row("entity.data", "param3")];

const PLUG_IN: &[Row] = &[row("module.file.path", "param1"), as_("module.file.name", "param1", FILE_NAME)];

const PRINTER: &[Row] = &[
    row("entity.name", "Param1"),
    row("entity.name", "NewDefaultPrinter"),
    row("entity.data", "Param4"),
    word("entity.type", "printer driver"),
];

pub const ENTRIES: &[Entry] = &[
    Entry::new("rdp", &[131, 98], 4005, 1, "Initial Request", &[TRANSPORT, HERE]),
    Entry::new("rdp", &[140], 4005, 1, "Initial Request", &[TRANSPORT, HERE]).with_status(2),
    Entry::by("ssh", &[4], BY_SENTENCE, &[SSH, HERE]),
    Entry::new("sql", &[18456, 18452, 17806], AUTHENTICATION, 1, "Logon", &[SQL, HERE]).with_status(2),
    Entry::new("sql", &[18453, 18454, 18455], AUTHENTICATION, 1, "Logon", &[SQL, HERE]).with_status(1),
    Entry::by("sql", &[33205], BY_AUDIT_ACTION, &[SQL_AUDIT, HERE]),
    Entry::new("sql", &[15457], 3004, 3, "Update", &[SETTING]),
    Entry::new("database-engine", &[216, 325, 327], 1001, 1, "Create", &[DATABASE]),
    Entry::new("database-engine", &[326], 1001, 14, "Open", &[DATABASE]),
    Entry::new("firewall", &[2004, 2071, 2097], 3004, 1, "Create", &[FIREWALL_RULE]),
    Entry::new("firewall", &[2005, 2073, 2099], 3004, 3, "Update", &[FIREWALL_RULE]),
    Entry::new("firewall", &[2006, 2052], 3004, 4, "Delete", &[FIREWALL_RULE]),
    Entry::new("firewall", &[2003, 2033], 3004, 3, "Update", &[FIREWALL_RULE]),
    Entry::new("dns-service", &[770, 150, 771], 1005, 1, "Load", &[PLUG_IN]),
    Entry::new("printing", &[316, 808], 1005, 1, "Load", &[PRINTER, HEADER_ACTOR]),
    Entry::new("printing", &[300, 301, 823, 848], 3004, 99, "Printer changed", &[PRINTER, HEADER_ACTOR]),
];
