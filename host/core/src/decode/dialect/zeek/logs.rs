//! Logs of what goes over the network.

use super::super::convert::FILE_NAME;
use super::super::{Classify, Entry, FlowFact, Judged, Row, View, as_, computed, flow, row, word};
use super::values::{self, by_word};
use crate::decode::raw::Raw;

pub const ENTRIES: &[Entry] = &[
    Entry::new("conn", &[], 4001, 6, "Traffic", &[CONN]),
    Entry::by("ssl", &[], opened(&[4001], ssl), &[SSL]),
    Entry::new("dns", &[], 4003, 6, "Traffic", &[DNS]),
    Entry::by("http", &[], by(&[4002], &["method"], http, "`method`; one that OCSF lacks is 99"), &[HTTP, TCP]),
    Entry::by("dhcp", &[], by(&[4004], &["msg_types", "assigned_ip"], dhcp, "the last of `msg_types`"), &[DHCP]),
    Entry::new("rdp", &[], 4005, 1, "Initial Request", &[RDP, TCP]),
    Entry::by("smb_files", &[], by(&[4006], &["action"], smb, "`action`: opened 2, else 99"), &[SMB_FILES, TCP]),
    Entry::new("smb_mapping", &[], 4006, 99, "Share connected", &[SMB_MAPPING, TCP]),
    Entry::new("dce_rpc", &[], 4006, 99, "Remote procedure called", &[DCE_RPC, TCP]),
    Entry::by("ssh", &[], opened(&[4007], ssh), &[SSH, TCP]),
    Entry::by("ftp", &[], by(&[4008], &["command"], ftp, "`command`; one that OCSF lacks is 99"), &[FTP, TCP]),
    Entry::new("notice", &[], 2004, 1, "Create", &[NOTICE]),
];

const fn by(
    classes: &'static [u32],
    reads: &'static [&'static str],
    decide: fn(&View<'_, '_>) -> Judged,
    told: &'static str,
) -> Classify {
    Classify::By { classes, reads, decide, told }
}

const fn opened(classes: &'static [u32], decide: fn(&View<'_, '_>) -> Judged) -> Classify {
    by(classes, &["established", "auth_success"], decide, "4 Fail where it was told to fail, else 1 Open")
}

const TCP: &[Row] = &[word("connection_info.protocol_name", "tcp")];

/// Written at the flow's end; its sums are those of the whole flow, so they are its one increment.
const CONN: &[Row] = &[
    row("@sent", "orig_bytes"),
    row("@received", "resp_bytes"),
    flow("traffic.bytes_out", FlowFact::BytesOut),
    flow("traffic.bytes_in", FlowFact::BytesIn),
    computed("traffic.bytes", &["orig_bytes", "resp_bytes"], values::bytes, "`orig_bytes` + `resp_bytes`"),
    computed("traffic.packets", &["orig_pkts", "resp_pkts"], values::packets, "`orig_pkts` + `resp_pkts`"),
    computed("duration", &["duration"], values::duration, "milliseconds"),
    computed("start_time", &["ts"], values::start, "`ts`; the event's time is the flow's end"),
    row("app_name", "service"),
    row("status_code", "conn_state"),
    row("connection_info.flag_history", "history"),
    row("src_endpoint.mac", "orig_l2_addr"),
    row("dst_endpoint.mac", "resp_l2_addr"),
];

const SSL: &[Row] = &[
    row("tls.sni", "server_name"),
    row("tls.version", "version"),
    row("tls.cipher", "cipher"),
    row("tls.certificate.subject", "subject"),
    row("tls.certificate.issuer", "issuer"),
    row("tls.certificate.issuer", "issuer_subject"),
    row("tls.ja3_hash.value", "ja3"),
    row("tls.ja3s_hash.value", "ja3s"),
    row("status_detail", "validation_status"),
    row("status_detail", "last_alert"),
];

const DNS: &[Row] = &[
    row("query.hostname", "query"),
    row("query.type", "qtype_name"),
    row("query.class", "qclass_name"),
    row("answers.rdata", "answers"),
    row("rcode_id", "rcode"),
    row("rcode", "rcode_name"),
];

const HTTP: &[Row] = &[
    computed("activity_name", &["method"], method, "the method"),
    row("http_request.http_method", "method"),
    row("http_request.url.hostname", "host"),
    row("http_request.url.path", "uri"),
    row("http_request.user_agent", "user_agent"),
    row("http_request.referrer", "referrer"),
    row("http_request.body_length", "request_body_len"),
    row("http_response.code", "status_code"),
    row("http_response.status", "status_msg"),
    row("http_response.body_length", "response_body_len"),
    row("user.name", "username"),
];

const DHCP: &[Row] = &[
    row("src_endpoint.ip", "assigned_addr"),
    row("src_endpoint.ip", "assigned_ip"),
    row("src_endpoint.ip", "client_addr"),
    row("src_endpoint.ip", "requested_addr"),
    row("src_endpoint.mac", "mac"),
    row("src_endpoint.hostname", "host_name"),
    row("src_endpoint.domain", "domain"),
    row("dst_endpoint.ip", "server_addr"),
    row("lease_dur", "lease_time"),
    row("transaction_uid", "trans_id"),
    word("connection_info.protocol_name", "udp"),
];

const RDP: &[Row] = &[
    // What the client sends before any logon, cut to nine characters by the protocol: no account by itself.
    row("identifier_cookie", "cookie"),
    row("src_endpoint.hostname", "client_name"),
    row("protocol_ver", "client_build"),
    row("status_detail", "result"),
];

const SMB_FILES: &[Row] = &[
    row("activity_name", "action"),
    row("share", "path"),
    row("file.path", "name"),
    as_("file.name", "name", FILE_NAME),
    row("file.size", "size"),
    row("command", "action"),
];

const SMB_MAPPING: &[Row] = &[
    row("share", "path"),
    row("share_type", "share_type"),
    computed("share_type_id", &["share_type"], values::share_type_id, "DISK 1, PIPE 2, PRINT 3"),
];

const DCE_RPC: &[Row] = &[
    row("activity_name", "operation"),
    row("dce_rpc.endpoint", "endpoint"),
    row("dce_rpc.operation", "operation"),
    row("dce_rpc.command", "operation"),
    row("file.path", "named_pipe"),
    as_("file.name", "named_pipe", FILE_NAME),
];

const SSH: &[Row] = &[row("protocol_ver", "version")];

const FTP: &[Row] = &[
    row("activity_name", "command"),
    row("user.name", "user"),
    row("command", "command"),
    row("file.path", "arg"),
    as_("file.name", "arg", FILE_NAME),
    row("file.size", "file_size"),
    row("file.mime_type", "mime_type"),
    row("status_code", "reply_code"),
    row("status_detail", "reply_msg"),
];

const NOTICE: &[Row] = &[
    row("finding_info.title", "note"),
    row("finding_info.desc", "msg"),
    row("metadata.event_code", "note"),
    row("status_detail", "sub"),
];

fn ssl(view: &View<'_, '_>) -> Judged {
    open(4001, view.get("established"))
}

fn ssh(view: &View<'_, '_>) -> Judged {
    open(4007, view.get("auth_success"))
}

fn open(class: u32, worked: &Raw<'_>) -> Judged {
    match worked.boolean() {
        Some(false) => Judged::new(class, 4, "Fail"),
        _ => Judged::new(class, 1, "Open"),
    }
}

/// OCSF's activities of HTTP.
pub const METHODS: &[(&str, u32, &str)] = &[
    ("CONNECT", 1, "Connect"),
    ("DELETE", 2, "Delete"),
    ("GET", 3, "Get"),
    ("HEAD", 4, "Head"),
    ("OPTIONS", 5, "Options"),
    ("POST", 6, "Post"),
    ("PUT", 7, "Put"),
    ("TRACE", 8, "Trace"),
    ("PATCH", 9, "Patch"),
];

fn http(view: &View<'_, '_>) -> Judged {
    let (activity, name) = by_word(view.text("method"), METHODS);
    Judged::new(4002, activity, name.unwrap_or("Other"))
}

fn method<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let word = view.text("method");
    Raw::Text(by_word(word, METHODS).1.or(word).unwrap_or_default().into())
}

const COMMANDS: &[(&str, u32, &str)] = &[
    ("STOR", 1, "Put"),
    ("STOU", 1, "Put"),
    ("APPE", 1, "Put"),
    ("RETR", 2, "Get"),
    ("DELE", 4, "Delete"),
    ("RNFR", 5, "Rename"),
    ("RNTO", 5, "Rename"),
    ("LIST", 6, "List"),
    ("NLST", 6, "List"),
    ("MLSD", 6, "List"),
];

fn ftp(view: &View<'_, '_>) -> Judged {
    let (activity, name) = by_word(view.text("command"), COMMANDS);
    Judged::new(4008, activity, name.unwrap_or("Other"))
}

const MESSAGES: &[(&str, u32, &str)] = &[
    ("DISCOVER", 1, "Discover"),
    ("OFFER", 2, "Offer"),
    ("REQUEST", 3, "Request"),
    ("DECLINE", 4, "Decline"),
    ("ACK", 5, "Ack"),
    ("NAK", 6, "Nak"),
    ("RELEASE", 7, "Release"),
    ("INFORM", 8, "Inform"),
];

/// By the last message of the exchange; records of old versions of Zeek were written for an acknowledgement.
fn dhcp(view: &View<'_, '_>) -> Judged {
    let last = match view.get("msg_types") {
        Raw::List(messages) => messages.last().and_then(Raw::text),
        message => message.text(),
    };
    let last = last.or_else(|| view.get("assigned_ip").says().then_some("ACK"));
    let (activity, name) = by_word(last, MESSAGES);
    Judged::new(4004, activity, name.unwrap_or("Other"))
}

/// OCSF knows how a file may be opened; what else is done with it is Zeek's word.
fn smb(view: &View<'_, '_>) -> Judged {
    let (activity, name) =
        by_word(view.text("action"), &[("SMB::FILE_OPEN", 2, "File Open"), ("SMB::PIPE_OPEN", 2, "File Open")]);
    Judged::new(4006, activity, name.unwrap_or("Other"))
}
