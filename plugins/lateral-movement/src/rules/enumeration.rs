//! `enumeration`: accounts, groups and directory objects are read in bulk, as the asked host tells it; `rpc-enumeration`: the same as a
//! network sensor tells it.
//!
//! ATT&CK: T1087.002 (accounts), T1069 (groups), T1135 (shares). The window counts distinct objects of one account within the
//! hour: 3 groups or account-database objects (setting) or 10 directory objects are low, ten times as many medium; two
//! different enumeration pipes of IPC$ by one account from elsewhere low. A well-known administrators' group counts by
//! itself when it is read from elsewhere, by a shell or by a program of a users' folder.
//!
//! False alarms: the system and machine accounts read groups all day (agents, policy): they are not counted. Administrators'
//! consoles read some objects: below the counts.

use crate::records::{ObjectAccess, Rpc, ShareAccess};
use crate::text::{any, base, is, is_installed, is_loose, is_person};

/// What is counted: kind and object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Kind: `group`, `sam`, `directory`, `pipe`.
    pub kind: &'static str,
    /// The object.
    pub object: String,
}

/// A group's members were read (4799), or an account's groups (4798). `caller`: the program, where local.
pub fn membership(actor: &str, object: &str, caller: &str) -> Option<Counted> {
    let local = any(
        caller,
        &[
            "\\svchost.exe",
            "\\wsmprovhost",
            "\\mmc.exe",
            "\\lsass.exe",
            "\\dsac.exe",
            "\\taskhostw.exe",
            "\\explorer.exe",
            "\\logonui.exe",
            "\\consent.exe",
        ],
    );
    // Without a calling program the question came over the network.
    let remote = caller.is_empty()
        && is(object, &["administrators", "remote desktop users", "distributed com users", "remote management users"]);
    // A shell or a program of a users' folder that asks for administrators asks on the way to them; consoles list groups.
    let by_hand = is(base(caller), &["powershell.exe", "pwsh.exe", "wmic.exe", "net1.exe", "cscript.exe"])
        || is_loose(caller) && caller.contains("\\users\\");
    let asked = by_hand && is(object, &["administrators", "administrator", "domain admins", "remote desktop users"]);
    let kind = if remote || asked { "admins" } else { "group" };
    (is_person(actor) && !(local && is_installed(caller))).then(|| Counted { kind, object: object.to_owned() })
}

/// An object of the account database or the directory.
pub fn object(access: &ObjectAccess) -> Option<Counted> {
    if !is_person(&access.user) {
        return None;
    }
    let sam = any(&access.kind, &["sam_user", "sam_group", "sam_alias", "sam_domain", "sam_server"]);
    let kind = match () {
        // The groups that own the directory, by their numbers.
        () if sam && ["-512", "-518", "-519"].iter().any(|id| access.name.ends_with(id)) => "admins",
        () if sam => "sam",
        () if access.server == "ds" => "directory",
        _ => return None,
    };
    Some(Counted { kind, object: access.name.clone() })
}

/// Pipes by which accounts, shares, sessions and services are listed.
pub fn pipe(access: &ShareAccess) -> Option<Counted> {
    let pipe = base(&access.path);
    (access.share.ends_with("ipc$")
        && is_person(&access.user)
        && is(pipe, &["samr", "srvsvc", "wkssvc", "lsarpc", "winreg", "netlogon"]))
    .then(|| Counted { kind: "pipe", object: pipe.to_owned() })
}

/// Procedures that list accounts, groups, shares, sessions.
pub fn rpc(rpc: &Rpc) -> Option<Counted> {
    let listed = match rpc.endpoint.as_str() {
        "samr" => any(
            &rpc.operation,
            &["enumerate", "getmembers", "querydisplay", "getgroupsforuser", "queryinformationgroup"],
        ),
        "srvsvc" => any(&rpc.operation, &["enum", "netrsharegetinfo"]),
        "wkssvc" => any(&rpc.operation, &["userenum"]),
        "lsarpc" => any(&rpc.operation, &["enumerate", "lookupsids"]),
        "drsuapi" => any(&rpc.operation, &["cracknames"]),
        "netlogon" => rpc.operation.contains("trust"),
        _ => false,
    };
    listed.then(|| Counted { kind: "rpc", object: format!("{} {}", rpc.endpoint, rpc.operation) })
}
