//! Windows events as Winlogbeat ships them: the envelope, logons, tickets and access.
//!
//! Field names are those of the events themselves (Microsoft's reference of security auditing).

use std::fmt::Write as _;

use super::super::estate::{Account, Host};
use super::super::moment::iso;
use super::{Access, Scene, full, quoted, sid};

pub(super) const AUDIT: (&str, &str) = ("Security", "Microsoft-Windows-Security-Auditing");

/// Who acted, as the header of an event of System tells it.
pub(super) enum By<'b> {
    Nobody,
    Account(&'b Account),
    System,
}

// === impl Scene ===

impl Scene<'_> {
    pub(super) fn event(&mut self, time: i64, host: &Host, of: (&str, &str), id: u32, data: &[(&str, &str)]) {
        self.event_by(time, host, of, id, &By::Nobody, "event_data", data);
    }

    #[expect(clippy::too_many_arguments, reason = "one place writes the whole envelope")]
    pub(super) fn event_by(
        &mut self,
        time: i64,
        host: &Host,
        (channel, provider): (&str, &str),
        id: u32,
        by: &By<'_>,
        section: &str,
        data: &[(&str, &str)],
    ) {
        self.record += 1;
        let mut text = String::with_capacity(1200);
        // Writing into a text does not fail.
        let _ = write!(
            text,
            r#"{{"@timestamp":"{at}","agent":{{"type":"winlogbeat","version":"8.17.0"}},"event":{{"code":"{id}","kind":"event","provider":"{provider}"}},"host":{{"name":"{short}"}},"winlog":{{"channel":"{channel}","provider_name":"{provider}","event_id":"{id}","record_id":{record},"computer_name":"{computer}","api":"wineventlog","{section}":{{"#,
            at = iso(time),
            short = host.name,
            record = self.record,
            computer = full(host),
        );
        for (place, (name, value)) in data.iter().enumerate() {
            let _ = write!(text, r#"{}"{name}":"#, if place == 0 { "" } else { "," });
            quoted(&mut text, value);
        }
        text.push('}');
        match by {
            By::Nobody => {}
            By::System => text
                .push_str(r#","user":{"identifier":"S-1-5-18","name":"SYSTEM","domain":"NT AUTHORITY","type":"User"}"#),
            By::Account(account) => {
                let _ = write!(
                    text,
                    r#","user":{{"identifier":"{}","name":"{}","domain":"CORP","type":"User"}}"#,
                    sid(account),
                    account.name
                );
            }
        }
        text.push_str("}}");
        self.of_host(&host.name, time, text);
    }

    /// For the other shapes of this folder: a Sysmon event.
    pub(super) fn sysmon(&mut self, time: i64, host: &Host, id: u32, data: &[(&str, &str)]) {
        let of = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon");
        self.event(time, host, of, id, data);
    }

    /// 4624, and 4672 where the account is privileged. Gives the logon id back.
    pub fn logon(&mut self, time: i64, host: &Host, who: &Account, kind: u32, from: Option<&Host>) -> String {
        self.logon_by(time, host, who, kind, from, if kind == 3 { "Kerberos" } else { "Negotiate" })
    }

    /// The same with NTLM or another package.
    pub fn logon_by(
        &mut self,
        time: i64,
        host: &Host,
        who: &Account,
        kind: u32,
        from: Option<&Host>,
        package: &str,
    ) -> String {
        let session = self.next_session();
        let (kind, user) = (kind.to_string(), sid(who));
        let (machine, port) = (format!("{}$", host.name.to_uppercase()), self.port().to_string());
        let local = kind != "3";
        let workstation = match from {
            Some(from) if package == "NTLM" || kind == "10" => from.name.to_uppercase(),
            _ if local => host.name.to_uppercase(),
            _ => "-".to_owned(),
        };
        let process = if package == "NTLM" { "NtLmSsp " } else { "Kerberos" };
        self.event(
            time,
            host,
            AUDIT,
            4624,
            &[
                ("SubjectUserSid", if local { "S-1-5-18" } else { "S-1-0-0" }),
                ("SubjectUserName", if local { &machine } else { "-" }),
                ("SubjectDomainName", if local { "CORP" } else { "-" }),
                ("SubjectLogonId", if local { "0x3e7" } else { "0x0" }),
                ("TargetUserSid", &user),
                ("TargetUserName", &who.name),
                ("TargetDomainName", "CORP"),
                ("TargetLogonId", &session),
                ("LogonType", &kind),
                ("LogonProcessName", if local { "User32 " } else { process }),
                ("AuthenticationPackageName", package),
                ("WorkstationName", &workstation),
                ("LogonGuid", "{00000000-0000-0000-0000-000000000000}"),
                ("ProcessName", if local { "C:\\Windows\\System32\\svchost.exe" } else { "-" }),
                ("IpAddress", from.map_or(if local { "127.0.0.1" } else { "-" }, |from| &*from.address)),
                ("IpPort", if from.is_some() { &port } else { "0" }),
                ("ElevatedToken", if who.privileged { "%%1842" } else { "%%1843" }),
            ],
        );
        if who.privileged {
            self.event(time, host, AUDIT, 4672, &[
                ("SubjectUserSid", &user),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", &session),
                ("PrivilegeList", "SeSecurityPrivilege\n\t\t\tSeBackupPrivilege\n\t\t\tSeRestorePrivilege\n\t\t\tSeTakeOwnershipPrivilege\n\t\t\tSeDebugPrivilege\n\t\t\tSeSystemEnvironmentPrivilege\n\t\t\tSeLoadDriverPrivilege\n\t\t\tSeImpersonatePrivilege"),
            ]);
        }
        session
    }

    /// 4625: a wrong password, or an account that is not there.
    pub fn failed_logon(&mut self, time: i64, host: &Host, name: &str, from: &Host) {
        let port = self.port().to_string();
        self.event(
            time,
            host,
            AUDIT,
            4625,
            &[
                ("SubjectUserSid", "S-1-0-0"),
                ("SubjectUserName", "-"),
                ("SubjectDomainName", "-"),
                ("SubjectLogonId", "0x0"),
                ("TargetUserSid", "S-1-0-0"),
                ("TargetUserName", name),
                ("TargetDomainName", "CORP"),
                ("Status", "0xc000006d"),
                ("SubStatus", "0xc000006a"),
                ("FailureReason", "%%2313"),
                ("LogonType", "3"),
                ("LogonProcessName", "NtLmSsp "),
                ("AuthenticationPackageName", "NTLM"),
                ("WorkstationName", &from.name.to_uppercase()),
                ("IpAddress", &from.address),
                ("IpPort", &port),
            ],
        );
    }

    /// 4648 on the host where somebody uses another account's password.
    pub fn explicit(&mut self, time: i64, host: &Host, who: &Account, whom: &Account, to: &Host, program: &str) {
        let target = full(to);
        self.event(
            time,
            host,
            AUDIT,
            4648,
            &[
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x5b1d2"),
                ("TargetUserName", &whom.name),
                ("TargetDomainName", "CORP"),
                ("TargetServerName", &target),
                ("TargetInfo", &target),
                ("ProcessId", "0x1f3c"),
                ("ProcessName", program),
                ("IpAddress", "-"),
                ("IpPort", "-"),
            ],
        );
    }

    /// 4768 on a domain controller: somebody signs in.
    pub fn ticket_granting(&mut self, time: i64, at: &Host, who: &Account, from: &Host) {
        let (address, port) = (format!("::ffff:{}", from.address), self.port().to_string());
        self.event(
            time,
            at,
            AUDIT,
            4768,
            &[
                ("TargetUserName", &who.name),
                ("TargetDomainName", "CORP"),
                ("TargetSid", &sid(who)),
                ("ServiceName", "krbtgt"),
                ("TicketOptions", "0x40810010"),
                ("Status", "0x0"),
                ("TicketEncryptionType", "0x12"),
                ("PreAuthType", "2"),
                ("IpAddress", &address),
                ("IpPort", &port),
            ],
        );
    }

    /// 4769 on a domain controller: somebody asks for a service; `0x17` is RC4, `0x12` AES.
    pub fn ticket(&mut self, time: i64, at: &Host, who: &Account, service: &str, from: &Host, cipher: &str) {
        let (address, port) = (format!("::ffff:{}", from.address), self.port().to_string());
        self.event(
            time,
            at,
            AUDIT,
            4769,
            &[
                ("TargetUserName", &format!("{}@CORP.EXAMPLE.COM", who.name)),
                ("TargetDomainName", "CORP.EXAMPLE.COM"),
                ("ServiceName", service),
                ("ServiceSid", "S-1-5-21-1004336348-1177238915-682003330-3005"),
                ("TicketOptions", "0x40810000"),
                ("TicketEncryptionType", cipher),
                ("IpAddress", &address),
                ("IpPort", &port),
                ("Status", "0x0"),
            ],
        );
    }

    /// 5145: a file on a share, as detailed auditing tells it.
    pub fn share(
        &mut self,
        time: i64,
        host: &Host,
        who: &Account,
        from: &Host,
        (share, file): (&str, &str),
        how: Access,
    ) {
        let (port, name) = (self.port().to_string(), format!("\\\\*\\{share}"));
        let mask = match how {
            Access::Read => "0x120089",
            Access::Write => "0x120196",
        };
        self.event(
            time,
            host,
            AUDIT,
            5145,
            &[
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x7c1a2b"),
                ("ObjectType", "File"),
                ("IpAddress", &from.address),
                ("IpPort", &port),
                ("ShareName", &name),
                ("ShareLocalPath", &format!("\\??\\D:\\{share}")),
                ("RelativeTargetName", file),
                ("AccessMask", mask),
                ("AccessList", "%%4416"),
            ],
        );
    }

    /// 4662 on a domain controller: replication rights are used.
    pub fn replication(&mut self, time: i64, at: &Host, who: &Account) {
        self.event(
            time,
            at,
            AUDIT,
            4662,
            &[
                ("SubjectUserSid", &sid(who)),
                ("SubjectUserName", &who.name),
                ("SubjectDomainName", "CORP"),
                ("SubjectLogonId", "0x9a11c0"),
                ("ObjectServer", "DS"),
                ("ObjectType", "%{19195a5b-6da0-11d0-afd3-00c04fd930c9}"),
                ("ObjectName", "%{1ef5f8a9-3a1f-4f5e-9d55-7f2f6e9f1d11}"),
                ("OperationType", "Object Access"),
                ("AccessMask", "0x100"),
                (
                    "Properties",
                    "%%7688\n\t\t{1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}\n\t{19195a5b-6da0-11d0-afd3-00c04fd930c9}",
                ),
            ],
        );
    }
}
