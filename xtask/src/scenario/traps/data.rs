//! Traps that move data.

use super::super::estate::{BACKUP, Estate, FS1, Host, INDEXER as INDEX_HOST, SVC_INDEX};
use super::super::moment::{HOUR, MINUTE, SECOND, day, is_weekend};
use super::super::shapes::{Access, Flow};
use super::{Act, Scale, Trap};

const MB: u64 = 1_000_000;

pub const CLOUD_BACKUP: Trap = Trap {
    id: "cloud-backup",
    title: "backup to the cloud at night",
    scales: &[Scale { unit: "GB a night", usual: 60, sweep: &[1, 20, 600] }],
    play: cloud_backup,
};

/// Three hosts copy what changed to object storage, from the third night on.
fn cloud_backup(act: &mut Act<'_, '_>) {
    if act.number < 2 {
        return;
    }
    let flows = 60;
    for flow in 0..flows {
        let server = [BACKUP, FS1, FS1 + 1][flow % 3];
        let host = act.estate.server(server);
        let start = act.chance.within(day(act.number) + 2 * HOUR, 2 * HOUR);
        let out = act.about(act.dose[0] * 1000 * MB / flows as u64);
        act.send(start, 10 * MINUTE, &host, ("20.19.3.7", 443, Some("backup.blob.example.com")), out, out / 400 + MB);
    }
}

pub const SAAS: Trap = Trap {
    id: "saas-rollout",
    title: "a new service that the whole house adopts",
    scales: &[
        Scale { unit: "users", usual: 120, sweep: &[5, 20, 50, 200] },
        Scale { unit: "MB each", usual: 400, sweep: &[100, 1_000, 50_000] },
    ],
    play: |act| saas(act, [20, 150]),
};

pub const FILLED: Trap = Trap {
    id: "filled-service",
    title: "the same, but only filled: photographs, copies of clients",
    // Not among the usual ones: whether a house has such a week is no matter of rates. The sweep shows what it sets off.
    scales: &[
        Scale { unit: "users", usual: 0, sweep: &[2, 5, 20, 50, 200] },
        Scale { unit: "MB each", usual: 400, sweep: &[100, 1_000, 50_000] },
    ],
    play: |act| saas(act, [1, 4]),
};

/// From the second Monday on, more people each day put their files into a new service and read those of others: what one
/// puts in, several take out (a shared folder): so many percent come back.
fn saas(act: &mut Act<'_, '_>, back: [u64; 2]) {
    let since = act.number - 7;
    if !(0..14).contains(&since) || is_weekend(act.number) {
        return;
    }
    let users = usize::try_from(act.dose[0]).unwrap_or_default();
    for user in 0..users {
        // All have joined by Friday; each brings half of it on the first day and the rest over five.
        let joined = (user % 5).cast_signed() as i64;
        if joined > since {
            continue;
        }
        let each = act.dose[1] * MB;
        let out = if joined == since { each / 2 } else { each / 10 };
        let person = act.estate.colleague(user);
        for part in 0..3_u64 {
            let start = act.chance.within(day(act.number) + 9 * HOUR, 8 * HOUR);
            let address = format!("203.0.113.{}", 200 + part % 2);
            let (out, sensed) = (act.about(out / 3), person.sensed);
            let back = out * act.chance.between(back[0], back[1]) / 100;
            let lasts = act.chance.seconds(600);
            let (from, name) = (&*person.host.address, Some("files.newservice.example.org"));
            act.scene.flow(&Flow { start, lasts, from, to: &address, port: 443, out, back, name, sensed });
        }
    }
}

pub const STORAGE: Trap = Trap {
    id: "onedrive",
    title: "everybody's synchronised folder",
    scales: &[Scale { unit: "MB a user and day", usual: 20, sweep: &[5, 100, 2_000] }],
    play: storage,
};

fn storage(act: &mut Act<'_, '_>) {
    act.everybody(70, 2, |act, from, start, sensed| {
        let out = act.chance.heavy(act.dose[0] * MB / 2);
        let back = act.chance.heavy(12 * MB);
        let to = format!("20.19.0.{}", act.chance.between(1, 8));
        let name = Some("corp-my.sharepoint.example.com");
        let lasts = act.chance.seconds(400);
        Flow { start, lasts, from, to: &to, port: 443, out, back, name, sensed }.told(act);
    });
}

pub const VIDEO: Trap = Trap {
    id: "video-calls",
    title: "video calls",
    // A call takes 1 to 2 Mbit/s each way (the services' own figures): 400 to 900 MB an hour.
    scales: &[Scale { unit: "MB a call", usual: 350, sweep: &[100, 350, 3_000] }],
    play: video,
};

fn video(act: &mut Act<'_, '_>) {
    act.everybody(45, 1, |act, from, start, sensed| {
        let out = act.chance.heavy(act.dose[0] * MB);
        let back = out / 10 * act.chance.between(6, 25);
        let to = format!("20.19.1.{}", act.chance.between(1, 120));
        Flow { start, lasts: 40 * MINUTE, from, to: &to, port: 443, out, back, name: None, sensed }.told(act);
    });
}

pub const PARTNER: Trap = Trap {
    id: "partner-sftp",
    title: "a partner's SFTP",
    scales: &[Scale { unit: "MB a night", usual: 300, sweep: &[50, 1_000, 20_000] }],
    play: partner,
};

/// Drawings go to the partner every working morning from one server, and once a week from a designer's client.
fn partner(act: &mut Act<'_, '_>) {
    if is_weekend(act.number) {
        return;
    }
    let server = act.estate.server(21);
    let start = act.chance.within(day(act.number) + 6 * HOUR, HOUR);
    let out = act.about(act.dose[0] * MB);
    act.send(start, 8 * MINUTE, &server, ("198.51.100.20", 22, None), out, out / 300);
    if act.number % 7 == 3 {
        let host = act.estate.colleague(40).host.clone();
        let out = act.about(act.dose[0] * MB / 3);
        act.send(start + 9 * HOUR, 4 * MINUTE, &host, ("198.51.100.20", 22, None), out, out / 300);
    }
}

pub const TELEMETRY: Trap = Trap {
    id: "telemetry-agent",
    title: "a new agent that sends telemetry from every client",
    scales: &[Scale { unit: "MB a client and day", usual: 8, sweep: &[1, 40, 200] }],
    play: telemetry,
};

/// From the ninth day on, day and night, much out and little back: the wire can't tell it from a slow theft.
fn telemetry(act: &mut Act<'_, '_>) {
    if act.number < 8 || is_weekend(act.number) {
        return;
    }
    act.everybody(95, 2, |act, from, start, sensed| {
        let out = act.dose[0] * MB / 2 + act.chance.below(MB / 4);
        let name = Some("ingest.agent.example.io");
        Flow { start, lasts: SECOND, from, to: "203.0.113.40", port: 443, out, back: out / 60, name, sensed }.told(act);
    });
}

pub const INDEXER: Trap = Trap {
    id: "file-indexer",
    title: "a file indexer",
    scales: &[Scale { unit: "folders a night", usual: 300, sweep: &[30, 300, 3_000] }],
    play: indexer,
};

/// It reads every folder at night, one file of each standing for all, and looks up its licence outside.
fn indexer(act: &mut Act<'_, '_>) {
    let (host, who) = (act.estate.server(INDEX_HOST), act.estate.service(SVC_INDEX));
    for folder in 0..act.dose[0] {
        let server = act.estate.server(FS1 + (folder % 3) as usize);
        let time = day(act.number) + 22 * HOUR + folder.cast_signed() * 2 * SECOND;
        if folder < 3 {
            act.scene.logon(time, &server, &who, 3, Some(&host));
        }
        let file = format!("dept{}\\{:02}\\old{folder:04}\\index.docx", folder % 12, folder / 12 % 40);
        act.scene.share(time + SECOND, &server, &who, &host, ("share", &file), Access::Read);
    }
    let start = day(act.number) + 23 * HOUR;
    act.send(start, SECOND, &host, ("20.18.0.9", 443, Some("www.known9.example.com")), 40_000, 300_000);
}

// === impl Act ===

impl Act<'_, '_> {
    /// Half of it up to half as much again.
    fn about(&mut self, bytes: u64) -> u64 {
        bytes * self.chance.between(50, 150) / 100
    }

    /// A host sends; the sensor sees servers.
    fn send(&mut self, start: i64, lasts: i64, host: &Host, to: (&str, u16, Option<&str>), out: u64, back: u64) {
        let (to, port, name) = to;
        self.scene.flow(&Flow { start, lasts, from: &host.address, to, port, out, back, name, sensed: true });
    }

    /// So many percent of the house, so many times a day.
    fn everybody(&mut self, percent: u64, times: u64, each: impl Fn(&mut Self, &str, i64, bool)) {
        if is_weekend(self.number) {
            return;
        }
        let estate: &Estate = self.estate;
        for person in &estate.people {
            if !self.chance.percent(percent) {
                continue;
            }
            for _ in 0..times {
                let start = self.chance.within(day(self.number) + 9 * HOUR, 8 * HOUR);
                each(self, &person.host.address, start, person.sensed);
            }
        }
    }
}

// === impl Flow ===

impl Flow<'_> {
    fn told(&self, act: &mut Act<'_, '_>) {
        act.scene.flow(self);
    }
}
