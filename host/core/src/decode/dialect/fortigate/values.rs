//! Values that FortiGate's fields hold only together, or in words of its own.

use super::super::View;
use crate::decode::raw::Raw;
use crate::decode::when::Clock;
use crate::model::Time;

/// The first of some fields that says something; the vendor writes `N/A` and `(null)` where there is nothing.
pub fn stated<'v>(view: &View<'v, '_>, names: &[&str]) -> Option<&'v str> {
    names.iter().find_map(|name| view.text(name).filter(|text| !matches!(*text, "N/A" | "(null)")))
}

pub fn of_text(text: Option<&str>) -> Raw<'_> {
    text.map_or(Raw::Null, |text| Raw::Text(text.into()))
}

/// When a line was logged: `eventtime` (seconds, or thousandths, millionths or billionths of one, by its size), else
/// `date`, `time` and `tz`; without `tz` in the zone of the source.
pub fn time(view: &View<'_, '_>, clock: &Clock) -> Option<Time> {
    if let Some(count) = view.integer("eventtime").filter(|count| *count > 0) {
        return clock.read(&Raw::Integer(count));
    }
    let zone = view.text("tz").and_then(zone).unwrap_or_default();
    clock.read_text(&format!("{} {}{zone}", view.text("date")?, view.text("time")?))
}

/// `+0900`, or `UTC-5` in full.
fn zone(text: &str) -> Option<String> {
    let offset = text.trim_start_matches("UTC").trim_start_matches("GMT");
    let (sign, digits) = offset.split_at_checked(1)?;
    if !matches!(sign, "+" | "-") {
        return None;
    }
    Some(if digits.len() == 1 { format!("{sign}0{digits}") } else { offset.to_owned() })
}

/// OCSF `status_id`: 1 success, 2 failure.
pub fn status(view: &View<'_, '_>) -> u32 {
    if view.text("action") == Some("ssl-login-fail") {
        return 2;
    }
    match view.text("status") {
        Some("success") => 1,
        Some("failed" | "failure" | "fail" | "deny" | "denied" | "timed_out") => 2,
        _ => 0,
    }
}

pub fn log_name<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    match (view.text("type"), view.text("subtype")) {
        (Some(kind), Some(subtype)) => Raw::owned(format!("{kind}/{subtype}")),
        (kind, _) => of_text(kind),
    }
}

pub fn told<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(stated(view, &["action", "logdesc"]))
}

pub fn user<'v>(view: &'v View<'v, '_>) -> Raw<'v> {
    of_text(stated(view, &["user"]))
}
