//! The rules, one file a theme: pure judgements of single rows. What many acts make together is told by [`crate::host`].

mod account_created;
mod account_hidden;
mod account_weakened;
mod accounts_removed;
mod background_transfer;
pub mod borrowed_program;
pub mod code_injected;
mod command_hidden;
mod controls;
mod data_destroyed;
mod defence_off;
mod defence_values;
mod directory_control;
mod firewall_off;
pub mod group_raised;
mod input_captured;
pub mod library_planted;
pub mod log_cleared;
mod logging_weakened;
pub mod logon_screen;
pub mod masquerade;
mod permissions;
mod recovery_off;
pub mod sensors;
mod service_hijacked;
pub mod services_stopped;
mod token_theft;
mod traces_hidden;
pub mod uac_bypass;

pub use controls::{kills, stops};
pub use group_raised::power;

use crate::act::{Kind, Theme};

/// All themes, in the order of the plan's rules.
pub const THEMES: [&Theme; 26] = [
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
    &account_hidden::THEME,
    &accounts_removed::THEME,
    &data_destroyed::THEME,
    &traces_hidden::THEME,
    &borrowed_program::THEME,
    &masquerade::THEME,
    &code_injected::THEME,
    &command_hidden::THEME,
    &library_planted::THEME,
    &background_transfer::THEME,
    &input_captured::THEME,
];

/// A kind by its theme's position and its name.
pub fn kind(theme: usize, id: &str) -> Option<&'static Kind> {
    THEMES.get(theme)?.kinds.iter().find(|kind| kind.id == id).copied()
}

/// The beginning of a text, for people.
pub fn short(text: &str) -> &str {
    &text[..text.floor_char_boundary(text.len().min(120))]
}
