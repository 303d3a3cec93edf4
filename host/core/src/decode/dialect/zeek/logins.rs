//! Logs of who proves to be whom.

use super::super::{Classify, Entry, Judged, Row, View, computed, number, row, word};
use crate::decode::raw::Raw;

pub const ENTRIES: &[Entry] = &[
    Entry::by(
        "kerberos",
        &[],
        Classify::By {
            classes: &[3002],
            reads: &["request_type"],
            decide: kerberos,
            told: "`request_type`: AS 3 Authentication Ticket, TGS 4 Service Ticket Request",
        },
        &[KERBEROS],
    ),
    Entry::new("ntlm", &[], 3002, 1, "Logon", &[NTLM]),
    Entry::new("radius", &[], 3002, 1, "Logon", &[RADIUS]),
];

fn kerberos(view: &View<'_, '_>) -> Judged {
    match view.text("request_type") {
        Some("AS") => Judged::new(3002, 3, "Authentication Ticket"),
        Some("TGS") => Judged::new(3002, 4, "Service Ticket Request"),
        _ => Judged::new(3002, 0, "Unknown"),
    }
}

const KERBEROS: &[Row] = &[
    computed("user.name", &["client"], client, "name of `name/REALM`"),
    computed("user.domain", &["client"], realm, "realm of `name/REALM`"),
    row("service.name", "service"),
    row("status_detail", "error_msg"),
    word("auth_protocol", "Kerberos"),
    number("auth_protocol_id", 2),
];

const NTLM: &[Row] = &[
    row("user.name", "username"),
    row("user.domain", "domainname"),
    row("src_endpoint.hostname", "hostname"),
    row("dst_endpoint.hostname", "server_nb_computer_name"),
    row("dst_endpoint.hostname", "server_dns_computer_name"),
    word("auth_protocol", "NTLM"),
    number("auth_protocol_id", 1),
];

const RADIUS: &[Row] = &[
    row("user.name", "username"),
    row("src_endpoint.mac", "mac"),
    row("tunnel_interface.ip", "framed_addr"),
    row("status_detail", "reply_msg"),
    word("auth_protocol", "RADIUS"),
    number("auth_protocol_id", 10),
];

/// A client's name and realm; the name may itself have a slash in it (`host/server`).
fn parts<'v>(view: &View<'v, '_>) -> Option<(&'v str, Option<&'v str>)> {
    let client = view.text("client")?;
    Some(client.rsplit_once('/').map_or((client, None), |(name, realm)| (name, Some(realm))))
}

fn client<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    parts(view).map_or(Raw::Null, |(name, _)| Raw::Text(name.into()))
}

fn realm<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    parts(view).and_then(|(_, realm)| realm).map_or(Raw::Null, |realm| Raw::Text(realm.into()))
}
