//! Windows events about what is changed: services, tasks, accounts, groups, logs.

use super::super::estate::{Account, Host};
use super::super::moment::SECOND;
use super::windows::{AUDIT, By};
use super::{Scene, sid};

const SERVICES: (&str, &str) = ("System", "Service Control Manager");

// === impl Scene ===

impl Scene<'_> {
    /// 7045: a service is installed.
    pub fn service_installed(&mut self, time: i64, host: &Host, by: Option<&Account>, name: &str, path: &str) {
        let by = by.map_or(By::System, By::Account);
        self.event_by(
            time,
            host,
            SERVICES,
            7045,
            &by,
            "event_data",
            &[
                ("ServiceName", name),
                ("ImagePath", path),
                ("ServiceType", "user mode service"),
                ("StartType", "demand start"),
                ("AccountName", "LocalSystem"),
            ],
        );
    }

    /// 7036: a service runs or stopped.
    pub fn service_state(&mut self, time: i64, host: &Host, name: &str, state: &str) {
        self.event(time, host, SERVICES, 7036, &[("param1", name), ("param2", state)]);
    }

    /// 7040: how a service starts was changed.
    pub fn service_start(&mut self, time: i64, host: &Host, by: Option<&Account>, name: &str, from: &str, to: &str) {
        let by = by.map_or(By::System, By::Account);
        let data = [("param1", name), ("param2", from), ("param3", to), ("param4", name)];
        self.event_by(time, host, SERVICES, 7040, &by, "event_data", &data);
    }

    /// 4698: a scheduled task is made.
    pub fn task(&mut self, time: i64, host: &Host, who: &Account, name: &str, command: &str) {
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><Task version=\"1.2\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\"><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals><Actions><Exec><Command>{command}</Command></Exec></Actions></Task>"
        );
        self.event(
            time,
            host,
            AUDIT,
            4698,
            &[
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x7c1a2b"),
                ("TaskName", name),
                ("TaskContent", &content),
            ],
        );
    }

    /// A change to an account: 4720 created, 4722 enabled, 4724 password reset, 4726 deleted, 4738 changed, 4767 unlocked.
    pub fn account(&mut self, time: i64, at: &Host, id: u32, who: &Account, whom: &Account) {
        self.event(
            time,
            at,
            AUDIT,
            id,
            &[
                ("TargetUserName", &whom.name),
                ("TargetDomainName", "CORP"),
                ("TargetSid", &sid(whom)),
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x3f2a11"),
            ],
        );
    }

    /// 4728 or 4732: somebody becomes a member of a global or local group.
    pub fn member(&mut self, time: i64, at: &Host, id: u32, who: &Account, whom: &Account, group: (&str, &str)) {
        self.event(
            time,
            at,
            AUDIT,
            id,
            &[
                ("MemberName", &format!("CN={},OU=People,DC=corp,DC=example,DC=com", whom.name)),
                ("MemberSid", &sid(whom)),
                ("TargetUserName", group.0),
                ("TargetDomainName", if id == 4732 { "Builtin" } else { "CORP" }),
                ("TargetSid", group.1),
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x3f2a11"),
            ],
        );
    }

    /// 1102 for Security, 104 for any other log: it was cleared.
    pub fn log_cleared(&mut self, time: i64, host: &Host, who: Option<&Account>, log: &str) {
        let user = who.map_or("S-1-5-18".to_owned(), sid);
        let (name, domain) = who.map_or(("SYSTEM", "NT AUTHORITY"), |who| (&*who.name, "CORP"));
        let data = [
            ("SubjectUserSid", &*user),
            ("SubjectUserName", name),
            ("SubjectDomainName", domain),
            ("SubjectLogonId", "0x7c1a2b"),
            ("Channel", log),
        ];
        let provider = "Microsoft-Windows-Eventlog";
        if log == "Security" {
            self.event_by(time, host, (log, provider), 1102, &By::Nobody, "user_data", &data[..4]);
        } else {
            self.event_by(time, host, ("System", provider), 104, &By::Nobody, "user_data", &data);
        }
    }

    /// An event of the machine itself: 6006 and 6005 when the log's service stops and starts, 1074 when it shuts down.
    pub fn restart(&mut self, time: i64, host: &Host) {
        self.event_by(
            time,
            host,
            ("System", "User32"),
            1074,
            &By::System,
            "event_data",
            &[
                ("param1", "C:\\Windows\\system32\\svchost.exe (WSUS)"),
                ("param2", &host.name.to_uppercase()),
                ("param3", "Operating System: Service pack (Planned)"),
                ("param5", "restart"),
                ("param7", "NT AUTHORITY\\SYSTEM"),
            ],
        );
        let log = ("System", "EventLog");
        self.event(time + SECOND * 20, host, log, 6006, &[]);
        self.event(time + SECOND * 140, host, log, 6005, &[]);
        self.event(time + SECOND * 141, host, ("Security", "Microsoft-Windows-Eventlog"), 1100, &[]);
    }
}
