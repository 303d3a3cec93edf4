//! Values that Zeek's fields hold only together, or in words of its own.

use super::super::View;
use super::recognise;
use crate::decode::raw::Raw;
use crate::decode::when::Clock;
use crate::model::Time;

/// Nanoseconds by a number of seconds; none for what no clock shows.
fn nanos(seconds: f64) -> Option<i64> {
    let nanos = seconds * 1e9;
    // Within the range, the cast is exact to what a real number holds.
    (nanos.is_finite() && nanos.abs() < 9.2e18).then_some(nanos as i64)
}

/// When a record happened. A flow at its end: it is written then, and its bytes have flowed by then.
pub fn time(view: &View<'_, '_>, clock: &Clock) -> Option<Time> {
    let began = clock.read(view.get("ts"))?;
    let lasts = recognise::name(view) == "conn";
    let lasted = if lasts { view.get("duration").real().and_then(nanos) } else { None };
    Some(began.plus(lasted.unwrap_or(0).max(0)))
}

/// OCSF `status_id`: 1 success, 2 failure.
pub fn status(view: &View<'_, '_>) -> u32 {
    let told = ["success", "auth_success", "established"].iter().find_map(|field| view.get(field).boolean());
    match told.or_else(|| radius_result(view)) {
        Some(true) => 1,
        Some(false) => 2,
        None => 0,
    }
}

fn radius_result(view: &View<'_, '_>) -> Option<bool> {
    match view.text("result")? {
        "success" => Some(true),
        "failed" | "failure" => Some(false),
        _ => None,
    }
}

/// Milliseconds.
pub fn duration<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    let nanos = view.get("duration").real().and_then(nanos);
    nanos.map_or(Raw::Null, |nanos| Raw::Integer(nanos / 1_000_000))
}

/// When a flow began, in milliseconds since 1970.
pub fn start<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    Clock::default().read(view.get("ts")).map_or(Raw::Null, |time| Raw::Integer(time.millis()))
}

/// The sum of two counts of which one may be missing.
fn sum<'v>(view: &View<'_, '_>, one: &str, other: &str) -> Raw<'v> {
    match (view.integer(one), view.integer(other)) {
        (None, None) => Raw::Null,
        (one, other) => Raw::Integer(one.unwrap_or(0).saturating_add(other.unwrap_or(0))),
    }
}

pub fn bytes<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    sum(view, "orig_bytes", "resp_bytes")
}

pub fn packets<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    sum(view, "orig_pkts", "resp_pkts")
}

/// OCSF `share_type_id`.
pub fn share_type_id<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    Raw::Integer(match view.text("share_type") {
        Some("DISK") => 1,
        Some("PIPE") => 2,
        Some("PRINT") => 3,
        Some(_) => 99,
        None => 0,
    })
}

/// The entry for a word, as OCSF's activity.
pub fn by_word(word: Option<&str>, known: &[(&str, u32, &'static str)]) -> (u32, Option<&'static str>) {
    match word.map(|word| known.iter().find(|(name, ..)| word.eq_ignore_ascii_case(name))) {
        None => (0, Some("Unknown")),
        Some(Some((_, id, name))) => (*id, Some(name)),
        Some(None) => (99, None),
    }
}
