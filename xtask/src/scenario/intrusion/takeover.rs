//! Clients are taken, by one of five ways, and their neighbours' files gathered.

use super::super::estate::{APP1, FILE_SERVERS, FS1, Host};
use super::super::moment::{MINUTE, SECOND};
use super::super::shapes::{Access, Started};
use super::{Intruder, Takeover};

const SERVICES: &str = "C:\\Windows\\System32\\services.exe";
const PROVIDER: &str = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";
const REMOTING: &str = "C:\\Windows\\System32\\wsmprovhost.exe";
const SVCHOST: &str = "C:\\Windows\\System32\\svchost.exe";
const CMD: &str = "C:\\Windows\\System32\\cmd.exe";

// === impl Intruder ===

impl Intruder<'_, '_> {
    /// Takes these clients, from a server that is already theirs.
    pub fn take(&mut self, time: i64, clients: &[Host], how: Takeover) {
        self.act("takeover", |it| {
            let from = it.estate.server(APP1);
            for (number, client) in clients.iter().enumerate() {
                let time = time + number as i64 * 3 * MINUTE + it.chance.seconds(60);
                match how {
                    Takeover::Service => it.by_service(time, client, &from),
                    Takeover::Wmi => it.by_wmi(time, client, &from),
                    Takeover::Remoting => it.by_remoting(time, client, &from),
                    Takeover::Task => it.by_task(time, client, &from),
                    Takeover::Desktop => it.by_desktop(time, client, &from),
                }
            }
        });
        self.act("staging", |it| it.gather(time + 20 * MINUTE, &clients[0]));
    }

    /// Like PsExec: a program on ADMIN$, a service of a name made up, gone a minute later.
    fn by_service(&mut self, time: i64, client: &Host, from: &Host) {
        let letters: String = (0..8).map(|_| char::from(b'a' + self.chance.below(26) as u8)).collect();
        self.scene.inside(time, &from.address, &client.address, 445, "SF");
        self.scene.logon(time, client, &self.power, 3, Some(from));
        let file = format!("{letters}.exe");
        self.scene.share(time + SECOND, client, &self.power, from, ("ADMIN$", &file), Access::Write);
        self.scene.share(time + SECOND, client, &self.power, from, ("IPC$", "svcctl"), Access::Read);
        self.scene.call(time + 2 * SECOND, &from.address, &client.address, "svcctl", "svcctl", "CreateServiceW");
        self.scene.call(time + 2 * SECOND, &from.address, &client.address, "svcctl", "svcctl", "StartServiceW");
        let path = format!("%systemroot%\\{file}");
        self.scene.service_installed(time + 2 * SECOND, client, Some(&self.power), &letters, &path);
        self.scene.service_state(time + 3 * SECOND, client, &letters, "running");
        let image = format!("C:\\Windows\\{file}");
        let started = Started { image: &image, original: "psexesvc.exe", command: &image, parent: SERVICES };
        self.scene.process(time + 3 * SECOND, client, None, &started);
        self.shell(time + 4 * SECOND, client, &image);
        self.scene.service_state(time + 60 * SECOND, client, &letters, "stopped");
    }

    fn by_wmi(&mut self, time: i64, client: &Host, from: &Host) {
        self.scene.inside(time, &from.address, &client.address, 135, "SF");
        self.scene.logon(time, client, &self.power, 3, Some(from));
        self.scene.call(time + SECOND, &from.address, &client.address, "135", "IWbemServices", "ExecMethod");
        self.shell(time + 2 * SECOND, client, PROVIDER);
    }

    fn by_remoting(&mut self, time: i64, client: &Host, from: &Host) {
        self.scene.inside(time, &from.address, &client.address, 5985, "SF");
        self.scene.logon(time, client, &self.power, 3, Some(from));
        let command = "C:\\Windows\\system32\\wsmprovhost.exe -Embedding";
        let started = Started { image: REMOTING, original: "wsmprovhost.exe", command, parent: SVCHOST };
        self.scene.process(time + SECOND, client, Some(&self.power), &started);
        self.shell(time + 2 * SECOND, client, REMOTING);
    }

    fn by_task(&mut self, time: i64, client: &Host, from: &Host) {
        self.scene.inside(time, &from.address, &client.address, 445, "SF");
        self.scene.logon(time, client, &self.power, 3, Some(from));
        self.scene.share(time + SECOND, client, &self.power, from, ("IPC$", "atsvc"), Access::Write);
        self.scene.call(time + SECOND, &from.address, &client.address, "atsvc", "atsvc", "SchRpcRegisterTask");
        self.scene.task(time + SECOND, client, &self.power, "\\WinUpdateCheck", "cmd.exe /c C:\\ProgramData\\u.bat");
        self.shell(time + 3 * SECOND, client, SVCHOST);
    }

    fn by_desktop(&mut self, time: i64, client: &Host, from: &Host) {
        self.scene.inside(time, &from.address, &client.address, 3389, "SF");
        let mstsc = "C:\\Windows\\System32\\mstsc.exe";
        self.scene.explicit(time, from, &self.victim, &self.power, client, mstsc);
        self.scene.logon(time + 5 * SECOND, client, &self.power, 10, Some(from));
        self.shell(time + MINUTE, client, "C:\\Windows\\explorer.exe");
    }

    fn shell(&mut self, time: i64, client: &Host, parent: &str) {
        let command = "cmd.exe /c whoami & net use & dir \\\\fs1\\share";
        let started = Started { image: CMD, original: "Cmd.Exe", command, parent };
        let who = self.power.clone();
        self.scene.process(time, client, Some(&who), &started);
    }

    /// Folders of all file servers are read and packed: the archiver's line is the one that Huntress saw in November 2024.
    fn gather(&mut self, time: i64, client: &Host) {
        for number in 0..FILE_SERVERS {
            let server = self.estate.server(FS1 + number);
            self.scene.logon(time, &server, &self.power, 3, Some(client));
            for folder in 0..60 {
                let file = format!("dept{}\\{:02}\\plan{folder}.dwg", folder % 12, folder);
                let time = time + (number as i64 * 60 + folder) * 4 * SECOND;
                self.scene.share(time, &server, &self.power, client, ("share", &file), Access::Read);
            }
        }
        let image = "C:\\ProgramData\\WinRAR.exe";
        let command = "WinRAR.exe a -v5g -ed -r -tn1000d -m0 -mt5 -x*.rar -x*.JPEG -x*.exe -x*.dll -x*.mp4 -x*.msi C:\\ProgramData\\a.rar \\\\fs1\\share";
        let who = self.power.clone();
        self.scene.process(
            time + 15 * MINUTE,
            client,
            Some(&who),
            &Started { image, original: "WinRAR.exe", command, parent: CMD },
        );
    }
}
