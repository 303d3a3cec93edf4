//! What the host memory reads: subscriptions with the conditions that keep everything else away.

use sekisho_sdk::prelude::*;

use super::Readings;
use crate::asks;
use crate::rules::{odd_client, remote_tool};
use crate::signs::Signs;
use crate::wants::{AUTOMATED, COMMANDS, FILES, NOBODY, PARENTS, PROGRAMS, SCRIPTS, SHELLS, TOOLS, VALUES};

pub(super) fn readings(plan: &mut Plan, space: KeySpace, into: &mut Signs) -> Readings {
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
            one_of("process.parent_process.file.name", AUTOMATED.iter().chain(&["services.exe"]).copied()),
        ]))
        .when(all([
            eq("activity_id", 1),
            one_of("process.file.name", AUTOMATED.iter().copied()),
            contains("process.cmd_line", ["-embedding", "/automation"]),
        ]))
        .when(all([eq("activity_id", 1), contains("process.cmd_line", COMMANDS.iter().copied())]))
        .when(all([eq("activity_id", 1), contains("process.file.name", marks.iter().copied())]));
    asks!(launch, signs: user, actor, path, name, original, command, parent, parent_command);
    let launch = launch.done();

    let lsass = || one_of("process.file.name", ["lsass.exe"]);
    let reads = || mask("actual_permissions", crate::rules::credential_dump::VM_READ);
    let copies = || mask("actual_permissions", crate::rules::credential_dump::COPIED);
    let mut reach = plan
        .read("process_activity", space)
        .when(all([eq("activity_id", 3), lsass(), reads()]))
        .when(all([eq("activity_id", 3), lsass(), copies()]));
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

    let secrets = [
        "\\sam\\domains\\account",
        "\\policy\\secrets",
        "\\security\\cache",
        "\\lsa\\jd",
        "\\lsa\\skew1",
        "\\lsa\\gbg",
    ];
    let mut key = plan
        .read("registry_key_activity", space)
        .when(all([contains("reg_key.path", secrets), present("actor.process.file.path")]));
    asks!(key, signs: key, by, user, actor, code);
    let key = key.done();

    let library = plan
        .read("module_activity", space)
        .when(all([eq_any("metadata.event_code", [4610, 4614, 4622])]))
        .when(all([
            one_of("module.file.name", ["comsvcs.dll"]),
            suffix("process.file.path", ["\\rundll32.exe", "\\powershell.exe", "\\regsvr32.exe"]),
        ]))
        .when(all([
            one_of("module.file.name", ["dbgcore.dll", "offreg.dll"]),
            contains("process.file.path", ["\\users\\", "\\temp\\", "\\perflogs\\"]),
        ]));
    let library = library.when(all([
        one_of("process.file.name", ["lsass.exe"]),
        one_of("metadata.event_code", ["7"]),
        present("module.file.is_signed"),
        not(one_of("module.file.is_signed", ["true"])),
    ]));
    let mut library = library;
    asks!(library, signs: module, path, user, actor, code);
    let library = library.done();

    let mut thread = plan.read("process_activity", space).when(all([eq("activity_id", 4), lsass()]));
    asks!(thread, signs: name, by, user, actor, code);
    let thread = thread.done();

    let mut certificate = plan.read("base_event", space).when(all([
        eq_any("metadata.event_code", [4876, 4886, 4887, 4899, 4900]),
        one_of("metadata.log_name", ["security"]),
    ]));
    asks!(certificate, signs: attributes, requester, template, template_before, template_after, code);
    let certificate = certificate.done();

    let policies = ["\\groups.xml", "\\services.xml", "\\datasources.xml", "\\scheduledtasks.xml", "\\drives.xml"];
    let shares = || suffix("share", ["$", "$\\"]);
    let mut share = plan
        .read("smb_activity", space)
        .when(all([suffix("file.path", policies), not(suffix("actor.user.name", ["$"]))]))
        .when(all([shares(), not(suffix("actor.user.name", ["$"]))]))
        .when(all([eq_any("metadata.event_code", [5142, 5143])]));
    asks!(share, signs: share, file, rights, actor, actor_uid, source, role, service_actor, code);
    let share = share.done();

    let mut file = plan
        .read("file_activity", space)
        .when(all([eq_any("activity_id", [1, 3]), suffix("file.path", FILES.iter().copied())]))
        .when(all([
            eq("activity_id", 1),
            one_of("actor.process.file.path", ["system"]),
            suffix("file.path", [".exe", ".dll", ".ps1", ".bat", ".cmd", ".vbs", ".scr", ".msi"]),
        ]))
        .when(all([
            eq_any("activity_id", [2, 14]),
            suffix(
                "file.path",
                ["\\login data", "\\cookies", "\\logins.json", "\\key4.db", "\\local state", "\\web data"],
            ),
        ]))
        .when(all([
            eq("activity_id", 1),
            suffix("file.path", [".tmp"]),
            suffix("actor.process.file.path", ["\\svchost.exe"]),
            contains("file.path", ["\\windows\\system32\\", "\\windows\\temp\\"]),
        ]))
        .when(all([
            eq("activity_id", 1),
            one_of("actor.process.file.name", ["mstsc.exe"]),
            contains("file.path", ["\\programs\\startup\\"]),
        ]))
        .when(all([
            eq("activity_id", 1),
            one_of("actor.process.file.path", ["system"]),
            suffix("file.path", [".scf", ".library-ms", ".searchconnector-ms"]),
        ]))
        .when(all([eq("activity_id", 1), contains("file.path", ["\\keepass.config"]), suffix("file.path", [".xml"])]))
        .when(all([eq("file.type_id", 6), prefix("file.path", crate::rules::remote_service::PIPES)]))
        .when(all([eq("file.type_id", 6), contains("file.path", ["microsoft##wid"])]))
        .when(all([
            eq("metadata.event_code", 9),
            contains("actor.process.file.path", ["\\users\\", "\\temp\\", "\\programdata\\", "powershell"]),
        ]));
    asks!(file, signs: file, by, user, actor, activity, pipe, code);
    let file = file.done();

    let mut value = plan
        .read("registry_value_activity", space)
        .when(all([eq_any("activity_id", [2, 3]), suffix("reg_value.path", VALUES.iter().copied())]))
        .when(all([eq_any("activity_id", [2, 3]), contains("reg_value.path", ["\\lsass.exe\\"])]));
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
    asks!(
        logon, signs: user, uid, logon, protocol, logon_process, key_length, source, source_ip, source_host, outbound, role,
        service_account, code
    );
    let logon = logon.done();

    // Tickets to get tickets alone: those for services are many, and the account's memory reads the old ciphers of them.
    let mut ticket = plan.read("authentication", space).when(all([eq("activity_id", 3), person(), eq("status_id", 1)]));
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
        .when(of(&[30], "unmapped.SearchFilter", &["="]))
        .when(of(&[3033, 3063], "unmapped.ProcessNameBuffer", &["\\lsass.exe"]))
        .when(of(&[1121, 1122], "unmapped.ID", &["9e6c4e1f-7d60-472f-ba1a-a39ef669e4b"]))
        .when(of(&[16], "message", &["\\sam", "\\security"]))
        .when(of(&[16], "unmapped.HiveName", &["\\sam", "\\security"]));
    asks!(engine, signs: message, hive, search, refused, refused_by, user, actor, code);
    let engine = engine.done();

    let threats = crate::rules::credential_traces::NAMED;
    let mut found = plan
        .read("detection_finding", space)
        .when(all([eq_any("metadata.event_code", [1116, 1117, 1006, 1015]), contains("malware.name", threats)]));
    asks!(found, signs: malware, user, actor, code);
    let found = found.done();

    let mut session = plan.read("network_activity", space).when(all([
        eq_any("metadata.event_code", [6, 91]),
        eq("dst_endpoint.port", 5985),
        present("user.name"),
    ]));
    asks!(session, signs: user, actor, code);
    let session = session.done();
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
        key,
        library,
        thread,
        certificate,
        account,
        found,
        session,
    }
}
