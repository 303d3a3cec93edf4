//! `odd-client`: a program that lies in a loose folder, or a script host, speaks with other hosts by the protocols of
//! administration.
//!
//! Meaning: implants and their in-memory tools speak SMB, RPC and remote management from their own process, where
//! Windows would use its services. ATT&CK: T1021.002, T1021.003, T1021.006. Weight: low;
//! medium for a program of a users' folder that speaks file sharing, remote procedure calls or remote management.
//!
//! False alarms: portable administration tools; updaters in user folders speak HTTPS and not these protocols.

use crate::acts::Act;
use crate::records::Connection;
use crate::text::{base, is, is_at_home, is_installed, is_loose};

/// The protocols of administration.
pub const PORTS: &[i64] = &[135, 139, 445, 3389, 5985, 5986];
/// The directory's ports.
pub const DIRECTORY: &[i64] = &[389, 636, 3268, 3269, 9389];

/// Judges a connection that a process of this host opened.
pub fn judge(connection: &Connection) -> Option<Act> {
    let name = base(&connection.process);
    PORTS.contains(&connection.port).then_some(())?;
    if !is_odd(&connection.process, name) {
        return None;
    }
    let what = format!("spoke {} with another host by {name}", protocol(connection.port));
    // Portable clients of remote desktops lie in users' folders; what speaks the other protocols from there is no client.
    let brought = is_loose(&connection.process) && connection.process.contains("\\users\\") && connection.port != 3389;
    if brought { Act::medium(format!("{what}, a program in a folder of users")) } else { Act::low(what) }
}

/// Judges a connection to the directory.
pub fn directory(connection: &Connection) -> Option<Act> {
    let name = base(&connection.process);
    if !DIRECTORY.contains(&connection.port) || !is_odd(&connection.process, name) {
        return None;
    }
    // Programs of users' folders speak with web services and not with the directory.
    if is_loose(&connection.process) && connection.process.contains("\\users\\") {
        return Act::medium(format!("asked the directory by {name}, a program in a folder of users"));
    }
    Act::low(format!("asked the directory by {name}, a program of no installation"))
}

fn is_odd(process: &str, name: &str) -> bool {
    let script = is(
        name,
        &[
            "powershell.exe",
            "pwsh.exe",
            "cscript.exe",
            "wscript.exe",
            "mshta.exe",
            "rundll32.exe",
            "regsvr32.exe",
            "msbuild.exe",
            "notepad.exe",
        ],
    );
    let remote = is(name, &["mstsc.exe", "teams.exe", "onedrive.exe", "code.exe"]) && is_at_home(process);
    process.contains('\\')
        && !remote
        && (script || is_loose(process) || !is_installed(process) && process.contains("\\desktop\\"))
}

fn protocol(port: i64) -> &'static str {
    match port {
        135 => "remote procedure calls (135)",
        139 | 445 => "file sharing (445)",
        3389 => "remote desktop (3389)",
        _ => "remote management (5985)",
    }
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn a_name_alone_makes_no_known_client() {
        let by = |process: &str| judge(&Connection { process: process.into(), port: 445 }).map(|act| act.weight);
        assert_eq!(by(r"c:\users\a\downloads\onedrive.exe"), Some(Severity::Medium));
        assert_eq!(by(r"c:\users\a\appdata\local\microsoft\onedrive\onedrive.exe"), None);
        assert_eq!(by(r"c:\windows\system32\mstsc.exe"), None);
    }
}
