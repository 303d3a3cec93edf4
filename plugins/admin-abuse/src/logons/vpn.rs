//! `privileged-logon-from-vpn`: who came with administrator rights from a tunnel's address, and whose tunnel it was.

use sekisho_sdk::prelude::*;

use super::{LOGON, LogonRules, SKEW, TUNNEL, TUNNEL_MEMORY, is_same_person};

impl LogonRules {
    /// Whose tunnel an address is at a time.
    pub(super) fn owner<'s>(&self, state: &'s State, time: i64) -> Option<Event<'s>> {
        let before =
            self.facts.tagged(state, time.saturating_sub(TUNNEL_MEMORY), time.saturating_add(1), TUNNEL).last();
        before.or_else(|| self.facts.tagged(state, time, time.saturating_add(SKEW), TUNNEL).next())
    }

    pub(super) fn tell_vpn(&self, source: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        // Where the inventory does not name the pool, a tunnel that has the address tells it.
        let told = self.facts.tagged(state, bucket.start, bucket.end, LOGON);
        let tunnelled = |logon: &Event<'_>| self.owner(state, logon.time).is_some();
        let mut logons: Vec<Event<'_>> = told.chain(self.switches.within(state, bucket).filter(tunnelled)).collect();
        logons.sort_by_key(|logon| (logon.time, logon.tag));
        logons.dedup_by_key(|logon| (logon.time, logon.name, logon.seen("device.host")));
        let first = logons.first()?;
        let tunnel = self.owner(state, first.time);
        let owner = tunnel.map(|tunnel| tunnel.name);
        let mut hosts: Vec<&str> = logons.iter().filter_map(|logon| logon.seen("device.host")).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let onto_jump = logons.iter().all(|logon| logon.seen("device.role").is_some_and(|role| self.is_shared(role)));
        let off_hours = logons.iter().any(|logon| logon.seen("off_hours").is_some());
        let other = owner.filter(|owner| !is_same_person(owner, first.name));
        // Somebody on call comes through a tunnel of his own, at night, to a few hosts.
        let (base, many) = match (owner, other) {
            (_, Some(_)) => (5, 3),
            (Some(_), None) => (1, 5),
            (None, _) => (3, 3),
        };
        let weight = base + i64::from(off_hours) + i64::from(hosts.len() >= many);
        let weight = if onto_jump && other.is_none() { 1 } else { weight };
        let whose = owner.map(|owner| format!(" (tunnel of {owner})")).unwrap_or_default();
        let place = match hosts.as_slice() {
            [one] => (*one).to_owned(),
            many => format!("{} hosts", many.len()),
        };
        let title = format!(
            "{} logged on with administrator rights to {place} from the VPN address {source}{whose}",
            first.name
        );
        let mut text = format!("{} from {source} within an hour, to {}.", counted(logons.len()), hosts.join(", "));
        match (owner, other) {
            (_, Some(owner)) => text.push_str(&format!(" The tunnel that has this address was opened by {owner}, another account: its holder found or took the administrator's password.")),
            (Some(_), None) => text.push_str(" The tunnel is the administrator's own."),
            (None, _) => text.push_str(" No tunnel of this address was seen in the day before."),
        }
        if off_hours {
            text.push_str(" Outside of office hours.");
        }
        let draft = Draft::new(title)
            .describe(text)
            .severity_by(weight, 3, 5, 8)
            .address(source, "source")
            .user(first.name, "account");
        let draft = hosts.iter().fold(draft, |draft, host| draft.host(*host, "target"));
        let draft =
            draft.user(owner.unwrap_or_default(), "tunnel").figure("logons", logons.len()).figure("hosts", hosts.len());
        let draft = draft.evidences(logons.iter().map(|logon| logon.evidence("privileged logon")));
        Some(
            tunnel
                .iter()
                .filter(|tunnel| tunnel.time >= bucket.start)
                .fold(draft, |draft, tunnel| draft.evidence(tunnel.evidence("tunnel"))),
        )
    }

    fn is_shared(&self, role: &str) -> bool {
        self.shared_roles.iter().any(|shared| shared == role)
    }
}

/// How many privileged logons, in words.
fn counted(logons: usize) -> String {
    if logons == 1 { "One privileged logon".into() } else { format!("{logons} privileged logons") }
}
