//! Records of no known dialect: Base Events whose fields are reached as `unmapped.<path>`.

use super::{Dialect, Entry, Row, View, row};
use crate::decode::answer::Shape;
use crate::decode::raw::Raw;
use crate::decode::when::Clock;
use crate::model::Time;

const OTHER: Entry = Entry::new("", &[], 0, 99, "Unmapped", &[]);

const COMMON: &[Row] = &[
    row("message", "message"),
    row("message", "msg"),
    row("message", "Message"),
    row("device.hostname", "host.name"),
    row("device.hostname", "hostname"),
    row("device.hostname", "host"),
];

/// Where records without a dialect keep their time.
const TIMES: &[&str] = &[
    "time",
    "timestamp",
    "@timestamp",
    "eventTime",
    "event_time",
    "published",
    "createdDateTime",
    "activityDateTime",
    "TimeGenerated",
    "CreationTime",
    "ts",
    "date",
    "_time",
    "id.time",
    "occurred_at",
    "created_at",
];

pub static DIALECT: Dialect = Dialect {
    name: "Other records",
    entries: &[],
    other: &OTHER,
    common: COMMON,
    kind,
    time,
    status,
    reads: TIMES,
    status_reads: &[],
    paths,
    unmapped,
};

fn kind<'v>(_: &View<'v, '_>) -> (&'v str, u32) {
    ("", 0)
}

fn time(view: &View<'_, '_>, clock: &Clock) -> Option<Time> {
    TIMES
        .iter()
        .map(|name| view.get(name))
        .filter(|raw| !matches!(raw, Raw::Boolean(_)))
        .find_map(|raw| clock.read(raw))
}

fn status(_: &View<'_, '_>) -> u32 {
    0
}

/// A dotted path stands nested, or as one name with dots in it.
pub fn paths(_: Shape, name: &str, add: &mut dyn FnMut(&[&str])) {
    let steps: Vec<&str> = name.split('.').collect();
    add(&steps);
    if steps.len() > 1 {
        add(&[name]);
    }
}

fn unmapped(path: &str) -> Option<String> {
    path.strip_prefix("unmapped.").map(str::to_owned)
}
