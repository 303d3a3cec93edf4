//! What the terminal can do.

use std::io::{self, IsTerminal};

use sekisho_core::publish::Look;

/// Prose wider than this is hard to read.
const WIDEST: usize = 110;
/// Where nobody says how wide it is.
const USUAL: usize = 100;

/// How to show alerts on standard output.
pub fn look() -> Look {
    let terminal = io::stdout().is_terminal();
    Look { color: terminal && std::env::var_os("NO_COLOR").is_none(), width: width() }
}

/// Whether somebody looks at standard output.
pub fn is_watched() -> bool {
    io::stdout().is_terminal()
}

/// Whether errors may be coloured.
pub fn colored_errors() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Columns of the terminal; the same everywhere else, so that files hold the same.
pub fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns));
    columns.filter(|_| io::stdout().is_terminal()).map_or(USUAL, |columns| columns.clamp(60, WIDEST))
}

/// A number with its thousands apart: `1,234,567`.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of things: `1 file`, `2 files`.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// Text from elsewhere, without what moves a cursor.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counted(1, "file", "files"), "1 file");
    }
}
