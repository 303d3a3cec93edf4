//! One form for what logs write in many ways: addresses, hosts, users.
//!
//! Every form is a fixed point: the canonical form of a canonical form is itself.

use std::net::{IpAddr, Ipv6Addr};

use rustc_hash::FxHashMap;

/// Names of one kind (hosts, domains) with their aliases; a name that is not listed is known by its first label.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: FxHashMap<String, String>,
}

/// The Windows accounts that stand for the machine: as logs spell them, and as we do.
const WELL_KNOWN: &[(&str, &str)] = &[
    ("system", "nt authority\\system"),
    ("localsystem", "nt authority\\system"),
    ("s-1-5-18", "nt authority\\system"),
    ("local service", "nt authority\\local service"),
    ("localservice", "nt authority\\local service"),
    ("s-1-5-19", "nt authority\\local service"),
    ("network service", "nt authority\\network service"),
    ("networkservice", "nt authority\\network service"),
    ("s-1-5-20", "nt authority\\network service"),
    ("anonymous logon", "nt authority\\anonymous logon"),
    ("s-1-5-7", "nt authority\\anonymous logon"),
];

/// `NT AUTHORITY` as translated Windows editions spell it.
const AUTHORITY: &[&str] = &["nt-autorität", "autorite nt", "autorité nt", "autoridade nt", "nt instans"];

/// Whether a log wrote that there is nothing.
pub(super) fn is_nothing(text: &str) -> bool {
    text.len() <= 6 && is_a_null_form(text)
}

fn is_a_null_form(text: &str) -> bool {
    text.is_empty() || text == "-" || ["null", "(null)", "n/a"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Reads an address in any spelling: bracketed, with a port, with a scope, IPv4 mapped into IPv6.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if !may_be_address(text) {
        return None;
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let bare = match text.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.split_once(']')?;
            (after.is_empty() || is_port(after.strip_prefix(':')?)).then_some(inner)?
        }
        None => match text.split_once(':') {
            Some((address, port)) if is_port(port) => return address.parse().ok().map(IpAddr::V4),
            _ => text,
        },
    };
    let unscoped = bare.split_once('%').map_or(bare, |(address, _)| address);
    unscoped.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical())
}

/// Whether a text may be an address at all: cheap, and never wrong when it says no.
fn may_be_address(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || memchr::memchr(b':', text.as_bytes()).is_some()
}

/// The text in lower case.
pub(super) fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase() }
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether an address names one machine for everyone who speaks of it.
pub(super) fn is_key(address: IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(address.is_loopback() || address.is_unspecified() || link_local)
}

/// A host's name without what surrounds it (`\\`, a service principal's parts, a port, a final dot), in lower case.
pub(super) fn bare_host(text: &str) -> Option<String> {
    let text = text.trim();
    if is_nothing(text) || parse_address(text).is_some() {
        return None;
    }
    let name = match text.strip_prefix("\\\\") {
        Some(share) => share.split('\\').next().unwrap_or(share),
        None => text.rsplit('\\').next().unwrap_or(text),
    };
    let name = match name.split_once('/') {
        Some((_service, rest)) => {
            let instance = rest.split('/').next().unwrap_or(rest);
            instance.split_once(':').map_or(instance, |(host, _port)| host)
        }
        None => name,
    };
    let name = lower(name.trim_matches(|c: char| c == '.' || c.is_whitespace()));
    (!is_no_host(&name) && parse_address(&name).is_none()).then_some(name)
}

/// Whether a host's short name names no host in particular.
fn is_no_host(name: &str) -> bool {
    is_nothing(name) || matches!(name, "localhost" | "ip6-localhost" | "ip6-loopback")
}

/// A user as a log names it: its domain, if it names one, and its name, in lower case.
pub(super) fn split_user(name: &str, domain: Option<&str>) -> Option<(Option<String>, String)> {
    let name = lower(name);
    let whole = strip(&name);
    let (inside, name) = match whole.split_once('\\') {
        Some((domain, name)) => (Some(domain), name.rsplit('\\').next().unwrap_or(name).trim()),
        None => (None, whole),
    };
    let (inside, name) = match name.split_once('@') {
        Some((name, domain)) if !name.trim().is_empty() && !domain.trim().is_empty() => (Some(domain), name.trim()),
        _ => (inside, name),
    };
    if is_nothing(name) {
        return None;
    }
    let domain = match inside {
        Some(inside) => stated_domain(inside),
        None => domain.and_then(|domain| stated_domain(&lower(domain))),
    };
    Some((domain, name.to_owned()))
}

/// A text without white space around it and backslashes before it.
fn strip(text: &str) -> &str {
    text.trim_start_matches(|c: char| c == '\\' || c.is_whitespace()).trim_end()
}

/// The domain that a log states. A lone dot is the machine itself: of no domain, the default one included.
fn stated_domain(text: &str) -> Option<String> {
    let text = strip(text);
    let text = text.split('\\').next().unwrap_or(text).trim();
    let name = if text == "." { text } else { text.trim_end_matches(|c: char| c == '.' || c.is_whitespace()) };
    (!is_nothing(name)).then(|| name.to_owned())
}

/// The machine's own accounts, which no domain owns.
pub(super) fn well_known(domain: Option<&str>, name: &str) -> Option<&'static str> {
    let sid = name.starts_with("s-1-");
    let authority = domain.is_none_or(|domain| domain == "nt authority" || AUTHORITY.contains(&domain));
    if !(sid || authority) {
        return None;
    }
    WELL_KNOWN.iter().find(|(spelling, _)| *spelling == name).map(|(_, canonical)| *canonical)
}

// === impl Names ===

impl Names {
    /// Makes `alias` another name of `name`; both in lower case. Answers the name that it already was another name of.
    pub(super) fn alias(&mut self, alias: &str, name: &str) -> Option<String> {
        match self.known.get(alias) {
            Some(other) if other != name => Some(other.clone()),
            Some(_) => None,
            None => {
                self.known.insert(alias.to_owned(), name.to_owned());
                None
            }
        }
    }

    /// The name to use for one in lower case: as listed, else its first label as listed, else its first label.
    pub(super) fn of(&self, name: &str) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        match name.split_once('.') {
            Some((label, _)) if !label.trim().is_empty() && parse_address(name).is_none() => {
                let label = label.trim();
                self.known.get(label).cloned().unwrap_or_else(|| label.to_owned())
            }
            _ => name.to_owned(),
        }
    }

    /// The name to use for a host, by what [`bare_host`] left of it.
    pub(super) fn host(&self, bare: &str) -> Option<String> {
        Some(self.of(bare)).filter(|name| !is_no_host(name) && parse_address(name).is_none())
    }
}
