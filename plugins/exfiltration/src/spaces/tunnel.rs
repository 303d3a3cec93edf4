//! What went through a user's VPN tunnels. Gateways tell a session's counters again and again: what they grew by counts.

use sekisho_sdk::prelude::*;

use super::OWN_SECTIONS;
use crate::Settings;
use crate::memory::Peaks;
use crate::rules::tunnel_volume::{self, TunnelVolume};

/// Days that a user's own past reaches back.
const PAST: i64 = 21 * DAY;

/// The memory of a VPN user.
pub struct Tunnel {
    out: Integer,
    inward: Integer,
    total: Integer,
    session: Text,
    remote: Text,
    assigned: Text,
    gateway: Text,
    books: Books,
    volume: TunnelVolume,
}

/// What a VPN user is remembered by.
#[derive(Clone, Copy)]
pub struct Books {
    /// Counters of sessions.
    pub sessions: Peaks,
    /// Remote addresses, by day.
    pub remotes: Tally,
}

// === impl Tunnel ===

impl Tunnel {
    pub fn plan(settings: &Settings, plan: &mut Plan) -> Self {
        let space = plan.key_space("vpn-user", ["user.canonical"]);
        let mut read = plan
            .read("tunnel_activity", space)
            .when(all([between("traffic.bytes_out", 1, i64::MAX)]))
            .when(all([between("traffic.bytes", 1, i64::MAX)]));
        let (out, inward, total) =
            (read.integer("traffic.bytes_out"), read.integer("traffic.bytes_in"), read.integer("traffic.bytes"));
        let (session, remote) = (read.text("session.uid"), read.text("src_endpoint.address"));
        let (assigned, gateway) = (read.text("tunnel_interface.ip"), read.text("device.host"));
        read.done();
        let volume = tunnel_volume::plan(settings, plan, space, PAST);
        let books =
            Books { sessions: Peaks::new(OWN_SECTIONS, PAST + 3 * DAY), remotes: plan.tally(space, DAY).members(4) };
        Self { out, inward, total, session, remote, assigned, gateway, books, volume }
    }

    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        for row in group.rows() {
            let sent = row.integer(self.out).or(row.integer(self.total)).unwrap_or(0).max(0);
            let received = row.integer(self.inward).unwrap_or(0).max(0);
            // A gateway that names no session is told apart by the addresses of both ends.
            let ends = format!("{}>{}", row.text(self.remote).unwrap_or(""), row.text(self.assigned).unwrap_or(""));
            let session = row.text(self.session).unwrap_or(&ends);
            self.books.sessions.add(group, row.time(), session, sent, received);
            let told = sent.to_string();
            let seen = [
                ("src_endpoint.ip", row.text(self.remote)),
                ("tunnel_interface.ip", row.text(self.assigned)),
                ("device.host", row.text(self.gateway)),
                ("traffic.bytes_out", Some(told.as_str())),
            ];
            let remote = row.text(self.remote).unwrap_or("unknown");
            self.books.remotes.add(group, Entry::of(&row, remote).seen(&seen));
        }
        let user = group.part(0);
        out.review(group, self.volume.rule, |state, bucket| self.volume.judge(state, bucket, &self.books, user));
    }
}
