//! Zeek logs as JSON: which log a record is of, and where its fields go.
//!
//! Field names are those of Zeek's log reference, dotted (`id.orig_h`); the underscored spelling means the same. A record
//! names its log (`_path`, `@stream`, …), or its fields tell.

mod logins;
mod logs;
mod recognise;
mod values;

#[cfg(test)]
mod tests;

pub use logs::METHODS;
pub use values::by_word;

use super::{Dialect, Entry, FlowFact, Row, computed, flow, row, word};
use crate::decode::answer::Shape;

pub static DIALECT: Dialect = Dialect {
    name: "Zeek",
    entries: &[logs::ENTRIES, logins::ENTRIES],
    other: &OTHER,
    common: COMMON,
    kind: recognise::kind,
    time: values::time,
    status: values::status,
    reads: recognise::READS,
    status_reads: &[],
    paths,
    unmapped,
};

/// Members that only Zeek's records have together, as `super::shapes` wants them.
pub const MARKS: &[&[&str]] = &[
    &["id.orig_h", "id.resp_h"],
    &["id_orig_h", "id_resp_h"],
    &["ts", "uid"],
    &["ts", "fuid"],
    &["ts", "_path"],
    &["ts", "@path"],
    &["ts", "@stream"],
    &["ts", "certificate.version"],
    &["ts", "name", "notice"],
];

/// A log that has no class of its own: `files`, `x509`, `weird`, …
const OTHER: Entry = Entry::new("", &[], 0, 99, "Unmapped", &[]);

/// Fields of every log.
const COMMON: &[Row] = &[
    word("metadata.product.name", "Zeek"),
    word("metadata.product.vendor_name", "Zeek"),
    word("metadata.log_provider", "zeek"),
    computed("metadata.log_name", recognise::READS, recognise::log_name, "name of the log"),
    computed("metadata.event_code", recognise::READS, recognise::log_name, "name of the log"),
    row("device.hostname", "@system"),
    row("device.hostname", "_system_name"),
    row("device.hostname", "peer_descr"),
    row("device.hostname", "peer"),
    row("connection_info.uid", "uid"),
    row("connection_info.protocol_name", "proto"),
    flow("connection_info.direction_id", FlowFact::Direction),
    row("src_endpoint.ip", "id.orig_h"),
    row("src_endpoint.ip", "src"),
    row("src_endpoint.port", "id.orig_p"),
    row("dst_endpoint.ip", "id.resp_h"),
    row("dst_endpoint.ip", "dst"),
    row("dst_endpoint.port", "id.resp_p"),
    row("dst_endpoint.port", "p"),
];

/// A dotted name stands as it is, with underscores, or nested.
fn paths(_: Shape, name: &str, add: &mut dyn FnMut(&[&str])) {
    add(&[name]);
    if name.contains('.') {
        add(&[&name.replace('.', "_")]);
        add(&name.split('.').collect::<Vec<_>>());
    }
}

fn unmapped(path: &str) -> Option<String> {
    path.strip_prefix("unmapped.").map(str::to_owned)
}
