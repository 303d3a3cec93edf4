//! `estate-walk`: one account asks many hosts, within minutes, for the members of their groups, their sessions and shares.
//!
//! Meaning: collectors map who may do what where by asking each host; no person does it by hand. ATT&CK: T1069.001,
//! T1087, T1135. Told by 4799 without a program of the host itself, and by 5145 on the pipes of accounts, sessions and
//! shares.
//!
//! Weight: 5 hosts (setting) are low, twice as many medium, ten times as many high, each only where at least half of the hosts
//! are new to the account's questions. Cold start is said; breadth within minutes is odd by nature and stays medium.
//!
//! False alarms: scanners and inventories do the same every day: the hosts are known after the first round, and service
//! accounts and the role `scanner` of the inventory stay low. Explorer asks each file server that a user opens for its
//! shares (`srvsvc` alone): those count only where accounts, sessions or groups are asked for as well.

use sekisho_sdk::prelude::*;

use crate::text::{clock, is, span};

/// Pipes by which a host's accounts, sessions and shares are listed.
pub const PIPES: &[&str] = &["samr", "srvsvc", "wkssvc", "winreg", "lsarpc"];

/// What an account asked of hosts.
#[derive(Debug)]
pub struct Walked<'s> {
    /// The account.
    pub user: &'s str,
    /// How many hosts.
    pub hosts: u64,
    /// How many of them are new to it.
    pub new: u64,
    /// How long its past is, nanoseconds.
    pub age: i64,
    /// How many questions.
    pub questions: u64,
    /// First and last question.
    pub span: (i64, i64),
    /// The hosts; the sum counts questions that are rare.
    pub members: Vec<Member<'s>>,
}

/// Whether a kind of question is rare in honest work with file servers.
pub fn is_rare(kind: &str) -> bool {
    is(kind, &["group", "samr", "wkssvc", "winreg"])
}

/// Judges a walk.
pub fn judge(walked: &Walked<'_>, limit: u64) -> Option<Draft> {
    let rare = walked.members.iter().filter(|member| member.sum > 0).count() as u64;
    if rare < limit.min(walked.hosts) {
        return None;
    }
    let trusted = walked.members.iter().any(|member| member.seen("trusted").is_some());
    let mostly_known = walked.new.saturating_mul(2) < walked.hosts;
    let severity = match () {
        () if trusted || mostly_known => Severity::Low,
        () if walked.hosts >= limit.saturating_mul(10) && walked.age >= DAY => Severity::High,
        () if walked.hosts >= limit.saturating_mul(2) => Severity::Medium,
        () => Severity::Low,
    };
    let sources: Set<&str> = walked.members.iter().filter_map(|member| member.seen("src_endpoint.ip")).collect();
    let from = match sources.len() {
        0 => String::new(),
        1 => format!(" from {}", sources.first().copied().unwrap_or_default()),
        n => format!(" from {n} sources"),
    };
    let past = match walked.age {
        age if age < DAY => "Cold start: whether the account does so every day is not known yet.".to_owned(),
        age => {
            format!("The account's past is {} long; {} of the hosts are new to its questions.", span(age), walked.new)
        }
    };
    let names: Vec<&str> = walked.members.iter().take(12).map(|member| member.name).collect();
    let user = walked.user;
    let draft = Draft::new(format!(
        "{user} asked {} hosts for administrators, sessions or shares within minutes{from}",
        walked.hosts
    ))
    .describe(format!(
        "{} questions from {} to {} UTC: {}. {past}",
        walked.questions,
        clock(walked.span.0),
        clock(walked.span.1),
        names.join(", ")
    ))
    .user(user, "actor")
    .severity(severity)
    .span(walked.span.0, walked.span.1)
    .figure("hosts", walked.hosts)
    .figure("new_hosts", walked.new)
    .figure("questions", walked.questions);
    let draft = walked.members.iter().take(30).fold(draft, |draft, member| draft.host(member.name, "target"));
    let draft = sources.into_iter().fold(draft, |draft, source| draft.address(source, "source"));
    Some(draft.evidences(walked.members.iter().take(30).map(|member| member.evidence("first question to this host"))))
}
