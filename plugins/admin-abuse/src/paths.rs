//! From where, to where and when an account comes, against its own past.
//!
//! - **`privileged-new-path`** (T1078.002): a privileged account comes from a source that it never used, or at an hour of
//!   the week that is not its own. Low with a past of less than 14 days, none with less than one; the hour, a client as
//!   source, a server as target and the VPN add. A new hour alone is low: somebody is on call.
//! - **`vpn-new-place`** (T1133): a person's tunnel comes from a country, or where the gateway does not tell it from a
//!   network, that this person never came from. Low: people travel; but an intrusion begins so.

use sekisho_sdk::Boolean;
use sekisho_sdk::prelude::*;

const MEMORY: i64 = 30 * DAY;
/// With a younger past much is new.
const YOUNG: i64 = 14 * DAY;
/// An hour of the week is one of these stretches of a day, on working days or the weekend.
const STRETCH: i64 = 4 * HOUR;

/// The rules about paths.
pub struct PathRules {
    logons: Reading,
    tunnels: Reading,
    source: Text,
    address: Text,
    source_role: Text,
    source_zone: Text,
    target: Text,
    target_role: Text,
    logon_type: Integer,
    off_hours: Boolean,
    from: Text,
    country: Text,
    sources: FirstSeen,
    hours: FirstSeen,
    places: FirstSeen,
    path: Rule,
    place: Rule,
}

// === impl PathRules ===

impl PathRules {
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, space: KeySpace) -> Self {
        let usual = || {
            [
                eq("activity_id", 1),
                eq("status_id", 1),
                eq_any("logon_type_id", [3, 10]),
                present("src_endpoint.address"),
                not(suffix("user.name", ["$"])),
                not(prefix("user.canonical", ["nt authority\\", "window manager\\", "font driver host\\"])),
                not(prefix("user.canonical", ["nt service\\", "iis apppool\\"])),
            ]
        };
        let with = |condition| usual().into_iter().chain([condition]).collect::<Vec<_>>();
        let mut read = plan.read("authentication", space).when(with(eq("user.privileged", 1)));
        // Without an inventory the name is all that tells.
        read = read.when(with(contains("user.name", ["admin", "-adm", "_adm"])));
        read = read.when(with(prefix("user.name", ["adm-", "adm_", "adm.", "da-", "da_", "t0-", "t1-"])));
        let (source, address) = (read.text("src_endpoint.host"), read.text("src_endpoint.address"));
        let (source_role, source_zone) = (read.text("src_endpoint.role"), read.text("src_endpoint.zone"));
        let (target, target_role) = (read.text("device.host"), read.text("device.role"));
        let (logon_type, off_hours) = (read.integer("logon_type_id"), read.boolean("off_hours"));
        let logons = read.done();
        let mut read =
            plan.read("tunnel_activity", space).when(all([eq("activity_id", 1), present("src_endpoint.ip")]));
        let (from, country) = (read.text("src_endpoint.ip"), read.text("src_endpoint.location.country"));
        read.boolean("off_hours");
        let tunnels = read.done();
        let sources = plan.first_seen(space, MEMORY).members(256);
        let hours = plan.first_seen(space, MEMORY).members(16);
        let places = plan.first_seen(space, 2 * MEMORY).members(64);
        let rule = plan.rule("privileged-new-path", space).title("Privileged account on a path that is not its own");
        let path = rule
            .weighs(Severity::Low, 45)
            .bucket(HOUR)
            .lookback(MEMORY)
            .technique("T1078.002", "a privileged account comes from a new source or at a new hour")
            .advice("Ask the administrator. A new workstation of theirs explains it; a colleague's client does not.")
            .done();
        let rule = plan.rule("vpn-new-place", space).title("VPN from a place that this person never came from");
        let place = rule
            .weighs(Severity::Low, 35)
            .bucket(DAY)
            .lookback(2 * MEMORY)
            .technique("T1133", "remote access from a new country or network")
            .advice(
                "Alone it is a journey. Look at what the tunnel's address did since: a privileged logon from it makes it the \
                 beginning of something.",
            )
            .done();
        Self {
            logons,
            tunnels,
            source,
            address,
            source_role,
            source_zone,
            target,
            target_role,
            logon_type,
            off_hours,
            from,
            country,
            sources,
            hours,
            places,
            path,
            place,
        }
    }

    /// Judges one account.
    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        let (mut walked, mut entered) = (false, false);
        for row in group.rows() {
            if row.is(self.logons) {
                walked = true;
                self.take_path(group, &row);
            } else if row.is(self.tunnels) {
                entered = true;
                self.take_place(group, &row);
            }
        }
        let account = group.part(0);
        if walked {
            out.review(group, self.path, |state, bucket| self.tell_path(account, state, bucket));
        }
        if entered {
            out.review(group, self.place, |state, bucket| self.tell_place(account, state, bucket));
        }
    }

    fn take_path(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let Some(source) = row.text(self.source).or_else(|| row.text(self.address)) else { return };
        let kind = row.integer(self.logon_type).unwrap_or_default().to_string();
        let seen = [
            ("src_endpoint.address", row.text(self.address)),
            ("src_endpoint.role", row.text(self.source_role)),
            ("src_endpoint.zone", row.text(self.source_zone)),
            ("device.host", row.text(self.target)),
            ("device.role", row.text(self.target_role)),
            ("logon_type_id", Some(&*kind)),
            ("off_hours", row.boolean(self.off_hours).unwrap_or(false).then_some("yes")),
        ];
        self.sources.add(group, Entry::of(row, source).seen(&seen));
        self.hours.add(group, Entry::of(row, stretch(row.time())).seen(&[seen[0], seen[3]]));
    }

    fn take_place(&self, group: &mut Group<'_>, row: &Row<'_>) {
        let (from, country) = (row.text(self.from).unwrap_or_default(), row.text(self.country));
        let place = country.filter(|country| *country != "Reserved").unwrap_or_else(|| network(from));
        let off_hours = row.boolean(self.off_hours).unwrap_or(false).then_some("yes");
        let seen =
            [("src_endpoint.ip", Some(from)), ("src_endpoint.location.country", country), ("off_hours", off_hours)];
        self.places.add(group, Entry::of(row, place).seen(&seen));
    }

    fn tell_path(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let age = self.sources.age(state, bucket.start);
        if age < DAY {
            return None;
        }
        let young = age < YOUNG;
        let new = self.sources.new_within(state, bucket);
        let hours = if young { Vec::new() } else { self.hours.new_within(state, bucket) };
        let Some(first) = new.first() else { return tell_hour(account, hours.first()?, age) };
        let yes = |path: &str| new.iter().any(|source| source.seen(path).is_some());
        let role = |path: &str, words: [&str; 2]| {
            first.seen(path).is_some_and(|role| words.iter().any(|word| role.contains(word)))
        };
        let from_client = role("src_endpoint.role", ["client", "workstation"]);
        let onto_server = role("device.role", ["server", "controller"]);
        let from_vpn = first.seen("src_endpoint.zone").is_some_and(|zone| zone.contains("vpn"));
        let oddities = 1
            + i64::from(yes("off_hours") || !hours.is_empty())
            + i64::from(from_client && onto_server)
            + i64::from(from_vpn)
            + i64::from(new.len() >= 3);
        let weight = if young { 1 } else { oddities };
        let target = first.seen("device.host").unwrap_or("a host");
        let title = format!("{account} came to {target} from {}, which it never used", first.name);
        let mut text = format!(
            "New sources of this privileged account within an hour: {}. Its past covers {} days.",
            new.iter().map(|source| source.name).collect::<Vec<_>>().join(", "),
            age / DAY
        );
        if from_client && onto_server {
            text.push_str(" From a client straight to a server.");
        }
        if !hours.is_empty() {
            text.push_str(" It never worked at this hour of the week.");
        }
        if young {
            text.push_str(" Cold start: with less than 14 days much is new.");
        }
        let draft = Draft::new(title)
            .describe(text)
            .severity_by(weight, 3, 5, 8)
            .user(account, "account")
            .host(target, "target");
        let draft = new.iter().fold(draft, |draft, source| draft.entity(EntityKind::Host, source.name, "source"));
        let draft = draft.figure("days_known", age / DAY);
        Some(draft.evidences(new.iter().map(|source| source.evidence("first logon from here"))))
    }

    fn tell_place(&self, account: &str, state: &State, bucket: Bucket) -> Option<Draft> {
        let new = self.places.new_within(state, bucket);
        let first = new.iter().find(|place| self.places.age(state, place.first) >= YOUNG)?;
        let days = self.places.age(state, first.first) / DAY;
        let off_hours = first.seen("off_hours").is_some();
        let from = first.seen("src_endpoint.ip").unwrap_or_default();
        let title = format!("{account} came by VPN from {}, for the first time", first.name);
        let text = format!(
            "The tunnel comes from {from} ({}). In the {days} days before, this person never came from there.{}",
            first.name,
            if off_hours { " Outside of office hours." } else { "" }
        );
        let draft = Draft::new(title).describe(text).severity(Severity::Low).user(account, "account");
        Some(
            draft
                .address(from, "source")
                .figure("days_known", days)
                .evidence(first.evidence("tunnel from a new place")),
        )
    }
}

fn tell_hour(account: &str, hour: &Member<'_>, age: i64) -> Option<Draft> {
    let target = hour.seen("device.host").unwrap_or("a host");
    let title = format!("{account} came to {target} at an hour of the week when it never worked");
    let text = format!("In {} days this privileged account was never seen on {} (UTC).", age / DAY, hour.name);
    let draft =
        Draft::new(title).describe(text).severity(Severity::Low).user(account, "account").host(target, "target");
    Some(draft.figure("days_known", age / DAY).evidence(hour.evidence("first logon at this hour")))
}

/// The stretch of the week that a time lies in.
fn stretch(time: i64) -> &'static str {
    const WORKING: [&str; 6] = [
        "working days, 00 to 04",
        "working days, 04 to 08",
        "working days, 08 to 12",
        "working days, 12 to 16",
        "working days, 16 to 20",
        "working days, 20 to 24",
    ];
    const WEEKEND: [&str; 6] = [
        "weekends, 00 to 04",
        "weekends, 04 to 08",
        "weekends, 08 to 12",
        "weekends, 12 to 16",
        "weekends, 16 to 20",
        "weekends, 20 to 24",
    ];
    // The first of January 1970 was a Thursday.
    let weekend = matches!((time.div_euclid(DAY) + 3).rem_euclid(7), 5 | 6);
    let at = usize::try_from(time.rem_euclid(DAY) / STRETCH).unwrap_or_default().min(5);
    if weekend { WEEKEND[at] } else { WORKING[at] }
}

/// The first half of an address: providers hand out addresses of one network.
fn network(address: &str) -> &str {
    let end = address.match_indices(['.', ':']).nth(1).map_or(address.len(), |(at, _)| at);
    &address[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_stretches_of_the_week() {
        assert_eq!(stretch(0), "working days, 00 to 04");
        assert_eq!(stretch(2 * DAY + 23 * HOUR), "weekends, 20 to 24");
        assert_eq!(stretch(4 * DAY + 9 * HOUR), "working days, 08 to 12");
    }

    #[test]
    fn a_network_is_the_first_half_of_an_address() {
        assert_eq!(network("203.0.113.7"), "203.0");
        assert_eq!(network("2001:db8::1"), "2001:db8");
    }
}
