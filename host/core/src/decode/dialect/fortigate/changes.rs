//! Lines about the configuration: who changed what. Changes of accounts are a class of their own.

use super::super::{Classify, Entry, Judged, Row, View, computed, row};
use super::tunnels::address;

pub const ENTRIES: &[Entry] = &[
    Entry::by("account", &[], by(&[3001], account, "`action`: Add 1, Delete 6; an edit is 99"), &[ACCOUNT, CHANGE]),
    Entry::by("entity", &[], by(&[3004], entity, "`action`: Add 1, Edit 3, Delete 4"), &[ENTITY, CHANGE]),
];

const fn by(classes: &'static [u32], decide: fn(&View<'_, '_>) -> Judged, told: &'static str) -> Classify {
    Classify::By { classes, reads: &["action"], decide, told }
}

const CHANGE: &[Row] = &[
    row("actor.user.name", "user"),
    computed("src_endpoint.ip", &["remip", "srcip", "ui"], address, "`srcip`, else the address in `ui`"),
    row("comment", "cfgattr"),
];

const ACCOUNT: &[Row] = &[row("user.name", "cfgobj"), row("user.type", "cfgpath")];

const ENTITY: &[Row] = &[row("entity.name", "cfgobj"), row("entity.type", "cfgpath")];

/// The sort of a change, by the path of the table that was changed.
pub fn kind(path: &str) -> &'static str {
    if matches!(path, "user.local" | "system.admin" | "user.peer") { "account" } else { "entity" }
}

/// An account that was edited may have got another password, group or right: the attribute tells, OCSF has no one word.
fn account(view: &View<'_, '_>) -> Judged {
    match verb(view) {
        Verb::Add => Judged::new(3001, 1, "Create"),
        Verb::Delete => Judged::new(3001, 6, "Delete"),
        Verb::Edit => Judged::new(3001, 99, "Edited"),
        Verb::Other => Judged::new(3001, 99, "Other"),
    }
}

fn entity(view: &View<'_, '_>) -> Judged {
    match verb(view) {
        Verb::Add => Judged::new(3004, 1, "Create"),
        Verb::Delete => Judged::new(3004, 4, "Delete"),
        Verb::Edit => Judged::new(3004, 3, "Update"),
        Verb::Other => Judged::new(3004, 99, "Other"),
    }
}

enum Verb {
    Add,
    Edit,
    Delete,
    Other,
}

fn verb(view: &View<'_, '_>) -> Verb {
    match view.text("action") {
        Some(action) if action.eq_ignore_ascii_case("add") => Verb::Add,
        Some(action) if action.eq_ignore_ascii_case("edit") => Verb::Edit,
        Some(action) if action.eq_ignore_ascii_case("delete") => Verb::Delete,
        _ => Verb::Other,
    }
}
