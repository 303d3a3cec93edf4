//! `credential-switch`: a person's account on a source, and a privileged one after it.

use sekisho_sdk::prelude::*;

use super::{LEASE, LogonRules, SHARED, SWITCH_WITHIN, TUNNEL, TUNNEL_MEMORY, is_same_person};

impl LogonRules {
    /// Since when an address has been the same holder's, by leases and tunnels; never told: always.
    fn held_since(&self, state: &State, time: i64) -> i64 {
        let facts = self.facts.between(state, time.saturating_sub(TUNNEL_MEMORY), time.saturating_add(1));
        let facts = facts.filter(|fact| matches!(fact.tag, LEASE | TUNNEL));
        let mut last = None;
        let mut since = i64::MIN;
        for fact in facts {
            if last.is_some_and(|last| last != (fact.tag, fact.name)) {
                since = fact.time;
            }
            last = Some((fact.tag, fact.name));
        }
        since
    }

    pub(super) fn tell_switch(&self, source: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let events: Vec<Event<'_>> = self.switches.within(state, bucket).collect();
        let new: Vec<&Event<'_>> =
            events.iter().filter(|event| self.known.is_new(state, event.name, event.time)).collect();
        let first = new.first()?;
        // Whose tunnel it is says more, and `privileged-logon-from-vpn` says it.
        if self.owner(state, first.time).is_some() {
            return None;
        }
        let held_since = self.held_since(state, first.time);
        let day = self.present.between(state, first.time.saturating_sub(DAY), first.time.saturating_add(1));
        if day.distinct() > SHARED {
            return None;
        }
        let near = self.present.between(state, first.time.saturating_sub(SWITCH_WITHIN), first.time.saturating_add(1));
        let people = near.members();
        let person = people.iter().find(|member| {
            member.name != first.name && member.sum == 0 && member.first <= first.time && member.last >= held_since
        })?;
        let age = self.known.age(state, first.time);
        let cold = age < DAY;
        let own = is_same_person(person.name, first.name);
        let off_hours = first.seen("off_hours").is_some();
        let onto_server =
            first.seen("device.role").is_some_and(|role| role.contains("server") || role.contains("controller"));
        let weight = 3 + i64::from(off_hours) + i64::from(onto_server);
        let weight = if cold || own { 1 } else { weight };
        let target = first.seen("device.host").unwrap_or("another host");
        let title =
            format!("{source} switched from {} to the privileged account {} (to {target})", person.name, first.name);
        let minutes = first.time.saturating_sub(person.first) / MINUTE;
        let mut text = format!(
            "{} was seen on {source}; {minutes} minutes later {} went from there to {target}, for the first time in {} days of memory.",
            person.name,
            first.name,
            age / DAY
        );
        if cold {
            text.push_str(" Cold start: less than a day of this source is known, so that everything is new.");
        }
        if own {
            text.push_str(" The two names look like one person's accounts.");
        }
        let draft =
            Draft::new(title).describe(text).severity_by(weight, 3, 5, 8).entity(EntityKind::Host, source, "source");
        let draft = draft
            .user(first.name, "account")
            .user(person.name, "before")
            .host(target, "target")
            .figure("days_known", age / DAY);
        let before = Some(person).filter(|person| person.first >= bucket.start);
        let draft = before.iter().fold(draft, |draft, person| draft.evidence(person.evidence("account before")));
        Some(draft.evidences(new.iter().map(|event| event.evidence("privileged account"))))
    }
}
