//! A FortiGate's lines: traffic and tunnels (field names and message ids of the vendor's log reference, FortiOS 7.x).

use std::fmt::Write as _;

use super::super::estate::{Account, Person};
use super::super::moment::{MINUTE, SECOND, local};
use super::{Flow, Scene};

/// A session that is open longer than this is reported on the way.
const INTERIM: i64 = 2 * MINUTE;
/// The device reports every two minutes; to keep the stream small we write at most so many lines of one session.
const LINES: i64 = 6;

/// A VPN session.
#[derive(Clone, Debug)]
pub struct Tunnel {
    pub user: String,
    /// The address that it was given.
    pub address: String,
    /// Where it comes from.
    pub remote: String,
    pub country: &'static str,
    number: u64,
    up: i64,
}

// === impl Scene ===

impl Scene<'_> {
    fn fortigate(&mut self, time: i64, id: &str, kind: &str, subtype: &str, rest: &str) {
        let (date, clock) = local(time);
        let level = if kind == "traffic" { "notice" } else { "information" };
        let line = format!(
            r#"<189>date={date} time={clock} devname="fw1" devid="FGT60F0000000001" eventtime={time} tz="+0900" logid="{id}" type="{kind}" subtype="{subtype}" level="{level}" vd="root" {rest}"#
        );
        self.of_firewall(time, line);
    }

    /// A session through the firewall: its closing line, and lines on the way where it lasts.
    pub(super) fn session(&mut self, flow: &Flow<'_>) {
        let session = self.trivia.between(1_000_000, 9_999_999);
        let port = self.port();
        let service = match flow.port {
            22 => "SSH",
            80 => "HTTP",
            443 => "HTTPS",
            445 => "SMB",
            _ => "other",
        };
        let inside = flow.to.starts_with("10.");
        let (from, to) =
            (if flow.from.starts_with("10.8.") { "ssl.root" } else { "lan" }, if inside { "lan" } else { "wan1" });
        let country = if inside { "Reserved" } else { "United States" };
        let steps = if flow.lasts > INTERIM { (flow.lasts / INTERIM).clamp(1, LINES) } else { 1 };
        for step in 1..=steps {
            let time = flow.start + flow.lasts / steps * step;
            let part = |bytes: u64| bytes * step.unsigned_abs() / steps.unsigned_abs();
            let before = |bytes: u64| bytes * (step - 1).unsigned_abs() / steps.unsigned_abs();
            let (id, action) = if step == steps { ("0000000013", "close") } else { ("0000000020", "accept") };
            let mut rest = format!(
                r#"srcip={} srcport={port} srcintf="{from}" dstip={} dstport={} dstintf="{to}" srccountry="Reserved" dstcountry="{country}" sessionid={session} proto=6 action="{action}" policyid=12 service="{service}" duration={} sentbyte={} rcvdbyte={}"#,
                flow.from,
                flow.to,
                flow.port,
                (time - flow.start) / SECOND,
                part(flow.out),
                part(flow.back),
            );
            if steps > 1 {
                // Writing into a text does not fail.
                let _ = write!(
                    rest,
                    " sentdelta={} rcvddelta={}",
                    part(flow.out) - before(flow.out),
                    part(flow.back) - before(flow.back)
                );
            }
            self.fortigate(time, id, "traffic", "forward", &rest);
        }
    }

    /// Somebody signs in to the VPN from home or elsewhere.
    pub fn tunnel_up(
        &mut self,
        time: i64,
        who: &Account,
        address: &str,
        remote: &str,
        country: &'static str,
    ) -> Tunnel {
        let number = self.trivia.between(10_000_000, 99_999_999);
        let tunnel = Tunnel {
            user: who.name.clone(),
            address: address.to_owned(),
            remote: remote.to_owned(),
            country,
            number,
            up: time,
        };
        let rest = tunnel.told("SSL VPN tunnel up", "tunnel-up");
        self.fortigate(time, "0101039947", "event", "vpn", &rest);
        tunnel
    }

    /// The same for somebody who works from home.
    pub fn home_tunnel(&mut self, time: i64, who: &Person) -> Tunnel {
        self.tunnel_up(time, &who.account, &who.tunnel, &who.home, "Japan")
    }

    /// The session so far: `sent` to the user, `received` from them.
    pub fn tunnel_statistics(&mut self, time: i64, tunnel: &Tunnel, sent: u64, received: u64) {
        let rest = format!(
            "{} duration={} sentbyte={sent} rcvdbyte={received}",
            tunnel.told("SSL VPN statistics", "tunnel-stats"),
            (time - tunnel.up) / SECOND,
        );
        self.fortigate(time, "0101039949", "event", "vpn", &rest);
    }

    /// It ends.
    pub fn tunnel_down(&mut self, time: i64, tunnel: &Tunnel, sent: u64, received: u64) {
        let rest = format!(
            "{} duration={} sentbyte={sent} rcvdbyte={received}",
            tunnel.told("SSL VPN tunnel down", "tunnel-down"),
            (time - tunnel.up) / SECOND,
        );
        self.fortigate(time, "0101039948", "event", "vpn", &rest);
    }
}

// === impl Tunnel ===

impl Tunnel {
    fn told(&self, what: &str, action: &str) -> String {
        format!(
            r#"logdesc="{what}" action="{action}" tunneltype="ssl-tunnel" tunnelid={} remip={} srccountry="{}" tunnelip={} user="{}" group="vpn-users" dst_host="N/A" reason="N/A""#,
            self.number, self.remote, self.country, self.address, self.user,
        )
    }
}
