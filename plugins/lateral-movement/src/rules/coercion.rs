//! `coercion`, `rpc-coercion`: a host is made to log on elsewhere, so that its logon can be relayed or its hash kept.
//!
//! ATT&CK: T1187 (forced authentication), T1557.001 (relay and name poisoning). Told by the pipes of the abused interfaces
//! (5145), by a sensor that names the procedure, and by the commands of the tools.
//!
//! Weight: the interfaces of file encryption and shadow copies by an account from elsewhere are medium, by nobody (anonymous)
//! high; a procedure that takes a path of another host medium; tools by name high. The interface of distributed file systems,
//! and that of the security authority by nobody, are low. A file that came to a share and makes the readers of
//! its folder log on elsewhere (`.scf`, libraries) is medium.
//!
//! False alarms: encrypted files on file servers are opened by that interface: where a house uses them, known accounts
//! do so. Print servers are asked for notifications by their clients: the print interface is told by its one procedure only.

use crate::acts::Act;
use crate::records::{FileMade, Launch, Rpc, Script, ShareAccess};
use crate::text::{any, base, every, is_person, short};
use crate::words::Words;

/// Judges a pipe that was reached.
pub fn pipe(access: &ShareAccess) -> Option<Act> {
    if !access.share.ends_with("ipc$") {
        return None;
    }
    let nobody = access.user.ends_with("anonymous logon");
    match base(&access.path) {
        "efsrpc" | "fssagentrpc" if nobody => Act::high("reached a service that coercion abuses without any account"),
        "efsrpc" | "fssagentrpc" if is_person(&access.user) => {
            Act::medium("reached a service that coercion abuses (file encryption, shadow copies)")
        }
        "lsarpc" if nobody => Act::low("reached the security authority without any account"),
        "netdfs" if is_person(&access.user) => Act::low("reached the service of distributed file systems"),
        _ => None,
    }
}

/// Judges a file that came over the network and makes whoever opens its folder log on elsewhere.
pub fn file(made: &FileMade) -> Option<Act> {
    let lures = [".scf", ".library-ms", ".searchconnector-ms"];
    let lure = lures.iter().any(|end| made.path.ends_with(end)) && !made.path.contains("\\users\\");
    (lure && made.by == "system").then(|| {
        Act::medium(format!("put a file on a share that makes its readers log on elsewhere: {}", short(&made.path, 90)))
    })?
}

/// Judges a procedure as a sensor tells it.
pub fn rpc(rpc: &Rpc) -> Option<Act> {
    let operation = rpc.operation.as_str();
    let abused = match rpc.endpoint.as_str() {
        "efsrpc" => any(
            operation,
            &[
                "openfileraw",
                "encryptfile",
                "decryptfile",
                "queryusers",
                "queryrecovery",
                "addusers",
                "duplicate",
                "filekeyinfo",
            ],
        ),
        "netdfs" => any(operation, &["addstdroot", "removestdroot", "addroottarget"]),
        "spoolss" => any(operation, &["remotefindfirstprinterchange"]),
        "fssagentrpc" => any(operation, &["ispathsupported", "ispathshadowcopied"]),
        "eventlog" | "even" => any(operation, &["openbel"]),
        _ => false,
    };
    abused.then(|| Act::medium(format!("asked a host to log on elsewhere ({} {operation})", rpc.endpoint)))?
}

/// Judges a process by what it was told to do.
pub fn launch(launch: &Launch) -> Option<Act> {
    let webdav = every(&launch.command, &["davclnt.dll", "davsetcookie"]);
    if webdav && launch.name == "rundll32.exe" {
        return Act::low(format!("was made to open a folder of a web server: {}", short(&launch.command, 100)));
    }
    command(&launch.command)
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    command(&script.text)
}

fn command(line: &str) -> Option<Act> {
    static TOOLS: Words = Words::new(&[
        "petitpotam",
        "invoke-petit",
        "dfscoerce",
        "shadowcoerce",
        "spoolsample",
        "printerbug",
        "coercer.py",
        "coercer ",
        "ntlmrelayx",
        "invoke-inveigh",
        "inveigh.exe",
        "responder.py",
        "responder.exe",
        "mitm6",
        "krbrelay",
        "invoke-tater",
        "rottenpotato",
        "sharpefstrigger",
        "localrelay",
        "smbrelayx",
    ]);
    let tool = TOOLS.find(line)?;
    Act::high(format!(
        "ran a tool that makes hosts log on elsewhere or relays them ({}): {}",
        tool.trim(),
        short(line, 80)
    ))
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

    use super::*;

    #[test]
    fn abused_interfaces_are_told_and_printing_is_not() {
        let reached = |path: &str, user: &str| {
            let access = ShareAccess {
                share: r"\\*\ipc$".into(),
                path: path.into(),
                user: user.into(),
                ..ShareAccess::default()
            };
            pipe(&access).map(|act| act.weight)
        };
        assert_eq!(reached("efsrpc", r"nt authority\anonymous logon"), Some(Severity::High));
        assert_eq!(reached("efsrpc", r"corp\hara"), Some(Severity::Medium));
        assert_eq!(reached("spoolss", r"corp\hara"), None);
        let called =
            |endpoint: &str, operation: &str| rpc(&Rpc { endpoint: endpoint.into(), operation: operation.into() });
        assert!(called("spoolss", "rpcremotefindfirstprinterchangenotificationex").is_some());
        assert_eq!(called("spoolss", "rpcopenprinter"), None);
    }
}
