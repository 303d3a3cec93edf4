//! Several clients send to one destination that the estate hardly knows: theft through several exits.
//!
//! **Meaning.** An intruder who holds several clients lets each of them carry a part, so that no single one stands out
//! (Mino Industry, October 2025: 300 GB in 56 hours through several clients, 178 MB in two minutes in all, 18 MB for each
//! of ten: a rule by source misses it by a factor of 60). Only the destination, with the set of its sources, shows it.
//!
//! **Fires** on two or more clients that are new to a destination younger than [`Settings::young`], each with
//! [`Settings::client_bytes`] or more out within two adjacent days and out/in above [`Settings::upload_ratio`]. Volume is
//! no condition, since 5 GB would be too late for 300 GB at one percent; it raises severity. What a client is seen to
//! send by two observers counts once; the public address of a gateway that another observer tells for it is no client.
//!
//! **ATT&CK** T1048 (the flows), T1030 (shares of many clients), T1041 is not told apart from flows alone.
//!
//! **Severity** and the explanations that make it low are in [`super::fan_weight`].
//!
//! **False alarms.** A new service for the whole house looks the same from the wire, with many clients, by day, and with
//! more coming back: ratio and number tell. A new backup in the cloud: the host with the role `backup` sends there too.
//! Video calls and software updates fall out by out/in. A partner: give its network a zone among `outside_zones`.

use sekisho_sdk::prelude::*;

use super::fan_weight::{Look, Scale};
use crate::Settings;
use crate::command::is_local;
use crate::memory::{Sent, Sums, party};
use crate::spaces::destination::{BACKUPS, Books, client_name, first_flow, host_of, is_odd_port, is_partner};
use crate::words::{kind_of, list, moment, night, rate, size, span};

pub const BUCKET: i64 = 7 * DAY;
/// A theft that begins on a week's last day goes on into the next.
const REACH: i64 = 2 * DAY;
/// How far evidence of one finding lies apart.
pub const SPAN: i64 = BUCKET + REACH;

/// Beyond a client's own best day by so much it is another client.
const BEYOND: i64 = 5;

/// The rule, configured.
pub struct FanIn {
    pub rule: Rule,
    client_bytes: i64,
    ratio: i64,
    young: i64,
    learning_days: i64,
    scale: Scale,
}

/// Clients that meet the conditions.
struct Fan<'s> {
    clients: Vec<Client<'s>>,
    /// Sources that met the destination in all.
    breadth: usize,
    from: i64,
    to: i64,
    /// Age of the destination in the estate when the first of them came.
    age: i64,
}

struct Client<'s> {
    member: Member<'s>,
    sent: Sent,
}

/// Plans the rule.
pub fn plan(settings: &Settings, plan: &mut Plan, space: KeySpace, absence: i64) -> FanIn {
    let rule = plan
        .rule("fan-in", space)
        .title("Several clients send to one young destination")
        .weighs(Severity::Medium, 60)
        .technique("T1048", "bytes out to one destination beyond web, mail and video")
        .technique("T1030", "the same destination fed by several clients, each with its share")
        .bucket(BUCKET)
        .reach(REACH)
        .lookback(absence)
        .advice(
            "1. Block the destination at the border; do not wait for the analysis.\n\
             2. Isolate the clients that are named, and look for what they have in common: one account that logged on \
             to all of them, a VPN session, a service installed within the same hours.\n\
             3. Ask who knows the destination. A service that was just adopted has an owner.\n\
             4. Look on the clients for rclone, FileZilla, WinSCP and split archives; keep their configuration: it names \
             the account on the other side.\n\
             5. Cut the way in as well (VPN session, remote management), or it starts again from another client.",
        )
        .done();
    FanIn {
        rule,
        client_bytes: settings.client_bytes.0,
        ratio: settings.upload_ratio,
        young: settings.young.nanos(),
        learning_days: settings.learning.nanos() / DAY,
        scale: Scale { ratio: settings.upload_ratio, house_wide: settings.house_wide },
    }
}

// === impl FanIn ===

impl FanIn {
    /// What is to be said of a bucket.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, destination: &str) -> Option<Draft> {
        let fan = self.fan(state, bucket.start, books)?;
        Some(self.tell(state, &fan, books, destination))
    }

    /// Whether a fan-in tells of what is in this bucket already.
    pub fn covers(&self, state: &State, bucket: Bucket, books: &Books) -> bool {
        let (first, last) = (sekisho_sdk::time::align(bucket.start, BUCKET), bucket.end.saturating_add(bucket.reach));
        (0..=(last - first) / BUCKET).any(|week| self.fan(state, first + week * BUCKET, books).is_some())
            || self.fan(state, first - BUCKET, books).is_some_and(|fan| fan.to > bucket.start)
    }

    /// The clients of a week, without those that the week before tells of.
    fn fan<'s>(&self, state: &'s State, week: i64, books: &Books) -> Option<Fan<'s>> {
        // A destination that was known before the week is none of this rule's: said first, since it is cheap.
        if books.sources.age(state, week) >= self.young {
            return None;
        }
        let mut fan = self.clients(state, week, books)?;
        if let Some(before) = self.clients(state, week - BUCKET, books) {
            let known = |client: &Client<'_>| before.clients.iter().any(|old| old.member.name == client.member.name);
            fan.clients.retain(|client| !known(client));
        }
        let first = fan.clients.first().map(|client| client.member.first)?;
        fan.age = books.sources.age(state, first);
        (fan.clients.len() >= 2 && first < week + BUCKET && fan.age < self.young).then_some(fan)
    }

    fn clients<'s>(&self, state: &'s State, week: i64, books: &Books) -> Option<Fan<'s>> {
        let (from, to) = (week, week.saturating_add(SPAN));
        if books.ledger.at_most(state, from, to) < 2 * self.client_bytes {
            return None;
        }
        let met = books.sources.new_between(state, from, to);
        let breadth = met.len();
        let parties = books.ledger.by_party(state, from, to, self.client_bytes);
        let sent = |name: &str| {
            let party = party(name);
            let sent = parties.iter().find(|sent| sent.party == party)?;
            (sent.within_a_day >= self.client_bytes && sent.sums.ratio() >= self.ratio).then_some(*sent)
        };
        let with = |member: Member<'s>| Some(Client { sent: sent(member.name)?, member });
        let mut clients: Vec<Client<'s>> = met.into_iter().filter_map(with).collect();
        leave_gateways_out(&mut clients);
        let first = clients.first().filter(|client| client.member.first < week + BUCKET)?.member.first;
        (clients.len() >= 2).then(|| Fan { clients, breadth, from, to, age: books.sources.age(state, first) })
    }

    fn tell(&self, state: &State, fan: &Fan<'_>, books: &Books, destination: &str) -> Draft {
        let look = self.look(state, fan, books);
        let called = books.called(state, destination, fan.from, fan.to);
        let (first, last) = fan.span();
        let (count, sums) = (fan.clients.len(), look.sums);
        let new = if look.cold { "in a cold start" } else { "which nobody used before" };
        let title = format!("{} from {count} clients to {called}, {new}", size(sums.out));
        let hour = books.ledger.busiest_hour(state, fan.from, fan.to);
        let (severity, confidence) = self.scale.weigh(&look);
        let draft = Draft::new(title)
            .describe(self.description(fan, &look, &called, hour))
            .entity(kind_of(destination), destination, "destination")
            .figure("bytes_out", sums.out)
            .figure("bytes_in", sums.inward)
            .figure("clients", count as i64)
            .figure("bytes_out_busiest_hour", hour.map_or(0, |(_, bytes)| bytes))
            .figure("bytes_out_busiest_day", busiest_day(books, state, fan))
            .span(first, last.max(first))
            .severity(severity)
            .evidences(fan.clients.iter().map(|client| first_flow(&client.member, destination)));
        let draft = if let Some(confidence) = confidence { draft.confidence(confidence) } else { draft };
        let draft =
            if let Some(share) = sums.off_hours_share() { draft.figure("off_hours_percent", share) } else { draft };
        fan.clients.iter().take(32).fold(draft, |draft, client| {
            let draft = draft.address(client.member.name, "source");
            match host_of(&client.member) {
                Some(host) => draft.host(host, "source"),
                None => draft,
            }
        })
    }

    /// What there is to weigh.
    fn look(&self, state: &State, fan: &Fan<'_>, books: &Books) -> Look {
        let members = || fan.clients.iter().map(|client| &client.member);
        let sums = fan.clients.iter().fold(Sums::default(), |sums, client| sums.plus(client.sent.sums));
        let beyond = fan.clients.iter().filter(|client| {
            let known = books.facts.of(state, client.member.name, fan.from, fan.to);
            let most = |most: i64| BEYOND.saturating_mul(most.max(1));
            known.is_some_and(|known| known.age >= 7 && client.sent.sums.out >= most(known.most))
        });
        let (first, latest) = (fan.clients[0].member.first, members().map(|member| member.first).max().unwrap_or(0));
        Look {
            sums,
            within_a_day: fan.clients.iter().fold(0, |sum, client| sum.saturating_add(client.sent.within_a_day)),
            clients: fan.clients.len(),
            breadth: fan.breadth,
            joined_over: latest - first,
            odd_port: members().any(is_odd_port),
            partner: members().all(is_partner),
            backup: books.ledger.of(state, BACKUPS, fan.from, fan.to).out >= sums.out / 10,
            beyond: beyond.count(),
            cold: books.is_cold(state, members(), (fan.from, fan.to), self.learning_days),
        }
    }

    fn description(&self, fan: &Fan<'_>, look: &Look, called: &str, hour: Option<(i64, i64)>) -> String {
        let ((first, last), sums) = (fan.span(), look.sums);
        let mut text = format!(
            "{} left for {called} since {} ({} so far, {}), from {} clients: {}. \
             {} came back (out/in {}). Each of them sent {} or more within a day and was new to this destination, which \
             the estate had known for {} when the first began.",
            size(sums.out),
            moment(first),
            span(last - first),
            rate(sums.out, last - first),
            fan.clients.len(),
            list(fan.clients.iter().map(|client| client_name(&client.member)), 12),
            size(sums.inward),
            sums.ratio(),
            size(self.client_bytes),
            span(fan.age),
        );
        if let Some((at, bytes)) = hour {
            text.push_str(&format!(" Busiest hour: {} from {}.", size(bytes), moment(at)));
        }
        text.push_str(&night(sums));
        if look.beyond > 0 {
            text.push_str(&format!(" {} of the clients sent five times the best day of their own past.", look.beyond));
        }
        text.push_str(self.scale.explanation(look));
        text
    }
}

// === impl Fan ===

impl Fan<'_> {
    fn span(&self) -> (i64, i64) {
        let last = self.clients.iter().map(|client| client.member.last).max().unwrap_or(0);
        (self.clients[0].member.first, last)
    }
}

/// An observer outside of a gateway tells the gateway's own public address for clients that another observer tells
/// apart: the same bytes, and no client.
fn leave_gateways_out(clients: &mut Vec<Client<'_>>) {
    let mut inner: Vec<u16> =
        clients.iter().filter(|client| is_local(client.member.name)).map(|client| client.sent.observer).collect();
    inner.dedup();
    if !inner.is_empty() {
        clients.retain(|client| is_local(client.member.name) || inner.contains(&client.sent.observer));
    }
}

fn busiest_day(books: &Books, state: &State, fan: &Fan<'_>) -> i64 {
    books.ledger.by_day(state, fan.from, fan.to).iter().map(|(_, sums)| sums.out).max().unwrap_or(0)
}
