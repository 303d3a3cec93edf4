//! What left for one destination: the ledger, the set of its sources with their first times, the names it is known by.

use sekisho_sdk::prelude::*;

use super::shape::one_in_four;
use super::{FlowFields, OWN_SECTIONS, RequestFields, receiving, sending};
use crate::Settings;
use crate::memory::{Facts, Ledger};
use crate::rules::destination_volume::{self, DestinationVolume};
use crate::rules::fan_in::{self, FanIn};
use crate::rules::low_and_slow::{self, LowAndSlow};

/// How long an absence makes a source or a name new again.
const ABSENCE: i64 = 30 * DAY;
/// Days that a destination's own past reaches back for volume.
const PAST: i64 = 14 * DAY;
/// Sources that a destination knows by name. One with more is no young destination of few clients.
const SOURCES: u32 = 40;
const NAMES: u32 = 6;
/// What hosts with the role `backup` sent stands under this party, what other movers sent under their own names.
pub const BACKUPS: &str = "(backups)";
/// Smaller uploads are no evidence: nearly every site is sent that much.
const SAMPLE: i64 = 256 << 10;
const HOST: &str = "h";
const PORT: &str = "p";
const ZONE: &str = "z";

/// The memory of a destination, and its rules.
pub struct Destination {
    pub space: KeySpace,
    flows: Reading,
    requests: Reading,
    uploads: Reading,
    fields: FlowFields,
    request: RequestFields,
    source: Text,
    host: Text,
    port: Integer,
    server: Text,
    zone: Text,
    sni: Text,
    from: Text,
    since: Integer,
    most: Integer,
    movers: Vec<String>,
    books: Books,
    fan_in: FanIn,
    volume: DestinationVolume,
    slow: LowAndSlow,
}

/// What a destination is remembered by.
#[derive(Clone, Copy)]
pub struct Books {
    pub ledger: Ledger,
    /// Sources by their first times.
    pub sources: FirstSeen,
    /// Names that a log told for the address.
    pub names: FirstSeen,
    /// What the sources told of themselves.
    pub facts: Facts,
    /// Two sources' first uploads of each day, as evidence where the sources' first flows lie before what is told.
    pub samples: Tally,
}

// === impl Destination ===

impl Destination {
    pub fn plan(settings: &Settings, plan: &mut Plan) -> Self {
        let space = plan.key_space("destination", ["dst_endpoint.address"]);
        let (fields, request, requests) = RequestFields::read(plan, space, "http_request.url.hostname");
        let read = plan.read("network_activity", space);
        let flows = sending().into_iter().chain(receiving());
        let mut read = flows.fold(read, sekisho_sdk::plan::ReadBuilder::when);
        FlowFields::of(&mut read);
        let (source, host) = (read.text("src_endpoint.address"), read.text("src_endpoint.host"));
        let (port, server) = (read.integer("dst_endpoint.port"), read.text("dst_endpoint.hostname"));
        let (zone, sni) = (read.text("dst_endpoint.zone"), read.text("tls.sni"));
        let flows = read.done();
        let outside = not(sekisho_sdk::plan::condition::zone("dst_endpoint.address", ["internal", "multicast"]));
        let greetings = all([present("tls.sni"), one_in_four(), outside]);
        plan.read("network_activity", space).when(greetings).text("tls.sni");
        let mut read = plan.read("signal:self/upload", space).by(["destination"]).lateness(DAY + HOUR);
        let (from, since, most) = (read.text("source"), read.integer("since"), read.integer("most"));
        let uploads = read.done();
        let fan_in = fan_in::plan(settings, plan, space, ABSENCE);
        let volume = destination_volume::plan(settings, plan, space, PAST);
        let slow = low_and_slow::plan(settings, plan, space);
        // What a volume is compared with; a week of fan-in with the week before it is as long.
        let keep = (PAST + 2 * DAY).max(fan_in::SPAN + fan_in::BUCKET);
        let books = Books {
            ledger: Ledger::new(OWN_SECTIONS, keep).hours(fan_in::SPAN),
            sources: plan.first_seen(space, ABSENCE).members(SOURCES),
            names: plan.first_seen(space, ABSENCE).members(NAMES),
            facts: Facts::new(OWN_SECTIONS + 2, keep),
            samples: plan.tally(space, DAY).members(2),
        };
        let movers = settings.movers.clone();
        Self {
            space,
            flows,
            requests,
            uploads,
            fields,
            request,
            source,
            host,
            port,
            server,
            zone,
            sni,
            from,
            since,
            most,
            movers,
            books,
            fan_in,
            volume,
            slow,
        }
    }

    pub fn judge(&self, group: &mut Group<'_>, out: &mut Out<'_>) {
        for row in group.rows() {
            self.take(group, &row);
        }
        let destination = group.part(0);
        out.review(group, self.fan_in.rule, |state, bucket| self.fan_in.judge(state, bucket, &self.books, destination));
        out.review(group, self.volume.rule, |state, bucket| {
            let volume = self.volume.judge(state, bucket, &self.books, destination)?;
            // One act is one alert: a fan-in tells the volume too.
            (!self.fan_in.covers(state, bucket, &self.books)).then_some(volume)
        });
        out.review(group, self.slow.rule, |state, bucket| {
            let slow = self.slow.judge(state, bucket, &self.books, destination)?;
            (!self.fan_in.covers(state, bucket, &self.books)).then_some(slow)
        });
    }

    fn take(&self, group: &mut Group<'_>, row: &Row<'_>) {
        if row.is(self.uploads) {
            if let (Some(from), Some(since), Some(most)) =
                (row.text(self.from), row.integer(self.since), row.integer(self.most))
            {
                self.books.facts.add(group, row.time(), from, since, most);
            }
            return;
        }
        let name = row.text(self.sni).or(row.text(self.server)).filter(|name| *name != group.part(0));
        if let Some(name) = name {
            self.books.names.add(group, Entry::of(row, &name.to_ascii_lowercase()));
        }
        let asked = row.is(self.requests) && self.request.asked(row).is_some();
        if !asked && !row.is(self.flows) {
            return;
        }
        let Some(source) = row.text(self.source) else { return };
        let party = if row.text(self.fields.role) == Some("backup") { BACKUPS } else { source };
        let of = |party| if asked { self.request.flow(&self.fields, row, party) } else { self.fields.flow(row, party) };
        self.books.ledger.add(group, of(party));
        if row.text(self.fields.role).is_some_and(|role| self.movers.iter().any(|mover| mover == role)) {
            return;
        }
        let port = row.integer(self.port).filter(|port| !matches!(port, 80 | 443)).map(|port| port.to_string());
        let zone = row.text(self.zone).filter(|zone| *zone != "internet");
        // Short paths and no more than is odd: this is what most of a destination's memory is made of.
        let seen = [(HOST, row.text(self.host)), (PORT, port.as_deref()), (ZONE, zone)];
        self.books.sources.add(group, Entry::of(row, source).seen(&seen));
        let flow = of(source);
        if flow.out >= SAMPLE && flow.out >= 2 * flow.inward {
            self.books.samples.add(group, Entry::of(row, source).seen(&seen[..2]));
        }
    }
}

// === impl Books ===

impl Books {
    /// Whether no client is known for so many days longer than the destination: then nothing says that it is new to them, only
    /// that all is new to us.
    pub fn is_cold<'m>(
        &self,
        state: &State,
        mut clients: impl Iterator<Item = &'m Member<'m>>,
        span: (i64, i64),
        days: i64,
    ) -> bool {
        clients.all(|client| {
            let met = client.first.saturating_sub(self.sources.age(state, client.first));
            self.facts.of(state, client.name, span.0, span.1).is_none_or(|known| !known.before(met, days))
        })
    }

    /// The first uploads of days from a time to before another.
    pub fn uploads(&self, state: &State, destination: &str, from: i64, to: i64) -> Vec<Evidence> {
        let members = self.samples.between(state, from, to).members();
        let told =
            |member: &Member<'_>| Evidence { role: "first upload of a day".into(), ..first_flow(member, destination) };
        members.iter().take(14).map(told).collect()
    }

    /// How a destination is called: `203.0.113.9 (drop.example)`.
    pub fn called(&self, state: &State, destination: &str, from: i64, to: i64) -> String {
        let names = self.names.new_between(state, from.saturating_sub(ABSENCE), to);
        match names.first() {
            Some(name) => format!("{destination} ({})", name.name),
            None => destination.to_owned(),
        }
    }
}

/// Whether the operator named the network that a member's first flow went to: a partner is no stranger.
pub fn is_partner(member: &Member<'_>) -> bool {
    member.seen(ZONE).is_some()
}

/// Whether a member's first flow went to a port that web traffic does not use.
pub fn is_odd_port(member: &Member<'_>) -> bool {
    member.seen(PORT).is_some_and(|port| port != "0")
}

/// A client as a person knows it: its host name, else its address.
pub fn client_name<'s>(member: &Member<'s>) -> &'s str {
    host_of(member).unwrap_or(member.name)
}

/// A client's host name, where a log told it.
pub fn host_of<'s>(member: &Member<'s>) -> Option<&'s str> {
    member.seen(HOST)
}

/// A client's first flow as evidence.
pub fn first_flow(member: &Member<'_>, destination: &str) -> Evidence {
    let mut evidence = member.evidence("first flow of a client to the destination");
    let mut seen = vec![("src_endpoint.ip", member.name), ("dst_endpoint.ip", destination)];
    seen.extend(
        [("src_endpoint.host", HOST), ("dst_endpoint.port", PORT), ("dst_endpoint.zone", ZONE)]
            .iter()
            .filter_map(|(path, short)| Some((*path, member.seen(short)?))),
    );
    evidence.seen = seen.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned())).collect();
    evidence
}
