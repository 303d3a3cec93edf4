//! From a plain account to administrator rights, and a look around with them.

use super::super::estate::{APP1, DC1, SQL1, SVC_SQL};
use super::super::moment::{MINUTE, SECOND};
use super::super::shapes::{Access, Started};
use super::{Intruder, Rights};

const CMD: &str = "C:\\Windows\\System32\\cmd.exe";
const EXPLORER: &str = "C:\\Windows\\explorer.exe";

// === impl Intruder ===

impl Intruder<'_, '_> {
    /// Has rights from `time` on; what is needed for it comes in the minutes before.
    pub fn rights(&mut self, time: i64, how: Rights) {
        match how {
            Rights::Roasting => self.act("credentials", |it| it.roast(time - 25 * MINUTE)),
            Rights::Dump => self.act("credentials", |it| it.dump(time - 10 * MINUTE)),
            Rights::Switch | Rights::Group | Rights::Replication => {}
        }
        self.act("rights", |it| match how {
            Rights::Switch => it.switch(time),
            Rights::Group => it.group(time),
            Rights::Replication => it.replicate(time),
            Rights::Roasting => it.crack(time),
            Rights::Dump => it.pass(time),
        });
    }

    /// The second account of an administrator, from the tunnel.
    fn switch(&mut self, time: i64) {
        let (app, dc) = (self.estate.server(APP1), self.estate.server(DC1));
        self.scene.ticket_granting(time, &dc, &self.power, &self.seat);
        self.scene.logon(time + SECOND, &app, &self.power, 3, Some(&self.seat));
        self.scene.logon(time + 4 * MINUTE, &dc, &self.power, 10, Some(&self.seat));
    }

    /// An account of the help desk makes the victim's a member of Domain Admins.
    fn group(&mut self, time: i64) {
        let (dc, who) = (self.estate.server(DC1), self.estate.help_desk(0).account.clone());
        self.scene.logon(time - MINUTE, &dc, &who, 3, Some(&self.seat));
        let group = ("Domain Admins", "S-1-5-21-1004336348-1177238915-682003330-512");
        self.scene.member(time, &dc, 4728, &who, &self.victim, group);
        self.victim.privileged = true;
        self.power = self.victim.clone();
        let app = self.estate.server(APP1);
        self.scene.logon(time + 3 * MINUTE, &app, &self.power, 3, Some(&self.seat));
    }

    /// An account that may replicate asks a controller for everybody's secrets.
    fn replicate(&mut self, time: i64) {
        let dc = self.estate.server(DC1);
        self.scene.logon(time, &dc, &self.power, 3, Some(&self.seat));
        for step in 0..6 {
            self.scene.replication(time + step * SECOND, &dc, &self.power);
            self.scene.call(
                time + step * SECOND,
                &self.seat.address,
                &dc.address,
                "lsass",
                "drsuapi",
                "DRSGetNCChanges",
            );
        }
    }

    /// Tickets of many services with a weak cipher: one will be cracked.
    fn roast(&mut self, time: i64) {
        let dc = self.estate.server(DC1);
        let services =
            ["svc-sql", "svc-erp", "svc-cad", "svc-web", "svc-print", "svc-index", "svc-mail", "svc-crm", "svc-bi"];
        for (step, service) in services.into_iter().enumerate() {
            self.scene.ticket(time + step as i64 * SECOND, &dc, &self.victim, service, &self.seat, "0x17");
        }
    }

    /// Its account, which may administer the database server.
    fn crack(&mut self, time: i64) {
        let mut power = self.estate.service(SVC_SQL);
        power.privileged = true;
        self.power = power;
        let sql = self.estate.server(SQL1);
        self.scene.logon(time, &sql, &self.power, 3, Some(&self.seat));
        self.scene.logon(time + 2 * MINUTE, &sql, &self.power, 10, Some(&self.seat));
    }

    /// At the victim's own client, by remote desktop: the memory of LSASS is written to a file.
    fn dump(&mut self, time: i64) {
        let image = "C:\\Windows\\System32\\rundll32.exe";
        let command = "rundll32.exe C:\\windows\\System32\\comsvcs.dll, MiniDump 712 C:\\Users\\Public\\d.bin full";
        let started = Started { image, original: "RUNDLL32.EXE", command, parent: CMD };
        self.scene.process(time, &self.desk, Some(&self.victim), &started);
        let lsass = "C:\\Windows\\System32\\lsass.exe";
        self.scene.opened_process(time + SECOND, &self.desk, Some(&self.victim), image, lsass, "0x1fffff");
        self.scene.file(time + SECOND, &self.desk, Some(&self.victim), image, "C:\\Users\\Public\\d.bin");
    }

    /// With what was found there.
    fn pass(&mut self, time: i64) {
        let app = self.estate.server(APP1 + 1);
        self.scene.logon_by(time, &app, &self.power, 3, Some(&self.desk), "NTLM");
    }

    /// Commands on a server, and every host asked for its shares.
    pub fn look_around(&mut self, time: i64) {
        self.act("discovery", |it| {
            let app = it.estate.server(APP1);
            it.scene.logon(time - MINUTE, &app, &it.power, 10, Some(&it.seat));
            let commands = [
                ("C:\\Windows\\System32\\nltest.exe", "nltestrk.exe", "nltest /domain_trusts /all_trusts"),
                ("C:\\Windows\\System32\\net.exe", "net.exe", "net group \"Domain Admins\" /domain"),
                ("C:\\Windows\\System32\\net.exe", "net.exe", "net view /all /domain"),
                ("C:\\Windows\\System32\\whoami.exe", "whoami.exe", "whoami /all"),
                ("C:\\Windows\\System32\\quser.exe", "quser.exe", "quser"),
            ];
            for (step, (image, original, command)) in commands.into_iter().enumerate() {
                let started = Started { image, original, command, parent: if step == 0 { EXPLORER } else { CMD } };
                it.scene.process(time + step as i64 * 20 * SECOND, &app, Some(&it.power), &started);
            }
            for number in 0..40_usize {
                let host = it.estate.colleague(number * 5 + 2).host.clone();
                let time = time + 5 * MINUTE + number as i64 * 2 * SECOND;
                it.scene.inside(time, &app.address, &host.address, 445, "SF");
                it.scene.logon(time, &host, &it.power, 3, Some(&app));
                it.scene.share(time, &host, &it.power, &app, ("IPC$", "srvsvc"), Access::Read);
                it.scene.call(time, &app.address, &host.address, "srvsvc", "srvsvc", "NetrShareEnum");
            }
        });
    }
}
