//! Looking around by commands that fit no single question: sweeps over addresses, network capture, files and logs searched,
//! for `looking-around` and `host-survey`.
//!
//! Weight: a sweep over a row of addresses or ports, and a capture of what passes on the network, are rare by nature:
//! medium. What is asked of the logs about who logs on, of the security policy as a file, of a service that tells the outside
//! address: low. Listing all files: counts beside others.
//!
//! False alarms: network teams capture on purpose; administrators search logs for one event.

use crate::acts::Act;
use crate::records::{FileMade, Launch, Script};
use crate::text::{any, base, every, is, short};
use crate::words::Words;

/// Services that tell the address by which a house is seen from outside.
static OUTSIDE: Words = Words::new(&[
    "ifconfig.me",
    "ipinfo.io",
    "ipify.org",
    "icanhazip",
    "ip-api.com",
    "myip.opendns",
    "checkip.",
    "wtfismyip",
    "ident.me",
]);

/// Judges a command about the network around.
pub fn launch(launch: &Launch) -> Option<Act> {
    let (name, line) = (launch.name.as_str(), launch.command.as_str());
    let named = |wanted: &str| name == wanted || launch.original == wanted;
    let said = |what: &str| format!("{what}: {}", short(line, 80));
    // The tool with windows starts its own recorder.
    let by_window = launch.parent == "wireshark.exe";
    let captures = named("netsh.exe") && every(line, &["trace", "start"]) && line.contains("capture=yes")
        || named("pktmon.exe") && line.contains("start")
        || is(name, &["tshark.exe", "dumpcap.exe", "windump.exe", "tcpdump.exe"]) && any(line, &["-i", "-w", "-c"]);
    if captures && !by_window {
        return Act::medium(said("captured what passes on the network"));
    }
    sweep(line)
        .map_or_else(|| OUTSIDE.are_in(line).then(|| Act::low(said("asked for the address seen from outside")))?, Some)
}

/// Judges a script about the network around.
pub fn script(script: &Script) -> Option<Act> {
    if script.text.len() > 6_000 {
        return None;
    }
    sweep(&script.text).or_else(|| {
        OUTSIDE.are_in(&script.text).then(|| Act::low("asked for the address seen from outside by PowerShell"))?
    })
}

/// A row of addresses or ports, one after the other.
fn sweep(line: &str) -> Option<Act> {
    let row = any(
        line,
        &[
            "for /l", "1..254", "1..255", "1..1024", "1..65535", "1..100|", "..254", "..255", "foreach", "| %", "|%",
            "for (",
        ],
    );
    let pings = any(line, &["ping ", "ping.exe", "test-connection", "networkinformation.ping"]);
    let knocks = any(line, &["sockets.tcpclient", "test-netconnection"])
        && any(line, &[".connect(", "-port", "beginconnect", "connectasync"]);
    (row && (pings && any(line, &["for /l", "..25"]) || knocks))
        .then(|| Act::medium(format!("tried a row of addresses or ports: {}", short(line, 80))))?
}

/// The kind of a question about the host, and whether it is rare, for `host-survey`.
pub fn question(launch: &Launch) -> Option<(&'static str, bool)> {
    let line = launch.command.as_str();
    let name = if launch.original.is_empty() { launch.name.as_str() } else { launch.original.as_str() };
    Some(match name {
        "secedit.exe" if any(line, &["/export", "-export"]) => ("security policy written to a file", true),
        "wevtutil.exe" if any(line, &[" qe ", "query-events"]) => ("search of the event logs", true),
        "w32tm.exe" if any(line, &["/tz", "/query", "-tz"]) => ("w32tm", false),
        "tree.com" if any(line, &["/f", ":\\"]) => ("tree", false),
        "where.exe" if any(line, &["/r", "-r"]) => ("search for files", true),
        "fltmc.exe" if !any(line, &["load", "detach", "attach"]) => ("fltmc", true),
        "reg.exe" if line.contains("nls\\language") => ("language of the host", true),
        "cmd.exe" if any(line, &["dir /s", "dir c:\\ /s", "dir /b /s"]) && any(line, &["c:\\", "d:\\", "users"]) => {
            ("list of all files", false)
        }
        _ => return None,
    })
}

/// Judges a script about the host, for `host-survey`.
pub fn host_script(script: &Script) -> Option<Act> {
    let text = &script.text;
    if text.len() > 6_000 {
        return None;
    }
    let logs = any(text, &["get-winevent", "get-eventlog"]) && any(text, &["4624", "4648", "4672", "instanceid 4"]);
    let files = every(text, &["get-childitem", "recurse"])
        && any(text, &[".docx", ".xlsx", ".pdf", ".kdbx", ".rdp", "password", ".pst"]);
    match () {
        () if any(text, &["antivirusproduct", "antispywareproduct", "firewallproduct"]) => {
            Act::low("wmic about defence by PowerShell")
        }
        () if logs => Act::low("search of the event logs for logons by PowerShell"),
        () if files => Act::low("search for documents by PowerShell"),
        () if text.contains("thermalzone") => Act::low("look whether the host is a virtual machine by PowerShell"),
        () if any(
            text,
            &[
                "get-serviceunquoted",
                "get-unquotedservice",
                "get-modifiableservice",
                "invoke-allchecks",
                "invoke-privesc",
                "invoke-winpeas",
            ],
        ) =>
        {
            Act::medium("search for ways to more rights by a published script")
        }
        () => None,
    }
}

/// Judges what collectors of the directory leave on disk.
pub fn file(made: &FileMade) -> Option<Act> {
    let name = base(&made.path);
    let dated = name.len() > 14 && name.bytes().take(8).all(|byte| byte.is_ascii_digit());
    let left = any(name, &["bloodhound.zip", "_users.json", "_computers.json", "_domains.json", "_groups.json"]);
    (dated && left).then(|| Act::medium(format!("wrote a collection of the directory: {}", short(&made.path, 90))))?
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn a_row_of_addresses_is_a_sweep_and_one_host_is_none() {
        let weight = |line: &str| {
            launch(&Launch { name: "cmd.exe".into(), command: line.into(), ..Launch::default() }).map(|act| act.weight)
        };
        assert_eq!(weight("cmd /c for /l %i in (1,1,254) do ping -n 1 10.0.0.%i"), Some(Severity::Medium));
        assert_eq!(weight("ping -n 3 10.0.0.7"), None);
        assert_eq!(weight("curl https://ipinfo.io/ip"), Some(Severity::Low));
        let scan = Script { text: "1..1024 | % { (new-object net.sockets.tcpclient).connect('10.0.0.5', $_) }".into() };
        assert_eq!(script(&scan).map(|act| act.weight), Some(Severity::Medium));
        let one = Script { text: "test-netconnection srv7 -port 443".into() };
        assert_eq!(script(&one), None);
    }

    #[test]
    fn collections_are_known_by_date_and_ending() {
        let made = |path: &str| file(&FileMade { path: path.into(), by: String::new() }).is_some();
        assert!(made(r"c:\users\a\20260408100000_bloodhound.zip") && made(r"c:\t\20260408100000_computers.json"));
        assert!(!made(r"c:\app\user_groups.json"));
    }
}
