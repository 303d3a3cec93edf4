//! A source sends far more in a day than ever before, to whatever destinations.
//!
//! **Fires** on 1 GB ([`Settings::day_bytes`]) within a UTC day, five times the best of at least five active days of the three
//! weeks before, at out/in of 3 or more.
//!
//! **ATT&CK** T1048.
//!
//! **Severity** low: a first synchronisation and a new employee look the same. Medium when most of it left outside office
//! hours, out/in is above 10 and it is ten times the past. Where the destination is young as well, its own rules weigh it.
//!
//! **False alarms** first synchronisation to a storage service, a video call with a shared screen (out/in below 3).

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::spaces::source::{Books, HOST, large_flow};
use crate::words::{kind_of, list, moment, night, size};

const BEYOND: i64 = 5;
const ACTIVE_DAYS: usize = 5;
const RATIO: i64 = 3;

/// The rule, configured.
pub struct SourceVolume {
    pub rule: Rule,
    day_bytes: i64,
    past: i64,
}

/// Plans the rule.
pub fn plan(settings: &Settings, plan: &mut Plan, space: KeySpace, past: i64) -> SourceVolume {
    let rule = plan
        .rule("source-volume", space)
        .title("A source sends more than ever before")
        .weighs(Severity::Low, 35)
        .technique("T1048", "a day's bytes out of one source beyond its own past")
        .bucket(DAY)
        .lookback(past)
        .advice(
            "Ask the user; look at the destinations that are named and at archives and transfer tools on the client.",
        )
        .done();
    SourceVolume { rule, day_bytes: settings.day_bytes.0, past }
}

// === impl SourceVolume ===

impl SourceVolume {
    /// What is to be said of a day.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, source: &str) -> Option<Draft> {
        let (from, to) = (bucket.start, bucket.end);
        if books.days.at_most(state, from, to) < self.day_bytes {
            return None;
        }
        let sums = books.days.sums(state, from, to);
        let past = books.days.by_day(state, from.saturating_sub(self.past), from);
        let most = past.iter().map(|(_, sums)| sums.out).max().unwrap_or(0);
        let unusual = past.len() >= ACTIVE_DAYS && sums.out >= BEYOND.saturating_mul(most.max(1));
        if sums.out < self.day_bytes || sums.ratio() < RATIO || !unusual {
            return None;
        }
        let large = books.large.between(state, from, to).members();
        let host = large.iter().find_map(|member| member.seen(HOST));
        let who = host.unwrap_or(source);
        let odd = sums.is_by_night() && sums.ratio() >= 10 && sums.out >= 2 * BEYOND.saturating_mul(most.max(1));
        let to_whom = list(large.iter().map(|member| member.name), 5);
        let text = format!(
            "{source} sent {} outside on the day from {}, {} times its best of {} active days before ({}); {} came back \
             (out/in {}).{} Destinations of large flows: {}.",
            size(sums.out),
            moment(from),
            sums.out / most.max(1),
            past.len(),
            size(most),
            size(sums.inward),
            sums.ratio(),
            night(sums),
            if to_whom.is_empty() { "none, all in small flows" } else { &to_whom }
        );
        let since = large.first().map_or(from, |member| member.first);
        let draft = Draft::new(format!(
            "{who} sent {} outside in a day, its best day before was {}",
            size(sums.out),
            size(most)
        ))
        .describe(text)
        .address(source, "source")
        .host(host.unwrap_or_default(), "source")
        .figure("bytes_out", sums.out)
        .figure("best_day_before", most)
        .figure("active_days_before", past.len() as i64)
        .span(since, since)
        .evidences(large.iter().map(|member| large_flow(member, "first large flow to a destination")));
        let draft = large
            .iter()
            .take(8)
            .fold(draft, |draft, member| draft.entity(kind_of(member.name), member.name, "destination"));
        Some(draft.severity(if odd { Severity::Medium } else { Severity::Low }))
    }
}
