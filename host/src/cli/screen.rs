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

/// A raw record. Whoever pipes it gets it as it is; on a terminal what moves a cursor is taken out, since anybody may have
/// written it.
pub fn record(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if is_watched() { lines(&text) } else { text.into_owned() }
}

/// As [`plain`], with its lines.
fn lines(text: &str) -> String {
    text.lines().map(|line| line.split('\t').map(plain).collect::<Vec<_>>().join("\t")).collect::<Vec<_>>().join("\n")
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

    #[test]
    fn a_record_on_a_terminal_keeps_its_lines_and_moves_no_cursor() {
        let hostile = "<Event>\r\n\tname\u{1b}]0;title\u{7}\u{9b}2J\rover\u{7f}";
        assert_eq!(lines(hostile), "<Event>\n\tname\u{fffd}]0;title\u{fffd}\u{fffd}2J\u{fffd}over\u{fffd}");
    }
}
