//! `remote-wmi`, `remote-powershell`, `remote-com`, `remote-task`, `session-hijack`: execution on another host by what Windows offers
//! for administration, told on the source by the command or script and on the target by the process that serves it.
//!
//! ATT&CK: T1021.003 (COM), T1021.006 (remote management), T1021.002 (pipes of admin shares), T1047 (WMI), T1053.005 (task),
//! T1563.002 (session hijacking). Execution techniques belong to no stage by themselves, so each rule carries a T1021.
//!
//! Weight: a shell under the process that serves remote calls is medium, with output sent to a share or an encoded command
//! high; the command of an administrator that names another host is low, as is a session that remote management's own log
//! tells. A task whose command is hidden is medium whoever made it.
//!
//! False alarms: management (SCCM, monitoring) runs scripts by WMI and remoting from fixed servers; inventory agents ask WMI
//! without starting shells. Local use of `wmic process call create` names no host and is not told.

use crate::acts::Act;
use crate::records::{Launch, Script, ShareAccess};
use crate::text::{any, base, every, is_local, is_loose, is_person, is_shell, remote_host, short};
use crate::words::Words;

/// A sign of a command that no administrator types.
fn is_hidden(command: &str) -> bool {
    any(
        command,
        &[
            "\\admin$\\__",
            "\\\\127.0.0.1\\",
            "frombase64string",
            "-enc ",
            "-encodedcommand",
            "-w hidden",
            "-windowstyle hidden",
            "-w 1 ",
        ],
    ) || command.contains(" 1> ") && command.contains("2>&1")
}

fn heavier(hidden: bool, what: String) -> Option<Act> {
    if hidden { Act::high(what) } else { Act::medium(what) }
}

/// Shares of the host itself, as tools of remote execution leave output there.
static RELAYED: Words =
    Words::new(&["\\\\127.0.0.1\\admin$\\", "\\\\127.0.0.1\\c$\\", "\\\\localhost\\admin$\\", "\\\\localhost\\c$\\__"]);

/// WMI: the provider's children on the target, the call on the source.
pub fn wmi_launch(launch: &Launch) -> Option<Act> {
    if launch.parent == "wmiprvse.exe" && (is_shell(&launch.name) || is_loose(&launch.path)) {
        return heavier(is_hidden(&launch.command), format!("ran a command by WMI: {}", short(&launch.command, 100)));
    }
    if launch.parent == "scrcons.exe" && (is_shell(&launch.name) || is_loose(&launch.path)) {
        return Act::medium(format!("ran a command by a WMI event consumer: {}", short(&launch.command, 100)));
    }
    // The output of a command that goes to a share of the host itself is fetched by somebody elsewhere.
    if is_shell(&launch.name) && RELAYED.are_in(&launch.command) && launch.parent != "services.exe" {
        return Act::high(format!(
            "ran a command whose output goes to a share for a caller: {}",
            short(&launch.command, 100)
        ));
    }
    if launch.name != "wmic.exe" && launch.original != "wmic.exe" {
        return None;
    }
    if names_another(&launch.command) {
        let what = format!("asked WMI of another host: {}", short(&launch.command, 100));
        return if every(&launch.command, &["call", "create"]) { Act::medium(what) } else { Act::low(what) };
    }
    None
}

/// Whether a call of wmic names another host: nodes are a list, in which the host itself may stand beside others.
fn names_another(command: &str) -> bool {
    let plain = command.replace('"', "");
    plain.split("/node:").skip(1).any(|rest| {
        let nodes = rest.trim_start().split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        nodes.split(',').any(|node| !node.is_empty() && !is_local(node))
    })
}

/// WMI by script.
pub fn wmi_script(script: &Script) -> Option<Act> {
    let text = &script.text;
    let calls = any(text, &["invoke-wmimethod", "invoke-cimmethod", "[wmiclass]", "wmiclass]", "win32_process"]);
    let remote = any(text, &["-computername", "-cimsession", "-comp ", "\\\\$computer", "\\root\\cimv2:win32_process"]);
    if any(text, &["invoke-wmiexec", "invoke-wmicommand", "sharpwmi"]) {
        return Act::high("ran a script of remote execution by WMI");
    }
    let creates = any(text, &["win32_process"]) && text.contains("create");
    (calls && creates && remote && !is_library(text))
        .then(|| Act::medium("started a process on another host by WMI from a script"))?
}

/// Remote management: the host process and its children on the target, the command on the source.
pub fn winrm_launch(launch: &Launch) -> Option<Act> {
    if matches!(launch.parent.as_str(), "wsmprovhost.exe" | "winrshost.exe") && launch.name != "conhost.exe" {
        let what = format!("ran a command by remote management: {}", short(&launch.command, 100));
        return if is_hidden(&launch.command) { Act::high(what) } else { Act::medium(what) };
    }
    if launch.parent == "sshd.exe" && is_shell(&launch.name) {
        return Act::low(format!("ran a command by SSH: {}", short(&launch.command, 100)));
    }
    if launch.name == "wsmprovhost.exe" && launch.command.contains("-embedding") {
        return Act::low("opened a remote PowerShell session");
    }
    if launch.name == "winrs.exe" || launch.original == "winrs.exe" {
        return Act::medium(format!("ran a command on another host by winrs: {}", short(&launch.command, 100)));
    }
    let script = any(&launch.command, &["winrm.vbs", "winrm.cmd", "winrm invoke", "winrm i "]);
    if script
        && any(&launch.command, &["win32_process", "invoke create", " i c"])
        && any(&launch.command, &["-r:", "/r:", "-remote:", "/remote:"])
    {
        return Act::medium(format!(
            "started a process on another host by remote management: {}",
            short(&launch.command, 100)
        ));
    }
    powershell(&launch.command)
}

/// A session of remote management, as its own log tells it (91 on the target, 6 on the source).
pub fn winrm_session(code: i64, user: &str) -> Option<Act> {
    // The header names the account by its number, or not at all; the system and the network's service open none for people.
    if matches!(user, "s-1-5-18" | "s-1-5-20") || user.starts_with("nt authority\\") {
        return None;
    }
    match code {
        91 => Act::low("opened a session of remote management"),
        6 => Act::low("opened a session of remote management to another host"),
        _ => None,
    }
}

/// Remoting by script.
pub fn winrm_script(script: &Script) -> Option<Act> {
    powershell(&script.text)
}

fn powershell(text: &str) -> Option<Act> {
    static MARKS: Words = Words::new(&["pssession", "cimsession", "invoke-command", "icm "]);
    if !MARKS.are_in(text) {
        return None;
    }
    let enters = any(text, &["enter-pssession ", "new-pssession ", "new-cimsession "])
        && (any(text, &["-computername", "-cn ", "-connectionuri", "-vmname", "-hostname"]) || names_a_host(text));
    let invokes = any(text, &["invoke-command", "icm "]) && any(text, &["-computername", "-cn ", "-session"]);
    if (enters || invokes) && !is_library(text) {
        return Act::low("ran commands on another host by PowerShell remoting");
    }
    None
}

/// Whether a session is opened to a host that stands behind the cmdlet without an option's name.
fn names_a_host(text: &str) -> bool {
    ["enter-pssession ", "new-pssession "].iter().any(|cmdlet| {
        text.split_once(cmdlet).is_some_and(|(_, rest)| rest.trim_start().starts_with(|c: char| c.is_alphanumeric()))
    })
}

/// The modules of Windows themselves speak of all that they can do.
fn is_library(text: &str) -> bool {
    text.len() > 30_000
        || any(
            text,
            &[
                "# copyright (c) microsoft",
                "export-modulemember",
                "microsoft.powershell.core\\export",
                "$__cmdletization",
                "begin { $__",
            ],
        )
}

/// COM: objects that run commands, on the target under their server, on the source by their names.
pub fn com_launch(launch: &Launch) -> Option<Act> {
    let server = match launch.parent.as_str() {
        "mmc.exe" => launch.parent_command.contains("-embedding"),
        "dllhost.exe" => {
            is_shell(&launch.name) && any(&launch.parent_command, &["/processid:{9ba05972", "/processid:{c08afd90"])
        }
        "excel.exe" | "winword.exe" | "outlook.exe" | "visio.exe" => {
            any(&launch.parent_command, &["/automation", "-embedding"])
        }
        _ => false,
    };
    // Where the log tells no command of the parent, a console that starts a shell is odd, and no more.
    if !server && launch.parent_command.is_empty() && launch.parent == "mmc.exe" && is_shell(&launch.name) {
        return Act::low(format!("ran a command under the management console: {}", short(&launch.command, 100)));
    }
    if server && (is_shell(&launch.name) || is_loose(&launch.path)) {
        return heavier(
            is_hidden(&launch.command),
            format!("ran a command by a COM object: {}", short(&launch.command, 100)),
        );
    }
    let automated = match launch.name.as_str() {
        "mmc.exe" => launch.command.contains("-embedding"),
        "excel.exe" | "outlook.exe" | "visio.exe" | "winword.exe" => {
            any(&launch.command, &["/automation", "-embedding"]) && launch.parent == "svchost.exe"
        }
        _ => false,
    };
    automated.then(|| Act::low(format!("made {} start for a caller by COM", launch.name)))?
}

/// COM by script: an object of another host.
pub fn com_script(script: &Script) -> Option<Act> {
    let text = &script.text;
    if is_library(text) && !any(text, &["invoke-dcom", "invoke-excel4dcom"]) {
        return None;
    }
    let gets = any(text, &["gettypefromprogid", "gettypefromclsid"]);
    let runs = any(
        text,
        &[
            "executeshellcommand",
            "shellexecute",
            "executeexcel4macro",
            "ddeinitiate",
            "registerxll",
            "createinstance",
            "document.application",
            "mmc20.application",
            "shellwindows",
            "shellbrowserwindow",
        ],
    );
    if any(text, &["invoke-dcom", "invoke-excel4dcom", "sharpexcel4"]) || gets && runs {
        let named = any(
            text,
            &["mmc20", "9ba05972", "c08afd90", "49b2791a", "excel.application", "shellexecute", "executeshellcommand"],
        );
        let what = "made a COM object by name, as remote execution by COM does";
        return if named { Act::medium(what) } else { Act::low(what) };
    }
    any(text, &[".executeshellcommand(", "executeexcel4macro("])
        .then(|| Act::medium("ran a command by a COM object's method"))?
}

/// Tasks on another host: the command on the source.
pub fn task_launch(launch: &Launch) -> Option<Act> {
    let command = &launch.command;
    let schtasks = launch.name == "schtasks.exe" || launch.original == "schtasks.exe";
    let at = launch.name == "at.exe" && remote_host(command).is_some();
    let words: Vec<&str> = command.split_whitespace().collect();
    let there = words.windows(2).any(|pair| matches!(pair[0], "/s" | "-s") && !is_local(pair[1]));
    if at || schtasks && there && any(command, &["/create", "/run", "/change", "-create", "-run", "/query"]) {
        let what = format!("worked on scheduled tasks of another host: {}", short(command, 100));
        return if command.contains("/query") { Act::low(what) } else { Act::medium(what) };
    }
    None
}

/// Pipes by which tasks, the registry and others are reached.
pub fn pipe(access: &ShareAccess) -> Option<Act> {
    if !access.share.ends_with("ipc$") || !is_person(&access.user) {
        return None;
    }
    match base(&access.path) {
        "atsvc" => Act::low("reached the task scheduler over the network (pipe atsvc)"),
        "winreg" => Act::low("reached the registry over the network (pipe winreg)"),
        _ => None,
    }
}

/// The registry of another host.
pub fn registry_launch(launch: &Launch) -> Option<Act> {
    let reg = launch.name == "reg.exe" || launch.original == "reg.exe";
    let host = remote_host(&launch.command).filter(|_| reg && launch.command.contains("\\hk"))?;
    Act::medium(format!("worked on the registry of {host}: {}", short(&launch.command, 100)))
}

/// A session of another user taken over.
pub fn hijack_launch(launch: &Launch) -> Option<Act> {
    let tscon =
        launch.name == "tscon.exe" || launch.original == "tscon.exe" || any(&launch.command, &["tscon ", "tscon.exe "]);
    if tscon && any(&launch.command, &["/dest:", "tscon.exe ", "tscon "]) {
        return heavier(
            any(&launch.command, &["sc ", "create", "binpath"]) || launch.user.ends_with("\\system"),
            format!("switched a desktop session to another's: {}", short(&launch.command, 100)),
        );
    }
    let shadow = any(&launch.command, &["/shadow:"]) && any(&launch.command, &["/noconsentprompt", "/control"]);
    (launch.name == "mstsc.exe" && shadow)
        .then(|| Act::medium(format!("looked into or steered another's session: {}", short(&launch.command, 100))))?
}

/// Restricted admin mode: logon by hash over the remote desktop.
pub fn restricted_admin(path: &str, data: &str) -> Option<Act> {
    let off = path.ends_with("\\lsa\\disablerestrictedadmin")
        && (data.ends_with("(0x00000000)") || data == "0" || data == "0x0");
    off.then(|| Act::medium("allowed remote desktop logons by hash (DisableRestrictedAdmin set to 0)"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_under_the_wmi_provider_is_told_and_an_inventory_query_is_not() {
        let shell = Launch {
            parent: "wmiprvse.exe".into(),
            name: "cmd.exe".into(),
            command: r"cmd.exe /q /c whoami 1> \\127.0.0.1\admin$\__1 2>&1".into(),
            ..Launch::default()
        };
        assert_eq!(wmi_launch(&shell).map(|act| act.weight), Some(sekisho_sdk::Severity::High));
        let query = Launch { name: "wmic.exe".into(), command: "wmic os get version".into(), ..Launch::default() };
        assert_eq!(wmi_launch(&query), None);
        let node = |command: &str| wmi_launch(&Launch { command: command.into(), ..query.clone() }).is_some();
        assert!(!node("wmic /node:localhost process list") && !node("wmic /node:\"127.0.0.1\" os get version"));
        assert!(node("wmic /node:localhost,dc1 process list") && node("wmic /node:127.0.0.10 process list"));
    }

    #[test]
    fn a_task_of_another_host_is_told_whatever_else_the_command_says() {
        let told = |command: &str| {
            task_launch(&Launch { name: "schtasks.exe".into(), command: command.into(), ..Launch::default() }).is_some()
        };
        assert!(told(r#"schtasks /create /s dc1 /tn "x /s localhost" /tr a.exe"#));
        assert!(!told("schtasks /create /s localhost /tn x /tr a.exe") && !told("schtasks /create /tn x /tr a.exe"));
    }
}
