//! `remote-service`: a service is installed by somebody who came over the network, or has the shape that remote
//! execution leaves.
//!
//! Meaning: PsExec and its kin copy a program to ADMIN$, install it as a service, start it and remove it. Others install a
//! command shell as a service. ATT&CK: T1021.002 (admin shares), T1569.002 (service execution), T1543.003 (service made).
//!
//! Weight: a shell, an encoded command, an output that goes to a share or a loose folder: high, since no installer does it.
//! A program in the root of `%SystemRoot%`, where ADMIN$ leads: medium. A service or a pipe that PsExec's kin name themselves:
//! medium.
//! Any other service is told only when a person logged on over the network within ten minutes before: low.
//!
//! False alarms: management tools deploy agents by the same act (PDQ, Veeam, monitoring agents); they come from one known
//! server and install under `Program Files`, so that they stay low. Administrators who use PsExec are told at medium.

use crate::acts::Act;
use crate::records::{Installed, Launch, ShareAccess, ValueSet};
use crate::text::{any, base, is, is_loose, is_person, is_shell, remote_host, short};
use crate::words::Words;

/// Names that tools of remote execution give their service or its program.
const TOOLS: &[&str] = &[
    "psexesvc", "paexec", "csexec", "remcom", "smbexec", "winexe", "xcmdsvc", "psexec", "btobto", "krbrelay",
    "impacket",
];

/// Scripts that start commands on other hosts, on the side that runs them.
static IMPACKET: Words = Words::new(&[
    "psexec.py",
    "smbexec.py",
    "wmiexec.py",
    "atexec.py",
    "dcomexec.py",
    "impacket-psexec",
    "impacket-wmiexec",
    "impacket-smbexec",
    "evil-winrm",
    "invoke-psexec",
    "invoke-smbexec",
    "invoke-sharprdp",
]);

/// Judges the installation of a service.
pub fn installed(service: &Installed) -> Option<Act> {
    let command = service.command.trim_start_matches(['"', '\\', '?']);
    let program = program_of(command);
    let name = short(&service.name, 60);
    if command.is_empty() {
        return None;
    }
    if any(
        command,
        &[
            "%comspec%",
            "cmd /c",
            "cmd.exe /c",
            "cmd /q",
            "cmd.exe /q",
            "/c echo",
            "-enc",
            "frombase64string",
            "iex(",
            "iex (",
        ],
    ) || (is_shell(base(program)) || begins_with_shell(command)) && !is_plain_rundll(command)
    {
        return Act::high(format!("installed a service that runs a command, {name}: {}", short(command, 90)));
    }
    if any(command, &["\\admin$\\", "\\c$\\", "\\\\127.0.0.1\\", "\\\\localhost\\"]) || command.contains("\\pipe\\") {
        return Act::high(format!(
            "installed service {name} whose program is on a share or speaks by a pipe: {}",
            short(command, 90)
        ));
    }
    if any(&service.name, TOOLS) || any(base(program), TOOLS) {
        return Act::medium(format!("installed service {name} of a remote execution tool: {}", short(command, 90)));
    }
    if program.ends_with(".sys") {
        // Drivers run in the kernel: another matter than remote execution.
        return Act::hint(format!("installed driver {name}: {}", short(command, 90)));
    }
    if is_loose(program) {
        return Act::medium(format!(
            "installed service {name} whose program is in a loose folder: {}",
            short(command, 90)
        ));
    }
    if in_system_root(program) {
        return Act::medium(format!(
            "installed service {name} whose program is where ADMIN$ leads: {}",
            short(command, 90)
        ));
    }
    Act::hint(format!("installed service {name}: {}", short(command, 90)))
}

/// Judges the path of a service as the registry tells it: only the shapes that no installer has.
pub fn value(set: &ValueSet) -> Option<Act> {
    if set.path.ends_with("\\psexec\\eulaaccepted") {
        return Act::low("used PsExec for the first time");
    }
    if !(set.path.contains("\\services\\") && set.path.ends_with("\\imagepath")) {
        return None;
    }
    let name = set.path.rsplit('\\').nth(1).unwrap_or_default().to_owned();
    installed(&Installed { name, command: set.data.clone() }).filter(|act| act.weight > sekisho_sdk::Severity::Low)
}

/// Judges a process that a service's program started, or that asks another host's service manager.
pub fn launch(launch: &Launch) -> Option<Act> {
    let shell = is_shell(&launch.name);
    if any(&launch.parent, &["psexesvc", "paexec-", "remcomsvc", "csexecsvc"]) {
        return Act::high(format!("ran {} by a remote execution service", short(&launch.command_or_name(), 90)));
    }
    let by_manager = launch.parent == "services.exe";
    if by_manager
        && shell
        && any(&launch.command, &["/c ", "-enc", "-e ", "-nop", "-w hidden", "echo ", "\\\\127.0.0.1\\"])
    {
        return Act::high(format!("ran a command as a service: {}", short(&launch.command, 90)));
    }
    if (launch.name == "sc.exe" || launch.original == "sc.exe")
        && let Some(host) = remote_host(&launch.command)
    {
        let verb =
            |verbs: &[&str]| verbs.iter().any(|verb| launch.command.split_whitespace().any(|word| word == *verb));
        return match () {
            () if verb(&["create", "config", "start", "failure", "sdset"]) => {
                Act::medium(format!("changed or started a service of {host} by sc.exe: {}", short(&launch.command, 90)))
            }
            () => Act::low(format!("asked the service manager of {host} by sc.exe: {}", short(&launch.command, 90))),
        };
    }
    let psexec = any(&launch.original, &["psexec", "paexec"])
        || any(
            &launch.name,
            &["psexec", "paexec", "csexec", "smbexec", "wmiexec", "sharpexec", "sharpwmi", "sharprdp"],
        )
        || IMPACKET.are_in(&launch.command);
    if psexec && !launch.name.starts_with("psexesvc") {
        let host = remote_host(&launch.command).unwrap_or("another host");
        return Act::medium(format!("ran a remote execution tool against {host}: {}", short(&launch.command, 90)));
    }
    None
}

/// Judges the pipes by which the tools bring input and output over.
pub fn share(access: &ShareAccess) -> Option<Act> {
    if !access.share.ends_with("ipc$") {
        return None;
    }
    let pipe = base(&access.path);
    let streams = pipe.ends_with("-stdin") || pipe.ends_with("-stdout") || pipe.ends_with("-stderr");
    if streams || any(pipe, &["psexesvc", "paexec", "remcom_", "csexec", "msagent_", "msse-", "postex_", "status_"]) {
        return Act::high(format!("spoke with a remote execution service by pipe {pipe}"));
    }
    None
}

/// Beginnings of the names of pipes that services of remote execution make.
pub const PIPES: [&str; 7] = ["\\psexe", "\\paexec", "\\remcom_", "\\csexecsvc", "\\winexesvc", "\\xcmd", "\\smbexec"];

/// Judges a pipe that was made or opened on this host (Sysmon 17, 18).
pub fn pipe(path: &str) -> Option<Act> {
    PIPES
        .iter()
        .any(|pipe| path.starts_with(pipe))
        .then(|| Act::medium(format!("opened pipe {path} of a remote execution service")))?
}

/// Judges who reached the service manager over the network: administrators do, and intruders.
pub fn control(access: &ShareAccess) -> Option<Act> {
    let pipe = base(&access.path);
    (access.share.ends_with("ipc$") && pipe == "svcctl" && is_person(&access.user))
        .then(|| Act::low("reached the service manager over the network (pipe svcctl)"))?
}

/// The program of a service's command line.
pub fn program_of(command: &str) -> &str {
    let command = command.trim_start_matches(['"', ' ']);
    if let Some(at) = [".exe", ".sys", ".dll"].iter().filter_map(|end| command.find(end)).min() {
        return &command[..at + 4];
    }
    command.split(['"', ' ']).next().unwrap_or(command)
}

/// A program directly in the Windows folder.
fn in_system_root(program: &str) -> bool {
    let roots = ["%systemroot%\\", "%windir%\\", "\\systemroot\\", "c:\\windows\\", "systemroot\\"];
    let rest = roots.iter().find_map(|root| program.strip_prefix(root));
    rest.is_some_and(|rest| !rest.contains('\\') && rest.ends_with(".exe"))
        && !is(base(program), &["explorer.exe", "regedit.exe", "hh.exe", "splwow64.exe", "sysmon.exe", "sysmon64.exe"])
}

/// Whether the first word is a shell: its ending may be left out, and another program's stand behind.
fn begins_with_shell(command: &str) -> bool {
    let first = command.trim_start_matches(['"', ' ']).split(['"', ' ']).next().unwrap_or_default();
    let name = base(first);
    is_shell(name) || is_shell(&format!("{name}.exe"))
}

/// Drivers' and printers' services that a system library runs.
fn is_plain_rundll(command: &str) -> bool {
    let program = program_of(command);
    let library = command.split_once(program).map_or("", |(_, rest)| rest);
    base(program) == "rundll32.exe"
        && !library.contains("\\\\")
        && any(command, &["\\windows\\system32\\", "%systemroot%\\system32\\"])
        && !is_loose(command)
}

impl Launch {
    fn command_or_name(&self) -> String {
        if self.command.is_empty() { self.name.clone() } else { self.command.clone() }
    }
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    fn weight(command: &str) -> Option<Severity> {
        installed(&Installed { name: "x".into(), command: command.into() }).map(|act| act.weight)
    }

    #[test]
    fn the_shape_of_a_service_decides_its_weight() {
        assert_eq!(weight(r"%comspec% /q /c echo dir ^> \\127.0.0.1\c$\__output"), Some(Severity::High));
        assert_eq!(weight(r"powershell -nop -c c:\x\a.exe"), Some(Severity::High));
        assert_eq!(weight(r"c:\windows\system32\rundll32.exe \\10.0.0.4\x\a.dll,run"), Some(Severity::High));
        let shell = r"c:\windows\system32\windowspowershell\v1.0\powershell.exe -c a # rundll32";
        assert_eq!(weight(shell), Some(Severity::High));
        let printer = r"c:\windows\system32\rundll32.exe c:\windows\system32\spool\a.dll,run";
        assert_eq!(weight(printer), Some(Severity::Informational));
        assert_eq!(weight(r"%systemroot%\psexesvc.exe"), Some(Severity::Medium));
        assert_eq!(weight(r"%systemroot%\kmqpwxyz.exe"), Some(Severity::Medium));
        assert_eq!(weight(r"\\127.0.0.1\admin$\abc.exe"), Some(Severity::High));
        assert_eq!(weight(r#""c:\program files\vendor\agent.exe" -k"#), Some(Severity::Informational));
        assert_eq!(weight(r"c:\windows\system32\svchost.exe -k netsvcs"), Some(Severity::Informational));
    }
}
