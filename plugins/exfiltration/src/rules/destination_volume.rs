//! A destination takes more in a day than a young one should, or than its own past says.
//!
//! **Meaning.** One client is enough for a theft. A day's bytes out to a destination that the estate hardly knows, or far
//! beyond the best day of one that it knows.
//!
//! **Fires** on [`Settings::day_bytes`] within a UTC day at out/in of [`Settings::upload_ratio`] to a young destination,
//! or on five times that and five times the best of the 14 days before to one with at least seven days of past.
//!
//! **What counts** (for all rules of destinations and sources). Of a flow, 16 KiB out or more, and 2.7 times as much out as in; or
//! 256 MB out, or 8 MB in, whatever went the other way. Of the other flows that bring 512 KiB or more one in eight, drawn by
//! the client's port, stands for eight: it tells a service that is used from one that is filled. What a flow sends that brings
//! more than it sends is not summed up. So nothing that could lift a sum above three bytes out for each in is left out but flows below 16 KiB, at
//! most 1.4 GB a day for one flow each second: a theft in such pieces is one of thousands of connections, and no volume.
//!
//! **ATT&CK** T1048; T1567 where it is a web service (the port alone does not tell).
//!
//! **Severity** by the sum of oddities: 1 for the volume; ten times the volume, out/in above 50, mostly outside office
//! hours, a port that web traffic does not use, a client beyond five times its own best day, clients that are new to a
//! known destination: 1 each. Medium from 3, high from 5. Low at most in a cold start (one host with much to send on the
//! first day that we see is a backup in nearly every house; a fan-in is not, see [`super::fan_weight`]), to a partner's network, and where
//! a host with the role `backup` sends a tenth or more beside.
//!
//! **False alarms.** First night of a new backup in the cloud (role `backup`: its own bytes do not count); a new device
//! that uploads all photos. Both stay low while nothing else is odd.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::memory::day_of;
use crate::spaces::destination::{BACKUPS, Books, client_name, host_of, is_odd_port, is_partner};
use crate::words::{kind_of, list, moment, night, rate, size, span};

/// Beyond the best day of the past by so much.
const BEYOND: i64 = 5;
/// Days of past that a known destination must have.
const LEAST_PAST: i64 = 7;

/// The rule, configured.
pub struct DestinationVolume {
    pub rule: Rule,
    day_bytes: i64,
    ratio: i64,
    young: i64,
    learning_days: i64,
    past: i64,
}

/// Plans the rule.
pub fn plan(settings: &Settings, plan: &mut Plan, space: KeySpace, past: i64) -> DestinationVolume {
    let rule = plan
        .rule("destination-volume", space)
        .title("A destination takes more than its past")
        .weighs(Severity::Low, 40)
        .technique("T1048", "a day's bytes out to one destination beyond what is usual for it")
        .bucket(DAY)
        .lookback(past)
        .advice(
            "1. Who is behind the destination, and which process on the client talks to it?\n\
             2. Was the client reading many shares before (`shares-then-upload`), or packing archives (`archive`)?\n\
             3. A backup or a first synchronisation has an owner and a ticket. If there is none, isolate the client.",
        )
        .done();
    DestinationVolume {
        rule,
        day_bytes: settings.day_bytes.0,
        ratio: settings.upload_ratio,
        young: settings.young.nanos(),
        learning_days: settings.learning.nanos() / DAY,
        past,
    }
}

// === impl DestinationVolume ===

impl DestinationVolume {
    /// What is to be said of a day.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, destination: &str) -> Option<Draft> {
        let (from, to) = (bucket.start, bucket.end);
        if books.ledger.at_most(state, from, to) < self.day_bytes {
            return None;
        }
        let backups = books.ledger.of(state, BACKUPS, from, to);
        let sums = books.ledger.sums(state, from, to).less(backups);
        if sums.out < self.day_bytes || sums.ratio() < self.ratio {
            return None;
        }
        let days = books.ledger.by_day(state, from.saturating_sub(self.past), from);
        let most = days.iter().map(|(_, sums)| sums.out).max().unwrap_or(0);
        let age = books
            .sources
            .age(state, from)
            .max(days.first().map_or(0, |(day, _)| i64::from(day_of(from).saturating_sub(*day)) * DAY));
        let young = age < self.young;
        let beyond =
            sums.out >= 5 * self.day_bytes && sums.out >= BEYOND.saturating_mul(most) && age >= LEAST_PAST * DAY;
        if !young && !beyond {
            return None;
        }
        let met = books.sources.new_between(state, from.saturating_sub(self.young), to);
        let senders: Vec<&Member<'_>> =
            met.iter().filter(|client| books.ledger.of(state, client.name, from, to).out >= sums.out / 10).collect();
        if young && senders.is_empty() {
            // Only movers send: a backup host at work.
            return None;
        }
        let known = |client: &Member<'_>| books.facts.of(state, client.name, from, to);
        let cold = books.is_cold(state, senders.iter().copied(), (from, to), self.learning_days);
        let outdone = senders.iter().any(|client| {
            known(client).is_some_and(|known| known.age >= LEAST_PAST && sums.out >= BEYOND * known.most.max(1))
        });
        let oddities = [
            sums.out >= 10 * self.day_bytes,
            sums.ratio() >= 5 * self.ratio,
            sums.is_by_night(),
            senders.iter().any(|client| is_odd_port(client)),
            outdone,
            !young && !senders.is_empty(),
        ];
        let partner = !senders.is_empty() && senders.iter().all(|client| is_partner(client));
        let backup = backups.out >= sums.out / 10;
        let points = 1 + oddities.iter().map(|odd| i64::from(*odd)).sum::<i64>();
        let called = books.called(state, destination, from, to);
        let who = match senders.len() {
            0 => "known clients".to_owned(),
            _ => list(senders.iter().map(|client| client_name(client)), 4),
        };
        let against = match young {
            true => format!("which the estate has known for {}", span(age)),
            false => format!("whose best of {} days before was {}", days.len(), size(most)),
        };
        let (hour, bytes) = books.ledger.busiest_hour(state, from, to).unwrap_or((from, 0));
        let mut text = format!(
            "{} left for {called} on the day from {}, {against}; {} came back (out/in {}). Sent by {who}. Busiest hour: {} \
             from {} ({} over the day).",
            size(sums.out),
            moment(from),
            size(sums.inward),
            sums.ratio(),
            size(bytes),
            moment(hour),
            rate(sums.out, DAY)
        );
        text.push_str(&night(sums));
        if cold {
            text.push_str(" Cold start: the clients are known for less than a few days.");
        }
        if backup {
            text.push_str(
                " A backup host sends there too: the house's own backup, if these hosts are backed up by it.",
            );
        }
        let draft = Draft::new(format!("{} from {who} to {called} in a day, {against}", size(sums.out)))
            .describe(text)
            .entity(kind_of(destination), destination, "destination")
            .figure("bytes_out", sums.out)
            .figure("bytes_in", sums.inward)
            .figure("best_day_before", most)
            .span(hour.max(from), hour.max(from))
            .evidences(books.uploads(state, destination, from, to));
        let draft = senders.iter().take(16).fold(draft, |draft, client| {
            draft.address(client.name, "source").host(host_of(client).unwrap_or_default(), "source")
        });
        let draft =
            if let Some(share) = sums.off_hours_share() { draft.figure("off_hours_percent", share) } else { draft };
        let explained = cold || partner || backup;
        Some(if explained { draft.severity(Severity::Low).confidence(25) } else { draft.severity_by(points, 3, 5, 8) })
    }
}
