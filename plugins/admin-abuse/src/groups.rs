//! Rights by way of groups.
//!
//! - **`group-nested`** (T1098.007): a member joins a group that itself was made a member of a privileged group: the rights
//!   come by the back door. Medium; high when both happen within a day.
//! - **`local-administrator-added`** (T1098.007): somebody adds to a host's own administrators. Medium; high on three hosts
//!   within an hour; low for those whose work it is: they did so at least twice in the month before (help desks do).
//! - **`group-command`** (T1098.007): a command adds to a privileged group, and no record tells that it happened (4728,
//!   4732, 4756): it failed, or that is not logged. Medium. Where it is, that record is the alert, and this one
//!   is not raised: one act, one alert.

use sekisho_sdk::prelude::*;

use crate::rules::group_raised::{is_local, power};

const INTO: u32 = 1;
const JOINED: u32 = 2;
const COMMAND: u32 = 3;
const DONE: u32 = 4;
const LOCAL: u32 = 5;
/// Who did so as often in the month before does it for a living.
const HABIT: usize = 2;
/// A nesting is remembered so long.
const NESTED: i64 = 30 * DAY;
/// The controller's record and the client's are so far apart at most.
const APART: i64 = 10 * MINUTE;

/// The rules about groups.
pub struct GroupRules {
    into: Reading,
    joined: Reading,
    done: Reading,
    commands: Reading,
    group: Text,
    group_sid: Text,
    member: Text,
    actor: Text,
    actor_sid: Text,
    member_sid: Text,
    host: Text,
    command: Text,
    at: Text,
    facts: Timeline,
    raises: Timeline,
    nested: Rule,
    by_command: Rule,
    local: Rule,
}

// === impl GroupRules ===

impl GroupRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, space: KeySpace) -> Self {
        let mut fields = None;
        let mut read = |plan: &mut Plan, by: [&str; 1]| {
            let mut read = plan.read("group_management", space).by(by).when(all([eq("activity_id", 3)]));
            let (group, group_sid) = (read.text("group.name"), read.text("group.uid"));
            let (member, actor) = (read.text("user.canonical"), read.text("actor.user.canonical"));
            let sids = (read.text("actor.user.uid"), read.text("user.uid"));
            fields = Some((group, group_sid, member, actor, sids, read.text("device.host")));
            read.done()
        };
        let (into, joined) = (read(plan, ["user.uid"]), read(plan, ["group.uid"]));
        let done = read(plan, ["actor.user.canonical"]);
        let (group, group_sid, member, actor, (actor_sid, member_sid), host) =
            fields.unwrap_or_else(|| unreachable!("three readings were made"));
        let mut read = plan.read("signal:self/group-command", space).by(["who"]).lateness(15 * MINUTE);
        let (command, at) = (read.text("command"), read.text("host"));
        let commands = read.done();
        let facts = plan.timeline(space).keep(NESTED).events(64);
        let raises = plan.timeline(space).keep(NESTED).events(32);
        let rule = plan.rule("group-nested", space).title("Member of a group that is nested in a privileged one");
        let nested = rule
            .weighs(Severity::Medium, 65)
            .bucket(DAY)
            .lookback(NESTED)
            .technique("T1098.007", "a member joins a group that has rights by nesting")
            .technique("T1098", "an account gains rights")
            .advice("Take the inner group out of the privileged one, unless both steps have tickets, and see what the member did since.")
            .done();
        let rule = plan.rule("group-command", space).title("Command that adds to a privileged group, unconfirmed");
        let by_command = rule
            .weighs(Severity::Medium, 60)
            .bucket(HOUR)
            .reach(APART)
            .lookback(APART)
            .settled()
            .technique("T1098.007", "a command adds to a privileged group")
            .advice("Look whether the member is in the group now. If no record tells such changes, switch auditing of account management on.")
            .done();
        let rule = plan.rule("local-administrator-added", space).title("Member added to a host's own administrators");
        let local = rule
            .weighs(Severity::Medium, 60)
            .bucket(HOUR)
            .lookback(NESTED)
            .technique("T1098.007", "a member is added to the local administrators")
            .technique("T1098", "an account gains rights")
            .advice("Is there a ticket? If not, take the member out again, and see what it did on these hosts since.")
            .done();
        Self {
            into,
            joined,
            done,
            commands,
            group,
            group_sid,
            member,
            actor,
            actor_sid,
            member_sid,
            host,
            command,
            at,
            facts,
            raises,
            nested,
            by_command,
            local,
        }
    }

    /// Judges an account: a group is one too.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut joined, mut raised) = (false, false);
        for row in group.rows() {
            let named = row.text(self.group).unwrap_or_default();
            let seen = [
                ("group.name", row.text(self.group)),
                ("user.canonical", row.text(self.member)),
                ("actor.user.canonical", row.text(self.actor)),
                ("device.host", row.text(self.host)),
            ];
            let powerful = || power(row.text(self.group_sid).unwrap_or_default(), named) > 0;
            if row.is(self.into) && powerful() {
                joined = true;
                self.facts.add(group, INTO, Entry::of(&row, named).seen(&seen));
            } else if row.is(self.joined) {
                joined = true;
                let member = row.text(self.member).unwrap_or_default();
                self.facts.add(group, JOINED, Entry::of(&row, member).seen(&seen));
            } else if row.is(self.done) && powerful() {
                raised = true;
                let sid = |field| row.text(field).unwrap_or_default();
                let sids = (sid(self.group_sid), sid(self.actor_sid), sid(self.member_sid));
                let local = is_local(group.part(0), sids);
                let member = row.text(self.member).unwrap_or(sids.2);
                let (tag, name) = if local { (LOCAL, member) } else { (DONE, named) };
                self.raises.add(group, tag, Entry::of(&row, name).seen(&seen));
            } else if row.is(self.commands) {
                raised = true;
                let seen = [("process.cmd_line", row.text(self.command)), ("device.host", row.text(self.at))];
                let command = row.text(self.command).unwrap_or_default();
                self.raises.add(group, COMMAND, Entry::of(&row, command).seen(&seen));
            }
        }
        if joined {
            out.review(group, self.nested, |state, bucket| self.tell_nested(state, bucket));
        }
        let account = group.part(0);
        if raised {
            out.review(group, self.local, |state, bucket| self.tell_local(account, state, bucket));
        }
        out.review(group, self.by_command, |state, bucket| self.tell_command(account, state, bucket));
    }

    fn tell_local(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let added: Vec<Event<'_>> = self.raises.tagged(state, bucket.start, bucket.end, LOCAL).collect();
        let first = added.first()?;
        let before = self.raises.tagged(state, bucket.start.saturating_sub(NESTED), bucket.start, LOCAL).count();
        let mut hosts: Vec<&str> = added.iter().filter_map(|event| event.seen("device.host")).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let habit = before >= HABIT;
        let weight = if habit { 1 } else { 3 } + if hosts.len() >= 3 { 2 } else { 0 };
        let (whom, place) = match (added.len(), hosts.as_slice()) {
            (1, [host]) => (first.name.to_owned(), (*host).to_owned()),
            (n, [host]) => (format!("{n} accounts"), (*host).to_owned()),
            (n, hosts) => (format!("{n} accounts"), format!("{} hosts", hosts.len())),
        };
        let title = format!("{account} added {whom} to the local administrators of {place}");
        let text = format!(
            "Added: {}. In the 30 days before, this account did so {before} times{}.",
            added.iter().map(|event| event.name).collect::<Vec<_>>().join(", "),
            if habit { ": it looks like its work" } else { "" }
        );
        let draft = Draft::new(title).describe(text).severity_by(weight, 3, 5, 8).user(account, "actor");
        let draft = added.iter().fold(draft, |draft, event| draft.user(event.name, "account"));
        let draft = hosts.iter().fold(draft, |draft, host| draft.host(*host, "target")).figure("before", before);
        Some(draft.evidences(added.iter().map(|event| event.evidence("member added"))))
    }

    /// Members that join in this bucket, with the nesting before; or a nesting in it, with the members of the month before.
    fn tell_nested(&self, state: &State, bucket: Bucket) -> Option<Draft> {
        let nesting = |tag| self.facts.tagged(state, bucket.start.saturating_sub(NESTED), bucket.end, tag);
        let (into, joined): (Vec<Event<'_>>, Vec<Event<'_>>) = (nesting(INTO).collect(), nesting(JOINED).collect());
        let later =
            joined.iter().filter(|join| join.time >= bucket.start && into.iter().any(|into| into.time <= join.time));
        let later: Vec<&Event<'_>> = later.collect();
        let (first, into) = (later.first()?, into.iter().rev().find(|into| into.time <= later[0].time)?);
        let inner = first.seen("group.name").unwrap_or("a group");
        let who = first.seen("actor.user.canonical").unwrap_or("somebody");
        let names: Vec<&str> = later.iter().map(|join| join.name).collect();
        let minutes = first.time.saturating_sub(into.time) / MINUTE;
        let title = format!("{who} added {} to {inner}, which is a member of {}", names.join(", "), into.name);
        let by = into.seen("actor.user.canonical").unwrap_or("somebody");
        let text = format!(
            "{inner} was made a member of {} by {by} {minutes} minutes before: its members have those rights now.",
            into.name
        );
        let near = minutes < DAY / MINUTE;
        let draft = Draft::new(title).describe(text).severity_by(if near { 5 } else { 3 }, 3, 5, 8).user(who, "actor");
        let draft = names.iter().fold(draft, |draft, name| draft.user(*name, "account"));
        let draft = if into.time >= bucket.start { draft.evidence(into.evidence("group nested")) } else { draft };
        Some(draft.evidences(later.iter().map(|join| join.evidence("member added"))))
    }

    fn tell_command(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let done = |time: i64| {
            let (from, to) = (time.saturating_sub(APART), time.saturating_add(APART));
            self.raises.between(state, from, to).any(|event| matches!(event.tag, DONE | LOCAL))
        };
        let commands = self.raises.tagged(state, bucket.start, bucket.end, COMMAND);
        let alone: Vec<Event<'_>> = commands.filter(|command| !done(command.time)).collect();
        let first = alone.first()?;
        let host = first.seen("device.host").unwrap_or("a host");
        let title = format!("{account} ran a command that adds to a privileged group: {}", first.name);
        let text = format!(
            "On {host}. No record told of a new member by this account within {} minutes: the command failed, or that is \
             not logged.",
            APART / MINUTE
        );
        let draft = Draft::new(title).describe(text).user(account, "actor").host(host, "source");
        Some(draft.figure("commands", alone.len()).evidences(alone.iter().map(|command| command.evidence("command"))))
    }
}
