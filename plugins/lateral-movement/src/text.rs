//! Small questions about texts that logs write. All texts are in lower case already.

use std::borrow::Cow;

/// Between the parts of a member's name.
pub const APART: char = '\u{1f}';

/// A text of a log without signs that steer: one that stands between the parts of a name would make other parts of it.
pub fn plain(text: &str) -> Cow<'_, str> {
    match text.contains(char::is_control) {
        true => Cow::Owned(text.replace(char::is_control, " ")),
        false => Cow::Borrowed(text),
    }
}

/// Roles of the inventory whose servers reach many hosts for a living.
pub const REACHING: &[&str] = &["deployment", "scanner", "backup"];

/// The text in lower case; what is not there is empty.
pub fn low(text: Option<&str>) -> String {
    text.map(str::to_lowercase).unwrap_or_default()
}

/// The last part of a path.
pub fn base(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// Whether any of these is in it.
pub fn any(text: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| text.contains(part))
}

/// Whether all of these are in it.
pub fn every(text: &str, parts: &[&str]) -> bool {
    parts.iter().all(|part| text.contains(part))
}

/// Whether it is one of these.
pub fn is(text: &str, ones: &[&str]) -> bool {
    ones.contains(&text)
}

/// Whether a word stands in a command line by itself, between blanks, quotes and the like.
pub fn word(text: &str, wanted: &str) -> bool {
    let apart = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '|' | '&' | '(' | ')');
    text.split(apart).any(|word| word == wanted)
}

/// Whether a name means the host itself.
pub fn is_local(host: &str) -> bool {
    matches!(host.trim_matches(['"', '\'', '\\']), "." | "localhost" | "127.0.0.1" | "::1" | "[::1]")
}

/// The host that a command line names by `\\host`; the local spellings and paths of devices name none.
pub fn remote_host(command: &str) -> Option<&str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '\\' | '"' | '\'' | ',' | ')' | ';');
    command.split("\\\\").skip(1).find_map(|rest| {
        let host = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let named = !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'));
        let local = is_local(host) || host.ends_with(".exe") || host.ends_with(':');
        (named && !local).then_some(host)
    })
}

/// Whether a path lies where users write without asking: the usual home of what an intruder brings.
pub fn is_loose(path: &str) -> bool {
    const PLACES: &[&str] = &[
        "\\users\\",
        "\\programdata\\",
        "\\temp\\",
        "\\tmp\\",
        "\\perflogs\\",
        "\\$recycle.bin\\",
        "\\inetpub\\",
        "\\windows\\tasks\\",
        "\\windows\\debug\\",
        "\\windows\\tracing\\",
        "\\intel\\",
        "\\recovery\\",
    ];
    let own = ["\\programdata\\microsoft\\windows defender\\", "\\programdata\\package cache\\"];
    any(path, PLACES) && !own.iter().any(|own| from_root(path).starts_with(own))
}

/// A path from the root of its drive on: a folder is Windows' own there, and anybody's where it lies deeper.
fn from_root(path: &str) -> &str {
    const ROOTS: &[&str] = &["%systemroot%", "%windir%", "\\systemroot"];
    if let Some((_, rest)) = path.split_once(":\\") {
        return &path[path.len() - rest.len() - 1..];
    }
    if ROOTS.iter().any(|root| path.starts_with(root)) {
        return "\\windows\\";
    }
    match path.strip_prefix("\\device\\harddiskvolume").and_then(|rest| rest.find('\\').map(|at| &rest[at..])) {
        Some(rest) => rest,
        None => path,
    }
}

/// Whether a path lies where the system and installed programs live.
pub fn is_installed(path: &str) -> bool {
    let own = ["\\windows\\", "\\program files", "\\programdata\\microsoft\\windows defender\\"];
    own.iter().any(|own| from_root(path).starts_with(own))
        && !any(path, &["\\temp\\", "\\windows\\tasks\\", "\\windows\\debug\\"])
}

/// Whether a path lies where a program of its name does: installed, or for one user alone. A name by itself is anybody's.
pub fn is_at_home(path: &str) -> bool {
    !path.contains('\\') || is_installed(path) || path.contains("\\appdata\\local\\") && !path.contains("\\temp\\")
}

/// A shell or an interpreter, by the name of its file.
pub fn is_shell(name: &str) -> bool {
    const SHELLS: &[&str] = &[
        "cmd.exe",
        "powershell.exe",
        "pwsh.exe",
        "powershell_ise.exe",
        "cscript.exe",
        "wscript.exe",
        "mshta.exe",
        "rundll32.exe",
        "regsvr32.exe",
        "bash.exe",
        "wsl.exe",
        "msbuild.exe",
        "installutil.exe",
        "certutil.exe",
        "bitsadmin.exe",
        "wmic.exe",
        "python.exe",
    ];
    is(name, SHELLS)
}

/// What an account is for a reader: without the domain of the machine's own accounts.
pub fn who(canonical: &str) -> &str {
    match canonical.strip_prefix("nt authority\\") {
        Some("system") => "SYSTEM",
        Some(other) => other,
        None if canonical.is_empty() => "somebody",
        None => canonical,
    }
}

/// Whether an account is a person's or a service's, not a machine's nor the system's own.
pub fn is_person(canonical: &str) -> bool {
    let own = ["nt authority\\", "window manager\\", "font driver host\\", "nt service\\", "iis apppool\\"];
    !canonical.is_empty()
        && !canonical.ends_with('$')
        && !own.iter().any(|own| canonical.starts_with(own))
        && !is(canonical, &["system", "local service", "network service", "anonymous logon"])
}

/// A command line as a title can hold it.
pub fn short(text: &str, chars: usize) -> String {
    let text = plain(text);
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ");
    if flat.chars().count() <= chars {
        return flat;
    }
    let mut cut: String = flat.chars().take(chars).collect();
    cut.push('…');
    cut
}

/// Time of day, UTC.
pub fn clock(nanos: i64) -> String {
    let seconds = nanos.div_euclid(1_000_000_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A length of time for a reader.
pub fn span(nanos: i64) -> String {
    let minutes = nanos / 60_000_000_000;
    match minutes {
        0..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remote_host_is_named_by_two_backslashes_and_the_local_one_is_not() {
        assert_eq!(remote_host(r"sc.exe \\srv1.corp.local query x"), Some("srv1.corp.local"));
        assert_eq!(remote_host(r"copy a.exe \\10.0.0.4\c$\windows"), Some("10.0.0.4"));
        assert_eq!(remote_host(r"cmd /q /c cd \ 1> \\127.0.0.1\admin$\__1 2>&1"), None);
        assert_eq!(remote_host(r"copy \\?\globalroot\device\x c:\"), None);
        assert_eq!(remote_host("conhost 0xffffffff"), None);
    }

    #[test]
    fn folders_are_windows_own_at_the_root_of_a_drive() {
        for own in [
            r"c:\windows\system32\lsass.exe",
            r"d:\program files (x86)\v\a.exe",
            r"\device\harddiskvolume3\windows\explorer.exe",
            r"%systemroot%\system32\svchost.exe",
            r"\??\c:\windows\system32\csrss.exe",
        ] {
            assert!(is_installed(own), "{own}");
        }
        for other in [
            r"c:\users\public\windows\a.exe",
            r"c:\x\program files\a.exe",
            r"\device\harddiskvolume3\x\windows\a.exe",
            r"c:\windows\temp\a.exe",
        ] {
            assert!(!is_installed(other), "{other}");
        }
        assert!(is_loose(r"c:\users\a\programdata\package cache\a.exe"));
        assert!(is_at_home(r"c:\users\a\appdata\local\microsoft\teams\teams.exe"));
        assert!(!is_at_home(r"c:\users\a\downloads\teams.exe"));
    }

    #[test]
    fn machines_and_the_system_are_no_persons() {
        assert!(is_person(r"corp\sato"));
        assert!(!is_person(r"corp\ws7$"));
        assert!(!is_person(r"nt authority\system"));
        assert!(!is_person(""));
    }
}
