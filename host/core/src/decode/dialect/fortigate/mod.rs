//! FortiGate logs: which class a line is of, and where its fields go.
//!
//! Field names, actions and message ids are those of the vendor's log reference (FortiOS 5.6 to 7.6). A log id is ten
//! digits: two of the type, two of the subtype, six of the message.

mod changes;
mod flows;
mod tunnels;
mod values;

#[cfg(test)]
mod tests;

use super::{Dialect, Entry, Row, View, computed, row, word};
use crate::decode::compile::Names;
use crate::decode::keyvalue::pairs;
use crate::decode::raw::Raw;
use crate::decode::trie::Slots;

pub static DIALECT: Dialect = Dialect {
    name: "FortiGate",
    entries: &[flows::ENTRIES, tunnels::ENTRIES, changes::ENTRIES],
    other: &OTHER,
    common: COMMON,
    kind,
    time: values::time,
    status: values::status,
    reads: READS,
    status_reads: &[],
    paths: |_, name, add| add(&[name]),
    unmapped: |path| path.strip_prefix("unmapped.").map(str::to_owned),
};

const OTHER: Entry = Entry::new("", &[], 0, 99, "Unmapped", &[OTHER_ROWS]);

const OTHER_ROWS: &[Row] = &[
    computed("activity_name", &["action", "logdesc"], values::told, "`action`, else `logdesc`"),
    row("src_endpoint.ip", "srcip"),
    row("dst_endpoint.ip", "dstip"),
    computed("user.name", &["user"], values::user, "`user` unless N/A"),
];

/// What `kind`, `time` and `status` read.
const READS: &[&str] =
    &["type", "subtype", "action", "cfgpath", "status", "eventtime", "date", "time", "tz", "logid", "log_id"];

/// Fields of every line.
const COMMON: &[Row] = &[
    word("metadata.product.name", "FortiGate"),
    word("metadata.product.vendor_name", "Fortinet"),
    word("metadata.log_provider", "FortiGate"),
    computed("metadata.log_name", &["type", "subtype"], values::log_name, "`type`/`subtype`"),
    row("metadata.event_code", "logid"),
    row("metadata.event_code", "log_id"),
    row("device.hostname", "devname"),
    row("device.uid", "devid"),
    row("device.uid", "device_id"),
    row("message", "msg"),
    row("message", "logdesc"),
    row("status_detail", "reason"),
    row("status_detail", "error"),
    row("severity", "level"),
    row("severity", "pri"),
];

/// Whether a text, without its syslog header, is a FortiGate's line.
pub fn is_one(text: &str) -> bool {
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    (has("logid=") || has("log_id=")) && has("type=") && (has("devid=") || has("devname=") || has("subtype="))
}

/// Reads a line's wanted fields into slots. Of a field that stands twice the first one holds.
pub fn extract<'a>(text: &'a str, names: &Names, slots: &mut Slots<'a>) {
    for (key, value) in pairs(text) {
        if let Some(place) = names.slot(key).and_then(|slot| slots.get_mut(slot as usize))
            && matches!(place, Raw::Absent)
        {
            *place = Raw::Text(value);
        }
    }
}

/// The sort of a line, as the tables name it.
fn kind<'v>(view: &View<'v, '_>) -> (&'v str, u32) {
    let word = |name| view.text(name).unwrap_or_default();
    let action = word("action");
    let sort = match (word("type"), word("subtype")) {
        ("traffic", _) => "traffic",
        ("dns", _) | ("utm", "dns") => "dns",
        ("webfilter", _) | ("utm", "webfilter") => "web",
        ("virus" | "ips" | "dlp" | "anomaly" | "waf", _) | ("utm", "virus" | "ips" | "dlp" | "anomaly" | "waf") => {
            "threat"
        }
        ("utm" | "app-ctrl" | "ssl" | "ssh", _) => "inspected",
        ("event", "vpn") if action.starts_with("ssl-login") => "login",
        ("event", "vpn") => "tunnel",
        ("event", _) if view.get("cfgpath").says() => changes::kind(word("cfgpath")),
        ("event", _) if tunnels::is_login(action) => "login",
        _ => "",
    };
    (sort, 0)
}
