//! Memories over hosts, fed by the host memory's signals: remote services on several hosts, and remote tools in the estate.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::text::{clock, span, who};

/// The memories, configured.
#[derive(Debug)]
pub struct Spread {
    pub services: KeySpace,
    pub products: KeySpace,
    read: (Text, Text, Text, Integer, Integer),
    tools: (Text, Text, Text, Integer),
    hosts: Tally,
    habit: FirstSeen,
    several: Rule,
    seen_on: FirstSeen,
    tool: Rule,
    limit: u64,
    learning: i64,
}

/// Plans the memories.
pub fn plan(settings: &Settings, plan: &mut Plan) -> Spread {
    let services = plan.key_space("spread", ["by"]);
    let products = plan.key_space("product", ["product"]);
    let mut read = plan.read("signal:self/spread", services);
    let handles =
        (read.text("host"), read.text("what"), read.text("who"), read.integer("odd"), read.integer("trusted"));
    read.done();
    let mut tools = plan.read("signal:self/tool", products);
    let tool_handles = (tools.text("host"), tools.text("who"), tools.text("how"), tools.integer("loose"));
    tools.done();
    let hosts = plan.tally(services, 10 * MINUTE).members(128);
    let habit = plan.first_seen(services, 30 * DAY).members(512);
    let several = plan
        .rule("remote-service-spread", services)
        .title("Services installed from elsewhere on several hosts")
        .weighs(Severity::High, 80)
        .bucket(HOUR)
        .reach(HOUR)
        .lookback(habit.absence())
        .technique("T1021.002", "network logons before the services")
        .technique("T1569.002", "services installed on several hosts")
        .technique("T1570", "the same program brought to several hosts")
        .advice("Ask the owner of the account whether software is being rolled out. If not: disable the account, isolate the source, and look for the service's program on every host named.")
        .done();
    let seen_on = plan.first_seen(products, 90 * DAY).members(512);
    let tool = plan
        .rule("remote-tool", products)
        .title("A remote-access tool on a host where it was not")
        .weighs(Severity::Low, 50)
        .bucket(DAY)
        .lookback(seen_on.absence())
        .technique("T1219", "process or service of a remote-access tool")
        .technique("T1572", "tunnel")
        .technique("T1021.005", "screen of the host served to others")
        .advice("Ask the help desk whether the tool is theirs. If not: isolate the host, and find who put it there and when.")
        .done();
    Spread {
        services,
        products,
        read: handles,
        tools: tool_handles,
        hosts,
        habit,
        several,
        seen_on,
        tool,
        limit: settings.service_hosts,
        learning: settings.learning.nanos(),
    }
}

impl Spread {
    /// Services by one account, source or name.
    pub fn judge_services(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (host, what, actor, odd, trusted) = self.read;
        for row in group.rows() {
            let Some(name) = row.text(host) else { continue };
            let seen =
                [("device.hostname", Some(name)), ("win_service", row.text(what)), ("user.name", row.text(actor))];
            let (odd, trusted) = (row.integer(odd).unwrap_or(0), row.integer(trusted).unwrap_or(0));
            let entry = Entry::of(&row, name).amount(odd).and(trusted).seen(&seen);
            self.hosts.add(group, entry);
            self.habit.add(group, Entry::of(&row, name));
        }
        let by = group.part(0);
        out.review(group, self.several, |state, bucket| {
            let window = self.hosts.sliding(state, bucket, |window| window.distinct() >= self.limit)?;
            let (n, members) = (window.distinct(), window.members());
            let age = self.habit.age(state, window.since()?);
            // Who installed services on as many hosts days ago does so by trade, and so do servers of deployment: told, and
            // low. One service on one host trains no trade, and one trusted host among several vouches for none of them.
            let before: Set<&str> = self
                .habit
                .new_between(state, i64::MIN, window.since()?.saturating_sub(3 * DAY))
                .iter()
                .map(|host| host.name)
                .collect();
            let trusted = 2 * members.iter().filter(|member| member.sum2 > 0).count() >= members.len();
            let severity = match () {
                () if before.len() as u64 >= self.limit || trusted => Severity::Low,
                () if window.sum() > 0 => Severity::High,
                () => Severity::Medium,
            };
            let past = if age > 0 {
                format!("It did so for {} already.", span(age))
            } else {
                "It was not seen to do so before.".into()
            };
            let lines: Vec<String> = members
                .iter()
                .take(12)
                .map(|member| {
                    format!(
                        "{} UTC {}: {} {}",
                        clock(member.first),
                        member.name,
                        who(member.seen("user.name").unwrap_or_default()),
                        member.seen("win_service").unwrap_or_default()
                    )
                })
                .collect();
            let draft =
                Draft::new(format!("Services were installed from elsewhere on {n} hosts within an hour by {by}"))
                    .describe(format!("{past}\n{}", lines.join("\n")))
                    .severity(severity)
                    .figure("hosts", n)
                    .figure("services", window.count());
            let draft = members.iter().fold(draft, |draft, member| draft.host(member.name, "target"));
            let draft = match by.split_once(" from ") {
                Some((user, from)) => draft.user(user, "actor").address(from, "source"),
                None if by.starts_with("service ") => draft,
                None => draft.user(by, "actor"),
            };
            Some(
                draft
                    .span(window.since()?, window.until()?)
                    .evidences(members.iter().map(|member| member.evidence("service installed"))),
            )
        });
    }

    /// A product on hosts.
    pub fn judge_products(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (host, actor, how, loose) = self.tools;
        for row in group.rows() {
            let Some(name) = row.text(host) else { continue };
            let weight = row.integer(loose).unwrap_or(0).to_string();
            let seen = [
                ("device.hostname", Some(name)),
                ("user.name", row.text(actor)),
                ("how", row.text(how)),
                ("weight", Some(weight.as_str())),
            ];
            self.seen_on.add(group, Entry::of(&row, name).seen(&seen));
        }
        let product = group.part(0);
        out.review(group, self.tool, |state, bucket| {
            let new = self.seen_on.new_within(state, bucket);
            let first = new.first()?;
            let age = self.seen_on.age(state, first.first);
            let heavy = new.iter().filter_map(|host| host.seen("weight")?.parse::<i64>().ok()).max().unwrap_or(0);
            let young = age < self.learning.max(14 * DAY);
            let severity = match () {
                () if young && heavy > 0 => Severity::Medium,
                () => Severity::Low,
            };
            let on = if new.len() == 1 { format!("on {}", first.name) } else { format!("on {} hosts", new.len()) };
            let by = first.seen("user.name").map_or(String::new(), |user| format!(" by {}", who(user)));
            let past = if age == 0 {
                "It was not seen in the estate before; while the detector is young that may mean little.".into()
            } else {
                format!("The estate has known it for {}.", span(age))
            };
            let draft = Draft::new(format!("{product} was {} {on}{by}", first.seen("how").unwrap_or("run")))
                .describe(past)
                .severity(severity)
                .figure("hosts", new.len() as i64);
            let draft = new.iter().fold(draft, |draft, host| draft.host(host.name, "target"));
            Some(draft.evidences(new.iter().map(|host| host.evidence("remote-access tool"))))
        });
    }
}
