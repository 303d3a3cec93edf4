//! What commands and scripts do to services and processes: which they stop, which they kill.

use crate::text::{after, any, calls, first_word};

/// Services that a command stops, disables or deletes: `net`, `sc` here or on another host, PowerShell, WMI. The text is
/// plain.
pub fn stops(line: &str) -> impl Iterator<Item = &str> {
    let net = ["net", "net1"].into_iter().flat_map(move |tool| calls(line, tool)).filter_map(name_with_spaces);
    let sc = calls(line, "sc").filter_map(controlled);
    net.chain(sc).chain(cmdlets(line)).chain(by_wmi(line))
}

/// Processes that a command kills: `taskkill`, `tskill`, `pskill`, PowerShell, WMI. Without `.exe`; the text is plain.
pub fn kills(line: &str) -> impl Iterator<Item = &str> {
    let by_image = line.contains("taskkill").then(|| line.match_indices("im ")).into_iter().flatten();
    let by_image =
        by_image.filter(|(at, _)| line[..*at].ends_with(['/', '-'])).map(|(at, _)| first_word(&line[at + 3..]));
    let by_name = ["tskill", "pskill", "pskill64"].into_iter().flat_map(move |tool| calls(line, tool)).map(first_word);
    let by_cmdlet = ["stop-process ", "kill -name ", "get-process "].into_iter().filter_map(move |verb| {
        let rest = after(line, verb)
            .filter(|_| verb != "get-process " || any(line, &["| stop-process", "| kill", ".kill("]))?;
        let named = ["-name ", "-processname "].into_iter().find_map(|switch| after(rest, switch));
        Some(first_word(named.unwrap_or(rest))).filter(|_| named.is_some() || verb != "stop-process ")
    });
    let killed = by_image.chain(by_name).chain(by_cmdlet).chain(process_by_wmi(line));
    killed.map(|name| name.trim_matches(['*', '%']).trim_end_matches(".exe")).filter(|name| !name.is_empty())
}

/// `stop NAME`; only `net stop` takes names with spaces.
fn name_with_spaces(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("stop ")?;
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
    let acts = matches!(verb, "stop" | "delete" | "pause") || verb == "config" && disables;
    Some(first_word(rest)).filter(|name| acts && !name.is_empty())
}

fn cmdlets(line: &str) -> impl Iterator<Item = &str> {
    let verbs = ["stop-service ", "remove-service ", "suspend-service ", "set-service ", "get-service "];
    verbs.into_iter().filter_map(|verb| {
        let rest = after(line, verb)?;
        let acts = match verb {
            "set-service " => any(rest, &["disabled", "status stopped"]),
            "get-service " => any(rest, &["| stop-service", "| set-service", ".stop()"]),
            _ => true,
        };
        let name = first_word(after(rest, "-name ").or_else(|| after(rest, "-displayname ")).unwrap_or(rest));
        (acts && !name.is_empty()).then_some(name.trim_matches('*'))
    })
}

/// `wmic service where name='x' call stopservice`, `wmic service x call changestartmode disabled`.
fn by_wmi(line: &str) -> Option<&str> {
    let rest = after(line, "service ").filter(|_| any(line, &["wmic", "win32_service"]))?;
    let acts = any(rest, &["stopservice", "changestartmode", "call delete"]) && !rest.contains("automatic");
    let name = after(rest, "name=").or_else(|| after(rest, "name like ")).unwrap_or(rest);
    Some(first_word(name.trim_start_matches(['%', ' ']))).filter(|name| acts && !name.is_empty())
}

/// `wmic process where name='x' call terminate`, `wmic process where name like '%x%' delete`.
fn process_by_wmi(line: &str) -> Option<&str> {
    let rest = after(line, "process ").filter(|_| any(line, &["wmic", "win32_process"]))?;
    let name = ["name=", "name =", "name like ", "executablepath=", "executablepath like "];
    let name = name.into_iter().find_map(|verb| after(rest, verb)).map(str::trim_start)?;
    let name = first_word(name).rsplit('\\').next()?;
    any(rest, &["terminate", "delete"]).then_some(name.trim_matches('%'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopped_services_are_read_of_many_spellings() {
        for line in [
            "net stop x /y",
            "c:\\windows\\system32\\net1.exe stop x",
            "sc \\\\srv7 stop x",
            "sc.exe config x start= disabled",
            "stop-service -name x -force",
            "get-service x | stop-service -force",
            "wmic service where name=x call stopservice",
        ] {
            assert_eq!(stops(line).collect::<Vec<_>>(), ["x"], "{line}");
        }
        assert_eq!(stops("net stop windows event log /y").collect::<Vec<_>>(), ["windows event log"]);
        assert_eq!(stops("misc stop x; sc query x; get-service x").count(), 0);
    }

    #[test]
    fn killed_processes_are_read_of_many_spellings() {
        for line in [
            "taskkill /f /im x.exe",
            "taskkill -im x.exe -f",
            "pskill64 x",
            "stop-process -name x -force",
            "get-process x | stop-process",
            "wmic process where name=x.exe call terminate",
            "wmic process where name like %x% delete",
        ] {
            assert_eq!(kills(line).collect::<Vec<_>>(), ["x"], "{line}");
        }
        assert_eq!(kills("taskkill /im a.exe /im b.exe").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(kills("tasklist /fi imagename; get-process x; stop-process -id 7").count(), 0);
    }
}
