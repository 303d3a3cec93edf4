//! `program-brought`: a program or script is written to hosts over their administrative shares.
//!
//! Meaning: tools of remote execution bring their program by ADMIN$ before they start it; ransomware is rolled out the same
//! way. ATT&CK: T1021.002, T1570. Told by 5145 on the target and by the file that the server process of file sharing makes
//! (Sysmon 11); both of one host are one.
//!
//! Weight: medium, however many hosts; high for a tool's own name or a folder from which Windows starts programs. It is one alert
//! for a program within twelve hours, which grows with the hosts.
//!
//! False alarms: software deployment does the same for a living. Its server's role and service accounts of the inventory
//! make it low; without an inventory the same program by name is low from the second day on.

use sekisho_sdk::prelude::*;

use crate::text::{APART, clock, short, span, who};

/// A program on hosts.
#[derive(Debug)]
pub struct Brought<'s> {
    /// Name of its file.
    pub program: &'s str,
    /// How long it was known, nanoseconds.
    pub age: i64,
    /// How many hosts and accounts.
    pub hosts: u64,
    /// Hosts with accounts; the sum counts those that are trusted.
    pub members: Vec<Member<'s>>,
}

/// Judges the hosts that a program was brought to.
pub fn judge(brought: &Brought<'_>) -> Option<Draft> {
    let mut hosts: Map<&str, (bool, &Member<'_>)> = Map::new();
    let mut accounts = Set::new();
    for member in &brought.members {
        let (host, account) = member.name.split_once(APART)?;
        let entry = hosts.entry(host).or_insert((false, member));
        entry.0 |= member.sum > 0;
        if !account.is_empty() {
            accounts.insert(account);
            entry.1 = member;
        }
    }
    let (n, trusted) = (hosts.len(), hosts.values().filter(|(trusted, _)| *trusted).count());
    let weight = |member: &Member<'_>| member.seen("weight").and_then(|weight| weight.parse::<u8>().ok()).unwrap_or(2);
    let heavy = brought.members.iter().any(|member| weight(member) >= 3);
    let severity = match () {
        () if 2 * trusted >= n || brought.age >= 20 * HOUR => Severity::Low,
        () if heavy => Severity::High,
        () => Severity::Medium,
    };
    let first = brought.members.iter().min_by_key(|member| (member.first, member.name))?;
    let sources: Set<&str> = brought.members.iter().filter_map(|member| member.seen("src_endpoint.ip")).collect();
    let by = match accounts.len() {
        0 => "somebody".to_owned(),
        1 => who(accounts.first().copied().unwrap_or_default()).to_owned(),
        n => format!("{n} accounts"),
    };
    let from = if sources.len() == 1 {
        format!(" from {}", sources.first().copied().unwrap_or_default())
    } else {
        String::new()
    };
    let on = if n == 1 { hosts.keys().next().map_or(String::new(), ToString::to_string) } else { format!("{n} hosts") };
    let past = match brought.age {
        age if age >= 20 * HOUR => format!(" The same program was brought to hosts for {} already.", span(age)),
        _ => String::new(),
    };
    let names: Vec<String> =
        hosts.iter().take(12).map(|(host, (_, member))| format!("{} {host}", clock(member.first))).collect();
    let text = format!(
        "As {}. First times (UTC): {}{}.{past}",
        short(first.seen("file.path").unwrap_or(brought.program), 100),
        names.join(", "),
        if n > 12 { ", and more" } else { "" },
    );
    let draft = Draft::new(format!(
        "{by} brought program {} to {on} over administrative shares{from}",
        short(brought.program, 60)
    ))
    .describe(text)
    .severity(severity)
    .figure("hosts", n as i64)
    .figure("trusted_hosts", trusted as i64);
    let draft = hosts.keys().take(30).fold(draft, |draft, host| draft.host(*host, "target"));
    let draft = accounts.into_iter().take(8).fold(draft, |draft, account| draft.user(account, "actor"));
    let draft = sources.into_iter().take(8).fold(draft, |draft, source| draft.address(source, "source"));
    Some(draft.evidences(brought.members.iter().take(40).map(|member| member.evidence("program written"))))
}
