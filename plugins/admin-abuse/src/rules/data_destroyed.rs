//! Data destroyed on purpose (T1485, T1561): free space or files overwritten, disks cleaned, whole trees deleted; hosts
//! switched off by command (T1529).
//!
//! **Weight.** A tool that overwrites, a disk that is cleaned, raw writes by a loose program: medium, since the same tools
//! serve those who retire computers; several of them in an hour add up. A host switched off at once by force, or from
//! afar: low. **False alarms.** Disposal and imaging of computers: ask for the ticket. Temporary folders are emptied all
//! day: only roots, profiles and shares count.

use sekisho_sdk::Severity;

use crate::act::{Act, Kind, Source, Step, Theme, Told};
use crate::text::{all, any, calls};

pub const OVERWRITTEN: Kind =
    Kind::new("overwritten", 3, "overwrote files or free space: {}").many(3, 2).step(Step::Backups);
pub const DISK: Kind = Kind::new("disk-cleaned", 4, "cleaned or formatted a disk: {}").step(Step::Backups);
pub const TREE: Kind = Kind::new("tree-deleted", 3, "deleted a whole tree: {}").many(3, 2).step(Step::Backups);
pub const RAW: Kind = Kind::new("raw-disk", 3, "opened the raw disk {}").step(Step::Backups);
pub const ENCRYPTED: Kind =
    Kind::new("encrypted-by-tool", 3, "encrypted by a tool, or took the keys of the disk: {}").step(Step::Backups);
pub const DEFACED: Kind = Kind::new("defaced", 1, "changed what users see first: {}").many(3, 2);
pub const OFF: Kind = Kind::new("switched-off", 1, "switched a host off or restarted it at once: {}").many(4, 2);

pub const THEME: Theme = Theme {
    id: "data-destroyed",
    title: "Data destroyed",
    severity: Severity::Medium,
    confidence: 60,
    techniques: &[
        ("T1485", "files are overwritten or deleted in bulk"),
        ("T1561", "a disk is cleaned or its raw sectors opened"),
        ("T1529", "a host is switched off by force"),
    ],
    advice: "Isolate the host and end the account's sessions. Do not restart it; secure the backups before anything else.",
    kinds: &[&OVERWRITTEN, &DISK, &TREE, &RAW, &ENCRYPTED, &DEFACED, &OFF],
    words: &[
        "cipher",
        "sdelete",
        "setzerodata",
        "clear-disk",
        "initialize-disk",
        "remove-partition",
        "format c:",
        "format d:",
        "format e:",
        "format.com",
        "diskpart",
        "rmdir /",
        "rd /",
        "del /",
        "erase /",
        "remove-item",
        "shutdown",
        "stop-computer",
        "restart-computer",
        "/dev/zero",
        "physicaldrive",
        "manage-bde",
        "bitlocker",
        "gpg",
        "legalnotice",
    ],
    judge,
    command,
};

fn judge(told: &Told<'_>) -> Option<Act> {
    let raw = told.source == Source::File && told.path.starts_with("\\device\\harddisk");
    if told.source == Source::Value {
        return defaced(told, &told.path, &told.data);
    }
    raw.then(|| RAW.on(&*told.path))
}

/// A notice at logon or a wallpaper that a program of a loose folder set; group policy sets both as the machine itself.
fn defaced(told: &Told<'_>, path: &str, data: &str) -> Option<Act> {
    let ransom = any(data, &["encrypt", "ransom", "decrypt", "bitcoin", "recover your", "your files"]);
    let notice = path.contains("\\legalnotice") && !data.is_empty();
    let by_policy = matches!(&*told.image, "svchost" | "services" | "explorer");
    if notice && ransom {
        return Some(ENCRYPTED.on("a notice of ransom at logon"));
    }
    let wallpaper = path.ends_with("\\desktop\\wallpaper")
        && !matches!(&*told.image, "explorer" | "systemsettings" | "svchost" | "rundll32" | "");
    (notice && !by_policy || wallpaper).then(|| DEFACED.on(path))
}

fn command(told: &Told<'_>) -> Option<Act> {
    let line = &*told.line;
    let what = || super::short(line).to_owned();
    let cipher = told.source == Source::Process && calls(line, "cipher").any(|rest| rest.starts_with("/w"));
    let sdelete =
        told.image.starts_with("sdelete") || calls(line, "sdelete").chain(calls(line, "sdelete64")).next().is_some();
    if cipher || sdelete || line.contains("setzerodata") || all(line, &["if=/dev/zero", "of="]) {
        return Some(OVERWRITTEN.on(what()));
    }
    let cleaned = any(line, &["clear-disk ", "initialize-disk -"]) || all(line, &["diskpart", "clean"]);
    let formatted = calls(line, "format").any(|rest| drive(rest).is_some());
    if cleaned || formatted || line.contains("remove-partition -") {
        return Some(DISK.on(what()));
    }
    if told.source == Source::Script && line.contains("\\\\.\\physicaldrive") && any(line, &["write", "filestream"]) {
        return Some(RAW.on("by script"));
    }
    if is_tree(line) {
        return Some(TREE.on(what()));
    }
    let takes = any(line, &["manage-bde", "bitlocker"])
        && any(line, &["-protectors -delete", "-forcerecovery", "remove-bitlockerkeyprotector", "enable-bitlocker -"]);
    let by_gpg = told.source == Source::Process
        && calls(line, "gpg")
            .chain(calls(line, "gpg2"))
            .any(|rest| rest.contains("--passphrase") && any(rest, &[" -c", "--symmetric", " -e"]));
    if takes || by_gpg {
        return Some(ENCRYPTED.on(what()));
    }
    if let Some(act) = told.writes.iter().find_map(|(path, data)| defaced(told, path, data)) {
        return Some(act);
    }
    switched_off(told).then(|| OFF.on(what()))
}

/// What follows the drive at the beginning of a text.
fn drive(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let letter = chars.next()?.is_ascii_lowercase() && chars.next() == Some(':');
    if letter { Some(chars.as_str()) } else { None }
}

/// A silent, recursive deletion of a drive, of all profiles or of a share.
fn is_tree(line: &str) -> bool {
    let by_shell = ["del", "erase", "rd", "rmdir"].into_iter().flat_map(|verb| calls(line, verb));
    let by_shell = by_shell.filter(|rest| rest.contains("/s") && any(rest, &["/q", "/f"]));
    let by_cmdlet = calls(line, "remove-item").filter(|rest| rest.contains("-rec") && rest.contains("-fo"));
    by_shell.chain(by_cmdlet).any(|rest| rest.split([' ', ',', '&', '|', ';']).any(is_broad))
}

/// `c:\`, `d:\*`, `c:\users`, `\\host\share`.
fn is_broad(path: &str) -> bool {
    if let Some(rest) = drive(path) {
        let rest = rest.trim_start_matches('\\').trim_end_matches(['*', '\\', '.']);
        return path.len() > 2 && (rest.is_empty() || rest == "users" || rest.starts_with("users\\*"));
    }
    let share = path.strip_prefix("\\\\").map(|rest| rest.trim_end_matches(['*', '\\', '.']));
    share.is_some_and(|share| share.matches('\\').count() == 1 && !share.starts_with('?'))
}

fn switched_off(told: &Told<'_>) -> bool {
    let line = &*told.line;
    let by_tool = told.source == Source::Process
        && calls(line, "shutdown").any(|rest| {
            let off = any(rest, &["/s", "/r", "/p", "-s", "-r", "-p"]);
            let hard = any(rest, &["/f", "-f"]) && any(rest, &["/t 0", "-t 0", "/t 00", "/t 1", "-t 00"]);
            off && (hard || any(rest, &["/m ", "-m "]))
        });
    let by_cmdlet = ["stop-computer", "restart-computer"]
        .into_iter()
        .any(|verb| calls(line, verb).any(|rest| rest.contains("-force") || rest.contains("-computername")));
    (by_tool || by_cmdlet) && !told.by_machine()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_trees_count() {
        for line in [
            "del /f /s /q c:\\*.*",
            "rd /s /q d:\\",
            "cmd /c rmdir /s /q c:\\users",
            "remove-item -path \\\\fs1\\sales\\* -recurse -force",
            "remove-item -recurse -force c:\\users\\*",
        ] {
            assert!(is_tree(line), "{line}");
        }
        for line in ["rd /s /q c:\\build\\out", "del /q c:\\temp\\x.txt", "del /s /q *.tmp", "remove-item c:\\ -whatif"]
        {
            assert!(!is_tree(line), "{line}");
        }
    }
}
