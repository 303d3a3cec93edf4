//! What the host memory wants: subscriptions with their conditions, and its rules.

use sekisho_sdk::prelude::*;

use super::{Host, Limits, Readings};
use crate::Settings;
use crate::acts::Acts;
use crate::asks;
use crate::rules::{odd_client, remote_tool};
use crate::signs::Signs;
use crate::wants::{COMMANDS, FILES, NOBODY, PARENTS, PROGRAMS, SCRIPTS, SHELLS, TOOLS, VALUES};

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Host {
    let space = plan.key_space("host", ["device.host"]);
    let mut signs = Signs::default();
    let read = readings(plan, space, &mut signs);
    let acts = rules(plan, space).into_iter().map(|rule| Acts::new(plan, space, rule)).collect();
    let arrivals = plan.tally(space, 5 * MINUTE).members(24).keep(super::ARRIVAL);
    let counted = plan.tally(space, HOUR).members(160);
    let enumeration = plan
        .rule("enumeration", space)
        .title("Accounts, groups or directory objects read in bulk")
        .weighs(Severity::Low, 40)
        .technique("T1087.002", "objects of accounts read")
        .technique("T1069", "members of groups read")
        .technique("T1135", "interfaces that list shares and sessions reached")
        .advice("Ask the account's owner what ran. Look on the source for collectors (SharpHound, AdFind) and for what came after: new logons of the account, tickets for services.")
        .done();
    let computers = plan.first_seen(space, 30 * DAY).members(64);
    let fellows = plan
        .rule("dcsync-by-computer", space)
        .title("A computer account replicates the directory's secrets")
        .weighs(Severity::Low, 40)
        .lookback(computers.absence())
        .technique("T1003.006", "4662 with the right to replicate all")
        .advice("Check whether the computer is a domain controller. If not, its account was stolen: isolate it, reset its account, and treat all passwords of the domain as known.")
        .done();
    let habits = plan.first_seen(space, 30 * DAY).members(64);
    let spread = plan.signal("spread", space).text("by").text("host").text("what").text("who").integer("odd").done();
    let tool = plan.signal("tool", space).text("product").text("host").text("who").text("how").integer("loose").done();
    let limits = Limits {
        groups: settings.enumerated_groups,
        objects: settings.enumerated_objects,
        replicators: settings.replicators.clone(),
    };
    Host { space, signs, read, acts, arrivals, counted, enumeration, computers, habits, fellows, spread, tool, limits }
}

/// The rules of single acts, in the order of [`super::Kind`].
fn rules(plan: &mut Plan, space: KeySpace) -> Vec<Rule> {
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
    ]
}

fn readings(plan: &mut Plan, space: KeySpace, into: &mut Signs) -> Readings {
    let mut signs = *into;
    let mut marks: Vec<&str> = TOOLS.to_vec();
    marks.extend(remote_tool::marks());
    let mut launch = plan
        .read("process_activity", space)
        .when(all([eq("activity_id", 1), one_of("process.file.name", PROGRAMS.iter().copied())]))
        .when(all([eq("activity_id", 1), one_of("process.original_name", PROGRAMS.iter().copied())]))
        .when(all([eq("activity_id", 1), one_of("process.parent_process.file.name", PARENTS.iter().copied())]))
        .when(all([
            eq("activity_id", 1),
            one_of("process.file.name", SHELLS.iter().copied()),
            one_of("process.parent_process.file.name", ["services.exe"]),
        ]))
        .when(all([eq("activity_id", 1), contains("process.cmd_line", COMMANDS.iter().copied())]))
        .when(all([eq("activity_id", 1), contains("process.file.name", marks.iter().copied())]));
    asks!(launch, signs: user, actor, path, name, original, command, parent, parent_command);
    let launch = launch.done();

    let lsass = || one_of("process.file.name", ["lsass.exe"]);
    let reads = || mask("actual_permissions", crate::rules::credential_dump::VM_READ);
    let mut reach = plan.read("process_activity", space).when(all([eq("activity_id", 3), lsass(), reads()]));
    asks!(reach, signs: name, by, rights, trace, user, actor, code);
    let reach = reach.done();

    let mut script =
        plan.read("script_activity", space).when(all([contains("script.script_content", SCRIPTS.iter().copied())]));
    asks!(script, signs: script, user, actor, code);
    let script = script.done();

    let mut installed = plan.read("windows_service_activity", space).when(all([eq("activity_id", 1)]));
    asks!(installed, signs: service, service_command, actor, code);
    let installed = installed.done();

    let mut job =
        plan.read("scheduled_job_activity", space).when(all([eq_any("activity_id", [1, 2]), present("job.name")]));
    asks!(job, signs: job, job_command, actor, user, code);
    let job = job.done();

    let shares = || suffix("share", ["$", "$\\"]);
    let mut share = plan
        .read("smb_activity", space)
        .when(all([shares(), not(suffix("actor.user.name", ["$"]))]))
        .when(all([eq_any("metadata.event_code", [5142, 5143])]));
    asks!(share, signs: share, file, rights, actor, actor_uid, source, code);
    let share = share.done();

    let mut file = plan
        .read("file_activity", space)
        .when(all([eq_any("activity_id", [1, 3]), suffix("file.path", FILES.iter().copied())]))
        .when(all([
            eq("activity_id", 1),
            one_of("actor.process.file.path", ["system"]),
            suffix("file.path", [".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".scr", ".msi"]),
        ]));
    asks!(file, signs: file, by, user, actor, code);
    let file = file.done();

    let mut value = plan
        .read("registry_value_activity", space)
        .when(all([eq_any("activity_id", [2, 3]), suffix("reg_value.path", VALUES.iter().copied())]));
    asks!(value, signs: value, data, by, user, actor, code);
    let value = value.done();

    let mut object = plan
        .read("windows_resource_activity", space)
        .when(all([one_of("win_resource.server", ["DS", "Security Account Manager"])]))
        .when(all([
            contains("win_resource.type", ["SERVICE OBJECT", "SC_MANAGER", "SecretObject"]),
            not(suffix("actor.user.name", ["$"])),
        ]));
    asks!(object, signs: object, kind, server, properties, rights, actor, by, code);
    let object = object.done();

    let mut membership = plan
        .read("group_management", space)
        .when(all([eq_any("metadata.event_code", [4798, 4799]), not(suffix("actor.user.name", ["$"]))]));
    asks!(membership, signs: group, account, actor, by);
    let membership = membership.done();

    let person = || not(suffix("user.name", ["$"]));
    let named = || not(one_of("user.name", NOBODY.iter().copied()));
    let mut logon = plan
        .read("authentication", space)
        .when(all([
            eq("activity_id", 1),
            eq_any("logon_type_id", [3, 10]),
            person(),
            named(),
            present("src_endpoint.ip"),
            eq("status_id", 1),
        ]))
        .when(all([eq("activity_id", 1), eq("logon_type_id", 9)]));
    asks!(logon, signs: user, uid, logon, protocol, logon_process, key_length, source, source_host, outbound, code);
    let logon = logon.done();

    let mut ticket =
        plan.read("authentication", space).when(all([eq_any("activity_id", [3, 4]), person(), eq("status_id", 1)]));
    asks!(ticket, signs: account, user, ticket_service, cipher, preauth, source, activity, code);
    let ticket = ticket.done();

    let mut account = plan
        .read("account_change", space)
        .when(all([eq("metadata.event_code", 4738), present("unmapped.NewUacValue")]));
    asks!(account, signs: user, actor, flags, old_flags, code);
    let account = account.done();

    let ports: Vec<i64> = odd_client::PORTS.iter().chain(odd_client::DIRECTORY).copied().chain([88]).collect();
    let odd = |path: &str| {
        not(one_of(path, ["system", "c:\\windows\\system32\\lsass.exe", "c:\\windows\\system32\\svchost.exe"]))
    };
    let mut connection = plan.read("network_activity", space).when(all([
        eq("activity_id", 1),
        eq_any("dst_endpoint.port", ports),
        odd("actor.process.file.path"),
        not(suffix("actor.process.file.path", ["\\lsass.exe", "\\svchost.exe", "\\dns.exe", "\\dfsrs.exe"])),
    ]));
    asks!(connection, signs: by, port, user, actor, target, source, code);
    let connection = connection.done();

    let of = |codes: &[i64], path: &str, parts: &[&str]| {
        all([eq_any("metadata.event_code", codes.iter().copied()), contains(path, parts.iter().copied())])
    };
    let mut engine = plan
        .read("base_event", space)
        .when(of(&[1072], "message", &["cn="]))
        .when(of(&[6004], "metadata.log_name", &["dns server"]))
        .when(of(&[16], "message", &["\\sam", "\\security"]));
    asks!(engine, signs: message, code);
    let engine = engine.done();
    *into = signs;
    Readings {
        launch,
        reach,
        script,
        installed,
        job,
        share,
        file,
        value,
        object,
        membership,
        logon,
        ticket,
        connection,
        engine,
        account,
    }
}
