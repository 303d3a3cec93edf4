//! Several clients send to one destination that the estate hardly knows: theft through several exits.
//!
//! **Meaning.** An intruder who holds several clients lets each of them carry a part, so that no single one stands out
//! (Mino Industry, October 2025: 300 GB in 56 hours through several clients, 178 MB in two minutes in all, 18 MB for each
//! of ten: a rule by source misses it by a factor of 60). Only the destination, with the set of its sources, shows it.
//!
//! **Fires** on two or more clients that are new to a destination younger than [`Settings::young`], each with
//! [`Settings::client_bytes`] or more out within two adjacent days and out/in above [`Settings::upload_ratio`]. Volume is no condition,
//! since 5 GB would be too late for 300 GB at one percent; it raises severity.
//!
//! **ATT&CK** T1048 (the flows), T1030 (shares of many clients), T1041 is not told apart from flows alone.
//!
//! **Severity** by the sum of oddities: the fan-in itself 2; more than 5 GB, more than 50 GB, out/in above 50, mostly
//! outside office hours, a port that web traffic does not use, a client beyond five times its own best day: 1 each; a
//! partner's network 2 less, as many clients as when a whole house adopts a service by day 3 less. Medium from 2, high from 4,
//! critical from 6. Cold start (all clients are themselves new to us): low.
//!
//! **False alarms.** A new service for the whole house looks the same from the wire, with many clients, by day, and with
//! more coming back: ratio and number tell. A new backup in the cloud: its hosts have the role `backup`. Steps of video
//! calls and software updates fall out by out/in. A partner: give its network a zone among `outside_zones`.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::memory::{Sums, party};
use crate::spaces::destination::{Books, client_name, first_flow, host_of, is_odd_port, is_partner};
use crate::words::{list, moment, rate, size, span};

const BUCKET: i64 = 7 * DAY;
/// A theft that begins on a week's last day goes on into the next.
const REACH: i64 = 2 * DAY;
/// How far evidence of one finding lies apart.
pub const SPAN: i64 = BUCKET + REACH;

const MUCH: i64 = 5_000_000_000;
const VERY_MUCH: i64 = 50_000_000_000;
/// Beyond a client's own best day by so much it is another client.
const BEYOND: i64 = 5;

/// The rule, configured.
pub struct FanIn {
    pub rule: Rule,
    client_bytes: i64,
    ratio: i64,
    young: i64,
    learning_days: i64,
    house_wide: usize,
}

/// Clients that meet the conditions.
struct Fan<'s> {
    clients: Vec<Member<'s>>,
    /// Sources that met the destination in all.
    breadth: usize,
    from: i64,
    to: i64,
    /// Age of the destination in the estate when the first of them came.
    age: i64,
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
        house_wide: settings.house_wide,
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
            let known = |client: &Member<'_>| before.clients.iter().any(|old| old.name == client.name);
            fan.clients.retain(|client| !known(client));
        }
        let first = fan.clients.first().map(|client| client.first)?;
        fan.age = books.sources.age(state, first);
        (fan.clients.len() >= 2 && first < week + BUCKET && fan.age < self.young).then_some(fan)
    }

    fn clients<'s>(&self, state: &'s State, week: i64, books: &Books) -> Option<Fan<'s>> {
        let (from, to) = (week, week.saturating_add(SPAN));
        if books.ledger.at_most(state, from, to) < 2 * self.client_bytes {
            return None;
        }
        let mut clients = books.sources.new_between(state, from, to);
        let breadth = clients.len();
        let parties = books.ledger.by_party(state, from, to);
        clients.retain(|client| {
            let party = party(client.name);
            parties
                .iter()
                .find(|sent| sent.party == party)
                .is_some_and(|sent| sent.within_a_day >= self.client_bytes && sent.sums.ratio() >= self.ratio)
        });
        let first = clients.first().filter(|client| client.first < week + BUCKET)?.first;
        (clients.len() >= 2).then(|| Fan { clients, breadth, from, to, age: books.sources.age(state, first) })
    }

    fn tell(&self, state: &State, fan: &Fan<'_>, books: &Books, destination: &str) -> Draft {
        let sums = books.ledger.sums(state, fan.from, fan.to);
        let known = |client: &Member<'_>| books.facts.of(state, client.name, fan.from, fan.to);
        let cold = books.is_cold(state, fan.clients.iter(), (fan.from, fan.to), self.learning_days);
        let beyond = fan.clients.iter().filter(|client| {
            let sent = books.ledger.of(state, client.name, fan.from, fan.to).out;
            known(client).is_some_and(|known| known.age >= 7 && sent >= BEYOND.saturating_mul(known.most.max(1)))
        });
        let beyond = beyond.count();
        let wide = fan.breadth >= self.house_wide && sums.off_hours_share() < 30;
        let points = self.points(fan, sums, beyond > 0, wide);
        let called = books.called(state, destination, fan.from, fan.to);
        let (first, last) = (fan.clients[0].first, fan.clients.iter().map(|client| client.last).max().unwrap_or(0));
        let count = fan.clients.len();
        let new = if cold { "in a cold start" } else { "which nobody used before" };
        let title = format!("{} from {count} clients to {called}, {new}", size(sums.out));
        let hour = books.ledger.busiest_hour(state, fan.from, fan.to);
        let draft = Draft::new(title)
            .describe(self.description(fan, sums, &called, hour, cold, wide, beyond))
            .address(destination, "destination")
            .figure("bytes_out", sums.out)
            .figure("bytes_in", sums.inward)
            .figure("clients", count as i64)
            .figure("off_hours_percent", sums.off_hours_share())
            .figure("bytes_out_busiest_hour", hour.map_or(0, |(_, bytes)| bytes))
            .figure("bytes_out_busiest_day", busiest_day(books, state, fan))
            .span(first, last.max(first))
            .evidences(fan.clients.iter().map(|client| first_flow(client, destination)));
        let draft = fan.clients.iter().take(32).fold(draft, |draft, client| {
            let draft = draft.address(client.name, "source");
            match host_of(client) {
                Some(host) => draft.host(host, "source"),
                None => draft,
            }
        });
        let draft =
            if cold { draft.severity(Severity::Low).confidence(30) } else { draft.severity_by(points, 2, 4, 6) };
        if wide && !cold { draft.confidence(35) } else { draft }
    }

    fn points(&self, fan: &Fan<'_>, sums: Sums, beyond: bool, wide: bool) -> i64 {
        let oddities = [
            sums.out >= MUCH,
            sums.out >= VERY_MUCH,
            sums.ratio() >= 5 * self.ratio,
            sums.off_hours_share() >= 50,
            fan.clients.iter().any(is_odd_port),
            beyond,
        ];
        let odd = oddities.iter().map(|odd| i64::from(*odd)).sum::<i64>();
        let partner = fan.clients.iter().all(is_partner);
        2 + odd - 2 * i64::from(partner) - 3 * i64::from(wide)
    }

    #[expect(clippy::too_many_arguments, reason = "a text tells all there is")]
    fn description(
        &self,
        fan: &Fan<'_>,
        sums: Sums,
        called: &str,
        hour: Option<(i64, i64)>,
        cold: bool,
        wide: bool,
        beyond: usize,
    ) -> String {
        let (first, last) = (fan.clients[0].first, fan.clients.iter().map(|client| client.last).max().unwrap_or(0));
        let mut text = format!(
            "{} left for {called} since {} ({} so far, {}), from {} clients: {}. \
             {} came back (out/in {}). Each of them sent {} or more within a day and was new to this destination, which \
             the estate had known for {} when the first began.",
            size(sums.out),
            moment(first),
            span(last - first),
            rate(sums.out, last - first),
            fan.clients.len(),
            list(fan.clients.iter().map(client_name), 12),
            size(sums.inward),
            sums.ratio(),
            size(self.client_bytes),
            span(fan.age),
        );
        if let Some((at, bytes)) = hour {
            text.push_str(&format!(" Busiest hour: {} from {}.", size(bytes), moment(at)));
        }
        if sums.off_hours > 0 {
            text.push_str(&format!(" {} % left outside office hours.", sums.off_hours_share()));
        }
        if beyond > 0 {
            text.push_str(&format!(" {beyond} of the clients sent five times the best day of their own past."));
        }
        if wide {
            text.push_str(" So many clients by day look like a service that the house adopts: ask before blocking.");
        }
        if cold {
            text.push_str(
                " Cold start: the clients themselves are known for less than a few days, so that all is new.",
            );
        }
        text
    }
}

fn busiest_day(books: &Books, state: &State, fan: &Fan<'_>) -> i64 {
    books.ledger.by_day(state, fan.from, fan.to).iter().map(|(_, sums)| sums.out).max().unwrap_or(0)
}
