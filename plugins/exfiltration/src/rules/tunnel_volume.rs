//! A VPN user takes far more out through the tunnel than ever before.
//!
//! **Meaning.** Data need not leave by the border: an intruder on a VPN account copies it through the tunnel.
//!
//! **Fires** on [`Settings::tunnel_bytes`] (2 GB) within a UTC day and five times the best of the three weeks before, with at
//! least five active days; without a past on five times as much, low and told as a cold start. A gateway's counters are
//! cumulative: what each session's counter grew by in the day counts, whatever was told in between.
//!
//! **ATT&CK** T1048, T1133.
//!
//! **Severity** low with fewer than ten active days of past, unless it is five times the volume; else medium; high from ten
//! times the volume and ten times the past.
//!
//! Gateways that tell both directions in one sum (FortiGate) are counted by it: what a user takes is most of it.
//!
//! **False alarms** a new laptop that is filled over the VPN, an administrator who copies an image home.

use sekisho_sdk::prelude::*;

use crate::Settings;
use crate::memory::day_of;
use crate::spaces::tunnel::Books;
use crate::words::{list, moment, size};

const BEYOND: i64 = 5;
const ACTIVE_DAYS: usize = 5;
/// Active days after which a best day says something: most people have one with a large copy among ten.
const SETTLED: usize = 10;

/// The rule, configured.
pub struct TunnelVolume {
    pub rule: Rule,
    bytes: i64,
    past: i64,
}

/// Plans the rule.
pub fn plan(settings: &Settings, plan: &mut Plan, space: KeySpace, past: i64) -> TunnelVolume {
    let rule = plan
        .rule("tunnel-volume", space)
        .title("A VPN user takes out more than ever before")
        .weighs(Severity::Medium, 50)
        .technique("T1048", "bytes of VPN sessions beyond the user's own past")
        .technique("T1133", "the way out is a VPN session")
        .bucket(DAY)
        .lookback(past)
        .advice(
            "1. Call the user. 2. Compare the remote address with those used before. 3. Look which servers the assigned \
             address read from. 4. If in doubt end the session at the gateway and disable the account.",
        )
        .done();
    TunnelVolume { rule, bytes: settings.tunnel_bytes.0, past }
}

// === impl TunnelVolume ===

impl TunnelVolume {
    /// What is to be said of a day.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, user: &str) -> Option<Draft> {
        let (from, to) = (bucket.start, bucket.end);
        let days = books.sessions.by_day(state, from.saturating_sub(self.past), to);
        let today = days.last().filter(|today| today.day == day_of(from))?;
        if today.out < self.bytes {
            return None;
        }
        let past = &days[..days.len() - 1];
        let most = past.iter().map(|day| day.out).max().unwrap_or(0);
        let cold = past.len() < ACTIVE_DAYS;
        let unusual =
            if cold { today.out >= BEYOND * self.bytes } else { today.out >= BEYOND.saturating_mul(most.max(1)) };
        if !unusual {
            return None;
        }
        let remotes = books.remotes.within(state, bucket).members();
        let severity = match today.out >= 10 * self.bytes && today.out >= 10 * most.max(1) {
            _ if cold || past.len() < SETTLED && today.out < BEYOND * self.bytes => Severity::Low,
            true => Severity::High,
            false => Severity::Medium,
        };
        let against = match cold {
            true => format!("cold start: only {} days of past", past.len()),
            false => {
                format!("{} times the best of {} days before ({})", today.out / most.max(1), past.len(), size(most))
            }
        };
        // Some gateways tell the sum of both directions alone.
        let went = if today.inward > 0 { "went out to" } else { "were moved, both ways together, by" };
        let text = format!(
            "{} {went} {user} through {} VPN sessions on the day from {} (since {}), {against}; {} came the other way. \
             Remote addresses: {}.",
            size(today.out),
            today.sessions,
            moment(from),
            moment(today.first),
            size(today.inward),
            list(remotes.iter().map(|remote| remote.name), 4)
        );
        let draft = Draft::new(format!("{user} took {} out through the VPN in a day, {against}", size(today.out)))
            .describe(text)
            .user(user, "actor")
            .figure("bytes_out", today.out)
            .figure("best_day_before", most)
            .figure("sessions", i64::from(today.sessions))
            .span(today.first, today.first)
            .severity(severity)
            .evidences(remotes.iter().map(|remote| remote.evidence("first record of the day from this address")));
        Some(remotes.iter().fold(draft, |draft, remote| draft.address(remote.name, "source")))
    }
}
