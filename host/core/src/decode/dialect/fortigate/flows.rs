//! Lines about connections: traffic, and what inspection saw in it.

use super::super::convert::{FILE_NAME, WORDS};
use super::super::zeek;
use super::super::{Classify, Entry, FlowFact, Judged, Row, View, as_, computed, flow, row};
use super::values::{of_text, stated};
use crate::decode::raw::Raw;

pub const ENTRIES: &[Entry] = &[
    Entry::by("traffic", &[], by(&[4001], &["action"], traffic, "denied 5, start 1, else 6"), &[TRAFFIC, CONNECTION]),
    Entry::by(
        "dns",
        &[],
        by(&[4003], &["eventtype"], dns, "`eventtype`: dns-query 1, dns-response 2"),
        &[DNS, CONNECTION],
    ),
    Entry::by("web", &[], by(&[4002], &["httpmethod"], http, "`httpmethod`"), &[WEB, CONNECTION]),
    Entry::new("threat", &[], 2004, 1, "Create", &[THREAT, CONNECTION]),
    Entry::new("inspected", &[], 4001, 99, "Inspected", &[INSPECTED, CONNECTION]),
];

const fn by(
    classes: &'static [u32],
    reads: &'static [&'static str],
    decide: fn(&View<'_, '_>) -> Judged,
    told: &'static str,
) -> Classify {
    Classify::By { classes, reads, decide, told }
}

/// Who, where, by which policy.
const CONNECTION: &[Row] = &[
    row("src_endpoint.ip", "srcip"),
    row("src_endpoint.ip", "src"),
    row("src_endpoint.port", "srcport"),
    row("src_endpoint.port", "src_port"),
    row("src_endpoint.hostname", "srcname"),
    row("src_endpoint.mac", "srcmac"),
    row("src_endpoint.interface_name", "srcintf"),
    row("src_endpoint.location.country", "srccountry"),
    row("dst_endpoint.ip", "dstip"),
    row("dst_endpoint.ip", "dst"),
    row("dst_endpoint.port", "dstport"),
    row("dst_endpoint.port", "dst_port"),
    row("dst_endpoint.hostname", "dstname"),
    row("dst_endpoint.hostname", "hostname"),
    row("dst_endpoint.interface_name", "dstintf"),
    row("dst_endpoint.location.country", "dstcountry"),
    computed("connection_info.uid", SESSION, session_uid, "device, virtual domain and `sessionid`"),
    computed("connection_info.protocol_name", &["proto"], protocol_name, "name of the IP protocol"),
    row("connection_info.protocol_num", "proto"),
    flow("connection_info.direction_id", FlowFact::Direction),
    computed("user.name", &["user", "unauthuser"], user, "`user`, else `unauthuser`"),
    row("app_name", "app"),
    row("app_name", "service"),
    row("policy.uid", "policyid"),
    row("policy.name", "policyname"),
    row("action", "action"),
    computed("action_id", &["action"], action_id, "1 allowed, 2 denied"),
];

const SESSION: &[&str] = &["devid", "device_id", "devname", "vd", "sessionid"];

const TRAFFIC: &[Row] = &[
    computed("@sent", COUNTS, sent, "`sentdelta`, else `sentbyte` of a session's only line"),
    computed("@received", COUNTS, received, "`rcvddelta`, else `rcvdbyte` of a session's only line"),
    flow("traffic.bytes_out", FlowFact::BytesOut),
    flow("traffic.bytes_in", FlowFact::BytesIn),
    computed("traffic.bytes", &["sentbyte", "rcvdbyte"], bytes, "the session so far: `sentbyte` + `rcvdbyte`"),
    computed("duration", &["duration"], duration, "milliseconds"),
];

const COUNTS: &[&str] = &["logid", "log_id", "action", "sentdelta", "rcvddelta", "sentbyte", "rcvdbyte"];

const DNS: &[Row] = &[
    row("query.hostname", "qname"),
    row("query.type", "qtype"),
    row("query.class", "qclass"),
    as_("answers.rdata", "ipaddr", WORDS),
    row("rcode", "rcode"),
];

const WEB: &[Row] = &[
    row("http_request.http_method", "httpmethod"),
    row("http_request.url.hostname", "hostname"),
    row("http_request.url.url_string", "url"),
    row("http_request.url.categories", "catdesc"),
    row("http_request.user_agent", "agent"),
    row("http_request.referrer", "referralurl"),
];

const THREAT: &[Row] = &[
    row("finding_info.title", "virus"),
    row("finding_info.title", "attack"),
    row("finding_info.title", "filename"),
    row("finding_info.title", "eventtype"),
    row("finding_info.desc", "msg"),
    row("file.path", "filename"),
    as_("file.name", "filename", FILE_NAME),
];

const INSPECTED: &[Row] = &[
    row("activity_name", "eventtype"),
    row("activity_name", "subtype"),
    row("tls.sni", "sni"),
    row("tls.sni", "hostname"),
];

/// The last six digits of the log id: the message, whatever the type.
fn message_id(view: &View<'_, '_>) -> Option<u32> {
    let id = stated(view, &["logid", "log_id"])?;
    id.get(id.len().saturating_sub(6)..)?.parse().ok()
}

/// How a traffic line counts: every byte of a session stands in exactly one increment.
///
/// A session that lasts beyond two minutes is reported on the way (message 20; 21 where a port only listens), from
/// FortiOS 5.6.6 and 6.0.2 on. Such a line and the closing one of such a session carry the bytes since the line before
/// in `sentdelta` and `rcvddelta`. A closing line without them is a session's only one, so its sums are the increment;
/// the vendor's own reports count the same way. A line on the way without deltas, and one at the start, tells none.
fn increment<'v>(view: &View<'_, '_>, delta: &str, total: &str) -> Raw<'v> {
    const START: [u32; 3] = [4, 15, 16];
    const UNDERWAY: [u32; 2] = [20, 21];
    let has_deltas = view.get("sentdelta").says() || view.get("rcvddelta").says();
    let closes = message_id(view).is_some_and(|id| !START.contains(&id) && !UNDERWAY.contains(&id));
    let count = match (has_deltas, closes && view.text("action") != Some("start")) {
        (true, _) => view.integer(delta),
        (false, true) => view.integer(total),
        (false, false) => None,
    };
    count.map_or(Raw::Null, Raw::Integer)
}

fn sent<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    increment(view, "sentdelta", "sentbyte")
}

fn received<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    increment(view, "rcvddelta", "rcvdbyte")
}

/// The bytes of the whole session so far, both ways.
pub fn bytes<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match (view.integer("sentbyte"), view.integer("rcvdbyte")) {
        (None, None) => Raw::Null,
        (sent, received) => Raw::Integer(sent.unwrap_or(0).saturating_add(received.unwrap_or(0))),
    }
}

pub fn duration<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.integer("duration").map_or(Raw::Null, |seconds| Raw::Integer(seconds.saturating_mul(1000)))
}

/// A session's number counts in one virtual domain of one device.
fn session_uid<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let Some(session) = stated(view, &["sessionid"]) else { return Raw::Null };
    let part = |names| stated(view, names).unwrap_or_default();
    Raw::owned(format!("{}/{}/{session}", part(&["devid", "device_id", "devname"]), part(&["vd"])))
}

/// IP protocols by their assigned numbers (IANA), as far as firewalls see them.
const PROTOCOLS: &[(i64, &str)] =
    &[(1, "icmp"), (6, "tcp"), (17, "udp"), (41, "ipv6"), (47, "gre"), (50, "esp"), (58, "ipv6-icmp"), (132, "sctp")];

fn protocol_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let number = view.integer("proto");
    match PROTOCOLS.iter().find(|(known, _)| Some(*known) == number) {
        Some((_, name)) => Raw::word(name),
        None => of_text(view.text("proto")),
    }
}

fn user<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(stated(view, &["user", "unauthuser"]))
}

fn is_denied(action: &str) -> bool {
    matches!(action, "deny" | "block" | "blocked" | "dropped" | "reset")
}

fn action_id<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.text("action").map_or(Raw::Null, |action| Raw::Integer(if is_denied(action) { 2 } else { 1 }))
}

fn traffic(view: &View<'_, '_>) -> Judged {
    match view.text("action") {
        Some("start") => Judged::new(4001, 1, "Open"),
        Some(action) if is_denied(action) => Judged::new(4001, 5, "Refuse"),
        _ => Judged::new(4001, 6, "Traffic"),
    }
}

fn dns(view: &View<'_, '_>) -> Judged {
    match view.text("eventtype") {
        Some("dns-query") => Judged::new(4003, 1, "Query"),
        Some("dns-response") => Judged::new(4003, 2, "Response"),
        _ => Judged::new(4003, 6, "Traffic"),
    }
}

fn http(view: &View<'_, '_>) -> Judged {
    let (activity, name) = zeek::by_word(view.text("httpmethod"), zeek::METHODS);
    Judged::new(4002, activity, name.unwrap_or("Other"))
}
