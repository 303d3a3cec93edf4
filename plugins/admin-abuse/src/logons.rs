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
    /// Adds them to the plan.
    pub fn new(plan: &mut Plan, zones: &[String], shared_roles: Vec<String>) -> Self {
        let session = plan.key_space("session", ["device.host", "session.uid"]);
        let person = || not(suffix("user.name", ["$"]));
        let mut read = plan.read("authentication", session).when(all([
            eq("activity_id", 1),
            zone("src_endpoint.address", zones.iter().cloned()),
            one_of("metadata.event_code", ["4624"]),
            person(),
        ]));
        let (user, address) = (read.text("user.canonical"), read.text("src_endpoint.address"));
        let (privileged, off_hours) = (read.boolean("user.privileged"), read.boolean("off_hours"));
        let (logon_type, target_role) = (read.integer("logon_type_id"), read.text("device.role"));
        let logons = read.done();
        let read = plan.read("authorize_session", session);
        let wanted = [one_of("metadata.event_code", ["4672"]), not(one_of("session.uid", OWN_SESSIONS)), person()];
        read.when(all(wanted)).done();
        let steps = plan.timeline(session).keep(2 * JOIN).events(8);
        let signal = plan.signal("privileged-logon", session).text("address").text("user").text("host").text("role");
        let signal = signal.integer("logon_type").integer("off_hours").done();

        let source = plan.key_space("source", ["src_endpoint.address"]);
        let mut read =
            plan.read("tunnel_activity", source).by(["tunnel_interface.ip"]).when(all([present("user.canonical")]));
        read.text("user.canonical");
        let tunnels = read.done();
        let mut read =
            plan.read("dhcp_activity", source).by(["src_endpoint.ip"]).when(all([present("src_endpoint.mac")]));
        let lease_mac = read.text("src_endpoint.mac");
        let leases = read.done();
        let mut read = plan
            .read("base_event", source)
            .by(["unmapped.param4"])
            .when(all([one_of("metadata.event_code", ["20274"]), present("unmapped.param2")]));
        let given_to = read.text("unmapped.param2");
        let given = read.done();
        let mut read = plan.read("signal:self/privileged-logon", source).by(["address"]).lateness(15 * MINUTE);
        let (told_user, told_host, told_role) = (read.text("user"), read.text("host"), read.text("role"));
        let (told_type, told_off) = (read.integer("logon_type"), read.integer("off_hours"));
        let signals = read.done();
        let mut read = plan.read("authentication", source).when(all([
            eq("activity_id", 1),
            eq("status_id", 1),
            eq_any("logon_type_id", [3, 10]),
            person(),
            not(prefix("user.canonical", ["nt authority\\"])),
        ]));
        read.text("user.canonical");
        let source_role = read.text("src_endpoint.role");
        let target = read.text("device.host");
        read.text("device.role");
        read.boolean("user.privileged");
        read.boolean("off_hours");
        let service = read.boolean("user.service_account");
        let network = read.done();
        let mut read = plan.read("authentication", source).by(["device.host"]);
        read =
            read.when(all([one_of("metadata.event_code", ["4648"]), person(), not(suffix("actor.user.name", ["$"]))]));
        read = read.when(all([one_of("metadata.event_code", ["4624"]), eq("logon_type_id", 9)]));
        read.text("user.canonical");
        let (actor, outbound) = (read.text("actor.user.canonical"), read.text("unmapped.TargetOutboundUserName"));
        let destination = read.text("dst_endpoint.host");
        read.boolean("user.privileged");
        read.boolean("off_hours");
        read.text("device.host");
        let explicit = read.done();

        let facts = plan.timeline(source).keep(TUNNEL_MEMORY).events(64);
        let switches = plan.timeline(source).events(64);
        let present = plan.tally(source, 10 * MINUTE).keep(DAY).members(32);
        let known = plan.first_seen(source, MEMORY).members(64);
        let rule = plan.rule("privileged-logon-from-vpn", source).title("Privileged logon from the VPN pool");
        let from_vpn = rule
            .weighs(Severity::Medium, 60)
            .bucket(HOUR)
            .lookback(TUNNEL_MEMORY)
            .technique("T1078.002", "a session with administrator rights comes from a VPN address")
            .technique("T1133", "the way in is remote access")
            .advice(
                "Ask the administrator, by telephone, whether it was them. If not: end the tunnel and the sessions, disable \
                 both accounts, and look at every host that the address reached.",
            )
            .done();
        let rule = plan.rule("credential-switch", source).title("Credentials switched on one source");
        let switch = rule
            .weighs(Severity::Medium, 55)
            .bucket(HOUR)
            .lookback(MEMORY)
            .technique("T1078.002", "a privileged account appears where a person's account was, for the first time")
            .advice(
                "Whose host is it, and does its user administer anything? If not, the privileged account's secret was found \
                 or dumped there: reset it and isolate the host.",
            )
            .done();
        Self {
            session,
            source,
            logons,
            tunnels,
            leases,
            given,
            given_to,
            signals,
            network,
            explicit,
            user,
            actor,
            outbound,
            address,
            source_role,
            target,
            target_role,
            destination,
            lease_mac,
            logon_type,
            privileged,
            service,
            off_hours,
            told_user,
            told_host,
            told_role,
            told_type,
            told_off,
            steps,
            facts,
            switches,
            present,
            known,
            signal,
            from_vpn,
            switch,
            shared_roles,
        }
    }

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

    /// Whose tunnel an address is at a time.
    fn owner<'s>(&self, state: &'s State, time: i64) -> Option<Event<'s>> {
        let before =
            self.facts.tagged(state, time.saturating_sub(TUNNEL_MEMORY), time.saturating_add(1), TUNNEL).last();
        before.or_else(|| self.facts.tagged(state, time, time.saturating_add(SKEW), TUNNEL).next())
    }

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

    fn tell_vpn(&self, source: &str, state: &State, bucket: Bucket) -> Option<Draft> {
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
        let mut text =
            format!("{} privileged logons from {source} within an hour, to {}.", logons.len(), hosts.join(", "));
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

    fn tell_switch(&self, source: &str, state: &State, bucket: Bucket) -> Option<Draft> {
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

    fn is_shared(&self, role: &str) -> bool {
        self.shared_roles.iter().any(|shared| shared == role)
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
