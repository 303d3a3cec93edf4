//! Which log a record is of.

use super::super::View;
use crate::decode::raw::Raw;

/// What the functions here, and those that tell time and status, read.
pub const READS: &[&str] = &[
    "_path",
    "@path",
    "@stream",
    "_stream",
    "ts",
    "duration",
    "success",
    "auth_success",
    "result",
    "established",
    "proto",
    "conn_state",
    "trans_id",
    "query",
    "qtype_name",
    "rcode",
    "share_type",
    "endpoint",
    "operation",
    "request_type",
    "note",
    "actions",
    "call_id",
    "trans_depth",
    "tags",
    "method",
    "msg_types",
    "assigned_ip",
    "mac",
    "command",
    "user",
    "arg",
    "reply_code",
    "kex_alg",
    "auth_attempts",
    "version",
    "cipher",
    "cookie",
    "security_protocol",
    "username",
    "hostname",
    "server_nb_computer_name",
    "certificate.version",
    "fuid",
    "source",
    "analyzers",
    "name",
    "notice",
    "tunnel_type",
    "helo",
    "action",
];

/// Where a record names its log.
const NAMES: &[&str] = &["_path", "@path", "@stream", "_stream"];

/// Fields that only one log has together: how a record that does not name its log is recognised.
const SIGNS: &[(&str, &[&str])] = &[
    ("conn", &["proto", "conn_state"]),
    ("dns", &["trans_id", "query"]),
    ("dns", &["trans_id", "qtype_name"]),
    ("dns", &["trans_id", "rcode"]),
    ("smb_mapping", &["share_type"]),
    ("dce_rpc", &["endpoint", "operation"]),
    ("kerberos", &["request_type"]),
    ("notice", &["note", "actions"]),
    ("sip", &["call_id"]),
    ("http", &["trans_depth", "tags"]),
    ("http", &["trans_depth", "method"]),
    ("dhcp", &["msg_types"]),
    ("dhcp", &["assigned_ip", "mac"]),
    ("ftp", &["command", "user", "arg"]),
    ("ftp", &["command", "reply_code"]),
    ("ssh", &["kex_alg"]),
    ("ssh", &["auth_attempts"]),
    ("ssl", &["established"]),
    ("ssl", &["version", "cipher"]),
    ("rdp", &["cookie", "result"]),
    ("rdp", &["security_protocol"]),
    ("ntlm", &["username", "hostname"]),
    ("ntlm", &["server_nb_computer_name"]),
    ("radius", &["username", "result"]),
    ("x509", &["certificate.version"]),
    ("files", &["fuid", "source", "analyzers"]),
    ("weird", &["name", "notice"]),
    ("tunnel", &["tunnel_type"]),
    ("smtp", &["helo"]),
];

/// The log's name, as Zeek names it; empty where neither a name nor the fields tell.
pub fn name<'v>(view: &View<'v, '_>) -> &'v str {
    if let Some(name) = NAMES.iter().find_map(|field| view.text(field)) {
        return name;
    }
    if view.text("action").is_some_and(|action| action.starts_with("SMB::")) {
        return "smb_files";
    }
    let sign = SIGNS.iter().find(|(_, signs)| signs.iter().all(|sign| view.get(sign).exists()));
    sign.map_or("", |(name, _)| name)
}

pub fn kind<'v>(view: &View<'v, '_>) -> (&'v str, u32) {
    (name(view), 0)
}

pub fn log_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match name(view) {
        "" => Raw::Null,
        name => Raw::Text(name.into()),
    }
}
