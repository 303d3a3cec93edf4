//! What one could come back with is taken away (T1490): shadow copies, backups, recovery, boot configuration.
//!
//! **Weight.** All shadow copies or the backup catalogue deleted, recovery switched off: high by one record, since minutes
//! count. **False alarms.** Backup products rotate shadow copies of their own: their processes as parents, or one copy
//! named or the oldest only, make it low.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{all, any, number};

pub const SHADOWS: Kind = Kind::new("shadow-copies-deleted", 5, "deleted shadow copies: {}").step(Step::Shadows);
pub const ROTATED: Kind = Kind::new("shadow-copies-rotated", 1, "deleted shadow copies as a backup does: {}");
pub const BACKUPS: Kind = Kind::new("backups-deleted", 5, "deleted backups: {}").step(Step::Backups);
pub const RECOVERY: Kind = Kind::new("recovery-off", 5, "switched off recovery: {}").step(Step::Boot);
pub const BACKUP_SERVICE: Kind =
    Kind::new("backup-service-stopped", 3, "stopped a service that makes backups: {}").step(Step::Backups);
pub const BOOT: Kind = Kind::new("boot-changed", 3, "changed how the host starts: {}").step(Step::Boot);
pub const WIPED: Kind = Kind::new("free-space-wiped", 3, "overwrote free space or files: {}").step(Step::Backups);

pub const THEME: Theme = Theme {
    id: "recovery-off",
    title: "Recovery taken away",
    severity: Severity::High,
    confidence: 85,
    techniques: &[("T1490", "shadow copies or backups deleted, recovery or boot configuration changed")],
    advice: "Minutes count: this comes right before encryption. Isolate the host, disable the account, and check the backup \
             server and the other hosts of this account now. Do not restart the host.",
    kinds: &[&SHADOWS, &ROTATED, &BACKUPS, &RECOVERY, &BACKUP_SERVICE, &BOOT, &WIPED],
    judge,
};

/// Beginnings of the names of processes that rotate shadow copies for a living.
const BACKUP_AGENTS: [&str; 9] =
    ["veeam", "acronis", "beremote", "bengine", "dsmcsvc", "cvd", "arcserve", "wbengine", "backup"];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Process | Source::Script => command(told),
        Source::Value => value(&told.path, &told.data),
        Source::Job if told.path.contains("systemrestore") => Some(RECOVERY.on("the task of System Restore")),
        Source::Job if told.path.contains("windowsbackup") => Some(RECOVERY.on("the task of Windows Backup")),
        Source::Other if told.code == "524" => Some(BACKUPS.on("the backup catalogue")),
        Source::File if told.activity == 4 && is_backup(&told.path) => Some(WIPED.on(&*told.path)),
        _ => None,
    }
}

fn is_backup(path: &str) -> bool {
    [".vbk", ".vib", ".vbm", ".bkf", ".wbcat", ".vhdx"].iter().any(|end| path.ends_with(end))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let what = || super::short(line).to_owned();
    let deletes = any(line, &["delete", "remove-wmiobject", "remove-ciminstance", "rwmi", ".delete()"]);
    let shadows = line.contains("vssadmin") && all(line, &["shadow", "delete"])
        || all(line, &["shadowcopy", "delete"])
        || line.contains("win32_shadowcopy") && deletes
        || all(line, &["diskshadow", "delete"])
        || all(line, &["delete shadows", "/all"]);
    if shadows {
        let by_agent = BACKUP_AGENTS.iter().any(|agent| told.parent.starts_with(agent));
        let one = any(line, &["/shadow=", "/oldest"]);
        return Some(if by_agent || one { ROTATED.on(what()) } else { SHADOWS.on(what()) });
    }
    if all(line, &["vssadmin", "resize", "shadowstorage"]) && any(line, &["maxsize=4", "maxsize=3"]) {
        return Some(SHADOWS.on(what()));
    }
    if line.contains("wbadmin")
        && any(line, &["delete catalog", "delete systemstatebackup", "delete backup", "disable backup"])
    {
        return Some(BACKUPS.on(what()));
    }
    if line.contains("bcdedit") {
        if any(line, &["recoveryenabled no", "recoveryenabled off", "bootstatuspolicy ignoreallfailures"]) {
            return Some(RECOVERY.on(what()));
        }
        if any(line, &["safeboot", "/deletevalue {current}", "testsigning on", "nointegritychecks on"]) {
            return Some(BOOT.on(what()));
        }
    }
    if all(line, &["reagentc", "/disable"]) || line.contains("disable-computerrestore -") {
        return Some(RECOVERY.on(what()));
    }
    if all(line, &["schtasks", "systemrestore\\sr"]) && any(line, &["/disable", "/delete"]) {
        return Some(RECOVERY.on("the task of System Restore"));
    }
    // The services that make shadow copies and backups.
    if told.stops.iter().any(|name| matches!(&**name, "vss" | "swprv" | "wbengine" | "sdrsvc" | "volume shadow copy")) {
        return Some(BACKUP_SERVICE.on(what()));
    }
    if told.source == Source::Process && (line.contains("cipher /w") || line.contains("cipher.exe /w")) {
        return Some(WIPED.on(what()));
    }
    if any(line, &["del ", "erase "]) && any(line, &["*.bkf", "*.vhd", "*.vbk", "backup*.*", "*.wbcat"]) {
        return Some(BACKUPS.on(what()));
    }
    let (path, data) = told.write.as_ref()?;
    value(path, data)
}

fn value(path: &str, data: &str) -> Option<Act> {
    let restore = path.contains("systemrestore") && any(path, &["\\disablesr", "\\disableconfig"]);
    (restore && number(data) == Some(1)).then(|| RECOVERY.on("System Restore"))
}
