//! `remote-desktop-opened`: a host is set to let remote desktops in, or to let them in with less proof.
//!
//! ATT&CK: T1021.001 (remote desktop). Told by the registry, by the commands that change it, and by desktops that come through
//! a tunnel or bring programs along.
//!
//! Weight: allowing connections is what help desks do and low; another port, network authentication off, sessions that may be
//! watched without asking, and a changed library of the service are medium. So are a desktop that comes from the host
//! itself (the end of a tunnel), a command that makes such a tunnel, and a program run from the drive of the client.
//!
//! False alarms: group policy sets the same values by `svchost`: not told. Set-up of servers allows remote desktop once.

use crate::acts::Act;
use crate::records::{Launch, Logon, Script, ValueSet};
use crate::rules::parentage;
use crate::text::{any, base, every, is_installed, short};
use crate::words::Words;

/// Judges a value of the registry.
pub fn value(set: &ValueSet) -> Option<Act> {
    let by = base(&set.by);
    let own = matches!(by, "svchost.exe" | "services.exe" | "trustedinstaller.exe" | "tiworker.exe");
    if own && (is_installed(&set.by) || !set.by.contains('\\')) {
        return None;
    }
    let is = |number: u8| set.data.ends_with(&format!("(0x0000000{number})")) || set.data == number.to_string();
    match () {
        () if set.path.ends_with("\\fdenytsconnections") && is(0) => Act::low("allowed remote desktop connections"),
        () if set.path.ends_with("\\rdp-tcp\\portnumber") => Act::medium("moved remote desktop to another port"),
        () if set.path.ends_with("\\rdp-tcp\\userauthentication") && is(0) => {
            Act::medium("let remote desktops in without network authentication")
        }
        () if set.path.ends_with("\\terminal services\\shadow") && (is(2) || is(4)) => {
            Act::medium("let remote desktop sessions be watched without asking")
        }
        () if any(&set.path, &["\\fallowtogethelp", "\\fallowfullcontrol"]) && is(1) => {
            Act::low("allowed remote assistance")
        }
        () => None,
    }
}

/// Judges a remote desktop that comes from the host itself.
pub fn looped(logon: &Logon) -> Option<Act> {
    (logon.kind == 10 && matches!(logon.source.as_str(), "127.0.0.1" | "::1"))
        .then(|| Act::medium("came by remote desktop from the host itself, as through a tunnel"))?
}

/// Judges a process by what it was told to do.
pub fn launch(launch: &Launch) -> Option<Act> {
    if launch.path.starts_with("\\\\tsclient\\") || launch.command.trim_start_matches('"').starts_with("\\\\tsclient\\")
    {
        return Act::medium(format!(
            "ran a program from the drive of a remote desktop's client: {}",
            short(&launch.command, 100)
        ));
    }
    let client = launch.name == "mstsc.exe" || launch.original == "mstsc.exe";
    if client && any(&launch.command, &["/restrictedadmin", "/remoteguard"]) {
        return Act::medium(format!(
            "opened a remote desktop without handing over a password: {}",
            short(&launch.command, 100)
        ));
    }
    let typed =
        !matches!(launch.parent.as_str(), "explorer.exe" | "searchhost.exe" | "startmenuexperiencehost.exe" | "");
    if client && typed && launch.command.contains("/v") {
        return Act::low(format!("opened a remote desktop by a command: {}", short(&launch.command, 100)));
    }
    let act = command(&launch.command)?;
    match parentage::odd(launch) {
        Some(odd) => Act::medium(format!("{}, {odd}", act.what)),
        None => Some(act),
    }
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    if script.text.len() < 6_000 { command(&script.text) } else { None }
}

fn command(line: &str) -> Option<Act> {
    static MARKS: Words = Words::new(&[
        "fdenytsconnections",
        "rdp-tcp",
        "setallowtsconnections",
        "remote desktop",
        "3389",
        "termsrv.dll",
        "\\tsclient\\",
    ]);
    if !MARKS.are_in(line) {
        return None;
    }
    let said = |what: &str| format!("{what}: {}", short(line, 100));
    let sets = any(
        line,
        &[
            "reg add",
            "reg.exe add",
            "reg.exe\" add",
            "add \"hklm",
            "add hklm",
            "set-itemproperty",
            "new-itemproperty",
            "sp hklm",
        ],
    );
    let zero = any(line, &["/d 0", "/d \"0\"", "-value 0", "0x0", "-value \"0\""]) || line.trim_end().ends_with(" 0");
    match () {
        () if sets && line.contains("fdenytsconnections") && zero => {
            Act::low(said("allowed remote desktop connections"))
        }
        () if sets && every(line, &["rdp-tcp", "portnumber"]) => {
            Act::medium(said("moved remote desktop to another port"))
        }
        () if sets && line.contains("userauthentication") && line.contains("rdp-tcp") && zero => {
            Act::medium(said("let remote desktops in without network authentication"))
        }
        () if line.contains("setallowtsconnections") && any(line, &["1", "true"]) => {
            Act::low(said("allowed remote desktop connections"))
        }
        () if line.contains("remote desktop")
            && any(line, &["enable=yes", "new enable", "enable-netfirewallrule", "set service"]) =>
        {
            Act::low(said("let remote desktop through the firewall"))
        }
        () if any(line, &["localport=3389", "-localport 3389"]) && any(line, &["add rule", "new-netfirewallrule"]) => {
            Act::low(said("let remote desktop through the firewall"))
        }
        () if line.contains(":3389") && any(line, &["ssh", "plink", "chisel", "putty", "frpc", "ngrok"]) => {
            Act::medium(said("made a tunnel to remote desktop"))
        }
        () if every(line, &["portproxy", "add", "3389"]) => Act::medium(said("made a tunnel to remote desktop")),
        () if line.contains("\\tsclient\\") && any(line, &["copy", "xcopy", "robocopy", "start "]) => {
            Act::low(said("took files from the drive of a remote desktop's client"))
        }
        () if line.contains("\\termsrv.dll") && any(line, &["takeown", "icacls", "copy ", "move ", "ren "]) => {
            Act::medium(said("changed the library of remote desktop"))
        }
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn opening_by_hand_is_told_and_by_policy_is_not() {
        let set = |path: &str, by: &str, data: &str| {
            value(&ValueSet { path: path.into(), data: data.into(), by: by.into() }).map(|act| act.weight)
        };
        let deny = r"hklm\system\currentcontrolset\control\terminal server\fdenytsconnections";
        assert_eq!(set(deny, r"c:\windows\system32\reg.exe", "dword (0x00000000)"), Some(Severity::Low));
        assert_eq!(set(deny, r"c:\windows\system32\svchost.exe", "dword (0x00000000)"), None);
        assert_eq!(set(deny, r"c:\temp\svchost.exe", "dword (0x00000000)"), Some(Severity::Low));
        assert_eq!(set(deny, r"c:\windows\system32\reg.exe", "dword (0x00000001)"), None);
        let line = "reg add \"hklm\\system\\currentcontrolset\\control\\terminal server\" /v fdenytsconnections /t reg_dword /d 0 /f";
        assert_eq!(command(line).map(|act| act.weight), Some(Severity::Low));
    }
}
