//! An account hidden from people (T1564.002): from the logon screen, by a name like a computer's, or written into the
//! account database by hand.
//!
//! **Weight.** No administrator has a reason to hide an account that logs on: high by one record. **False alarms.**
//! Manufacturers of kiosks and of remote support hide theirs when they are installed, as the machine itself: low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Theme, Told};
use crate::text::{after, any, calls, first_word, number};

pub const HIDDEN: Kind = Kind::new("hidden-account", 5, "made a hidden account, {}");
pub const HIDDEN_BY_PRODUCT: Kind = Kind::new("hidden-by-product", 1, "hid the account {}, as products do");

pub const THEME: Theme = Theme {
    id: "account-hidden",
    title: "Account hidden",
    severity: Severity::High,
    confidence: 80,
    techniques: &[
        ("T1564.002", "an account is hidden from the logon screen or by its name"),
        ("T1136.001", "it is a local account"),
    ],
    advice: "Disable the account, see who made it and when, and read its logons: a hidden account is a way back in.",
    kinds: &[&HIDDEN, &HIDDEN_BY_PRODUCT],
    words: &["net user", "net1 user", "net.exe user", "net1.exe user", "specialaccounts", "users\\names\\"],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Account if told.code == "4720" => {
            let name = told.whom.rsplit('\\').next().unwrap_or(told.whom);
            name.ends_with('$').then(|| HIDDEN.on(told.whom))
        }
        Source::Value | Source::Key if told.activity != 4 => hidden(told, &told.path, &told.data),
        _ => None,
    }
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let mut net = calls(line, "net").chain(calls(line, "net1")).filter_map(|rest| rest.strip_prefix("user "));
    if let Some(rest) = net.find(|rest| any(rest, &["/add", "/ad "]) && first_word(rest).ends_with('$')) {
        return Some(HIDDEN.on(first_word(rest)));
    }
    told.writes.iter().find_map(|(path, data)| hidden(told, path, data))
}

fn hidden(told: &Told<'_>, path: &str, data: &str) -> Option<Act> {
    if let Some(name) = after(path, "\\specialaccounts\\userlist\\").filter(|name| !name.is_empty()) {
        let kind = if told.by_machine() { &HIDDEN_BY_PRODUCT } else { &HIDDEN };
        return (number(data) == Some(0)).then(|| kind.on(name));
    }
    let name = after(path, "\\sam\\domains\\account\\users\\names\\")?.split('\\').next().unwrap_or_default();
    name.ends_with('$').then(|| HIDDEN.on(name))
}
