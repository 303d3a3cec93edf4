//! Privileged logons from the VPN pool, and credentials switched on one source.
//!
//! **`privileged-logon-from-vpn`** (T1078.002, T1133). A session that gets administrator rights (4672 joins 4624 by host
//! and logon id; or the inventory calls the account privileged) and comes from an address of the VPN pool. The session's
//! group tells the address's group by a signal; there the tunnel says whose address it was. Medium; high when the tunnel
//! is of somebody else; low onto a jump host or through a tunnel of one's own. The pool is known by its zone in the inventory; without one an address is
//! of the VPN for a day after a tunnel had it, and an account privileged by its name.
//!
//! **`credential-switch`** (T1078.002). One source shows a person's account and, within two hours, a privileged one that
//! this source never showed before. Not where more than four people share the source (jump host, terminal server, NAT),
//! nor in its first day (cold start: low). A person's own second account (`sato`, `adm-sato`) is low. A DHCP lease or a
//! tunnel that gives the address to somebody else in between makes it no switch: the address moved, not the person.

mod plan;
mod switch;
mod vpn;

use sekisho_sdk::Boolean;
use sekisho_sdk::prelude::*;

use crate::text::is_admin_like;

const LOGON: u32 = 1;
const RIGHTS: u32 = 2;
const TUNNEL: u32 = 3;
const SWITCH: u32 = 4;
const LEASE: u32 = 5;
/// 4672 is written with 4624; clocks and batches shift them by less than this.
const JOIN: i64 = MINUTE;
/// A tunnel's user is looked for so far back: tunnels stay up overnight, addresses are given anew within a day.
const TUNNEL_MEMORY: i64 = DAY;
/// The gateway's clock may be so far ahead of the hosts'.
const SKEW: i64 = 2 * MINUTE;
/// The two accounts appear within this time: `incident.md`, stage 2.
const SWITCH_WITHIN: i64 = 2 * HOUR;
/// More accounts than this on one source within a day are a shared host.
const SHARED: u64 = 4;
const MEMORY: i64 = 30 * DAY;

/// The rules about where logons come from.
pub struct LogonRules {
    pub session: KeySpace,
    pub source: KeySpace,
    logons: Reading,
    tunnels: Reading,
    leases: Reading,
    /// Windows' own VPN server says who was given which address (RemoteAccess 20274).
    given: Reading,
    given_to: Text,
    signals: Reading,
    network: Reading,
    explicit: Reading,
    user: Text,
    actor: Text,
    outbound: Text,
    address: Text,
    source_role: Text,
    target: Text,
    target_role: Text,
    destination: Text,
    lease_mac: Text,
    logon_type: Integer,
    privileged: Boolean,
    service: Boolean,
    off_hours: Boolean,
    told_user: Text,
    told_host: Text,
    told_role: Text,
    told_type: Integer,
    told_off: Integer,
    steps: Timeline,
    facts: Timeline,
    switches: Timeline,
    present: Tally,
    known: FirstSeen,
    signal: SignalType,
    from_vpn: Rule,
    switch: Rule,
    shared_roles: Vec<String>,
}

/// Sessions of the machine itself: 4672 tells of them all day.
const OWN_SESSIONS: [&str; 6] = ["0x3e7", "0x3e4", "0x3e5", "999", "996", "997"];

// === impl LogonRules ===

impl LogonRules {
    /// Joins a session's logon and rights, and tells the address.
    pub fn judge_session(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        for row in group.rows() {
            let logon = row.is(self.logons);
            let number = self.logon_type;
            let kind = row.integer(number).unwrap_or_default().to_string();
            let flag = |field: Boolean| row.boolean(field).unwrap_or(false);
            let seen = [
                ("address", row.text(self.address)),
                ("role", row.text(self.target_role)),
                ("type", Some(&*kind)),
                ("privileged", flag(self.privileged).then_some("yes")),
                ("off_hours", flag(self.off_hours).then_some("yes")),
            ];
            let entry = Entry::of(&row, row.text(self.user).unwrap_or_default());
            if logon {
                self.steps.add(group, LOGON, entry.seen(&seen));
            } else {
                self.steps.add(group, RIGHTS, entry);
            }
        }
        let state = group.state();
        let rights: Vec<i64> = self.steps.tagged(state, i64::MIN, i64::MAX, RIGHTS).map(|event| event.time).collect();
        let joined = self.steps.tagged(state, i64::MIN, i64::MAX, LOGON).filter_map(|logon| {
            let near = rights.iter().any(|time| (time - logon.time).abs() <= JOIN);
            (near || logon.seen("privileged").is_some()).then(|| {
                let signal = Signal::new(self.signal, logon.time).origin(logon.origin);
                let signal =
                    signal.text(logon.seen("address")).text(logon.name).text(group.part(0)).text(logon.seen("role"));
                let kind = logon.seen("type").and_then(|kind| kind.parse::<i64>().ok());
                signal.integer(kind).integer(i64::from(logon.seen("off_hours").is_some()))
            })
        });
        let joined: Vec<Signal> = joined.collect();
        joined.into_iter().for_each(|signal| out.signal(group, signal));
    }

    /// Judges one source: an address, or a host that tells of itself.
    pub fn judge_source(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut told, mut logged) = (false, false);
        for row in group.rows() {
            if row.is(self.tunnels) {
                told = true;
                self.facts.add(group, TUNNEL, Entry::of(&row, row.text(self.user).unwrap_or_default()));
            } else if row.is(self.given) {
                told = true;
                let user = row.text(self.given_to).unwrap_or_default().to_lowercase();
                self.facts.add(group, TUNNEL, Entry::of(&row, &user));
            } else if row.is(self.leases) {
                told = true;
                // The name is what the client says of itself, and not all renewals say it.
                let whose = row.text(self.lease_mac).unwrap_or_default().to_ascii_lowercase();
                self.facts.add(group, LEASE, Entry::of(&row, &whose));
            } else if row.is(self.signals) {
                told = true;
                self.take_signal(group, &row);
            } else if row.is(self.network) {
                logged = true;
                self.take_network(group, &row);
            } else if row.is(self.explicit) {
                logged = true;
                self.take_explicit(group, &row);
            }
        }
        let source = group.part(0);
        if told || logged {
            out.review(group, self.from_vpn, |state, bucket| self.tell_vpn(source, state, bucket));
        }
        if logged || told {
            out.review(group, self.switch, |state, bucket| self.tell_switch(source, state, bucket));
        }
    }

    fn take_signal(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let kind = row.integer(self.told_type).unwrap_or_default().to_string();
        let off_hours = row.integer(self.told_off).unwrap_or_default() != 0;
        let seen = [
            ("device.host", row.text(self.told_host)),
            ("device.role", row.text(self.told_role)),
            ("logon_type_id", Some(&*kind)),
            ("off_hours", off_hours.then_some("yes")),
            ("user.canonical", row.text(self.told_user)),
        ];
        self.facts.add(group, LOGON, Entry::of(row, row.text(self.told_user).unwrap_or_default()).seen(&seen));
    }

    fn take_network(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let shared =
            row.text(self.source_role).is_some_and(|role| self.shared_roles.iter().any(|shared| shared == role));
        let Some(user) = row.text(self.user).filter(|_| !shared) else { return };
        if row.boolean(self.service).unwrap_or(false) {
            return;
        }
        let privileged = row.boolean(self.privileged).unwrap_or(false) || is_admin_like(user);
        let seen = [
            ("user.canonical", Some(user)),
            ("device.host", row.text(self.target)),
            ("device.role", row.text(self.target_role)),
            ("off_hours", row.boolean(self.off_hours).unwrap_or(false).then_some("yes")),
        ];
        self.known.add(group, Entry::of(row, user));
        self.present.add(group, Entry::of(row, user).amount(i64::from(privileged)).seen(&seen[..2]));
        if privileged {
            self.switches.add(group, SWITCH, Entry::of(row, user).seen(&seen));
        }
    }

    /// 4648 names both accounts; 4624 of type 9 the old one and the one that goes out.
    fn take_explicit(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let outbound = row.text(self.outbound);
        let (who, whom) = match outbound {
            Some(outbound) => (row.text(self.user), Some(outbound)),
            None => (row.text(self.actor), row.text(self.user)),
        };
        let (Some(who), Some(whom)) = (who, whom) else { return };
        let by_machine = who.ends_with('$') || who.starts_with("nt authority\\");
        if who == whom || by_machine {
            return;
        }
        let privileged = match outbound {
            Some(outbound) => is_admin_like(&outbound.to_lowercase()),
            None => row.boolean(self.privileged).unwrap_or(false) || is_admin_like(whom),
        };
        let whom = whom.to_lowercase();
        let seen = [
            ("user.canonical", Some(&*whom)),
            ("actor.user.canonical", Some(who)),
            ("device.host", row.text(self.destination).or_else(|| row.text(self.target))),
            ("off_hours", row.boolean(self.off_hours).unwrap_or(false).then_some("yes")),
        ];
        self.known.add(group, Entry::of(row, who));
        self.known.add(group, Entry::of(row, &whom));
        self.present.add(group, Entry::of(row, who).seen(&seen[1..2]));
        if privileged {
            self.switches.add(group, SWITCH, Entry::of(row, &whom).seen(&seen));
        }
    }
}

/// Whether two accounts look like one person's: the one's name holds the other's without its marks of an administrator.
fn is_same_person(one: &str, other: &str) -> bool {
    let bare = |name: &str| {
        let name = name.rsplit('\\').next().unwrap_or(name).to_lowercase();
        let words = name
            .split(['-', '_', '.'])
            .filter(|word| !matches!(*word, "adm" | "admin" | "a" | "da" | "t0" | "t1" | "t2" | "priv" | "su"));
        words.collect::<Vec<_>>().join(".")
    };
    let (one, other) = (bare(one), bare(other));
    one == other || one.len() >= 3 && other.contains(&one) || other.len() >= 3 && one.contains(&other)
}
