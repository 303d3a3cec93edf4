//! Data inside DNS or ICMP, as connection logs alone show it.
//!
//! **Fires** on DNS queries of 1 MB or more from one host to one server within an hour whose packets carry 90 B or more (a
//! client asks some hundred times an hour, 40 B each, so that 20 kB are much; a resolver that forwards for a whole house
//! sends megabytes, in small questions), 10 MB where packets are not counted; to a server inside half of what went both ways counts. On ICMP to the outside
//! of 500 kB or more within an hour whose packets carry 200 B or more (ping sends 32 to 64 B, and gets as many back), 2 MB
//! where packets are not counted.
//!
//! **ATT&CK** T1048.003 (unencrypted, over another protocol), T1071.004.
//!
//! **Severity** medium; high from ten times the volume.
//!
//! **False alarms** a resolver that asks for others: give it the role `dns-server` or `domain-controller`; monitoring that
//! pings with large packets.

use sekisho_sdk::prelude::*;

use crate::spaces::source::Books;
use crate::words::{moment, size};

const DNS: i64 = 1_000_000;
const DNS_UNCOUNTED: i64 = 10_000_000;
/// A question takes some 40 bytes, in a tunnel 100 to 250.
const QUESTION: i64 = 90;
const ICMP: i64 = 500_000;
const ICMP_UNCOUNTED: i64 = 2_000_000;
const PAYLOAD: i64 = 200;

/// The rule, configured.
pub struct WireTunnel {
    pub rule: Rule,
}

/// Plans the rule.
pub fn plan(plan: &mut Plan, space: KeySpace) -> WireTunnel {
    let rule = plan
        .rule("wire-tunnel", space)
        .title("Data inside DNS or ICMP")
        .weighs(Severity::Medium, 55)
        .technique("T1048.003", "bytes out inside DNS or ICMP flows")
        .technique("T1071.004", "DNS flows that carry far more than questions")
        .bucket(HOUR)
        .reach(HOUR)
        .advice("Look at the names asked for (`dns-tunnel`) or the packets' payload, and at the process on the client.")
        .done();
    WireTunnel { rule }
}

// === impl WireTunnel ===

impl WireTunnel {
    /// What is to be said of an hour.
    pub fn judge(&self, state: &State, bucket: Bucket, books: &Books, source: &str) -> Option<Draft> {
        let members = books.wires.within(state, bucket).members();
        let over: Vec<&Member<'_>> = members.iter().filter(|member| is_over(member)).collect();
        let first = over.first()?;
        let host = first.seen("src_endpoint.host").unwrap_or(source);
        let sum = over.iter().fold(0_i64, |sum, member| sum.saturating_add(member.sum));
        let told: Vec<String> = over.iter().map(|member| format!("{} ({})", member.name, size(member.sum))).collect();
        let text = format!(
            "{source} sent {} inside flows that carry questions or echoes, in the hour from {}: {}. Ordinary clients stay \
             below a hundredth of that.",
            size(sum),
            moment(bucket.start),
            told.join(", ")
        );
        let high = sum >= 10 * DNS;
        let draft = Draft::new(format!("{host} sent {} inside {}", size(sum), first.name))
            .describe(text)
            .address(source, "source")
            .figure("bytes_out", sum)
            .severity(if high { Severity::High } else { Severity::Medium })
            .evidences(over.iter().map(|member| member.evidence("first flow of the hour")));
        Some(over.iter().fold(draft, |draft, member| {
            draft.address(member.seen("dst_endpoint.ip").unwrap_or_default(), "destination")
        }))
    }
}

fn is_over(member: &Member<'_>) -> bool {
    match (member.name.starts_with("ICMP"), member.sum2) {
        (false, 0) => member.sum >= DNS_UNCOUNTED,
        (false, packets) => member.sum >= DNS && member.sum / packets >= QUESTION,
        (true, 0) => member.sum >= ICMP_UNCOUNTED,
        (true, packets) => member.sum >= ICMP && member.sum / packets >= PAYLOAD,
    }
}
