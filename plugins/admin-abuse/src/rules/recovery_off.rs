//! What one could come back with is taken away (T1490): shadow copies, backups, recovery, boot configuration.
//!
//! **Weight.** All shadow copies or the backup catalogue deleted, recovery switched off: high by one record, since minutes
//! count. **False alarms.** Backup products rotate shadow copies of their own: their processes as parents, or one copy
//! named or the oldest only, make it low; so does one backup file that is deleted.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{all, any, number, value_of};

pub const SHADOWS: Kind = Kind::new("shadow-copies-deleted", 5, "deleted shadow copies: {}").step(Step::Shadows);
pub const ROTATED: Kind = Kind::new("shadow-copies-rotated", 1, "deleted shadow copies as a backup does: {}");
pub const BACKUPS: Kind = Kind::new("backups-deleted", 5, "deleted backups: {}").step(Step::Backups);
pub const RECOVERY: Kind = Kind::new("recovery-off", 5, "switched off recovery: {}").step(Step::Boot);
pub const BACKUP_SERVICE: Kind =
    Kind::new("backup-service-stopped", 3, "stopped a service that makes backups: {}").step(Step::Backups);
pub const BOOT: Kind = Kind::new("boot-changed", 3, "changed how the host starts: {}").step(Step::Boot);
pub const BACKUP_FILES: Kind =
    Kind::new("backup-files-deleted", 1, "deleted the backup {}").many(5, 3).step(Step::Backups);
pub const SNAPSHOTS: Kind =
    Kind::new("snapshots-removed", 3, "removed snapshots of or killed virtual machines: {}").step(Step::Backups);

pub const THEME: Theme = Theme {
    id: "recovery-off",
    title: "Recovery taken away",
    severity: Severity::High,
    confidence: 85,
    techniques: &[("T1490", "shadow copies or backups deleted, recovery or boot configuration changed")],
    advice: "Minutes count: this comes right before encryption. Isolate the host, disable the account, and check the backup \
             server and the other hosts of this account now. Do not restart the host.",
    kinds: &[&SHADOWS, &ROTATED, &BACKUPS, &RECOVERY, &BACKUP_SERVICE, &BOOT, &BACKUP_FILES, &SNAPSHOTS],
    words: &[
        "shadow",
        "wbadmin",
        "bcdedit",
        "bootcfg",
        "reagentc",
        "computerrestore",
        "systemrestore",
        "vss",
        "swprv",
        "wbengine",
        "sdrsvc",
        "wbbackup",
        "wbpolicy",
        "wbcatalog",
        "vmsnapshot",
        "vmcheckpoint",
        "vim-cmd",
        "esxcli",
        "vbrbackup",
        "vbrrestore",
        "safeboot",
        ".bkf",
        ".vhd",
        ".vbk",
        "backup*",
        ".wbcat",
    ],
    judge,
    command,
};

/// Beginnings of the names of processes that rotate shadow copies for a living.
const BACKUP_AGENTS: [&str; 9] =
    ["veeam", "acronis", "beremote", "bengine", "dsmcsvc", "cvd", "arcserve", "wbengine", "backup"];

fn judge(told: &Told<'_>) -> Option<Act> {
    match told.source {
        Source::Value => value(&told.path, &told.data),
        Source::Job if told.path.contains("systemrestore") => Some(RECOVERY.on("the task of System Restore")),
        Source::Job if told.path.contains("windowsbackup") => Some(RECOVERY.on("the task of Windows Backup")),
        Source::Other if told.code == "524" => Some(BACKUPS.on("the backup catalogue")),
        Source::Other if told.code == "4826" && told.data.contains("%%1842") => {
            Some(BOOT.on("it starts with test signing, debugging or without checks"))
        }
        Source::File if told.activity == 4 && is_backup(&told.path) && !is_agent(&told.image) => {
            Some(BACKUP_FILES.on(&*told.path))
        }
        _ => None,
    }
}

fn is_backup(path: &str) -> bool {
    [".vbk", ".vib", ".vbm", ".bkf", ".wbcat", ".tibx", ".spf"].iter().any(|end| path.ends_with(end))
}

fn is_agent(image: &str) -> bool {
    BACKUP_AGENTS.iter().any(|agent| image.starts_with(agent))
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
        let by_agent = is_agent(&told.parent);
        let one = any(line, &["/shadow=", "/oldest"]);
        return Some(if by_agent || one { ROTATED.on(what()) } else { SHADOWS.on(what()) });
    }
    if all(line, &["vssadmin", "shadowstorage"])
        && (line.contains("resize") && is_tiny(line) || line.contains("delete"))
    {
        return Some(SHADOWS.on(what()));
    }
    if line.contains("wbadmin")
        && any(line, &["delete catalog", "delete systemstatebackup", "delete backup", "disable backup", "stop job"])
        || any(line, &["remove-wbpolicy", "remove-wbbackupset", "remove-wbcatalog", "remove-vbr"])
    {
        return Some(BACKUPS.on(what()));
    }
    let machines =
        ["remove-vmsnapshot", "remove-vmcheckpoint", "snapshot.removeall", "vm process kill", "vmsvc/power.off"];
    if any(line, &machines) {
        return Some(SNAPSHOTS.on(what()));
    }
    if line.contains("bcdedit") {
        let off = ["recoveryenabled no", "recoveryenabled off", "recoveryenabled false", "bootstatuspolicy ignore"];
        if any(line, &off) {
            return Some(RECOVERY.on(what()));
        }
        let set = line.contains("safeboot") && !line.contains("/deletevalue");
        let changed = ["/deletevalue {current} ", "testsigning on", "nointegritychecks on", "debug on", "/delete {"];
        if set || any(line, &changed) && !line.contains("{current} safeboot") {
            return Some(BOOT.on(what()));
        }
    }
    if all(line, &["reagentc", "/disable"])
        || line.contains("disable-computerrestore -")
        || all(line, &["systemrestore", "call disable"])
    {
        return Some(RECOVERY.on(what()));
    }
    if all(line, &["schtasks", "systemrestore\\sr"]) && any(line, &["/disable", "/delete"]) {
        return Some(RECOVERY.on("the task of System Restore"));
    }
    // The services that make shadow copies and backups.
    if told.stops_any(&["vss", "swprv", "wbengine", "sdrsvc", "volume shadow copy"]) {
        return Some(BACKUP_SERVICE.on(what()));
    }
    if any(line, &["del ", "erase "]) && any(line, &["*.bkf", "*.vhd", "*.vbk", "backup*.*", "*.wbcat"]) {
        return Some(BACKUPS.on(what()));
    }
    told.writes.iter().find_map(|(path, data)| value(path, data))
}

/// Whether `maxsize=` leaves no room for any copy: below 2 GB.
fn is_tiny(line: &str) -> bool {
    let size = value_of(line, "maxsize=").unwrap_or_default();
    let digits: String = size.chars().take_while(char::is_ascii_digit).collect();
    let unit = match &size[digits.len()..] {
        unit if unit.starts_with('k') => 1i64,
        unit if unit.starts_with('m') => 1 << 10,
        unit if unit.starts_with('g') => 1 << 20,
        _ => return false,
    };
    digits.parse::<i64>().is_ok_and(|size| size.saturating_mul(unit) < 2 << 20)
}

fn value(path: &str, data: &str) -> Option<Act> {
    let restore = path.contains("systemrestore") && any(path, &["\\disablesr", "\\disableconfig"]);
    if restore && number(data) == Some(1) {
        return Some(RECOVERY.on("System Restore"));
    }
    path.contains("\\control\\safeboot\\").then(|| BOOT.on(format!("{path} starts in safe mode too")))
}
