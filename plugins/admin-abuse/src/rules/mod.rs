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
use crate::text::{after, any, first_word};

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

/// Services that a plain command stops, disables or deletes: `net`, `sc` here or on another host, PowerShell, WMI.
pub fn stops(line: &str) -> impl Iterator<Item = &str> {
    NET.into_iter().filter_map(|verb| name_with_spaces(after(line, verb)?)).chain(
        SC.into_iter().filter_map(|tool| controlled(after(line, tool)?)).chain(cmdlets(line)).chain(by_wmi(line)),
    )
}

const NET: [&str; 4] = ["net stop ", "net1 stop ", "net.exe stop ", "net1.exe stop "];
const SC: [&str; 4] = ["sc ", "sc.exe ", "\\sc ", "\\sc.exe "];

/// Only `net stop` takes names with spaces.
fn name_with_spaces(rest: &str) -> Option<&str> {
    let name = rest.split(['/', '&', '|', ';', ',', ')']).next().unwrap_or(rest).trim();
    (!name.is_empty()).then_some(name)
}

/// `[\\host] stop|delete NAME`, `[\\host] config NAME start= disabled`.
fn controlled(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix("\\\\") {
        Some(remote) => remote.split_once(' ')?.1,
        None => rest,
    };
    let (verb, rest) = rest.split_once(' ')?;
    let disables = any(rest, &["start= disabled", "start=disabled"]);
    let acts = matches!(verb, "stop" | "delete") || verb == "config" && disables;
    Some(first_word(rest)).filter(|name| acts && !name.is_empty())
}

fn cmdlets(line: &str) -> impl Iterator<Item = &str> {
    ["stop-service ", "remove-service ", "set-service "].into_iter().filter_map(|verb| {
        let rest = after(line, verb)?;
        let acts = verb != "set-service " || any(rest, &["disabled", "status stopped"]);
        let name = first_word(after(rest, "-name ").unwrap_or(rest));
        (acts && !name.is_empty()).then_some(name)
    })
}

/// `wmic service where name='x' call stopservice`, `wmic service x call changestartmode disabled`.
fn by_wmi(line: &str) -> Option<&str> {
    let rest = after(line, "service ").filter(|_| any(line, &["wmic", "win32_service"]))?;
    let acts = any(rest, &["stopservice", "changestartmode", "call delete"]) && !rest.contains("automatic");
    let name = after(rest, "name=").or_else(|| after(rest, "name like ")).unwrap_or(rest);
    Some(first_word(name.trim_start_matches(['%', ' ']))).filter(|name| acts && !name.is_empty())
}
