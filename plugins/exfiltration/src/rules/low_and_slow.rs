//! Sums that no hour shows: a week of small uploads to a young destination.
//!
//! **Fires** on 500 MB within a week from at most three clients to a destination younger than 30 days, at out/in of
//! [`Settings::upload_ratio`], on four days or more of which none holds more than half and no hour more than a fifth.
//!
//! **ATT&CK** T1030 (pieces below what a limit sees), T1029 (spread over time).
//!
//! **Severity** by the sum of oddities: 1; more than 2 GB, out/in above 50, mostly outside office hours, a port that web
//! traffic does not use: 1 each. Medium from 3; low at most in a cold start and to a partner's network. Low is what an agent that uploads its telemetry looks like.
//!
//! **Source of the idea** Marchetti and others, "Analysis of high volumes of network traffic for Advanced Persistent
//! Threat detection" (2016): rank by change over several scales of time; the figures here are ours.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::spaces::destination::{Books, client_name, is_odd_port, is_partner};
use crate::words::{kind_of, list, moment, night, size};

const LEAST: i64 = 500_000_000;
const CLIENTS: usize = 3;
const DAYS: usize = 4;

/// The rule, configured.
pub struct LowAndSlow {
    pub rule: Rule,
    ratio: i64,
    learning_days: i64,
}

/// Plans the rule.
pub fn plan(settings: &Settings, plan: &mut Plan, space: KeySpace) -> LowAndSlow {
    let rule = plan
        .rule("low-and-slow", space)
        .title("A week of small uploads to a young destination")
        .weighs(Severity::Low, 35)
        .technique("T1030", "many small uploads to one destination")
        .technique("T1029", "spread over days so that no hour stands out")
        .bucket(7 * DAY)
        .advice("Find the process on the client that talks to the destination. An agent sends the same from every client; this does not.")
        .done();
    LowAndSlow { rule, ratio: settings.upload_ratio, learning_days: settings.learning.nanos() / DAY }
}

// === impl LowAndSlow ===

impl LowAndSlow {
    /// What is to be said of a week.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, destination: &str) -> Option<Draft> {
        let (from, to) = (bucket.start, bucket.end);
        if books.sources.age(state, from) >= 30 * DAY || books.ledger.at_most(state, from, to) < LEAST {
            return None;
        }
        let met = (from.saturating_sub(23 * DAY), to);
        if books.sources.count_between(state, met.0, met.1) > CLIENTS {
            return None;
        }
        let sums = books.ledger.sums(state, from, to);
        if sums.out < LEAST || sums.ratio() < self.ratio {
            return None;
        }
        let clients = books.sources.new_between(state, met.0, met.1);
        let days = books.ledger.by_day(state, from, to);
        let most = days.iter().map(|(_, sums)| sums.out).max().unwrap_or(0);
        let (_, hour) = books.ledger.busiest_hour(state, from, to).unwrap_or((from, i64::MAX));
        let even = days.len() >= DAYS && most <= sums.out / 2 && hour <= sums.out / 5;
        if !even {
            return None;
        }
        let senders: Vec<&Member<'_>> = clients
            .iter()
            .filter(|client| books.ledger.of(state, client.name, from, to).out >= sums.out / 10)
            .collect();
        if senders.is_empty() {
            return None;
        }
        // Small pieces may lie below what a source tells of itself for: only a fact says that it is a cold start.
        let told = |client: &Member<'_>| books.facts.of(state, client.name, from, to).is_some();
        let cold = senders.iter().all(|client| told(client))
            && books.is_cold(state, senders.iter().copied(), (from, to), self.learning_days);
        let oddities = [
            sums.out >= 4 * LEAST,
            sums.ratio() >= 5 * self.ratio,
            sums.is_by_night(),
            senders.iter().any(|client| is_odd_port(client)),
        ];
        let partner = senders.iter().all(|client| is_partner(client));
        let points = 1 + oddities.iter().map(|odd| i64::from(*odd)).sum::<i64>();
        let called = books.called(state, destination, from, to);
        let who = list(senders.iter().map(|client| client_name(client)), 3);
        let text = format!(
            "{} left for {called} in {} days of the week from {}, the most in a day {}, in an hour {}; {} came back \
             (out/in {}). Sent by {who}.{} The estate met the destination within the last 30 days.",
            size(sums.out),
            days.len(),
            moment(from),
            size(most),
            size(hour),
            size(sums.inward),
            sums.ratio(),
            night(sums)
        );
        let draft =
            Draft::new(format!("{} in small pieces from {who} to {called} over {} days", size(sums.out), days.len()))
                .describe(text)
                .entity(kind_of(destination), destination, "destination")
                .figure("bytes_out", sums.out)
                .figure("days", days.len() as i64)
                .figure("bytes_out_busiest_hour", hour)
                .span(from, from)
                .evidences(books.uploads(state, destination, from, to));
        let draft = senders.iter().fold(draft, |draft, client| draft.address(client.name, "source"));
        Some(if cold || partner { draft.severity(Severity::Low) } else { draft.severity_by(points, 3, 6, 9) })
    }
}
