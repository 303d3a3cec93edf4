//! The memory of a program that came to hosts over their administrative shares: one act, however many hosts.

use sekisho_sdk::prelude::*;

use crate::rules::program_brought::{self, Brought};
use crate::text::APART;

/// The memory, configured.
#[derive(Debug)]
pub struct Programs {
    pub space: KeySpace,
    read: (Text, Text, Text, Text, Integer, Integer),
    hosts: Tally,
    known: FirstSeen,
    rule: Rule,
}

/// Plans the memory.
pub fn plan(plan: &mut Plan) -> Programs {
    let space = plan.key_space("program", ["program"]);
    let mut brought = plan.read("signal:self/brought", space);
    let read = (
        brought.text("host"),
        brought.text("who"),
        brought.text("from"),
        brought.text("how"),
        brought.integer("weight"),
        brought.integer("trusted"),
    );
    brought.done();
    let hosts = plan.tally(space, HOUR).members(96);
    let known = plan.first_seen(space, 60 * DAY).members(16);
    let rule = plan
        .rule("program-brought", space)
        .title("A program brought to hosts over their administrative shares")
        .weighs(Severity::Medium, 55)
        .bucket(12 * HOUR)
        .lookback(known.absence())
        .technique("T1021.002", "write to ADMIN$, to the root share of a drive, or by the server of file sharing")
        .technique("T1570", "program written there")
        .advice("Ask the account's owner whether software is rolled out. Save the file from one of the hosts, and look whether a service, task or process started from it. Deployment servers belong into the inventory as role `deployment`.")
        .done();
    Programs { space, read, hosts, known, rule }
}

impl Programs {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (host, who, from, how, weight, trusted) = self.read;
        for row in group.rows() {
            let Some(host) = row.text(host) else { continue };
            // What tells the account and what does not are two records of one act on one host.
            let account = row.text(who).filter(|who| !who.ends_with("\\system")).unwrap_or_default();
            let name = format!("{host}{APART}{account}");
            let weight = row.integer(weight).unwrap_or(0).to_string();
            let seen = [
                ("device.hostname", Some(host)),
                ("src_endpoint.ip", row.text(from)),
                ("file.path", row.text(how)),
                ("weight", Some(weight.as_str())),
            ];
            let trusted = row.integer(trusted).unwrap_or(0);
            self.hosts.add(group, Entry::of(&row, &name).amount(trusted).seen(&seen));
            self.known.add(group, Entry::of(&row, account));
        }
        let program = group.part(0);
        out.review(group, self.rule, |state, bucket| {
            let window = self.hosts.within(state, bucket);
            let members = window.members();
            let since = window.since()?;
            program_brought::judge(&Brought {
                program,
                age: self.known.age(state, since),
                hosts: window.distinct(),
                members,
            })
        });
    }
}
