//! Words in command lines, scripts and registry paths.

mod registry;

pub use registry::{registry_deletes, registry_writes};

/// The form that rules search: lower case, single spaces, without the signs that only hide a word (`^`, `` ` ``, quotes).
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = true;
    for c in text.chars() {
        match c {
            '^' | '`' | '"' | '\'' => {}
            c if c.is_whitespace() => {
                if !space {
                    out.push(' ');
                }
                space = true;
            }
            c => {
                space = false;
                if c.is_ascii() { out.push(c.to_ascii_lowercase()) } else { out.extend(c.to_lowercase()) }
            }
        }
    }
    out
}

/// The last part of a path, in lower case, without `.exe`.
pub fn image(path: &str) -> String {
    let name = path.rsplit(['\\', '/']).next().unwrap_or(path).trim_matches('"').to_lowercase();
    name.strip_suffix(".exe").map(str::to_owned).unwrap_or(name)
}

/// Whether any of these occurs.
pub fn any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

/// What follows a tool's name wherever it is called: `C:\\x\\tool.exe REST`, `tool REST`.
pub fn calls<'t>(text: &'t str, tool: &'t str) -> impl Iterator<Item = &'t str> {
    text.match_indices(tool).filter_map(move |(at, _)| {
        let own = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let rest = text[at + tool.len()..].strip_prefix(".exe").unwrap_or(&text[at + tool.len()..]);
        let rest = rest.strip_prefix(' ').filter(|_| own)?;
        Some(&rest[..rest.floor_char_boundary(rest.len().min(400))])
    })
}

/// Whether a tool is called with such a first word: `tool verb`.
pub fn calls_verb(text: &str, tool: &str, verbs: &[&str]) -> bool {
    calls(text, tool).any(|rest| verbs.contains(&rest.split(' ').next().unwrap_or_default()))
}

/// Whether all of these occur.
pub fn all(text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| text.contains(part))
}

/// The words behind a part, as far as the next 400 bytes.
pub fn after<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    let rest = &text[text.find(part)? + part.len()..];
    Some(&rest[..rest.floor_char_boundary(rest.len().min(400))])
}

/// The first word of a text that is no switch.
pub fn first_word(text: &str) -> &str {
    let words = text.split([' ', ',', ';', ')', '(', '|', '&']).map(str::trim);
    words.into_iter().find(|word| !word.is_empty() && !word.starts_with(['-', '/'])).unwrap_or_default()
}

/// Whether a switch is set to something that means yes: `-x $true`, `-x:1`, `-x`, `name=x; value=true`.
pub fn is_on(text: &str, switch: &str) -> bool {
    value_of(text, switch).is_some_and(|value| {
        value.is_empty() || value.starts_with('-') || any_start(value, &["true", "1", "yes", "enabled", "on"])
    })
}

/// What a switch or parameter is set to.
pub fn value_of<'t>(text: &'t str, switch: &str) -> Option<&'t str> {
    let rest = after(text, switch)?.trim_start_matches([' ', ':', '=', ';', '$']);
    let rest = rest.strip_prefix("value=").unwrap_or(rest).trim_start_matches(['$', ' ']);
    Some(rest.split([' ', ';', ')', ',', '}']).next().unwrap_or_default())
}

fn any_start(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| text.starts_with(start))
}

/// The number in registry data: `dword (0x00000004)`, `0x4`, `4`.
pub fn number(data: &str) -> Option<i64> {
    let inner = data.split_once('(').map_or(data, |(_, rest)| rest.trim_end_matches(')')).trim();
    match inner.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16).ok(),
        None => inner.parse().ok(),
    }
}

/// What a PowerShell command line hides behind `-EncodedCommand`: base64 of UTF-16.
pub fn encoded_command(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    while let Some(word) = words.next() {
        let lower = word.to_ascii_lowercase();
        let is_switch = lower.starts_with("-e") || lower.starts_with("/e");
        if is_switch && "encodedcommand".starts_with(&lower[1..]) || lower == "-ec" || lower == "/ec" {
            let bytes = base64(words.next()?)?;
            let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            return Some(char::decode_utf16(units).map(|c| c.unwrap_or('?')).collect());
        }
    }
    None
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut have) = (Vec::with_capacity(text.len() * 3 / 4), 0u32, 0);
    for byte in text.bytes().filter(|byte| !matches!(byte, b'=' | b'"' | b'\'')) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have & 0xff) as u8);
        }
    }
    Some(out)
}

/// Whether a name says administrator.
pub fn is_admin_like(name: &str) -> bool {
    let name = name.rsplit('\\').next().unwrap_or(name);
    let begins = ["adm", "da-", "da_", "t0-", "t0_", "t1-", "t1_"];
    any(name, &["admin", "root", "-adm", "_adm", "супер"])
        || begins.iter().any(|begin| name.starts_with(begin))
        || ["-da", "_da", "-t0", "-t1"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_command_is_read() {
        let line = "powershell -nop -enc YwBsAGUAYQByAC0AZQB2AGUAbgB0AGwAbwBnAA==";
        assert_eq!(encoded_command(line).as_deref(), Some("clear-eventlog"));
        assert_eq!(encoded_command("powershell -ExecutionPolicy Bypass"), None);
    }

    #[test]
    fn switches_say_yes_in_many_ways() {
        assert!(is_on("-disablerealtimemonitoring $true", "disablerealtimemonitoring"));
        assert!(is_on("name=disablerealtimemonitoring; value=true", "disablerealtimemonitoring"));
        assert!(!is_on("-disablerealtimemonitoring $false", "disablerealtimemonitoring"));
        assert_eq!(number("dword (0x00000004)"), Some(4));
    }
}
