//! Lines about VPN tunnels, SSL and IPsec, and about signing in.

use super::super::{Classify, Entry, Judged, Row, View, computed, row};
use super::flows::{bytes, duration};
use super::values::{of_text, stated};
use crate::decode::raw::Raw;

pub const ENTRIES: &[Entry] = &[
    Entry::by(
        "tunnel",
        &[],
        Classify::By {
            classes: &[4014],
            reads: &["action"],
            decide: tunnel,
            told: "`action`: tunnel-up 1, tunnel-down 2, tunnel-stats 3; any other is 99",
        },
        &[TUNNEL],
    ),
    Entry::by(
        "login",
        &[],
        Classify::By { classes: &[3002], reads: &["action"], decide: login, told: "`action`: logouts 2, else 1" },
        &[LOGIN],
    ),
];

/// The sums of a tunnel are those of the session so far, and its bytes are also told flow by flow: no increments here.
const TUNNEL: &[Row] = &[
    computed("activity_name", &["action"], action_name, "Open, Close, Renew, else the action"),
    computed("src_endpoint.ip", &["remip"], remote, "`remip` unless 0.0.0.0"),
    row("src_endpoint.port", "remport"),
    row("src_endpoint.location.country", "srccountry"),
    row("src_endpoint.location.country", "remcountry"),
    row("dst_endpoint.ip", "locip"),
    row("dst_endpoint.port", "locport"),
    computed("tunnel_interface.ip", &["tunnelip", "assignip"], assigned, "`tunnelip` (SSL), else `assignip` (IPsec)"),
    row("tunnel_interface.name", "vpntunnel"),
    computed("protocol_name", &["tunneltype", "action", "logdesc", "vpntunnel"], protocol, "SSL or IPsec"),
    row("tunnel_type", "tunneltype"),
    computed("user.name", PEOPLE, user, "`xauthuser`, `eapuser`, else `user`"),
    row("session.uid", "tunnelid"),
    row("connection_info.uid", "tunnelid"),
    computed("traffic.bytes", &["sentbyte", "rcvdbyte"], bytes, "the session so far: `sentbyte` + `rcvdbyte`"),
    computed("duration", &["duration"], duration, "milliseconds"),
    row("user.groups", "group"),
    row("user.groups", "xauthgroup"),
];

const PEOPLE: &[&str] = &["xauthuser", "eapuser", "user"];

const LOGIN: &[Row] = &[
    computed("user.name", PEOPLE, user, "`xauthuser`, `eapuser`, else `user`"),
    computed("src_endpoint.ip", ADDRESSES, address, "`remip`, `srcip`, else the address in `ui`"),
    row("src_endpoint.location.country", "srccountry"),
    row("dst_endpoint.ip", "dstip"),
    row("dst_endpoint.hostname", "devname"),
    row("auth_protocol", "authproto"),
    row("auth_protocol", "method"),
    row("service.name", "authserver"),
    row("service.name", "server"),
    row("user.groups", "group"),
];

const ADDRESSES: &[&str] = &["remip", "srcip", "ui"];

/// An address; all zeros is none.
fn real<'v>(view: &View<'v, '_>, name: &str) -> Option<&'v str> {
    stated(view, &[name]).filter(|text| !matches!(*text, "0.0.0.0" | "::"))
}

fn remote<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(real(view, "remip"))
}

fn assigned<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(real(view, "tunnelip").or_else(|| real(view, "assignip")))
}

/// Where a person signs in from; administrators' lines name it in `ui="https(10.0.0.5)"`.
pub fn address<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let beside = real(view, "remip").or_else(|| real(view, "srcip"));
    let inside = || view.text("ui")?.split_once('(')?.1.strip_suffix(')');
    of_text(beside.or_else(inside))
}

/// IPsec may know a peer by one name and the person behind it by another: the person's goes first.
fn user<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(stated(view, PEOPLE))
}

/// SSL lines say so; others name an IPsec tunnel.
fn protocol<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let says_ssl =
        |name| view.text(name).and_then(|text| text.get(..3)).is_some_and(|start| start.eq_ignore_ascii_case("ssl"));
    let names_ipsec = stated(view, &["vpntunnel"]).is_some() || view.text("tunneltype") == Some("ipsec");
    match (["tunneltype", "action", "logdesc"].into_iter().any(says_ssl), names_ipsec) {
        (true, _) => Raw::word("SSL"),
        (false, true) => Raw::word("IPsec"),
        (false, false) => Raw::Null,
    }
}

fn activity(action: Option<&str>) -> (u32, Option<&'static str>) {
    match action {
        Some("tunnel-up") => (1, Some("Open")),
        Some("tunnel-down") => (2, Some("Close")),
        Some("tunnel-stats") => (3, Some("Renew")),
        Some(_) => (99, None),
        None => (0, Some("Unknown")),
    }
}

fn tunnel(view: &View<'_, '_>) -> Judged {
    let (activity, name) = activity(view.text("action"));
    Judged::new(4014, activity, name.unwrap_or("Other"))
}

fn action_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let action = view.text("action");
    of_text(activity(action).1.or(action))
}

const LOGOUTS: [&str; 3] = ["logout", "auth-logout", "FSSO-logoff"];

/// Whether an action is about signing in or out.
pub fn is_login(action: &str) -> bool {
    matches!(action, "login" | "authentication" | "auth-logon" | "FSSO-logon") || LOGOUTS.contains(&action)
}

fn login(view: &View<'_, '_>) -> Judged {
    match view.text("action") {
        Some(action) if LOGOUTS.contains(&action) => Judged::new(3002, 2, "Logoff"),
        _ => Judged::new(3002, 1, "Logon"),
    }
}
