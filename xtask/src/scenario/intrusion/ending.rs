//! Destruction, notes, and the way in that was left open.

use super::super::estate::{APP1, BACKUP, FILE_SERVERS, FS1};
use super::super::moment::{MINUTE, SECOND};
use super::super::shapes::{Access, Started};
use super::Intruder;

const CMD: &str = "C:\\Windows\\System32\\cmd.exe";

// === impl Intruder ===

impl Intruder<'_, '_> {
    /// Shadow copies, backups and recovery go, services stop, logs are cleared: a dozen servers in half an hour.
    pub fn destroy(&mut self, time: i64) {
        self.act("destruction", |it| {
            let app = it.estate.server(APP1);
            for (number, server) in it.estate.servers().take(12).enumerate() {
                let time = time + number as i64 * 2 * MINUTE;
                it.scene.logon(time, &server, &it.power, 3, Some(&app));
                let who = it.power.clone();
                let commands = [
                    ("C:\\Windows\\System32\\vssadmin.exe", "VSSADMIN.EXE", "vssadmin.exe delete shadows /all /quiet"),
                    ("C:\\Windows\\System32\\wbadmin.exe", "WBADMIN.EXE", "wbadmin delete catalog -quiet"),
                    ("C:\\Windows\\System32\\bcdedit.exe", "bcdedit.exe", "bcdedit /set {default} recoveryenabled No"),
                    ("C:\\Windows\\System32\\net.exe", "net.exe", "net stop VeeamBackupSvc /y"),
                    ("C:\\Windows\\System32\\net.exe", "net.exe", "net stop MSSQLSERVER /y"),
                    ("C:\\Windows\\System32\\wevtutil.exe", "wevtutil.exe", "wevtutil cl Security"),
                ];
                for (step, (image, original, command)) in commands.into_iter().enumerate() {
                    let started = Started { image, original, command, parent: CMD };
                    it.scene.process(time + step as i64 * 3 * SECOND, &server, Some(&who), &started);
                }
                for name in ["Veeam Backup Service", "SQL Server (MSSQLSERVER)", "Windows Defender Antivirus Service"] {
                    it.scene.service_state(time + 20 * SECOND, &server, name, "stopped");
                }
                it.scene.log_cleared(time + 30 * SECOND, &server, Some(&who), "Security");
            }
        });
    }

    /// The same file in many folders of all shares, and files under a new ending.
    pub fn leave_notes(&mut self, time: i64) {
        self.act("notes", |it| {
            let from = it.estate.server(BACKUP);
            for number in 0..FILE_SERVERS {
                let server = it.estate.server(FS1 + number);
                for folder in 0..30 {
                    let time = time + folder * 2 * SECOND;
                    let path = format!("dept{}\\{folder:02}", folder % 12);
                    let who = it.power.clone();
                    it.scene.share(
                        time,
                        &server,
                        &who,
                        &from,
                        ("share", &format!("{path}\\plan{folder}.dwg.safepay")),
                        Access::Write,
                    );
                    it.scene.share(
                        time + SECOND,
                        &server,
                        &who,
                        &from,
                        ("share", &format!("{path}\\readme_safepay.txt")),
                        Access::Write,
                    );
                }
            }
        });
    }

    /// Two hours after the network was cut the VPN still lets in.
    pub fn come_back(&mut self, time: i64) {
        let tunnel = self.enter("return", time);
        self.act("return", |it| {
            let backup = it.estate.server(BACKUP);
            it.scene.logon(time + MINUTE, &backup, &it.power, 3, Some(&it.seat));
            it.scene.tunnel_down(time + 9 * MINUTE, &tunnel, 3_000_000, 900_000);
        });
    }
}
