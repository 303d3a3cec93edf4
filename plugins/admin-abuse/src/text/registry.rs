//! What commands and scripts do to the registry.

use super::{after, first_word};

/// Writes and deletions that are read of one script; more of them say nothing new.
const MOST: usize = 24;

/// Registry writes that a command makes, in `reg add`, PowerShell's cmdlets and .NET: path with the value's name, and the
/// data. The text is plain.
pub fn registry_writes(line: &str) -> Vec<(String, String)> {
    let by_reg = behind(line, &["reg add ", "reg.exe add "]).filter_map(by_reg);
    let by_cmdlet = behind(line, &["set-itemproperty ", "new-itemproperty ", "set-item "]).filter_map(by_cmdlet);
    let by_call = behind(line, &["registry]::setvalue("]).filter_map(by_call);
    by_reg.chain(by_cmdlet).chain(by_call).take(MOST).collect()
}

/// Registry keys and values that a command deletes: paths, with the value's name where one is named. The text is plain.
pub fn registry_deletes(line: &str) -> Vec<String> {
    let by_reg = behind(line, &["reg delete ", "reg.exe delete "]).map(|rest| {
        let (key, name) = (before(rest, " /"), named(rest, " /v ", " /"));
        format!("{key}\\{name}").trim_end_matches('\\').to_owned()
    });
    let by_cmdlet = behind(line, &["remove-item ", "remove-itemproperty ", "clear-itemproperty "]).filter_map(|rest| {
        let path = path_of(rest)?;
        Some(format!("{path}\\{}", argument(rest, &["-name ", "-n "])).trim_end_matches('\\').to_owned())
    });
    by_reg.chain(by_cmdlet).take(MOST).collect()
}

/// What follows each of these.
fn behind<'t>(line: &'t str, verbs: &[&str]) -> impl Iterator<Item = &'t str> {
    let mut at: Vec<usize> =
        verbs.iter().flat_map(|verb| line.match_indices(verb).map(|(at, verb)| at + verb.len())).collect();
    at.sort_unstable();
    at.into_iter().map(|at| &line[at..line.floor_char_boundary(line.len().min(at + 400))])
}

fn by_reg(rest: &str) -> Option<(String, String)> {
    let (key, name, data) = (before(rest, " /"), named(rest, " /v ", " /"), named(rest, " /d ", " /"));
    let data = data.split([' ', '&']).next().unwrap_or_default();
    Some((format!("{key}\\{name}"), data.to_owned()))
}

fn by_cmdlet(rest: &str) -> Option<(String, String)> {
    let path = path_of(rest)?;
    let name = argument(rest, &["-name ", "-n "]);
    Some((format!("{path}\\{name}"), argument(rest, &["-value ", "-v "]).to_owned()))
}

/// `SetValue(key, name, data, kind)`.
fn by_call(rest: &str) -> Option<(String, String)> {
    let mut parts = rest.split([',', ')']).map(str::trim);
    let (key, name) = (parts.next()?, parts.next()?);
    key.starts_with("hk").then(|| (format!("{key}\\{name}"), parts.next().unwrap_or_default().to_owned()))
}

/// The path that a cmdlet names, if it is one of the registry. With its quotes gone it may hold spaces.
fn path_of(rest: &str) -> Option<String> {
    let path = ["-path ", "-literalpath "].into_iter().find_map(|switch| after(rest, switch));
    let path = path.or_else(|| (!rest.starts_with('-')).then_some(rest)).unwrap_or_else(|| first_word(rest));
    let end = path.find(" -").into_iter().chain(path.find([';', ')', '|', ','])).min().unwrap_or(path.len());
    let path = path[..end].trim();
    let path = path.strip_prefix("registry::").unwrap_or(path);
    path.starts_with("hk").then(|| path.replace(":\\", "\\"))
}

fn argument<'t>(rest: &'t str, switches: &[&str]) -> &'t str {
    let value = switches.iter().find_map(|switch| after(rest, switch));
    value.map(|value| value.split([' ', ';', ')', '|']).next().unwrap_or_default()).unwrap_or_default()
}

fn before<'t>(text: &'t str, end: &str) -> &'t str {
    text.split(end).next().unwrap_or(text).trim()
}

fn named<'t>(rest: &'t str, switch: &str, end: &str) -> &'t str {
    after(rest, switch).map(|rest| before(rest, end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::plain;
    use super::*;

    #[test]
    fn registry_writes_are_read_from_commands() {
        let wanted = vec![("hklm\\system\\currentcontrolset\\services\\eventlog\\start".to_owned(), "4".to_owned())];
        let reg = plain(r#"reg  add "HKLM\System\CurrentControlSet\Services\EventLog" /v Start /t REG_DWORD /d 4 /f"#);
        assert_eq!(registry_writes(&reg), wanted);
        let shell =
            plain(r"Set-ItemProperty -Path HKLM:\System\CurrentControlSet\Services\EventLog -Name Start -Value 4");
        assert_eq!(registry_writes(&shell), wanted);
        let call =
            r"[Microsoft.Win32.Registry]::SetValue('HKLM\System\CurrentControlSet\Services\EventLog', 'Start', 4)";
        assert_eq!(registry_writes(&plain(call)), wanted);
        assert_eq!(registry_writes("reg add hklm\\a /v x /d 1 /f & reg add hklm\\b /v y /d 2 /f").len(), 2);
        assert!(registry_writes("set-itemproperty -path c:\\x -name isreadonly -value 1").is_empty());
    }

    #[test]
    fn registry_deletions_are_read_from_commands() {
        assert_eq!(registry_deletes(r"reg delete hklm\a\b /v c /f"), vec![r"hklm\a\b\c"]);
        assert_eq!(registry_deletes(&plain(r"Remove-Item -Path HKLM:\SOFTWARE\X -Recurse")), vec![r"hklm\software\x"]);
    }
}
