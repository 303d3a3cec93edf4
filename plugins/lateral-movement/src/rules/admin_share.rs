//! `admin-share`: somebody reached ADMIN$ or the root share of a drive, by a connection or by a command.
//!
//! ATT&CK: T1021.002 (admin shares), T1570 (tool transfer). Weight: a connection is low, the command that maps it low, the
//! command that copies a program medium. What the client of a remote desktop drops into a start folder weighs as a program
//! that arrives. Programs that arrive are told by `program-brought`, once for all hosts.
//!
//! False alarms: management servers and backup agents use ADMIN$ all day, by machine or service accounts: machine accounts
//! are not told, nor is what an account did on the host on an earlier day, nor servers of deployment, backup and scanning.

use sekisho_sdk::Severity;

use crate::acts::Act;
use crate::records::{FileMade, Launch, Script, ShareAccess};
use crate::rules::credential_traces;
use crate::text::{any, base, is, is_person, remote_host, short, word};

/// Files that run.
const PROGRAMS: &[&str] = &[
    ".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".js", ".hta", ".scr", ".msi", ".sys", ".com", ".vbe", ".wsf",
    ".jar",
];

fn is_program(path: &str) -> bool {
    PROGRAMS.iter().any(|end| path.ends_with(end))
}

/// Whether a share is an administrative one: ADMIN$ or the root of a drive.
pub fn is_admin(share: &str) -> bool {
    let name = base(share.trim_end_matches('\\'));
    name == "admin$" || name.len() == 2 && name.ends_with('$') && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Judges an access as the target or a sensor tells it.
pub fn share(access: &ShareAccess, over_network: bool) -> Option<Act> {
    if !is_admin(&access.share) || !(access.user.is_empty() || is_person(&access.user)) {
        return None;
    }
    let share = base(access.share.trim_end_matches('\\')).to_uppercase();
    if access.writes && is_program(&access.path) {
        return Act::low(format!("wrote a program to {share}: {}", short(&access.path, 80)));
    }
    if access.writes
        && share == "ADMIN$"
        && (base(&access.path).starts_with("__") || access.path.ends_with(".tmp") && !access.path.contains("ccm"))
    {
        return Act::medium(format!("wrote {} to {share}, as the output of remote commands", short(&access.path, 60)));
    }
    if !access.writes
        && share == "ADMIN$"
        && let Some(act) = credential_traces::fetched(&access.path)
    {
        return Some(act);
    }
    // Through the machine's own name a local program may come as well; that names no source and is left out.
    over_network.then(|| Act::low(format!("connected to {share}")))?
}

/// Judges a share that was made or changed: rare on any host, and how hosts are opened for the next step.
pub fn made(code: i64, share: &str) -> Option<Act> {
    let name = base(share.trim_end_matches('\\'));
    match code {
        5142 => Act::low(format!("made a share: {name}")),
        5143 => Act::low(format!("changed a share: {name}")),
        _ => None,
    }
}

/// What a program weighs that was written over an administrative share; none: it is none.
pub fn program(access: &ShareAccess) -> Option<Severity> {
    let person = access.user.is_empty() || is_person(&access.user);
    (access.writes && is_admin(&access.share) && is_program(&access.path) && person).then(|| weight(&access.path))
}

/// The same of a file that the server process of the file sharing made: it came over the network.
pub fn made_here(made: &FileMade) -> Option<Severity> {
    let by_server = made.by == "system" || made.by.is_empty();
    let windows = made.path.contains(":\\windows\\")
        && !any(
            &made.path,
            &[
                "\\softwaredistribution\\",
                "\\servicing\\",
                "\\winsxs\\",
                "\\ccmcache\\",
                "\\ccm\\",
                "\\sysvol\\",
                "\\installer\\",
                "\\driverstore\\",
            ],
        );
    let start = made.path.contains("\\start menu\\programs\\startup\\");
    // The client of a remote desktop writes what the other end sends to the drives that it lent.
    if start && base(&made.by) == "mstsc.exe" {
        return Some(Severity::High);
    }
    (by_server && is_program(&made.path) && (windows || start)).then(|| weight(&made.path))
}

/// A tool's own name, and folders from which Windows starts programs, weigh more.
fn weight(path: &str) -> Severity {
    let tool = any(base(path), &["psexe", "paexec", "remcom", "csexec", "winexe", "mimikatz", "rubeus", "beacon"]);
    let start = any(path, &["\\start menu\\programs\\startup", "\\system32\\tasks\\"]);
    if tool || start { Severity::High } else { Severity::Medium }
}

/// Judges the commands of the source, and those that open a share here.
pub fn launch(launch: &Launch) -> Option<Act> {
    let net = is(&launch.name, &["net.exe", "net1.exe"]) || is(&launch.original, &["net.exe", "net1.exe"]);
    if net && word(&launch.command, "share") && launch.command.contains('=') {
        let wide = any(
            &launch.command,
            &["everyone,full", "everyone,change", "everyone\",full", "jeder,full", "/grant:guest"],
        );
        let what = format!("made a share: {}", short(&launch.command, 100));
        return if wide { Act::medium(what) } else { Act::low(what) };
    }
    command(&launch.name, &launch.command)
}

/// Judges scripts of the source.
pub fn script(script: &Script) -> Option<Act> {
    let copies = any(&script.text, &["copy-item", "copy ", "xcopy", "robocopy", "new-psdrive"]);
    (copies && script.text.len() < 8_000).then(|| command("copy", &script.text))?
}

fn command(name: &str, command: &str) -> Option<Act> {
    // A look for one sign is cheap, and few commands hold it.
    if !command.contains('$') {
        return None;
    }
    let at = ["\\admin$", "\\c$", "\\d$", "\\ipc$"].iter().find(|share| command.contains(**share))?;
    let host = remote_host(command)?;
    let share = at.trim_start_matches('\\').to_uppercase();
    let copies = any(name, &["copy", "xcopy", "robocopy", "move"])
        || any(command, &["copy ", "copy-item", "xcopy ", "robocopy ", "move "]);
    if copies && PROGRAMS.iter().any(|end| command.contains(end)) {
        return Act::medium(format!("copied a program over {share} of {host}: {}", short(command, 90)));
    }
    if any(name, &["net.exe", "net1.exe"]) || any(command, &["net use", "new-psdrive", "new-smbmapping", "pushd "]) {
        return Act::low(format!("connected to {share} of {host}: {}", short(command, 90)));
    }
    Act::low(format!("worked over {share} of {host}: {}", short(command, 90)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn administrative_shares_are_told_from_others() {
        assert!(is_admin(r"\\*\admin$") && is_admin(r"\\*\c$") && is_admin(r"\\srv\d$\"));
        assert!(!is_admin(r"\\*\ipc$") && !is_admin(r"\\*\print$") && !is_admin(r"\\*\home"));
    }

    #[test]
    fn a_tools_own_program_weighs_most_and_a_machines_is_not_told() {
        let mut access = ShareAccess {
            share: r"\\*\admin$".into(),
            path: "psexesvc.exe".into(),
            writes: true,
            user: r"corp\a".into(),
            ..ShareAccess::default()
        };
        assert_eq!(program(&access), Some(Severity::High));
        access.path = "setup.exe".into();
        assert_eq!(program(&access), Some(Severity::Medium));
        access.user = r"corp\sccm$".into();
        assert_eq!(program(&access), None);
    }
}
