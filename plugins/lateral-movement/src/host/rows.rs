//! What a row of each kind tells, and the rules of single records that judge it.

use sekisho_sdk::prelude::*;

use super::Kind;
use super::judge::Found;
use crate::acts::Act;
use crate::records::{CertificateEvent, Connection, Reach, Script, Ticket, ValueSet};
use crate::rules::{
    admin_share, certificates, coercion, credential_dump, credential_traces, desktop_opened, directory,
    directory_queries, odd_client, remote_execution, remote_service, stored_credentials, sweep, tickets,
};
use crate::signs::{Signs, number, raw, text};
use crate::text::any;

pub(super) fn scripts(script: &Script) -> Found {
    vec![
        (Kind::Wmi, remote_execution::wmi_script(script)),
        (Kind::Remoting, remote_execution::winrm_script(script)),
        (Kind::Com, remote_execution::com_script(script)),
        (Kind::AdminShare, admin_share::script(script)),
        (Kind::Dump, credential_dump::script(script)),
        (Kind::Ticket, tickets::script(script)),
        (Kind::Around, directory_queries::script(script).or_else(|| sweep::script(script))),
        (Kind::Survey, sweep::host_script(script)),
        (Kind::Stored, stored_credentials::script(script)),
        (Kind::Certificate, certificates::script(script)),
        (Kind::Coercion, coercion::script(script)),
        (Kind::Desktop, desktop_opened::script(script)),
    ]
}

pub(super) fn reach(signs: &Signs, row: &Row<'_>) -> Reach {
    Reach {
        source: text(row, signs.by),
        target: text(row, signs.name),
        rights: number(row, signs.rights).unwrap_or_default(),
        trace: text(row, signs.trace),
    }
}

/// A task: it counts when its maker came over the network, and by itself when its command is hidden.
pub(super) fn job(signs: &Signs, row: &Row<'_>) -> Option<Act> {
    let (name, command) = (text(row, signs.job), text(row, signs.job_command));
    let what = format!("made task {}: {}", crate::text::short(&name, 60), crate::text::short(&command, 90));
    let output = any(&command, &["\\windows\\temp\\", "%windir%\\temp\\"]) && any(&command, &["> ", "2>&1"]);
    // What hides is told whoever made it: no set-up does so.
    let hidden = any(
        &command,
        &[
            " -enc ",
            " -encodedcommand ",
            "frombase64string",
            "downloadstring",
            "-w hidden -",
            "mshta http",
            "mshta.exe http",
            "/i:http",
            "\\users\\public\\",
            "\\perflogs\\",
        ],
    );
    match () {
        () if output => Act::high(what),
        () if hidden => Act::medium(what),
        () => Act::hint(what),
    }
}

pub(super) fn certificate(signs: &Signs, row: &Row<'_>) -> CertificateEvent {
    CertificateEvent {
        code: number(row, signs.code).unwrap_or_default(),
        attributes: text(row, signs.attributes),
        requester: text(row, signs.requester),
        template: text(row, signs.template),
        before: text(row, signs.template_before),
        after: text(row, signs.template_after),
    }
}

/// Records that no class of its own tells: the directory's replication, DNS zones, the kernel.
pub(super) fn others(signs: &Signs, row: &Row<'_>) -> Found {
    let texts = text(row, signs.message);
    match number(row, signs.code) {
        Some(1072) => vec![(Kind::Dcsync, directory::replicated(&texts))],
        Some(30 | 1644) => {
            let found = directory_queries::filter(&text(row, signs.search).replace(' ', ""));
            let act = found.map(|found| format!("asked the directory for {found}, as its log tells"));
            vec![(Kind::Around, act.and_then(Act::medium))]
        }
        Some(code @ (3033 | 3063 | 1121 | 1122)) => {
            let by = raw(row, signs.refused).or(raw(row, signs.refused_by)).unwrap_or_default().to_lowercase();
            vec![(Kind::Dump, credential_traces::refused(code, &by))]
        }
        Some(6004) => vec![(Kind::Around, Act::low("was asked for a whole DNS zone and refused (zone transfer)"))],
        _ => {
            let named = format!("\\??\\{}", text(row, signs.hive).trim_start_matches("\\??\\"));
            let named = if texts.contains("\\??\\") { texts } else { named };
            vec![(Kind::Dump, credential_traces::hive(&named))]
        }
    }
}

pub(super) fn values(signs: &Signs, row: &Row<'_>) -> Found {
    let set = ValueSet { path: text(row, signs.value), data: text(row, signs.data), by: text(row, signs.by) };
    vec![
        (Kind::Service, remote_service::value(&set)),
        (Kind::Dump, credential_traces::value(&set)),
        (Kind::Desktop, desktop_opened::value(&set)),
        (Kind::Hash, remote_execution::restricted_admin(&set.path, &set.data)),
    ]
}

pub(super) fn ticket(signs: &Signs, row: &Row<'_>) -> Ticket {
    let activity = number(row, signs.activity);
    Ticket {
        name: text(row, signs.account),
        service: text(row, signs.ticket_service),
        cipher: number(row, signs.cipher).unwrap_or_default(),
        preauth: number(row, signs.preauth),
        given: true,
        granting: activity == Some(3),
    }
}

pub(super) fn connections(signs: &Signs, row: &Row<'_>) -> Found {
    let connection = Connection { process: text(row, signs.by), port: number(row, signs.port).unwrap_or_default() };
    vec![
        (Kind::OddClient, odd_client::judge(&connection)),
        (Kind::Around, odd_client::directory(&connection)),
        (Kind::Ticket, tickets::connection(&connection)),
    ]
}

/// Values to show of a row, whatever it is: what its act, account and source do not say already. At most [`SHOWN`].
pub(super) fn shown<'r>(signs: &Signs, row: &Row<'r>) -> Vec<(&'static str, Option<&'r str>)> {
    let all = [
        ("process.cmd_line", signs.command),
        ("process.parent_process.file.path", signs.parent),
        ("win_service.name", signs.service),
        ("win_service.cmd_line", signs.service_command),
        ("job.name", signs.job),
        ("job.cmd_line", signs.job_command),
        ("share", signs.share),
        ("file.path", signs.file),
        ("reg_value.path", signs.value),
        ("reg_value.data", signs.data),
        ("win_resource.name", signs.object),
        ("group.name", signs.group),
        ("service.name", signs.ticket_service),
        ("actor.process.file.path", signs.by),
        ("script.script_content", signs.script),
        ("dst_endpoint.ip", signs.target),
        ("process.file.path", signs.path),
    ];
    let told = all.into_iter().map(|(path, field)| (path, raw(row, field).map(|value| clipped(value, SHOWN_BYTES))));
    told.filter(|(_, value)| value.is_some()).take(SHOWN).collect()
}

/// Values that evidence shows of an act, and bytes of each: the record itself is at hand by its origin.
const SHOWN: usize = 3;
const SHOWN_BYTES: usize = 120;

fn clipped(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(text.len().min(bytes))]
}
