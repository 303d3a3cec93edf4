//! What one account does, or what is done to it, across hosts.
//!
//! - **`account-raised`** (T1136, T1098.007): created and, within a day, a member of a privileged group. High.
//! - **`account-short-lived`** (T1136): created and deleted within a day. Medium; provisioning tests do it as well.
//! - **`before-the-end-everywhere`** (T1490): steps against recovery on several hosts within half an hour. Critical.
//! - **`service-account-interactive`** (T1078.002): a service account sits at a desktop. Medium.

use sekisho_sdk::prelude::*;

use crate::rules::power;

const CREATED: u32 = 1;
const DELETED: u32 = 2;
const RAISED: u32 = 3;
const TOGETHER: i64 = 30 * MINUTE;

/// The rules about accounts.
pub struct AccountRules {
    steps: Reading,
    desktop: Reading,
    changes: Reading,
    members: Reading,
    step_host: Text,
    step: Text,
    user: Text,
    actor: Text,
    group: Text,
    group_sid: Text,
    activity: Integer,
    address: Text,
    target: Text,
    ends: Tally,
    life: Timeline,
    sat: Tally,
    everywhere: Rule,
    raised: Rule,
    short_lived: Rule,
    interactive: Rule,
    hosts: u64,
}

// === impl AccountRules ===

impl AccountRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, space: KeySpace, hosts: u64) -> Self {
        let mut read = plan.read("signal:self/step", space).by(["who"]).lateness(15 * MINUTE);
        let (step_host, step) = (read.text("host"), read.text("step"));
        let steps = read.done();
        let person = || not(suffix("user.name", ["$"]));
        let outside = || {
            not(prefix(
                "user.canonical",
                ["nt authority\\", "window manager\\", "font driver host\\", "nt service\\", "iis apppool\\"],
            ))
        };
        let sits = |condition| {
            all([
                eq("activity_id", 1),
                eq("status_id", 1),
                eq_any("logon_type_id", [2, 7, 10, 11]),
                person(),
                outside(),
                condition,
            ])
        };
        // Without an inventory the name is all that tells.
        let named = ["svc-", "svc_", "svc.", "srv-", "srv_", "service-", "service_", "sql_", "sql-"];
        let read = plan.read("authentication", space).when(sits(eq("user.service_account", 1)));
        let mut read = read.when(sits(prefix("user.name", named)));
        let (target, address) = (read.text("device.host"), read.text("src_endpoint.address"));
        let desktop = read.done();
        let mut read = plan
            .read("account_change", space)
            .by(["user.uid"])
            .when(all([one_of("metadata.event_code", ["4720", "4726"])]));
        let (user, actor) = (read.text("user.canonical"), read.text("actor.user.canonical"));
        let activity = read.integer("activity_id");
        read.text("device.host");
        let changes = read.done();
        let mut read = plan.read("group_management", space).by(["user.uid"]).when(all([eq("activity_id", 3)]));
        let (group, group_sid) = (read.text("group.name"), read.text("group.uid"));
        read.text("user.canonical");
        read.text("actor.user.canonical");
        read.text("device.host");
        let members = read.done();

        let ends = plan.tally(space, 5 * MINUTE).members(64);
        let life = plan.timeline(space).events(32);
        let sat = plan.tally(space, HOUR).members(32);
        let rule = plan.rule("before-the-end-everywhere", space).title("Steps towards destruction on several hosts");
        let everywhere = rule
            .weighs(Severity::Critical, 85)
            .bucket(HOUR)
            .reach(TOGETHER)
            .technique("T1490", "one account takes recovery away on several hosts")
            .technique("T1489", "services are stopped on several hosts")
            .advice("Disable this account everywhere and end its sessions now; cut the hosts named here off the network; protect the backups.")
            .done();
        let rule = plan.rule("account-raised", space).title("New account raised to a privileged group");
        let raised = rule
            .weighs(Severity::High, 75)
            .bucket(DAY)
            .reach(DAY)
            .technique("T1136", "an account is created")
            .technique("T1098.007", "it becomes a member of a privileged group within a day")
            .advice(
                "Is there a ticket for a new administrator? If not, disable the new account and the one that made it.",
            )
            .done();
        let rule = plan.rule("account-short-lived", space).title("Account created and deleted within a day");
        let short_lived = rule
            .weighs(Severity::Medium, 50)
            .bucket(DAY)
            .reach(DAY)
            .technique("T1136", "an account lives for hours")
            .technique("T1531", "it is deleted again")
            .advice(
                "Find out what was done with it in between: logons, group memberships, services of that security id.",
            )
            .done();
        let rule = plan.rule("service-account-interactive", space).title("Service account at a desktop");
        let interactive = rule
            .weighs(Severity::Medium, 60)
            .bucket(DAY)
            .technique("T1078.002", "a service account logs on interactively or by remote desktop")
            .advice("Services do not sit at desktops. Ask who set the service up; otherwise change its password and look at what the session did.")
            .done();
        Self {
            steps,
            desktop,
            changes,
            members,
            step_host,
            step,
            user,
            actor,
            group,
            group_sid,
            activity,
            address,
            target,
            ends,
            life,
            sat,
            everywhere,
            raised,
            short_lived,
            interactive,
            hosts,
        }
    }

    /// Judges one account.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut stepped, mut lived, mut sat) = (false, false, false);
        for row in group.rows() {
            if row.is(self.steps) {
                stepped = true;
                let host = row.text(self.step_host).unwrap_or_default();
                let seen = [("device.host", Some(host)), ("step", row.text(self.step))];
                self.ends.add(group, Entry::of(&row, host).seen(&seen));
            } else if row.is(self.desktop) {
                sat = true;
                let seen = [("device.host", row.text(self.target)), ("src_endpoint.address", row.text(self.address))];
                self.sat.add(group, Entry::of(&row, row.text(self.target).unwrap_or_default()).seen(&seen));
            } else if row.is(self.changes) || row.is(self.members) {
                lived |= self.take_life(group, &row);
            }
        }
        let account = group.part(0);
        if stepped {
            out.review(group, self.everywhere, |state, bucket| self.tell_everywhere(account, state, bucket));
        }
        if lived {
            out.review(group, self.raised, |state, bucket| self.tell_raised(state, bucket));
            out.review(group, self.short_lived, |state, bucket| self.tell_short_lived(state, bucket));
        }
        if sat {
            out.review(group, self.interactive, |state, bucket| self.tell_interactive(account, state, bucket));
        }
    }

    fn take_life(&self, group: &mut Group<'_>, row: &Row<'_>) -> bool {
        let seen = [
            ("user.canonical", row.text(self.user)),
            ("actor.user.canonical", row.text(self.actor)),
            ("device.host", row.text(self.target)),
            ("group.name", row.text(self.group)),
        ];
        let tag = if row.is(self.changes) {
            if row.integer(self.activity) == Some(1) { CREATED } else { DELETED }
        } else if row.is(self.members)
            && power(row.text(self.group_sid).unwrap_or_default(), row.text(self.group).unwrap_or_default()) > 0
        {
            RAISED
        } else {
            return false;
        };
        self.life.add(group, tag, Entry::of(row, row.text(self.group).unwrap_or_default()).seen(&seen));
        true
    }

    fn tell_everywhere(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let window = self.ends.sliding(state, bucket, |window| window.distinct() >= self.hosts)?;
        let hosts = window.members();
        let title = format!("{account} takes recovery away on {} hosts within half an hour", hosts.len());
        let list: Vec<String> = hosts
            .iter()
            .take(6)
            .map(|host| format!("{} ({})", host.name, host.seen("step").unwrap_or("a step")))
            .collect();
        let draft = Draft::new(title)
            .describe(format!("One account, one half hour: {}.", list.join(", ")))
            .user(account, "actor");
        let draft =
            hosts.iter().fold(draft, |draft, host| draft.host(host.name, "target")).figure("hosts", hosts.len());
        Some(draft.evidences(hosts.iter().map(|host| host.evidence(host.seen("step").unwrap_or("a step")))))
    }

    fn tell_raised(&self, state: &State, bucket: Bucket) -> Option<Draft> {
        let pairs = self.life.then(state, bucket, (CREATED, RAISED), |_, _| true);
        let (created, _) = pairs.first()?;
        let who = created.seen("actor.user.canonical").unwrap_or("somebody");
        let whom = created.seen("user.canonical").unwrap_or("an account");
        let mut groups: Vec<&str> = pairs.iter().map(|(_, raised)| raised.name).collect();
        groups.dedup();
        let title = format!("{who} created {whom} and raised it to {}", groups.join(", "));
        let minutes = pairs[0].1.time.saturating_sub(created.time) / MINUTE;
        let text = format!("The account is a member of a privileged group {minutes} minutes after it was made.");
        let draft = Draft::new(title)
            .describe(text)
            .user(who, "actor")
            .user(whom, "account")
            .evidence(created.evidence("created"));
        // Set-up programs make the first account of a host so.
        let by_machine = who.ends_with('$') || who.starts_with("nt authority\\");
        let draft = if by_machine { draft.severity(Severity::Low) } else { draft };
        Some(draft.evidences(pairs.iter().map(|(_, raised)| raised.evidence("raised"))))
    }

    fn tell_short_lived(&self, state: &State, bucket: Bucket) -> Option<Draft> {
        let pairs = self.life.then(state, bucket, (CREATED, DELETED), |_, _| true);
        let (created, deleted) = pairs.first()?;
        let who = created.seen("actor.user.canonical").unwrap_or("somebody");
        let whom = created.seen("user.canonical").unwrap_or("an account");
        let minutes = deleted.time.saturating_sub(created.time) / MINUTE;
        let title = format!("{whom} was created by {who} and deleted {minutes} minutes later");
        let text = "An account that lives for hours was made for something that should leave no trace, or for a test.";
        let draft =
            Draft::new(title).describe(text).user(who, "actor").user(whom, "account").figure("minutes", minutes);
        Some(draft.evidence(created.evidence("created")).evidence(deleted.evidence("deleted")))
    }

    fn tell_interactive(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let hosts = self.sat.within(state, bucket).members();
        let first = hosts.first()?;
        let title = format!("the service account {account} logged on at a desktop of {}", first.name);
        let names: Vec<&str> = hosts.iter().map(|host| host.name).collect();
        let times: u64 = hosts.iter().map(|host| host.count).sum();
        let text = format!("{times} interactive or remote desktop logons today, on {}.", names.join(", "));
        let draft = Draft::new(title).describe(text).user(account, "account").figure("logons", times);
        let draft = hosts.iter().fold(draft, |draft, host| draft.host(host.name, "target"));
        Some(draft.evidences(hosts.iter().map(|host| host.evidence("interactive logon"))))
    }
}
