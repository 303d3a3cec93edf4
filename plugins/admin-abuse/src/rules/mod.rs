//! The rules, one file a theme: pure judgements of single rows. What many acts make together is told by [`crate::host`].

mod account_created;
mod account_weakened;
mod defence_off;
mod directory_control;
mod firewall_off;
pub mod group_raised;
pub mod log_cleared;
mod logging_weakened;
mod logon_screen;
mod permissions;
mod recovery_off;
mod service_hijacked;
mod services_stopped;
mod token_theft;
mod uac_bypass;

pub use group_raised::power;

use crate::act::{Kind, Theme};
use crate::text::after;

/// All themes, in the order of the plan's rules.
pub const THEMES: [&Theme; 15] = [
    &log_cleared::THEME,
    &logging_weakened::THEME,
    &defence_off::THEME,
    &firewall_off::THEME,
    &recovery_off::THEME,
    &services_stopped::THEME,
    &group_raised::THEME,
    &account_created::THEME,
    &account_weakened::THEME,
    &directory_control::THEME,
    &uac_bypass::THEME,
    &token_theft::THEME,
    &logon_screen::THEME,
    &service_hijacked::THEME,
    &permissions::THEME,
];

/// A kind by its theme's position and its name.
pub fn kind(theme: usize, id: &str) -> Option<&'static Kind> {
    THEMES.get(theme)?.kinds.iter().find(|kind| kind.id == id).copied()
}

/// The beginning of a text, for people.
pub fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len().min(120))]
}

/// Services that a plain command stops, disables or deletes, and processes that it kills.
pub fn stops(line: &str) -> impl Iterator<Item = &str> {
    const VERBS: [&str; 13] = [
        "net stop ",
        "net1 stop ",
        "net.exe stop ",
        "net1.exe stop ",
        "sc stop ",
        "sc.exe stop ",
        "sc delete ",
        "sc.exe delete ",
        "stop-service ",
        "set-service ",
        "sc config ",
        "sc.exe config ",
        "remove-service ",
    ];
    VERBS.into_iter().filter_map(move |verb| {
        let rest = after(line, verb)?;
        let changes = verb.contains("config") || verb.starts_with("set-");
        if changes && !crate::text::any(rest, &["start= disabled", "start=disabled", "disabled"]) {
            return None;
        }
        let named = after(rest, "-name ").unwrap_or(rest);
        let named = named.trim_start().split(['/', '&', '|', ';', ',', ')']).next().unwrap_or(named);
        // Only `net stop` takes names with spaces.
        let name = if verb.starts_with("net") { named.trim() } else { crate::text::first_word(named) };
        (!name.is_empty()).then_some(name)
    })
}
