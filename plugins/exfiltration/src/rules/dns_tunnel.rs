//! Data inside the names that are asked for.
//!
//! **Fires** when one client asks within an hour for about 60 or more different long names (24 characters or more before what can be
//! registered, 12 where text, null or key records are asked for, and mixed as an encoding is) of one registrable domain. Text and null records weigh more.
//!
//! **ATT&CK** T1048.003, T1071.004.
//!
//! **Severity** medium; high from about 250 different names or where most questions were for records that carry much (TXT, NULL, CNAME, MX, KEY).
//!
//! **False alarms** reputation services carry digests in names ([`Settings::lookup_domains`](crate::Settings)); reverse zones, and names of machines in clouds,
//! which are few or not mixed.
//!
//! **Source of the figures** Different names per domain and length of the part before it are what published work
//! on tunnels measures (Born and Gustafson 2010; Nadler and others 2019: benign domains stay below some ten long names an hour); the thresholds are ours.

use sekisho_sdk::prelude::*;
use sekisho_sdk::state::hash;

use crate::memory::about;
use crate::services::split_name;
use crate::words::moment;

/// Different names are counted by the slot that their hash falls into: how many of so many slots are filled tells how
/// many there were, whatever the order, in bounded room.
const SLOTS: u64 = 64;
/// 38 of 64 slots are filled by about 58 different names.
const FILLED: usize = 38;
const FILLED_HIGH: usize = 62;
const LENGTH: usize = 24;
/// Text and null records carry data in both directions: half as long is long enough.
const LENGTH_RICH: usize = 12;

/// The rule, configured.
pub struct DnsTunnel {
    pub rule: Rule,
    allowed: Vec<String>,
}

/// Plans the rule.
pub fn plan(lookups: &[String], plan: &mut Plan, space: KeySpace) -> DnsTunnel {
    let rule = plan
        .rule("dns-tunnel", space)
        .title("Data inside the names that are asked for")
        .weighs(Severity::Medium, 65)
        .technique("T1048.003", "many different long names of one domain")
        .technique("T1071.004", "questions that carry data")
        .bucket(HOUR)
        .advice("Who registered the domain, and since when? Which process asks? Block the domain at the resolver; the tunnel dies with it.")
        .done();
    DnsTunnel { rule, allowed: lookups.to_vec() }
}

/// What a question is counted as; none: it is an ordinary name.
pub fn slot(rule: &DnsTunnel, name: &str, kind: Option<&str>) -> Option<String> {
    let least = if kind.is_some_and(is_free_text) { LENGTH_RICH } else { LENGTH };
    if name.len() < least + 4 {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let (before, domain) = split_name(&name);
    let listed = || rule.allowed.iter().any(|allowed| allowed == domain);
    if before.len() < least || domain.ends_with(".arpa") || !is_mixed(before) || listed() {
        return None;
    }
    Some(format!("{domain} {}", hash(before.as_bytes()) % SLOTS))
}

/// Whether letters and digits are mixed as in an encoding: words have few digits and repeat their letters.
fn is_mixed(text: &str) -> bool {
    let longest = text.split('.').map(str::len).max().unwrap_or(0);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let mut letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let total = letters.len();
    letters.sort_unstable();
    letters.dedup();
    longest >= 10 && (digits * 8 >= total || letters.len() >= 18)
}

/// Records whose content is anything at all.
fn is_free_text(kind: &str) -> bool {
    matches!(kind.to_ascii_uppercase().as_str(), "TXT" | "NULL" | "KEY" | "PRIVATE" | "16" | "10" | "25" | "65399")
}

/// Whether a kind of record carries much.
pub fn carries(kind: &str) -> bool {
    matches!(
        kind.to_ascii_uppercase().as_str(),
        "TXT" | "NULL" | "CNAME" | "MX" | "KEY" | "SRV" | "PRIVATE" | "16" | "10" | "5" | "15" | "25" | "33" | "65399"
    )
}

// === impl DnsTunnel ===

impl DnsTunnel {
    /// What is to be said of an hour.
    pub fn judge(&self, state: &State, bucket: Bucket, asked: Tally, client: &str) -> Option<Draft> {
        let members = asked.within(state, bucket).members();
        let mut domains: Vec<(&str, Vec<&Member<'_>>)> = Vec::new();
        for member in &members {
            let domain = member.name.rsplit_once(' ').map_or("", |(domain, _)| domain);
            match domains.iter_mut().find(|(known, _)| *known == domain) {
                Some((_, slots)) => slots.push(member),
                None => domains.push((domain, vec![member])),
            }
        }
        domains.retain(|(_, slots)| slots.len() >= FILLED);
        domains.sort_by(|x, y| x.0.cmp(y.0));
        let (domain, slots) = domains.iter().max_by_key(|(domain, slots)| (slots.len(), std::cmp::Reverse(*domain)))?;
        let questions: u64 = slots.iter().map(|slot| slot.count).sum();
        let letters: i64 = slots.iter().map(|slot| slot.sum).sum();
        let rich: i64 = slots.iter().map(|slot| slot.sum2).sum();
        let names = about(slots.len() as u64, SLOTS);
        let high = slots.len() >= FILLED_HIGH || rich.unsigned_abs() * 2 > questions && slots.len() >= FILLED + 10;
        let process = slots.iter().find_map(|slot| slot.seen("process.file.path"));
        let text = format!(
            "{client} asked {questions} times for about {names} different long names of {domain} in the hour from {}: some \
             {letters} characters, which an encoding fills with data. {rich} questions were for records that carry much (TXT, NULL, CNAME, MX). {}",
            moment(bucket.start),
            process.map_or(String::new(), |process| format!("Asked by {process}."))
        );
        let draft = Draft::new(format!("{client} asked for about {names} long names of {domain} within an hour"))
            .describe(text)
            .entity(EntityKind::Domain, *domain, "destination")
            .entity(if client.contains(['.', ':']) { EntityKind::Address } else { EntityKind::Host }, client, "source")
            .figure("questions", i64::try_from(questions).unwrap_or(i64::MAX))
            .figure("characters", letters)
            .severity(if high { Severity::High } else { Severity::Medium })
            .evidences(slots.iter().take(12).map(|slot| slot.evidence("long name")));
        Some(draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_from_words() {
        assert!(is_mixed("4a6f686e20446f65.20313233.aabbccddeeff00112233"));
        assert!(!is_mixed("autodiscover.mail.outlook.office"));
        assert_eq!(about(38, SLOTS), 56);
    }
}
