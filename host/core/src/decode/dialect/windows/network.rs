//! Connections and names.

use super::super::convert::{ACCOUNT, ADDRESS, DOMAIN, FILE_NAME, HOST, LOWER, NUMBER, PORT};
use super::super::{Classify, Entry, Judged, Row, View, as_, computed, number, row, word};
use super::rows::{ACTING_IMAGE, HEADER_ACTOR, HEADER_USER, HERE};
use crate::decode::raw::Raw;

const NETWORK: u32 = 4001;
const DNS: u32 = 4003;

const CONNECTION: &[Row] = &[
    as_("src_endpoint.ip", "SourceIp", ADDRESS),
    as_("src_endpoint.port", "SourcePort", PORT),
    as_("src_endpoint.hostname", "SourceHostname", HOST),
    as_("dst_endpoint.ip", "DestinationIp", ADDRESS),
    as_("dst_endpoint.port", "DestinationPort", PORT),
    as_("dst_endpoint.hostname", "DestinationHostname", HOST),
    as_("connection_info.protocol_name", "Protocol", LOWER),
    computed(
        "connection_info.direction_id",
        &["Initiated"],
        initiated,
        "outbound (2) where `Initiated`, else inbound (1)",
    ),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
    as_("actor.user.name", "User", ACCOUNT),
    as_("actor.user.domain", "User", DOMAIN),
    row("process.file.path", "Image"),
    as_("process.file.name", "Image", FILE_NAME),
    as_("process.pid", "ProcessId", NUMBER),
];

fn initiated<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    view.get("Initiated").boolean().map_or(Raw::Null, |outbound| Raw::Integer(if outbound { 2 } else { 1 }))
}

/// The filtering platform; of an inbound connection, the source it names is the remote end.
const FILTERED: &[Row] = &[
    as_("src_endpoint.ip", "SourceAddress", ADDRESS),
    as_("src_endpoint.port", "SourcePort", PORT),
    as_("dst_endpoint.ip", "DestAddress", ADDRESS),
    as_("dst_endpoint.port", "DestPort", PORT),
    computed("connection_info.protocol_name", &["Protocol"], protocol, "name of the number in `Protocol`"),
    as_("connection_info.protocol_num", "Protocol", NUMBER),
    computed("connection_info.direction_id", &["Direction"], direction, "%%14592 inbound (1), %%14593 outbound (2)"),
    row("actor.process.file.path", "Application"),
    as_("actor.process.file.name", "Application", FILE_NAME),
    as_("actor.process.pid", "ProcessID", NUMBER),
    as_("actor.process.pid", "ProcessId", NUMBER),
];

fn protocol<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match view.integer("Protocol") {
        Some(1) => Raw::word("icmp"),
        Some(6) => Raw::word("tcp"),
        Some(17) => Raw::word("udp"),
        Some(58) => Raw::word("ipv6-icmp"),
        Some(_) => Raw::Null,
        None => (LOWER.with)(view.get("Protocol")),
    }
}

fn direction<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match view.text("Direction") {
        Some("%%14592" | "Inbound") => Raw::Integer(1),
        Some("%%14593" | "Outbound") => Raw::Integer(2),
        _ => Raw::Null,
    }
}

const QUERY: &[Row] = &[
    row("query.hostname", "QueryName"),
    row("query.hostname", "QNAME"),
    row("query.type", "QueryType"),
    row("query.type", "QTYPE"),
    row("rcode_id", "QueryStatus"),
    row("rcode_id", "RCODE"),
    row("answers", "QueryResults"),
    as_("src_endpoint.ip", "Source", ADDRESS),
    as_("src_endpoint.ip", "Client_IP", ADDRESS),
    as_("src_endpoint.port", "Port", PORT),
    as_("dst_endpoint.ip", "Destination", ADDRESS),
    row("process.file.path", "Image"),
    as_("process.file.name", "Image", FILE_NAME),
    as_("process.pid", "ProcessId", NUMBER),
    as_("user.name", "User", ACCOUNT),
    as_("user.domain", "User", DOMAIN),
];

/// Background transfers over HTTP.
const TRANSFER: &[Row] = &[
    row("http_request.url.url_string", "url"),
    row("http_request.url.url_string", "RemoteName"),
    row("file.path", "LocalName"),
    row("job.name", "name"),
    row("job.name", "jobTitle"),
    row("job.name", "string"),
    as_("user.name", "jobOwner", ACCOUNT),
    as_("user.domain", "jobOwner", DOMAIN),
    as_("user.name", "string2", ACCOUNT),
    as_("user.domain", "string2", DOMAIN),
    row("actor.process.file.path", "processPath"),
    as_("actor.process.pid", "processId", NUMBER),
    as_("traffic.bytes_in", "bytesTransferred", NUMBER),
];

/// Remote management (5985, 5986): a client opens a session.
const REMOTING: &[Row] = &[
    row("dst_endpoint.hostname", "connection"),
    word("connection_info.protocol_name", "tcp"),
    number("dst_endpoint.port", 5985),
];

/// A shell of remote management that was opened here.
const SHELL: &[Row] = &[
    row("message", "resourceUri"),
    word("connection_info.protocol_name", "tcp"),
    number("dst_endpoint.port", 5985),
    number("connection_info.direction_id", 1),
];

const ANSWERED: Classify = Classify::By {
    classes: &[DNS],
    reads: &["@event_id", "QueryResults", "QueryStatus"],
    decide: |view| match view.get("QueryResults").says() || view.get("QueryStatus").says() {
        true => Judged::new(DNS, 2, "Response"),
        false => Judged::new(DNS, 1, "Query"),
    },
    told: "a response where it holds status or results, else a query",
};

pub const ENTRIES: &[Entry] = &[
    Entry::new("sysmon", &[3], NETWORK, 1, "Open", &[CONNECTION, ACTING_IMAGE]),
    Entry::new("security", &[5156], NETWORK, 1, "Open", &[FILTERED]).with_status(1),
    Entry::new("security", &[5157, 5152, 5153], NETWORK, 5, "Refuse", &[FILTERED]).with_status(2),
    Entry::new("security", &[5154, 5158], NETWORK, 7, "Listen", &[FILTERED]),
    Entry::new("security", &[5031, 5150, 5151, 5155, 5159], NETWORK, 5, "Refuse", &[FILTERED]).with_status(2),
    Entry::by("sysmon", &[22], ANSWERED, &[QUERY, ACTING_IMAGE]),
    Entry::new("dns-server", &[256, 260, 278], DNS, 1, "Query", &[QUERY]),
    Entry::new("dns-server", &[257, 258, 259, 261], DNS, 2, "Response", &[QUERY]),
    Entry::new("dns-client", &[3006, 3009, 3010, 3016], DNS, 1, "Query", &[QUERY]),
    Entry::by("dns-client", &[3008, 3011, 3018, 3020, 1014], ANSWERED, &[QUERY]),
    Entry::new("bits", &[59, 60, 61, 16403, 3, 4, 5], 4002, 99, "Background transfer", &[TRANSFER]),
    Entry::new("winrm", &[6], NETWORK, 1, "Open", &[REMOTING, HEADER_USER, HEADER_ACTOR]),
    Entry::new("winrm", &[91], NETWORK, 1, "Open", &[SHELL, HERE, HEADER_USER, HEADER_ACTOR]),
];

#[cfg(test)]
mod tests {
    use crate::decode::dialect::testing::{n, t, tell};

    #[test]
    fn a_session_of_remote_management_is_told_on_its_target() {
        let line = r#"{"@timestamp":"2026-04-08T01:00:00Z","winlog":{"event_id":91,"provider_name":"Microsoft-Windows-WinRM",
            "channel":"Microsoft-Windows-WinRM/Operational","computer_name":"srv7.corp.example",
            "user":{"identifier":"S-1-5-21-1-2-3-1105"},"user_data":{"resourceUri":"http://schemas.microsoft.com/powershell/Microsoft.PowerShell"}}}"#;
        let told = [
            ("dst_endpoint.hostname", t("srv7.corp.example")),
            ("dst_endpoint.port", n(5985)),
            ("user.uid", t("S-1-5-21-1-2-3-1105")),
        ];
        assert_eq!(tell(&line.replace('\n', " "), super::NETWORK, &told).activity, 1);
    }

    #[test]
    fn a_background_transfer_names_its_owner_in_the_old_form_too() {
        let line = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Bits-Client"}},"EventID":3,
            "Channel":"Microsoft-Windows-Bits-Client/Operational","Computer":"srv7.corp.example",
            "TimeCreated":{"#attributes":{"SystemTime":"2026-04-08T01:00:00Z"}}},
            "EventData":{"string":"BITS Transfer","string2":"CORP\\ito","string3":""}}}"##;
        let line = line.replace('\n', " ");
        tell(&line, 4002, &[("job.name", t("BITS Transfer")), ("user.name", t("ito")), ("user.domain", t("CORP"))]);
    }
}
