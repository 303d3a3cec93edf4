//! The memory of a source of failed logons: accounts that it tried, and those that let it in. Its key is the source's address or
//! name; where a record tells no source, the host that was tried.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::asks;
use crate::habits;
use crate::rules::failed_logons::{self, Burst, Guessed, Knock, Tries};
use crate::signs::{Signs, raw, text};
use crate::text::any;

/// The memory, configured.
#[derive(Debug)]
pub struct Failures {
    pub space: KeySpace,
    signs: Signs,
    detail: (Text, Text, Text),
    failed: Reading,
    nameless: Reading,
    explicit: Reading,
    entered: Reading,
    knocks: Reading,
    tries: Tally,
    entries: Tally,
    known: FirstSeen,
    connections: Tally,
    guessing: Rule,
    knocking: Rule,
    others: Tally,
    trying: Rule,
    limits: failed_logons::Limits,
}

/// Plans the memory.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Failures {
    let space = plan.key_space("guesser", ["src_endpoint.address"]);
    let mut signs = Signs::default();
    let person = || not(suffix("user.name", ["$"]));
    let failure = || all([eq("status_id", 2), eq_any("activity_id", [1, 3, 6, 99]), person()]);
    let mut failed = plan
        .read("authentication", space)
        .when(failure())
        .when(all([eq("status_id", 2), one_of("auth_protocol", ["ssh", "SSH"])]));
    asks!(failed, signs: user, account, host, source, ticket_service, protocol, code);
    let detail = (failed.text("status_detail"), failed.text("status_code"), failed.text_up_to("message", 200));
    let failed = failed.done();
    // Records of services that tell the source within a sentence, or not at all.
    let mut nameless = plan.read("authentication", space).by(["device.host"]).when(failure());
    asks!(nameless, signs: user, account, host, source, source_host, ticket_service, protocol, code);
    nameless.text("status_detail");
    nameless.text("status_code");
    nameless.text_up_to("message", 200);
    let nameless = nameless.done();
    // Credentials of others that a program of this host used.
    let mut explicit = plan.read("authentication", space).by(["device.host"]).when(all([
        eq("metadata.event_code", 4648),
        person(),
        not(suffix("actor.user.name", ["$"])),
        present("actor.user.name"),
    ]));
    asks!(explicit, signs: user, host, actor, code);
    let explicit = explicit.done();
    let inside = || {
        all([
            eq("activity_id", 1),
            eq("status_id", 1),
            person(),
            one_of("auth_protocol", ["NTLM", "NTLMv2", "NTLM V2", "ssh"]),
        ])
    };
    let mut entered = plan
        .read("authentication", space)
        .when(inside())
        .when(all([eq("activity_id", 1), eq("status_id", 1), person(), eq("logon_type_id", 10)]))
        .when(all([
            eq("activity_id", 1),
            eq("status_id", 1),
            person(),
            one_of("service.name", ["SQL Server", "sshd"]),
        ]));
    asks!(entered, signs: user, host, source, logon, protocol);
    let entered = entered.done();
    let mut knocks = plan.read("rdp_activity", space).when(all([eq("activity_id", 1)]));
    asks!(knocks, signs: host, source, target);
    let knocks = knocks.done();
    let tries = plan.tally(space, 5 * MINUTE).members(64);
    let entries = plan.tally(space, 5 * MINUTE).members(24).keep(HOUR);
    let known = plan.first_seen(space, 14 * DAY).members(64);
    let connections = plan.tally(space, 5 * MINUTE).members(32);
    let guessing = plan
        .rule("failed-logons", space)
        .title("Many failed logons from one source")
        .weighs(Severity::Low, 45)
        .bucket(HOUR)
        .reach(10 * MINUTE)
        .technique("T1110.001", "many failures of few accounts within minutes")
        .technique("T1110.003", "failures of many accounts, few each")
        .technique("T1078", "a logon that was let in after the failures")
        .advice("Ask the accounts' owners. One account and the same source every day is a stored password that is out of date. Many accounts from one source: block the source, and look for logons from it that were let in; reset those accounts.")
        .done();
    let knocking = plan
        .rule("remote-desktop-burst", space)
        .title("Many connections to remote desktop from one source")
        .weighs(Severity::Low, 40)
        .bucket(HOUR)
        .reach(10 * MINUTE)
        .technique("T1046", "remote desktop tried on many hosts or many times")
        .technique("T1110.001", "a connection for each guess")
        .technique("T1021.001", "remote desktop")
        .advice("Find out what runs on the source. Look for logons of type 10 or 3 that were let in, and for failures (4625) on the target.")
        .done();
    let others = plan.tally(space, 5 * MINUTE).members(64);
    let trying = plan
        .rule("many-credentials", space)
        .title("Credentials of many accounts used from one host")
        .weighs(Severity::Low, 40)
        .bucket(HOUR)
        .reach(10 * MINUTE)
        .technique("T1110.003", "one account uses the credentials of many others within minutes")
        .technique("T1078", "credentials of others are at hand")
        .advice("Ask the account's owner which program it was. A script that tries one password for many accounts looks so; reset the accounts that were let in.")
        .done();
    let limits = failed_logons::Limits { failures: settings.failed_logons, accounts: settings.failed_accounts };
    Failures {
        space,
        signs,
        detail,
        failed,
        nameless,
        explicit,
        entered,
        knocks,
        tries,
        entries,
        known,
        connections,
        guessing,
        knocking,
        others,
        trying,
        limits,
    }
}

impl Failures {
    /// Puts the rows of a group in and reviews what they touch.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut failed, mut knocked, mut used) = (false, false, false);
        for row in group.rows() {
            match () {
                () if row.is(self.failed) => failed |= self.failure(group, &row),
                () if row.is(self.nameless) => {
                    let told = raw(&row, self.signs.source).or(raw(&row, self.signs.source_host)).is_some();
                    failed |= !told && self.failure(group, &row);
                }
                () if row.is(self.explicit) => used |= self.other(group, &row),
                () if row.is(self.entered) => failed |= self.entry(group, &row),
                () if row.is(self.knocks) => knocked |= self.knock(group, &row),
                () => {}
            }
        }
        let source = group.part(0);
        if failed {
            out.review(group, self.guessing, |state, bucket| self.guessed(state, bucket, source));
        }
        if used {
            out.review(group, self.trying, |state, bucket| self.tried(state, bucket, source));
        }
        if knocked {
            out.review(group, self.knocking, |state, bucket| self.knocked(state, bucket, source));
        }
    }

    fn failure(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let signs = &self.signs;
        let Some(account) = raw(row, signs.user).or(raw(row, signs.account)) else { return false };
        let (detail, code, message) = self.detail;
        let told = [detail, code, message].map(|field| text(row, Some(field)));
        let unknown = told.iter().any(|told| failed_logons::is_unknown(told));
        let service = text(row, signs.ticket_service);
        let exposed = text(row, signs.protocol) == "ssh" || any(&service, &["sql server", "sshd", "vpn"]);
        let seen = [
            ("device.hostname", raw(row, signs.host)),
            ("status_detail", raw(row, Some(detail)).or(raw(row, Some(code)))),
        ];
        let entry = Entry::of(row, account).amount(unknown.into()).and(exposed.into()).seen(&seen);
        self.tries.add(group, entry);
        self.known.add(group, Entry::of(row, account));
        true
    }

    fn other(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let (Some(user), Some(actor)) = (raw(row, self.signs.user), raw(row, self.signs.actor)) else { return false };
        if user != actor {
            self.others.add(group, Entry::of(row, user).seen(&[("actor.user.canonical", Some(actor))]));
        }
        user != actor
    }

    fn entry(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let Some(account) = raw(row, self.signs.user) else { return false };
        self.entries.add(group, Entry::of(row, account).seen(&[("device.hostname", raw(row, self.signs.host))]));
        true
    }

    fn knock(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let Some(target) = raw(row, self.signs.host).or(raw(row, self.signs.target)) else { return false };
        self.connections.add(group, Entry::of(row, target).seen(&[("device.hostname", Some(target))]));
        true
    }

    fn guessed(&self, state: &State, bucket: Bucket, source: &str) -> Option<Draft> {
        let tries = |window: &Window<'_>| Tries {
            count: window.count(),
            accounts: window.distinct(),
            unknown: window.sum().unsigned_abs(),
            exposed: window.sum2().unsigned_abs(),
        };
        let window = self.tries.sliding(state, bucket, |window| tries(window).is_burst(self.limits))?;
        let (since, until) = (window.since()?, window.until()?);
        // Who failed here on an earlier day fails by a stored password.
        let known = habits::known(self.known, state, bucket.start.saturating_sub(habits::BEFORE));
        let let_in = self.entries.between(state, since, until.saturating_add(HOUR)).members();
        let let_in = let_in.into_iter().filter(|member| member.last > since).collect();
        let guessed =
            Guessed { source, tries: tries(&window), members: window.members(), known, let_in, span: (since, until) };
        failed_logons::judge(&guessed, self.limits)
    }

    fn tried(&self, state: &State, bucket: Bucket, host: &str) -> Option<Draft> {
        let enough = |window: &Window<'_>| window.distinct() >= failed_logons::OTHERS;
        let window = self.others.sliding(state, bucket, enough)?;
        failed_logons::trying(host, window.distinct(), &window.members(), (window.since()?, window.until()?))
    }

    fn knocked(&self, state: &State, bucket: Bucket, source: &str) -> Option<Draft> {
        let burst = |window: &Window<'_>| Knock { count: window.count(), hosts: window.distinct() };
        let window = self.connections.sliding(state, bucket, |window| burst(window).is_burst())?;
        failed_logons::knocking(&Burst {
            source,
            knock: burst(&window),
            members: window.members(),
            span: (window.since()?, window.until()?),
        })
    }
}
