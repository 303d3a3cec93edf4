//! The memory of an account's questions across hosts: who asks many hosts for their administrators, sessions and shares.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::asks;
use crate::habits;
use crate::rules::estate_walk;
use crate::signs::{Signs, raw, text};
use crate::text::{base, is_person};

/// The memory, configured.
#[derive(Debug)]
pub struct Walk {
    pub space: KeySpace,
    signs: Signs,
    service_account: Text,
    role: Text,
    members: Reading,
    pipes: Reading,
    asked: Tally,
    known: FirstSeen,
    rule: Rule,
    hosts: u64,
}

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Walk {
    let space = plan.key_space("walker", ["actor.user.canonical"]);
    let mut signs = Signs::default();
    let person = || not(suffix("actor.user.name", ["$"]));
    let mut members =
        plan.read("group_management", space).when(all([eq_any("metadata.event_code", [4798, 4799]), person()]));
    asks!(members, signs: host, group, by, source);
    let service_account = members.text("actor.user.service_account");
    let role = members.text("src_endpoint.role");
    let members = members.done();
    let mut pipes = plan.read("smb_activity", space).when(all([
        suffix("share", ["IPC$", "IPC$\\"]),
        suffix("file.path", estate_walk::PIPES.iter().copied()),
        person(),
    ]));
    asks!(pipes, signs: host, file, source);
    pipes.text("actor.user.service_account");
    pipes.text("src_endpoint.role");
    let pipes = pipes.done();
    let asked = plan.tally(space, 10 * MINUTE).members(48);
    let known = plan.first_seen(space, settings.absence.nanos()).members(256);
    let rule = plan
        .rule("estate-walk", space)
        .title("An account asks many hosts for their administrators, sessions or shares")
        .weighs(Severity::Medium, 60)
        .bucket(HOUR)
        .reach(20 * MINUTE)
        .lookback(known.absence())
        .technique("T1069.001", "members of local groups read on many hosts (4799)")
        .technique("T1135", "interfaces of shares and sessions reached on many hosts (5145)")
        .technique("T1087", "accounts of many hosts read")
        .advice("Look on the source for a collector (SharpHound and kin) and disable the account until its owner is asked. An inventory or scanner of your own belongs into the inventory as service account or role `scanner`.")
        .done();
    Walk { space, signs, service_account, role, members, pipes, asked, known, rule, hosts: settings.walked_hosts }
}

impl Walk {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let user = group.part(0);
        if !is_person(user) {
            return;
        }
        let mut touched = false;
        for row in group.rows() {
            let signs = &self.signs;
            let Some(host) = raw(&row, signs.host) else { continue };
            // A program of the host itself asks for its own groups.
            if row.is(self.members) && raw(&row, signs.by).is_some() {
                continue;
            }
            let file = text(&row, signs.file);
            let kind = if row.is(self.pipes) { base(&file) } else { "group" };
            let trusted = row.text(self.service_account) == Some("true") || row.text(self.role) == Some("scanner");
            let seen = [
                ("device.hostname", Some(host)),
                ("src_endpoint.ip", raw(&row, signs.source)),
                ("group.name", raw(&row, signs.group)),
                ("file.path", raw(&row, signs.file)),
                ("trusted", trusted.then_some("true")),
            ];
            let strong = i64::from(estate_walk::is_rare(kind));
            self.asked.add(group, Entry::of(&row, host).amount(strong).seen(&seen));
            self.known.add(group, Entry::of(&row, host));
            touched = true;
        }
        if touched {
            out.review(group, self.rule, |state, bucket| {
                let window = self.asked.sliding(state, bucket, |window| window.distinct() >= self.hosts)?;
                let members = window.members();
                let since = window.since()?;
                let known = habits::known(self.known, state, since.saturating_sub(habits::BEFORE));
                let new = habits::new_of(window.distinct(), &members, &known);
                let walked = estate_walk::Walked {
                    user,
                    hosts: window.distinct(),
                    new,
                    age: self.known.age(state, since),
                    questions: window.count(),
                    span: (since, window.until()?),
                    members,
                };
                estate_walk::judge(&walked, self.hosts)
            });
        }
    }
}
