//! Records that are OCSF already: their paths pass through.

use super::{Classify, Dialect, Entry, Judged, View, base};
use crate::decode::raw::Raw;
use crate::decode::when::Clock;
use crate::model::Time;
use crate::schema::CLASSES;

const OTHER: Entry = Entry::by(
    "",
    &[],
    Classify::By {
        classes: &ALL,
        reads: &["class_uid", "activity_id"],
        decide,
        told: "`class_uid` and `activity_id` of the record; a class that Sekisho does not know is a Base Event",
    },
    &[],
);

/// The numbers of all classes.
const ALL: [u32; CLASSES.len()] = {
    let mut all = [0; CLASSES.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = CLASSES[at].uid.0;
        at += 1;
    }
    all
};

pub static DIALECT: Dialect = Dialect {
    name: "OCSF",
    entries: &[],
    other: &OTHER,
    common: &[],
    kind,
    time,
    status,
    reads: &["class_uid", "activity_id", "time", "time_dt"],
    status_reads: &["status_id"],
    paths: base::paths,
    unmapped,
};

fn kind<'v>(_: &View<'v, '_>) -> (&'v str, u32) {
    ("", 0)
}

fn decide(view: &View<'_, '_>) -> Judged {
    let number = |name: &str| view.integer(name).and_then(|number| u32::try_from(number).ok());
    let class = number("class_uid").filter(|uid| ALL.binary_search(uid).is_ok()).unwrap_or_default();
    // The record's own `activity_name` goes before this one.
    Judged::new(class, number("activity_id").filter(|activity| *activity <= 99).unwrap_or_default(), "")
}

/// OCSF's `time` is a number of milliseconds.
fn time(view: &View<'_, '_>, clock: &Clock) -> Option<Time> {
    match view.get("time") {
        Raw::Integer(millis) => millis.checked_mul(1_000_000).map(Time),
        Raw::Absent | Raw::Null => clock.read(view.get("time_dt")),
        other => clock.read(other),
    }
}

fn status(view: &View<'_, '_>) -> u32 {
    view.integer("status_id").and_then(|status| u32::try_from(status).ok()).unwrap_or_default()
}

fn unmapped(path: &str) -> Option<String> {
    Some(path.to_owned())
}
