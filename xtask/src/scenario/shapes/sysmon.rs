//! Sysmon's events, as Winlogbeat ships them.

use super::super::estate::{Account, Host};
use super::super::moment::iso;
use super::Scene;

/// A program that was started.
#[derive(Clone, Copy, Debug)]
pub struct Started<'p> {
    pub image: &'p str,
    /// Its own name for itself, which a new file name does not change.
    pub original: &'p str,
    pub command: &'p str,
    pub parent: &'p str,
}

// === impl Scene ===

impl Scene<'_> {
    /// 1: a program starts. None: the machine's own account.
    pub fn process(&mut self, time: i64, host: &Host, who: Option<&Account>, started: &Started<'_>) {
        let (user, pid) = (shown(who), self.trivia.between(1000, 16_000).to_string());
        let parent = format!("\"{}\"", started.parent);
        self.sysmon(
            time,
            host,
            1,
            &[
                ("UtcTime", &utc(time)),
                ("ProcessGuid", &guid(time, &pid)),
                ("ProcessId", &pid),
                ("Image", started.image),
                ("OriginalFileName", started.original),
                ("CommandLine", started.command),
                ("CurrentDirectory", "C:\\Windows\\system32\\"),
                ("User", &user),
                ("LogonId", if who.is_some() { "0x6b1d2" } else { "0x3e7" }),
                ("IntegrityLevel", if who.is_some_and(|who| !who.privileged) { "Medium" } else { "High" }),
                ("ParentImage", started.parent),
                ("ParentCommandLine", &parent),
            ],
        );
    }

    /// 11: a file is made.
    pub fn file(&mut self, time: i64, host: &Host, who: Option<&Account>, image: &str, path: &str) {
        let pid = self.trivia.between(1000, 16_000).to_string();
        self.sysmon(
            time,
            host,
            11,
            &[
                ("UtcTime", &utc(time)),
                ("ProcessGuid", &guid(time, &pid)),
                ("ProcessId", &pid),
                ("Image", image),
                ("TargetFilename", path),
                ("CreationUtcTime", &utc(time)),
                ("User", &shown(who)),
            ],
        );
    }

    /// 10: a program reaches into another.
    pub fn opened_process(
        &mut self,
        time: i64,
        host: &Host,
        who: Option<&Account>,
        image: &str,
        target: &str,
        access: &str,
    ) {
        self.sysmon(
            time,
            host,
            10,
            &[
                ("UtcTime", &utc(time)),
                ("SourceProcessId", "4812"),
                ("SourceImage", image),
                ("TargetProcessId", "712"),
                ("TargetImage", target),
                ("GrantedAccess", access),
                ("CallTrace", "C:\\Windows\\SYSTEM32\\ntdll.dll+9d1e4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e"),
                ("SourceUser", &shown(who)),
                ("TargetUser", "NT AUTHORITY\\SYSTEM"),
            ],
        );
    }
}

fn shown(who: Option<&Account>) -> String {
    who.map_or_else(|| "NT AUTHORITY\\SYSTEM".to_owned(), |who| format!("CORP\\{}", who.name))
}

fn utc(time: i64) -> String {
    iso(time).replace('T', " ").replace('Z', "")
}

fn guid(time: i64, pid: &str) -> String {
    format!("{{2b5a9d10-0000-0000-{:04x}-{:012x}}}", pid.len(), time.unsigned_abs() & 0xffff_ffff_ffff)
}
