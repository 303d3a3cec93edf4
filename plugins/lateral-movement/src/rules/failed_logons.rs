//! `failed-logons`: one source fails to log on many times, or as many accounts, within minutes. `remote-desktop-burst`: one
//! source opens connection after connection to remote desktop. `many-credentials`: one host uses the credentials of eight
//! accounts or more within ten minutes (4648, right or wrong): low, medium from sixteen on.
//!
//! ATT&CK: T1110.001 (guessing), T1110.003 (spraying), T1078 when one is let in; T1046 and T1021.001 for the burst. The
//! window is ten minutes: 10 failures (setting), 5 accounts (setting), or 5 failures at a service that has no typist
//! behind it (SSH, SQL, VPN).
//!
//! Weight: low. Medium: twice as many accounts, five accounts that do not exist, or a hundred failures; from outside these are
//! the noise of the Internet and stay low. High: an account is let in from the source, after ten failures of
//! its own or after a spray that tried it.
//!
//! False alarms: a forgotten password ends after a few tries; a stored password that is out of date fails all day, from the
//! same source for the same account: it is told once and not on the days after. Terminal servers, web mail and
//! gateways stand for many users: five accounts within ten minutes are low, and one that succeeds after few failures is a typist.

use sekisho_sdk::prelude::*;

use crate::text::{any, clock};

/// Failures of its own after which an account that is let in was guessed.
const GUESSES: u64 = 10;
/// Failures within the window that no typist makes.
const MANY: u64 = 100;
/// Accounts that do not exist, and are tried.
const UNKNOWN: usize = 5;
/// Connections to one host and hosts within ten minutes that are a burst; five times as many weigh medium.
const KNOCKS: (u64, u64) = (25, 10);

/// Accounts whose credentials one host uses within ten minutes; twice as many weigh medium.
pub const OTHERS: u64 = 8;

/// What makes it fire.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Failures of a source within ten minutes.
    pub failures: u64,
    /// Accounts that it fails as within ten minutes.
    pub accounts: u64,
}

/// Failures of a window in numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    /// All.
    pub count: u64,
    /// Accounts.
    pub accounts: u64,
    /// Failures of accounts that do not exist.
    pub unknown: u64,
    /// Failures at services that have no typist behind them.
    pub exposed: u64,
}

/// A source's failures.
#[derive(Debug)]
pub struct Guessed<'s> {
    /// The source.
    pub source: &'s str,
    /// The failures in numbers.
    pub tries: Tries,
    /// The accounts tried.
    pub members: Vec<Member<'s>>,
    /// Accounts that failed from here on earlier days.
    pub known: Set<&'s str>,
    /// Accounts that were let in from here since.
    pub let_in: Vec<Member<'s>>,
    /// First and last failure.
    pub span: (i64, i64),
}

/// Connections of a window in numbers.
#[derive(Clone, Copy, Debug)]
pub struct Knock {
    /// All.
    pub count: u64,
    /// Hosts reached.
    pub hosts: u64,
}

/// A source's connections.
#[derive(Debug)]
pub struct Burst<'s> {
    /// The source.
    pub source: &'s str,
    /// The connections in numbers.
    pub knock: Knock,
    /// The hosts reached.
    pub members: Vec<Member<'s>>,
    /// First and last connection.
    pub span: (i64, i64),
}

impl Tries {
    /// Whether it is more than a typist's.
    pub fn is_burst(&self, limits: Limits) -> bool {
        self.count >= limits.failures || self.accounts >= limits.accounts || self.exposed >= 5 || self.unknown >= 5
    }
}

impl Knock {
    /// Whether it is more than a user who connects again.
    pub fn is_burst(&self) -> bool {
        self.count >= KNOCKS.0.saturating_mul(self.hosts.max(1)) || self.hosts >= KNOCKS.1
    }
}

/// Whether a record says that the account does not exist: `0xc0000064` of 4625 and 4776, `0x6` of 4768, and sentences.
pub fn is_unknown(told: &str) -> bool {
    matches!(told, "0x6" | "%%2313" | "kdc_err_c_principal_unknown")
        || any(told, &["c0000064", "invalid user", "could not find a login", "no such user", "unknown user"])
}

/// Judges the failures of a source.
pub fn judge(guessed: &Guessed<'_>, limits: Limits) -> Option<Draft> {
    let tries = guessed.tries;
    let fresh = guessed.members.iter().filter(|member| !guessed.known.contains(member.name)).count();
    if fresh == 0 && tries.accounts < limits.accounts {
        return None;
    }
    let spray = tries.accounts >= limits.accounts;
    let unknown = guessed.members.iter().filter(|member| member.sum > 0).count();
    let cracked = guessed.let_in.iter().find(|entry| {
        let own = guessed.members.iter().find(|member| member.name == entry.name);
        own.is_some_and(|own| {
            entry.last > own.first && (own.count >= GUESSES || spray && tries.accounts >= 2 * limits.accounts)
        })
    });
    let outside = guessed.source.parse::<std::net::IpAddr>().is_ok_and(is_public);
    let heavy = tries.accounts >= 2 * limits.accounts || unknown >= UNKNOWN || tries.count >= MANY && fresh > 0;
    let severity = match () {
        () if cracked.is_some() => Severity::High,
        () if heavy && !outside => Severity::Medium,
        () => Severity::Low,
    };
    let hosts: Set<&str> = guessed.members.iter().filter_map(|member| member.seen("device.hostname")).collect();
    let on = match hosts.len() {
        0 => String::new(),
        1 => format!(" on {}", hosts.first().copied().unwrap_or_default()),
        n => format!(" on {n} hosts"),
    };
    let from = if hosts.contains(guessed.source) { String::new() } else { format!(" from {}", guessed.source) };
    let first = guessed.members.first()?.name;
    let whom = if tries.accounts == 1 { format!("as {first}") } else { format!("as {} accounts", tries.accounts) };
    let end = cracked.map_or(String::new(), |entry| format!("; {} was let in", entry.name));
    let names: Vec<String> =
        guessed.members.iter().take(10).map(|member| format!("{} ({})", member.name, member.count)).collect();
    let mut text = format!("Within minutes from {} UTC on. Tried: {}.", clock(guessed.span.0), names.join(", "));
    if unknown > 0 {
        text.push_str(&format!(" {unknown} of them do not exist."));
    }
    if let Some(entry) = cracked {
        text.push_str(&format!(" {} was let in at {} UTC.", entry.name, clock(entry.last)));
    }
    let draft = Draft::new(format!("{} logons {whom} failed{from}{on} within ten minutes{end}", tries.count))
        .describe(text)
        .severity(severity)
        .span(guessed.span.0, guessed.span.1)
        .figure("failures", tries.count)
        .figure("accounts", tries.accounts)
        .figure("unknown_accounts", unknown as i64);
    let draft = source(draft, guessed.source, &hosts);
    let draft = guessed.members.iter().take(20).fold(draft, |draft, member| draft.user(member.name, "target"));
    let draft = draft.evidences(cracked.map(|entry| entry.evidence("logon that was let in")));
    Some(
        draft.evidences(guessed.members.iter().take(30).map(|member| member.evidence("first failure of this account"))),
    )
}

/// Judges the use of the credentials of many accounts from one host (4648), whether they were right or not.
pub fn trying(host: &str, accounts: u64, members: &[Member<'_>], span: (i64, i64)) -> Option<Draft> {
    let actor = members.first()?.seen("actor.user.canonical").unwrap_or("somebody");
    let names: Vec<&str> = members.iter().take(10).map(|member| member.name).collect();
    let draft = Draft::new(format!("{actor} used the credentials of {accounts} accounts on {host} within ten minutes"))
        .describe(format!("From {} UTC on, among them: {}.", clock(span.0), names.join(", ")))
        .severity(if accounts >= 2 * OTHERS { Severity::Medium } else { Severity::Low })
        .span(span.0, span.1)
        .host(host, "source")
        .user(actor, "actor")
        .figure("accounts", accounts);
    let draft = members.iter().take(20).fold(draft, |draft, member| draft.user(member.name, "target"));
    Some(draft.evidences(members.iter().take(30).map(|member| member.evidence("credentials of this account used"))))
}

/// Judges a burst of connections.
pub fn knocking(burst: &Burst<'_>) -> Option<Draft> {
    let Knock { count, hosts } = burst.knock;
    let on = if hosts == 1 { burst.members.first()?.name.to_owned() } else { format!("{hosts} hosts") };
    // Several for each of many hosts: no console that opens a list of hosts does it.
    let several = hosts >= KNOCKS.1 && count >= hosts.saturating_mul(8);
    let heavy = several || count >= KNOCKS.0.saturating_mul(5 * hosts.max(1)) || hosts >= KNOCKS.1.saturating_mul(5);
    let draft = Draft::new(format!("{} opened {count} remote desktop connections to {on} within ten minutes", burst.source))
        .describe(format!(
            "From {} UTC on. A user who connects makes one or two; a connection for each guess or for each host tried makes many.",
            clock(burst.span.0)
        ))
        .severity(if heavy { Severity::Medium } else { Severity::Low })
        .span(burst.span.0, burst.span.1)
        .figure("connections", count)
        .figure("hosts", hosts);
    let named = burst.members.iter().map(|member| member.name).collect();
    let draft = source(draft, burst.source, &named);
    Some(draft.evidences(burst.members.iter().take(30).map(|member| member.evidence("first connection to this host"))))
}

/// The source and the hosts as entities.
fn source(draft: Draft, source: &str, hosts: &Set<&str>) -> Draft {
    let draft = match source.parse::<std::net::IpAddr>() {
        Ok(_) => draft.address(source, "source"),
        Err(_) if hosts.contains(source) => draft,
        Err(_) => draft.host(source, "source"),
    };
    hosts.iter().take(20).fold(draft, |draft, host| draft.host(*host, "target"))
}

/// Whether an address is one of the Internet.
fn is_public(address: std::net::IpAddr) -> bool {
    match address {
        std::net::IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || a == 100 && (64..128).contains(&b))
        }
        std::net::IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_typing_errors_are_no_burst() {
        let limits = Limits { failures: 10, accounts: 5 };
        let tries = |count, accounts| Tries { count, accounts, ..Tries::default() };
        assert!(!tries(4, 1).is_burst(limits));
        assert!(tries(10, 1).is_burst(limits));
        assert!(tries(5, 5).is_burst(limits));
        assert!(!Knock { count: 4, hosts: 1 }.is_burst());
        assert!(Knock { count: 40, hosts: 1 }.is_burst());
    }

    #[test]
    fn accounts_that_do_not_exist_are_known_by_code_and_sentence() {
        assert!(is_unknown("0xc0000064") && is_unknown("0x6") && is_unknown("failed password for invalid user x from"));
        assert!(!is_unknown("0xc000006a") && !is_unknown("0x18") && !is_unknown(""));
    }
}
