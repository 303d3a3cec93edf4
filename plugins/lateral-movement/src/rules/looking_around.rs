//! `looking-around`: somebody lists accounts, groups, trusts, shares, sessions and hosts. `host-survey`: somebody lists what
//! this host is and runs.
//!
//! ATT&CK: T1087 (accounts), T1069 (groups), T1482 (trusts), T1135 (shares), T1018 (hosts), T1049 (sessions); T1082,
//! T1016, T1033 for the host itself.
//!
//! Weight: one command is low. Three different kinds within the hour are medium: an administrator asks for one thing, an
//! intruder who has just arrived for all of them (the commands of the first hour in published intrusions are the same few).
//! A tool made for it (AdFind, SharpHound, PowerView), and a query for the services of all accounts, is medium by itself. Commands about the host alone are told only when
//! three kinds come together.
//!
//! False alarms: logon scripts (`net use`, `gpresult`) and inventory agents run the same commands every day as the system's
//! account: accounts of the machine are told only by tools. Installers ask `systeminfo`.

use crate::acts::Act;
use crate::records::{Launch, Script};
use crate::text::{any, is, short, word};

/// Judges a command about the domain or the network.
pub fn launch(launch: &Launch) -> Option<Act> {
    let (name, command) = (launch.name.as_str(), launch.command.as_str());
    let named = |wanted: &str| name == wanted || launch.original == wanted;
    tool(launch).or_else(|| match () {
        () if is(name, &["net.exe", "net1.exe"]) || is(&launch.original, &["net.exe", "net1.exe"]) => net(command),
        () if named("nltest.exe") => {
            Act::low(format!("asked for trusts or domain controllers (nltest): {}", short(command, 80)))
        }
        // All of them at once: an administrator looks for one name.
        () if named("setspn.exe") && any(command, &["*/*"]) => {
            Act::medium(format!("asked for all accounts that run services (setspn): {}", short(command, 80)))
        }
        () if named("setspn.exe") && any(command, &["-q", "/q", "-l ", "/l ", "-t ", "-x"]) => {
            Act::low(format!("asked for accounts that run services (setspn): {}", short(command, 80)))
        }
        () if named("dsquery.exe") || named("dsget.exe") => {
            Act::low(format!("asked the directory: {}", short(command, 80)))
        }
        () if named("csvde.exe") || named("ldifde.exe") => {
            Act::low(format!("wrote the directory to a file: {}", short(command, 80)))
        }
        () if named("wmic.exe") => wmic(command),
        () if is(name, &["quser.exe", "qwinsta.exe", "query.exe"]) => {
            Act::low(format!("asked for sessions: {}", short(command, 60)))
        }
        () if named("whoami.exe") && any(command, &["/all", "/groups", "/priv", "/fqdn"]) => {
            Act::low(format!("asked for its own groups and rights: {}", short(command, 60)))
        }
        () if named("auditpol.exe") && any(command, &["/get", "/list"]) => Act::low("asked what is audited (auditpol)"),
        () if named("gpresult.exe") => Act::hint("asked for the policies that apply (gpresult)"),
        () if named("nbtstat.exe") || named("arp.exe") => {
            Act::hint(format!("asked for neighbours: {}", short(command, 60)))
        }
        () if named("cmdkey.exe") && command.contains("/list") => Act::low("asked for stored credentials (cmdkey)"),
        () if named("dnscmd.exe") && any(command, &["/enumzones", "/zoneprint", "/enumrecords"]) => {
            Act::low(format!("listed DNS zones: {}", short(command, 80)))
        }
        () if named("nslookup.exe") && any(command, &["_ldap", "-type=srv", "ls -d"]) => {
            Act::low(format!("asked DNS for domain controllers: {}", short(command, 80)))
        }
        _ => powershell(command),
    })
}

/// Judges a command about the host itself: it counts only beside others.
pub fn survey(launch: &Launch) -> Option<Act> {
    let command = launch.command.as_str();
    match launch.name.as_str() {
        "systeminfo.exe" => Act::hint("systeminfo"),
        "whoami.exe" => Act::hint("whoami"),
        "hostname.exe" => Act::hint("hostname"),
        "ipconfig.exe" if command.contains("all") => Act::hint("ipconfig /all"),
        "ipconfig.exe" if any(command, &["displaydns"]) => Act::hint("ipconfig /displaydns"),
        "tasklist.exe" => Act::hint("tasklist"),
        "netstat.exe" => Act::hint("netstat"),
        "route.exe" if command.contains("print") => Act::hint("route print"),
        "netsh.exe" if command.contains("show") => Act::hint("netsh show"),
        "arp.exe" => Act::hint("arp"),
        "sc.exe" if command.contains("query") => Act::hint("sc query"),
        "reg.exe" if command.contains("query") => Act::hint("reg query"),
        "driverquery.exe" => Act::hint("driverquery"),
        "wmic.exe" if any(command, &[" os ", "computersystem", "qfe", "process list", "product", "logicaldisk"]) => {
            Act::hint("wmic")
        }
        "fsutil.exe" if command.contains("drives") => Act::hint("fsutil drives"),
        "vssadmin.exe" if command.contains("list") => Act::hint("vssadmin list"),
        "quser.exe" | "qwinsta.exe" => Act::hint("quser"),
        _ => None,
    }
}

/// Judges a script.
pub fn script(script: &Script) -> Option<Act> {
    powershell(&script.text)
}

fn net(command: &str) -> Option<Act> {
    let domain = any(command, &["/domain", "/dom"]);
    let changes = any(command, &["/add", "/del", "/active", "/times", "/random", "/y"]);
    let said = |what: &str| Act::low(format!("{what} (net): {}", short(command, 80)));
    match () {
        () if changes => None,
        () if word(command, "view") => said("asked for hosts or shares"),
        () if word(command, "session") || word(command, "sessions") => said("asked for sessions"),
        () if word(command, "group") || word(command, "groups") => said("asked for the members of domain groups"),
        () if word(command, "localgroup") => {
            said(if domain { "asked for domain local groups" } else { "asked for local groups" })
        }
        // `net user name password` sets a password: a listing names one account at most.
        () if (word(command, "user") || word(command, "users"))
            && (domain || command.split_whitespace().count() <= 3) =>
        {
            said("asked for accounts")
        }
        () if word(command, "accounts") => said("asked for the password policy"),
        () if word(command, "share") && command.split_whitespace().count() <= 2 => said("asked for shares"),
        () if word(command, "config") || word(command, "time") && command.contains("\\\\") => {
            said("asked for domain or time facts")
        }
        _ => None,
    }
}

fn wmic(command: &str) -> Option<Act> {
    let asked = [
        "useraccount",
        " group",
        "ntdomain",
        "netlogin",
        "netuse",
        "share",
        "sysaccount",
        "startup",
        "computersystem get",
    ];
    any(command, &asked)
        .then(|| Act::low(format!("asked WMI for accounts, groups or shares: {}", short(command, 80))))?
}

/// Tools made for it, also when renamed: by their options.
fn tool(launch: &Launch) -> Option<Act> {
    let command = launch.command.as_str();
    let names = [launch.name.as_str(), launch.original.as_str()];
    const TOOLS: &[&str] = &[
        "adfind",
        "sharphound",
        "bloodhound",
        "adexplorer",
        "seatbelt",
        "sharpview",
        "netscan",
        "advanced_ip_scanner",
        "advanced_port_scanner",
        "nmap",
        "masscan",
        "softperfect",
        "pingcastle",
        "adrecon",
        "sharpshares",
        "snaffler",
        "lansweeper_scan",
        "angryip",
        "ipscan",
        "nbtscan",
        "rustscan",
        "netexec",
        "crackmapexec",
        "nxc.exe",
        "kerbrute",
        "windapsearch",
        "ldapdomaindump",
        "soaphound",
        "rusthound",
        "portscan",
        "fping",
    ];
    if let Some(tool) = TOOLS.iter().find(|tool| names.iter().any(|name| name.contains(**tool))) {
        return Act::medium(format!("ran {tool}, a tool that maps networks and directories: {}", short(command, 80)));
    }
    let queries = any(
        command,
        &[
            "objectcategory=",
            "objectclass=",
            "trustdmp",
            "-subnets",
            "dclist",
            "domainlist",
            "samaccounttype=",
            "computers_pwdnotreqd",
            "-sc trust",
            "dcmodes",
            "adinfo",
        ],
    ) && !is(&launch.name, &["nltest.exe", "dsquery.exe", "powershell.exe"]);
    if queries {
        return Act::medium(format!("asked the directory in the way of AdFind: {}", short(command, 80)));
    }
    let collects =
        any(command, &["--collectionmethod", "-collectionmethod", "-c all", "-collectionmethods", "--zipfilename"]);
    collects
        .then(|| Act::medium(format!("collected the directory in the way of SharpHound: {}", short(command, 80))))?
}

/// Cmdlets and functions.
fn powershell(text: &str) -> Option<Act> {
    const TOOLS: &[&str] = &[
        "invoke-sharefinder",
        "find-domainshare",
        "invoke-userhunter",
        "find-domainuserlocation",
        "get-netsession",
        "get-netloggedon",
        "get-domaintrust",
        "get-netdomaintrust",
        "get-foresttrust",
        "get-domaingroupmember",
        "get-netgroupmember",
        "get-domaincontroller",
        "get-netcomputer",
        "get-domaincomputer",
        "get-domainuser",
        "get-netuser",
        "get-domaingroup",
        "get-netgroup",
        "invoke-bloodhound",
        "get-netshare",
        "get-netlocalgroup",
        "invoke-enumeratelocaladmin",
        "find-localadminaccess",
        "invoke-checklocaladminaccess",
        "get-netdomaincontroller",
        "get-netfileserver",
        "get-objectacl",
        "get-domainobjectacl",
        "invoke-aclscanner",
        "get-netrdpsession",
        "invoke-portscan",
        "invoke-arpscan",
        "get-netforest",
        "get-domainsid",
        "invoke-filefinder",
        "get-domaingpo",
        "get-netou",
        "invoke-adrecon",
        "get-domainsearcher",
        "netsessionenum",
        "netshareenum",
        "netwkstauserenum",
    ];
    if let Some(tool) = TOOLS.iter().find(|tool| text.contains(**tool)) {
        return Act::medium(format!("ran a script that maps the domain ({tool})"));
    }
    const MODULES: &[(&str, &str)] = &[
        ("get-adgroupmember", "asked for members of domain groups"),
        ("get-adprincipalgroupmembership", "asked for members of domain groups"),
        ("get-adgroup", "asked for domain groups"),
        ("get-aduser", "asked for domain accounts"),
        ("get-adcomputer", "asked for domain computers"),
        ("get-addomaincontroller", "asked for domain controllers"),
        ("get-adtrust", "asked for trusts"),
        ("get-adforest", "asked for the forest"),
        ("get-addomain", "asked for the domain"),
        ("get-addefaultdomainpasswordpolicy", "asked for the password policy"),
        ("get-localgroupmember", "asked for members of local groups"),
        ("get-localgroup", "asked for local groups"),
        ("get-localuser", "asked for local accounts"),
        ("get-smbshare", "asked for shares"),
        ("get-smbsession", "asked for sessions"),
        ("directoryservices.directorysearcher", "asked the directory by a search"),
        ("[adsisearcher]", "asked the directory by a search"),
        ("getalltrustrelationships", "asked for trusts"),
        ("win32_group", "asked for groups"),
        ("win32_useraccount", "asked for accounts"),
        ("win32_loggedonuser", "asked for sessions"),
        ("serviceprincipalname", "asked for accounts that run services"),
    ];
    if text.trim() == "activedirectory" || text.contains("import-module activedirectory") {
        return Act::low("loaded the directory module of PowerShell");
    }
    let (_, what) = MODULES.iter().find(|(word, _)| text.contains(word))?;
    Act::low(format!("{what} by PowerShell"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net_exe(command: &str) -> Option<Act> {
        launch(&Launch { name: "net.exe".into(), command: command.into(), ..Launch::default() })
    }

    #[test]
    fn listing_is_told_and_changing_is_another_rules_matter() {
        assert!(net_exe("net  group \"domain admins\" /domain").is_some());
        assert!(net_exe("net localgroup administrators").is_some());
        assert!(net_exe("net user").is_some());
        assert_eq!(net_exe("net localgroup administrators evil /add"), None);
        assert_eq!(net_exe("net start spooler"), None);
    }
}
