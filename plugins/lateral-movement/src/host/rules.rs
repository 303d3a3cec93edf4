//! The rules of single acts on a host.

use sekisho_sdk::prelude::*;

/// The rules of single acts, in the order of [`super::Kind`].
pub(super) fn rules(plan: &mut Plan, space: KeySpace) -> Vec<Rule> {
    let mut rule =
        |id: &str, title: &str, weight: (Severity, u8), techniques: &[(&str, &str)], joined: bool, advice: &str| {
            let builder = plan.rule(id, space).title(title).weighs(weight.0, weight.1).bucket(HOUR).advice(advice);
            let builder = if joined { builder.lookback(super::ARRIVAL) } else { builder };
            techniques.iter().fold(builder, |builder, (id, shown)| builder.technique(id, shown)).done()
        };
    use Severity::{High, Low, Medium};
    vec![
        rule(
            "remote-service",
            "A service installed from elsewhere, or shaped like remote execution",
            (Medium, 70),
            &[
                ("T1021.002", "network logon before the service"),
                ("T1569.002", "service installed and started"),
                ("T1543.003", "service made"),
            ],
            true,
            "Ask the owner of the account whether this was planned work. If not: disable the account, isolate the source, save the service's program, and look for the same service on other hosts.",
        ),
        rule(
            "service-control",
            "The service manager reached from elsewhere",
            (Low, 40),
            &[
                ("T1021.002", "pipe svcctl, or a handle to the service manager"),
                ("T1569.002", "services asked or steered"),
            ],
            false,
            "Administrators do this from their own hosts. From a client: look for services made, changed or started in the minutes after.",
        ),
        rule(
            "remote-wmi",
            "Remote execution by WMI",
            (Medium, 65),
            &[("T1047", "process under the WMI provider, or the call"), ("T1021.003", "WMI runs over distributed COM")],
            false,
            "Find the network logon on this host in the seconds before: its source is where the intruder is. Read the command and what it wrote.",
        ),
        rule(
            "remote-powershell",
            "Remote execution by remote management",
            (Low, 50),
            &[("T1021.006", "process under the host of remote sessions, or the cmdlet"), ("T1059.001", "PowerShell")],
            false,
            "Find the network logon on this host in the seconds before. Read the script block log of both ends.",
        ),
        rule(
            "remote-com",
            "Remote execution by a COM object",
            (Medium, 60),
            &[("T1021.003", "process under an automated server, or the object's name in a script")],
            false,
            "No administration tool does this. Isolate source and target, and read what the started command did.",
        ),
        rule(
            "remote-task",
            "Scheduled tasks or the registry of another host",
            (Low, 50),
            &[
                ("T1021.002", "pipes atsvc and winreg, commands that name a host"),
                ("T1053.005", "task made from elsewhere"),
                ("T1112", "registry of another host"),
            ],
            true,
            "Read the task's command. Look for the same task on other hosts.",
        ),
        rule(
            "session-hijack",
            "A desktop session taken over",
            (High, 75),
            &[
                ("T1563.002", "tscon by the system's account, or a shadow session without asking"),
                ("T1021.001", "remote desktop"),
            ],
            false,
            "Disconnect the session. Ask its owner whether it was handed over.",
        ),
        rule(
            "admin-share",
            "Administrative shares reached or written to",
            (Low, 50),
            &[("T1021.002", "ADMIN$ or the root share of a drive"), ("T1570", "program written there")],
            false,
            "Check who works from that source. Save the file that was written, and look whether a service, task or process started from it.",
        ),
        rule(
            "credential-dump",
            "Credentials copied from memory or from a database",
            (High, 75),
            &[
                ("T1003.001", "LSASS read or imaged"),
                ("T1003.002", "SAM or SECURITY copied"),
                ("T1003.003", "directory database copied"),
            ],
            false,
            "Isolate the host. Treat every account that was logged on there as known to the intruder; on a domain controller every account of the domain, and reset the ticket-granting account twice.",
        ),
        rule(
            "dcsync",
            "The directory's secrets asked for by replication",
            (High, 85),
            &[("T1003.006", "4662 with the rights to replicate")],
            true,
            "Unless the account synchronises directories: disable it, find its source by the logon before, and treat all passwords of the domain as known.",
        ),
        rule(
            "directory-secrets",
            "Secrets kept in the directory read",
            (Medium, 55),
            &[("T1555", "keys and credentials that roam"), ("T1552.006", "local administrator passwords")],
            true,
            "Ask the account's owner. Reset what was read.",
        ),
        rule(
            "ticket-oddity",
            "Tickets asked for as no honest client does",
            (Medium, 55),
            &[
                ("T1558.004", "ticket without pre-authentication"),
                ("T1558.003", "service tickets asked by a tool"),
                ("T1558.001", "forged ticket"),
            ],
            false,
            "Require pre-authentication for the account. Find the process on the source that speaks with the ticket service.",
        ),
        rule(
            "pass-the-hash",
            "A logon with something other than a password",
            (Medium, 50),
            &[
                ("T1550.002", "session with other credentials, NTLM by a tool"),
                ("T1550.003", "ticket of a number and name that do not fit"),
            ],
            false,
            "Ask whether somebody used `runas /netonly`. If not: isolate the source, reset the account.",
        ),
        rule(
            "looking-around",
            "Accounts, groups, trusts and shares asked for",
            (Low, 50),
            &[("T1087", "accounts asked for"), ("T1069", "groups asked for"), ("T1482", "trusts asked for")],
            false,
            "Ask who sat at the host. Read the parent process of the commands: a shell under Office, a browser or a service is an intruder's.",
        ),
        rule(
            "host-survey",
            "A host asked what it is and runs",
            (Low, 30),
            &[("T1082", "system facts"), ("T1016", "network facts"), ("T1033", "who is logged on")],
            false,
            "Look at what came before on the host (a new logon, a new program) and after (commands about the domain).",
        ),
        rule(
            "odd-client",
            "An odd program speaks administration protocols",
            (Low, 40),
            &[
                ("T1021.002", "file sharing by another than the system"),
                ("T1021.003", "remote procedure calls"),
                ("T1021.006", "remote management"),
            ],
            false,
            "Find out what the program is and who started it.",
        ),
        rule(
            "stored-credentials",
            "Stored passwords, keys or cookies looked for or copied",
            (Medium, 50),
            &[
                ("T1555", "stores of browsers, vaults and tools"),
                ("T1552", "files, registry and group policy"),
                ("T1539", "cookies of web sessions"),
            ],
            false,
            "Ask the account's owner. Reset what was stored there; end the web sessions of the profile's owner.",
        ),
        rule(
            "certificate-abuse",
            "Certificates that let somebody log on as another",
            (High, 65),
            &[("T1649", "request in the name of another, template or authority changed")],
            false,
            "Revoke the certificate by its request number. Take the right to name the subject from the template. An authority whose key left must be replaced.",
        ),
        rule(
            "coercion",
            "A host made to log on elsewhere",
            (Medium, 60),
            &[
                ("T1187", "interfaces of file encryption, shadow copies, file systems reached"),
                ("T1557.001", "tools that relay logons"),
            ],
            false,
            "Look for logons of the host's own computer account from the address that asked. Require signing for the directory and for web enrolment.",
        ),
        rule(
            "remote-desktop-opened",
            "A host set to let remote desktops in",
            (Low, 45),
            &[("T1021.001", "registry, firewall or service of remote desktop changed")],
            false,
            "Ask who opened it and for whom. Look for logons of type 10 on the host since.",
        ),
    ]
}
