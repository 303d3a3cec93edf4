//! The 57 hours of Mino Industry (October 2025; the company's fourth report), in variants.
//!
//! Wednesday 19:31 a valid VPN account, an hour later administrator rights, from then on discovery, takeover of clients
//! and theft through several of them; Friday 20:58 destruction; Saturday 01:21 ransom notes, 02:49 the network is cut, and
//! 04:45 the way in is used once more. What the report leaves open varies: how rights were had, by what clients were taken,
//! how much left and which way.

mod ending;
mod rights;
mod takeover;
mod theft;

use super::chance::Chance;
use super::estate::{Account, Estate, FS1, Host};
use super::moment::{DAY, HOUR, MINUTE, day};
use super::shapes::{Scene, Tunnel};

/// How administrator rights are had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rights {
    /// A second account's password is known.
    Switch,
    /// The account is made a member of a privileged group.
    Group,
    /// The directory's secrets are replicated.
    Replication,
    /// A service's ticket is cracked.
    Roasting,
    /// LSASS of a client is dumped.
    Dump,
}

/// How clients are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takeover {
    Service,
    Wmi,
    Remoting,
    Task,
    Desktop,
}

/// Which way data leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A program that no log tells of.
    Https,
    /// rclone, renamed, as Sysmon sees it.
    Tool,
    Sftp,
    /// Through the VPN session.
    Tunnel,
}

/// How much leaves.
#[derive(Clone, Copy, Debug)]
pub struct Theft {
    pub bytes: u64,
    pub clients: usize,
    /// Nanoseconds.
    pub lasts: i64,
    /// One flow, that is one file: rclone sends four at once, FileZilla two (their documentation).
    pub file: u64,
    pub way: Way,
    /// Begins so many days before the destruction rather than with the takeover.
    pub ahead: i64,
}

/// One way it may go.
pub struct Variant {
    pub id: &'static str,
    pub title: &'static str,
    rights: Rights,
    takeover: Takeover,
    pub theft: Theft,
}

const GB: u64 = 1_000_000_000;
const MB: u64 = 1_000_000;

/// All of them.
pub const VARIANTS: [Variant; 6] = [
    Variant {
        id: "mino",
        title: "second account, services over ADMIN$, 300 GB by HTTPS through six clients",
        rights: Rights::Switch,
        takeover: Takeover::Service,
        theft: Theft { bytes: 300 * GB, clients: 6, lasts: 56 * HOUR, file: 60 * MB, way: Way::Https, ahead: 0 },
    },
    Variant {
        id: "group",
        title: "raised by group, WMI, 30 GB by a renamed rclone through four clients",
        rights: Rights::Group,
        takeover: Takeover::Wmi,
        theft: Theft { bytes: 30 * GB, clients: 4, lasts: 30 * HOUR, file: 40 * MB, way: Way::Tool, ahead: 0 },
    },
    Variant {
        id: "replication",
        title: "DCSync, WinRM, 3 GB by SFTP through three clients",
        rights: Rights::Replication,
        takeover: Takeover::Remoting,
        theft: Theft { bytes: 3 * GB, clients: 3, lasts: 5 * HOUR, file: 12 * MB, way: Way::Sftp, ahead: 0 },
    },
    Variant {
        id: "roasting",
        title: "Kerberoasting, scheduled tasks, 3 GB by HTTPS through two clients",
        rights: Rights::Roasting,
        takeover: Takeover::Task,
        theft: Theft { bytes: 3 * GB, clients: 2, lasts: 20 * HOUR, file: 10 * MB, way: Way::Https, ahead: 0 },
    },
    Variant {
        id: "slow",
        title: "LSASS dumped, remote desktop, 6 GB low and slow over nine days through one client",
        rights: Rights::Dump,
        takeover: Takeover::Desktop,
        theft: Theft { bytes: 6 * GB, clients: 1, lasts: 9 * DAY, file: 5 * MB, way: Way::Https, ahead: 9 },
    },
    Variant {
        id: "tunnel",
        title: "second account, services over ADMIN$, 30 GB out through the VPN session",
        rights: Rights::Switch,
        takeover: Takeover::Service,
        theft: Theft { bytes: 30 * GB, clients: 1, lasts: 30 * HOUR, file: 100 * MB, way: Way::Tunnel, ahead: 0 },
    },
];

/// The intruder, wherever they are.
struct Intruder<'a, 's> {
    scene: &'a mut Scene<'s>,
    estate: &'a Estate,
    chance: Chance,
    /// The account that came in, and the client of its owner.
    victim: Account,
    desk: Host,
    /// The address of the tunnel, with the name that the intruder's machine gives itself.
    seat: Host,
    /// The account with rights, once they are had.
    power: Account,
}

/// Plays it. It is over before the day `days`.
pub fn play(scene: &mut Scene<'_>, estate: &Estate, seed: u64, days: i64, variant: &Variant) {
    // The last Wednesday that leaves room for Saturday morning.
    let wednesday = (0..=(days - 4).max(0)).rev().find(|day| day % 7 == 2).unwrap_or(0);
    let start = day(wednesday) + 19 * HOUR + 31 * MINUTE;
    let mut chance = Chance::of(seed, variant.id, 0);
    let victim = estate.colleague(chance.index(200)).clone();
    let admin = estate.admins[1 + chance.index(estate.admins.len() - 1)].clone();
    let seat = Host { name: "win-8k2q7h3".into(), address: "10.8.9.9".into() };
    let mut intruder =
        Intruder { scene, estate, chance, victim: victim.account, desk: victim.host, seat, power: admin };
    let tunnel = intruder.enter("entry", start);
    intruder.rights(start + 61 * MINUTE, variant.rights);
    intruder.look_around(start + 80 * MINUTE);
    let clients = intruder.clients(variant.theft.clients);
    intruder.take(start + 110 * MINUTE, &clients, variant.takeover);
    let cut = day(wednesday + 3) + 4 * HOUR + 45 * MINUTE;
    let from =
        if variant.theft.ahead == 0 { start + 2 * HOUR } else { start + 2 * HOUR - (variant.theft.ahead - 2) * DAY };
    intruder.steal(from, &clients, &variant.theft, &tunnel, cut);
    intruder.destroy(day(wednesday + 2) + 20 * HOUR + 58 * MINUTE);
    intruder.leave_notes(day(wednesday + 3) + HOUR + 21 * MINUTE);
    intruder.come_back(cut - MINUTE);
}

// === impl Intruder ===

impl Intruder<'_, '_> {
    fn act(&mut self, name: &str, play: impl FnOnce(&mut Self)) {
        let before = self.scene.label(&format!("act/{name}"));
        play(self);
        self.scene.relabel(before);
    }

    /// Signs in to the VPN from a rented machine abroad.
    fn enter(&mut self, name: &str, time: i64) -> Tunnel {
        let before = self.scene.label(&format!("act/{name}"));
        let tunnel = self.scene.tunnel_up(time, &self.victim, &self.seat.address, "203.0.113.9", "Netherlands");
        // The mail and the shares that the account may read.
        let files = self.estate.server(FS1);
        self.scene.logon(time + 6 * MINUTE, &files, &self.victim, 3, Some(&self.seat));
        if name == "entry" {
            self.scene.logon(time + 25 * MINUTE, &self.desk, &self.victim, 10, Some(&self.seat));
        }
        self.scene.relabel(before);
        tunnel
    }

    /// Clients to be taken: several departments.
    fn clients(&mut self, count: usize) -> Vec<Host> {
        let first = self.chance.index(150);
        (0..count.max(4)).map(|number| self.estate.colleague(first + number * 9).host.clone()).collect()
    }
}
