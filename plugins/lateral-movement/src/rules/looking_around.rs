//! `looking-around`: somebody lists accounts, groups, trusts, shares, sessions and hosts.
//!
//! ATT&CK: T1087 (accounts), T1069 (groups), T1482 (trusts), T1135 (shares), T1018 (hosts), T1049 (sessions).
//!
//! Weight: one command is low. Three different kinds within the hour are medium: an administrator asks for one thing, an
//! intruder who has just arrived for all of them (the commands of the first hour in published intrusions are the same few).
//! Medium by itself: what is asked of the whole domain at once and is rare in honest work (its trusts, the members of its
//! most privileged groups, all accounts that run services, all that an LDAP filter of a collector finds), a tool made for it,
//! and any listing that a hidden script, a document, a network server or a program of a user's folder started.
//!
//! False alarms: logon scripts (`net use`, `gpresult`) and inventory agents run the same commands every day as the system's
//! account: accounts of the machine are told only by tools, or by five kinds at once. Administrators have habits: what the
//! same account did on the same host the day before, or earlier, is no new kind and is never above low. A service
//! account of the inventory weighs one step less.

use crate::acts::Act;
use crate::records::Launch;
use crate::rules::{directory_queries, parentage};
use crate::text::{any, is, remote_host, short, word};
use crate::words::Words;

/// Groups whose members may do all.
const PRIVILEGED: &[&str] = &[
    "domain admins",
    "enterprise admins",
    "schema admins",
    "group policy creator owners",
    "exchange trusted subsystem",
    "exchange organization administrators",
    "backup operators",
    "account operators",
    "domänen-admins",
    "organisations-admins",
    "admins du domaine",
    "administrateurs de l",
    "admins. del dominio",
    "администраторы домена",
];

/// Judges a command about the domain or the network.
pub fn launch(launch: &Launch) -> Option<Act> {
    let act = tool(launch).or_else(|| command(launch))?;
    let Some(odd) = parentage::odd(launch) else { return Some(act) };
    Act::new(act.weight.max(sekisho_sdk::Severity::Medium), format!("{}, {odd}", act.what))
}

fn command(launch: &Launch) -> Option<Act> {
    let (name, command) = (launch.name.as_str(), launch.command.as_str());
    let named = |wanted: &str| name == wanted || launch.original == wanted;
    let said = |what: &str| Act::low(format!("{what}: {}", short(command, 80)));
    match () {
        () if is(name, &["net.exe", "net1.exe"]) || is(&launch.original, &["net.exe", "net1.exe"]) => net(command),
        () if named("nltest.exe") => nltest(command),
        // All of them at once: an administrator looks for one name.
        () if named("setspn.exe") && any(command, &["*/*"]) => {
            Act::medium(format!("asked for all accounts that run services (setspn): {}", short(command, 80)))
        }
        () if named("setspn.exe") && any(command, &["-q", "/q", "-l ", "/l ", "-t ", "-x"]) => {
            said("asked for accounts that run services (setspn)")
        }
        () if named("dsquery.exe") || named("dsget.exe") => dsquery(command),
        // What is read in is no question.
        () if (named("csvde.exe") || named("ldifde.exe")) && !any(command, &[" -i ", " /i "]) => {
            Act::medium(format!("wrote the directory to a file: {}", short(command, 80)))
        }
        () if named("wmic.exe") => wmic(command),
        () if named("quser.exe") || named("qwinsta.exe") || named("query.exe") && !any(command, &["query process"]) => {
            said("asked for sessions")
        }
        () if named("whoami.exe")
            && any(command, &["/all", "/groups", "/priv", "/fqdn", "-all", "-groups", "-priv"]) =>
        {
            said("asked for its own groups and rights")
        }
        () if named("auditpol.exe") && any(command, &["/get", "/list"]) => Act::low("asked what is audited (auditpol)"),
        () if named("gpresult.exe") => Act::hint("asked for the policies that apply (gpresult)"),
        () if named("nbtstat.exe") || named("arp.exe") => {
            Act::hint(format!("asked for neighbours: {}", short(command, 60)))
        }
        () if named("dnscmd.exe") && any(command, &["/enumzones", "/zoneprint", "/enumrecords"]) => {
            said("listed DNS zones")
        }
        () if named("nslookup.exe") && any(command, &["_ldap", "_kerberos", "-type=srv", "ls -d", "-type=any"]) => {
            said("asked DNS for domain controllers")
        }
        () if named("finger.exe") => said("asked another host for its users (finger)"),
        () if named("psloggedon.exe") || named("psloggedon64.exe") || named("logonsessions.exe") => {
            said("asked for sessions")
        }
        _ => directory_queries::command(command),
    }
}

fn net(command: &str) -> Option<Act> {
    let domain = any(command, &["/do", "-do"]);
    let changes = any(command, &["/add", "/del", "/active", "/times", "/random", "/comment", "/grant"]);
    let said = |what: &str| Act::low(format!("{what} (net): {}", short(command, 80)));
    let group = || word(command, "group") || word(command, "groups") || word(command, "localgroup");
    match () {
        () if changes => None,
        () if domain && group() && any(command, PRIVILEGED) => Act::medium(format!(
            "asked for the members of the domain's most privileged groups (net): {}",
            short(command, 80)
        )),
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
        () if word(command, "config") || word(command, "time") && remote_host(command).is_some() => {
            said("asked for domain or time facts")
        }
        _ => None,
    }
}

fn nltest(command: &str) -> Option<Act> {
    let what = || short(command, 80);
    match () {
        () if any(command, &["domain_trusts", "trusted_domains", "all_trusts", "parentdomain"]) => {
            Act::medium(format!("asked for the trusts of the domain (nltest): {}", what()))
        }
        () if any(command, &["dclist", "dsgetdc", "dcname", "dsgetsite", "user:", "finduser"]) => {
            Act::low(format!("asked for domain controllers (nltest): {}", what()))
        }
        // The state of the secure channel is a help desk's question.
        () if any(command, &["sc_query", "sc_verify", "sc_reset", "query", "logon_query"]) => {
            Act::hint(format!("asked for the state of the domain (nltest): {}", what()))
        }
        () => Act::low(format!("asked for trusts or domain controllers (nltest): {}", what())),
    }
}

fn dsquery(command: &str) -> Option<Act> {
    if let Some(act) = directory_queries::command(command) {
        return Some(act);
    }
    let whole = any(command, &["-limit 0", "/limit 0"]) && any(command, &["* -filter", "user", "computer", "group"]);
    if whole {
        return Act::medium(format!("asked the directory for all objects of a kind (dsquery): {}", short(command, 80)));
    }
    Act::low(format!("asked the directory (dsquery): {}", short(command, 80)))
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
    static TOOLS: Words = Words::new(&[
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
        "azurehound",
        "roadrecon",
        "portscan",
        "fping",
        "winpeas",
        "sharpup",
        "adcollector",
        "ldifde_dump",
        "purpleknight",
    ]);
    if let Some(tool) = names.iter().find_map(|name| TOOLS.find(name)) {
        return Act::medium(format!("ran {tool}, a tool that maps networks and directories: {}", short(command, 80)));
    }
    static QUERIES: Words = Words::new(&[
        "trustdmp",
        "-subnets",
        "computers_pwdnotreqd",
        "-sc trust",
        "dcmodes",
        "adinfo",
        "computers_active",
        "users_noexpire",
    ]);
    let queries = QUERIES.are_in(command) && !is(&launch.name, &["nltest.exe", "powershell.exe"]);
    if queries {
        return Act::medium(format!("asked the directory in the way of AdFind: {}", short(command, 80)));
    }
    static COLLECTS: Words = Words::new(&[
        "collectionmethod",
        "-c all",
        "--zipfilename",
        "--stealth --",
        "--domaincontroller",
        "--searchforest",
    ]);
    let collects = COLLECTS.are_in(command);
    collects
        .then(|| Act::medium(format!("collected the directory in the way of SharpHound: {}", short(command, 80))))?
}

#[cfg(test)]
mod tests {
    use sekisho_sdk::Severity;

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
        assert!(net_exe("net group \"domain admins\" /domain /y").is_some());
    }

    #[test]
    fn what_is_asked_of_the_whole_domain_weighs_more_than_a_look_at_one_account() {
        let weight = |command: &str| net_exe(command).map(|act| act.weight);
        assert_eq!(weight("net group \"domain admins\" /domain"), Some(Severity::Medium));
        assert_eq!(weight("net user sato /domain"), Some(Severity::Low));
        assert_eq!(nltest("nltest /domain_trusts /all_trusts").map(|act| act.weight), Some(Severity::Medium));
        assert_eq!(nltest("nltest /sc_query:corp").map(|act| act.weight), Some(Severity::Informational));
    }

    #[test]
    fn the_same_command_under_a_hidden_script_weighs_more() {
        let act = launch(&Launch {
            name: "net.exe".into(),
            command: "net localgroup administrators".into(),
            parent: "powershell.exe".into(),
            parent_command: "powershell -nop -sta -w 1 -enc sqbm".into(),
            ..Launch::default()
        });
        assert_eq!(act.map(|act| act.weight), Some(Severity::Medium));
    }
}
